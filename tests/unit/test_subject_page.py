"""The page of a family, a worker and a site, through the web application and without Kafka."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Engine

from streams.access.table import families_shown
from streams.access.thing import Thing
from streams.board.forms.form_addresses import mend_address
from streams.board.pages import subject as subject_page
from streams.clock import now
from streams.identity.person import Grant, Person
from streams.readmodel import store
from streams.readmodel.tables import SAVED
from tests.board import get, web_of
from tests.databases import board_database
from tests.events import Json, allocated, contact, event, registered
from tests.properties.test_writable import Service

TODAY = datetime.fromtimestamp(now() / 1e6, UTC).date()
MANAGER = Person("m", "A Manager", (Grant.parse("manager:S:health"),))


def day(before: int) -> date:
    return TODAY - timedelta(days=before)


def history() -> list[Json]:
    """A family whose contact is overdue, with ninety contacts that the family started, of which one was corrected."""
    worker = {"worker": "W", "site": "S", "agency": "health"}
    away = {"worker": "W", "kind": "maternity", "starts_on": str(day(1))}
    corrected = {"event": "c80", "data": contact(initiated_by="family", mode="video"), "reason": "more_detail"}
    return [
        event("site.opened", "o", {"site": "S", "agencies": ["health"]}, day(300)),
        event("worker.registered", "w", worker, day(300)),
        registered("F", day(300)),
        allocated("F", "W", day(300)),
        event("contact.recorded", "own", contact(), day(290)),
        *(event("contact.recorded", f"c{n}", contact(initiated_by="family"), day(n)) for n in range(200, 20, -2)),
        event("event.corrected", "k", corrected, day(15)),
        event("event.voided", "n", {"event": "c90", "family": "F", "workers": ["W"], "reason": "duplicate"}, day(14)),
        event("absence.started", "away", away, day(10)),
    ]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = board_database(tmp_path_factory.mktemp("subject") / "board.db")
    service = Service()
    for line in history():
        service.say(line, now() - (TODAY - date.fromisoformat(line["occurreddate"])).days * 86_400_000_000)
    with made.begin() as connection:
        store.apply(connection, service.sent, "alerts")
    yield made
    made.dispose()


def test_a_familys_page_has_its_parts(engine: Engine) -> None:
    """Summary, what is flagged with its reasons, what is not in one line, the picture with its table, the timeline."""
    (page,) = get(web_of(engine), "/subjects/family/F")
    assert page.status_code == 200
    assert '<a href="/subjects/worker/W">Worker W</a> since' in page.text
    assert "Nobody covers." in page.text
    assert 'data-rule="CONTACT_OVERDUE"' in page.text
    assert "To clear this: " in page.text
    assert "If nothing changes: " in page.text
    assert "How this was worked out" in page.text
    flagged, folded = (
        set(re.findall(rf'{attribute}="([A-Z_]+)"', page.text)) for attribute in ("data-rule", "data-not-flagged")
    )
    assert len(flagged) + len(folded) == 15
    assert f"{len(folded)} checks not flagged" in page.text
    assert 'role="img"' in page.text
    assert 'style="' not in page.text, "the policy of the page forbids it"
    marks = re.findall(
        r'<(?:circle|path|rect) class="mark[^>]*><title>([^<]*)</title>', page.text.partition("picture-key")[0]
    )
    rows = re.findall(r'picture-row"><td[^>]*>[^<]*</td><td[^>]*>([^<]*)</td>', page.text)
    assert sorted(marks) == sorted(rows)
    assert "Telephone: attended. Counts" in marks


def test_the_timeline_is_all_there_page_by_page_and_filtered(engine: Engine) -> None:
    """Newest first, fifty a page; the filters and the days asked for stay in the addresses."""
    first, second, counting, nobody, far = get(
        web_of(engine),
        "/subjects/family/F",
        "/subjects/family/F?page=2",
        "/subjects/family/F?counts=yes",
        "/subjects/family/F?source=nobody",
        "/subjects/family/F?type=contact.recorded&page=" + "9" * 30,
    )
    events = [re.findall(r'data-event="([^"]+)"', page.text) for page in (first, second, counting, nobody, far)]
    assert [len(each) for each in events] == [50, 43, 1, 0, 50]
    assert not set(events[0]) & set(events[1])
    assert 'rel="next" href="/subjects/family/F?page=2#timeline"' in first.text
    assert 'rel="next" href="/subjects/family/F?type=contact.recorded&amp;page=2#timeline"' in far.text
    assert "Nothing of this kind was recorded." in nobody.text
    assert "Corrected on" in first.text
    assert "more detail." in first.text
    assert "timeline-line voided" in first.text
    assert "Does not count: the worker did not start it." in first.text
    corrected, voided = (mend_address("family/F", f"/agency/health/x#{each}") for each in ("c80", "c90"))
    assert f'href="{corrected}"' in first.text
    assert f'href="{voided}"' not in first.text, "it is voided already"


def test_a_manager_is_not_told_which_families_a_worker_has(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many there are stands there; no sentence, no line and no reason names one."""
    (all_of_it,) = get(web_of(engine), "/subjects/worker/W")
    assert "Family F" in all_of_it.text
    assert "without cover: F" in all_of_it.text
    monkeypatch.setattr(subject_page, "person_of", lambda _request: MANAGER)
    (page,) = get(web_of(engine), "/subjects/worker/W")
    assert page.status_code == 200
    assert 'data-rule="COVER_GAP"' in page.text
    assert "family/F" not in page.text
    assert not re.search(r"[Ff]amil(y|ies) F\b|: F\b", page.text)
    assert families_shown(MANAGER, Thing("worker", "worker/W", "S", "health")) is False


def test_a_site_has_a_page(engine: Engine) -> None:
    """With what it is about; a subject that nobody has heard of has none."""
    site, nobody = get(web_of(engine), "/subjects/site/S", "/subjects/site/T")
    assert (site.status_code, nobody.status_code) == (200, 404)
    assert "Nobody is in post" in site.text
    assert "Health: empty" in site.text


def test_what_cannot_be_read_is_said_and_alerts_are_shown_as_published(engine: Engine, tmp_path: Path) -> None:
    """The page goes on without a summary and a picture."""
    broken = board_database(tmp_path / "board.db")
    with engine.connect() as there, broken.begin() as here:
        for table in store.METADATA.sorted_tables:
            rows = [dict(row) for row in there.execute(table.select()).mappings()]
            if rows:
                here.execute(delete(table))
                here.execute(table.insert(), rows)
        here.execute(SAVED.update().values(value=b"\x04 not what was written"))
    (page,) = get(web_of(broken), "/subjects/family/F")
    broken.dispose()
    assert page.status_code == 200
    assert "Not all can be shown." in page.text
    assert 'data-rule="CONTACT_OVERDUE"' in page.text
    assert 'role="img"' not in page.text
