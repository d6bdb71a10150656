"""Who cares for a family on which days, as its summary says: against the ground of the family, day by day."""

from hypothesis import given, settings

from events.instants import LONG_AGO, NEVER_DAY, Day
from projections.grounds.family import Family
from projections.policy import Policy
from projections.state.record import Summary
from projections.watch.subject import Subject
from tests.properties.journals import SEEDS, Steps, journal

DAYS = 120
STAND_IN = Policy({})


@settings(max_examples=settings.default.max_examples // 2)
@given(SEEDS)
def test_the_carers_of_a_summary_are_the_key_workers_and_cover_of_each_day(seed: int) -> None:
    """From the day up to which the family has been advanced, also long before and after; packed and read again."""
    records, policies = journal(seed)
    steps = Steps(policies)
    for number, record in enumerate(records):
        steps.take(record, record.appended)
        subject = steps.subjects[record.key.decode()]
        if subject.kind == "family" and number % 5 == 0:
            agrees(subject, policies.zone.day_of(subject.known))
    for subject in steps.subjects.values():
        summary = Summary.of(subject)
        assert Summary.unpack(summary.pack()) == summary
        if subject.kind == "family":
            agrees(subject, subject.own.zone.day_of(subject.known))
        assert (summary.agency is not None) is (subject.kind == "worker" and bool(subject.own.of("worker.registered")))


def agrees(subject: Subject, today: Day) -> None:
    if subject.known == LONG_AGO:
        return
    carers = Summary.of(subject).carers
    before = subject._ground
    subject.forget_ground()
    assert Summary.of(subject).carers == carers, "the same without the ground at hand"
    subject._ground = before
    ground = Family(subject.id, subject.own, subject.others, STAND_IN.of(None))
    for day in map(Day, [*range(today, today + DAYS), NEVER_DAY - 1]):
        at = ground.zone.end_of(day)
        keys = {each.worker for each in ground.key_allocations(day, at)}
        covering = {
            span.fact.data["covering_worker"]
            for key in keys
            if key in ground.cover
            for span in ground.cover[key].spans
            if span.on(day) and (not span.fact.data.get("families") or subject.id in span.fact.data["families"])
        }
        gone = {who for who in covering if any(is_away(ground, key, who, day) for key in keys)}
        assert {each.worker for each in carers if each.first <= day < each.last_out} == keys | (covering - gone)


def is_away(ground: Family, key: str, who: str, day: Day) -> bool:
    presence = ground.cover[key].workers.get(who) if key in ground.cover else None
    return presence is not None and (bool(presence.absent(day)) or presence.has_left(day, ground.zone.end_of(day)))
