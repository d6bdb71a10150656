"""The answer to a question: its lines, and what was noticed in the history on the way."""

from typing import Any, NamedTuple

from streams.audit.reading import History
from streams.presentation.lines import Line
from streams.presentation.terminal import say


class Answer(NamedTuple):
    """What one process gives: lines, each after its place in the order of all, and what was noticed."""

    lines: list[tuple[tuple[Any, ...], Line]]
    history: History


def noticed(history: History) -> History:
    """A history without subjects and transitions: small enough to be sent from one process to another."""
    return History({}, history.known_at, [], history.refused, history.remarks, history.parked)


def report(*histories: History) -> int:
    """Says on standard error what was refused, what changed nothing and what is parked; 1 if anything was refused."""
    refused = 0
    for history in histories:
        for line in history.refused:
            say(str(line), err=True)
        for code, event in history.remarks:
            if code != "duplicate":
                say(f"note: {code}: {event}", err=True)
        for name, why in sorted(history.parked.items()):
            say(f"parked: {name}: {why}", err=True)
        refused += len(history.refused)
    return 1 if refused else 0
