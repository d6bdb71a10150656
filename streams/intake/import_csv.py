"""`touchline import`: publishes the rows of an extract to the source topics.

It says what each row leaves unsaid, and writes the rejected rows to a file.
"""

import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from events.codec import to_json
from events.csv_formats import Mapping, Rejected, header_of, read_mapping, read_rows
from events.event import Event
from events.instants import Zone
from streams.clock import now
from streams.intake.output_files import require_apart, whole
from streams.kafka.publishing import Publisher
from streams.policy.policy_file import read_policy
from streams.presentation.progress import progress_bar
from streams.presentation.terminal import say
from streams.settings import Settings

FLUSH_EVERY = 5_000


class _Target(Protocol):
    """Where events go."""

    def publish(self, event: Event, raw: bytes) -> None: ...
    def flush(self) -> None: ...


class _Lines:
    """Events as lines of a file; a dry run has no file."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file

    def publish(self, _event: Event, raw: bytes) -> None:
        if self._file is not None:
            self._file.write(raw + b"\n")

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()


@dataclass
class Imported:
    """What became of the rows."""

    taken: int = 0
    rejected: int = 0
    missing: Counter[str] = field(default_factory=Counter)


def import_rows(
    settings: Settings, map_path: Path, file: Path, rejects: Path, *, out: Path | None, dry_run: bool, rows: bool
) -> Imported:
    """Takes in a file; rejected rows go to the file `rejects`. Raises MappingError, OSError, PublishError."""
    outputs = {"--rejects": rejects} if out is None else {"--rejects": rejects, "--out": out}
    require_apart({"the import": file, "--map": map_path}, outputs)
    mapping = read_mapping(map_path)
    zone = read_policy(settings.policy).of(None).zone
    with ExitStack() as stack:
        target: _Target
        if dry_run:
            target = _Lines(None)
        elif out is not None:
            target = _Lines(stack.enter_context(whole(out)))
        else:
            target = stack.enter_context(Publisher(settings.kafka, settings.topics))
        return _take(mapping, file, _Rejects(rejects, file, mapping, stack), zone, target, rows=rows)


class _Rejects:
    """The file of rejected rows, which is written only if there are any.

    It begins with the header of the extract, so that it can be mended and imported.
    """

    def __init__(self, path: Path, file: Path, mapping: Mapping, stack: ExitStack) -> None:
        self._path, self._file, self._mapping, self._stack = path, file, mapping, stack
        self._out: BinaryIO | None = None

    def add(self, row: Rejected) -> None:
        """Adds a row as it was written."""
        if self._out is None:
            self._out = self._stack.enter_context(whole(self._path))
            self._out.write(header_of(self._file, self._mapping))
        self._out.write(row.raw)


def _take(mapping: Mapping, file: Path, rejects: _Rejects, zone: Zone, target: _Target, *, rows: bool) -> Imported:
    imported = Imported()
    with progress_bar("importing", file.stat().st_size) as progress:
        for row in read_rows(file, mapping, zone, now(), progress):
            if isinstance(row, Rejected):
                rejects.add(row)
                imported.rejected += 1
                say(f"{file}:{row.line}: {row.error}", err=True)
                continue
            target.publish(row.event, row.raw)
            imported.taken += 1
            imported.missing.update(row.missing)
            if rows and row.missing:
                sys.stdout.buffer.write(
                    to_json({"line": row.line, "event": row.event.label, "missing": row.missing}) + b"\n"
                )
            if imported.taken % FLUSH_EVERY == 0:
                target.flush()
        target.flush()
    return imported
