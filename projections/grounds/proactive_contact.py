"""Which contacts count as proactive contact by the key worker, and what else a contact is for the rules.

Source: RULES, *Ground*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from events.types.fields import ACHIEVED
from projections.knowledge.facts import Fact

PARTIES = ("parent", "carer")
"""Who has to take part in a contact, if the plan says nothing else."""


@dataclass(slots=True)
class Counted:
    """Whether a contact counts as proactive contact by the key worker, and if not, why not.

    `why_not` lists codes: `not-achieved`, `not-two-way`, `not-by-worker`, `initiator-unknown`, `not-their-key-worker`,
    `not-acting-as-key-worker`, `before-the-clock`. `covering` holds the workers by whom it counts only as cover.
    """

    by: frozenset[str]
    covering: frozenset[str]
    why_not: tuple[str, ...]


def count(fact: Fact, plan: Fact | None, keys: set[str], covering: set[str], dual: set[str]) -> Counted:
    """Judges a contact as things stood at its own instant; the hand-over day belongs to both.

    Takes the plan in force, the family's key workers then, those who covered for one of them, and those who had
    another role with the family too.
    """
    data = fact.data
    why_not = []
    if data["outcome"] not in ACHIEVED:
        why_not.append("not-achieved")
    if not _has_party(fact, plan):
        why_not.append("not-two-way")
    initiator = data.get("initiated_by", "unknown")
    if initiator != "worker":
        why_not.append("initiator-unknown" if initiator == "unknown" else "not-by-worker")
    own = (keys | covering).intersection(data["workers"])
    if not own:
        why_not.append("not-their-key-worker")
    acting = data.get("acting_as", "unknown")
    good: set[str] = set()
    if acting != "other_role":
        good = own if acting == "key_worker" else own - dual
    if own and not good:
        why_not.append("not-acting-as-key-worker")
    if why_not:
        return Counted(frozenset(), frozenset(), tuple(why_not))
    return Counted(frozenset(good), frozenset(good - keys), ())


def parties_of(plan: Fact | None) -> Sequence[str]:
    """Who has to take part in a contact: a party to contact by the plan in force."""
    return (plan.data.get("contact_parties") if plan else None) or PARTIES


def _has_party(fact: Fact, plan: Fact | None) -> bool:
    """Whether a party to contact by the plan took part."""
    parties = parties_of(plan)
    return any(person in parties for person in fact.data.get("participants", ()))


def is_started(fact: Fact) -> bool:
    """Whether a contact reached the family, and the worker or the family started it."""
    return fact.data["outcome"] in ACHIEVED and fact.data.get("initiated_by") in {"worker", "family"}


def is_exploring(fact: Fact) -> bool:
    """Whether a contact reached the family, and somebody's needs were explored."""
    return bool(fact.data.get("needs_explored_for")) and fact.data["outcome"] in ACHIEVED


def spheres_of(fact: Fact) -> tuple[str, ...]:
    """The spheres of support in which a contact that reached the family, or liaison, did something."""
    if fact.data.get("outcome", "attended") not in ACHIEVED:
        return ()
    return tuple(set(fact.data.get("spheres", ())))
