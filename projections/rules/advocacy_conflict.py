"""ADVOCACY_CONFLICT. Source: RULES, *Family rules*."""

from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, fact_text


def _unresolved(family: Family, at: int) -> list[Fact]:
    resolved = {fact.ref("conflict") for fact in family.resolutions[: up_to(family.resolutions, at)]}
    return [fact for fact in family.conflicts[: up_to(family.conflicts, at)] if fact.key not in resolved]


def judge(family: Family, at: int) -> Verdict:
    """Holds for each conflict declared and not resolved."""
    segment = family.segment(at)
    if not segment.judged:
        return Verdict(segment.start, segment.end)
    declared, resolved = up_to(family.conflicts, at), up_to(family.resolutions, at)
    start = max(segment.start, last_at(family.conflicts, declared), last_at(family.resolutions, resolved))
    end = min(segment.end, next_at(family.conflicts, declared), next_at(family.resolutions, resolved))
    return Verdict(start, end, tuple(Held("red", fact, fact.label) for fact in _unresolved(family, at)))


def explain(family: Family, at: int) -> Reasons:
    """Each conflict with the agency whose managers must not receive the alert, what would clear it."""
    out: Reasons = []
    for fact in _unresolved(family, at):
        data = fact.data
        out.append({"code": "conflict", **fact_text(fact), "worker": data["worker"], "not_to": data["agency"]})
    if not out:
        out.append({"code": "no-conflict"})
    out.append(clears("the conflict's resolution"))
    return out


RULE = Rule(
    name="ADVOCACY_CONFLICT",
    kind="family",
    title="The key worker's advocacy meets a conflict of interest",
    why="as an advocate for the family, they need to be independent",
    parameters=(),
    reads=frozenset({"conflict.declared", "conflict.resolved"}),
    judge=judge,
    explain=explain,
)
