"""A list and a single thing ask the same: SQL leaves in what `may` lets through, for random people and read models."""

import random
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import Connection

from events.codec import to_json
from events.instants import FOREVER, NEVER_DAY, Day, parse_day, parse_instant
from projections.grounds.caring import Carer
from projections.rules import BY_KIND
from projections.state.record import FORMAT, Header, Summary
from streams.access.table import Action, may, sees
from streams.identity.person import Grant, Person
from streams.kafka.client import Stored
from streams.readmodel import queries, store
from streams.readmodel.scope import scope_of, visible, visible_subject
from streams.readmodel.tables import ALERTS, CARERS, SUBJECTS
from streams.readmodel.things import thing_of, things_of_alerts
from tests.databases import board_database

pytestmark = pytest.mark.usefixtures("any_database")

TODAY = parse_day("2026-06-10")
SITES = ("north", "south", "all-day")
AGENCIES = ("health", "education")
WORKERS = ("w1", "w2", "w3")
SEEDS = st.integers(min_value=0, max_value=10**9)
GRANTS = st.one_of(
    st.builds(
        Grant.of,
        st.sampled_from(["coordinator", "auditor", "operator"]),
        st.none() | st.lists(st.sampled_from(SITES), min_size=1, unique=True),
    ),
    st.builds(Grant.of, st.just("key_worker"), st.none() | st.just(["north"]), st.sampled_from(WORKERS)),
    st.builds(Grant.of, st.just("manager"), st.none() | st.just(["south"]), st.sampled_from(AGENCIES)),
)
PEOPLE = st.builds(
    lambda grants: Person("p.1", "Jo Bell", tuple(grants)), st.lists(GRANTS, min_size=1, max_size=3, unique=True)
)


def records(seed: int) -> list[Stored]:
    """Subjects that are registered, move, and are cared for, and their alerts, in any order."""
    rng, numbers, made = random.Random(seed), count(), []
    names = [*(f"family/f{each}" for each in range(6)), *(f"worker/{each}" for each in WORKERS), "site/north"]
    for _ in range(rng.randrange(1, 40)):
        name = rng.choice(names)
        site = rng.choice([*SITES, None])
        if rng.random() < 0.5:
            made.append(saved(name, site, rng, next(numbers)))
        else:
            made.append(alert(name, site, rng, next(numbers)))
    return made


def saved(name: str, site: str | None, rng: random.Random, number: int) -> Stored:
    """A subject's summary."""
    kind = name.partition("/")[0]
    carers = []
    for worker in WORKERS if kind == "family" else ():
        if rng.random() < 0.5:
            first = TODAY + rng.randrange(-3, 3)
            carers.append(Carer(worker, Day(first), rng.choice([Day(first + rng.randrange(1, 4)), NEVER_DAY])))
    agency = rng.choice([*AGENCIES, None]) if kind == "worker" else None
    summary = Summary(parse_instant("2026-06-01T12:00:00Z"), site, None, {}, None, agency, tuple(carers))
    header = Header(FORMAT, parked=False, applied=number, wake=FOREVER, parked_at=0, judged_from=0)
    return Stored("subjects", 0, number, 0, name.encode(), header.pack(summary.pack()), ())


def alert(name: str, site: str | None, rng: random.Random, number: int, kind: str = "") -> Stored:
    """A transition of one of a subject's alerts."""
    rule = rng.choice(BY_KIND[name.partition("/")[0]]).name  # type: ignore[index]
    if name.startswith("family/") and rng.random() < 0.5:
        rule = "ADVOCACY_CONFLICT"
    conflicts = [{"code": "conflict", "event": f"/a#{each}", "not_to": each} for each in AGENCIES]
    data: dict[str, Any] = {
        "alert": f"{rule} {name} {number % 3}",
        "rule": rule,
        "severity": rng.choice(["red", "amber"]),
        "subject": name,
        "site": site,
        "discriminator": f"/a#{rng.choice(AGENCIES)}" if rule == "ADVOCACY_CONFLICT" else "",
        "since": "2026-05-01",
        "anchor": "/a#1",
        "known": "2026-06-01T12:00:00Z",
        "cause": "/a#1",
        "reasons": conflicts if rule == "ADVOCACY_CONFLICT" else [],
    }
    kind = kind or rng.choice(["raised", "raised", "reopened", "cleared"])
    body = {"id": f"t{number}", "type": f"touchline.alert.{kind}.v1", "data": data}
    return Stored("alerts", 0, number, 0, name.encode(), to_json(body), ())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scope")


NUMBERS = count()


@settings(deadline=None)
@given(SEEDS, st.lists(PEOPLE, min_size=1, max_size=4))
def test_a_list_and_a_single_thing_ask_the_same(folder: Path, seed: int, people: list[Person]) -> None:
    """Of every alert, open or not, and of every subject; counts are those of what is listed."""
    engine = board_database(folder / f"{next(NUMBERS)}.db")
    with engine.begin() as connection:
        store.apply(connection, records(seed), "alerts")
        for person in people:
            agree(connection, person)
    engine.dispose()


def agree(connection: Connection, person: Person) -> None:
    seen = sees(person)
    rows = list(connection.execute(select(ALERTS)).mappings())
    let_through = {
        row["id"]
        for row, thing in zip(rows, things_of_alerts(connection, rows, TODAY), strict=True)
        if may(person, Action.SEE, thing)
    }
    assert set(connection.execute(select(ALERTS.c.id).where(visible(seen, TODAY))).scalars()) == let_through
    names = connection.execute(select(SUBJECTS.c.name)).scalars().all()
    subjects = {name for name in names if may(person, Action.SEE, known(connection, name))}
    found = connection.execute(select(SUBJECTS.c.name).where(visible_subject(seen, TODAY))).scalars()
    assert set(found) == subjects
    scope = scope_of(seen, TODAY)
    listed = queries.open_alerts(connection, scope=scope)
    assert {row["id"] for row in listed} == {row["id"] for row in rows if row["open"]} & let_through
    counted = {(each.severity, each.rule): each.alerts for each in queries.counted(connection, scope=scope)}
    assert counted == Counter((row["severity"], row["rule"]) for row in listed)
    assert queries.sites(connection, scope) == sorted({row["site"] for row in listed} - {None})


def known(connection: Connection, name: str) -> Any:  # noqa: ANN401
    thing = thing_of(connection, name, TODAY)
    assert thing is not None
    return thing


def test_silent_sources_and_imports_are_those_of_own_sites(tmp_path: Path) -> None:
    """A key worker sees none; of an import's effect what is counted are the alerts that are seen."""
    engine = board_database(tmp_path / "board.db")
    rng, settled = random.Random(1), parse_instant("2026-06-01T12:00:00Z")
    made = []
    for number, (name, site) in enumerate((("family/f0", "north"), ("worker/w1", "north"), ("family/f1", "south"))):
        summary = Summary(settled, site, None, {}, (settled, {"/a": 5}), "health" if name == "worker/w1" else None)
        header = Header(FORMAT, parked=False, applied=number, wake=FOREVER, parked_at=0, judged_from=0)
        made.append(Stored("subjects", 0, number, 0, name.encode(), header.pack(summary.pack()), ()))
        made.append(alert(name, site, rng, 3 * number, "raised"))
    with engine.begin() as connection:
        store.apply(connection, made, "alerts")
        for grant, sites, lines in (
            ("coordinator:north", ("north",), [(2, 10, 2)]),
            ("coordinator:all", None, [(3, 15, 3)]),
            ("manager:north:health", ("north",), [(2, 10, 1)]),
            ("manager:north:education", ("north",), [(2, 10, 0)]),
            ("key_worker:north:w1", (), []),
            ("operator:all", (), []),
        ):
            scope = scope_of(sees(Person("p.1", "Jo Bell", (Grant.parse(grant),))), TODAY)
            assert scope.by_site == sites
            assert [scope.shows(site) for site in ("north", "south")] == [
                sites is None or site in sites for site in ("north", "south")
            ]
            found = queries.imports(connection, "2026-05-01", scope)
            assert [(each["subjects"], each["entries"], each["began"]) for each in found] == lines, grant


def test_a_family_is_seen_from_the_first_day_of_caring_to_the_last(tmp_path: Path) -> None:
    """Its last day is the one before `last_out`; the list says the same."""
    engine = board_database(tmp_path / "board.db")
    summary = Summary(None, "north", None, {}, None, None, (Carer("w1", Day(TODAY - 2), Day(TODAY + 2)),))
    header = Header(FORMAT, parked=False, applied=1, wake=FOREVER, parked_at=0, judged_from=0)
    records_now = [Stored("subjects", 0, 1, 0, b"family/f0", header.pack(summary.pack()), ())]
    worker = Person("p.1", "Jo Bell", (Grant.parse("key_worker:north:w1"),))
    with engine.begin() as connection:
        store.apply(connection, [*records_now, alert("family/f0", "north", random.Random(0), 2, "raised")], "alerts")
        for back, seen in ((-3, False), (-2, True), (1, True), (2, False)):
            today = Day(TODAY + back)
            thing = thing_of(connection, "family/f0", today)
            assert thing is not None
            assert may(worker, Action.SEE, thing) is seen, back
            assert bool(queries.open_alerts(connection, scope=scope_of(sees(worker), today))) is seen, back


def test_an_alert_follows_its_subject_to_another_site(tmp_path: Path) -> None:
    """And is counted there; a worker's to another agency; who cares is replaced as a whole."""
    engine = board_database(tmp_path / "board.db")
    rng = random.Random(0)
    worker, family = alert("worker/w1", "north", rng, 1, "raised"), alert("family/f0", None, rng, 2, "raised")
    for number, (site, agency, carer) in enumerate((("north", "health", "w1"), ("south", "education", "w2"))):
        records_now = [worker, family] if number == 0 else []
        for name, summary in (
            ("worker/w1", Summary(parse_instant("2026-06-01T12:00:00Z"), site, None, {}, None, agency)),
            ("family/f0", Summary(None, site, None, {}, None, None, (Carer(carer, TODAY, NEVER_DAY),))),
        ):
            header = Header(FORMAT, parked=False, applied=number, wake=FOREVER, parked_at=0, judged_from=0)
            records_now.append(Stored("subjects", 0, 10 + number, 0, name.encode(), header.pack(summary.pack()), ()))
        with engine.begin() as connection:
            taken = store.apply(connection, records_now, "alerts")
            assert taken.listed
            assert taken.sites == ({"", "north"} if number == 0 else {"north", "south"}), "where they were, and are"
            rows = {row.subject: (row.site, row.agency) for row in connection.execute(select(ALERTS))}
            assert rows == {"worker/w1": (site, agency), "family/f0": (site, None)}
            tallied = {where: each.alerts for where, each in queries.counted_by_site(connection)}
            assert tallied == {site: 1}
            assert connection.execute(select(CARERS.c.worker)).scalars().all() == [carer]
