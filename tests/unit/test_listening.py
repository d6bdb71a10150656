"""Where the board may listen, by how people sign in."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.board.main import identity_of
from streams.identity.sign_in import NO_SIGN_IN
from streams.settings import Settings
from tests.commands import touchline


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize("signin", ["none", "demo", "local"])
def test_every_sign_in_is_served_on_this_machine(signin: str, host: str) -> None:
    """Also on its other names."""
    assert Settings(signin=signin, host=host).host_of(8710) == host


@pytest.mark.parametrize("signin", ["none", "demo"])
def test_without_a_sign_in_nobody_else_is_served(signin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused at start, with a plain sentence."""
    monkeypatch.setenv("TOUCHLINE_SIGNIN", signin)
    monkeypatch.setenv("TOUCHLINE_HOST", "0.0.0.0")
    monkeypatch.setenv("TOUCHLINE_BOARD_URL", "https://touchline.example.org")
    done = touchline("serve")
    assert done.returncode == 2
    assert f"TOUCHLINE_HOST: with the sign-in {signin} everybody who reaches the board sees everything" in done.stderr


def test_with_a_sign_in_the_board_is_served_elsewhere_and_the_rest_is_not() -> None:
    """Once browsers have an https address for it. The processor's metrics are served where they are set to be."""
    with pytest.raises(ValidationError, match="needs TOUCHLINE_BOARD_URL"):
        Settings(signin="local", host="0.0.0.0")
    settings = Settings(signin="local", host="0.0.0.0", board_url="https://touchline.example.org/")
    assert settings.host == "0.0.0.0"
    assert settings.worker_host == "127.0.0.1"
    assert (settings.host_of(settings.board_port), settings.host_of(settings.worker_port)) == ("127.0.0.1", "127.0.0.1")
    one = Settings(signin="local", host="192.0.2.7", board_url="https://touchline.example.org")
    assert (one.host_of(one.board_port), one.host_of(one.worker_port)) == ("192.0.2.7", "127.0.0.1")
    other = Settings(worker_host="192.0.2.8")
    assert (other.host_of(other.board_port), other.host_of(other.worker_port)) == ("127.0.0.1", "192.0.2.8")


@pytest.mark.parametrize(
    "url",
    ["http://touchline.example.org", "touchline.example.org", "https://a.example/board", "https://a b", "https://"],
)
def test_the_address_for_browsers_is_a_whole_one_over_https(url: str) -> None:
    """Over plain http browsers keep the cookie on this machine only."""
    with pytest.raises(ValidationError, match="should be"):
        Settings(board_url=url)
    assert Settings(board_url="http://localhost:8710").board_url == "http://localhost:8710"
    assert Settings(board_url="https://[2001:db8::1]:8710/").board_url == "https://[2001:db8::1]:8710"


def test_the_sign_in_that_is_set_is_put_together(tmp_path: Path) -> None:
    """None by default; with one, its own database in the state, or another."""
    assert identity_of(Settings(state=tmp_path)) is NO_SIGN_IN
    made = identity_of(Settings(state=tmp_path, signin="local", board_url="https://touchline.example.org:8443"))
    assert (made.signin, made.hosts, made.https) == ("local", ("touchline.example.org", "127.0.0.1"), True)
    assert (tmp_path / "identity" / "touchline.db").exists()
    assert identity_of(Settings(state=tmp_path, signin="local", board_url="https://[::2]:1")).hosts == (
        "[::2]",
        "127.0.0.1",
    )
    one = Settings(state=tmp_path, signin="local", host="2001:db8::7", board_url="https://a.example")
    assert identity_of(one).hosts == ("a.example", "[2001:db8::7]"), "touchline status asks there"
    other = tmp_path / "elsewhere.db"
    demo = identity_of(Settings(state=tmp_path, signin="demo", identity_url=f"sqlite:///{other}"))
    assert (demo.signin, demo.hosts, demo.https) == ("demo", ("127.0.0.1",), False)
    assert other.exists()
