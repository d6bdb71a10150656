"""The published JSON Schema and `accept` agree: what one takes the other takes."""

import json
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from events.accept import Refused, accept
from events.catalogue import KNOWN
from events.instants import zone
from events.schema import json_schema
from tests.events import Json, event
from tests.properties import extremes

LONDON = zone("Europe/London")
FORMATS = FormatChecker(formats=["date"])
VALIDATORS = {
    full: Draft202012Validator(json_schema(f"{name}.v{version}"), format_checker=FORMATS)
    for full, (name, version) in KNOWN.items()
}
UNSAID = (
    "should not be before starts_on",
    "should be another worker than worker",
    "should be one of the subjects that the data names",
    "at most 24 hours after it became known",
    "should be an instant that exists",
    "should be an instant from 1900-01-01 to 9999-12-30",
    "should be a week that exists",
    "should be a date that exists",
    "digits before and behind the point",
)
"""What a schema cannot say.

How fields go together, which dates there are in a calendar, and how many digits a number has.
"""


def is_valid(event: Json) -> bool:
    """What the schema says."""
    kind = event.get("type")
    return isinstance(kind, str) and kind in VALIDATORS and VALIDATORS[kind].is_valid(event)


def refusal(event: Json) -> Refused | None:
    """What `accept` says."""
    try:
        accept(json.dumps(event).encode(), LONDON)
    except Refused as error:
        return error
    return None


def agree(event: Json) -> None:
    refused = refusal(event)
    if refused is None:
        assert is_valid(event), [each.message for each in VALIDATORS[event["type"]].iter_errors(event)]
    elif is_valid(event):
        assert any(each in refused.message for each in UNSAID), str(refused)


@given(extremes.events())
def test_they_agree_on_events_at_and_beyond_every_limit(event: Json) -> None:
    """Made from the schema, with a fault now and then."""
    agree(event)


@given(extremes.events(wild=False))
def test_what_the_schema_makes_is_accepted(event: Json) -> None:
    """Made from the schema alone."""
    agree(event)


@given(st.sampled_from(["time", "occurreddate", "recordedtime"]), st.sampled_from(extremes.INSTANTS + extremes.DATES))
def test_they_agree_on_every_edge_of_time(attribute: str, text: str) -> None:
    """Each attribute with each edge, and both or neither of the two that exclude each other."""
    described = event("role.described", "1", {"worker": "W"}, source="/s")
    when = {"time": "2026-06-01T10:00:00Z"} if attribute == "recordedtime" else {}
    agree({**described, **when, attribute: text})
    agree({**described, attribute: None})
    agree({**described, "time": "2026-06-01T10:00:00Z", "occurreddate": None})
    agree({**described, "time": "2026-06-01T10:00:00Z", "occurreddate": "2026-06-01"})


def test_a_date_pattern_takes_what_a_calendar_can_have() -> None:
    """Every day from 1900 to 9999 by the first of its month, and no day before."""
    pattern = re.compile(
        VALIDATORS["touchline.family.reopened.v1"].schema["$defs"]["FamilyReopened"]["properties"]["starts_on"][
            "pattern"
        ]
    )
    assert all(
        pattern.search(date(year, month, 28).isoformat()) for year in range(1900, 10_000, 7) for month in range(1, 13)
    )
    assert not any(pattern.search(date(year, 12, 31).isoformat()) for year in range(1, 1900))
