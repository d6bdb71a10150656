"""Files that a command writes. None of them is an input or another output; each appears whole or not at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


def require_apart(inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Raises click.UsageError if an output is the same file as an input or another output.

    The files are given by what the usage calls them. Example: `{"--out": Path("events.jsonl")}`.
    """
    before = dict(inputs)
    for name, path in outputs.items():
        for other, taken in before.items():
            if _same(path, taken):
                raise click.UsageError(f"{name} {path} is the file of {other}; name another.")
        before[name] = path


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other) and (one.is_file() or one.is_dir())  # two may write to one terminal
    return one.resolve() == other.resolve()


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to. It takes its name when all is written; if anything fails, the old file stays.

    A device or a pipe is written to directly.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
        return
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        try:
            file = part.open("xb")
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
