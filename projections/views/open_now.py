"""What is open of a subject, so that a form can offer it: absences, cover, plans, actions, and who works with whom.

Source: RULES, *Absence*, *Cover*, *Plan*, *Allocation* and *Site rules*.
"""

from typing import NamedTuple

from events.event import Key
from events.instants import Day, Instant
from projections.grounds.family import Family
from projections.grounds.site import Site
from projections.grounds.worker import Worker
from projections.knowledge.archive import mark
from projections.knowledge.facts import Fact
from projections.knowledge.spans import Span
from projections.policy import Policy
from projections.watch.subject import Subject


class OpenNow(NamedTuple):
    """What is open of a subject on a day. What its kind does not have is empty."""

    key_workers: tuple[str, ...] = ()
    covering: tuple[str, ...] = ()
    """Who covers for one of a family's key workers."""
    plans: tuple[Fact, ...] = ()
    """The plan in force, then those to come."""
    families: tuple[str, ...] = ()
    """The families whose key worker a worker is."""
    absences: tuple[Fact, ...] = ()
    """A worker's absences that are not over, the first to start first. One that ends on the day is not over yet."""
    covers: tuple[Fact, ...] = ()
    """The covers for a worker that are not over, in the same way."""
    appointments: tuple[Fact, ...] = ()
    """The appointments of a site's coordinators that are not over."""
    seats: tuple[Fact, ...] = ()
    """The fillings of a site's steering seats that are not over."""
    actions: tuple[Fact, ...] = ()
    """The actions of a site that are agreed and not done, the first to fall due first."""


def open_now(subject: Subject, policy: Policy, at: Instant) -> OpenNow:
    """What is open at an instant, as known now."""
    ground = subject.ground(policy.of(subject.site(at)))
    if isinstance(ground, Family):
        return _of_family(ground, at)
    return _of_worker(ground, at) if isinstance(ground, Worker) else _of_site(ground, at)


def _of_family(family: Family, at: Instant) -> OpenNow:
    day = family.zone.day_of(at)
    key = sorted({each.worker for each in family.key_allocations(day, at)})
    covering = {
        span.fact.data["covering_worker"]
        for worker in key
        if worker in family.cover
        for span in family.cover[worker].spans
        if span.on(day) and span.fact.data["covering_worker"] in family.cover[worker].who_through(family.id, day, at)
    }
    in_force = family.plan_on(day)
    to_come = [plan for start, plan in zip(family.plan_starts, family.plans, strict=True) if start > day]
    plans = (*(() if in_force is None else (in_force,)), *to_come)
    return OpenNow(key_workers=tuple(key), covering=tuple(sorted(covering)), plans=plans)


def _of_worker(worker: Worker, at: Instant) -> OpenNow:
    day = worker.zone.day_of(at)
    return OpenNow(
        families=tuple(sorted({each.family for each in worker.allocations if each.on(day, at)})),
        absences=_not_over(worker.presence.absences, day),
        covers=_not_over(worker.cover.spans, day),
    )


def _of_site(site: Site, at: Instant) -> OpenNow:
    day = site.zone.day_of(at)
    done = {fact.ref("action") for fact in site.done}
    actions = [fact for fact in site.actions if fact.key not in done]
    return OpenNow(
        appointments=_not_over(site.appointments, day),
        seats=_not_over([span for spans in site.seats.values() for span in spans], day),
        actions=tuple(sorted(actions, key=lambda fact: (fact.data["due_on"], fact.rank))),
    )


def _not_over(spans: list[Span], day: Day) -> tuple[Fact, ...]:
    return tuple(span.fact for span in sorted(spans, key=lambda span: (span.start, span.fact.rank)) if span.end >= day)


def knows(subject: Subject, key: Key) -> bool:
    """Whether a subject has an event, set aside or not."""
    return key in subject.own.events or mark(key) in subject.archive.marks
