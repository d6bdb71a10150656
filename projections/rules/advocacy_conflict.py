"""ADVOCACY_CONFLICT. Source: RULES, *Family rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Instant, format_day
from projections.grounds.family import Family
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Said, Verdict


@dataclass(frozen=True, kw_only=True)
class Conflict(Reason):
    """A conflict of interest, and the agency whose managers must not receive the alert."""

    code: Literal["conflict"] = "conflict"
    event: str
    on: str
    worker: str
    not_to: str

    def __str__(self) -> str:
        agency = phrases.agency(self.not_to)
        return (
            f"On {phrases.long_date(self.on)} a conflict of interest with {agency} was declared for {self.worker}; "
            f"managers of {agency} must not receive this."
        )


@dataclass(frozen=True, kw_only=True)
class NoConflict(Reason):
    """No conflict of interest is open."""

    code: Literal["no-conflict"] = "no-conflict"

    def __str__(self) -> str:
        return "No conflict of interest is open."


def _unresolved(family: Family, at: Instant) -> list[Fact]:
    resolved = {fact.ref("conflict") for fact in family.resolutions[: up_to(family.resolutions, at)]}
    return [fact for fact in family.conflicts[: up_to(family.conflicts, at)] if fact.key not in resolved]


def judge(family: Family, at: Instant) -> Verdict:
    """Holds for each conflict declared and not resolved."""
    segment = family.segment(at)
    if not segment.judged:
        return Verdict(segment.start, segment.end)
    declared, resolved = up_to(family.conflicts, at), up_to(family.resolutions, at)
    start = max(segment.start, last_at(family.conflicts, declared), last_at(family.resolutions, resolved))
    end = min(segment.end, next_at(family.conflicts, declared), next_at(family.resolutions, resolved))
    return Verdict(start, end, tuple(Held("red", fact, fact.label) for fact in _unresolved(family, at)))


def explain(family: Family, at: Instant) -> list[Reason]:
    """Each conflict with the agency whose managers must not receive the alert, what would clear it."""
    out: list[Reason] = []
    for fact in _unresolved(family, at):
        worker, agency = fact.data["worker"], fact.data["agency"]
        out.append(Conflict(event=fact.label, on=format_day(fact.day), worker=worker, not_to=agency))
    if not out:
        out.append(NoConflict())
    out.append(clears("the conflict's resolution"))
    return out


def tell(_family: Family, _at: Instant, held: Held) -> Said:
    """Who has declared a conflict with which agency, and that its managers do not see this."""
    data = held.anchor.data
    agency = phrases.agency(data["agency"])
    whose = "That agency" if data["agency"] == "other" else phrases.opening(agency)
    return Said(
        f"{data['worker']} advocates for the family and has declared a conflict with {agency}. "
        f"{whose}'s managers do not see this.",
        "the conflict is resolved, and that is recorded.",
    )


RULE = Rule(
    number=15,
    name="ADVOCACY_CONFLICT",
    kind="family",
    title="Advocacy conflict of interest",
    why="as an advocate for the family, they need to be independent",
    parameters=(),
    reads=frozenset({"conflict.declared", "conflict.resolved"}),
    judge=judge,
    explain=explain,
    tell=tell,
)
