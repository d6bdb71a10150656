"""A back-up on disk: a folder in which each run adds a folder of its own.

```
SHA256SUMS                      the checksum of every file; what is not in it is of a run that did not end
runs/00001/run.json             what the run is of
runs/00001/journal-0.jsonl.gz   the records of partition 0 of the journal that were new to this run
runs/00001/subjects.jsonl.gz    how far each subject was
runs/00001/accounts.db          the accounts, where they are in SQLite
```

`SHA256SUMS` is replaced as the last act of a run. A run that was broken off therefore changes nothing.
"""

import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from events.codec import to_json

FORMAT = 1
"""Of the folder. Another is not read."""
SUMS, RUN, SUBJECTS, ACCOUNTS = "SHA256SUMS", "run.json", "subjects.jsonl.gz", "accounts.db"
_LEVEL = 6


class BackupError(RuntimeError):
    """A back-up cannot be made or restored; the message says why and what to do."""


class Run(NamedTuple):
    """What a run is of. Topics bear their short names, like `journal`; lists have an offset for each partition."""

    number: int
    made: str
    """When it began."""
    prefix: str
    ends: dict[str, list[int]]
    """By topic the offsets up to which records are in this run and the ones before it."""
    lasts: dict[str, list[str]]
    """By topic the digest of each last record's line: by it the next run knows that the history is still the same."""
    committed: dict[str, list[int]]
    """By topic the offsets up to which the processors had applied everything."""

    @property
    def partitions(self) -> int:
        """How many partitions the journal had."""
        return len(self.ends["journal"])


class Folder:
    """A back-up's folder. Files are for their owner alone: they have everything that families' events say."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def runs(self) -> list[Run]:
        """The runs that ended, in order. Raises BackupError for a folder that is no back-up of this format."""
        names = sorted(name for name in self._sums() if name.endswith(f"/{RUN}"))
        return [self._run(name) for name in names]

    def _run(self, name: str) -> Run:
        try:
            body = json.loads((self.path / name).read_bytes())
            if body.pop("format") != FORMAT:
                raise BackupError(
                    f"{self.path / name} is of another format; use the version of Touchline that wrote it."
                )
            return Run(**body)
        except (OSError, ValueError, KeyError, TypeError):
            raise BackupError(f"{self.path / name} cannot be read. Take another copy of this back-up.") from None

    def _sums(self) -> dict[str, str]:
        """By name of a file its checksum."""
        try:
            lines = (self.path / SUMS).read_text("ascii").splitlines()
        except FileNotFoundError:
            return {}
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    def verify(self) -> None:
        """Raises BackupError unless every file is there as it was written."""
        sums = self._sums()
        if not sums:
            raise BackupError(f"{self.path} is no back-up: there is no {SUMS} in it.")
        for name, digest in sums.items():
            file = self.path / name
            if not file.is_file():
                raise BackupError(f"{file} is missing. Take another copy of this back-up.")
            if _digest(file) != digest:
                raise BackupError(f"{file} is not as it was written. Take another copy of this back-up.")

    @contextmanager
    def writing(self) -> Iterator["Writing"]:
        """A new run, which counts once it is ended. Raises BackupError while another one is under way."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / ".lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BackupError(f"Another back-up to {self.path} is under way; wait until it has ended.") from None
            runs = self.runs()
            if not runs and any(each.name not in {".lock", "runs"} for each in self.path.iterdir()):
                raise BackupError(f"{self.path} has other things in it; name a new folder, or one with a back-up.")
            number = runs[-1].number + 1 if runs else 1
            name = f"runs/{number:05d}"
            shutil.rmtree(self.path / name, ignore_errors=True)  # a run that was broken off
            (self.path / name).mkdir(parents=True, mode=0o700)
            yield Writing(self, runs[-1] if runs else None, number, name)

    def segments(self, topic: str, partition: int) -> Iterator[bytes]:
        """The lines of a partition, of all runs in order. Raises BackupError for a file that cannot be read."""
        end = f"/{topic}-{partition}.jsonl.gz"
        for name in sorted(name for name in self._sums() if name.endswith(end)):
            yield from lines_of(self.path / name)

    def file_of(self, run: Run, name: str) -> Path | None:
        """A file of a run; None if the run has none of that name."""
        relative = f"runs/{run.number:05d}/{name}"
        return self.path / relative if relative in self._sums() else None


class Writing:
    """A run that is being written."""

    def __init__(self, folder: Folder, before: Run | None, number: int, name: str) -> None:
        self.folder, self.before, self.number = folder, before, number
        self._name = name
        self._sums: dict[str, str] = {}

    def path(self, name: str) -> Path:
        """Where a file of this run is to be written. Call `add` when it is there."""
        return self.folder.path / self._name / name

    def add(self, name: str) -> None:
        """Takes a file into the run."""
        path = self.path(name)
        path.chmod(0o600)
        _sync(path)
        self._sums[f"{self._name}/{name}"] = _digest(path)

    def write_lines(self, name: str, lines: Iterable[bytes]) -> str:
        """Writes a compressed file of lines; gives the digest of the last, or the empty string if there was none."""
        last = b""
        with self.path(name).open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file:
            for line in lines:
                file.write(line)
                last = line
        self.add(name)
        return digest_of(last) if last else ""

    def end(self, run: Run) -> None:
        """Ends the run: from now on it counts."""
        path = self.path(RUN)
        path.write_bytes(to_json({"format": FORMAT, **run._asdict()}) + b"\n")
        self.add(RUN)
        _sync(path.parent)
        _sync(path.parent.parent)
        sums = {**self.folder._sums(), **self._sums}  # noqa: SLF001 - the two are one thing
        part = self.folder.path / f"{SUMS}.part"
        part.write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()), "ascii")
        _sync(part)
        part.replace(self.folder.path / SUMS)
        _sync(self.folder.path)


def lines_of(file: Path) -> Iterator[bytes]:
    """The lines of a compressed file. Raises BackupError if it cannot be read."""
    try:
        with gzip.open(file, "rb") as opened:
            yield from opened
    except (OSError, EOFError):
        raise BackupError(f"{file} cannot be read. Take another copy of this back-up.") from None


def digest_of(line: bytes) -> str:
    """The digest of a line."""
    return hashlib.sha256(line).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Waits until a file, or a folder's list of files, is on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
