"""REACTIVE_ONLY. Source: RULES, *Family rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from events.instants import LONG_AGO, Instant, format_day
from projections.grounds.family import Family, Segment
from projections.grounds.proactive_contact import parties_of
from projections.knowledge.archive import ArchiveNeeded
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.past import since
from projections.reasoning.reasons import Cited, Reason, cited, clears, clock
from projections.reasoning.rule import Held, Rule, Said, Verdict

REACTIVE_WINDOW = whole("reactive_window", 60, least=1)
REACTIVE_MIN = whole("reactive_min", 3, least=1)


@dataclass(frozen=True, kw_only=True)
class WorkerStarted(Reason):
    """The last contact that a worker started."""

    code: Literal["worker-started"] = "worker-started"
    event: str
    on: str

    def __str__(self) -> str:
        return f"The contact of {phrases.long_date(self.on)} was started by a worker."


@dataclass(frozen=True, kw_only=True)
class FamilyStarted(Reason):
    """The contacts that the family started since."""

    code: Literal["family-started"] = "family-started"
    contacts: list[Cited]
    needed: int
    working_days: int

    def __str__(self) -> str:
        days = [each.on for each in self.contacts]
        since = f" since a worker last started one: {phrases.dates_listed(days)}" if days else ""
        return (
            f"The family started {phrases.count(len(days), 'contact')} in the last "
            f"{phrases.working_days(self.working_days)}{since}; "
            f"{self.needed} or more count."
        )


class _Had(NamedTuple):
    """The two-way contacts in the window since a worker last started one, the latest first."""

    by_family: list[Fact]
    by_worker: Fact | None
    left: Instant
    """The midnight at which the contact before these left the window."""


def _leaves(family: Family, fact: Fact) -> Instant:
    return family.zone.midnight(threshold(family.calendar, fact.day, family.policy[REACTIVE_WINDOW]))


def _had(family: Family, segment: Segment, at: Instant) -> _Had:
    first = family.calendar.window_start(family.policy[REACTIVE_WINDOW], family.zone.day_of(at))
    by_family: list[Fact] = []
    for index in range(up_to(family.started, at) - 1, -1, -1):
        fact = family.started[index]
        if fact.day < segment.clock:
            break
        if fact.day < first:
            return _Had(by_family, None, _leaves(family, fact))
        if family.is_two_way(fact):
            if fact.data["initiated_by"] == "worker":
                return _Had(by_family, fact, LONG_AGO)
            by_family.append(fact)
    return _Had(by_family, None, LONG_AGO)


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while all contacts of late were started by the family, and they are `reactive_min` or more."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    index = up_to(family.started, at)
    had = _had(family, segment, at)
    start = max(segment.start, last_at(family.started, index), had.left)
    end = min(segment.end, next_at(family.started, index))
    if had.by_worker is not None:
        return Verdict(start, min(end, _leaves(family, had.by_worker)))
    if len(had.by_family) < family.policy[REACTIVE_MIN]:
        return Verdict(start, end)
    first = had.by_family[-1]
    return Verdict(start, min(end, _leaves(family, first)), (Held("amber", first),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """The contacts in the window that were counted, what would clear it."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    if segment.allocation is not None:
        had = _had(family, segment, at)
        if had.by_worker is not None:
            out.append(WorkerStarted(event=had.by_worker.label, on=format_day(had.by_worker.day)))
        out.append(
            FamilyStarted(
                contacts=[cited(fact) for fact in reversed(had.by_family)],
                needed=family.policy[REACTIVE_MIN],
                working_days=family.policy[REACTIVE_WINDOW],
            )
        )
    out.append(clears("an achieved two-way contact that a worker starts"))
    return out


def _last_by_worker(family: Family, segment: Segment, at: Instant) -> Fact | None:
    """The last two-way contact since the clock start that a worker started.

    Raises ArchiveNeeded if that may be set aside: no verdict looks so far back.
    """
    for index in range(up_to(family.started, at) - 1, -1, -1):
        fact = family.started[index]
        if fact.day < segment.clock or fact.at < family.horizon:
            break
        if fact.data["initiated_by"] == "worker" and family.is_two_way(fact):
            return fact
    if family.horizon > family.zone.midnight(segment.clock):
        raise ArchiveNeeded
    return None


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """How many contacts the family started, and when a worker last started one."""
    segment = family.segment(at)
    contacts = len(_had(family, segment, at).by_family)
    those = "The last contact was" if contacts == 1 else f"The last {contacts} contacts were all"
    last = _last_by_worker(family, segment, at)
    before = f"a worker last started one on {phrases.long_day(last.day)}" if last else "no worker has started one"
    parties = phrases.one_of(parties_of(segment.plan))
    return Said(f"{those} started by the family; {before}.", f"a worker starts a contact that reaches {parties}.")


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """The contacts in the window."""
    return since(
        family.started, at, family.calendar.window_start(family.policy[REACTIVE_WINDOW], family.zone.day_of(at))
    )


RULE = Rule(
    number=6,
    name="REACTIVE_ONLY",
    kind="family",
    title="Only the family makes contact",
    why="Pro-active regular contact initiated by the key worker",
    parameters=(REACTIVE_WINDOW, REACTIVE_MIN),
    reads=frozenset({"contact.started"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)
