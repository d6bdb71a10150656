"""A rule, and the verdict that it gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

from events.catalogue import Kind
from events.instants import Day, Instant
from projections.knowledge.facts import Fact
from projections.parameters import Parameter
from projections.reasoning.reasons import Reason

Severity = Literal["amber", "red"]
Found = TypeVar("Found")


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


class Said(NamedTuple):
    """What a rule says of one of its alerts at an instant. Source: CONTENT, *Every alert has a headline*.

    `headline` is one or two sentences that name no other family; `to_clear` a clause that ends "To clear this:". The
    ids of the `families` that the alert is about are named apart, since not everybody who sees the alert may see them.
    """

    headline: str
    to_clear: str
    families: tuple[str, ...] = ()


def required(found: Found | None) -> Found:
    """What is there whenever the rule holds. Raises LookupError for None: then the rule is at fault."""
    if found is None:
        raise LookupError("a rule says that it holds, and does not find what it holds by")
    return found


def _none_of_the_past(_ground: Any, _at: Instant) -> Iterable[Fact]:  # noqa: ANN401 - any ground
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A rule of RULES: everything about it. Its file is all there is to write for a new one.

    `number` is its place in RULES. `title` and `why` (a phrase of the research) are read by people. `reads` names
    what, besides the ground's own events, can change what it says. `judge(ground, at)` gives the verdict at an
    instant; `explain(ground, at)` the reasons, whether it holds or not: what was counted, what was considered and why
    it did not count, what would clear it. `tell(ground, at, held)` gives the words of an alert that holds; `about`
    those for a discriminator that belongs to its title. `past(ground, at)` gives the contacts and liaison up to an
    instant that verdicts from then on can need: all others may be in the archive. A rule that reads contacts or
    liaison must say it. `asks_for_contact`: its alerts may only mean that contacts were not passed on. `due_on_eve`:
    its alerts were due on the day before `since`.
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
    tell: Callable[[Any, Instant, Held], Said]
    past: Callable[[Any, Instant], Iterable[Fact]] = _none_of_the_past
    asks_for_contact: bool = False
    due_on_eve: bool = False
    about: Callable[[str], str] | None = None
    version: int = 1
