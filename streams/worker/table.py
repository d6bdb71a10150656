"""The saved subjects of a worker's table, read past Faust: it reads a table as a whole, archives too."""

from collections.abc import Iterator
from typing import Any

ARCHIVE = b"#"
AFTER_ARCHIVE = b"$"
"""Comes right after every archive record of a subject, and before any other subject: ids have no such letters."""
KINDS = (b"family/", b"site/", b"worker/")


def main_records(table: Any) -> Iterator[tuple[int, bytes, bytes]]:  # noqa: ANN401 - Faust's own
    """Partition, key and value of every main record of the partitions at hand. Archive records are passed over unread."""
    store = table.data
    actives = {tp.partition for tp in table.app.assignor.assigned_actives() if tp.topic == table.changelog_topic_name}
    for partition, database in list(store._dbs.items()):  # noqa: SLF001
        if partition not in actives:
            continue
        each = database.iter()
        for kind in KINDS:
            each.seek(kind)
            while each.valid():
                key = bytes(each.key())
                if not key.startswith(kind):
                    break
                if ARCHIVE not in key:
                    yield partition, key, bytes(each.value())
                each.seek(key.partition(ARCHIVE)[0] + AFTER_ARCHIVE)
