"""One sheet for a supervision session: what it says, and to whom."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from events.instants import Day
from events.subject_name import SubjectName
from projections.reasoning.phrases import short_day
from projections.views.sheet import WEEKS, Attempt, FamilyLine, WorkerPart, family_line, worker_part
from streams.board.in_force import InForce
from streams.board.judging import Judging
from streams.identity.person import Grant, Person
from streams.readmodel import queries
from tests.board import POLICIES, NoKafka, get, web_of
from tests.caseload import TODAY, ago, caseload, fill
from tests.events import event
from tests.identity import Site

PEOPLE = {
    who: Person(f"p.{number}", who.capitalize(), (Grant.parse(grant),))
    for number, (who, grant) in enumerate(
        {
            "coordinator": "coordinator:north",
            "themselves": "key_worker:north:w1",
            "auditor": "auditor:all",
            "manager": "manager:north:health",
            "another": "key_worker:north:w2",
            "elsewhere": "coordinator:south",
            "of another agency": "manager:north:education",
            "operator": "operator:all",
        }.items()
    )
}


def weeks() -> list[dict[str, object]]:
    """Hours of the last twelve weeks: of four agreed 4, then 3, then 2 are used."""
    agreed = {"worker": "w1", "hours_per_week": 4, "starts_on": str(ago(100))}
    lines = [event("protected_time.agreed", "t1", agreed, ago(100))]
    for back in range(1, WEEKS + 1):
        monday = ago(TODAY.weekday() + 7 * back)
        year, week, _ = monday.isocalendar()
        data = {"worker": "w1", "week": f"{year}-W{week:02}", "hours_used": 2 + (back - 1) // 4, "hours_lost": 1}
        displaced = ["caseload", "travel"] if back == 1 else ["caseload"]
        lines.append(event("week.recorded", f"h{back}", {**data, "displaced_by": displaced}, ago(1)))
    return lines


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, "local", *PEOPLE.values())
    fill(made.board, [*caseload(), *weeks()])
    yield made
    made.engine.dispose()
    made.board.dispose()


def parts(site: Site) -> tuple[WorkerPart, dict[str, FamilyLine]]:
    """What the sheet is made of."""
    judging = Judging(InForce(POLICIES, NoKafka()))
    with site.board.connect() as connection:
        name = SubjectName.of("worker", "w1")
        (worker,) = judging.ask(connection, [name], lambda each, policy, at: worker_part(each, at, policy)).values()
        families = queries.names_at(connection, "family", None)
        lines = judging.ask(connection, families, lambda each, policy, at: family_line(each, "w1", at, policy))
    return worker, {line.family: line for line in lines.values()}


def on(days: int) -> Day:
    return Day(ago(days).toordinal())


def test_what_it_says_of_a_family(site: Site) -> None:
    """The last contact that counts, who was reached by it, what was tried since, liaison and plan."""
    _, lines = parts(site)
    line = lines["f1"]
    assert (line.key_worker_since, line.contact, line.by) == (on(60), on(12), ("w1",))
    assert line.attempts == (Attempt(on(3), "telephone", "voicemail"),)
    assert [(party.person, party.reached) for party in line.parties] == [
        ("parent", on(12)),
        ("carer", on(12)),
        ("grandparent", None),
    ]
    assert (line.liaison, line.liaison_with) == (on(20), "education")
    assert (line.interval, line.plan_from, line.review_due) == (15, on(55), on(-30))
    assert line.due is not None
    assert line.due > on(12)
    assert (lines["f2"].contact, lines["f2"].attempts, lines["f2"].plan_from) == (None, (), None)
    assert lines["f3"].key_worker_since is None, "it is covered"


def test_what_it_says_of_hours(site: Site) -> None:
    """Twelve weeks that have ended, the latest first, and what displaced the time most often."""
    worker, _ = parts(site)
    assert [week.used for week in worker.weeks] == [2] * 4 + [3] * 4 + [4] * 4
    assert worker.displaced == (("caseload", 12), ("travel", 1))
    assert (worker.agency, worker.site, worker.hours_agreed) == ("health", "north", "4")
    assert worker.families == ("f1", "f2")
    assert sum(week.agreed for week in worker.weeks) > 0


@pytest.mark.parametrize("who", ["coordinator", "themselves", "auditor"])
def test_who_sees_all_of_it(site: Site, who: str) -> None:
    """Families with their days, hours, and what is flagged of the worker and the families."""
    page = site.signed_in(PEOPLE[who]).get("/workers/w1/sheet")
    assert page.status_code == 200
    assert re.findall(r'<th scope="row"><a href="/subjects/family/(\w+)"', page.text) == ["f1", "f2", "f3"]
    assert short_day(on(12)) in page.text
    assert "Most often displaced by: caseload (12 weeks), travel (1 week)." in page.text
    assert '<a href="/subjects/family/f2">' in page.text.partition('id="flagged"')[2]
    for heading in ("Families", "Protected time of the last 12 weeks", "Flagged now", "To talk about"):
        assert f">{heading}</h2>" in page.text


def test_a_manager_of_the_agency_sees_no_family(site: Site) -> None:
    """How many there are, the hours, and the worker's own alerts."""
    page = site.signed_in(PEOPLE["manager"]).get("/workers/w1/sheet").text
    assert "Key worker of 2 families today." in page
    assert not re.search(r"\bf[1-4]\b", page)
    assert "Most often displaced by" in page


@pytest.mark.parametrize("who", ["another", "elsewhere", "of another agency", "operator"])
def test_to_others_there_is_no_such_worker(site: Site, who: str) -> None:
    """They are answered as for a worker of whom nothing is known."""
    browser = site.signed_in(PEOPLE[who])
    there, unknown = browser.get("/workers/w1/sheet"), browser.get("/workers/w9/sheet")
    assert (there.status_code, unknown.status_code) == (404, 404)
    assert there.text.replace("w1", "w9") == unknown.text


def test_an_absence_is_on_it_with_its_cover(site: Site) -> None:
    """And an id made of markup is shown as text."""
    sheet, odd = get(web_of(site.board), "/workers/w2/sheet", "/workers/%3Cb%3E/sheet")
    text = re.sub(r"<[^>]+>", "", sheet.text)
    assert f"Away from {short_day(on(20))}: sickness, covered by w1." in text
    assert odd.status_code == 404
    assert "<b>" not in odd.text
