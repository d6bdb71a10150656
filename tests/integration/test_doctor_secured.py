"""The doctor and the back-up at a Kafka with TLS and accounts: with the operator's account, and with a right less."""

from pathlib import Path

from events.topics import QUARANTINE
from streams.kafka.rights import OPERATOR, READ, Right
from tests.integration.families import family
from tests.integration.test_doctor import findings, wrong
from tests.secured import SecuredKafka


def test_the_operator_looks_at_a_secured_service_and_backs_it_up(secured_kafka: SecuredKafka, tmp_path: Path) -> None:
    """Its certificate, rights and files with secrets are fine; a right less, and an open secret, are said."""
    service = secured_kafka.service("doctored-", tmp_path / "state")
    try:
        service.worker(**secured_kafka.environment("processor"))
        service.wait_ready(seconds=180)
        service.start("board", "serve", **secured_kafka.environment("board"))
        service.wait_ready(service.settings.board_port, 180)
        service.publish(family("f"))
        service.wait_quiet(300)
        found = findings(service, code=0)
        address = secured_kafka.broker.address
        for check in (f"certificate of Kafka at {address}", "rights", "TOUCHLINE_KAFKA_PASSWORD_FILE"):
            assert found[check]["state"] == "fine", found[check]
        assert found["rights"]["seen"] == "operator has those of the operator"
        assert "Run 1 is in" in service.run_ok("backup", str(tmp_path / "backup"))

        right = Right(OPERATOR, READ, "topic", service.settings.topics.name(QUARANTINE))
        secured_kafka.take(right)
        assert right.name in wrong(findings(service, code=1))["rights"]
        refused = service.run("backup", str(tmp_path / "backup"))
        assert refused.returncode != 0
        assert refused.stderr.count("\n") == 1, refused.stderr
        secured_kafka.give(right)
        open_file = tmp_path / "password"
        open_file.write_text("x\n", "utf-8")
        open_file.chmod(0o644)
        seen = wrong(findings(service, code=1, TOUCHLINE_KAFKA_PASSWORD_FILE=str(open_file)))
        assert "can be read by everybody" in seen["TOUCHLINE_KAFKA_PASSWORD_FILE"]
    finally:
        service.stop()
