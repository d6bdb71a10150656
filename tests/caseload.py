"""A small service for tests of pages: two sites, three workers, four families, as the read model has them today."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine

from events.instants import MICROS_A_SECOND, from_datetime
from streams.clock import now
from tests.events import Json, allocated, contact, event, liaison, registered
from tests.properties.test_writable import Service
from tests.unit.test_listing import take

TODAY = datetime.fromtimestamp(now() / 1e6, UTC).date()


def ago(days: int) -> date:
    """A day before today; a negative number is after it."""
    return TODAY - timedelta(days=days)


def worker(name: str, site: str, agency: str) -> Json:
    data = {"worker": name, "site": site, "agency": agency}
    return event("worker.registered", f"r{name}", data, ago(200))


def planned(family: str, **more: object) -> Json:
    data = {
        "family": family,
        "starts_on": str(ago(55)),
        "interval_working_days": 15,
        "review_by": str(ago(-30)),
        **more,
    }
    return event("plan.agreed", f"p{family}", data, ago(55))


def caseload() -> list[Json]:
    """w1 has f1 and f2 at north and covers f3 for w2, who is away; w3 has f4 at south."""
    sites = [
        event("site.opened", f"o{site}", {"site": site, "agencies": ["health"]}, ago(200))
        for site in ("north", "south")
    ]
    people = [worker("w1", "north", "health"), worker("w2", "north", "education"), worker("w3", "south", "health")]
    families = [
        line
        for family, key, site in (
            ("f1", "w1", "north"),
            ("f2", "w1", "north"),
            ("f3", "w2", "north"),
            ("f4", "w3", "south"),
        )
        for line in (registered(family, ago(100), site), allocated(family, key, ago(60)))
    ]
    absence = {"worker": "w2", "kind": "sickness", "starts_on": str(ago(20))}
    cover = {"worker": "w2", "covering_worker": "w1", "starts_on": str(ago(15)), "families": ["f3"]}
    return [
        *sites,
        *people,
        *families,
        planned("f1", contact_parties=["parent", "carer", "grandparent"]),
        event("contact.recorded", "c1", contact("f1", "w1", participants=["parent", "carer"]), ago(12)),
        event("contact.recorded", "c2", contact("f1", "w1", outcome="voicemail"), ago(3)),
        event("contact.recorded", "c3", contact("f3", "w2"), ago(30)),
        event("liaison.recorded", "l1", liaison("f1", "w1", to_agency="education"), ago(20)),
        event("absence.started", "a2", absence, ago(20)),
        event("cover.assigned", "v2", cover, ago(16)),
    ]


def fill(engine: Engine, events: list[Json]) -> None:
    """Has a read model take in what a processor makes of the events: each known a second after the one before."""
    service = Service()
    begin = from_datetime(datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC) - timedelta(days=1))
    for number, line in enumerate(events):
        service.say(line, begin + number * MICROS_A_SECOND)
    assert not service.refused, service.refused
    assert not service.parked
    take(engine, *(record._replace(offset=number) for number, record in enumerate(service.sent)))
