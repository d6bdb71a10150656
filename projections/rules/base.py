"""What every rule is made of: a title, the text's phrase, its parameters, and `judge`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from projections.facts import Fact
from projections.family import Family
from projections.worker import Worker

Severity = Literal["amber", "red"]
Kind = Literal["family", "worker", "site"]
Reasons = list[dict[str, Any]]


class Held(NamedTuple):
    """One alert of a rule that holds. `due_on` is a day; None where the rule has none or the alert is due on its eve."""

    severity: Severity
    anchor: Fact
    discriminator: str = ""
    due_on: int | None = None


class Verdict(NamedTuple):
    """What of a rule holds from `start` (in) to `end` (out), both instants: between them time alone changes nothing."""

    start: int
    end: int
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule of RULES.

    `reads` names the event types, other than the ground's own, that can change what it says; `due_on_eve` says that its
    alerts were due on the day before `since`. `judge(ground, at)` gives the verdict at an instant, and `explain(ground, at)`
    the reasons, whether it holds or not: what was counted, what was considered and why it did not count, what would clear
    it.
    """

    name: str
    kind: Kind
    title: str
    why: str
    parameters: tuple[str, ...]
    reads: frozenset[str]
    judge: Callable[[Any, int], Verdict]
    explain: Callable[[Any, int], Reasons]
    due_on_eve: bool = False
    version: int = 1


__all__ = ["Family", "Held", "Kind", "Reasons", "Rule", "Severity", "Verdict", "Worker"]
