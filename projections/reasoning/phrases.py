"""Codes and counts in plain English, for sentences. Pure."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from events.instants import Day, format_day, parse_day

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


AGENCIES = {"voluntary": "the voluntary sector", "other": "another agency"}
"""The agencies whose code is not their name."""
NEAR_DAYS = 182
"""A day that is no farther away needs no year."""


def words(code: str) -> str:
    """A code as words: `face_to_face` is "face to face"."""
    return code.replace("_", " ").replace("-", " ")


def sphere(code: str) -> str:
    """A sphere of support in words; of a code of another version the code."""
    return SPHERES.get(code, words(code))


def agency(code: str) -> str:
    """An agency within a sentence: "health", "the voluntary sector"."""
    return AGENCIES.get(code, words(code))


def supervision(kind: str) -> str:
    """A kind of supervision: "one-to-one", "group"."""
    return kind.replace("_", "-")


def opening(text: str) -> str:
    """Some words as a sentence begins with them: "The voluntary sector"."""
    return text[:1].upper() + text[1:]


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 family", "2 families"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def working_days(number: int) -> str:
    """A number of working days: "1 working day", "2 working days"."""
    return count(number, "working day")


def hours(number: Fraction) -> str:
    """Hours with one digit behind the point, if they need one: "6.9", "12"."""
    return f"{float(number):.1f}".removesuffix(".0")


def percent(share: Fraction) -> str:
    """A share in whole percents, cut off: what is below a threshold never reads as if it were at it."""
    return f"{100 * share.numerator // share.denominator} %"


def together(items: Sequence[str], word: str = "and") -> str:
    """Items in a row: "a", "a and b", "a, b and c"."""
    return f" {word} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def one_of(persons: Sequence[str]) -> str:
    """One of some persons, by their codes: "a parent or carer"."""
    return "a " + together(["another agreed person" if each == "other" else words(each) for each in persons], "or")


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


def long_date(date: str) -> str:
    """A date as text, in full: of `2026-09-02` "2 September 2026"."""
    return long_day(parse_day(date))


def date_or_never(date: str | None) -> str:
    """The same; of None, which stands for a day that never comes, "never"."""
    return long_date(date) if date else "never"


def day_beside(day: Day, other: Day) -> str:
    """A day beside another one that is written in full: without its year, if that is the same."""
    text, year = long_day(day), f" {long_day(other).split(' ')[2]}"
    return text.removesuffix(year)


def near_day(day: Day, today: Day) -> str:
    """A day in a list: "18 Dec"; with its year if it is more than half a year from today."""
    text = short_day(day)
    return text if abs(day - today) > NEAR_DAYS else text.rpartition(" ")[0]


def days_listed(days: Iterable[Day]) -> str:
    """Days in order, each month and year said once: "28 September, 5 and 12 October 2026"."""
    parts = [long_day(day).split(" ") for day in days]
    listed = []
    for index, (number, month, year) in enumerate(parts):
        _, next_month, next_year = parts[index + 1] if index + 1 < len(parts) else ("", "", "")
        more = [] if (month, year) == (next_month, next_year) else [month]
        listed.append(" ".join([number, *more, *([] if year == next_year else [year])]))
    return together(listed)


def dates_listed(dates: Iterable[str]) -> str:
    """The same of dates as text."""
    return days_listed(map(parse_day, dates))
