"""Families that were last contacted long ago, and what tests send to a service about them and ask of it."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from streams.clock import now
from streams.kafka.publishing import Publisher
from tests.events import Json, allocated, contact, event, registered
from tests.service import Service


def local_day(instant: int) -> date:
    """The day of an instant in microseconds where the sites are: the service's own zone."""
    return datetime.fromtimestamp(instant / 1e6, ZoneInfo("Europe/London")).date()


def day(back: int) -> str:
    return (local_day(now()) - timedelta(days=back)).isoformat()


def family(name: str = "f") -> list[Json]:
    """A family that was last contacted long ago."""
    return [
        registered(name, day(100), "s"),
        allocated(name, "w", day(100)),
        event("contact.recorded", f"c{name}", contact(name, "w"), day(80)),
    ]


def send(service: Service, topic: str, raw: bytes) -> None:
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name(topic), b"k", raw)


def changes(service: Service) -> list[tuple[str, str]]:
    """The rule and the kind of each transition published."""
    bodies = [json.loads(each.value or b"") for each in service.records("alerts")]
    return [(each["data"]["rule"], each["type"].split(".")[2]) for each in bodies]


def send_poison(service: Service, key: bytes) -> None:
    """Appends a record to the journal that this version cannot read."""
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        publisher.send(service.settings.topics.name("journal"), key, b"{}", [("entry", b"of a later version")])


GOOD = family()[2]
