"""The board without Kafka: its web application over a read model, with a stand-in for what it asks of Kafka."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import httpx
from sqlalchemy.engine import Engine
from starlette.applications import Starlette

from events.event import Event
from events.topics import Topics
from projections.policy import Policies, Policy
from projections.watch.subject import Subject
from streams.board.app import build
from streams.kafka.publishing import PublishError
from streams.kafka.quarantine import Refusal
from streams.kafka.trouble import KafkaUnreachable

POLICIES = Policies.one(Policy({}))


@dataclass
class StillReader:
    """A reader that reads nothing: what it says of itself is set by the test."""

    lag: int | None = 0
    connected: bool = True
    quarantined: int | None = 0
    state: Literal["alive", "caught-up", "stalled"] = "caught-up"
    changed: Callable[..., None] = field(default=lambda: None)

    def start(self) -> None:
        """There is nothing to follow."""

    def stop(self) -> None:
        """There is nothing to end."""


class NoKafka:
    """Stands in for Kafka: it keeps what is published, and whatever must be read from it is refused or empty."""

    def __init__(self, reader: StillReader | None = None, *, away: bool = False) -> None:
        self.topics = Topics("", 1)
        self.reader = reader or StillReader()
        self.away = away
        self.sent: list[tuple[Event, bytes]] = []
        self.refused: list[Refusal] = []
        """What is in quarantine; set by the test."""
        self.heard: Callable[[bytes], None] = lambda _raw: None
        """What becomes of each event that is published; set by the test."""

    def follow(self, _engine: Engine, _metrics: object, changed: Callable[..., None], _refresh: object) -> StillReader:
        self.reader.changed = changed
        return self.reader

    def published(self) -> Policies | None:
        self._ask()
        return None

    def subjects(self, _policies: Policies, _known_at: int) -> Iterable[Subject]:
        self._ask()
        return ()

    def workers_lag(self) -> dict[str, int]:
        self._ask()
        return {"journal": 0}

    def refusals(self, first: int) -> list[Refusal]:
        self._ask()
        return self.refused[first:]

    def publish(self, event: Event, raw: bytes) -> None:
        self.publish_all([(event, raw)])

    def publish_all(self, events: Sequence[tuple[Event, bytes]]) -> None:
        if self.away:
            raise PublishError("Kafka did not take it.")
        self.sent += events
        for _, raw in events:
            self.heard(raw)

    def close(self) -> None:
        """There is no connection to end."""

    def _ask(self) -> None:
        if self.away:
            raise KafkaUnreachable("No Kafka broker answers.")


def web_of(engine: Engine, broker: NoKafka | None = None, policies: Policies = POLICIES) -> Starlette:
    """The board's web application over a read model."""
    return build(engine, policies, broker or NoKafka())


def get(web: Starlette, *paths: str, **headers: str) -> list[httpx.Response]:
    """What each address answers. Also over IPv6; a fault of a page is an answer."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(web, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://[::1]:8710") as client:
            return [await client.get(path, headers=headers) for path in paths]

    return asyncio.run(ask())
