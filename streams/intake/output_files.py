"""Files that a command writes: none is one of its inputs or another output, and each appears whole or not at all."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click


def require_apart(inputs: Mapping[str, Path], outputs: Mapping[str, Path]) -> None:
    """Raises click.UsageError if an output, by what the usage calls it, is the same file as an input or another output."""
    before = dict(inputs)
    for name, path in outputs.items():
        for other, each in before.items():
            if _same(path, each):
                raise click.UsageError(f"{name} {path} is the file of {other}; name another.")
        before[name] = path


def _same(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other) and (one.is_file() or one.is_dir())  # two may write to one terminal
    return one.resolve() == other.resolve()


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes its name when all is written; if anything fails there is what was there before.

    A device or a pipe is written to as it is.
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
