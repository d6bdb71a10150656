"""ACTION_OVERDUE. Source: RULES, *Site rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import Day, Instant, format_day
from projections.grounds.site import Site
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.reasoning import phrases
from projections.reasoning.reasons import Reason, clears
from projections.reasoning.rule import Held, Rule, Said, Verdict, required


@dataclass(frozen=True, kw_only=True)
class ActionDue:
    """An agreed action, and the date on which it is due."""

    event: str
    due_on: str


@dataclass(frozen=True, kw_only=True)
class ActionsUndone(Reason):
    """The actions that are not done."""

    code: Literal["actions"] = "actions"
    undone: list[ActionDue]

    def __str__(self) -> str:
        days = phrases.dates_listed(sorted(each.due_on for each in self.undone))
        return (
            f"Actions agreed and not done, by the dates they are due: {days}." if days else "No agreed action is open."
        )


def undone(site: Site, at: Instant) -> list[tuple[Fact, Day]]:
    """The actions agreed and not done, each with the day on which it is due."""
    done = {fact.ref("action") for fact in site.done[: up_to(site.done, at)]}
    agreed = site.actions[: up_to(site.actions, at)]
    return [(fact, fact.required_date("due_on")) for fact in agreed if fact.key not in done]


def judge(site: Site, at: Instant) -> Verdict:
    """Holds for an action agreed, due before today, and not done."""
    segment = site.segment(at)
    if not segment.judged:
        return Verdict(segment.start, segment.end)
    agreed, done = up_to(site.actions, at), up_to(site.done, at)
    start = max(segment.start, last_at(site.actions, agreed), last_at(site.done, done))
    end = min(segment.end, next_at(site.actions, agreed), next_at(site.done, done))
    held = []
    for fact, due_on in undone(site, at):
        over = site.zone.midnight(due_on + 1)
        start, end = (max(start, over), end) if at >= over else (start, min(end, over))
        if at >= over:
            held.append(Held("amber", fact, fact.label, due_on))
    return Verdict(start, end, tuple(held))


def explain(site: Site, at: Instant) -> list[Reason]:
    """The actions that are not done, with the dates on which they are due, what would clear it."""
    open_actions = [ActionDue(event=fact.label, due_on=format_day(due_on)) for fact, due_on in undone(site, at)]
    return [
        ActionsUndone(undone=open_actions),
        clears("the action, done"),
    ]


def tell(_site: Site, _at: Instant, held: Held) -> Said:
    """When the action was due."""
    return Said(
        f"The action was due on {phrases.long_day(required(held.due_on))}.", "the action is done, and that is recorded."
    )


RULE = Rule(
    number=25,
    name="ACTION_OVERDUE",
    kind="site",
    title="Agreed action overdue",
    why="action plans",
    parameters=(),
    reads=frozenset({"action.agreed", "action.done"}),
    judge=judge,
    explain=explain,
    tell=tell,
)
