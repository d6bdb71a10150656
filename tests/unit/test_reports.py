"""Reports: the figures by hand, and that no small cell can be seen or worked out."""

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.instants import moment, zone
from projections.policy import Policies, Policy
from projections.views.reports import ALL_SITES, LEAST, MEASURES, Figure, _of_measure, _Site, figures, figures_of, sums
from projections.watch.world import World
from streams.board.plots import plots
from streams.simulate import Plan, Simulation
from tests.commands import touchline
from tests.events import Json, allocated, contact, event, registered, write
from tests.oracle.compare import read

LONDON = zone("Europe/London")
FIRST = date(2026, 3, 2)
EVERY = [0, 4, 10, 24, 38]  # days of the contacts after 2 March: 4, 6, 14 and 14 days apart


def service(site: str, families: int) -> list[Json]:
    """Families with the same contacts, and one attempt each; workers with timesheets of 2 hours of 4."""
    events = []
    for number in range(families):
        family, worker = f"{site}-f{number}", f"{site}-w{number}"
        employed = {"worker": worker, "site": site, "agency": "health"}
        agreed = {"worker": worker, "hours_per_week": 4, "starts_on": "2026-03-02"}
        week = {"worker": worker, "week": "2026-W10", "hours_used": 2}
        attempt = contact(family, worker, outcome="voicemail", initiated_by="unknown")
        events += [
            registered(family, "2026-03-02", site),
            event("worker.registered", f"r{worker}", employed, "2026-03-02"),
            allocated(family, worker, "2026-03-02"),
            event("protected_time.agreed", f"p{worker}", agreed, "2026-03-02"),
            event("week.recorded", f"t{worker}", week, "2026-03-09"),
            *(
                event("contact.recorded", f"c{family}{days}", contact(family, worker), FIRST + timedelta(days))
                for days in EVERY
            ),
            event("contact.recorded", f"v{family}", attempt, "2026-03-03"),
        ]
    return events


def report(events: list[Json], at: str) -> dict[tuple[str, str], Figure]:
    world = World(Policies.one(Policy({})))
    known = moment(at, LONDON)
    world.absorb((each for each in read(events, Policy({})) if each.known <= known), judge=False)
    return {(each.site, each.measure): each for each in figures(world.subjects.values(), known, Policy({}))}


def test_a_manager_is_not_told_of_conflicts_with_their_agency_by_a_figure() -> None:
    """For a manager of health 100 alerts for 100 families fewer are open, at the site and at all.

    Of six families each has a conflict with health, and five have one with education. No other figure differs.
    """
    events = service("S", 6)
    for number in range(6):
        for agency in ("health", "education")[: 1 if number == 5 else 2]:
            said = {"family": f"S-f{number}", "worker": f"S-w{number}", "agency": agency}
            events.append(event("conflict.declared", f"{agency}{number}", said, "2026-03-04"))
    at = moment("2026-05-04", LONDON)
    world = World(Policies.one(Policy({})))
    world.absorb(read(events, Policy({})), judge=False)
    known = sums(world.subjects.values(), at, Policy({}))
    all_, health, both = (
        {(each.site, each.measure): each for each in figures_of(known, never)}
        for never in (frozenset[str](), frozenset({"health"}), frozenset({"health", "education"}))
    )
    assert list(all_.values()) == figures(world.subjects.values(), at, Policy({}))
    for key, figure in all_.items():
        if key[1] != "alerts_per_100_families":
            assert health[key] == both[key] == figure
        else:
            before, without, with_neither = (each[key].value for each in (all_, health, both))
            assert before is not None
            assert without == pytest.approx(before - 100)
            assert with_neither == pytest.approx(before - 100 - 500 / 6, abs=0.06)


def test_the_figures_by_hand() -> None:
    """For six families: four intervals each, five of six contacts achieved, half of the protected time used."""
    shown = report(service("north", 6) + service("south", 5), "2026-04-20")
    assert shown["north", "families"] == Figure("north", "families", 6, None, None, 6)
    assert shown["north", "days_between_contacts"] == Figure("north", "days_between_contacts", 10.0, 5.5, 14.0, 6)
    assert shown["north", "share_achieved"] == Figure("north", "share_achieved", 0.8333, None, None, 36)
    assert shown["north", "share_initiator_known"].value == 0.8333
    assert shown["north", "protected_time_used"] == Figure("north", "protected_time_used", 0.5, None, None, 6)
    assert shown[ALL_SITES, "families"].value == 11
    assert shown[ALL_SITES, "share_achieved"].basis == 66


def test_as_known_then() -> None:
    """An earlier K knows less."""
    events = service("north", 6)
    early = report(events, "2026-03-10")
    assert early["north", "days_between_contacts"].value == 4.0
    assert early["north", "share_achieved"].basis == 18
    assert report(events, "2026-04-20")["north", "share_achieved"].basis == 36


def test_a_small_site_is_not_shown_nor_to_be_had_by_subtraction() -> None:
    """The figure of all sites would give it away, so that is suppressed too; the large site stays."""
    shown = report(service("north", 6) + service("south", 4), "2026-04-20")
    assert shown["south", "families"].suppressed
    assert shown[ALL_SITES, "families"].suppressed
    assert shown["north", "families"].value == 6
    for figure in shown.values():
        assert figure.basis is None or figure.basis >= LEAST


COUNTS = st.integers(min_value=0, max_value=30)


@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS), min_size=1, max_size=5))
def test_no_small_cell_is_seen_or_worked_out(rows: list[tuple[int, int, int, int, int]]) -> None:
    """Whatever the counts: what is shown counts five or more on both sides.

    No hidden cell is the difference of shown ones.
    """
    sites = {}
    for number, (families, achieved, failed, without_cover, alerts) in enumerate(rows):
        sites[f"s{number}"] = _Site(
            families=families,
            contacts=achieved + failed,
            achieved=achieved,
            initiator_known=achieved,
            alerts=alerts,
            without_cover=min(without_cover, families),
            workers=families,
            families_with_gaps=families,
            gaps=[3, 4, 9] * families,
        )
    together = _Site()
    for each in sites.values():
        together.add(each)
    for measure in MEASURES:
        *of_sites, total = _of_measure(measure, sites, together)
        for figure, site in zip(of_sites, sites.values(), strict=True):
            assert figure.suppressed == (min(measure.counts(site)) < LEAST)
            assert figure.suppressed or figure.basis is not None
            assert (figure.value is None) or not figure.suppressed
        hidden = [figure for figure in of_sites if figure.suppressed]
        assert total.suppressed or not hidden


def test_no_line_is_about_a_worker(tmp_path: Path) -> None:
    """JSON lines, CSV and a table say the same; sites and all sites alone."""
    path = write(tmp_path / "events.jsonl", service("north", 6))
    lines = [json.loads(line) for line in touchline("report", path, "--known-at", "2026-04-20").stdout.splitlines()]
    assert {line["site"] for line in lines} == {"north", ALL_SITES}
    assert "north-w" not in json.dumps(lines)
    rows = list(csv.DictReader(io.StringIO(touchline("report", path, "--known-at", "2026-04-20", "--csv").stdout)))
    assert [row["measure"] for row in rows] == [line["measure"] for line in lines]
    assert [row["value"] for row in rows] == ["" if line["value"] is None else str(line["value"]) for line in lines]
    assert "not shown" in touchline("report", path, "--known-at", "2026-04-20", "--format", "table").stdout


def test_plots_are_to_scale() -> None:
    """Marks lie within the scale, in order of their values; shares end at 100 %."""
    world = World(Policies.one(Policy({})))
    world.absorb(read(list(Simulation(Plan(40, 12, 1, date(2026, 6, 30))).events()), Policy({})), judge=False)
    drawn = plots(figures(world.subjects.values(), moment("2026-06-30", LONDON), Policy({})))
    assert [plot.name for plot in drawn] == [measure.name for measure in MEASURES]
    for plot in drawn:
        assert [mark.site for mark in plot.marks][-1] == ALL_SITES
        places = [(mark.figure.value, mark.at) for mark in plot.marks if mark.at is not None]
        assert [at for _, at in sorted(places)] == sorted(at for _, at in places)
        assert all(0 <= at <= 360 for _, at in places)
    assert next(plot for plot in drawn if plot.name == "share_achieved").ticks[-1][1] == "100 %"
    assert next(plot for plot in drawn if plot.name == "families").between.startswith(
        "Between the sites: from 19 to 20"
    )


@pytest.mark.parametrize("arguments", [("--days", "3"), ("--known-at", "soon")])
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, str]) -> None:
    """Exit code 2."""
    path = tmp_path / "events.jsonl"
    path.write_text("", "utf-8")
    assert touchline("report", path, *arguments).returncode == 2
