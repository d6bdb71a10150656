"""What other subjects must learn from what one has learnt.

Source: CONTRACT, *Types, by topic*; RULES, *Allocation*, *Cover*.
"""

from collections.abc import Iterable

from events.catalogue import MENDS, told_to
from events.event import Event
from events.names import uuid_of
from events.subject_name import SubjectName
from projections.knowledge.entries import Derived, Told
from projections.knowledge.facts import Facts
from projections.watch.subject import Subject

TO_FAMILIES = told_to("families of the worker")
TO_COVERED = told_to("workers it covers for")
TO_WORKERS = told_to("workers of the family")
TELLING = frozenset({*TO_FAMILIES, *TO_WORKERS, "allocation.started", *MENDS})
"""The types of events that can have something to tell to other subjects."""


def derive(subject: Subject, news: Iterable[Told], entry: Event | Derived) -> list[Derived]:
    """What other subjects must learn from what this one has just learnt: one entry for each of them."""
    if subject.kind == "worker":
        told = _worker_tells(subject, news)
    elif subject.kind == "family":
        told = _family_tells(subject, news)
    else:
        return []
    cause, via = (entry.cause, entry.id) if isinstance(entry, Derived) else (entry.label, entry.label)
    return [
        Derived(
            id=uuid_of(f"touchline:derived:{subject.name}:{via}:{target}"),
            target=target,
            cause=cause,
            told=tuple({(each.about, each.event.key): each for each in facts}.values()),
            known=max(entry.known, subject.known),
            backfill=entry.backfill,
        )
        for target, facts in sorted(told.items())
        if facts
    ]


def _about(name: SubjectName, facts: Facts, types: tuple[str, ...]) -> list[Told]:
    return [Told(name, event) for event in facts.all_of(types)]


def _concerns(facts: Facts, event: Event, types: tuple[str, ...]) -> list[Event]:
    """The event with its corrections and voids, if it is of one of the types or mends one that is."""
    root = facts.mends.root(event)
    return list(facts.mends.closure(event)) if root is not None and root.name in types else []


def _worker_tells(subject: Subject, news: Iterable[Told]) -> dict[SubjectName, list[Told]]:
    """What a worker tells its families, and those for whom it covers.

    Families learn of its own absence, cover, dual role, leaving and return, and of those who cover for it; an absent
    worker of its own, if it covers for that one.
    """
    own = subject.own
    families = {SubjectName.of("family", event.data["family"]) for event in own.raw("allocation.started")}
    covers = [event.data for event in own.raw("cover.assigned")]
    absent = {SubjectName.of("worker", data["worker"]) for data in covers if data["covering_worker"] == subject.id}
    told: dict[SubjectName, list[Told]] = {target: [] for target in (*families, *absent)}
    for each in news:
        event = each.event
        if each.about != subject.name:
            if each.about.kind == "worker":
                for target in families:
                    told[target].append(each)
            continue
        if event.name == "allocation.started":
            target = SubjectName.of("family", event.data["family"])
            told[target] += _about(subject.name, own, TO_FAMILIES)
            for about, facts in subject.others.items():
                if about.kind == "worker":
                    told[target] += _about(about, facts, TO_COVERED)
        if event.name == "cover.assigned" and event.data["covering_worker"] == subject.id:
            told[SubjectName.of("worker", event.data["worker"])] += _about(subject.name, own, TO_COVERED)
        for target in families:
            told[target] += [Told(subject.name, one) for one in _concerns(own, event, TO_FAMILIES)]
        for target in absent:
            told[target] += [Told(subject.name, one) for one in _concerns(own, event, TO_COVERED)]
    return told


def _family_tells(subject: Subject, news: Iterable[Told]) -> dict[SubjectName, list[Told]]:
    """A family tells its workers of its closing, reopening and bereavement."""
    own = subject.own
    workers = {SubjectName.of("worker", event.data["worker"]) for event in own.raw("allocation.started")}
    told: dict[SubjectName, list[Told]] = {target: [] for target in workers}
    for each in news:
        if each.about != subject.name:
            continue
        if each.event.name == "allocation.started":
            told[SubjectName.of("worker", each.event.data["worker"])] += _about(subject.name, own, TO_WORKERS)
        for target in workers:
            told[target] += [Told(subject.name, one) for one in _concerns(own, each.event, TO_WORKERS)]
    return told
