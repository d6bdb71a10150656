"""What a subject's page shows besides its alerts: the basis, what holds and what does not, the timeline."""

from typing import Any

from events.catalogue import MENDS
from events.event import Key
from events.instants import FOREVER, LONG_AGO, Instant, format_day, format_instant
from projections.grounds.family import Family
from projections.knowledge.facts import Fact, up_to
from projections.policy import Policies, Policy
from projections.watch.judge import reasons, verdicts
from projections.watch.subject import Subject

TIMELINE = 20
_SHOWN = (
    "mode", "outcome", "initiated_by", "participants", "to_agency", "direction", "kind",
    "starts_on", "ends_on", "expected_end", "week", "hours_used", "hours_per_week",
    "worker", "covering_worker", "workers", "family", "interval_working_days",
)  # fmt: skip
"""The fields of an event that a timeline shows."""


def status_of(subject: Subject, policies: Policies, known_at: Instant, at: Instant) -> dict[str, Any]:
    """What a subject's page shows: the basis, settling, verdicts and timeline, as JSON has them.

    True at an instant, under the policy of the instant at which it was known, as the commands have it.
    """
    known = subject.known if subject.known > LONG_AGO else None
    policy = policies.at(known_at)
    settling = subject.agenda.settling_until
    following = subject.agenda.next_instant(policies)
    return {
        "subject": subject.name,
        "site": subject.site(at) if known is not None else None,
        "known": format_instant(known) if known is not None else None,
        "policy": policy.version,
        "calendar": policy.calendar_version,
        "next": format_instant(following) if following < FOREVER else None,
        "settling_until": format_instant(settling) if settling else None,
        "verdicts": [] if settling or known is None else _verdicts(subject, at, policy),
        "timeline": _timeline(subject, at, policy),
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


def _timeline(subject: Subject, at: Instant, policy: Policy) -> list[dict[str, Any]]:
    names = {event.name for event in subject.own.events.values() if event.name not in MENDS}
    conflicts = {fact.key: fact.data["agency"] for fact in subject.own.of("conflict.declared")}
    facts = [fact for name in names for fact in _latest(subject.own.placed(name), at)]
    facts.sort(key=lambda fact: fact.place, reverse=True)
    ground = subject.ground(policy.of(subject.site(at)))
    return [_against(_line(fact, ground), fact, conflicts) for fact in facts[:TIMELINE]]


def _against(line: dict[str, Any], fact: Fact, conflicts: dict[Key, str]) -> dict[str, Any]:
    """A line of a timeline; of a conflict of interest, or its resolution, with the agency that it names."""
    if fact.event.name not in {"conflict.declared", "conflict.resolved"}:
        return line
    declared = fact.key if fact.event.name == "conflict.declared" else fact.ref("conflict")
    return {**line, "against": conflicts.get(declared)}


def _latest(facts: list[Fact], at: Instant) -> list[Fact]:
    end = up_to(facts, at)
    return facts[max(0, end - TIMELINE) : end]


def _line(fact: Fact, ground: object) -> dict[str, Any]:
    line = _plain_line(fact)
    if fact.event.name == "contact.recorded" and isinstance(ground, Family):
        judged = ground.counted(fact)
        line["counted"] = {
            "by": sorted(judged.by),
            "as_cover": sorted(judged.covering),
            "why_not": list(judged.why_not),
        }
    return line


def _plain_line(fact: Fact) -> dict[str, Any]:
    return {
        "event": fact.label,
        "type": fact.event.name,
        "on": format_day(fact.day),
        "at": format_instant(fact.at) if fact.event.instant is not None else None,
        "known": format_instant(fact.event.known),
        "data": {key: fact.data[key] for key in _SHOWN if key in fact.data},
    }
