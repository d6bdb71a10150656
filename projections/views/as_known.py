"""A subject as it was known at an instant of the past, from the subject as it is known now.

Source: DESIGN, *Two as-ofs*.
"""

from operator import attrgetter

from events.instants import Instant
from projections.policy import Policies
from projections.watch.step import Outcome, learn
from projections.watch.subject import Subject, new_subject

_known = attrgetter("known")


def as_known(subject: Subject, at: Instant, policies: Policies) -> Subject:
    """The subject with what was known by an instant, and nothing judged. Takes a whole one, with its archive."""
    then = new_subject(subject.name, policies.zone)
    for event in sorted(subject.own.events.values(), key=_known):
        if event.known <= at:
            learn(then, event, policies, Outcome())
    for about, facts in subject.others.items():
        for event in sorted(facts.events.values(), key=_known):
            if event.known <= at:
                then.learn_of(about, event)
    then.known = min(at, subject.known)
    then.settle_in_time(at)
    return then
