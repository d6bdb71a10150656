"""Follows the topic `alerts` and the saved subjects into the read model, in a thread of its own.

Where several boards share a read model, one of them does so at a time: the one that has the turn.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from events.instants import MICROS_A_SECOND
from events.topics import ALERTS, QUARANTINE
from streams.clock import now
from streams.database import GONE
from streams.event_names import event_names
from streams.full_disk import is_full
from streams.kafka.client import Stored, consumer, partitions_of
from streams.kafka.quarantine import unseen
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable, TopicsDiffer, named, not_allowed
from streams.readmodel import schemas, store
from streams.readmodel.batches import announce
from streams.readmodel.database import schema_of, what_is_wrong
from streams.readmodel.delays import Delays
from streams.readmodel.taken import Taken
from streams.readmodel.turn import Now, Turn, TurnLost
from streams.secret_files import FileUnusable
from streams.settings import Settings
from streams.telemetry import BoardMetrics

POLL_MS = 200
AGAIN_SECONDS = 1.0
LAG_SECONDS = 1.0
REFRESH_SECONDS = 30.0
RENEW_SECONDS = 86_400.0
"""So often the mark of what was looked at in quarantine is made again, before Kafka forgets it."""
STALLED_SECONDS = 60.0

log = structlog.get_logger("touchline.board")


class Reader(threading.Thread):
    """Reads on from the offsets in the database, and says so after each commit."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        metrics: BoardMetrics,
        changed: Callable[[Taken | None], None],
        refresh: Callable[[], None],
        turn: Turn | None = None,
    ) -> None:
        """`changed` is called with what is new to show, or with None when Kafka comes or goes.

        `refresh` is called every REFRESH_SECONDS, to look at other topics. Without a `turn` nobody else reads.
        """
        super().__init__(daemon=True, name="reader")
        self._settings, self._engine, self._metrics = settings, engine, metrics
        self._changed, self._refresh = changed, refresh
        self._names = event_names(settings.log_key_file, settings.state)
        self._turn = turn
        self._delays = Delays(metrics)
        self._renewed = -RENEW_SECONDS
        self._stop_asked = threading.Event()
        self._refreshed = -REFRESH_SECONDS
        self._database_gone = False
        self._moved = time.monotonic()
        self.lag: int | None = None
        """How many records are not in the read model yet; None before the topics were reached."""
        self._was_connected = False
        self._said = ""
        """What was last said of Kafka being gone: a sentence is said once."""
        self.connected = False
        """Whether Kafka answers."""
        self.quarantined: int | None = None
        """How many records are in quarantine; None before that was seen."""

    @property
    def state(self) -> Literal["alive", "caught-up", "stalled"]:
        """`caught-up` when the read model has everything, `stalled` when nothing has moved for STALLED_SECONDS."""
        if self.connected and self.lag == 0:
            return "caught-up"
        stuck = self.connected and time.monotonic() - self._moved > STALLED_SECONDS
        return "stalled" if stuck or not self.is_alive() else "alive"

    def stop(self) -> None:
        """Asks the thread to end."""
        self._stop_asked.set()

    @property
    def reads(self) -> bool:
        """Whether it is this board that reads, as far as it knows."""
        return self._turn is None or self._turn.is_ours

    def run(self) -> None:
        """Follows the topics until it is told to stop; a broker or a database that is away is tried again."""
        while not self._stop_asked.is_set():
            try:
                if self._turn is None or self._turn.take():
                    self._follow()
                else:
                    self._say_back()
                    self._refresh_now_and_then()
            except TurnLost:
                log.warning("reader.replaced", why="another board reads on, as this one gave no sign for too long")
            except GONE as error:
                self._say_gone(error)
            except Exception as error:  # noqa: BLE001 - else the board would fall silent
                is_kafka = isinstance(error, KafkaError | KafkaUnreachable | TopicsDiffer | FileUnusable)
                words = self._in_plain_words(error)
                if self.connected or not is_kafka or (" " in words and words != self._said):
                    log.warning("kafka.gone" if is_kafka else "reader.failed", why=words)
                self._said = words
            self._leave()

    def _leave(self) -> None:
        """Lets another board have the turn for a moment, and whatever is away come back."""
        if self._turn is not None:
            self._turn.give_up()
        self._metrics.unseen.set(0)  # whoever reads now says it
        self._metrics.unseen_oldest.set(0)
        try:
            self._say_connected(connected=False)
        except GONE as error:
            self._say_gone(error)
        self._stop_asked.wait(AGAIN_SECONDS)

    def _say_gone(self, error: Exception) -> None:
        if not self._database_gone:
            self._database_gone = True
            log.error("disk.full" if is_full(error) else "database.gone", why=what_is_wrong(self._engine, error))

    def _say_back(self) -> None:
        if self._database_gone:
            self._database_gone = False
            log.info("database.back")

    def _refresh_now_and_then(self) -> bool:
        """Looks at other topics if it is time for it; says whether it was."""
        if time.monotonic() - self._refreshed <= REFRESH_SECONDS:
            return False
        self._refreshed = time.monotonic()
        self._refresh()
        return True

    def _in_plain_words(self, error: Exception) -> str:
        """Our own sentence where Kafka refuses; else the kind of the error alone: what it says may have data in it."""
        if isinstance(error, TopicAuthorizationFailedError):
            return str(not_allowed(self._settings.kafka, "read", "topic", named(error)))
        return str(error) if isinstance(error, KafkaRefused | FileUnusable) else type(error).__name__

    def _say_connected(self, *, connected: bool) -> None:
        if connected or not self._database_gone:  # then nothing is known to be wrong with Kafka
            self._metrics.connected.set(connected)
        if connected != self.connected:
            if connected and self._was_connected:
                log.info("kafka.back")
            self._was_connected = True
            self.connected = connected
            self._changed(None)

    def _follow(self) -> None:
        topics = self._settings.topics
        reader = consumer(self._settings.kafka, fetch_max_wait_ms=POLL_MS)
        try:
            partitions = [
                TopicPartition(name, number)
                for name in (topics.name(ALERTS), topics.changelog)
                for number in partitions_of(self._settings.kafka, reader, name)
            ]
            if not partitions:
                self._stop_asked.wait(AGAIN_SECONDS)
                return
            quarantine = TopicPartition(topics.name(QUARANTINE), 0)
            reader.assign([*partitions, quarantine])
            reader.pause(quarantine)  # it is only counted
            self._seek(reader, partitions)
            measured = -LAG_SECONDS
            self._say_back()
            self._moved = time.monotonic()
            while not self._stop_asked.is_set():
                if self._refresh_now_and_then():
                    self._count_unseen()
                    if self._turn is not None and self.lag == 0:
                        schemas.drop_unused(self._engine, schema_of(self._engine))
                polled = reader.poll(timeout_ms=POLL_MS)
                records = [
                    Stored(tp.topic, tp.partition, message.offset, message.timestamp, message.key, message.value, ())
                    for tp, batch in polled.items()
                    for message in batch
                ]
                if records:
                    self._take(records)
                    self._moved = time.monotonic()
                if time.monotonic() - measured > LAG_SECONDS or self.lag:
                    measured = time.monotonic()
                    ends = reader.end_offsets([*partitions, quarantine])
                    self.quarantined = ends[quarantine]
                    self._say_connected(connected=True)
                    lag = sum(max(0, ends[tp] - reader.position(tp)) for tp in partitions)
                    if (self.lag or 0) > 0 >= lag or self.lag is None:
                        self.lag = lag
                        self._caught_up()
                    self.lag = lag
                    if not lag:
                        self._moved = time.monotonic()
                    self._metrics.lag.set(lag)
                    if self._turn is not None:
                        self._turn.keep(Now(lag, self.connected, self.quarantined))
        finally:
            reader.close()

    def _caught_up(self) -> None:
        if self._turn is not None:  # its planner knows nothing of tables that have just been filled
            with self._turn.batch() as connection:
                connection.execute(text("ANALYZE alerts, transitions, subjects, saved, tally, carers, heard"))
        self._changed(None)

    def _batch(self) -> AbstractContextManager[Connection]:
        return self._engine.begin() if self._turn is None else self._turn.batch()

    def _count_unseen(self) -> None:
        """Says how many refused records nobody has looked at."""
        if not self.quarantined:  # nothing is there, or it was not counted yet
            return
        renew = time.monotonic() - self._renewed > RENEW_SECONDS
        try:
            waiting = unseen(self._settings, renew=renew)
        except KafkaError as error:  # the alerts matter more
            log.warning("quarantine.uncounted", why=type(error).__name__)
            return
        if renew:
            self._renewed = time.monotonic()
        self._metrics.unseen.set(waiting.records)
        self._metrics.unseen_oldest.set(0 if waiting.oldest is None else waiting.oldest / MICROS_A_SECOND)

    def _seek(self, reader: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        ends = reader.end_offsets(partitions)
        with self._batch() as connection:
            known = store.offsets(connection)
            if any(known.get((tp.topic, tp.partition), 0) > ends[tp] for tp in partitions):
                log.warning("board.rebuilt", why="the topics are not those that the read model was made from")
                store.forget_all(connection)
                self._announce(connection, None)
                known = {}
        for tp in partitions:
            reader.seek(tp, known.get((tp.topic, tp.partition), 0))
        alerts = self._settings.topics.name(ALERTS)
        self._delays.begin(
            {number: following for (topic, number), following in known.items() if topic == alerts},
            {tp.partition: ends[tp] for tp in partitions if tp.topic == alerts},
        )

    def _announce(self, connection: Connection, taken: Taken | None) -> None:
        if self._turn is not None:
            announce(connection, schema_of(self._engine), taken)

    def _take(self, records: list[Stored]) -> None:
        """Takes records into the read model: alerts first, since people wait for them."""
        alerts = self._settings.topics.name(ALERTS)
        first = [record for record in records if record.topic == alerts]
        for part in (first, [record for record in records if record.topic != alerts]):
            if part:
                with self._batch() as connection:
                    taken = store.apply(connection, part, alerts)
                    self._announce(connection, taken)
                for cause, rule, kind in taken.said:
                    log.info("alert.shown", event_hash=self._names.of(cause), rule=rule, kind=kind)
                self._changed(taken)
        self._delays.observe(first, now())
