"""The Faust app: the intake agent, the monitor agent, and the timer that lets time in through the log."""

import asyncio
import heapq
import os
import weakref
from pathlib import Path
from typing import Any

import faust
import mode
import structlog
from aiokafka import AIOKafkaProducer
from faust.streams import _current_event

from events.accept import CONTENT_TYPE, Refused
from events.instants import FOREVER, MICROS_A_SECOND, format_instant
from events.limits import RECORD_BYTES
from events.topics import ALERTS, JOURNAL, POLICY, QUARANTINE
from projections.policy import Policies
from projections.state.apply import Effects, Engine
from projections.state.journal import Headers, JournalRecord, Record, append_time, clock_record
from projections.state.record import FORMAT, Header, owner
from streams.clock import now
from streams.kafka.client import read_topic
from streams.processor import faust_guards
from streams.processor.policy_watch import PolicyWatch
from streams.processor.saved_subjects import latest_headers
from streams.processor.source_records import quarantined, take_in
from streams.settings import Settings
from streams.telemetry import WorkerMetrics

RAW: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
BATCH = 1_000
BREATHE = 200
"""After so many saved subjects others get their turn."""
REBUILT_AT_ONCE = 5_000
"""So many subjects are rebuilt by one reading of their partition: as many are then held in memory."""
INTAKE_GATHERS_SECONDS = 0.01
MONITOR_GATHERS_SECONDS = 0.05
"""So long it waits for more: in a catch-up a subject is then saved once for several of its entries."""
TIMER_SECONDS = 0.1
LOOSE = 1.25
"""How much larger than need be the index of next instants may become."""
TICK_AGAIN = MICROS_A_SECOND
"""So long after a tick that had no effect another is sent."""
TICK_LOST = 60 * MICROS_A_SECOND
"""After so long a tick of which nothing was seen counts as lost."""
SEND_SECONDS = 60
REQUEST_BYTES = 512 << 10
"""An alert with its reasons is some kilobytes: with the client's default of 16 KiB every other one would be a request of its own."""
# Faults that tests ask for: a crash between acknowledgement and save, an event that cannot be applied, one that cannot be taken in.
CRASH_BEFORE_SAVE = "TOUCHLINE_TEST_CRASH_BEFORE_SAVE"
FAIL_ON = "TOUCHLINE_TEST_FAIL_ON"
FAIL_INTAKE_ON = "TOUCHLINE_TEST_FAIL_INTAKE_ON"

log = structlog.get_logger("touchline.worker")


class Outbox:
    """Sends records and waits for all acknowledgements together; a record that is not acknowledged ends the process."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, records: list[tuple[str, bytes, bytes, Headers]]) -> None:
        """Takes (topic, key, value, headers)."""
        if not records:
            return
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._address,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=2,
                    max_batch_size=REQUEST_BYTES,
                    max_request_size=2 * RECORD_BYTES,
                )
                await producer.start()
                self._producer = producer
        try:
            async with asyncio.timeout(SEND_SECONDS):
                sent = [
                    await self._producer.send(topic, value, key, headers=headers)
                    for topic, key, value, headers in records
                ]
                await asyncio.gather(*sent)
        except Exception as error:  # noqa: BLE001 - on doubt exit: going on would save what nobody was told
            faust_guards.die(faust_guards.PRODUCE_FAILED, f"a record could not be sent: {type(error).__name__}")

    async def stop(self) -> None:
        """Flushes and leaves."""
        if self._producer is not None:
            await self._producer.stop()


class Deadlines:
    """The next instants of the subjects of this worker, in order."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, bytes]] = []
        self._next: dict[bytes, int] = {}
        self._ticked: dict[bytes, int] = {}
        """The subjects that a tick is under way to, and when it was sent."""
        self.stale = True

    def clear(self) -> None:
        """Forgets all; `stale` until it is filled again from the table."""
        self._heap.clear()
        self._next.clear()
        self._ticked.clear()
        self.stale = True

    def set(self, key: bytes, wake: int) -> None:
        """Takes a subject's next instant."""
        sent = self._ticked.pop(key, None)
        if sent is not None and wake <= sent:
            wake = sent + TICK_AGAIN  # it had no effect: the broker's clock is behind this one
        if self._next.get(key) != wake:
            self._next[key] = wake
            if wake < FOREVER:
                heapq.heappush(self._heap, (wake, key))
                if len(self._heap) > LOOSE * len(self._next) + BATCH:
                    self._tidy()

    def _tidy(self) -> None:
        """Leaves out the instants that no longer stand, so that memory does not grow with every change."""
        self._heap = [(wake, key) for key, wake in self._next.items() if wake < FOREVER]
        heapq.heapify(self._heap)

    def all_by(self, at: int) -> None:
        """Has every subject due at an instant at the latest."""
        for key, wake in list(self._next.items()):
            self.set(key, min(wake, at))

    def due(self, at: int, limit: int) -> list[bytes]:
        """The subjects whose instant has come, as many as may be under way at a time: else a burst would be ticked again and again."""
        if len(self._ticked) >= limit:
            self._ticked = {key: sent for key, sent in self._ticked.items() if sent > at - TICK_LOST}
        found: list[bytes] = []
        while self._heap and self._heap[0][0] <= at and len(self._ticked) < limit:
            wake, key = heapq.heappop(self._heap)
            if self._next.get(key) == wake:  # also of a tick that was lost: it is due again
                found.append(key)
                self._ticked[key] = at
                self._next[key] = at + TICK_LOST
                heapq.heappush(self._heap, (at + TICK_LOST, key))
        return found

    def __contains__(self, key: bytes) -> bool:
        return key in self._next

    def __len__(self) -> int:
        return len(self._next)


class WorkerApp:
    """Everything of one worker, wired together."""

    def __init__(self, settings: Settings, policies: Policies, metrics: WorkerMetrics) -> None:
        self.settings, self.metrics = settings, metrics
        self.topics = settings.topics
        session = settings.session_seconds
        faust_guards.install(session)
        datadir = settings.state.absolute() / self.topics.app_id / settings.worker_name
        datadir.parent.mkdir(parents=True, exist_ok=True)
        self.app = faust.App(
            self.topics.app_id,
            version=1,
            broker=f"kafka://{settings.address}",
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
            "subjects", partitions=settings.partitions, key_type=bytes, value_type=bytes,
            options={"block_cache_size": 32 << 20, "write_buffer_size": 8 << 20},
        )  # fmt: skip
        self.outbox = Outbox(settings.address)
        self.deadlines = Deadlines()
        self.contiguity = faust_guards.Contiguity(self.app)
        self._events: dict[bytes, Any] = {}  # of the batch at work, by subject
        self._outdated: dict[int, dict[bytes, Header]] = {}
        """By partition the subjects whose saved state is of another format, and that nothing has been heard of yet."""
        self.rebuilding = False
        """Whether it is reading the journal to rebuild subjects: then nothing else gets on."""
        self.engine = Engine(policies, self._read, self._reread, settings.cached_subjects)
        self._zone = policies.at(0).of(None).zone
        self._parked: set[bytes] = set()
        self.policy_watch = PolicyWatch(settings.address, self.topics.name(POLICY), self._take_up)
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
        """The history of policies has grown: at the instant from which the new version holds every subject is judged again."""
        known = {start for start, _ in self.engine.policies.history}
        self.engine.policies = policies
        for start, policy in policies.history:
            if start not in known:
                self.deadlines.all_by(start)
                log.info("policy.taken-up", version=policy.version, holds_from=format_instant(start))

    async def _forget(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401
        self.contiguity.forget()
        self.engine.forget()
        self.deadlines.clear()
        self._parked.clear()
        self._outdated.clear()

    def ready(self) -> bool:
        """Whether the worker has its partitions and its tables."""
        app = self.app
        return bool(
            app.started and app.tables.actives_ready
            and not (app.crashed or app.should_stop or app.rebalancing or app.in_recovery)
        )  # fmt: skip

    def _at_partition_of(self, key: bytes) -> None:
        """The table takes the partition from the current event, for reading as for writing: of another one's it finds nothing."""
        event = self._events[owner(key)]
        _current_event.set(weakref.ref(event))

    def _read(self, key: bytes) -> bytes | None:
        self._at_partition_of(key)
        found: bytes | None = self.table.get(key)
        return found

    def _reread(self, key: bytes, first: int, end: int) -> list[JournalRecord]:
        topic = self.topics.name(JOURNAL)
        partition = self.app.consumer.key_partition(topic, key)
        return [
            JournalRecord(key, each.value, each.headers, each.offset, each.appended)
            for each in read_topic(self.settings.address, topic, partitions=[partition], first=first, end=end)
            if each.key == key
        ]

    async def _intake(self, stream: Any) -> None:  # noqa: ANN401 - Faust's own
        """Validates what sources say and passes it on to each subject; nothing is dropped."""
        unacked = stream.noack()
        async for batch in unacked.noack_take(BATCH, within=INTAKE_GATHERS_SECONDS):
            out: list[tuple[str, bytes, bytes, Headers]] = []
            refused: list[str] = []
            accepted = 0
            for event in batch:
                message = event.message
                self.contiguity.check(message)
                topic = self.topics.short(message.topic)
                try:
                    records = self._take_in(event.value, topic, append_time(round(message.timestamp * 1000)))
                except Refused as error:
                    place = f"{message.topic}/{message.partition}/{message.offset}"
                    value, headers = quarantined(event.value, message.headers or (), error, place)
                    out.append((self.topics.name(QUARANTINE), place.encode(), value, headers))
                    refused.append(error.reason)
                else:
                    accepted += 1
                    out += [(self.topics.name(JOURNAL), each.key, each.value, each.headers) for each in records]
            await self.outbox.send(out)
            for event in batch:
                await unacked.ack(event)
            self.metrics.accepted.inc(accepted)
            for reason in refused:
                self.metrics.refused.labels(reason).inc()
                log.warning("event.refused", reason=reason)

    def _take_in(self, raw: bytes | None, topic: str, known: int) -> list[Record]:
        """The journal records of what a source said. Raises Refused, also for a fault of ours: the record is kept, and others go on."""
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
        """Applies journal entries to subjects: effects first, then the save, then the commit."""
        unacked = stream.noack()
        async for batch in unacked.noack_take(BATCH, within=MONITOR_GATHERS_SECONDS):
            self._events = {}
            records = []
            for event in batch:
                message = event.message
                self.contiguity.check(message)
                key = event.key or b""
                self._events[key] = event
                records.append(
                    JournalRecord(
                        key, event.value, message.headers or (), message.offset, round(message.timestamp * 1000)
                    )
                )
            await self.policy_watch.covers_now()
            await self._rebuild_outdated(batch)
            effects = self.engine.apply(records)
            await self.outbox.send(self._addressed(effects))
            if self._crash_before_save and effects.alerts:
                faust_guards.die(faust_guards.PRODUCE_FAILED, "told to crash between acknowledgement and save")
            for key, value in effects.saves:
                self._at_partition_of(key)
                self.table[key] = value
            for event in batch:
                await unacked.ack(event)
            self._note(effects)

    def _addressed(self, effects: Effects) -> list[tuple[str, bytes, bytes, Headers]]:
        name = self.topics.name
        cloudevent: Headers = [("content-type", CONTENT_TYPE.encode())]
        out: list[tuple[str, bytes, bytes, Headers]] = []
        out += [(name(ALERTS), key, value, cloudevent) for key, value, _, _ in effects.alerts]
        out += [(name(JOURNAL), each.key, each.value, each.headers) for each in effects.journal]
        return out

    def _note(self, effects: Effects) -> None:
        for key, wake in effects.wakes.items():
            self.deadlines.set(key, wake)
        present, metrics = now(), self.metrics
        metrics.entries.inc(effects.entries)
        for _, _, transition, appended in effects.alerts:
            metrics.transitions.labels(transition.alert.rule, transition.kind).inc()
            metrics.published.observe(max(0, present - append_time(appended)) / MICROS_A_SECOND)
            if transition.cause == "deadline":
                metrics.deadline.observe(max(0, present - transition.known) / MICROS_A_SECOND)
        for code, _ in effects.remarks:
            metrics.remarks.labels(code).inc()
        self._parked -= set(effects.unparked)
        self._parked |= set(effects.parked)
        for why in effects.parked.values():
            log.error("subject.parked", why=why)
        metrics.parked.set(len(self._parked))
        metrics.subjects.set(len(self.deadlines))

    async def _let_time_in(self) -> None:
        """Appends `clock.advanced` for each subject whose instant has come; the monitor does the rest."""
        if not self.ready():
            return
        if self.deadlines.stale and not await self._fill_deadlines():
            return
        journal = self.topics.name(JOURNAL)
        due = self.deadlines.due(now(), BATCH * 4)
        await self.outbox.send([(journal, each.key, each.value, each.headers) for each in map(clock_record, due)])

    async def _fill_deadlines(self) -> bool:
        """Takes the next instants from the table, little by little; False when the partitions have changed meanwhile."""
        generation = self.app.consumer_generation_id
        outdated: dict[int, dict[bytes, Header]] = {}
        for count, (partition, key, header) in enumerate(latest_headers(self.table)):
            if key not in self.deadlines:  # else it is newer than what is read here
                self.deadlines.set(key, header.due(self.engine.policies))
                if header.parked:
                    self._parked.add(key)
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
        self.deadlines.stale = False
        return True

    async def _rebuild_outdated(self, batch: list[Any]) -> None:
        """Has the subjects of a batch whose saved state is of another format rebuilt, and with them others of their partition."""
        found: dict[int, dict[bytes, Header]] = {}
        begins: dict[int, int] = {}
        for event in batch:
            partition, key = event.message.partition, event.key or b""
            begins.setdefault(partition, event.message.offset)
            found.setdefault(partition, {}).update(self.engine.outdated([key]))
        for partition, headers in found.items():
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
        records = read_topic(self.settings.address, topic, partitions=[partition], end=max(ends))
        self.engine.rebuild(
            headers,
            (JournalRecord(each.key or b"", each.value, each.headers, each.offset, each.appended) for each in records),
            before,
        )
