"""Sends the processor's records, and ends the process when one is not acknowledged."""

import asyncio

from aiokafka import AIOKafkaProducer

from events.limits import RECORD_BYTES
from projections.state.journal import Headers
from streams.connection import Connection
from streams.processor.exit_codes import die
from streams.processor.refused import why_not_sent

SEND_SECONDS = 60
REQUEST_BYTES = 512 << 10
"""The largest request to the broker.

An alert with its reasons is some kilobytes. With the client's default of 16 KiB every second alert would be a request.
"""


class Outbox:
    """Sends records and waits for all acknowledgements together; a record that is not acknowledged ends the process."""

    def __init__(self, kafka: Connection) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

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
                await asyncio.gather(*acknowledgements)
        except Exception as error:  # noqa: BLE001 - in doubt exit: going on would save what nobody was told
            die(*why_not_sent(self._kafka, error))

    async def stop(self) -> None:
        """Sends what is left, and closes the connection."""
        if self._producer is not None:
            await self._producer.stop()
