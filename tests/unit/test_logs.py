"""Log lines: JSON, of errors the type and the places, of libraries the template alone."""

import json
import logging
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from streams import logs
from streams.event_names import EventNames, event_names, label_in
from streams.logs import setup_logging
from streams.secret_files import FileUnusable
from tests.commands import touchline

PERSONAL = "family/f00042"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is the process's own: it is put back."""
    root, hook, levels = logging.getLogger(), threading.excepthook, dict.fromkeys([*logs.CHATTER, logs.OURS, "some"])
    handlers, level = root.handlers[:], root.level
    before = {name: logging.getLogger(name).level for name in levels}
    yield
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    for name, each in before.items():
        logging.getLogger(name).setLevel(each)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    printed = capsys.readouterr().err
    assert PERSONAL not in printed
    return [json.loads(line) for line in printed.splitlines()]


def fail() -> None:
    try:
        int(PERSONAL)
    except ValueError as error:
        raise KeyError(PERSONAL) from error


def test_an_error_is_logged_by_type_and_place_and_never_by_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it was raised from; by this project, by a library, and in a thread that nobody waits for."""
    setup_logging("INFO")
    ours, library = structlog.get_logger("touchline.x"), logging.getLogger("some.library")
    for log in (lambda: ours.error("it.failed", exc_info=True), lambda: library.exception("cannot do %s", PERSONAL)):
        try:
            fail()
        except KeyError:
            log()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    told = lines(capsys)
    assert [line["event"] for line in told] == ["it.failed", "cannot do %s", "thread.failed"]
    for line in told:
        errors = line["error"]
        assert isinstance(errors, list)
        assert [each["type"] for each in errors] == ["KeyError", "ValueError"]
        assert all("test_logs.py" in each["places"][-1] for each in errors)


@pytest.mark.parametrize(
    ("said", "args", "logged"),
    [
        ("lost %s", (PERSONAL,), "lost %s"),
        (f"Task exception was never retrieved\nfuture: <Task {PERSONAL}>", (), "Task exception was never retrieved"),
        (f"bad value: {PERSONAL}", (), "bad value"),
        (f"exception in callback <f({PERSONAL!r})>", (), "exception in callback"),
    ],
)
def test_of_a_librarys_line_only_the_template_is_logged(
    said: str, args: tuple[object, ...], logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would be put into it may be an event."""
    setup_logging("INFO")
    logging.getLogger("some.library").error(said, *args)
    assert [line["event"] for line in lines(capsys)] == [logged]


def test_levels_by_part_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """Each part has the level that is set for it, libraries WARNING; Python's warnings are lines too."""
    setup_logging("INFO", {"touchline.monitor": "WARNING", "some": "INFO"})
    structlog.get_logger("touchline.monitor").info("entry.applied")
    structlog.get_logger("touchline.intake").info("event.accepted", subjects=2)
    structlog.get_logger("touchline.intake").debug("not.shown")
    logging.getLogger("some.library").info("shown")
    logging.getLogger("other.library").info("not shown")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(PERSONAL, stacklevel=1)
    told = lines(capsys)
    assert [(line["logger"], line["event"], line["level"]) for line in told] == [
        ("touchline.intake", "event.accepted", "info"),
        ("some.library", "shown", "info"),
        ("py.warnings", __file__, "warning"),
    ]
    assert told[0]["subjects"] == 2


def test_an_event_has_one_name_for_each_key(tmp_path: Path) -> None:
    """Two keys give two names; the key in the state folder is made once, for its owner alone."""
    label = "/agency/health/x#c%231"
    assert label_in(b'{"source": "/agency/health/x", "id": "c#1"}') == label
    assert [label_in(raw) for raw in (b"\xff", b"3", b'{"source": 1, "id": "x"}', None)] == [""] * 4
    name = event_names(None, tmp_path).of(label)
    assert len(name) == 16
    assert event_names(None, tmp_path).of(label) == name
    assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "log.key"]
    assert EventNames(b"other").of(label) != name
    assert event_names(None, tmp_path).of("deadline") == "deadline"
    (tmp_path / "log.key").chmod(0o644)
    with pytest.raises(FileUnusable, match="chmod 600"):
        event_names(None, tmp_path)


def test_the_command_that_says_what_logs_call_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the key of the state folder; what names no event is wrong usage."""
    monkeypatch.setenv("TOUCHLINE_STATE", str(tmp_path))
    said = touchline("logged-as", "/a#1")
    assert said.stdout.strip() == event_names(None, tmp_path).of("/a#1")
    assert touchline("logged-as", "family/f").returncode == 2
