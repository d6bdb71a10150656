"""ROLE_CONFUSION. Source: RULES, *Worker rules*."""

from fractions import Fraction
from typing import NamedTuple

from events.instants import LONG_AGO
from projections.calendar import threshold
from projections.facts import Fact, last_at, next_at, up_to
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, day_text
from projections.spans import Span
from projections.worker import Worker


class _Had(NamedTuple):
    """The contacts with a dual role's families in its window, the latest first, and when the one before them left it."""

    contacts: list[Fact]
    left: int

    def acting(self, role: str) -> int:
        """How many of them say that the worker acted in a role."""
        return sum(fact.data.get("acting_as", "unknown") == role for fact in self.contacts)


def _leaves(worker: Worker, fact: Fact) -> int:
    return worker.zone.midnight(threshold(worker.calendar, fact.day, worker.parameters.role_window))


def _had(worker: Worker, role: Span, at: int) -> _Had:
    families = role.fact.data.get("families")
    first = worker.calendar.window_start(worker.parameters.role_window, worker.zone.day_of(at))
    found: list[Fact] = []
    contacts = worker.contacts_at(at)
    for index in range(up_to(contacts, at) - 1, -1, -1):
        fact = contacts[index]
        if fact.day < role.start:
            break
        if families and fact.data["family"] not in families:
            continue
        if fact.day < first:
            return _Had(found, _leaves(worker, fact))
        found.append(fact)
    return _Had(found, LONG_AGO)


def _is_confused(worker: Worker, had: _Had) -> bool:
    n = len(had.contacts)

    def is_more_than(share: Fraction, role: str) -> bool:
        return had.acting(role) * share.denominator > share.numerator * n

    exact = worker.policy.exact
    return n >= worker.parameters.role_min and (
        is_more_than(exact["role_share"], "other_role") or is_more_than(exact["role_missing"], "unknown")
    )


def _roles(worker: Worker, day: int) -> list[Span]:
    return [role for role in worker.dual_roles if role.on(day)]


def judge(worker: Worker, at: int) -> Verdict:
    """Holds for a dual role in which too many contacts were in the other role, or in none that was said."""
    segment = worker.segment(at)
    start, end = segment.start, segment.end
    roles = _roles(worker, worker.zone.day_of(at)) if worker.dual_roles and segment.judged else []
    if not roles:
        return Verdict(start, end)
    contacts = worker.contacts_at(at)
    index = up_to(contacts, at)
    start, end = max(start, last_at(contacts, index)), min(end, next_at(contacts, index))
    held = []
    for role in roles:
        had = _had(worker, role, at)
        start = max(start, had.left)
        if len(had.contacts) >= max(1, worker.parameters.role_min):
            end = min(end, _leaves(worker, had.contacts[-1]))
        if _is_confused(worker, had):
            held.append(Held("amber", role.fact, role.fact.label))
    return Verdict(start, end, tuple(held))


def explain(worker: Worker, at: int) -> Reasons:
    """For each dual role in force the contacts counted by role, what would clear it."""
    day, parameters = worker.zone.day_of(at), worker.parameters
    out: Reasons = []
    for role in _roles(worker, day):
        had = _had(worker, role, at)
        out.append(
            {
                "code": "dual-role",
                "event": role.fact.label,
                "from": day_text(role.start),
                "to": day_text(role.end),
                "families": sorted(role.fact.data.get("families") or []),
                "contacts": len(had.contacts),
                "needed": parameters.role_min,
                "working_days": parameters.role_window,
                "as_key_worker": had.acting("key_worker"),
                "in_other_role": had.acting("other_role"),
                "not_said": had.acting("unknown"),
            }
        )
    if not out:
        out.append({"code": "no-dual-role"})
    out.append(clears("contacts as key worker that say so, or the end of the dual role"))
    return out


RULE = Rule(
    name="ROLE_CONFUSION",
    kind="worker",
    title="Two roles toward the same families are mixed",
    why="confusion caused by being involved with a family as a key worker and in another professional capacity",
    parameters=("role_window", "role_min", "role_share", "role_missing"),
    reads=frozenset({"contact.in-dual-role"}),
    judge=judge,
    explain=explain,
)
