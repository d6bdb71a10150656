"""`touchline import`: rows of an extract to the source topics, with what each row leaves unsaid, and a file of those rejected."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import click

from events.envelope import Event, to_json
from events.importing import Mapping, Rejected, header_of, read_mapping, read_rows
from events.instants import Zone
from events.publishing import Publisher
from projections.policy import read_policy
from streams.audit.commands import progress_bar
from streams.clock import now
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
    """Takes in a file. Raises MappingError, OSError, PublishError; rejected rows go to `rejects`, if there are any."""
    mapping = read_mapping(map_path)
    zone = read_policy(settings.policy).of(None).zone
    if dry_run:
        return _take(mapping, file, rejects, zone, _Lines(None), rows=rows)
    if out is not None:
        with out.open("wb") as lines:
            return _take(mapping, file, rejects, zone, _Lines(lines), rows=rows)
    with Publisher(settings.address, settings.topics) as publisher:
        return _take(mapping, file, rejects, zone, publisher, rows=rows)


def _take(mapping: Mapping, file: Path, rejects: Path, zone: Zone, target: _Target, *, rows: bool) -> Imported:
    done = Imported()
    kept: BinaryIO | None = None
    if rejects.resolve() == file.resolve():
        raise click.UsageError(f"{rejects} is the file that is imported; name another with --rejects.")
    try:
        with progress_bar("importing", file.stat().st_size) as progress:
            for row in read_rows(file, mapping, zone, now(), progress):
                if isinstance(row, Rejected):
                    if kept is None:
                        kept = rejects.open("wb")
                        header = header_of(file)
                        kept.write(header if header.endswith((b"\n", b"\r")) else header + b"\n")
                    kept.write(row.raw if row.raw.endswith((b"\n", b"\r")) else row.raw + b"\n")
                    done.rejected += 1
                    click.echo(f"{file}:{row.line}: {row.error}", err=True)
                    continue
                target.publish(row.event, row.raw)
                done.taken += 1
                done.missing.update(row.missing)
                if rows and row.missing:
                    sys.stdout.buffer.write(
                        to_json({"line": row.line, "event": row.event.label, "missing": row.missing}) + b"\n"
                    )
                if done.taken % FLUSH_EVERY == 0:
                    target.flush()
            target.flush()
    finally:
        if kept is not None:
            kept.close()
    return done
