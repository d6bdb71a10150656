"""Takes a back-up from Kafka while the service runs.

What is read first is never newer than what is read after it: how far the processors have come, how far each subject
has, and then the topics. Whatever was applied by then has therefore all its effects in the back-up.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kafka import TopicPartition

from events.codec import to_json
from events.instants import format_instant
from events.subject_name import is_subject
from events.topics import JOURNAL, Topics
from projections.state.record import ARCHIVE, TAIL, Header, owner
from streams.backup.accounts import copy_accounts
from streams.backup.folder import ACCOUNTS, SUBJECTS, BackupError, Folder, Run, digest_of
from streams.backup.lines import to_line
from streams.clock import now
from streams.kafka.client import Stored, consumer, read_topic
from streams.kafka.trouble import TopicsDiffer
from streams.settings import Settings


class BackedUp(NamedTuple):
    """What a run took: its number, how many records, and whether the accounts are in it."""

    number: int
    records: int
    accounts: bool


def kept(topics: Topics) -> list[str]:
    """The short names of the topics that are backed up: all but the saved subjects, which the journal makes again."""
    return [topics.short(topic.name) for topic in topics.all() if topic.name != topics.changelog]


def back_up(settings: Settings, path: Path, say: Callable[[str], None]) -> BackedUp:
    """Adds a run to the back-up in a folder: what is new since the last run, or everything.

    `say` is told how it gets on. Raises BackupError, KafkaUnreachable, TopicsDiffer and OSError; none of them changes
    what the folder had before.
    """
    topics = settings.topics
    with Folder(path).writing() as writing:
        made = format_instant(now())
        before = writing.before
        if before is not None:
            _require_same(settings, writing.folder, before)
        committed = _committed(settings)
        writing.write_lines(SUBJECTS, _subjects(settings, committed[JOURNAL]))
        ends = _ends(settings)
        lasts: dict[str, list[str]] = {}
        records = 0
        for topic in kept(topics):
            firsts = before.ends[topic] if before is not None else [0] * len(ends[topic])
            lasts[topic] = list(before.lasts[topic]) if before is not None else [""] * len(ends[topic])
            for partition, (first, end) in enumerate(zip(firsts, ends[topic], strict=True)):
                if end > first:
                    lines = map(to_line, _whole(settings, topic, partition, first, end))
                    lasts[topic][partition] = writing.write_lines(f"{topic}-{partition}.jsonl.gz", lines)
            new = sum(ends[topic]) - sum(firsts)
            records += new
            say(f"{topic}: {new:,} new records")
        accounts = copy_accounts(settings.identity_address, writing.path(ACCOUNTS))
        if accounts:
            writing.add(ACCOUNTS)
        writing.end(Run(writing.number, made, settings.prefix, ends, lasts, committed))
    return BackedUp(writing.number, records, accounts)


def _require_same(settings: Settings, folder: Folder, run: Run) -> None:
    """Raises BackupError unless Kafka still has the history that the last run ended with."""
    another = f"{folder.path} has the back-up of another service; name another folder."
    if (run.prefix, run.partitions) != (settings.prefix, settings.partitions):
        raise BackupError(another)
    for topic, ends in run.ends.items():
        for partition, end in enumerate(ends):
            if end:
                name = settings.topics.name(topic)
                there = read_topic(settings.kafka, name, partitions=[partition], first=end - 1, end=end)
                if [digest_of(to_line(record)) for record in there] != [run.lasts[topic][partition]]:
                    raise BackupError(another)


def _partitions(settings: Settings, topic: str) -> list[TopicPartition]:
    count = next(each.partitions for each in settings.topics.all() if each.name == settings.topics.name(topic))
    return [TopicPartition(settings.topics.name(topic), number) for number in range(count)]


def _committed(settings: Settings) -> dict[str, list[int]]:
    """By topic the offsets up to which the processors are done, a number for each partition."""
    topics = settings.topics
    reader = consumer(settings.kafka, group_id=topics.app_id)
    try:
        return {
            topics.short(name): [reader.committed(tp) or 0 for tp in _partitions(settings, topics.short(name))]
            for name in (*topics.sources, topics.name(JOURNAL))
        }
    finally:
        reader.close()


def _ends(settings: Settings) -> dict[str, list[int]]:
    """By topic the present ends. Raises TopicsDiffer if a topic is not there, BackupError if it was cut."""
    reader = consumer(settings.kafka)
    try:
        ends: dict[str, list[int]] = {}
        for topic in kept(settings.topics):
            tps = _partitions(settings, topic)
            if reader.partitions_for_topic(tps[0].topic) != {tp.partition for tp in tps}:
                raise TopicsDiffer(f"The topic {tps[0].topic!r} is not as it must be. `touchline topics` says how.")
            last, first = reader.end_offsets(tps), reader.beginning_offsets(tps)
            for tp in tps:
                if first[tp]:
                    raise _cut(tp.topic, tp.partition, first[tp])
            ends[topic] = [last[tp] for tp in tps]
        return ends
    finally:
        reader.close()


def _cut(topic: str, partition: int, offset: int) -> BackupError:
    return BackupError(
        f"{topic}/{partition} lacks records before offset {offset}: what is gone cannot be backed up. "
        "`touchline topics` says which settings must be mended; then restore from an older back-up."
    )


def _whole(settings: Settings, topic: str, partition: int, first: int, end: int) -> Iterator[Stored]:
    """The records of a stretch. Raises BackupError for a gap: offsets after it would be others when restored."""
    expected = first
    name = settings.topics.name(topic)
    for record in read_topic(settings.kafka, name, partitions=[partition], first=first, end=end):
        if record.offset != expected:
            raise _cut(name, partition, record.offset)
        expected += 1
        yield record
    if expected != end:
        raise _cut(name, partition, end)


def _subjects(settings: Settings, committed: Sequence[int]) -> Iterator[bytes]:
    """A line for each saved subject: its partition, the journal offset applied, and where it is parked, if it is."""
    latest: dict[tuple[int, bytes], Header] = {}
    for record in read_topic(settings.kafka, settings.topics.changelog):
        key = record.key or b""
        if ARCHIVE in key or not is_subject(owner(key).decode("utf-8", "replace")):
            continue
        if record.value is None:
            latest.pop((record.partition, key), None)
        else:
            latest[record.partition, key] = Header.of(record.value)
    found: dict[tuple[int, bytes], Header] = {}
    for (partition, key), header in sorted(latest.items()):  # a subject comes before its tail
        place = partition, owner(key)
        found[place] = found[place].later(header) if TAIL in key and place in found else header
    for (partition, key), header in found.items():
        applied = header.applied if header.format else committed[partition] - 1
        parked = header.parked_at if header.parked else None
        yield (
            to_json({"partition": partition, "subject": key.decode(), "applied": applied, "parked_at": parked}) + b"\n"
        )
