"""FAMILY_NARROW. Source: RULES, *Family rules*."""

from typing import NamedTuple

from events.instants import LONG_AGO
from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, day_text, fact_text


class _Had(NamedTuple):
    """The latest contacts in the window that together name one person, the latest first."""

    contacts: list[Fact]
    person: str | None
    other: Fact | None
    """The contact before them, still in the window, that names another."""
    left: int
    """The midnight at which the contact before these left the window."""


def _leaves(family: Family, fact: Fact) -> int:
    return family.zone.midnight(fact.day + family.parameters.narrow_window + 1)


def _had(family: Family, at: int) -> _Had:
    first = family.zone.day_of(at) - family.parameters.narrow_window
    found: list[Fact] = []
    person = None
    for index in range(up_to(family.explored, at) - 1, -1, -1):
        fact = family.explored[index]
        if fact.day < first:
            return _Had(found, person, None, _leaves(family, fact))
        persons = set(fact.data["needs_explored_for"]) | ({person} if person else set())
        if len(persons) > 1:
            return _Had(found, person, fact, LONG_AGO)
        (person,) = persons
        found.append(fact)
    return _Had(found, person, None, LONG_AGO)


def judge(family: Family, at: int) -> Verdict:
    """Holds while the needs of one person only were explored, in `narrow_min` contacts or more."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    parameters = family.parameters
    begins = family.zone.midnight(segment.clock + parameters.narrow_window + 1)
    if at < begins:
        return Verdict(segment.start, min(segment.end, begins))
    index = up_to(family.explored, at)
    had = _had(family, at)
    start = max(segment.start, begins, last_at(family.explored, index), had.left)
    end = min(segment.end, next_at(family.explored, index))
    if had.other is not None:
        return Verdict(start, min(end, _leaves(family, had.other)))
    if had.person is None or len(had.contacts) < parameters.narrow_min:
        return Verdict(start, end)
    anchor = segment.plan or segment.allocation.fact
    end = min(end, _leaves(family, had.contacts[parameters.narrow_min - 1]))
    return Verdict(start, end, (Held("amber", anchor, had.person),))


def explain(family: Family, at: int) -> Reasons:
    """The contacts that explored needs, and whose, what would clear it."""
    segment = family.segment(at)
    had = _had(family, at)
    out = [clock(family, segment)]
    out.append(
        {
            "code": "needs-explored",
            "person": had.person,
            "contacts": len(had.contacts),
            "needed": family.parameters.narrow_min,
            "since": day_text(had.contacts[-1].day if had.contacts else None),
            "days": family.parameters.narrow_window,
        }
    )
    if had.other is not None:
        persons = sorted(set(had.other.data["needs_explored_for"]))
        out.append({"code": "others-explored", **fact_text(had.other), "persons": persons})
    out.append(clears("a contact that explores the needs of another member of the family too"))
    return out


RULE = Rule(
    name="FAMILY_NARROW",
    kind="family",
    title="The needs of one member of the family only are explored",
    why="Family-centred: the needs of all family members, not just the child",
    parameters=("narrow_window", "narrow_min"),
    reads=frozenset({"contact.exploring"}),
    judge=judge,
    explain=explain,
)
