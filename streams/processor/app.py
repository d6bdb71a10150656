"""The Faust app: the intake agent, the monitor agent, and the timer that lets time in through the log."""

import asyncio
import os
import weakref
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import faust
import mode
import structlog
from faust.streams import _current_event

from events.accept import CONTENT_TYPE, Refused
from events.event import Event
from events.instants import MICROS_A_SECOND, Instant, format_instant
from events.topics import ALERTS, JOURNAL, POLICY, QUARANTINE
from projections.policy import Policies
from projections.state.apply import Engine
from projections.state.effects import Effects
from projections.state.journal import ALL_DUE, Headers, JournalRecord, Record, append_time, clock_record, ticked
from projections.state.record import FORMAT, Header, owner
from streams.clock import now
from streams.event_names import event_names, label_in
from streams.kafka.client import read_topic
from streams.processor import faust_guards
from streams.processor.credentials import credentials
from streams.processor.deadlines import Deadlines
from streams.processor.disk_guard import end_when_the_disk_is_full
from streams.processor.exit_codes import PRODUCE_FAILED, die
from streams.processor.name_guard import end_when_the_name_is_taken
from streams.processor.outbox import REQUEST_BYTES, SEND_SECONDS, Outbox
from streams.processor.parked import Parked
from streams.processor.policy_watch import PolicyWatch
from streams.processor.saved_subjects import latest_headers, saved
from streams.processor.source_records import quarantined, take_in
from streams.settings import Settings
from streams.telemetry import ProcessorMetrics

RAW: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
BATCH = 1_000
DUE_AT_ONCE = 4 * BATCH
"""One tick is for at most this many subjects. While more are due, another tick follows."""
BREATHE = 200
"""After this many saved subjects the event loop serves others."""
REBUILT_AT_ONCE = 5_000
"""One reading of a partition rebuilds this many subjects; all of them are in memory meanwhile."""
INTAKE_GATHERS_SECONDS = 0.01
MONITOR_GATHERS_SECONDS = 0.05
"""How long the monitor waits for more entries. A subject with several of them in one batch is saved once."""
TIMER_SECONDS = 0.1
# Faults that tests put in: a crash between acknowledgement and save, an entry that cannot be applied,
# and an event that cannot be taken in.
CRASH_BEFORE_SAVE = "TOUCHLINE_TEST_CRASH_BEFORE_SAVE"
FAIL_ON = "TOUCHLINE_TEST_FAIL_ON"
FAIL_INTAKE_ON = "TOUCHLINE_TEST_FAIL_INTAKE_ON"

log = structlog.get_logger("touchline.worker")
intake_log = structlog.get_logger("touchline.intake")
monitor_log = structlog.get_logger("touchline.monitor")


class Processor:
    """One processor: the Faust app with its agents, its table and its timer, wired together."""

    def __init__(self, settings: Settings, policies: Policies, metrics: ProcessorMetrics) -> None:
        self.settings, self.metrics = settings, metrics
        self.topics = settings.topics
        session = settings.session_seconds
        faust_guards.install(session)
        end_when_the_name_is_taken(settings.kafka, self.topics.app_id, settings.worker_name)
        faust_guards.say_refusals(settings.kafka)
        datadir = settings.state.absolute() / self.topics.app_id / settings.worker_name
        datadir.parent.mkdir(parents=True, exist_ok=True)
        end_when_the_disk_is_full(datadir)
        self.app = faust.App(
            self.topics.app_id,
            version=1,
            broker=f"kafka://{settings.kafka}",
            broker_credentials=credentials(settings.kafka),
            store="rocksdb://",
            datadir=Path(datadir),
            web_enabled=False,
            topic_partitions=settings.partitions,
            topic_allow_declare=False,
            topic_disable_leader=True,
            agent_supervisor=mode.CrashingSupervisor,
            processing_guarantee="at_least_once",
            Monitor=faust_guards.CrashOnSendError,
            table_standby_replicas=0,
            producer_linger=0.01,
            producer_max_batch_size=REQUEST_BYTES,
            producer_request_timeout=SEND_SECONDS,
            broker_commit_interval=1.0,
            broker_session_timeout=session,
            broker_rebalance_timeout=session,
            broker_heartbeat_interval=max(1.0, session / 10),
            broker_request_timeout=max(40.0, session + 10),
            consumer_group_instance_id=settings.worker_name,
            consumer_auto_offset_reset="earliest",
        )
        self.table = self.app.Table(
            "subjects",
            partitions=settings.partitions,
            key_type=bytes,
            value_type=bytes,
            options={"block_cache_size": 32 << 20, "write_buffer_size": 8 << 20},
        )
        self.outbox = Outbox(settings.kafka)
        self.deadlines: dict[int, Deadlines] = defaultdict(Deadlines)
        """By partition."""
        self._deadlines_known = False
        """Whether they have been filled from the table since the partitions last changed."""
        self.contiguity = faust_guards.Contiguity(self.app)
        self._events: dict[bytes, Any] = {}
        """By subject its last event in the batch at work."""
        self._outdated: dict[int, dict[bytes, Header]] = {}
        """By partition the subjects that are saved in another format and are not rebuilt yet."""
        self.rebuilding = False
        """Whether the journal is being read to rebuild subjects. Nothing else gets on meanwhile."""
        self.engine = Engine(policies, self._read, self._reread, settings.cached_subjects)
        self._zone = policies.zone
        self._names = event_names(settings.log_key_file, settings.state)
        self.parked = Parked(self._appended)
        self.policy_watch = PolicyWatch(settings.kafka, self.topics.name(POLICY), self._take_up)
        self._crash_before_save = os.environ.get(CRASH_BEFORE_SAVE) == "1"
        self.engine.fail_on = os.environ.get(FAIL_ON)
        self._fail_intake_on = os.environ.get(FAIL_INTAKE_ON, "").encode()
        self._wire()

    def _wire(self) -> None:
        app = self.app
        sources = app.topic(*self.topics.sources, **RAW)
        journal = app.topic(self.topics.name(JOURNAL), **RAW)
        app.on_partitions_assigned.connect(self._forget, weak=False)
        app.on_partitions_revoked.connect(self._forget, weak=False)
        app.agent(sources, name="intake")(self._intake)
        app.agent(journal, name="monitor")(self._monitor)
        app.timer(TIMER_SECONDS)(self._let_time_in)
        app.task(self.policy_watch.run)

    def _take_up(self, policies: Policies) -> None:
        """Takes a longer history of policies. Every subject is judged again when a new version begins to hold."""
        known = {start for start, _ in self.engine.policies.history}
        self.engine.policies = policies
        for start, policy in policies.history:
            if start not in known:
                for deadlines in self.deadlines.values():
                    deadlines.all_by(start)
                log.info("policy.taken-up", version=policy.version, holds_from=format_instant(start))

    async def _forget(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401
        self.contiguity.forget()
        self.engine.forget()
        self.deadlines.clear()
        self._deadlines_known = False
        self.parked.clear()
        self._outdated.clear()

    def ready(self) -> bool:
        """Whether the processor has its partitions and its tables."""
        app = self.app
        in_the_way = app.crashed or app.should_stop or app.rebalancing or app.in_recovery
        return bool(app.started and app.tables.actives_ready and not in_the_way)

    def _read(self, key: bytes) -> bytes | None:
        return saved(self.table, self._events[owner(key)].message.partition, key)

    def _write(self, key: bytes, value: bytes) -> None:
        """Saves a record. The table takes the partition from the event that is set."""
        _current_event.set(weakref.ref(self._events[owner(key)]))
        self.table[key] = value

    def _reread(self, key: bytes, first: int, end: int) -> list[JournalRecord]:
        topic = self.topics.name(JOURNAL)
        partition = self.app.consumer.key_partition(topic, key)
        return [
            JournalRecord(key, record.value, record.headers, record.offset, record.appended)
            for record in read_topic(self.settings.kafka, topic, partitions=[partition], first=first, end=end)
            if record.key == key
        ]

    async def _intake(self, stream: Any) -> None:  # noqa: ANN401 - Faust's own
        """Validates what sources say and passes it on to each subject; nothing is dropped."""
        unacked = stream.noack()
        async for batch in unacked.noack_take(BATCH, within=INTAKE_GATHERS_SECONDS):
            out: list[tuple[str, bytes, bytes, Headers]] = []
            refused: list[tuple[str, str, bytes | None]] = []
            accepted: list[tuple[Event, int]] = []
            for event in batch:
                message = event.message
                self.contiguity.check(message)
                topic = self.topics.short(message.topic)
                try:
                    taken, records = self._take_in(event.value, topic, append_time(round(message.timestamp * 1000)))
                except Refused as error:
                    place = f"{message.topic}/{message.partition}/{message.offset}"
                    value, headers = quarantined(event.value, message.headers or (), error, place)
                    out.append((self.topics.name(QUARANTINE), place.encode(), value, headers))
                    refused.append((error.reason, place, event.value))
                else:
                    accepted.append((taken, len(records)))
                    out += self._to_journal(records)
            await self.outbox.send(out)
            for event in batch:
                await unacked.ack(event)
            self.metrics.accepted.inc(len(accepted))
            present = now()
            for taken, subjects in accepted:
                if not taken.backfill:
                    self.metrics.taken_in.observe(max(0, present - taken.known) / MICROS_A_SECOND)
                intake_log.info("event.accepted", event_hash=self._names.of(taken.label), subjects=subjects)
            for reason, place, raw in refused:
                self.metrics.refused.labels(reason).inc()
                intake_log.warning(
                    "event.refused", event_hash=self._names.of(label_in(raw)), reason=reason, place=place
                )

    def _to_journal(self, records: Iterable[Record]) -> list[tuple[str, bytes, bytes, Headers]]:
        topic = self.topics.name(JOURNAL)
        return [(topic, record.key, record.value, record.headers) for record in records]

    def _take_in(self, raw: bytes | None, topic: str, known: Instant) -> tuple[Event, list[Record]]:
        """The event of a source record, and its journal records. Raises Refused.

        A fault of ours is a refusal too: the record is kept in quarantine, and the records after it are taken in.
        """
        try:
            self._fail_if_asked(raw or b"")
            return take_in(raw, topic, known, self._zone)
        except Refused:
            raise
        except Exception as error:
            raise Refused.by_fault(error) from error

    def _fail_if_asked(self, raw: bytes) -> None:
        if self._fail_intake_on and self._fail_intake_on in raw:
            raise RuntimeError("told to fail")

    async def _monitor(self, stream: Any) -> None:  # noqa: ANN401 - Faust's own
        """Applies journal entries to subjects, and commits what is saved."""
        unacked = stream.noack()
        async for batch in unacked.noack_take(BATCH, within=MONITOR_GATHERS_SECONDS):
            records = [(event, record) for event in batch for record in self._records_of(event)]
            for start in range(0, len(records), BATCH):
                await self._apply(records[start : start + BATCH])
            for event in batch:
                await unacked.ack(event)

    def _records_of(self, event: Any) -> list[JournalRecord]:  # noqa: ANN401 - Faust's own
        """The journal record of an event; of a partition's tick one for each subject that is due."""
        message = event.message
        self.contiguity.check(message)
        appended = round(message.timestamp * 1000)
        record = JournalRecord(event.key or b"", event.value, message.headers or (), message.offset, appended)
        if record.key != ALL_DUE:
            return [record]
        reached = ticked(record)
        due = self.deadlines[message.partition].take(append_time(reached.appended), DUE_AT_ONCE)
        return [reached._replace(key=key) for key in due]

    async def _apply(self, records: list[tuple[Any, JournalRecord]]) -> None:
        """Applies records, each with its event: effects first, then the save."""
        self._events = {record.key: event for event, record in records}
        await self.policy_watch.covers_now()
        await self._rebuild_outdated(records)
        effects = self.engine.apply(record for _, record in records)
        await self.outbox.send(self._addressed(effects))
        if self._crash_before_save and effects.alerts:
            die(PRODUCE_FAILED, "told to crash between acknowledgement and save")
        for key, value in effects.saves:
            self._write(key, value)
        self._note(effects)

    def _addressed(self, effects: Effects) -> list[tuple[str, bytes, bytes, Headers]]:
        name = self.topics.name
        cloudevent: Headers = [("content-type", CONTENT_TYPE.encode())]
        out: list[tuple[str, bytes, bytes, Headers]] = []
        out += [(name(ALERTS), key, value, cloudevent) for key, value, _, _ in effects.alerts]
        return out + self._to_journal(effects.journal)

    def _note(self, effects: Effects) -> None:
        for key, wake in effects.wakes.items():
            self.deadlines[self._events[key].message.partition].set(key, wake)
        present, metrics = now(), self.metrics
        metrics.entries.inc(effects.entries)
        for _, _, transition, appended in effects.alerts:
            metrics.transitions.labels(transition.alert.rule, transition.kind).inc()
            metrics.published.observe(max(0, present - append_time(appended)) / MICROS_A_SECOND)
            if transition.cause == "deadline":
                metrics.deadline.observe(max(0, present - transition.known) / MICROS_A_SECOND)
        for label, transitions in effects.applied:
            monitor_log.info("entry.applied", event_hash=self._names.of(label), transitions=transitions)
        for _, _, transition, _ in effects.alerts:
            monitor_log.info(
                "alert.published",
                event_hash=self._names.of(transition.cause),
                rule=transition.alert.rule,
                kind=transition.kind,
            )
        for code, _ in effects.remarks:
            metrics.remarks.labels(code).inc()
        for key in effects.unparked:
            self.parked.discard(key)
        for key in effects.parked:
            self._park(key, self._events[key].message.partition, Header.of(self._read(key) or b""))
        for why in effects.parked.values():
            log.error("subject.parked", why=why)
        metrics.parked.set(len(self.parked))

    def _park(self, key: bytes, partition: int, header: Header) -> None:
        self.parked.add(key, partition, header.parked_at)

    def _appended(self, partition: int, offset: int) -> Instant | None:
        """The append time of a record of the journal."""
        topic = self.topics.name(JOURNAL)
        found = read_topic(self.settings.kafka, topic, partitions=[partition], first=offset, end=offset + 1)
        return next((append_time(record.appended) for record in found), None)

    async def _let_time_in(self) -> None:
        """Appends `clock.advanced` to each partition in which a subject is due; the monitor does the rest."""
        if not self.ready() or not (self._deadlines_known or await self._fill_deadlines()):
            return
        self.metrics.subjects.set(sum(map(len, self.deadlines.values())))
        present = now()
        for partition, deadlines in list(self.deadlines.items()):
            if deadlines.wants_tick(present):
                await self.outbox.send(self._to_journal([clock_record(ALL_DUE)]), partition)

    async def _fill_deadlines(self) -> bool:
        """Takes the next instants from the table, little by little; False if the partitions changed meanwhile."""
        generation = self.app.consumer_generation_id
        outdated: dict[int, dict[bytes, Header]] = {}
        for count, (partition, key, header) in enumerate(latest_headers(self.table)):
            deadlines = self.deadlines[partition]
            if key not in deadlines:  # else it is newer than what is read here
                deadlines.set(key, header.due(self.engine.policies))
                if header.parked:
                    self._park(key, partition, header)
            if header.format != FORMAT:
                outdated.setdefault(partition, {})[key] = header
            if count % BREATHE == BREATHE - 1:
                await asyncio.sleep(0)
                if generation != self.app.consumer_generation_id or not self.ready():
                    return False
        self._outdated = outdated
        if outdated:
            subjects = sum(map(len, outdated.values()))
            log.info("state.outdated", subjects=subjects, what="rebuilt from the journal, a part at a time")
        self._deadlines_known = True
        return True

    async def _rebuild_outdated(self, records: list[tuple[Any, JournalRecord]]) -> None:
        """Rebuilds the subjects of some records that are saved in another format, and more of their partitions.

        A partition is read once for up to REBUILT_AT_ONCE subjects.
        """
        outdated: dict[int, dict[bytes, Header]] = {}
        begins: dict[int, int] = {}
        for event, record in records:
            partition = event.message.partition
            begins.setdefault(partition, record.offset)
            outdated.setdefault(partition, {}).update(self.engine.outdated([record.key]))
        for partition, headers in outdated.items():
            if not headers:
                continue
            others = self._outdated.get(partition, {})
            while others and len(headers) < REBUILT_AT_ONCE:
                key, header = others.popitem()
                headers[key] = header
            for key in headers:
                others.pop(key, None)
            self.rebuilding = True
            try:
                await asyncio.to_thread(self._rebuild, partition, headers, begins[partition])
            finally:
                self.rebuilding = False
            left = sum(map(len, self._outdated.values()))
            log.info("state.rebuilt", subjects=len(headers), partition=partition, left=left)

    def _rebuild(self, partition: int, headers: dict[bytes, Header], before: int) -> None:
        topic = self.topics.name(JOURNAL)
        ends = [header.applied + 1 if header.format else before for header in headers.values()]
        stored = read_topic(self.settings.kafka, topic, partitions=[partition], end=max(ends))
        records = (
            JournalRecord(record.key or b"", record.value, record.headers, record.offset, record.appended)
            for record in stored
        )
        self.engine.rebuild(headers, records, before)
