"""Puts a back-up into a Kafka that has nothing of the service yet, with every record at its offset and at its time.

The stamps of the records are the instants at which everything was known, so topics take them over meanwhile
(`CreateTime`). Until they are set back, which is the last act, no processor starts on them.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFoundError,
    NoError,
    NotCoordinatorError,
)
from kafka.structs import OffsetAndMetadata

from projections.state.record import to_be_rebuilt
from streams.backup.accounts import put_back
from streams.backup.folder import ACCOUNTS, SUBJECTS, BackupError, Folder, Run, lines_of
from streams.backup.lines import from_line, to_line
from streams.backup.send_copies import ANYWHERE, send_copies
from streams.clock import MICROS, now
from streams.kafka.client import Stored, admin, read_topic
from streams.kafka.topic_settings import create_topics, require_topics
from streams.settings import Settings

STAMPS = "message.timestamp.type"
AHEAD = "message.timestamp.after.max.ms"
"""How far a stamp may be ahead. The machine that the back-up is of may have had a clock that was ahead."""
ANY = str((1 << 63) - 1)
NEW_SECONDS = 60
SETTLES_SECONDS = 2
"""A broker answers a little before it goes by a changed setting."""


class PutBack(NamedTuple):
    """What was restored: how many records and subjects, and whether accounts were put in place."""

    records: int
    subjects: int
    accounts: bool


def restore(settings: Settings, path: Path, say: Callable[[str], None]) -> PutBack:
    """Restores the back-up in a folder, up to its last run. One that was broken off is gone on with.

    `say` is told how it gets on. Raises BackupError if the back-up is damaged or of another service, and if Kafka has
    records that are not its; also KafkaUnreachable and TopicsDiffer.
    """
    folder = Folder(path)
    folder.verify()
    run = folder.runs()[-1]
    if (run.prefix, run.partitions) != (settings.prefix, settings.partitions):
        raise BackupError(
            f"The back-up is of a service with TOUCHLINE_PREFIX={run.prefix!r} and "
            f"TOUCHLINE_PARTITIONS={run.partitions}. Set them so."
        )
    client = admin(settings.kafka)
    try:
        _require_nobody(client, settings)
        create_topics(settings.kafka, settings.topics)
        there = {topic: _present(settings, folder, run, topic) for topic in run.ends}
        _stamp(client, settings, run, "CreateTime")
        records = 0
        for topic, firsts in there.items():
            new = sum(run.ends[topic]) - sum(firsts)
            send_copies(settings.kafka, _missing(settings, folder, topic, firsts))
            records += new
            say(f"{topic}: {new:,} records")
        subjects = send_copies(settings.kafka, _outdated(settings, folder, run))
        _commit(client, settings, run)
        _stamp(client, settings, run, "LogAppendTime")
    finally:
        client.close()
    require_topics(settings.kafka, settings.topics)
    accounts = folder.file_of(run, ACCOUNTS)
    return PutBack(records, subjects, accounts is not None and put_back(accounts, settings.identity_address))


def _require_nobody(client: KafkaAdminClient, settings: Settings) -> None:
    group = settings.topics.app_id
    try:
        found = _patiently(lambda: client.describe_groups([group])[group])
    except GroupIdNotFoundError:
        return
    if found["members"]:
        raise BackupError("A processor of the service is running. Stop it, and restore again.")


def _patiently(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - the client's own
    """Asks again while Kafka is not ready: a new one makes what it keeps of groups when it is asked the first time."""
    until = time.monotonic() + NEW_SECONDS
    while True:
        try:
            return ask()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _present(settings: Settings, folder: Folder, run: Run, topic: str) -> list[int]:
    """By partition how many records a topic has already. Raises BackupError if they are not those of the back-up."""
    name = settings.topics.name(topic)
    counts = [0] * len(run.ends[topic])
    saved = {number: folder.segments(topic, number) for number in range(len(counts))}
    for record in read_topic(settings.kafka, name):
        line = next(saved[record.partition], None)
        if line != to_line(record):
            raise BackupError(
                f"{name} has records that are not of this back-up. Restore to a Kafka without the service's topics, "
                "or delete them first with Kafka's own tools."
            )
        counts[record.partition] += 1
    return counts


def _missing(settings: Settings, folder: Folder, topic: str, firsts: list[int]) -> Iterator[Stored]:
    name = settings.topics.name(topic)
    for partition, first in enumerate(firsts):
        for line in folder.segments(topic, partition):
            record = from_line(line, name, partition)
            if record.offset >= first:
                yield record


def _outdated(settings: Settings, folder: Folder, run: Run) -> Iterator[Stored]:
    """What is saved of each subject meanwhile: how far it was. The processor rebuilds it from the journal."""
    file = folder.file_of(run, SUBJECTS)
    for line in lines_of(file) if file is not None else ():
        found = json.loads(line)
        value = to_be_rebuilt(found["applied"], found["parked_at"])
        yield Stored(
            settings.topics.changelog,
            found["partition"],
            ANYWHERE,
            now() // MICROS,
            found["subject"].encode(),
            value,
            [],
        )


def _commit(client: KafkaAdminClient, settings: Settings, run: Run) -> None:
    """Says for the processors how far they were."""
    offsets = {
        TopicPartition(settings.topics.name(topic), number): OffsetAndMetadata(offset, "", -1)
        for topic, committed in run.committed.items()
        for number, offset in enumerate(committed)
    }
    answers = _patiently(lambda: client.alter_group_offsets(settings.topics.app_id, offsets))
    for tp, error in answers.items():
        if error is not NoError:
            raise BackupError(
                f"Kafka did not take how far {tp.topic} was read ({error.__name__}). "
                "Restore again, while no processor runs."
            )


def _stamp(client: KafkaAdminClient, settings: Settings, run: Run, kind: str) -> None:
    """Says whose time records bear: `CreateTime`, their own, or `LogAppendTime`, the broker's."""
    names = [settings.topics.name(topic) for topic in run.ends]
    asked = {STAMPS: kind, AHEAD: ANY} if kind == "CreateTime" else {STAMPS: kind}
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=asked) for name in names])
    if kind != "CreateTime":
        client.reset_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=[AHEAD]) for name in names])
    time.sleep(SETTLES_SECONDS)
