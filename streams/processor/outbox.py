"""Sends the processor's records, and ends the process when one is not acknowledged."""

import asyncio

import structlog
from aiokafka import AIOKafkaProducer

from events.instants import MICROS_A_SECOND
from events.limits import RECORD_BYTES
from projections.state.journal import Headers, append_time
from streams.clock import now
from streams.connection import Connection
from streams.processor.exit_codes import die
from streams.processor.refused import why_not_sent

SEND_SECONDS = 60
REQUEST_BYTES = 512 << 10
"""The largest request to the broker.

An alert with its reasons is some kilobytes. With the client's default of 16 KiB every second alert would be a request.
"""

DIFFERS_SECONDS = 60
"""From this difference on it is logged that the broker's clock and this one differ."""

log = structlog.get_logger("touchline.worker")


class Outbox:
    """Sends records and waits for all acknowledgements together; a record that is not acknowledged ends the process."""

    def __init__(self, kafka: Connection) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self.broker_ahead_seconds: float | None = None
        """How far the broker's clock is ahead of this one, by its last acknowledgement; None before there was one."""

    async def send(self, records: list[tuple[str, bytes, bytes, Headers]], partition: int | None = None) -> None:
        """Takes (topic, key, value, headers); without a partition the key says which."""
        if not records:
            return
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._kafka.options(),
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
                acknowledgements = [
                    await self._producer.send(topic, value, key, partition, headers=headers)
                    for topic, key, value, headers in records
                ]
                taken = await asyncio.gather(*acknowledgements)
            self._compare_clocks(taken[-1].timestamp)
        except Exception as error:  # noqa: BLE001 - in doubt exit: going on would save what nobody was told
            die(*why_not_sent(self._kafka, error))

    def _compare_clocks(self, appended: int) -> None:
        """Takes the time, in milliseconds, that the broker has just given a record."""
        ahead = (append_time(appended) - now()) / MICROS_A_SECOND
        if abs(ahead) > DIFFERS_SECONDS >= abs(self.broker_ahead_seconds or 0):
            log.warning("clock.differs", broker_ahead_seconds=round(ahead), what="set both clocks by NTP")
        self.broker_ahead_seconds = round(ahead, 1)

    async def stop(self) -> None:
        """Sends what is left, and closes the connection."""
        if self._producer is not None:
            await self._producer.stop()
