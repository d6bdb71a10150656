"""ROLE_CONFUSION. Source: RULES, *Worker rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from events.instants import LONG_AGO, Day, Instant
from projections.grounds.worker import Worker
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.knowledge.spans import Span
from projections.parameters import part, whole
from projections.reasoning import phrases
from projections.reasoning.past import since
from projections.reasoning.reasons import Reason, clears, day_text
from projections.reasoning.rule import Held, Rule, Said, Verdict

ROLE_WINDOW = whole("role_window", 60, least=1)
ROLE_MIN = whole("role_min", 4)
ROLE_SHARE = part("role_share", "0.5")
ROLE_MISSING = part("role_missing", "0.2")


@dataclass(frozen=True, kw_only=True)
class DualRole(Reason):
    """A dual role in force, and the contacts in its window by the role in which the worker acted."""

    code: Literal["dual-role"] = "dual-role"
    event: str
    from_: str | None
    to: str | None
    families: list[str]
    contacts: int
    needed: int
    working_days: int
    as_key_worker: int
    in_other_role: int
    not_said: int

    def __str__(self) -> str:
        whom = f"families {', '.join(self.families)}" if self.families else "all their families"
        return (
            f"Another professional role toward {whom} since {phrases.date_or_never(self.from_)}: "
            f"of {phrases.count(self.contacts, 'contact')} in {phrases.working_days(self.working_days)} "
            f"{self.as_key_worker} as key worker, "
            f"{self.in_other_role} in the other role, {self.not_said} not said; {self.needed} or more count."
        )


@dataclass(frozen=True, kw_only=True)
class NoDualRole(Reason):
    """No dual role is in force."""

    code: Literal["no-dual-role"] = "no-dual-role"

    def __str__(self) -> str:
        return "No dual role is in force."


class _Had(NamedTuple):
    """The contacts with a dual role's families in its window, the latest first.

    When the one before them left it.
    """

    contacts: list[Fact]
    left: Instant

    def acting(self, role: str) -> int:
        """How many of them say that the worker acted in a role."""
        return sum(fact.data.get("acting_as", "unknown") == role for fact in self.contacts)

    def is_more_than(self, share: Fraction, role: str) -> bool:
        """Whether those in a role are more than a share of all."""
        return self.acting(role) * share.denominator > share.numerator * len(self.contacts)


def _leaves(worker: Worker, fact: Fact) -> Instant:
    return worker.zone.midnight(threshold(worker.calendar, fact.day, worker.policy[ROLE_WINDOW]))


def _had(worker: Worker, role: Span, at: Instant) -> _Had:
    families = role.fact.data.get("families")
    first = worker.calendar.window_start(worker.policy[ROLE_WINDOW], worker.zone.day_of(at))
    in_window: list[Fact] = []
    contacts = worker.contacts_at(at)
    for index in range(up_to(contacts, at) - 1, -1, -1):
        fact = contacts[index]
        if fact.day < role.start:
            break
        if families and fact.data["family"] not in families:
            continue
        if fact.day < first:
            return _Had(in_window, _leaves(worker, fact))
        in_window.append(fact)
    return _Had(in_window, LONG_AGO)


def _is_confused(worker: Worker, had: _Had) -> bool:
    policy = worker.policy
    return len(had.contacts) >= policy[ROLE_MIN] and (
        had.is_more_than(policy.exact(ROLE_SHARE), "other_role")
        or had.is_more_than(policy.exact(ROLE_MISSING), "unknown")
    )


def _roles(worker: Worker, day: Day) -> list[Span]:
    return [role for role in worker.dual_roles if role.on(day)]


def judge(worker: Worker, at: Instant) -> Verdict:
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
        if len(had.contacts) >= max(1, worker.policy[ROLE_MIN]):
            end = min(end, _leaves(worker, had.contacts[-1]))
        if _is_confused(worker, had):
            held.append(Held("amber", role.fact, role.fact.label))
    return Verdict(start, end, tuple(held))


def explain(worker: Worker, at: Instant) -> list[Reason]:
    """For each dual role in force the contacts counted by role, what would clear it."""
    day, policy = worker.zone.day_of(at), worker.policy
    out: list[Reason] = []
    for role in _roles(worker, day):
        had = _had(worker, role, at)
        out.append(
            DualRole(
                event=role.fact.label,
                from_=day_text(role.start),
                to=day_text(role.end),
                families=sorted(role.fact.data.get("families") or []),
                contacts=len(had.contacts),
                needed=policy[ROLE_MIN],
                working_days=policy[ROLE_WINDOW],
                as_key_worker=had.acting("key_worker"),
                in_other_role=had.acting("other_role"),
                not_said=had.acting("unknown"),
            )
        )
    if not out:
        out.append(NoDualRole())
    out.append(clears("contacts as key worker that say so, or the end of the dual role"))
    return out


def _those(some: int, contacts: int) -> str:
    return "The last contact" if contacts == 1 else f"{some} of the last {contacts} contacts"


def tell(worker: Worker, at: Instant, held: Held) -> Said:
    """How many contacts were in the other role, or do not say in which."""
    role = next(each for each in _roles(worker, worker.zone.day_of(at)) if each.fact is held.anchor)
    had = _had(worker, role, at)
    contacts = len(had.contacts)
    if had.is_more_than(worker.policy.exact(ROLE_SHARE), "other_role"):
        in_other = had.acting("other_role")
        news = f"{_those(in_other, contacts)} {'was' if in_other == 1 else 'were'} in the other professional role."
    else:
        unsaid = had.acting("unknown")
        news = f"{_those(unsaid, contacts)} {'does' if unsaid == 1 else 'do'} not say in which role."
    return Said(news, "contacts are made and recorded as key worker, or the other role ends.")


def past(worker: Worker, at: Instant) -> Iterator[Fact]:
    """While a dual role may still be in force the contacts in the window."""
    day = worker.zone.day_of(at)
    if any(role.end > day for role in worker.dual_roles):
        yield from since(worker.contacts, at, worker.calendar.window_start(worker.policy[ROLE_WINDOW], day))


RULE = Rule(
    number=20,
    name="ROLE_CONFUSION",
    kind="worker",
    title="Roles mixed",
    why="confusion caused by being involved with a family as a key worker and in another professional capacity",
    parameters=(ROLE_WINDOW, ROLE_MIN, ROLE_SHARE, ROLE_MISSING),
    reads=frozenset({"contact.in-dual-role"}),
    judge=judge,
    explain=explain,
    tell=tell,
    past=past,
)
