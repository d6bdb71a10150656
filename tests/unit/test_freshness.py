"""A source that has fallen silent is one matter, not many families without contact."""

import json
from datetime import date, timedelta
from pathlib import Path

from events.instants import format_day, moment, parse_day, zone
from projections.policy import Policies, Policy
from projections.rules import BY_NAME
from projections.views.freshness import ASK_FOR_CONTACT, depends_on, is_unknown, silences
from projections.watch.hearing import Heard
from projections.watch.world import World
from tests.oracle.compare import Json, read
from tests.unit.test_commands import touchline

LONDON = zone("Europe/London")


def history(last: date, *, other: bool = False) -> list[Json]:
    """A family with a contact a week from one source, up to a day; perhaps one liaison from another."""
    source = "/agency/health/x"

    def event(name: str, id_: str, on: date, data: Json, source: str = source) -> Json:
        return {
            "specversion": "1.0",
            "id": id_,
            "source": source,
            "type": f"touchline.{name}.v1",
            "occurreddate": on.isoformat(),
            "data": data,
        }

    first = date(2026, 1, 5)
    events = [
        event("family.registered", "r", first, {"family": "F", "site": "S"}),
        event("allocation.started", "a", first, {"family": "F", "worker": "W", "starts_on": first.isoformat()}),
    ]
    contact = {
        "family": "F",
        "workers": ["W"],
        "initiated_by": "worker",
        "mode": "telephone",
        "outcome": "attended",
        "participants": ["parent"],
    }
    day = first
    while day <= last:
        events.append(event("contact.recorded", f"c{day}", day, contact))
        day += timedelta(days=7)
    if other:
        liaison = {"family": "F", "worker": "W", "to_agency": "health", "direction": "outgoing", "purpose": "referral"}
        events.append(event("liaison.recorded", "l", first, liaison, "/agency/other/y"))
    return events


def test_a_source_is_silent_after_three_working_days() -> None:
    """By the site's calendar.

    Last heard of on Monday 30 March 2026; the fourth working day after it, past Easter, is 7 April.
    """
    world = World(Policies.one(Policy({})))
    world.absorb(read(history(date(2026, 3, 30)), Policy({})), judge=False)
    heard = world.subjects["family/F"].hearing.sources
    assert heard["/agency/health/x"].seen == 15
    assert heard["/agency/health/x"].contacts == 13
    assert depends_on(heard) == "/agency/health/x"
    assert world.subjects["worker/W"].hearing.sources["/agency/health/x"].seen == 0, "each event is seen once"
    for after, day, silent in (
        (3, "2026-04-02", False),
        (3, "2026-04-03", True),
        (4, "2026-04-07", False),
        (4, "2026-04-08", True),
    ):
        policy = Policy({"silent_after": after}).of("S")
        found = list(silences("S", heard.items(), policy, moment(day, LONDON)))
        assert [(format_day(each.since), each.seen) for each in found] == ([(day, 15)] if silent else [])


def test_a_source_that_was_hardly_ever_seen_is_not_missed() -> None:
    """Ten events make a source that one waits for; imports of the past do not count."""
    seldom = [("/s", Heard(9, moment("2026-01-05", LONDON), 9))]
    assert not list(silences("S", seldom, Policy({}).of("S"), moment("2026-06-01", LONDON)))
    often = [("/s", Heard(10, moment("2026-01-05", LONDON), 0))]
    assert list(silences("S", often, Policy({}).of("S"), moment("2026-06-01", LONDON)))
    flagged = [{**each, "backfill": True} for each in history(date(2026, 3, 30))]
    world = World(Policies.one(Policy({})))
    world.absorb(read(flagged, Policy({})), judge=False)
    assert world.subjects["family/F"].hearing.sources["/agency/health/x"][0] == 0


def test_only_what_began_after_the_silence_is_unknown() -> None:
    """And only where the rule asks for contact."""
    last = parse_day("2026-03-30")
    assert is_unknown("CONTACT_OVERDUE", last + 1, last)
    assert not is_unknown("CONTACT_OVERDUE", last, last)
    assert not is_unknown("PLAN_MISSING", last + 1, last)
    assert set(BY_NAME) >= ASK_FOR_CONTACT


def test_two_sources_are_no_dependence() -> None:
    """A family of which another source speaks is judged as before."""
    world = World(Policies.one(Policy({})))
    world.absorb(read(history(date(2026, 3, 30), other=True), Policy({})), judge=False)
    assert depends_on(world.subjects["family/F"].hearing.sources) is None


def test_the_command_lists_sources(tmp_path: Path) -> None:
    """With the families of whom nothing is known since; the board and the replay stay as they are."""
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in history(date(2026, 3, 30))), "utf-8")
    (line,) = map(json.loads, touchline("sources", path, "--known-at", "2026-05-20").stdout.splitlines())
    assert line == {
        "site": "S", "source": "/agency/health/x", "seen": 15, "last_heard": "2026-03-30T22:59:59.999999Z", "silent_since": "2026-04-03",
        "families_unknown": ["family/F"],
    }  # fmt: skip
    assert "CONTACT_OVERDUE" in touchline("board", path, "--known-at", "2026-05-20").stdout
