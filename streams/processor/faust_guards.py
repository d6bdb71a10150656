"""Guards that faust-streaming 0.15.3 needs before its tables can be trusted.

Each guard closes a way to lose or double data, and has a test that fails without it. The guards use private names of
Faust, so the versions are pinned.
"""

import asyncio
import threading
import time
from asyncio import Future
from collections.abc import Callable
from typing import Any

import faust
import mode
from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection
from faust.sensors.monitor import Monitor
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.producer import ProducerBuffer

from streams.connection import Connection
from streams.processor.exit_codes import FROZEN, HOLE, PRODUCE_FAILED, REFUSED, STALLED, die
from streams.processor.refused import refusal

FETCH_WAIT_MS = 50


def fix_flush() -> None:
    """Makes flush() wait for every record. Faust's own gives up after 100 ms without progress.

    Commits would then overtake the table's changelog.
    """
    send = ProducerBuffer._send_pending  # noqa: SLF001

    async def _send_pending(self: Any, fut: Future[Any]) -> None:  # noqa: ANN401
        self._sending = getattr(self, "_sending", 0) + 1
        try:
            await send(self, fut)
        finally:
            self._sending -= 1

    async def flush(self: Any) -> None:  # noqa: ANN401
        while self.size or getattr(self, "_sending", 0):
            if self.state != "running":
                raise RuntimeError("cannot flush: the producer does not run")
            await asyncio.sleep(0.005)

    ProducerBuffer._send_pending, ProducerBuffer.flush = _send_pending, flush  # noqa: SLF001


def fix_recovery() -> None:
    """Stops fetching while partitions are sought anew.

    Records that were fetched meanwhile would be dropped, and later offsets would be committed over them.
    """
    original = Recovery.on_recovery_completed

    async def on_recovery_completed(self: Any, generation_id: int = 0) -> None:  # noqa: ANN401
        self.app.consumer.stop_flow()
        await original(self, generation_id)

    Recovery.on_recovery_completed = on_recovery_completed


def fix_seek() -> None:
    """Rewinds a partition that was never committed when it is taken over.

    Faust does not, so records that were fetched meanwhile would be lost.
    """
    original = Consumer.perform_seek

    async def perform_seek(self: Any) -> None:  # noqa: ANN401
        await original(self)
        fresh = [
            tp
            for tp in self.assignment()
            if self.app.topics.acks_enabled_for(tp.topic) and not self._committed_offset[tp]
        ]
        if fresh:  # assumes that a group without offsets begins with the earliest
            start = await self.earliest_offsets(*fresh)
            await self.seek_wait({tp: start[tp] for tp in fresh})

    Consumer.perform_seek = perform_seek


def fix_fetch_wait(limit_ms: int = FETCH_WAIT_MS) -> None:
    """Shortens the wait of a fetch for partitions without news to `limit_ms`.

    Faust waits 1.5 s and sends no fetch for the other partitions meanwhile. A processor that catches up would stand
    still most of the time.
    """
    original = AIOKafkaConsumer.__init__

    def __init__(  # noqa: N807
        self: Any,  # noqa: ANN401
        *topics: Any,  # noqa: ANN401
        fetch_max_wait_ms: int = limit_ms,
        **options: Any,  # noqa: ANN401
    ) -> None:
        original(self, *topics, fetch_max_wait_ms=min(fetch_max_wait_ms, limit_ms), **options)

    AIOKafkaConsumer.__init__ = __init__


def self_fence(limit_seconds: float, tick_seconds: float = 0.1) -> None:
    """Ends a process that was frozen for longer than its session, before it writes again.

    Another process has its partitions by then. Example: a session of 10 s and a laptop that slept for a minute.
    """
    seen, send = [time.monotonic()], AIOKafkaConnection.send

    def check() -> float:
        present = time.monotonic()
        if present - seen[0] > limit_seconds:
            die(FROZEN, f"the process was frozen for {present - seen[0]:.1f} s")
        return present

    def run() -> None:
        while True:
            time.sleep(tick_seconds)
            seen[0] = check()

    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        check()  # the event loop can wake before the thread does
        return send(self, *args, **kwargs)

    AIOKafkaConnection.send = checked
    threading.Thread(target=run, daemon=True, name="self-fence").start()


def say_refusals(kafka: Connection) -> None:
    """Ends the process with a plain sentence when Kafka refuses it: a right or a password was taken away.

    Faust would stop in order, with a traceback.
    """
    original = mode.Service.crash

    async def crash(self: Any, reason: BaseException) -> None:  # noqa: ANN401
        sentence = refusal(kafka, reason)
        if sentence is not None:
            die(REFUSED, sentence)
        await original(self, reason)

    mode.Service.crash = crash


class CrashOnSendError(Monitor):
    """Ends the process when a changelog record could not be sent.

    Faust logs one warning and commits the record's offset.
    """

    def on_send_error(self, producer: Any, exc: BaseException, state: Any) -> None:  # noqa: ANN401
        """Ends the process."""
        super().on_send_error(producer, exc, state)
        die(PRODUCE_FAILED, f"a record could not be sent: {type(exc).__name__}")


class Contiguity:
    """Ends the process when an offset is skipped. The next commit would cover the record that is missing."""

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._last: dict[Any, int] = {}

    def forget(self) -> None:
        """After a rebalance reading begins at the committed offsets."""
        self._last.clear()

    def check(self, message: Any) -> None:  # noqa: ANN401
        """Takes note of a message. Messages must come without gaps.

        Only for topics that are neither compacted nor transactional: the others have gaps of their own.
        """
        previous = self._last.get(message.tp)
        committed = self._app.consumer._committed_offset  # noqa: SLF001
        expected = previous + 1 if previous is not None else committed[message.tp]
        if expected is not None and message.offset > expected:
            die(HOLE, f"{message.tp.topic}/{message.tp.partition}: expected offset {expected}, got {message.offset}")
        self._last[message.tp] = message.offset


class StallWatchdog(mode.Service):
    """Ends the process when the broker has more records and none has been committed for `stall_seconds`."""

    def __init__(
        self,
        app: faust.App,
        busy: Callable[[], bool] = lambda: False,
        stall_seconds: float = 120.0,
        every_seconds: float = 10.0,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        """`busy` says that the processor is at other work, like rebuilding subjects, and need not commit."""
        super().__init__(**kwargs)
        self._busy = busy
        self._app, self._stall, self._every = app, stall_seconds, every_seconds
        self._seen: dict[Any, tuple[int, float]] = {}

    @mode.Service.task
    async def _watch(self) -> None:
        not_ready_since = time.monotonic()
        while not self.should_stop:
            await self.sleep(self._every)
            app, present = self._app, time.monotonic()
            if not app.started or app.rebalancing or not app.tables.actives_ready:
                if present - not_ready_since > 6 * self._stall:
                    die(STALLED, "not ready for too long")
                continue
            not_ready_since = present
            partitions = [tp for tp in app.consumer.assignment() if app.topics.acks_enabled_for(tp.topic)]
            if not partitions:
                continue
            ends = await asyncio.wait_for(app.consumer.highwaters(*partitions), 30)
            for tp in partitions:
                done = app.consumer._committed_offset[tp] or 0  # noqa: SLF001
                last, since = self._seen.get(tp, (None, present))
                if done != last or done >= (ends[tp] or 0) or self._busy():
                    since = present
                self._seen[tp] = (done, since)
                if present - since > self._stall:
                    die(STALLED, f"{tp.topic}/{tp.partition} is stuck at {done} of {ends[tp]}")


def install(session_seconds: float) -> None:
    """Puts all guards in place. Call it before the app starts."""
    fix_flush()
    fix_recovery()
    fix_seek()
    fix_fetch_wait()
    self_fence(session_seconds * 0.6)
