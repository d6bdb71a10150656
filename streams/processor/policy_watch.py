"""Follows the policy topic beside the agents, so that a processor takes up a new version without a restart."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from events.instants import MICROS_A_SECOND
from projections.policy import Policies
from streams.connection import Connection
from streams.kafka.client import Stored
from streams.policy.policy_topic import AHEAD, MARGIN, versions_of
from streams.processor.exit_codes import REFUSED, die
from streams.processor.refused import refusal

EVERY_SECONDS = 1.0
COVERS_SECONDS = (AHEAD - MARGIN) / MICROS_A_SECOND

log = structlog.get_logger("touchline.policy")


class PolicyWatch:
    """Reads the topic again and again, and says how far what it read holds."""

    def __init__(self, kafka: Connection, topic: str, changed: Callable[[Policies], None]) -> None:
        """`changed` is called with the whole history of versions whenever there is a new one."""
        self._kafka = kafka
        self._topic = TopicPartition(topic, 0)
        self._changed = changed
        self._read = asyncio.Event()
        self._read_at: float | None = None

    async def run(self) -> None:
        """Follows the topic until it is cancelled; while the broker does not answer it asks again."""
        while True:
            consumer = AIOKafkaConsumer(**self._kafka.options(), enable_auto_commit=False)
            try:
                await consumer.start()
                await self._follow(consumer)
            except (KafkaError, OSError) as error:
                sentence = refusal(self._kafka, error)
                if sentence is not None:
                    die(REFUSED, sentence)
                log.warning("policy.unreachable", why=type(error).__name__)
            finally:
                await consumer.stop()
            await asyncio.sleep(EVERY_SECONDS)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        topic, loop = self._topic, asyncio.get_running_loop()
        consumer.assign([topic])
        await consumer.seek_to_beginning(topic)
        records: list[Stored] = []
        seen = 0
        while True:
            asked = loop.time()
            end = (await consumer.end_offsets([topic]))[topic]
            while await consumer.position(topic) < end:
                batch = await consumer.getmany(topic, timeout_ms=500)
                records += [_stored(message) for message in batch.get(topic, ())]
            if len(records) > seen:
                versions = versions_of(records)
                if versions is not None:
                    self._changed(versions)
            seen = len(records)
            self._read_at = asked
            self._read.set()
            await asyncio.sleep(EVERY_SECONDS)

    async def covers_now(self) -> None:
        """Waits until the versions that were read are enough to judge every entry appended by now.

        A version is on the topic AHEAD of its instant. One reading is therefore enough for the next COVERS_SECONDS;
        after that the processor stands still, rather than judge under a policy that may have ended.
        """
        loop = asyncio.get_running_loop()
        while self._read_at is None or loop.time() - self._read_at > COVERS_SECONDS:
            self._read.clear()
            await self._read.wait()


def _stored(message: Any) -> Stored:  # noqa: ANN401 - the client's own
    return Stored(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        message.headers,
    )
