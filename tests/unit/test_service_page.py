"""The page about the service: how many for some, which for others, and what stands in a record for auditors alone."""

from pathlib import Path

import pytest

from streams.identity.person import Grant, Person
from streams.kafka.client import Stored
from streams.kafka.quarantine import Refusal
from tests.identity import Site

PEOPLE = {
    role: Person(f"p.{role}", role, (Grant.parse(f"{role}:all"),)) for role in ("coordinator", "auditor", "operator")
}
RECORD = b'{"subject":"family/<b>f00022</b>"}'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A board whose service has refused one record and parked one subject."""
    made = Site(tmp_path, "local", *PEOPLE.values())
    place, stored = "contact/2/17", Stored("quarantine", 0, 0, 0, None, RECORD, ())
    made.broker.refused = [Refusal(0, "invalid-data", "/data/outcome", "should be one of attended", place, stored)]
    made.broker.reader.quarantined = 1
    return made


@pytest.mark.parametrize(
    ("role", "which", "record", "repairs"),
    [("coordinator", False, False, False), ("auditor", True, True, False), ("operator", True, False, True)],
)
def test_quarantine(site: Site, role: str, which: bool, record: bool, repairs: bool) -> None:
    """CONTRACT: counts; place, reason and field; the record itself; and what releases it."""
    page = site.signed_in(PEOPLE[role]).get("/service").text
    assert 'Records in quarantine</dt><dd class="govuk-summary-list__value">1</dd>' in page
    assert ("contact/2/17" in page) is which
    assert ("invalid data" in page) is which
    assert ("/data/outcome" in page) is which
    assert ("f00022" in page) is record
    assert ("should be one of" in page) is record
    assert "<b>f00022" not in page
    assert ("touchline quarantine release" in page) is repairs


def test_while_kafka_is_away(site: Site) -> None:
    """It is said so, and the page is there."""
    site.broker.away = True
    page = site.signed_in(PEOPLE["auditor"]).get("/service")
    assert page.status_code == 200
    assert "so that this cannot be shown" in page.text
