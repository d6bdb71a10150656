"""What a check found."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from streams.doctor.asking import Answer
from streams.settings import Settings


class State(StrEnum):
    """How something is."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was checked, how it is, what was seen, and what to do if it is wrong."""

    check: str
    state: State
    seen: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is looked at: the settings, and what each part answered when it was asked how it is."""

    settings: Settings
    processors: list[Answer] = field(default_factory=list)
    boards: list[Answer] = field(default_factory=list)

    @property
    def parts(self) -> list[Answer]:
        """All parts."""
        return [*self.processors, *self.boards]


def fine(check: str, seen: str) -> Finding:
    """A thing that is as it must be."""
    return Finding(check, State.FINE, seen)


def wrong(check: str, seen: str, remedy: str) -> Finding:
    """A thing that is not as it must be."""
    return Finding(check, State.WRONG, seen, remedy)


def unknown(check: str, seen: str, remedy: str = "") -> Finding:
    """A thing that could not be looked at."""
    return Finding(check, State.UNKNOWN, seen, remedy)


def said(answer: Answer, name: str) -> Any:  # noqa: ANN401 - any JSON
    """What a part said under a name; None if it said nothing."""
    return None if answer.body is None else answer.body.get(name)
