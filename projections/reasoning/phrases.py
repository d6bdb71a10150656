"""Codes and counts in plain English, for sentences. Pure."""

from collections.abc import Iterable

SPHERES = {
    "emotional_support": "emotional support",
    "information": "information and advice",
    "needs": "identifying and addressing needs",
    "advocacy": "advocacy",
    "coordination": "service co-ordination",
}
WHY_NOT_COUNTED = {
    "not-achieved": "it was an attempt that did not reach the family",
    "not-two-way": "no parent or other agreed person took part",
    "not-by-worker": "the worker did not start it",
    "initiator-unknown": "who started it is not recorded",
    "not-their-key-worker": "none of its workers was then their key worker or covering",
    "not-acting-as-key-worker": "the worker was acting in another role",
}


def words(code: str) -> str:
    """A code as words: `face_to_face` is "face to face"."""
    return code.replace("_", " ").replace("-", " ")


def working_days(count: int) -> str:
    """A number of working days: "1 working day", "2 working days"."""
    return f"{count} working day{'' if count == 1 else 's'}"


def names(ids: Iterable[str]) -> str:
    """Some ids, or nobody."""
    return ", ".join(ids) or "nobody"
