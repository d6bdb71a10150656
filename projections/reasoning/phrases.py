"""Codes and counts in plain English, for sentences. Pure."""

from collections.abc import Iterable

from events.instants import Day, format_day

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SPHERES = {
    "emotional_support": "emotional support",
    "information": "information and advice",
    "needs": "identifying and addressing needs",
    "advocacy": "advocacy",
    "coordination": "service co-ordination",
}
WHY_NOT_COUNTED = {
    "not-achieved": "it was an attempt that did not reach the family",
    "not-two-way": "no parent or other agreed person took part",
    "not-by-worker": "the worker did not start it",
    "initiator-unknown": "who started it is not recorded",
    "not-their-key-worker": "none of its workers was then their key worker or covering",
    "not-acting-as-key-worker": "the worker was acting in another role",
}


def words(code: str) -> str:
    """A code as words: `face_to_face` is "face to face"."""
    return code.replace("_", " ").replace("-", " ")


def working_days(count: int) -> str:
    """A number of working days: "1 working day", "2 working days"."""
    return f"{count} working day{'' if count == 1 else 's'}"


def names(ids: Iterable[str]) -> str:
    """Some ids, or nobody."""
    return ", ".join(ids) or "nobody"


def long_day(day: Day) -> str:
    """A day in full: "2 September 2026"."""
    year, month, number = format_day(day).split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]} {int(year)}"


def short_day(day: Day) -> str:
    """A day for tables: "2 Sep 2026"."""
    number, month, year = long_day(day).split(" ")
    return f"{number} {month[:3]} {year}"
