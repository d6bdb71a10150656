"""Ends a processor whose table cannot be written since the disk is full, before anything is committed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from faust.stores.rocksdb import Store

from streams.full_disk import WHAT_TO_DO, is_full
from streams.processor.exit_codes import DISK_FULL, die

WRITES = ("_open_for_partition", "_set", "apply_changelog_batch", "set_persisted_offset")
"""The methods of Faust's store that write; the names are private, so the version is pinned."""


def end_when_the_disk_is_full(folder: Path) -> None:
    """Watches every write of a table in a folder."""
    for name in WRITES:
        setattr(Store, name, _watched(getattr(Store, name), folder))


def _watched(write: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - the store's own
        try:
            return write(*args, **options)
        except Exception as error:
            if is_full(error):
                die(DISK_FULL, f"the disk of {folder} {WHAT_TO_DO}, and it goes on where it was")
            raise

    return watched
