"""Which contacts and liaison of the past verdicts need: the building blocks of a rule's `past`.

Whatever no rule's `past` gives for an instant may be in the archive for every verdict from that instant on.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from events.instants import DAY_ONE, Day, Instant
from projections.grounds.family import Family
from projections.knowledge.facts import Fact, up_to
from projections.reasoning.reasons import CONSIDERED_LIMIT


def latest(facts: list[Fact], at: Instant, count: int = 1) -> Iterable[Fact]:
    """The latest of facts that occurred by an instant, so many at most."""
    index = up_to(facts, at)
    return facts[max(0, index - count) : index]


def since(facts: list[Fact], at: Instant, first_day: Day) -> Iterator[Fact]:
    """The facts that occurred by an instant, on or after a day; the latest first."""
    for index in range(up_to(facts, at) - 1, -1, -1):
        if facts[index].day < first_day:
            return
        yield facts[index]


def last_qualifying(family: Family, at: Instant) -> Iterator[Fact]:
    """The last contact that counts, and the latest contacts that explanations consider."""
    yield from latest(family.qualifying, at)
    yield from latest(family.contacts, at, CONSIDERED_LIMIT)


def last_by_each_worker(family: Family, at: Instant) -> Iterator[Fact]:
    """Of each worker that was ever allocated the last contact that counts."""
    for worker in {each.worker for each in family.allocations}:
        own = (fact for fact in since(family.qualifying, at, DAY_ONE) if worker in family.counted(fact).by)
        yield from islice(own, 1)
