"""What is wrong with a secured broker, or with our settings of it, is said in one sentence, with exit code 6."""

import datetime as dt
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.certificates import Authority, write_private
from events.instants import MICROS_A_SECOND
from streams.clock import now
from streams.connection import Connection, Sasl, Security
from streams.kafka.client import consumer
from streams.kafka.diagnosis import require_usable
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable
from tests.secured import SecuredKafka
from tests.service import ROOT, free_port

NOW = dt.datetime.fromtimestamp(now() / MICROS_A_SECOND, dt.UTC)


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that answers every connection in a way of its own; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        answer(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def refused(connection: Connection) -> str:
    with pytest.raises(KafkaRefused) as problem:
        require_usable(connection)
    assert str(problem.value).startswith(f"The broker at {connection.address} ")
    return str(problem.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda _kafka: {"ca": None}, "has a certificate that is not signed by anybody whom this machine trusts. Set"),
        (
            lambda kafka: {"password_file": kafka.secured.password_file("checker")},
            "does not accept the account board with the password in",
        ),
        (lambda _kafka: {"user": "stranger"}, "does not accept the account stranger with the password in"),
        (lambda _kafka: {"sasl": Sasl.PLAIN}, "does not let accounts prove themselves by PLAIN. Set TOUCHLINE_KAFKA_"),
        (
            lambda _kafka: {"security": Security.SSL},
            "asks for an account. TOUCHLINE_KAFKA_SECURITY is ssl: set it to s",
        ),
        (lambda _kafka: {"security": Security.PLAINTEXT}, "speaks TLS only. TOUCHLINE_KAFKA_SECURITY is plaintext"),
        (lambda _kafka: {"security": Security.SASL_PLAINTEXT}, "speaks TLS only. TOUCHLINE_KAFKA_SECURITY is sasl_pla"),
    ],
)
def test_what_a_real_broker_refuses(
    change: Callable[[SecuredKafka], dict[str, object]], sentence: str, secured_kafka: SecuredKafka
) -> None:
    """Each is told from the others, with the setting to change."""
    good = secured_kafka.connection("board")
    require_usable(good)
    assert sentence in refused(replace(good, **change(secured_kafka)))  # type: ignore[arg-type]


def test_a_plain_broker_is_told_from_one_with_tls(secured_kafka: SecuredKafka, kafka: object) -> None:
    """TLS, or an account, that the broker does not know."""
    plain = str(kafka.address)  # type: ignore[attr-defined]
    assert "speaks no TLS. TOUCHLINE_KAFKA_SECURITY is sasl_ssl: set it to sasl_plaintext" in refused(
        replace(secured_kafka.connection("board"), address=plain)
    )
    account = replace(secured_kafka.connection("board"), address=plain, security=Security.SASL_PLAINTEXT, ca=None)
    assert "takes no accounts. TOUCHLINE_KAFKA_SECURITY is sasl_plaintext: set it to plaintext" in refused(account)
    require_usable(Connection(plain))


@pytest.mark.parametrize(
    ("hosts", "days", "sentence"),
    [
        (("127.0.0.1",), -1, "has a certificate that has expired. Whoever runs the broker must renew it"),
        (("kafka.example.org",), 30, "has a certificate of another host. Set TOUCHLINE_BROKER to the name that is in"),
    ],
)
def test_certificates_that_are_expired_or_of_another_host(
    hosts: tuple[str, ...], days: int, sentence: str, tmp_path: Path
) -> None:
    """By a server whose certificate is signed by whom we trust."""
    made = NOW - dt.timedelta(days=10)
    authority = Authority.new("test", made)
    write_private(tmp_path / "server.pem", authority.signed(hosts, made, 10 + days))
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with listening(answer) as port:
        assert sentence in refused(Connection(f"127.0.0.1:{port}", Security.SSL, ca=tmp_path / "ca.pem"))


def test_a_broker_that_asks_for_a_certificate_of_its_clients(tmp_path: Path) -> None:
    """Without one, and with one that it does not accept."""
    made = NOW - dt.timedelta(days=1)
    ours, others = Authority.new("ours", made), Authority.new("others", made)
    write_private(tmp_path / "server.pem", ours.signed(("127.0.0.1",), made))
    (tmp_path / "ca.pem").write_bytes(ours.pem())
    write_private(tmp_path / "client.pem", others.signed(("client",), made))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)

    with listening(answer) as port:
        without = Connection(f"127.0.0.1:{port}", Security.SSL, ca=tmp_path / "ca.pem")
        assert "asks for a certificate of its clients. Set TOUCHLINE_KAFKA_CERTIFICATE" in refused(without)
        client = tmp_path / "client.pem"
        assert f"does not accept the certificate {client}." in refused(replace(without, certificate=client, key=client))


def old_broker(connection: socket.socket) -> None:
    """Answers as a broker of Kafka 2.2 does: static members of a group are not known yet."""
    while True:
        head = connection.recv(4)
        if len(head) < 4:
            return
        request = connection.recv(struct.unpack(">i", head)[0])
        key, _, correlation = struct.unpack(">hhi", request[:8])
        if key == 18:
            versions = [(0, 0, 7), (1, 0, 10), (3, 0, 7), (11, 0, 4), (18, 0, 2)]
            body = struct.pack(">hi", 0, len(versions)) + b"".join(struct.pack(">hhh", *each) for each in versions)
        else:
            body = struct.pack(">ii", 0, 0)  # no brokers, no topics
        answer = struct.pack(">i", correlation) + body
        connection.sendall(struct.pack(">i", len(answer)) + answer)


def test_a_broker_that_is_too_old_is_refused() -> None:
    """Before anything is read or written. What it says of itself decides, not its name."""
    with listening(old_broker) as port:
        assert refused(Connection(f"127.0.0.1:{port}")).endswith(
            "is older than Kafka 2.3. Upgrade it, or set TOUCHLINE_BROKER to a newer one."
        )


def test_where_nothing_answers_it_is_no_refusal() -> None:
    """Then it is tried again by whoever serves meanwhile."""
    with pytest.raises(KafkaUnreachable, match="No Kafka broker answers at") as problem:
        require_usable(Connection(f"127.0.0.1:{free_port()}"))
    assert not isinstance(problem.value, KafkaRefused)


@pytest.mark.parametrize("command", ["topics", "worker", "serve"])
def test_commands_processor_and_board_end_with_the_sentence(
    command: str, secured_kafka: SecuredKafka, tmp_path: Path
) -> None:
    """A wrong password: one line on standard error, exit code 6, and no secret in it."""
    environment = {
        **os.environ,
        **secured_kafka.environment("board"),
        "TOUCHLINE_KAFKA_PASSWORD_FILE": str(secured_kafka.secured.password_file("checker")),
        "TOUCHLINE_STATE": str(tmp_path),
        "TOUCHLINE_WORKER_PORT": str(free_port()),
        "TOUCHLINE_BOARD_PORT": str(free_port()),
    }
    done = subprocess.run(
        [sys.executable, "-m", "streams", command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 6, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("touchline: The broker at 127.0.0.1:")
    assert "does not accept the account board" in line
    assert secured_kafka.secured.password_file("checker").read_text() not in done.stdout + done.stderr


def test_status_says_what_kafka_refuses(secured_kafka: SecuredKafka, tmp_path: Path) -> None:
    """As what to do next; it works whatever is wrong, and shows no secret."""
    password = secured_kafka.secured.password_file("checker")
    environment = {
        **os.environ,
        **secured_kafka.environment("board"),
        "TOUCHLINE_KAFKA_PASSWORD_FILE": str(password),
        "TOUCHLINE_STATE": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "streams", "status", "--format", "json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    status = json.loads(done.stdout)
    assert (done.returncode, status["parts"]["kafka"]) == (1, "not reached")
    assert "does not accept the account board with the password in" in status["next"][0]
    assert password.read_text() not in done.stdout + done.stderr


def test_the_secured_broker_keeps_its_secrets(secured_kafka: SecuredKafka) -> None:
    """In files that their owner alone may read; what it prints are their names. No password is on a command line."""
    folder = secured_kafka.secured.folder
    assert folder.stat().st_mode & 0o077 == 0
    passwords = [file.read_text() for file in folder.glob("*.password")]
    assert len(set(passwords)) == len(passwords) >= 6
    for file in (*folder.glob("*.password"), folder / "broker.pem", folder.parent / "server.properties"):
        assert file.stat().st_mode & 0o077 == 0, file
    command = Path(f"/proc/{secured_kafka.broker.pid()}/cmdline").read_text()
    log = secured_kafka.broker.log.read_text("utf-8")
    assert not [each for each in passwords if each in command or each in log]
    with pytest.raises(KafkaUnreachable):
        consumer(Connection(secured_kafka.broker.address))
    with pytest.raises(KafkaUnreachable):
        consumer(Connection(f"127.0.0.1:{secured_kafka.broker.port + 1}"))


def test_start_secured_says_which_settings_to_use(tmp_path: Path) -> None:
    """Started by command, used with what it printed, stopped, and started again as it was."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")},
        "TOUCHLINE_STATE": str(tmp_path),
        "TOUCHLINE_KAFKA_PORT": str(free_port(3)),
    }

    def touchline(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments],
            cwd=ROOT,
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    started = touchline("kafka", "start", "--secured", "--source", "health")
    assert started.returncode == 0, started.stderr
    try:
        lines = [line.split() for line in started.stdout.splitlines() if line.startswith("  TOUCHLINE_")]
        common, *accounts, administrator = [dict(pair.split("=", 1) for pair in line) for line in lines]
        users = [each["TOUCHLINE_KAFKA_USER"] for each in accounts]
        assert users == ["processor", "board", "checker", "operator", "source-health"]
        made = touchline("topics", **{**common, **accounts[3]})
        assert made.returncode == 0, made.stderr
        assert touchline("topics", **{**common, **accounts[1]}).returncode == 6
        given = touchline("kafka", "rights", "--grant", "--source", "social", **{**common, **administrator})
        assert given.stdout.endswith(" rights are given.\n"), given.stderr
        refusal = touchline("kafka", "rights", "--grant", **{**common, **accounts[3]})
        assert (refusal.returncode, "may not give rights" in refusal.stderr) == (6, True), refusal.stderr
        listed = [json.loads(line) for line in touchline("kafka", "rights").stdout.splitlines()]
        assert {"account": "processor", "operation": "read", "kind": "group", "name": "touchline"} in listed
        touchline("kafka", "stop")
        again = touchline("kafka", "start")
        assert again.returncode == 0, again.stderr
        assert touchline("topics", "--check", **{**common, **accounts[3]}).returncode == 0
        assert touchline("topics", "--check").returncode == 6, "it stays secured"
    finally:
        touchline("kafka", "stop")
