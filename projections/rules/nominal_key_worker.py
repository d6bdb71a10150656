"""NOMINAL_KEY_WORKER. Source: RULES, *Family rules*."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

from events.instants import DAY_ONE, FOREVER, LONG_AGO, Day, Instant, format_day
from projections.grounds.family import Family, Segment
from projections.knowledge.calendar import threshold
from projections.knowledge.facts import Fact, last_at, next_at, up_to
from projections.parameters import part, whole
from projections.reasoning import phrases
from projections.reasoning.past import last_by_each_worker, since
from projections.reasoning.reasons import Reason, clears, clock, day_text, working_days
from projections.reasoning.rule import Held, Rule, Said, Verdict

VIEW_VALID = whole("view_valid", 182)
NOMINAL_AFTER = whole("nominal_after", 40)
NOMINAL_WINDOW = whole("nominal_window", 91)
NOMINAL_MIN = whole("nominal_min", 4)
NOMINAL_SHARE = part("nominal_share", "0.25")


@dataclass(frozen=True, kw_only=True)
class KeyWorkerSince(Reason):
    """Since when a worker has been the key worker."""

    code: Literal["key-worker-since"] = "key-worker-since"
    worker: str
    on: str | None
    allocation: str

    def __str__(self) -> str:
        return f"{self.worker} has been their key worker since {phrases.date_or_never(self.on)}."


@dataclass(frozen=True, kw_only=True)
class ParentsView(Reason):
    """The parents' view, which is still valid."""

    code: Literal["view"] = "view"
    event: str
    on: str
    has_key_worker: Literal["yes", "no", "unsure"]

    def __str__(self) -> str:
        said = {"yes": "there is a key worker", "no": "there is no key worker", "unsure": "they are not sure"}
        return f"On {phrases.long_date(self.on)} the parents' view was that {said[self.has_key_worker]}."


@dataclass(frozen=True, kw_only=True)
class NoContactBy(Reason):
    """No contact by a worker counts since a day."""

    code: Literal["no-contact-by"] = "no-contact-by"
    worker: str
    since: str | None

    def __str__(self) -> str:
        return (
            f"No contact that {self.worker} started has reached the family since {phrases.date_or_never(self.since)}."
        )


@dataclass(frozen=True, kw_only=True)
class StartedBy(Reason):
    """How many of the contacts with a worker the worker started."""

    code: Literal["started-by"] = "started-by"
    worker: str
    days: int
    contacts: int
    by_worker: int
    needed: int
    share: str

    def __str__(self) -> str:
        return (
            f"{phrases.count(self.contacts, 'contact')} with {self.worker} reached the family "
            f"in the last {phrases.count(self.days, 'day')}, "
            f"{self.by_worker} of them started by the worker; once there are {self.needed}, "
            f"a share of {self.share} is expected."
        )


def _workers(segment: Segment) -> list[str]:
    return sorted({each.worker for each in segment.key})


def _view(family: Family, since: Day, day: Day, at: Instant) -> tuple[Fact | None, Instant]:
    """The parent's latest view that is still valid, and the midnight at which it will no longer be."""
    index = up_to(family.views, at)
    last = family.views[index - 1] if index else None
    valid = family.policy[VIEW_VALID]
    if last is None or last.day < max(since, day - valid):
        return None, FOREVER
    return last, family.zone.midnight(last.day + valid + 1)


def _own(family: Family, worker: str, since: Day, at: Instant) -> Fact | None:
    """The last qualifying contact by the worker on or after a day."""
    for index in range(up_to(family.qualifying, at) - 1, -1, -1):
        fact = family.qualifying[index]
        if fact.day < since:
            return None
        if worker in family.counted(fact).by:
            return fact
    return None


class _Had(NamedTuple):
    """Contacts with a worker that the worker or the family started, counted in the window before a day."""

    contacts: int
    by_worker: int
    left: Instant
    """The midnight at which the contact before these left the window."""
    today: int
    """Contacts of the day itself, which do not count yet."""
    turns: list[tuple[Day, int, int]]
    """By day in order, how these counts will change if no contact occurs."""


def _had(family: Family, worker: str, since: Day, at: Instant) -> _Had:
    window, day = family.policy[NOMINAL_WINDOW], family.zone.day_of(at)
    contacts = by_worker = today = 0
    left = LONG_AGO
    turns = []
    for index in range(up_to(family.started, at) - 1, -1, -1):
        fact = family.started[index]
        if fact.day < since:
            break
        if worker in fact.data["workers"]:
            if fact.day < day - window:
                left = family.zone.midnight(fact.day + window + 1)
                break
            own = fact.data["initiated_by"] == "worker"
            if fact.day < day:
                contacts, by_worker = contacts + 1, by_worker + own
            else:
                today += 1
                turns.append((fact.day + 1, 1, int(own)))
            turns.append((fact.day + window + 1, -1, -int(own)))
    turns.sort()
    return _Had(contacts, by_worker, left, today, turns)


def _seldom(family: Family, had: _Had) -> tuple[Instant, bool]:
    """Whether the worker started too few of the contacts, and until which midnight that stays so without a new one."""
    least, share = family.policy[NOMINAL_MIN], family.policy.exact(NOMINAL_SHARE)
    part, whole = share.numerator, share.denominator
    contacts, by_worker = had.contacts, had.by_worker
    if contacts + had.today < least:
        return FOREVER, False
    now = contacts >= least and by_worker * whole < part * contacts
    for turn, together in groupby(had.turns, key=itemgetter(0)):
        for _, more, own in together:
            contacts, by_worker = contacts + more, by_worker + own
        if (contacts >= least and by_worker * whole < part * contacts) != now:
            return family.zone.midnight(turn), now
    return FOREVER, now


def _last_turn(family: Family, since: Day, at: Instant) -> Instant:
    """The midnight at which the last contact began to count, if that is in the past."""
    index = up_to(family.started, at)
    last = family.started[index - 1].day if index else DAY_ONE
    return family.zone.midnight(last + 1) if since <= last < family.zone.day_of(at) else LONG_AGO


def judge(family: Family, at: Instant) -> Verdict:
    """Holds for a key worker by the parents' view or, without a valid one, by the contacts."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None or not segment.key:
        return Verdict(segment.start, segment.end)
    day, midnight = family.zone.day_of(at), family.zone.midnight
    views, contacts = up_to(family.views, at), up_to(family.started, at)
    start = max(segment.start, last_at(family.started, contacts), last_at(family.views, views))
    end = min(segment.end, next_at(family.started, contacts), next_at(family.views, views))
    held = []
    for worker in _workers(segment):
        since, begins = family.key_worker_since(worker, at)
        view, expires = _view(family, since, day, at)
        if view is None and views:  # one that has expired
            start = max(start, midnight(min(day, family.views[views - 1].day + family.policy[VIEW_VALID] + 1)))
        end = min(end, expires)
        said = view.data["has_key_worker"] if view else None
        if said == "no":
            held.append(Held("red", begins, worker))
        elif said != "yes":
            after = midnight(threshold(family.calendar, since, family.policy[NOMINAL_AFTER]))
            never = at >= after and _own(family, worker, since, at) is None
            had = _had(family, worker, since, at)
            over, seldom = _seldom(family, had)
            start = max(start, had.left, _last_turn(family, since, at), after if at >= after else LONG_AGO)
            end = min(end, over, after if at < after else FOREVER)
            if never or seldom:
                held.append(Held("amber", begins, worker))
    return Verdict(start, end, tuple(held))


def explain(family: Family, at: Instant) -> list[Reason]:
    """For each key worker since when, the parent's view, the contacts that were counted."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    day, policy = family.zone.day_of(at), family.policy
    for worker in _workers(segment):
        since, begins = family.key_worker_since(worker, at)
        out.append(KeyWorkerSince(worker=worker, on=day_text(since), allocation=begins.label))
        view, _ = _view(family, since, day, at)
        if view is not None:
            said = view.data["has_key_worker"]
            out.append(ParentsView(event=view.label, on=format_day(view.day), has_key_worker=said))
        if view is not None and view.data["has_key_worker"] != "unsure":
            continue
        own = _own(family, worker, since, at)
        if own is None:
            out.append(NoContactBy(worker=worker, since=day_text(since)))
            out.append(working_days(family, since, day, policy[NOMINAL_AFTER]))
        had = _had(family, worker, since, at)
        out.append(
            StartedBy(
                worker=worker,
                days=policy[NOMINAL_WINDOW],
                contacts=had.contacts,
                by_worker=had.by_worker,
                needed=policy[NOMINAL_MIN],
                share=str(policy[NOMINAL_SHARE]),
            )
        )
    out.append(clears("contact that the key worker starts, or the parent's view that there is a key worker"))
    return out


def tell(family: Family, at: Instant, held: Held) -> Said:
    """What the parents said, or how little contact the key worker has started."""
    worker, day, policy = held.discriminator, family.zone.day_of(at), family.policy
    since, _ = family.key_worker_since(worker, at)
    view, _ = _view(family, since, day, at)
    if view is not None and view.data["has_key_worker"] == "no":
        return Said(
            f"Parents said on {phrases.long_day(view.day)} that they have no key worker.",
            "parents say that they have a key worker.",
        )
    gone = family.calendar.wd(since, day)
    if gone >= policy[NOMINAL_AFTER] and _own(family, worker, since, at) is None:
        news = (
            f"{worker} has been key worker for {phrases.working_days(gone)} "
            "and has not started a contact that reached the family."
        )
    else:
        had, share = _had(family, worker, since, at), phrases.percent(policy.exact(NOMINAL_SHARE))
        news = (
            f"{worker} started {had.by_worker} of {phrases.count(had.contacts, 'contact')} with the family "
            f"in the last {phrases.count(policy[NOMINAL_WINDOW], 'day')}. The service expects {share}."
        )
    return Said(news, "the key worker starts contact that reaches the family, or parents say they have a key worker.")


def past(family: Family, at: Instant) -> Iterator[Fact]:
    """The last contact by each worker, and the contacts in the window."""
    yield from last_by_each_worker(family, at)
    yield from since(family.started, at, family.zone.day_of(at) - family.policy[NOMINAL_WINDOW])


RULE = Rule(
    number=5,
    name="NOMINAL_KEY_WORKER",
    kind="family",
    title="Key worker in name only",
    why="not all professionals identified as key workers had truly assumed the role",
    parameters=(VIEW_VALID, NOMINAL_AFTER, NOMINAL_WINDOW, NOMINAL_MIN, NOMINAL_SHARE),
    reads=frozenset({"contact.started", "view.recorded"}),
    judge=judge,
    explain=explain,
    tell=tell,
    asks_for_contact=True,
    past=past,
)
