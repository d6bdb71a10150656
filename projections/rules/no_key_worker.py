"""NO_KEY_WORKER. Source: RULES, *Family rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant
from projections.grounds.family import Family, Segment
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact
from projections.parameters import whole
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears, day_text, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict

UNALLOCATED = whole("unallocated", 5)


@dataclass(frozen=True, kw_only=True)
class KeyWorkers(Reason):
    """Who is the key worker."""

    code: Literal["key-workers"] = "key-workers"
    workers: list[str]

    def __str__(self) -> str:
        return f"Key worker: {phrases.names(self.workers)}."


@dataclass(frozen=True, kw_only=True)
class WithoutKeyWorker(Reason):
    """Since when there is none."""

    code: Literal["without-key-worker"] = "without-key-worker"
    since: str | None

    def __str__(self) -> str:
        return f"There has been no key worker since {phrases.date_or_never(self.since)}."


def _run(family: Family, segment: Segment, at: Instant) -> Day:
    """The first day without key worker, on or after the registration and the latest reopening."""
    floor = [family.registration.day] if family.registration else []
    if segment.reopening:
        floor.append(segment.reopening.required_date("starts_on"))
    return max([family.without_key_worker_since(at), *floor])


def _anchor(family: Family, segment: Segment, begins: int, at: Instant) -> Fact | None:
    ended = [each.fact for each in family.allocations if each.end == begins and each.valid_from <= at]
    if ended:
        return max(ended, key=lambda fact: fact.rank)
    if segment.reopening and segment.reopening.date("starts_on") == begins:
        return segment.reopening
    return family.registration


def judge(family: Family, at: Instant) -> Verdict:
    """Holds once nobody has been the family's key worker for `unallocated` working days."""
    segment = family.segment(at)
    if not segment.judged or segment.key:
        return Verdict(segment.start, segment.end)
    begins = _run(family, segment, at)
    anchor = _anchor(family, segment, begins, at)
    midnight, n = family.zone.midnight, family.policy[UNALLOCATED]
    amber = midnight(threshold(family.calendar, begins - 1, n))
    if at < amber or anchor is None:
        return Verdict(segment.start, min(segment.end, amber))
    red = midnight(threshold(family.calendar, begins - 1, 2 * n))
    if at < red:
        return Verdict(max(segment.start, amber), min(segment.end, red), (Held("amber", anchor),))
    return Verdict(max(segment.start, red), segment.end, (Held("red", anchor),))


def explain(family: Family, at: Instant) -> list[Reason]:
    """Who is the key worker, or since when there is none; what would clear it."""
    segment = family.segment(at)
    out: list[Reason] = []
    if segment.key:
        out.append(KeyWorkers(workers=sorted({each.worker for each in segment.key})))
    elif segment.judged:
        begins = _run(family, segment, at)
        out.append(WithoutKeyWorker(since=day_text(begins)))
        out.append(working_days(family, begins - 1, family.zone.day_of(at), family.policy[UNALLOCATED]))
    out.append(clears("an allocation in force"))
    return out


def tell(family: Family, at: Instant, _held: Held) -> Said:
    """Since when there is no key worker, against what the service allows."""
    begins = _run(family, family.segment(at), at)
    gone = phrases.working_days(family.calendar.wd(begins - 1, family.zone.day_of(at)))
    allowed = family.policy[UNALLOCATED]
    return Said(
        f"No key worker since {phrases.long_day(begins)}, {gone}. The service allows {allowed}.",
        "a key worker is allocated to the family.",
    )


RULE = Rule(
    number=1,
    name="NO_KEY_WORKER",
    kind="family",
    title="No key worker",
    why="A named person whom the parent approaches for advice about any problem related to the disabled child",
    parameters=(UNALLOCATED,),
    reads=frozenset(),
    judge=judge,
    explain=explain,
    tell=tell,
)
