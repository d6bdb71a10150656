"""ACTION_OVERDUE. Source: RULES, *Site rules*."""

from events.instants import format_day
from projections.facts import Fact, last_at, next_at, up_to
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears
from projections.site import Site


def _undone(site: Site, at: int) -> list[tuple[Fact, int]]:
    """The actions agreed and not done, each with the day on which it is due."""
    done = {fact.ref("action") for fact in site.done[: up_to(site.done, at)]}
    agreed = site.actions[: up_to(site.actions, at)]
    return [(fact, fact.date("due_on") or 0) for fact in agreed if fact.key not in done]


def judge(site: Site, at: int) -> Verdict:
    """Holds for an action agreed, due before today, and not done."""
    segment = site.segment(at)
    if not segment.judged:
        return Verdict(segment.start, segment.end)
    agreed, done = up_to(site.actions, at), up_to(site.done, at)
    start = max(segment.start, last_at(site.actions, agreed), last_at(site.done, done))
    end = min(segment.end, next_at(site.actions, agreed), next_at(site.done, done))
    held = []
    for fact, due_on in _undone(site, at):
        over = site.zone.midnight(due_on + 1)
        start, end = (max(start, over), end) if at >= over else (start, min(end, over))
        if at >= over:
            held.append(Held("amber", fact, fact.label, due_on))
    return Verdict(start, end, tuple(held))


def explain(site: Site, at: int) -> Reasons:
    """The actions that are not done, with the dates on which they are due, what would clear it."""
    undone = [{"event": fact.label, "due_on": format_day(due_on)} for fact, due_on in _undone(site, at)]
    return [
        {"code": "actions", "undone": undone},
        clears("the action, done"),
    ]


RULE = Rule(
    name="ACTION_OVERDUE",
    kind="site",
    title="An agreed action is overdue",
    why="action plans",
    parameters=(),
    reads=frozenset({"action.agreed", "action.done"}),
    judge=judge,
    explain=explain,
)
