"""FAMILY_NARROW. Source: RULES, *Family rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from events.instants import LONG_AGO, Instant, format_day
from projections.grounds.family import Family
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.past import since
from projections.reasoning.reasons import Reason, clears, clock, day_text
from projections.reasoning.rule import Held, Rule, Said, Verdict

NARROW_WINDOW = whole("narrow_window", 182)
NARROW_MIN = whole("narrow_min", 6, least=1)


@dataclass(frozen=True, kw_only=True)
class NeedsExplored(Reason):
    """The contacts that explored the needs of one person alone."""

    code: Literal["needs-explored"] = "needs-explored"
    person: str | None
    contacts: int
    needed: int
    since: str | None
    days: int

    def __str__(self) -> str:
        if not self.contacts:
            return f"In the last {self.days} days no contact explored anybody's needs."
        return (
            f"{phrases.count(self.contacts, 'contact')} explored needs since {phrases.date_or_never(self.since)}, "
            f"those of the {phrases.words(self.person or '')} alone; "
            f"{self.needed} or more within {self.days} days count."
        )


@dataclass(frozen=True, kw_only=True)
class OthersExplored(Reason):
    """The contact before them, which explored the needs of others too."""

    code: Literal["others-explored"] = "others-explored"
    event: str
    on: str
    persons: list[str]

    def __str__(self) -> str:
        persons = ", ".join(map(phrases.words, self.persons))
        return f"The contact of {phrases.long_date(self.on)} explored the needs of others too: {persons}."


class _Had(NamedTuple):
    """The latest contacts in the window that together name one person, the latest first."""

    contacts: list[Fact]
    person: str | None
    other: Fact | None
    """The contact before them, still in the window, that names another."""
    left: Instant
    """The midnight at which the contact before these left the window."""


def _leaves(family: Family, fact: Fact) -> Instant:
    return family.zone.midnight(fact.day + family.policy[NARROW_WINDOW] + 1)


def _had(family: Family, at: Instant) -> _Had:
    first = family.zone.day_of(at) - family.policy[NARROW_WINDOW]
    about_one: list[Fact] = []
    person = None
    for index in range(up_to(family.explored, at) - 1, -1, -1):
        fact = family.explored[index]
        if fact.day < first:
            return _Had(about_one, person, None, _leaves(family, fact))
        persons = set(fact.data["needs_explored_for"]) | ({person} if person else set())
        if len(persons) > 1:
            return _Had(about_one, person, fact, LONG_AGO)
        (person,) = persons
        about_one.append(fact)
    return _Had(about_one, person, None, LONG_AGO)


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while the needs of one person only were explored, in `narrow_min` contacts or more."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    policy = family.policy
    begins = family.zone.midnight(segment.clock + policy[NARROW_WINDOW] + 1)
    if at < begins:
        return Verdict(segment.start, min(segment.end, begins))
    index = up_to(family.explored, at)
    had = _had(family, at)
    start = max(segment.start, begins, last_at(family.explored, index), had.left)
    end = min(segment.end, next_at(family.explored, index))
    if had.other is not None:
        return Verdict(start, min(end, _leaves(family, had.other)))
    if had.person is None or len(had.contacts) < policy[NARROW_MIN]:
        return Verdict(start, end)
    anchor = segment.plan or segment.allocation.fact
    end = min(end, _leaves(family, had.contacts[policy[NARROW_MIN] - 1]))
    return Verdict(start, end, (Held("amber", anchor, had.person),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The contacts that explored needs, and whose, what would clear it."""
    segment = family.segment(at)
    had = _had(family, at)
    out = [clock(family, segment)]
    out.append(
        NeedsExplored(
            person=had.person,
            contacts=len(had.contacts),
            needed=family.policy[NARROW_MIN],
            since=day_text(had.contacts[-1].day if had.contacts else None),
            days=family.policy[NARROW_WINDOW],
        )
    )
    if had.other is not None:
        persons = sorted(set(had.other.data["needs_explored_for"]))
        out.append(OthersExplored(event=had.other.label, on=format_day(had.other.day), persons=persons))
    out.append(clears("a contact that explores the needs of another member of the family too"))
    return out


def tell(family: Family, at: Instant, held: Held) -> Said:
    """How many contacts explored the needs of one person alone."""
    contacts = len(_had(family, at).contacts)
    those = "contact that explored needs was" if contacts == 1 else f"{contacts} contacts that explored needs were"
    whom = "one other person" if held.discriminator == "other" else f"the {phrases.words(held.discriminator)}"
    return Said(
        f"The last {those} about {whom} alone.", "a contact explores the needs of somebody else in the family too."
    )


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """The contacts in the window that explored needs."""
    return since(family.explored, at, family.zone.day_of(at) - family.policy[NARROW_WINDOW])


RULE = Rule(
    number=14,
    name="FAMILY_NARROW",
    kind="family",
    title="One person's needs only",
    why="Family-centred: the needs of all family members, not just the child",
    parameters=(NARROW_WINDOW, NARROW_MIN),
    reads=frozenset({"contact.exploring"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)
