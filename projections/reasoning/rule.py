"""A rule, and the verdict that it gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from events.catalogue import Kind
from events.instants import Day, Instant
from projections.knowledge.facts import Fact
from projections.parameters import Parameter
from projections.reasoning.reasons import Reason

Severity = Literal["amber", "red"]


class Held(NamedTuple):
    """One alert of a rule that holds.

    `due_on` is a day; None where the rule has none or the alert is due on its eve.
    """

    severity: Severity
    anchor: Fact
    discriminator: str = ""
    due_on: Day | None = None


class Verdict(NamedTuple):
    """What of a rule holds from `start` (in) to `end` (out), both instants: between them time alone changes nothing."""

    start: Instant
    end: Instant
    held: tuple[Held, ...] = ()


def _none_of_the_past(_ground: Any, _at: Instant) -> Iterable[Fact]:  # noqa: ANN401 - any ground
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule of RULES: everything about it. Its file is all there is to write for a new one.

    `number` is its place in RULES. `title` and `why` (a phrase of the research) are read by people. `reads` names
    what, besides the ground's own events, can change what it says. `judge(ground, at)` gives the verdict at an
    instant; `explain(ground, at)` the reasons, whether it holds or not: what was counted, what was considered and why
    it did not count, what would clear it. `past(ground, at)` gives the contacts and liaison up to an instant that
    verdicts from then on can need: all others may be in the archive. A rule that reads contacts or liaison must say
    it. `asks_for_contact`: its alerts may only mean that contacts were not passed on. `due_on_eve`: its alerts were
    due on the day before `since`.
    """

    number: int
    name: str
    kind: Kind
    title: str
    why: str
    parameters: tuple[Parameter[Any], ...]
    reads: frozenset[str]
    judge: Callable[[Any, Instant], Verdict]
    explain: Callable[[Any, Instant], list[Reason]]
    past: Callable[[Any, Instant], Iterable[Fact]] = _none_of_the_past
    asks_for_contact: bool = False
    due_on_eve: bool = False
    version: int = 1
