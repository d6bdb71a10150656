"""The saved subjects of the processor's table, read past Faust.

Faust would read the archives too, and asks the database twice for each record.
"""

from collections.abc import Iterator
from typing import Any

from projections.state.record import ARCHIVE, TAIL, Header, owner

AFTER_ARCHIVE = b"$"
"""A subject's name with this after it sorts after the subject's archive records and before its tail.

Ids have no such letter. Example: `family/F#0` (archive) < `family/F$` < `family/F+0` (tail).
"""
KINDS = (b"family/", b"site/", b"worker/")


def saved(table: Any, partition: int, key: bytes) -> bytes | None:  # noqa: ANN401 - Faust's own
    """What the table has under a key of a partition."""
    value: bytes | None = table.data._db_for_partition(partition).get(key)  # noqa: SLF001
    return value


def latest_headers(table: Any) -> Iterator[tuple[int, bytes, Header]]:  # noqa: ANN401 - Faust's own
    """Partition, key and latest header of every subject of the processor's partitions. Archives are not read."""
    store = table.data
    actives = {tp.partition for tp in table.app.assignor.assigned_actives() if tp.topic == table.changelog_topic_name}
    for partition, database in list(store._dbs.items()):  # noqa: SLF001
        if partition in actives:
            for kind in KINDS:
                for key, header in _of_kind(database.iter(), kind):
                    yield partition, key, header


def _of_kind(iterator: Any, kind: bytes) -> Iterator[tuple[bytes, Header]]:  # noqa: ANN401 - the database's
    latest: tuple[bytes, Header] | None = None
    iterator.seek(kind)
    while iterator.valid():
        key = bytes(iterator.key())
        if not key.startswith(kind):
            break
        if ARCHIVE in key:
            iterator.seek(owner(key) + AFTER_ARCHIVE)
            continue
        header = Header.of(bytes(iterator.value()))
        if TAIL not in key:
            if latest is not None:
                yield latest
            latest = key, header
        elif latest is not None:
            latest = latest[0], latest[1].later(header)
        iterator.next()
    if latest is not None:
        yield latest
