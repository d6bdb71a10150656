"""The board on real Kafka.

It passes over what it cannot read, and serves while it catches up and while Kafka is away.
"""

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy.local.kafka import LocalKafka
from streams.listen_address import url
from tests.integration.families import family, send
from tests.service import Service, free_port, wait_for


def page(service: Service, path: str) -> str:
    return service.get(service.settings.board_port, path)[1]


def is_shown(service: Service, subject: str) -> bool:
    return subject in page(service, "/")


def test_poison_between_records_is_counted_and_the_others_are_shown(service: Service) -> None:
    """Meanwhile, after a restart, and after the read model was lost; the service's page says where the last one is."""
    service.board()
    service.publish(family("f"))
    wait_for("f is on the page", lambda: "family/f" in page(service, "/"), 90)
    for topic, raw in (
        ("alerts", b"\xff"),
        ("alerts", b'{"id": "x", "type": 3}'),
        ("touchline-subjects-changelog", b"[]"),
        ("touchline-subjects-changelog", b"\x03 no state"),
    ):
        send(service, topic, raw)
    service.publish(family("g"))
    wait_for("g is on the page", lambda: "family/g" in page(service, "/"), 90)
    counted = [
        f'touchline_board_records_unreadable{{topic="{topic}"}} 2.0'
        for topic in ("alerts", "touchline-subjects-changelog")
    ]
    wait_for("all are counted", lambda: all(each in page(service, "/metrics") for each in counted), 60)
    assert service.settings.topics.name("alerts") + "/" in page(service, "/service")
    database = next((service.settings.state / "board").glob("*.db"))
    for lose in (False, True):
        service.processes.pop("board").kill()
        if lose:
            connection = sqlite3.connect(database)
            connection.execute("ALTER TABLE alerts RENAME COLUMN anchor TO anchored")
            connection.execute("UPDATE versions SET schema = 'another'")
            connection.commit()
            connection.close()
        service.board()
        name = f"h{lose}"
        service.publish(family(name))
        wait_for(f"{name} is on the page", partial(is_shown, service, f"family/{name}"), 90)
        assert "family/f" in page(service, "/")
        assert all(each in page(service, "/metrics") for each in counted), "counted once"


def test_the_board_serves_while_kafka_is_away_and_catches_up_by_itself(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    """It starts without a broker, over IPv6 too; says so; goes on when the broker is back, and when it goes again."""
    port = free_port(2)
    broker = LocalKafka(tmp_path / "kafka", port)
    broker.start()
    service = make_service(broker=broker.address)
    service.worker()
    service.publish(family("f"))
    service.wait_quiet()
    service.kill()
    broker.stop()
    service.start("board", "serve", TOUCHLINE_HOST="::1")

    def ask(path: str) -> tuple[int, str]:
        return service.get(service.settings.board_port, path, host="::1")

    wait_for("it is alive", lambda: ask("/healthz")[0] == 200, 60)
    assert json.loads(ask("/readyz")[1]).items() >= {"state": "alive", "lag_records": None, "connected": False}.items()
    assert "Kafka cannot be reached" in ask("/")[1]
    assert ask("/metrics")[0] == 200
    assert url("::1", service.settings.board_port) in service.log.read_text()
    broker.start()
    wait_for("it has caught up", lambda: ask("/readyz")[0] == 200, 90)
    wait_for("f is on the page", lambda: "family/f" in ask("/")[1], 60)
    assert "Kafka cannot be reached" not in ask("/")[1]
    broker.stop()
    wait_for("it says that Kafka is away", lambda: "Kafka cannot be reached" in ask("/")[1], 90)
    assert "family/f" in ask("/")[1]
    assert (ask("/healthz")[0], ask("/metrics")[0], ask("/service")[0]) == (200, 200, 200)
    assert "Traceback" not in service.log.read_text()
