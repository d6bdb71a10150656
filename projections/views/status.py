"""What a subject's page says of the rules: the basis, what is flagged and what is not, each with its reasons."""

from typing import Any

from events.instants import LONG_AGO, Instant, format_instant
from projections.policy import Policies, Policy
from projections.watch.judge import reasons, verdicts
from projections.watch.subject import Subject


def status_of(subject: Subject, policies: Policies, known_at: Instant, at: Instant) -> dict[str, Any]:
    """What a subject's page says of the rules: the basis, settling and verdicts, as JSON has them.

    True at an instant, under the policy of the instant at which it was known, as the commands have it.
    """
    known = subject.known if subject.known > LONG_AGO else None
    policy = policies.at(known_at)
    settling = subject.agenda.settling_until
    return {
        "subject": subject.name,
        "site": subject.site(at) if known is not None else None,
        "known": format_instant(known) if known is not None else None,
        "policy": policy.version,
        "calendar": policy.calendar_version,
        "settling_until": format_instant(settling) if settling else None,
        "verdicts": [] if settling or known is None else _verdicts(subject, at, policy),
    }


def _verdicts(subject: Subject, at: Instant, policy: Policy) -> list[dict[str, Any]]:
    """Of each rule whether it holds, and the reasons. Asks nothing of the time before, which may be in the archive."""
    return [
        {
            "rule": rule.name,
            "title": rule.title,
            "holds": bool(verdict.held),
            "reasons": [reason.json() for reason in reasons(rule, ground, verdict, at)],
        }
        for rule, ground, verdict in verdicts(subject, at, policy)
    ]
