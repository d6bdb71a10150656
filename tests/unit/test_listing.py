"""What is listed of the open alerts.

Order, pages, filters, and counts that agree; what is unknown is neither listed nor counted.
"""

import itertools
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection, Engine

from events.codec import to_json
from events.instants import FOREVER, format_day, format_instant, parse_day, parse_instant
from projections.rules import ALL, BY_NAME
from projections.state.record import FORMAT, Header, Summary
from projections.views.freshness import ASK_FOR_CONTACT, depends_on, is_unknown
from projections.watch.hearing import Heard
from streams.board.filters import PAGE_ALERTS, Page, Totals
from streams.kafka.client import Stored
from streams.readmodel import lists, queries, store
from streams.readmodel.asked import Asked, conditions
from streams.readmodel.columns import RULES, at_place, place, reliance
from streams.readmodel.queries import Unheard
from streams.readmodel.scope import ALL as ALL_SITES
from streams.readmodel.scope import Scope
from streams.readmodel.tables import ALERTS, HEARD, SOURCES, TALLY
from streams.readmodel.taken import Taken
from tests.databases import board_database

pytestmark = pytest.mark.usefixtures("any_database")

SITES = ("north", "south", "west")
SOURCES_NAMED = ("/a", "/b")
NOON = parse_instant("2026-06-01T12:00:00Z")
LATER = parse_instant("2026-06-01T14:00:00Z")
_numbers = itertools.count()


def transition(kind: str, alert: str, rule: str, subject: str, **more: Any) -> Stored:  # noqa: ANN401
    """A record of `alerts`."""
    data = {
        "alert": alert,
        "rule": rule,
        "severity": "red",
        "subject": subject,
        "site": "north",
        "since": "2026-05-01",
        "anchor": "/s#1",
        "known": "2026-06-01T12:00:00Z",
        "cause": "/s#1",
        "reasons": [],
        **more,
    }
    number = next(_numbers)
    body = {"id": f"t{number}", "type": f"touchline.alert.{kind}.v1", "data": data}
    return Stored("alerts", 0, number, 0, subject.encode(), to_json(body), ())


def saved(name: str, site: str | None, heard: dict[str, Heard], *, applied: int = 1) -> Stored:
    """A record of a saved subject, of which only the summary can be read."""
    header = Header(FORMAT, parked=False, applied=applied, wake=FOREVER, parked_at=0, judged_from=0)
    value = header.pack(Summary(NOON, site, 0, heard, None).pack())
    return Stored("subjects", 0, next(_numbers), 0, name.encode(), value, ())


def take(engine: Engine, *records: Stored) -> Taken:
    with engine.begin() as connection:
        return store.apply(connection, records, "alerts")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    yield made
    made.dispose()


def world(seed: int) -> list[Stored]:
    """Families and workers of three sites, some relying on one source, with alerts that began, changed and ended."""
    rng = random.Random(seed)
    records = []
    for number in range(80):
        name = f"{'family' if number % 4 else 'worker'}/n{number:02}"
        site = rng.choice(SITES)
        sources = rng.sample(SOURCES_NAMED, rng.choice((0, 1, 1, 2)))
        records.append(saved(name, site, {source: Heard(3, NOON, rng.choice((0, 2))) for source in sources}))
        for rule in rng.sample([rule for rule in RULES if name.startswith(f"{BY_NAME[rule].kind}/")], 6):
            alert = f"{rule}-{number}"
            more = {"since": format_day(parse_day("2026-05-01") + rng.randrange(30)), "site": site}
            for kind in ("raised", *rng.choices(("revised", "eased", "cleared", "reopened"), k=rng.randrange(3))):
                severity = "amber" if kind == "eased" else rng.choice(("red", "amber"))
                known = format_instant(NOON + rng.randrange(4) * 3_600_000_000)
                records.append(transition(kind, alert, rule, name, severity=severity, known=known, **more))
                if kind != "cleared" and rng.random() < 0.6:
                    records.append(attended(records[-1], rng))
    return records


def attended(record: Stored, rng: random.Random) -> Stored:
    """A change of attention of the alert of a transition."""
    data = json.loads(record.value or b"")["data"]
    said = {"attention": rng.choice(("new", "acknowledged", "snoozed"))}
    if said["attention"] != "new":
        said |= {"by": "p.9", "reason": "visit_booked", "lapses_at": "2026-07-01T00:00:00Z"}
    if rng.random() < 0.6:
        said |= {"assigned_to": rng.choice(("p.1", "p.2")), "assigned_by": "p.9"}
    return transition("attended", data["alert"], data["rule"], data["subject"], site=data["site"], **said)


def give_agencies(engine: Engine) -> None:
    """Workers get an agency each: what a worker's summary says of it."""
    with engine.begin() as connection:
        for agency, last in (("health", "4"), ("education", "8")):
            its = ALERTS.c.subject.like(f"worker/%{last}")
            connection.execute(update(ALERTS).where(its).values(agency=agency))


def in_words(connection: Connection, unheard: list[Unheard]) -> list[dict[str, Any]]:
    """The alerts that are to be listed, in order, worked out without a query's help."""
    heard: dict[str, dict[str, Heard]] = {}
    sites: dict[str, str] = {}
    for row in connection.execute(select(HEARD)).mappings():
        heard.setdefault(row["subject"], {})[row["source"]] = Heard(row["seen"], 0, row["contacts"])
        sites[row["subject"]] = row["site"]
    last = dict(unheard)

    def unknown(alert: dict[str, Any]) -> bool:
        name = alert["subject"]
        source = depends_on(heard.get(name, {}))
        day = last.get(reliance(sites[name], source)) if source is not None and name.startswith("family/") else None
        return day is not None and is_unknown(alert["rule"], parse_day(alert["since"]), parse_day(day))

    def order(alert: dict[str, Any]) -> tuple[Any, ...]:
        rule = [each.name for each in ALL].index(alert["rule"])
        return alert["severity"] != "red", alert["since"], rule, alert["subject"], alert["discriminator"]

    alerts = [dict(row) for row in connection.execute(select(ALERTS)).mappings() if row["open"]]
    return sorted((alert for alert in alerts if not unknown(alert)), key=order)


UNHEARD = [Unheard(reliance("north", "/a"), "2026-05-10"), Unheard(reliance("south", "/b"), "2026-05-20")]
ASKED = [
    Asked(),
    Asked(site="north"),
    Asked(rule="CONTACT_OVERDUE"),
    Asked(severity="amber"),
    Asked(severity="red"),
    Asked("south", "LIAISON_DROUGHT", "red"),
    Asked("south", "LIAISON_DROUGHT"),
    Asked("nowhere"),
    Asked(attention=("new",), assigned=("", "p.1")),
    Asked(attention=("acknowledged", "snoozed")),
    Asked(assigned=("",), severity="red"),
    Asked(assigned=("p.2",)),
    Asked(raised_from=LATER),
    Asked(kind="worker"),
    Asked(kind="family", site="west", attention=("snoozed",)),
    Asked(kind="worker", rule="CONTACT_OVERDUE"),
    Asked(agency="health"),
    Asked(agency="health", attention=("new",), raised_from=LATER),
    Asked(agency="education", site="north"),
]
SCOPES = [ALL_SITES, Scope(("north", "west")), Scope(("south",), ALERTS.c.subject < "family/n40"), Scope(())]


@pytest.mark.parametrize(
    ("seed", "unheard", "scope"),
    [(0, [], SCOPES[0]), (1, UNHEARD, SCOPES[0]), (2, UNHEARD, SCOPES[1]), (0, UNHEARD, SCOPES[2]), (1, [], SCOPES[3])],
    ids=["all", "silence", "two-sites", "silence-and-a-condition", "no-site"],
)
def test_lists_and_counts_are_those_that_words_give(
    engine: Engine, seed: int, unheard: list[Unheard], scope: Scope
) -> None:
    """For each filter and each scope the pages one after another are the whole list in its order.

    The counts are those of the list, whether they are summed or counted; so are the lines of the subjects.
    """
    take(engine, *world(seed))
    give_agencies(engine)
    with engine.connect() as connection:
        allowed = set(connection.execute(select(ALERTS.c.id).where(*conditions(ALERTS, Asked(), scope))).scalars())
        all_of_them = [alert for alert in in_words(connection, unheard) if alert["id"] in allowed]
        assert bool(all_of_them) is (scope.sites != ())
        for asked in ASKED:
            wanted = [alert for alert in all_of_them if asked.takes(alert)]
            totals = Totals.of(queries.counted(connection, asked, unheard, scope))
            listed = [
                row["id"]
                for number in range(1, Page.of(10**9, totals.alerts).pages + 1)
                for row in queries.open_alerts(
                    connection, asked, unheard, Page.of(number, totals.alerts).first, PAGE_ALERTS, scope
                )
            ]
            assert listed == [alert["id"] for alert in wanted], asked
            assert totals.by_rule == Counter(alert["rule"] for alert in wanted)
            assert totals.red == sum(alert["severity"] == "red" for alert in wanted)
            assert totals.alerts == len(wanted)
            assert lists.listed_among(connection, allowed, asked, unheard, scope) == set(listed)
            lines = subjects_in_words(wanted)
            assert lists.subjects_listed(connection, asked, unheard, scope) == len(lines)
            assert lists.subjects_in_order(connection, asked, unheard, scope, 0, 1_000) == lines


def subjects_in_words(alerts: list[dict[str, Any]]) -> list[str]:
    """Whom to ring first: the subjects in the order in which the first alert of each is listed."""
    return list(dict.fromkeys(alert["subject"] for alert in alerts))


@pytest.mark.parametrize("asked", ASKED)
def test_each_filter_finds_some_and_not_all(engine: Engine, asked: Asked) -> None:
    """Else the test above would prove nothing of it."""
    take(engine, *world(0))
    give_agencies(engine)
    nothing = asked.site == "nowhere" or asked == Asked(kind="worker", rule="CONTACT_OVERDUE")
    with engine.connect() as connection:
        total = Totals.of(queries.counted(connection)).alerts
        found = Totals.of(queries.counted(connection, asked)).alerts
        assert total > 2 * PAGE_ALERTS
        assert 0 < found < total or (nothing and found == 0) or (asked == Asked() and found == total)


def test_a_silent_source_hides_something_in_these_worlds(engine: Engine) -> None:
    """Else the test above would prove nothing of it; the families that are counted with the source are those."""
    take(engine, *world(0))
    with engine.connect() as connection:
        shown, hidden = in_words(connection, UNHEARD), in_words(connection, [])
        of_them = {each["id"] for each in hidden} - {each["id"] for each in shown}
        families = {each["subject"] for each in hidden if each["id"] in of_them}
        assert families
        unknown = [queries.unknown_families(connection, source, 2) for source in UNHEARD]
        assert sum(total for total, _ in unknown) == len(families)
        assert all(named == sorted(named) and len(named) <= 2 for _, named in unknown)
        assert {name for _, named in unknown for name in named} <= families


def test_what_is_counted_as_it_comes_is_what_a_recount_finds(engine: Engine) -> None:
    """However alerts change, and subjects move from site to site, the sums are those of the rows."""
    take(engine, *world(4))
    take(
        engine,
        *(saved(f"family/n{number:02}", "west", {"/a": Heard(9, NOON + 5_000_000, 1)}) for number in range(1, 60, 3)),
    )
    with engine.connect() as connection:
        cell = ALERTS.c.site, ALERTS.c.place, ALERTS.c.attention, func.coalesce(ALERTS.c.assigned_to, "")
        recount = select(*cell, func.count()).where(ALERTS.c.open).group_by(*cell)
        tallied = select(TALLY).where(TALLY.c.alerts > 0)
        assert set(connection.execute(tallied)) == set(connection.execute(recount))
        again = select(HEARD.c.site, HEARD.c.source, func.sum(HEARD.c.seen), func.sum(HEARD.c.contacts))
        again = again.group_by(HEARD.c.site, HEARD.c.source)
        sums = select(SOURCES.c.site, SOURCES.c.source, SOURCES.c.seen, SOURCES.c.contacts).where(SOURCES.c.seen > 0)
        assert set(connection.execute(sums)) == set(connection.execute(again))
        last = queries.heard(connection)
        assert max(heard.last for _, heard in last["west"]) == NOON + 5_000_000
        assert {row["source"] for row in queries.sources(connection)} == set(SOURCES_NAMED)


@pytest.mark.parametrize("late", [False, True])
def test_what_an_alert_relies_on_follows_its_subject(engine: Engine, late: bool) -> None:
    """Whichever comes first, and when another source is heard of the alert is known again."""
    alert = transition("raised", "a", "CONTACT_OVERDUE", "family/f")
    subject = saved("family/f", "north", {"/a": Heard(1, NOON, 1)})
    for record in (alert, subject) if late else (subject, alert):
        take(engine, record)
    unheard = [Unheard(reliance("north", "/a"), "2026-04-01")]
    with engine.connect() as connection:
        assert queries.open_alerts(connection, unheard=unheard) == []
        assert [row["id"] for row in queries.alerts_of(connection, "family/f")] == ["a"]
    take(engine, saved("family/f", "north", {"/a": Heard(1, NOON, 1), "/b": Heard(1, NOON, 1)}))
    with engine.connect() as connection:
        assert [row["id"] for row in queries.open_alerts(connection, unheard=unheard)] == ["a"]


def test_it_is_said_what_a_commit_changed(engine: Engine) -> None:
    """The feed is listed anew for alerts and new subjects, not for an entry that changes nothing listed.

    Sent again it is no news.
    """
    raised = transition("raised", "a", "CONTACT_OVERDUE", "family/f")
    first = saved("family/f", "north", {"/a": Heard(1, NOON, 1)})
    assert take(engine, first, raised)[:2] == (frozenset({"family/f"}), True)
    with engine.connect() as connection:
        edition, change = queries.edition(connection), queries.change(connection)
    following = saved("family/f", "north", {"/a": Heard(2, NOON + 1, 2)}, applied=2)
    assert take(engine, following, raised)[:2] == (frozenset({"family/f"}), False)
    with engine.connect() as connection:
        assert queries.edition(connection) == edition
        assert queries.change(connection) > change
    day = 86_400_000_000
    assert take(engine, saved("family/f", "north", {"/a": Heard(3, NOON + day, 3)})).listed, "it may have been silent"
    with engine.begin() as connection:
        store.forget_all(connection)
        assert queries.edition(connection) > edition + 1, "an edition never comes again"


def test_what_is_taken_says_of_which_sites_lists_change(engine: Engine) -> None:
    """Of what is said about an alert that of the alert; how many settle is said to every site; no news of none."""
    first = saved("family/f", "north", {"/a": Heard(1, NOON, 1)})
    raised = transition("raised", "a", "CONTACT_OVERDUE", "family/f", site="north")
    assert take(engine, first, raised).sites == {"north"}
    said = transition("attended", "a", "CONTACT_OVERDUE", "family/f", site=None, attention="snoozed", by="p.1")
    assert take(engine, said).sites == {"north"}
    assert take(engine, saved("family/f", "north", {"/a": Heard(2, NOON + 1, 2)}, applied=2), said).sites == set()
    settling = Header(FORMAT, parked=True, applied=3, wake=FOREVER, parked_at=0, judged_from=0)
    value = settling.pack(Summary(NOON, "north", 0, {}, None).pack())
    assert take(engine, Stored("subjects", 0, next(_numbers), 0, b"family/f", value, ())).sites is None


def test_places_keep_the_order_of_the_rules() -> None:
    """Red before amber, and each place is that of one severity and rule."""
    places = [place(severity, rule) for severity in ("red", "amber") for rule in RULES]
    assert places == sorted(set(places))
    assert [at_place(each) for each in places] == [(severity, rule) for severity in ("red", "amber") for rule in RULES]
    assert set(RULES) == set(BY_NAME)
    assert set(RULES) >= ASK_FOR_CONTACT
