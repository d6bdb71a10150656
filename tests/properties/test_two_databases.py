"""SQLite and PostgreSQL answer the same: for the same records, in the same batches, to every question of the board."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from events.codec import to_json
from events.instants import MICROS_A_DAY, Instant
from projections.rules import BY_NAME
from projections.state.record import FORMAT, Header, Summary
from projections.watch.hearing import Heard
from projections.watch.transition import CLOSING
from streams.kafka.client import Stored
from streams.readmodel import lists, queries, store
from streams.readmodel.asked import ANY, Asked
from streams.readmodel.columns import RULES, reliance
from streams.readmodel.database import open_database
from streams.readmodel.queries import Unheard
from streams.readmodel.scope import ALL, Scope
from streams.readmodel.tables import EDITION, METADATA, PRESSES
from streams.readmodel.then import Between, changes_between, open_then
from tests.postgres import PostgreSQL
from tests.unit.test_listing import NOON, attended, transition

SUBJECTS = ("family/a", "family/B", "family/Z.1", "family/a_b", "family/a-b", "worker/W", "worker/w", "site/north")
SITES = (None, "north", "South", "south", "s_1")
LONGEST = "/" + "".join(chr(0x20000 + 7_919 * number % 0xA6D0) for number in range(499))
"""A source of as many bytes as there can be, which nothing makes shorter: an index must take it."""
SOURCES = ("/a", "/A", "/é", "/e\u0301", "/z'%_", "/\U0001f600", LONGEST)
DISCRIMINATORS = ("", "/é#1", "/E#1", "/e#10", "/e#9", "\u00df", "ss", "/" + "\U0001f600" * 490 + "#" + "x" * 250)
PEOPLE = (None, "p.1", "P.1", "p-2")


class Engines:
    """A read model in each of the two, made once and emptied for each example."""

    def __init__(self, *engines: Engine) -> None:
        self.engines = engines

    def emptied(self) -> tuple[Engine, ...]:
        for engine in self.engines:
            with engine.begin() as connection:
                store.forget_all(connection)
                connection.execute(EDITION.delete())
        return self.engines


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> Iterator[Engines]:
    sqlite = open_database(f"sqlite:///{tmp_path_factory.mktemp('two') / 'board.db'}")
    made = Engines(sqlite, open_database(postgresql.database("two")))
    yield made
    for engine in made.engines:
        engine.dispose()
    postgresql.drop_all()


def records(rng: random.Random) -> list[Stored]:
    """Alerts that begin, change and end, subjects as they are saved, and some that cannot be read."""
    made: list[Stored] = []
    begun: set[str] = set()
    spoils = rng.random() < 0.3
    for number in range(60):
        name, site = rng.choice(SUBJECTS), rng.choice(SITES)
        if rng.random() < 0.3:
            made.append(saved(rng, name, site, number))
            continue
        rule = rng.choice([rule for rule in RULES if name.startswith(f"{BY_NAME[rule].kind}/")])
        discriminator = rng.choice(DISCRIMINATORS)
        alert = f"{rule} {name} {discriminator[:9]}"
        kinds = ("raised", "revised", "eased", "cleared", "retracted", "reopened") if alert in begun else ("raised",)
        begun.add(alert)
        kind = rng.choice(kinds)
        more = {
            "severity": rng.choice(("red", "amber")),
            "since": f"2026-05-{rng.randrange(1, 30):02}",
            "due_on": rng.choice((None, "2026-05-30", "2026-05-31")),
            "known": f"2026-06-0{1 + number // 20}T{number % 20:02}:00:00Z",
            "cause": f"{rng.choice(SOURCES)}#{number}",
            "discriminator": discriminator,
            "reasons": [{"code": "x", "text": rng.choice(SOURCES)}],
            "unattended": rng.random() < 0.5,
        }
        made.append(transition(kind, alert, rule, name, site=site, **more))
        if kind not in CLOSING and rng.random() < 0.4:
            made.append(with_known(attended(made[-1], rng), more["known"]))
        if spoils and rng.random() < 0.1:
            made.append(spoilt(rng, made[-1]))
    return [record._replace(offset=offset) for offset, record in enumerate(made)]


def with_known(record: Stored, known: object) -> Stored:
    body = json.loads(record.value or b"")
    body["data"]["known"] = known
    return record._replace(value=to_json(body))


def saved(rng: random.Random, name: str, site: str | None, number: int) -> Stored:
    heard = {
        source: Heard(rng.choice((1, 2**31, 2**40)), Instant(NOON + number), rng.randrange(3))
        for source in rng.sample(SOURCES, rng.randrange(3))
    }
    imported = (Instant(NOON + number % 3 * MICROS_A_DAY), {rng.choice(SOURCES): 5}) if rng.random() < 0.4 else None
    header = Header(FORMAT, parked=rng.random() < 0.2, applied=2**33 + number, wake=NOON, parked_at=0, judged_from=0)
    summary = Summary(Instant(NOON + number), site, None, heard, imported, rng.choice((None, "health")))
    return Stored("subjects", 0, 0, 0, name.encode(), header.pack(summary.pack()), ())


def spoilt(rng: random.Random, record: Stored) -> Stored:
    """What no worker sends: it is passed over, in both alike."""
    body = json.loads(record.value or b"")
    change: dict[str, Any] = rng.choice(({"id": 7}, {"type": "none"}, {"data": {}}))
    return record._replace(value=to_json({**body, "id": "spoilt", **change}))


def answers(connection: Connection, rng: random.Random) -> dict[str, object]:
    """What the board asks, with what is answered, as plain values."""
    unheard = [Unheard(reliance(site, source), "2026-05-10") for site in ("north", "south") for source in SOURCES[:3]]
    some = Asked(
        rng.choice((None, "north", "South")), rng.choice((None, *RULES)), rng.choice((None, "red", "amber")),
        rng.choice((None, ("new",), ("acknowledged", "snoozed"))), rng.choice((None, ("",), ("p.1", "p.2"))),
        rng.choice((None, "health")), rng.choice((None, NOON)), rng.choice((None, "family", "worker", "site")),
    )  # fmt: skip
    scopes = (ALL, Scope(("north", "s_1"), None, ("north", "s_1")))
    named: dict[str, Callable[[], object]] = {
        "sites": lambda: queries.sites(connection),
        "assignees": lambda: lists.assignees(connection),
        "flagged": lambda: queries.flagged(connection),
        "by site": lambda: sorted(queries.counted_by_site(connection)),
        "sources": lambda: _plain(queries.sources(connection)),
        "heard": lambda: sorted((site, sorted(each)) for site, each in queries.heard(connection).items()),
        "imports": lambda: queries.imports(connection, "2026-06-01"),
        "closed": lambda: _plain(lists.closed_unattended(connection, "2026-06-02", some, ALL)),
        "unknown": lambda: queries.unknown_families(connection, unheard[0], 5),
        "dated": lambda: _plain(queries.dated_alerts(connection, SUBJECTS)),
        "names": lambda: queries.names_at(connection, "family", ("north", "south")),
        "found": lambda: queries.found(connection, "a"),
        "workers": lambda: queries.workers_of(connection, "north"),
        "counts": lambda: queries.counts(connection),
        "parked": lambda: _plain(queries.parked(connection)),
        "unreadable": lambda: _plain(queries.unreadable(connection)),
        "change": lambda: (queries.change(connection), queries.edition(connection)),
        "then": lambda: open_then(connection, Instant(NOON + MICROS_A_DAY), Between(ALL)),
        "between": lambda: _plain(
            changes_between(
                connection, Instant(NOON - 9 * MICROS_A_DAY), Instant(NOON + MICROS_A_DAY), Between(ALL), 40
            )
        ),
        "tables": lambda: {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in METADATA.sorted_tables
            if table is not PRESSES
        },
    }
    for name in SUBJECTS:
        named[f"changes of {name}"] = lambda name=name: _plain(queries.changes_of(connection, name))  # type: ignore[misc]
        named[f"lives of {name}"] = lambda name=name: _plain(queries.lives_of(connection, name, "2026-06-02"))  # type: ignore[misc]
        named[f"alerts of {name}"] = lambda name=name: _plain(queries.alerts_of(connection, name))  # type: ignore[misc]
    for each, scope in enumerate(scopes):
        for asked in (ANY, some):
            key, args = f"{each} {asked}", (asked, unheard, scope)
            named[f"listed {key}"] = lambda args=args: _plain(queries.open_alerts(connection, *args[:2], scope=args[2]))  # type: ignore[misc]
            named[f"page {key}"] = lambda args=args: _plain(queries.open_alerts(connection, *args[:2], 3, 4, args[2]))  # type: ignore[misc]
            named[f"counted {key}"] = lambda args=args: queries.counted(connection, *args)  # type: ignore[misc]
            named[f"lines {key}"] = lambda args=args: lists.subjects_in_order(connection, *args, 0, 9)  # type: ignore[misc]
            named[f"how many {key}"] = lambda args=args: lists.subjects_listed(connection, *args)  # type: ignore[misc]
    return {name: ask() for name, ask in named.items()}


def _plain(rows: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of any query
    return [dict(row) for row in rows]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=0, max_value=10**9))
def test_the_two_databases_answer_the_same(both: Engines, seed: int) -> None:
    """In the same order, with the same types; what a batch is said to have changed is the same too."""
    rng = random.Random(seed)
    sent, told = records(rng), []
    cuts = sorted(rng.sample(range(len(sent)), 3))
    parts = [sent[first:end] for first, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    found = []
    for engine in both.emptied():
        told.append([])
        for part in filter(None, parts):
            with engine.begin() as connection:
                told[-1].append(store.apply(connection, part, "alerts"))
        with engine.connect() as connection:
            found.append(answers(connection, random.Random(seed)))
    assert told[0] == told[1]
    for question, answer in found[0].items():
        assert answer == found[1][question], question
        assert repr(answer) == repr(found[1][question]), question
