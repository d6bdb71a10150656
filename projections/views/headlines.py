"""What is said of each open alert of a subject, and when a family's next contact falls due. Pure."""

from events.instants import Day, Instant
from projections.grounds.family import Family
from projections.policy import Policy
from projections.reasoning.told import Due, Told, told_of
from projections.rules import contact_at_risk
from projections.watch.judge import verdicts
from projections.watch.subject import Subject


def headlines(subject: Subject, at: Instant, policy: Policy, due: Due) -> dict[tuple[str, str], Told]:
    """By rule and discriminator what is said of each alert of a subject at an instant, as known now.

    `due` gives for another family's id the day on which its next contact falls due, or None. Raises ArchiveNeeded for
    a subject whose archive is not at hand, if the words need it.
    """
    return {
        (rule.name, held.discriminator): told_of(rule, ground, verdict, held, at, due)
        for rule, ground, verdict in verdicts(subject, at, policy)
        for held in verdict.held
    }


def next_contact(subject: Subject, at: Instant, policy: Policy) -> Day | None:
    """The day on which a family's next contact falls due, as of an instant; None where none is expected."""
    ground = subject.ground(policy.of(subject.site(at)))
    return contact_at_risk.falls_due(ground, at) if isinstance(ground, Family) else None
