"""The desk's views, through the web application and without Kafka.

Pages, filters, what is unknown, and what is not sent twice.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from projections.reasoning.told import Told
from projections.watch.hearing import Heard
from streams.board.judging import Judging
from streams.clock import now
from streams.kafka.client import Stored
from tests.board import NoKafka, StillReader, get, web_of
from tests.databases import board_database
from tests.unit.test_listing import saved, take, transition

DAY = 86_400_000_000
ROW = re.compile(r'<li id="alert-([^"]+)" data-row data-alert="[^"]+" data-subject="([^"]+)" data-rule="([A-Z_]+)"')


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = board_database(tmp_path / "board.db")
    yield made
    made.dispose()


def many(count: int = 120) -> list[Stored]:
    """Overdue contacts, every third of them amber, at two sites in turn."""
    return [
        transition(
            "raised",
            f"a{number:03}",
            "CONTACT_OVERDUE",
            f"family/f{number:03}",
            severity="red" if number % 3 else "amber",
            site="north" if number % 2 else "south",
        )
        for number in range(count)
    ]


def ids(text: str) -> list[str]:
    return [row[0] for row in ROW.findall(text)]


def test_the_feed_is_turned_page_by_page(engine: Engine) -> None:
    """Fifty alerts a page, each on one page, red first, with the way to the one before and the next.

    The counts are those of all pages.
    """
    take(engine, *many())
    first, second, last, beyond = get(web_of(engine), "/", "/?page=2", "/?page=3", "/?page=99")
    pages = [ids(each.text) for each in (first, second, last)]
    assert [len(page) for page in pages] == [50, 50, 20]
    reds = [f"a{number:03}" for number in range(120) if number % 3]
    ambers = [f"a{number:03}" for number in range(0, 120, 3)]
    assert [each for page in pages for each in page] == reds + ambers
    assert ids(beyond.text) == pages[2]
    for number, page in enumerate((first, second, last), 1):
        assert f"Page {number} of 3</p>" in page.text
        assert "80 red and 40 amber" in page.text
        assert '<span class="count">120</span>' in page.text
        assert f"To do, page {number} of 3 – Touchline</title>" in page.text
    assert 'rel="prev"' not in first.text
    assert 'rel="prev" href="/"' in second.text
    assert 'rel="next" href="/?page=3"' in second.text
    assert 'rel="next"' not in last.text


def test_filters_are_a_plain_form_and_are_kept_on_the_next_page(engine: Engine) -> None:
    """What was chosen is chosen still, the counts are those of what is asked for, and links take it away again."""
    take(engine, *many(240), transition("raised", "p", "PLAN_MISSING", "family/f000", site="south"))
    web = web_of(engine)
    chosen, overdue, nothing, wrong = get(
        web, "/?site=south&rule=&severity=red", "/?rule=CONTACT_OVERDUE", "/?site=nowhere", "/?rule=NO_RULE"
    )
    assert "81 red and 0 amber" in chosen.text
    assert '<option value="south" selected>South</option>' in chosen.text
    assert '<option value="red" selected>Red</option>' in chosen.text
    assert 'href="/?site=south&amp;severity=red&amp;page=2"' in chosen.text
    assert re.search(r'href="/\?severity=red"><span class="hidden">Remove </span>Site: south', chosen.text)
    assert 'data-rule="PLAN_MISSING"' not in overdue.text
    assert "160 red and 80 amber" in overdue.text
    for page in (nothing, wrong):
        assert page.status_code == 200
        assert ids(page.text) == []
        assert "No alert is open" in page.text
    assert "Remove all filters" not in get(web, "/")[0].text
    for label in ("site", "rule", "severity", "assigned", "agency", "since", "q"):
        assert f'for="{label}">' in chosen.text


def test_a_date_that_is_none_is_said_at_the_field_and_above(engine: Engine) -> None:
    """Nothing is left out because of it; yesterday needs no date."""
    take(engine, *many(3))
    wrong, yesterday = get(web_of(engine), "/?since=2026-02-31", "/?since=yesterday")
    assert wrong.status_code == 422
    assert '<a href="#since">The date should be a date that exists.</a>' in wrong.text
    assert len(ids(wrong.text)) == 3
    assert (yesterday.status_code, ids(yesterday.text)) == (200, [])
    assert "No alert is open" in yesterday.text


def test_an_id_leads_to_its_page(engine: Engine) -> None:
    """A family's, a worker's, an alert's; several are listed; one that is not there is said."""
    alert = "6f1c3f7e-0d6b-5c0e-9d0c-4f2d3c1b2a19"
    take(engine, *many(3), transition("raised", alert, "CONTACT_OVERDUE", "family/x"))
    take(engine, transition("raised", "b", "COVER_GAP", "worker/x"), saved("site/y", None, {}))
    family, whole, of_alert, site, several, none = get(
        web_of(engine), "/?q=f001", "/all?q=family/f002", f"/?q={alert.upper()}", "/?q= y", "/?q=x", "/?q=zz%3Ci%3E"
    )
    assert [each.headers.get("location") for each in (family, whole, of_alert, site)] == [
        "/subjects/family/f001",
        "/subjects/family/f002",
        "/subjects/family/x",
        "/subjects/site/y",
    ]
    assert {'<a href="/subjects/family/x">', '<a href="/subjects/worker/x">'} <= set(
        re.findall(r'<a href="/subjects/\w+/x">', several.text)
    )
    assert "No family, worker, site or alert that you may see has the id zz&lt;i&gt;." in none.text


def test_each_view_has_its_alerts(engine: Engine) -> None:
    """To do is what nobody attends to and is mine or nobody's; one subject is one line; the tabs count the same."""
    give = {"assigned_by": "p.9", "attention": "new"}
    take(
        engine,
        *many(6),
        transition("raised", "w", "COVER_GAP", "worker/w", site="north"),
        transition("raised", "f", "PLAN_MISSING", "family/f001", site="north", severity="amber"),
        transition("attended", "a001", "CONTACT_OVERDUE", "family/f001", attention="acknowledged", by="p.1"),
        transition("attended", "a002", "CONTACT_OVERDUE", "family/f002", assigned_to="p.7", **give),
        transition("attended", "a004", "CONTACT_OVERDUE", "family/f004", assigned_to="this-machine", **give),
    )
    to_do, families, workers, everything, snoozed = get(
        web_of(engine), "/", "/families", "/workers", "/all", "/snoozed"
    )
    assert sorted(ids(to_do.text)) == ["a000", "a003", "a004", "a005", "f", "w"]
    assert len(ids(everything.text)) == 8
    assert ids(snoozed.text) == ["a001"]
    tabs = re.findall(r'moj-sub-navigation__link".*?<span class="count">(\d+)<span', to_do.text)
    assert tabs == ["6", "7", "1", "8"]
    assert "6 families: 4 red and 3 amber, most serious first." in families.text
    lines = re.findall(r'<li data-row data-subject="([^"]+)"', families.text)
    assert lines == [f"family/f00{number}" for number in (1, 2, 4, 5, 0, 3)]
    assert re.findall(r'<li data-row data-subject="([^"]+)"', workers.text) == ["worker/w"]


def test_a_row_says_what_to_do_and_lets_one_do_it(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The headline, what clears it, what comes next; a press takes it; the forms come back to this page."""
    told = Told("2 families have no cover.", "f1, due 18 Dec.", "cover is arranged.", "it becomes red on 5 June 2026.")
    key = ("worker/w", "COVER_GAP", "")
    monkeypatch.setattr(Judging, "told", lambda *_args: {key: told})
    take(engine, transition("raised", "w", "COVER_GAP", "worker/w", site="north"))
    (page,) = get(web_of(engine), "/?site=north")
    assert "2 families have no cover: f1, due 18 Dec.</p>" in page.text
    assert "To clear this: cover is arranged.<br>If nothing changes: it becomes red on 5 June 2026." in page.text
    assert page.text.count('<input type="hidden" name="seen" value="w:') == 2, "of the row and of the selection"
    assert 'name="next" value="/?site=north"' in page.text
    assert re.findall(r'name="what" value="(\w+)"', page.text) == [
        *("acknowledge", "snooze", "assign", "take"),
        *("acknowledge", "take", "assign", "snooze"),
    ]
    once = set(re.findall(r'name="once" value="([^"]+)"', page.text))
    assert not once & set(re.findall(r'name="once" value="([^"]+)"', get(web_of(engine), "/")[0].text))


def test_a_list_says_why_it_is_empty(engine: Engine) -> None:
    """Nothing known, nothing flagged, nothing left to do: each is another thing."""
    assert "Nothing is known yet." in get(web_of(engine), "/")[0].text
    take(engine, saved("family/f", "north", {}))
    assert "Nothing is flagged" in get(web_of(engine), "/")[0].text
    take(
        engine,
        *many(1),
        transition("attended", "a000", "CONTACT_OVERDUE", "family/f000", attention="snoozed", by="p.1"),
    )
    to_do, workers = get(web_of(engine), "/", "/workers")
    assert "Nothing is left to do." in to_do.text
    assert "for any worker" in workers.text


def test_what_is_new_since_a_page_was_made(engine: Engine) -> None:
    """New, cleared and gone are counted for the list that is shown; what was said of its alerts is told."""
    take(engine, *many(120))
    web = web_of(engine)
    after = int(re.findall(r'data-after="(\d+)"', get(web, "/")[0].text)[0])
    said = {"attention": "acknowledged", "by": "p.1"}
    take(
        engine,
        transition("raised", "n1", "PLAN_MISSING", "family/f001"),
        transition("raised", "n2", "PLAN_MISSING", "family/f002", severity="amber"),
        transition("cleared", "n2", "PLAN_MISSING", "family/f002", severity="amber"),
        transition("cleared", "a001", "CONTACT_OVERDUE", "family/f001"),
        transition("attended", "a002", "CONTACT_OVERDUE", "family/f002", **said),
        transition("revised", "a119", "CONTACT_OVERDUE", "family/f119"),
        transition("attended", "a004", "CONTACT_OVERDUE", "family/f004", attention="new", why="lapsed"),
    )
    to_do, everything, red = (
        each.json()
        for each in get(web, f"/?after={after}", f"/all?after={after}", f"/all?severity=amber&after={after}")
    )
    assert (to_do["new"], to_do["cleared"], to_do["gone"], to_do["many"]) == (1, 1, 1, False)
    assert (everything["new"], everything["cleared"], everything["gone"]) == (1, 1, 0)
    assert "cknowledged by p.1" in everything["attention"]["a002"]
    assert "a119" in to_do["attention"], "it is listed as before, on whatever page"
    assert (red["new"], red["cleared"], red["gone"]) == (0, 0, 0)
    (later,) = get(web, f"/?after={after + 7}")
    assert later.json() == {"new": 0, "cleared": 0, "gone": 0, "many": False, "attention": {}}


def test_what_is_unknown_is_listed_once_with_its_source(engine: Engine) -> None:
    """It is no alert on the feed or on its family's page.

    What began before the silence, or asks for no contact, stays.
    """
    silent, recent = now() - 200 * DAY, now()
    families = [f"family/f{number:02}" for number in range(30)]
    since_of = {"CONTACT_OVERDUE": "2999-01-01", "PLAN_MISSING": "2999-01-01", "ONE_AGENCY": "2020-01-01"}
    take(
        engine,
        *(saved(name, "north", {"/a": Heard(20, silent, 2)}) for name in families),
        saved("family/other", "north", {"/a": Heard(20, silent, 2), "/b": Heard(1, recent, 1)}),
        *(
            transition("raised", f"{rule}-{name}", rule, name, since=since)
            for name in (*families, "family/other")
            for rule, since in since_of.items()
        ),
    )
    feed, listed, metrics, page = get(web_of(engine), "/", "/silent", "/metrics", "/subjects/family/f03")
    assert "1 source has fallen silent." in feed.text
    assert listed.text.count('data-source="/a"') == 1
    assert "30 families unknown since then" in listed.text
    assert listed.text.count(": unknown since") == 20
    assert "and 10 more" in listed.text
    assert "63 red and 0 amber" in feed.text
    overdue = get(web_of(engine), "/?rule=CONTACT_OVERDUE")[0]
    assert ids(overdue.text) == ["CONTACT_OVERDUE-family/other"]
    assert "touchline_sources_silent 1.0" in metrics.text
    assert 'touchline_alerts_open{rule="CONTACT_OVERDUE",severity="red",site="north"} 31.0' in metrics.text
    assert "Unknown since" in page.text
    assert re.findall(r'<li data-rule="([A-Z_]+)"', page.text) == ["ONE_AGENCY", "PLAN_MISSING"]


def test_a_page_of_the_longest_alerts_is_small(engine: Engine) -> None:
    """Fifty alerts with many reasons and long names are at most a hundred and ten thousand bytes."""
    reason = {
        "code": "did-not-count",
        "on": "2026-05-01",
        "outcome": "attended",
        "why": ["not-by-worker", "not-two-way"],
    }
    name = "f" * 32
    take(
        engine,
        *(
            transition(
                "raised", f"{number:036}", "HOME_VISITS_SQUEEZED", f"family/{name}{number}", reasons=[reason] * 40
            )
            for number in range(120)
        ),
    )
    (page,) = get(web_of(engine), "/?page=2")
    assert len(ids(page.text)) == 50
    assert len(page.content) <= 110_000


def test_a_page_says_that_kafka_is_away(engine: Engine) -> None:
    """As long as it is."""
    take(engine, *many(3))
    reader = StillReader(connected=False)
    web = web_of(engine, NoKafka(reader))
    assert "Kafka cannot be reached" in get(web, "/")[0].text
    reader.connected = True
    assert "Kafka cannot be reached" not in get(web, "/")[0].text
