"""Whose key worker somebody is on a day, and for whom they cover. Pure. Source: RULES, *Allocation*, *Cover*."""

from events.instants import Day, Instant
from projections.grounds.worker import Worker
from projections.policy import Policy
from projections.watch.subject import Subject


def own_families(subject: Subject, at: Instant, policy: Policy) -> set[str]:
    """The families (their ids) whose key worker a worker is on the day of an instant."""
    worker, day = _worker(subject, at, policy)
    return {each.family for each in worker.key_allocations(day, at)}


def covered_workers(subject: Subject) -> set[str]:
    """The workers for whom somebody was ever asked to cover."""
    said = (fact.data for fact in subject.own.of("cover.assigned"))
    return {str(data["worker"]) for data in said if data["covering_worker"] == subject.id}


def families_covered_by(subject: Subject, covering: str, at: Instant, policy: Policy) -> set[str]:
    """The families of a worker for whom another one covers on the day of an instant."""
    worker, day = _worker(subject, at, policy)
    families = {each.family for each in worker.key_allocations(day, at)}
    return {family for family in families if covering in worker.cover.who(family, day, at)}


def _worker(subject: Subject, at: Instant, policy: Policy) -> tuple[Worker, Day]:
    ground = subject.ground(policy.of(subject.site(at)))
    if not isinstance(ground, Worker):
        raise TypeError(f"{subject.name} is no worker")
    return ground, ground.zone.day_of(at)
