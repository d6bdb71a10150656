"""The feed's page, through the web application and without Kafka.

Pages, filters, what is unknown, and what is not sent twice.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from projections.policy import Policies, Policy
from projections.watch.hearing import Heard
from projections.watch.judge import explain
from streams.clock import now
from streams.kafka.client import Stored
from streams.readmodel.database import open_database
from tests.board import NoKafka, StillReader, get, web_of
from tests.properties.test_writable import BEGIN, Service, ground
from tests.unit.test_listing import saved, take, transition

DAY = 86_400_000_000
ROW = re.compile(r'<li id="alert-([^"]+)" data-subject="([^"]+)" data-rule="([A-Z_]+)"')


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{tmp_path / 'board.db'}")
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
    """Fifty alerts a page, each on one page, with the way to the one before and the next.

    The count of the whole rule.
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
        assert f"<p>Page {number} of 3</p>" in page.text
        assert "80 red and 40 amber" in page.text
        assert '<span class="count">(120)</span>' in page.text
        assert f"page {number} of 3 – Touchline</title>" in page.text
    assert 'rel="prev"' not in first.text
    assert 'href="/" rel="prev"' in second.text
    assert 'href="/?page=3" rel="next"' in second.text
    assert 'rel="next"' not in last.text


def test_filters_are_a_plain_form_and_are_kept_on_the_next_page(engine: Engine) -> None:
    """What was chosen is chosen still, the counts are those of what is asked for, and one link shows all again."""
    take(engine, *many(240), transition("raised", "p", "PLAN_MISSING", "family/f000", site="south"))
    web = web_of(engine)
    chosen, overdue, nothing, wrong = get(
        web, "/?site=south&rule=&severity=red", "/?rule=CONTACT_OVERDUE", "/?site=nowhere", "/?rule=NO_RULE"
    )
    assert "81 red and 0 amber" in chosen.text
    assert '<option value="south" selected>South</option>' in chosen.text
    assert '<option value="red" selected>red</option>' in chosen.text
    assert 'href="/?site=south&amp;severity=red&amp;page=2"' in chosen.text
    assert '<a href="/">Show all</a>' in chosen.text
    assert "PLAN_MISSING –" not in overdue.text
    assert "160 red and 80 amber" in overdue.text
    for page in (nothing, wrong):
        assert page.status_code == 200
        assert ids(page.text) == []
        assert "No alert is open" in page.text
    assert "Show all" not in get(web, "/")[0].text
    for label in ("site", "rule", "severity"):
        assert f'for="{label}">' in chosen.text


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
    feed, metrics, page = get(web_of(engine), "/", "/metrics", "/subjects/family/f03")
    assert feed.text.count('data-source="/a"') == 1
    assert "30 families unknown since then" in feed.text
    assert feed.text.count(": unknown since") == 20
    assert "and 10 more" in feed.text
    assert "63 red and 0 amber" in feed.text
    overdue = get(web_of(engine), "/?rule=CONTACT_OVERDUE")[0]
    assert ids(overdue.text) == ["CONTACT_OVERDUE-family/other"]
    assert "touchline_sources_silent 1.0" in metrics.text
    assert 'touchline_alerts_open{rule="CONTACT_OVERDUE",severity="red",site="north"} 31.0' in metrics.text
    assert "Unknown since" in page.text
    assert re.findall(r'<li data-rule="([A-Z_]+)"', page.text) == ["ONE_AGENCY", "PLAN_MISSING"]


def test_only_the_first_and_the_last_of_many_reasons_are_in_the_feed(engine: Engine) -> None:
    """So that a page stays small; the family's page has them all."""
    reasons = [{"code": "working-days-of", "number": number} for number in range(30)]
    take(engine, transition("raised", "a", "CONTACT_OVERDUE", "family/f", reasons=reasons))
    (page,) = get(web_of(engine), "/")
    assert page.text.count("working days of") == 8
    assert '22 more are on the page of <a href="/subjects/family/f">' in page.text


def test_a_page_of_the_longest_alerts_is_small(engine: Engine) -> None:
    """Fifty alerts with many reasons and long names are at most a hundred thousand bytes."""
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
    assert len(page.content) <= 100_000


def test_a_browser_that_has_the_page_is_told_so_until_something_changes(engine: Engine) -> None:
    """The answer has a tag; asked for again with it there is no body.

    After a change, or when Kafka goes, there is.
    """
    take(engine, *many(3))
    reader = StillReader()
    web = web_of(engine, NoKafka(reader))
    (first,) = get(web, "/")
    tag = {"if-none-match": first.headers["etag"]}
    (again,) = get(web, "/", **tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"]
    (other,) = get(web, "/?site=north", **tag)
    assert other.status_code == 200
    reader.connected = False
    (away,) = get(web, "/", **tag)
    assert "Kafka cannot be reached" in away.text
    reader.connected = True
    take(engine, transition("cleared", "a001", "CONTACT_OVERDUE", "family/f001"))
    (changed,) = get(web, "/", **tag)
    assert ids(changed.text) == ["a002", "a000"]


def test_the_day_of_the_next_contact_stands_beside_a_family_without_cover(engine: Engine) -> None:
    """It is the one that the rule itself gives; a family of which nothing is saved has none."""
    service = Service()
    for number, event in enumerate(ground()):
        service.say(event, BEGIN + number * 1_000_000)
    reasons = [
        {
            "code": "absence",
            "kinds": ["maternity"],
            "from": "2026-06-01",
            "to": None,
            "families_without_cover": ["F", "G"],
        }
    ]
    take(
        engine,
        *(record._replace(offset=number) for number, record in enumerate(service.sent)),
        transition("raised", "gap", "COVER_GAP", "worker/W", reasons=reasons),
    )
    policies = Policies.one(Policy({}))
    subject = service.started().subject(b"family/F").subject
    (verdict,) = explain(subject, now(), policies.at(now()), "CONTACT_AT_RISK")
    (day,) = (reason["on"] for reason in verdict["reasons"] if reason["code"] == "falls-due")
    for _ in range(2):
        text = " ".join(get(web_of(engine, policies=policies), "/?rule=COVER_GAP")[0].text.split())
        assert f'<a href="/subjects/family/F">family F</a>: {day}' in text
        assert '<a href="/subjects/family/G">family G</a>: not known' in text
