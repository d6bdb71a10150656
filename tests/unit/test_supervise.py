"""Keeping parts running: pauses that grow, words for what happened, a backlog that is spoken of now and then."""

from typing import Any

import pytest

from streams.listen_address import url
from streams.service.processes import FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS, GaveUp, Part, Pause, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_grows_until_a_part_has_run_well() -> None:
    """From a second to a minute; after a minute of running it begins again."""
    clock = Clock()
    pause = Pause(clock)
    pauses = []
    for _ in range(9):
        pauses.append(pause.failed())
        assert pause.waiting
        assert not pause.over()
        clock.now += pauses[-1]
        assert pause.over()
        pause.began()
        assert not pause.waiting
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pauses[-1] == LONGEST_PAUSE
    clock.now += STEADY_SECONDS
    assert pause.failed() == FIRST_PAUSE


def part(code: int, said: list[str]) -> Part:
    made: Any = object.__new__(Part)
    made.name, made._say, made._pause = "worker", said.append, Pause()
    made.process = type("Ended", (), {"poll": lambda _self: code})()
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize("code", [2, 5])
def test_what_does_not_get_better_ends_the_rest(code: int) -> None:
    """Wrong settings, another policy."""
    with pytest.raises(GaveUp) as error:
        part(code, []).keep()
    assert error.value.code == code


@pytest.mark.parametrize(
    ("code", "words"), [(-9, "was killed"), (1, "failed"), (3, "could not start"), (75, "got no further")]
)
def test_all_else_is_tried_again_with_a_plain_line(code: int, words: str) -> None:
    """Said once."""
    said: list[str] = []
    ended = part(code, said)
    ended.keep()
    ended.keep()
    assert said == [f"The worker {words} (exit code {code}); it is started again in 1 s."]


def test_a_backlog_is_spoken_of_when_it_has_shrunk_noticeably() -> None:
    """Not at every look; its end, a stall and a new beginning are always said."""
    clock, said = Clock(), []
    progress = Progress(said.append, clock)
    for state, lag in (
        ("alive", None),
        *(("alive", lag) for lag in range(10_000, 0, -50)),
        ("stalled", 50),
        ("alive", 40),
        ("caught-up", 0),
        ("caught-up", 3),
    ):
        progress.look("worker", {"state": state, "lag_records": lag})
        clock.now += 2
    assert said[0] == "The worker is running."
    assert said[1] == "The worker is catching up: 9,800 records are still to be read."
    assert said[-3:] == [
        "The worker gets no further: 50 records are still to be read.",
        "The worker is catching up: 40 records are still to be read.",
        "The worker has caught up.",
    ]
    assert 8 < len(said) < 40


def test_an_ipv6_address_has_brackets() -> None:
    """In every address that is printed or asked."""
    assert url("::1", 8710) == "http://[::1]:8710/"
    assert url("127.0.0.1", 8710, "/x") == "http://127.0.0.1:8710/x"
