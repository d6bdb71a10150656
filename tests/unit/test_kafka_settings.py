"""The settings of Kafka's security: what belongs together is set together, and secrets are in files of their own."""

from pathlib import Path

import pytest

from streams.connection import Connection, Sasl, Security
from streams.secret_files import FileUnusable, read_secret
from streams.settings import Settings
from tests.commands import touchline

ACCOUNT = {"KAFKA_USER": "board", "KAFKA_PASSWORD_FILE": "board.password"}
HALF = [
    ({"KAFKA_SECURITY": "tls"}, "KAFKA_SECURITY: Input should be 'plaintext', 'ssl'"),
    ({"KAFKA_USER": "board"}, "KAFKA_USER: is for connections with an account, and TOUCHLINE_KAFKA_SECURITY is plain"),
    ({"KAFKA_PASSWORD_FILE": "p"}, "KAFKA_PASSWORD_FILE: is for connections with an account"),
    ({"KAFKA_SASL": "PLAIN"}, "KAFKA_SASL: is for connections with an account"),
    ({"KAFKA_SECURITY": "sasl_ssl"}, "KAFKA_USER: should name the account, since TOUCHLINE_KAFKA_SECURITY is sasl_ssl"),
    ({"KAFKA_SECURITY": "sasl_plaintext", "KAFKA_USER": "u"}, "KAFKA_PASSWORD_FILE: should name the file"),
    ({"KAFKA_SECURITY": "ssl", **ACCOUNT}, "KAFKA_USER: is for connections with an account"),
    ({"KAFKA_CA": "ca.pem"}, "KAFKA_CA: is for connections with TLS"),
    ({"KAFKA_SECURITY": "sasl_plaintext", **ACCOUNT, "KAFKA_CA": "ca.pem"}, "KAFKA_CA: is for connections with TLS"),
    ({"KAFKA_SECURITY": "ssl", "KAFKA_CERTIFICATE": "c.pem"}, "KAFKA_KEY: should name the private key"),
    ({"KAFKA_SECURITY": "ssl", "KAFKA_KEY": "k.pem"}, "KAFKA_KEY: belongs to a certificate"),
]


def pem(folder: Path, name: str, text: str, mode: int = 0o600) -> Path:
    file = folder / name
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(("half", "sentence"), HALF)
def test_half_a_configuration_is_refused_in_one_sentence(
    half: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start of every command, with the variable and what to do."""
    for name, value in half.items():
        monkeypatch.setenv(f"TOUCHLINE_{name}", value)
    done = touchline("status")
    assert done.returncode == 2
    assert f"TOUCHLINE_{sentence}" in done.stderr.splitlines()[-1]


def test_without_settings_nothing_is_protected_and_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was on one laptop; files of containers often have variables without a value."""
    monkeypatch.setenv("TOUCHLINE_KAFKA_CA", "")
    monkeypatch.setenv("TOUCHLINE_KAFKA_SECURITY", "")
    assert Settings(broker="a:1,b:2").kafka.options() == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }


def test_an_account_is_what_the_clients_are_made_with(tmp_path: Path) -> None:
    """The password comes from its file, each time anew."""
    file = pem(tmp_path, "p", "first\n", 0o640)
    kafka = Settings(
        kafka_security="sasl_ssl", kafka_user="board", kafka_password_file=file, kafka_sasl="SCRAM-SHA-256"
    ).kafka
    options = kafka.options()
    assert options["security_protocol"] == "SASL_SSL"
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-256", "board")
    assert options["sasl_plain_password"] == "first"  # noqa: S105
    assert options["ssl_context"].check_hostname, "else any broker with a certificate could be put in between"
    file.write_text("second")
    assert kafka.options()["sasl_plain_password"] == "second"  # noqa: S105
    assert "first" not in repr(kafka)


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o601])
def test_a_secret_that_everybody_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    """With what to type; its owner and its group may read it."""
    file = pem(tmp_path, "p", "secret", mode)
    with pytest.raises(FileUnusable, match=rf"can be read by everybody on this machine. Do `chmod 600 {file}`"):
        read_secret(file, "TOUCHLINE_X_FILE")
    file.chmod(0o640)
    assert read_secret(file, "TOUCHLINE_X_FILE") == "secret"


def test_a_secret_must_be_there_and_not_be_empty(tmp_path: Path) -> None:
    """The sentence names the file and the setting."""
    with pytest.raises(FileUnusable, match="nothing, which TOUCHLINE_X_FILE names, cannot be read: No such file"):
        read_secret(tmp_path / "nothing", "TOUCHLINE_X_FILE")
    with pytest.raises(FileUnusable, match=r"is empty\. Write the secret of TOUCHLINE_X_FILE into it"):
        read_secret(pem(tmp_path, "empty", "\n"), "TOUCHLINE_X_FILE")
    no_text = pem(tmp_path, "bytes", "")
    no_text.write_bytes(b"\xff")
    with pytest.raises(FileUnusable, match="cannot be read: it is not text in UTF-8"):
        read_secret(no_text, "TOUCHLINE_X_FILE")


def test_files_that_are_no_certificates_are_named(tmp_path: Path) -> None:
    """Each with the setting that names it."""
    wrong = pem(tmp_path, "wrong.pem", "no certificate")
    with pytest.raises(FileUnusable, match=r"has no certificate in PEM\. Set TOUCHLINE_KAFKA_CA"):
        Connection("a:1", Security.SSL, ca=wrong).options()
    with pytest.raises(FileUnusable, match="TOUCHLINE_KAFKA_CA names, cannot be read: No such file"):
        Connection("a:1", Security.SSL, ca=tmp_path / "none").options()
    with pytest.raises(FileUnusable, match="are no certificate and its private key"):
        Connection("a:1", Security.SSL, certificate=wrong, key=wrong).options()
    wrong.chmod(0o644)
    with pytest.raises(FileUnusable, match="which TOUCHLINE_KAFKA_KEY names, can be read by everybody"):
        Connection("a:1", Security.SSL, certificate=wrong, key=wrong).options()


@pytest.mark.parametrize("command", ["worker", "topics", "serve"])
def test_a_secret_file_is_looked_at_before_anything_starts(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processor, commands and board end with one sentence and exit code 3."""
    file = pem(tmp_path, "p", "hidden", 0o644)
    environment = {
        "KAFKA_SECURITY": "sasl_ssl",
        "KAFKA_USER": "u",
        "KAFKA_PASSWORD_FILE": str(file),
        "STATE": str(tmp_path),
        "WORKER_PORT": "0",
        "BOARD_PORT": "0",
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"TOUCHLINE_{name}", value)
    done = touchline(command)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
    assert "can be read by everybody" in done.stderr
    assert "hidden" not in done.stderr


def test_what_may_be_chosen_is_what_the_clients_know() -> None:
    """The names of the settings are Kafka's own."""
    assert [each.name for each in Security] == ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    assert [str(each) for each in Sasl] == ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
