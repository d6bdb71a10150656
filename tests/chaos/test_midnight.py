"""A midnight passes on live Kafka under a shifted clock.

The broker and the worker believe that it is nearly midnight.
"""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import libfaketime
import pytest

from deploy.local.kafka import LocalKafka
from events.instants import MICROS_A_SECOND, format_instant, from_datetime
from projections.policy import Policy
from projections.state.journal import clock_record
from streams.clock import now
from streams.kafka.publishing import Publisher
from tests.chaos.test_crashes import assert_all_agree
from tests.events import Json, allocated, contact, event, liaison, registered
from tests.service import Service, free_port

LIBRARY = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
HOUR = 3_600
Night = tuple[LocalKafka, Callable[[int], LocalKafka], Callable[..., Service], date, int]
"""The broker, a maker of it with its clock further ahead, a maker of services, the coming day, the shift (seconds)."""
DAYS_BACK = 45


def clock(shift_seconds: int) -> dict[str, str]:
    """The environment of a broker whose clock is ahead by so much."""
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"{shift_seconds:+d}"}


def worker_clock(shift_seconds: int) -> dict[str, str]:
    """The same for a worker: Python's locks hang where the JVM's do not, unless the monotonic clock is left alone."""
    return {**clock(shift_seconds), "DONT_FAKE_MONOTONIC": "1"}


def next_midnight() -> date:
    """The day whose first instant is the midnight to pass: the day before it is a working day."""
    calendar = Policy({}).of(None).calendar
    day = datetime.fromtimestamp(now() / 1e6, ZoneInfo("Europe/London")).date() + timedelta(days=1)
    while calendar.until(day.toordinal() - 1) == calendar.until(day.toordinal() - 2):
        day += timedelta(days=1)
    return day


def families(midnight: date) -> list[Json]:
    """One family for each of the last days on which it had its last contact: some fall due on the eve, some later."""
    first = midnight - timedelta(days=120)
    events = [event("worker.registered", "w", {"worker": "w", "site": "s", "agency": "health"}, first)]
    for back in range(1, DAYS_BACK):
        family, last = f"f{back}", midnight - timedelta(days=back + 1)
        events += [
            registered(family, first, "s"),
            allocated(family, "w", first),
            event("contact.recorded", f"c{back}", contact(family, "w"), last),
            event("liaison.recorded", f"l{back}", liaison(family, "w"), last),
        ]
    return events


@pytest.fixture
def night(make_service: Callable[..., Service], tmp_path: Path) -> Iterator[Night]:
    """A broker whose clock is shifted so that midnight is some twenty-five seconds away."""
    midnight = next_midnight()
    instant = from_datetime(datetime.combine(midnight, datetime.min.time(), tzinfo=ZoneInfo("Europe/London")))
    shift = (instant - now()) // MICROS_A_SECOND - 25
    port, folder = free_port(2), tmp_path / "night" / "kafka"

    def broker(more: int) -> LocalKafka:
        return LocalKafka(folder, port, tuple(clock(shift + more).items()))

    first = broker(0)
    first.start()
    yield first, broker, make_service, midnight, shift
    for service in list(getattr(make_service, "made", [])):
        service.stop()
    first.stop()


def tick_all(service: Service, times: int) -> None:
    """Ticks for every subject, as a confused worker might append them."""
    with Publisher(service.settings.kafka, service.settings.topics) as publisher:
        for _ in range(times):
            for name in ["worker/w", *(f"family/f{back}" for back in range(1, DAYS_BACK))]:
                record = clock_record(name.encode())
                publisher.send(service.settings.topics.name("journal"), record.key, record.value, record.headers)


def of_midnight(service: Service, instant: int) -> list[Json]:
    """The transitions known at an instant."""
    text = format_instant(instant)
    return [
        transition
        for transition in (known.cloudevent() for known in service.history(instant).transitions)
        if transition["data"]["known"] == text
    ]


def sleep_until(instant: int, shift_seconds: int) -> None:
    """Sleeps until the shifted clock shows an instant."""
    time.sleep(max(0, (instant - now()) / MICROS_A_SECOND - shift_seconds))


def test_a_midnight_with_ticks_dropped_doubled_early_and_an_hour_late(night: Night, tmp_path: Path) -> None:
    """The worker is killed across midnight and the ticks come an hour late, doubled, some early.

    The same fold as ever.
    """
    first, broker, make_service, midnight, shift = night
    instant = from_datetime(datetime.combine(midnight, datetime.min.time(), tzinfo=ZoneInfo("Europe/London")))
    service = make_service(broker=first.address)
    service.worker(**worker_clock(shift))
    service.wait_ready()
    said = families(midnight)
    service.publish(said)
    tick_all(service, 1)  # early
    sleep_until(instant - 4 * MICROS_A_SECOND, shift)
    before = len(service.records("alerts"))
    assert before, "some alerts hold before midnight"
    service.kill()
    sleep_until(instant + 3 * MICROS_A_SECOND, shift)
    assert len(service.records("alerts")) == before, "nobody was there to see midnight"
    first.stop()
    late = broker(HOUR)
    late.start()
    try:
        service.worker(**worker_clock(shift + HOUR))
        service.wait_ready()
        service.wait_quiet()
        tick_all(service, 2)
        service.wait_quiet()
        assert of_midnight(service, instant), "midnight changed something"
        published = [
            each
            for each in service.records("alerts")
            if f'"known":"{format_instant(instant)}"'.encode() in (each.value or b"")
        ]
        assert published
        assert all(each.appended * 1000 >= instant + (HOUR - 60) * MICROS_A_SECOND for each in published), (
            "seen an hour late, known at midnight"
        )
        assert_all_agree(service, said, tmp_path / "board.db", now() + (shift + HOUR) * MICROS_A_SECOND)
        service.stop()
    finally:
        late.stop()


def test_a_midnight_that_a_worker_sees(night: Night, tmp_path: Path) -> None:
    """The transitions of midnight are published within a second or so of it, though every tick is doubled."""
    first, _, make_service, midnight, shift = night
    instant = from_datetime(datetime.combine(midnight, datetime.min.time(), tzinfo=ZoneInfo("Europe/London")))
    service = make_service(broker=first.address)
    service.worker(**worker_clock(shift))
    service.wait_ready()
    said = families(midnight)
    service.publish(said)
    sleep_until(instant + MICROS_A_SECOND // 2, shift)
    tick_all(service, 2)
    service.wait_quiet()
    published = [
        each
        for each in service.records("alerts")
        if f'"known":"{format_instant(instant)}"'.encode() in (each.value or b"")
    ]
    assert published, "midnight changed something"
    delays = [each.appended * 1000 - instant for each in published]
    first_seconds, last_seconds = min(delays) / MICROS_A_SECOND, max(delays) / MICROS_A_SECOND
    print(f"{len(delays)} transitions of midnight, published {first_seconds:.2f} to {last_seconds:.2f} s after it")
    assert min(delays) >= 0
    assert max(delays) < 3 * MICROS_A_SECOND
    assert_all_agree(service, said, tmp_path / "board.db", now() + shift * MICROS_A_SECOND)
    service.stop()
