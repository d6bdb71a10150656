"""What somebody asks to have done about alerts, as the form says it, and what is wrong with that. Pure."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, get_args

from sqlalchemy.engine import RowMapping

from events.instants import Day, is_day, parse_day
from events.limits import SUBJECT_ID
from events.names import is_uuid, joined, uuid_of
from events.types.action import Reason
from projections.reasoning.phrases import long_day
from streams.identity.digests import new_secret
from streams.identity.forms import Fields
from streams.identity.way_back import local_path
from streams.readmodel.acts import Row, acts_of

MOST = 500
"""Alerts in one selection."""
REASONS: tuple[str, ...] = get_args(Reason)
DETAILS = ("reason", "expected_on", "until", "to", "case_ref")
"""The fields that say more of what is done, as the events have them."""
_UUID_LETTERS = 36
_CODE = re.compile(SUBJECT_ID, re.ASCII)
_ONCE_LETTERS = 100


class What(StrEnum):
    """What can be done about alerts."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    ASSIGN = "assign"
    TAKE = "take"
    """Assigned to who asks, and acknowledged."""
    UNDO = "undo"
    """One's own last press of a button is taken back."""


NEEDS = {What.ACKNOWLEDGE: "reason", What.SNOOZE: "until", What.ASSIGN: "to"}
"""The detail that must be said, by what is done; the form asks for it."""
OF_FORM = "case_ref"
"""A field that is sent by the form even if nobody chose anything: radio buttons are not."""


class Problem(NamedTuple):
    """What is wrong with a field, in a sentence that says how to put it right."""

    field: str
    message: str


class NotAsked(ValueError):
    """A request that asks for nothing that can be done; the message says why, for the person."""


class Bounds(NamedTuple):
    """The days that can be said about some alerts: for several sites what suits all of them."""

    today: Day
    snooze_last: Day
    """The last day that a snooze can take in. Source: RULES, *Attention*, **snooze_max**."""
    lapse_last: Day
    """The last day on which an acknowledgement of today stands. Source: RULES, *Attention*, **ack_lapses**."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked. A detail is None where the form did not have its field; empty where nothing was typed."""

    what: What
    alerts: tuple[str, ...]
    seen: Mapping[str, str]
    """By alert when the last act was that the page knew of, as `seen_of` gives it."""
    details: Mapping[str, str]
    once: str
    """Made with the form, so that the form does the same when it is sent twice."""
    back: str
    """The local path of the page that follows."""

    @classmethod
    def of(cls, fields: Fields) -> "Asked":
        """From the fields of a form or an address. Raises NotAsked."""
        what = _last(fields, "what") or ""
        if what not in set(What):
            raise NotAsked("Choose what is to be done: acknowledge, snooze, assign, take or undo.")
        alerts = tuple(dict.fromkeys(each.strip().lower() for each in fields.get("alert", ())))
        if not alerts:
            raise NotAsked("Choose at least one alert.")
        if len(alerts) > MOST:
            raise NotAsked(f"Choose at most {MOST} alerts at a time. {len(alerts):,} were chosen.")
        if not all(map(is_uuid, alerts)):
            raise NotAsked("What was chosen is no alert. Go back to the list and choose again.")
        seen = {each[:_UUID_LETTERS].lower(): each[_UUID_LETTERS + 1 :] for each in fields.get("seen", ())}
        details = {name: said.strip() for name in DETAILS if (said := _last(fields, name)) is not None}
        once = (_last(fields, "once") or "")[:_ONCE_LETTERS] or new_secret()
        return cls(What(what), alerts, seen, details, once, local_path(_last(fields, "next")))

    @property
    def lacks_details(self) -> bool:
        """Whether the form must be shown first: this is a button of a row, without any field of the form."""
        return self.what in NEEDS and not {NEEDS[self.what], OF_FORM} & self.details.keys()

    @property
    def key(self) -> str:
        """The same for the same form with the same content."""
        return self.key_of(*self.alerts)

    def key_of(self, *alerts: str) -> str:
        """The same for some alerts of the same form with the same content."""
        said = (part for name in DETAILS for part in (name, self.details.get(name, "")))
        return uuid_of(f"touchline:press:{joined(self.once, self.what, *said, *alerts)}")

    def overtaken(self, rows: Iterable[RowMapping], pseudonym: str) -> list[RowMapping]:
        """The alerts about which somebody else did something that the page did not know of."""
        return [row for row in rows if _overtaken(row, self.seen.get(row["id"], ""), pseudonym)]

    def problems(self, bounds: Bounds, colleagues: Container[str]) -> list[Problem]:
        """What is wrong with the details, field by field. `colleagues`: who can be given these alerts."""
        if self.what not in NEEDS:
            return []
        found = [getattr(_Check(self, bounds, colleagues), name)() for name in DETAILS]
        return [Problem(name, message) for name, message in zip(DETAILS, found, strict=True) if message]


class _Check:
    """The checks of the details: each gives what is wrong, or None."""

    def __init__(self, asked: Asked, bounds: Bounds, colleagues: Container[str]) -> None:
        self._what, self._details, self._bounds, self._colleagues = asked.what, asked.details, bounds, colleagues

    def reason(self) -> str | None:
        said = self._details.get("reason", "")
        if not said and self._what is What.ACKNOWLEDGE:
            return "Choose what is being done."
        return "Choose one of these reasons." if said and said not in REASONS else None

    def expected_on(self) -> str | None:
        said = self._details.get("expected_on", "")
        if not said:
            return None
        day = _day(said)
        if day is None:
            return "The planned date must be a date that exists, like 2026-12-03."
        return "The planned date must be today or later." if day < self._bounds.today else None

    def until(self) -> str | None:
        if self._what is not What.SNOOZE:
            return None
        said = self._details.get("until", "")
        if not said:
            return "Choose until when it is put aside."
        day = _day(said)
        if day is None:
            return "The date must be one that exists, like 2026-12-03."
        if day < self._bounds.today:
            return "The date must be today or later."
        last = self._bounds.snooze_last
        return f"It ends on {long_day(last)} at the latest. Choose that day or an earlier one." if day > last else None

    def to(self) -> str | None:
        said = self._details.get("to", "")
        if self._what is not What.ASSIGN or not said or said in self._colleagues:
            return None
        return "Choose somebody of this list, or nobody."

    def case_ref(self) -> str | None:
        said = self._details.get("case_ref", "")
        if not said or _CODE.fullmatch(said):
            return None
        return "The case reference must be 1 to 64 letters, digits, dots, underscores or hyphens."


def _overtaken(row: Row, seen: str, pseudonym: str) -> bool:
    acts = acts_of(row)
    return bool(acts) and acts[-1].by != pseudonym and acts[-1].known != seen


def _last(fields: Fields, name: str) -> str | None:
    """What a field says: of several the last that says something, so that a typed date outdoes a chosen one."""
    values = fields.get(name)
    return None if values is None else next((value for value in reversed(values) if value.strip()), "")


def _day(text: str) -> Day | None:
    try:
        return parse_day(text) if is_day(text) else None
    except ValueError:
        return None
