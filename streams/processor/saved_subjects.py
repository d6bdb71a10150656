"""The saved subjects of a worker's table, read past Faust: it reads a table as a whole, archives too."""

from collections.abc import Iterator
from typing import Any

from projections.state.record import ARCHIVE, FORMAT, TAIL, Header, owner

AFTER_ARCHIVE = b"$"
"""Comes right after every archive record of a subject, and before its tail: ids have no such letters."""
KINDS = (b"family/", b"site/", b"worker/")


def latest_headers(table: Any) -> Iterator[tuple[int, bytes, Header]]:  # noqa: ANN401 - Faust's own
    """Partition, key and latest header of every subject of the partitions at hand. Archives are passed over unread."""
    store = table.data
    actives = {tp.partition for tp in table.app.assignor.assigned_actives() if tp.topic == table.changelog_topic_name}
    for partition, database in list(store._dbs.items()):  # noqa: SLF001
        if partition in actives:
            for kind in KINDS:
                for key, header in _of_kind(database.iter(), kind):
                    yield partition, key, header


def _of_kind(each: Any, kind: bytes) -> Iterator[tuple[bytes, Header]]:  # noqa: ANN401 - an iterator of the database
    latest: tuple[bytes, Header] | None = None
    each.seek(kind)
    while each.valid():
        key = bytes(each.key())
        if not key.startswith(kind):
            break
        if ARCHIVE in key:
            each.seek(owner(key) + AFTER_ARCHIVE)
            continue
        header = Header.of(bytes(each.value()))
        if TAIL not in key:
            if latest is not None:
                yield latest
            latest = key, header
        elif latest is not None and latest[1].format == header.format == FORMAT and header.applied > latest[1].applied:
            latest = latest[0], header  # else the tail is an older snapshot's
        each.next()
    if latest is not None:
        yield latest
