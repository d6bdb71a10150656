"""All that is recorded of a subject, as the lines of its timeline: newest first, filtered, a page at a time. Pure.

Each event that was accepted is there once: as a line of its own or, for a correction or a void of an event that is
known, with the line of that event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from events.catalogue import CONTACTS, MENDS, SUBJECT_FIELDS, TYPES, Kind
from events.event import Event, ref_key
from events.instants import FOREVER, LONG_AGO, Instant, format_day, format_instant
from projections.grounds.family import Family
from projections.grounds.proactive_contact import Counted
from projections.knowledge.archive import ArchiveNeeded, mark
from projections.knowledge.facts import Fact, Facts
from projections.policy import Policy
from projections.watch.subject import Ground, Subject

PAGE_LINES = 50


@dataclass(frozen=True, kw_only=True)
class Mend:
    """A correction or a void: who says so, when it became known, and why. One that does not fit has no effect.

    `of_correction`: it takes back a correction, not the event itself.
    """

    event: str
    type: str
    source: str
    known: str
    reason: str | None
    has_effect: bool
    of_correction: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """An event as a timeline shows it.

    `on` is its local date, `at` its instant if one is known; `data` what stands now or, of a voided event, what it
    said. `counted` says of a family's contact whether it counts.
    """

    event: str
    type: str
    source: str
    on: str
    at: str | None
    known: str
    data: dict[str, Any]
    counted: Counted | None
    mends: list[Mend]
    is_voided: bool


class Wanted(NamedTuple):
    """Which lines are asked for: of a type, by a source, only contacts that count. None and False ask for all."""

    type: str | None = None
    source: str | None = None
    counting: bool = False
    without_conflicts_of: frozenset[str] = frozenset()
    """Agencies that must not see the conflicts of interest that name them."""

    @property
    def is_all(self) -> bool:
        """Whether all lines are asked for."""
        return self == EVERYTHING


EVERYTHING = Wanted()


class Recorded(NamedTuple):
    """A page of a timeline: its lines, which page it is of how many, and how many lines there are on all of them."""

    lines: list[Line]
    page: int
    pages: int
    total: int
    sources: list[str]
    """Who recorded anything of the subject."""


NOTHING = Recorded([], 1, 1, 0, [])


def recorded(
    subject: Subject,
    policy: Policy,
    at: Instant,
    wanted: Wanted = EVERYTHING,
    page: int = 1,
    until: Instant = FOREVER,
) -> Recorded:
    """A page of what is recorded of a subject, of what occurred by `until`; a page beyond the last is the last.

    `at` chooses the site whose policy says what counts. Raises ArchiveNeeded when an archived event may be on it.
    """
    own = subject.own
    ground = subject.ground(policy.of(subject.site(at)))
    facts = [fact for fact in _facts(own) if fact.at <= until and _is_wanted(fact, own, ground, wanted)]
    facts.sort(key=attrgetter("place"), reverse=True)
    hidden = _hidden(subject) if wanted.type is None or wanted.type in CONTACTS else 0
    total = len(facts) + hidden
    pages = max(1, -(-total // PAGE_LINES))
    page = min(max(page, 1), pages)
    shown = facts[(page - 1) * PAGE_LINES : page * PAGE_LINES]
    expected = min(PAGE_LINES, total - (page - 1) * PAGE_LINES)
    if hidden and (
        not wanted.is_all
        or until < FOREVER
        or len(shown) < expected
        or any(fact.at < subject.archive.horizon for fact in shown)
    ):
        raise ArchiveNeeded
    sources = sorted({event.source for event in own.events.values()} | subject.hearing.sources.keys())
    return Recorded([_line(fact, own, ground) for fact in shown], page, pages, total, sources)


def types_of(kind: Kind) -> list[str]:
    """The types whose events can be on the timeline of a subject of a kind, in the order of the catalogue."""
    fields = {field for field, of in SUBJECT_FIELDS.items() if of == kind}
    return [
        row.name
        for row in TYPES.values()
        if row.topic == "action" or (row.name not in MENDS and _goes_to(row.data.model_fields.keys(), fields, kind))
    ]


def _goes_to(of_type: Any, fields: set[str], kind: Kind) -> bool:  # noqa: ANN401 - keys of a model
    named = set(of_type) & SUBJECT_FIELDS.keys()
    return bool(named & fields) and (kind != "site" or named == {"site"})


def _hidden(subject: Subject) -> int:
    """How many events are only in the archive, which was not read."""
    if subject.archive.horizon == LONG_AGO:
        return 0
    here = {mark(event.key) for name in CONTACTS for event in subject.own.raw(name)}
    return len(subject.archive.marks - here)


def _facts(own: Facts) -> Iterator[Fact]:
    """Each event that has a line of its own, with the data that stands for it or, if it is voided, with its own."""
    for name in own.names:
        if name in MENDS:
            alone = (event for event in own.raw(name) if own.mends.root(event) is None)
        else:
            yield from own.of(name)
            alone = (event for event in own.raw(name) if _is_voided(event, own))
        for event in alone:
            yield Fact(event, event.data, own.zone)


def _is_voided(event: Event, own: Facts) -> bool:
    return event.name not in MENDS and own.mends.any_of(event) and own.mends.standing(event) is None


def _is_wanted(fact: Fact, own: Facts, ground: Ground, wanted: Wanted) -> bool:
    if wanted.type is not None and fact.event.name != wanted.type:
        return False
    if wanted.source is not None and fact.event.source != wanted.source:
        return False
    if wanted.without_conflicts_of and _names_agency(fact, own) in wanted.without_conflicts_of:
        return False
    if not wanted.counting:
        return True
    counted = _counted(fact, own, ground)
    return counted is not None and bool(counted.by)


def _names_agency(fact: Fact, own: Facts) -> str | None:
    """The agency that a conflict of interest names, of the event that declares it and of the one that resolves it."""
    if fact.event.name not in {"conflict.declared", "conflict.resolved"}:
        return None
    declared = fact.event if fact.event.name == "conflict.declared" else own.events.get(fact.ref("conflict"))
    return declared.data.get("agency") if declared is not None else None


def _counted(fact: Fact, own: Facts, ground: Ground) -> Counted | None:
    if fact.event.name != "contact.recorded" or not isinstance(ground, Family) or _is_voided(fact.event, own):
        return None
    return ground.counted(fact)


def _line(fact: Fact, own: Facts, ground: Ground) -> Line:
    event = fact.event
    mends = [] if event.name in MENDS else list(own.mends.closure(event))[1:]
    return Line(
        event=fact.label,
        type=event.name,
        source=event.source,
        on=format_day(fact.day),
        at=format_instant(fact.at) if event.instant is not None else None,
        known=format_instant(event.known),
        data=fact.data,
        counted=_counted(fact, own, ground),
        mends=[_mend(each, own) for each in sorted(mends, key=lambda each: (each.known, each.key))],
        is_voided=_is_voided(event, own),
    )


def _mend(mend: Event, own: Facts) -> Mend:
    return Mend(
        event=mend.label,
        type=mend.name,
        source=mend.source,
        known=format_instant(mend.known),
        reason=mend.data.get("reason"),
        has_effect=bool(own.mends.is_effective(mend)),
        of_correction=own.events[ref_key(mend, "event")].name in MENDS,
    )
