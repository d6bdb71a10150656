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
from tests.commands import touchline
from tests.events import SOURCE, Json, allocated, contact, event, liaison, registered, write
from tests.oracle.compare import read

LONDON = zone("Europe/London")


def history(last: date, *, other: bool = False) -> list[Json]:
    """A family with a contact a week from one source, up to a day; perhaps one liaison from another."""
    first = date(2026, 1, 5)
    events = [registered("F", first), allocated("F", "W", first)]
    day = first
    while day <= last:
        events.append(event("contact.recorded", f"c{day}", contact(), day))
        day += timedelta(days=7)
    if other:
        events.append(event("liaison.recorded", "l", liaison(), first, source="/agency/other/y"))
    return events


def test_a_source_is_silent_after_three_working_days() -> None:
    """By the site's calendar.

    Last heard of on Monday 30 March 2026; the fourth working day after it, past Easter, is 7 April.
    """
    world = World(Policies.one(Policy({})))
    world.absorb(read(history(date(2026, 3, 30)), Policy({})), judge=False)
    sources = world.subjects["family/F"].hearing.sources
    assert sources[SOURCE].seen == 15
    assert sources[SOURCE].contacts == 13
    assert depends_on(sources) == SOURCE
    assert world.subjects["worker/W"].hearing.sources[SOURCE].seen == 0, "each event is seen once"
    for after, day, silent in (
        (3, "2026-04-02", False),
        (3, "2026-04-03", True),
        (4, "2026-04-07", False),
        (4, "2026-04-08", True),
    ):
        policy = Policy({"silent_after": after}).of("S")
        silent_sources = list(silences("S", sources.items(), policy, moment(day, LONDON)))
        assert [(format_day(source.since), source.seen) for source in silent_sources] == ([(day, 15)] if silent else [])


def test_a_source_that_was_hardly_ever_seen_is_not_missed() -> None:
    """Ten events make a source that one waits for; imports of the past do not count."""
    seldom = [("/s", Heard(9, moment("2026-01-05", LONDON), 9))]
    assert not list(silences("S", seldom, Policy({}).of("S"), moment("2026-06-01", LONDON)))
    often = [("/s", Heard(10, moment("2026-01-05", LONDON), 0))]
    assert list(silences("S", often, Policy({}).of("S"), moment("2026-06-01", LONDON)))
    flagged = [{**event, "backfill": True} for event in history(date(2026, 3, 30))]
    world = World(Policies.one(Policy({})))
    world.absorb(read(flagged, Policy({})), judge=False)
    assert world.subjects["family/F"].hearing.sources[SOURCE][0] == 0


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
    path = write(tmp_path / "events.jsonl", history(date(2026, 3, 30)))
    (line,) = map(json.loads, touchline("sources", path, "--known-at", "2026-05-20").stdout.splitlines())
    assert line == {
        "site": "S",
        "source": SOURCE,
        "seen": 15,
        "last_heard": "2026-03-30T22:59:59.999999Z",
        "silent_since": "2026-04-03",
        "families_unknown": ["family/F"],
    }
    assert "CONTACT_OVERDUE" in touchline("board", path, "--known-at", "2026-05-20").stdout
