"""Events in JSONL files: a line each; refused lines are reported with file, line, field, reason and remedy."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from events.accept import Refused, accept
from events.event import Event
from events.instants import Instant, Zone
from events.text import lines_of


class Line(NamedTuple):
    """An accepted line: the event and its text."""

    event: Event
    raw: bytes


class RefusedLine(NamedTuple):
    """A refused line."""

    file: str
    number: int
    error: Refused

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.error.field}: {self.error.reason}: {self.error.message}"


def read_lines(
    path: Path,
    zone: Zone,
    *,
    progress: Callable[[int], None] = lambda _bytes: None,
    known: Callable[[], Instant] | None = None,
) -> Iterator[Line | RefusedLine]:
    """The lines of a file in order, accepted or refused; empty ones are skipped. Calls `progress` with bytes read.

    `known` gives the instant at which each line becomes known; without it a line says so itself.
    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        for number, (size, line) in enumerate(lines_of(file), 1):
            raw = line.strip()
            progress(size)
            if not raw:
                continue
            try:
                yield Line(accept(raw, zone, known() if known else None), raw)
            except Refused as error:
                yield RefusedLine(str(path), number, error)
            except Exception as error:  # noqa: BLE001 - a fault of ours at one line must not stop the others
                yield RefusedLine(str(path), number, Refused.by_fault(error))
