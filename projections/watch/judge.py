"""What holds for a subject at an instant, given what is known: the meaning of the rules.

Source: RULES; DESIGN, *The one core*.
"""

from collections.abc import Iterator
from typing import Any

from events.instants import FOREVER, LONG_AGO, Day, Instant, format_day, format_instant
from projections.parameters import plain
from projections.policy import Policy
from projections.reasoning.reasons import Reason, next_change
from projections.reasoning.rule import Held, Rule, Verdict
from projections.reasoning.told import Due, Told, told_of
from projections.watch.alert import Alert
from projections.watch.attention import NEW, Deeds
from projections.watch.subject import Ground, Subject

OF_ATTENTION = ("attention", "why", "lapses_at", "assigned_to")
"""The fields of a board line that say what is done about the alert; all null for V other than K."""


class WrongWindow(ValueError):
    """A rule is at fault: the window of its verdict does not hold the instant that it was asked about.

    Time would never go on, or back.

    The subject is parked rather than the worker stopped.
    """


def since(
    rule: Rule, ground: Ground, verdict: Verdict, discriminator: str, trusted: tuple[Day, Instant] | None = None
) -> Day:
    """The first local day of the unbroken time up to an instant in which the rule held for a discriminator.

    Goes back from verdict to verdict while it held, at any severity, whatever its anchor. `trusted` may say that before
    an instant nothing has changed since the day found earlier: (that day, the instant).
    """
    start = verdict.start
    while start > LONG_AGO:
        if trusted is not None and start <= trusted[1] and ground.zone.day_of(start - 1) > trusted[0]:
            return trusted[0]
        before = rule.judge(ground, start - 1)
        if not any(held.discriminator == discriminator for held in before.held):
            return ground.zone.day_of(start)
        if before.start >= start:
            raise WrongWindow(rule.name)
        start = before.start
    raise AssertionError(f"{rule.name} holds since for ever, though nothing is known for ever")


def last_held(rule: Rule, ground: Ground, verdict: Verdict, discriminator: str, not_before: Instant) -> Instant | None:
    """The end of the last time in which the rule held for a discriminator, before a verdict that says it does not.

    None if it did not hold at any time from `not_before`.
    """
    start = verdict.start
    while start > not_before:
        before = rule.judge(ground, start - 1)
        if any(held.discriminator == discriminator for held in before.held):
            return start
        if before.start >= start:
            raise WrongWindow(rule.name)
        start = before.start
    return None


def due_on(rule: Rule, held: Held, since_day: Day) -> Day | None:
    """The last day on which it could have been met."""
    return since_day - 1 if rule.due_on_eve else held.due_on


def board_line(subject: Subject, alert: Alert) -> dict[str, Any]:
    """A line of the board, as CONTRACT has it."""
    return {
        "rule": alert.rule,
        "subject": subject.name,
        "severity": alert.severity,
        "since": format_day(alert.since),
        "due_on": format_day(alert.due_on) if alert.due_on is not None else None,
        "anchor": alert.anchor,
        "discriminator": alert.discriminator,
    }


def _deeds(subject: Subject, line: dict[str, Any]) -> Deeds | None:
    """What was done about the alert of a board line; None if nothing was, or none is open.

    Takes a subject that was judged step by step, if anything was done about its alerts.
    """
    open_alert = subject.agenda.open.get((line["rule"], line["discriminator"]))
    return subject.agenda.attending.deeds.get(open_alert.id) if open_alert is not None else None


def attention_line(subject: Subject, line: dict[str, Any]) -> dict[str, Any]:
    """What a board line for V = K says of attention, as CONTRACT has it."""
    deeds = _deeds(subject, line)
    now = deeds.now if deeds is not None else NEW
    lapses_at = format_instant(now.lapses_at) if now.lapses_at is not None else None
    return dict(zip(OF_ATTENTION, (now.state, now.why, lapses_at, now.assigned_to), strict=True))


def said_of(subject: Subject, line: dict[str, Any]) -> dict[str, Any]:
    """What was said about an alert that is open: by whom, on which day, why, until when, when something is expected."""
    deeds = _deeds(subject, line)
    if deeds is None:
        return {}
    now, own = deeds.now, subject.own
    said = {name: getattr(now, name) for name in ("by", "reason", "expected_on", "until", "case_ref", "assigned_by")}
    if deeds.stands is not None:
        said["on"] = format_day(own.zone.day_of(own.events[deeds.stands].known))
    return {name: value for name, value in said.items() if value is not None}


def verdicts(
    subject: Subject, at: Instant, policy: Policy, only: str | None = None
) -> Iterator[tuple[Rule, Ground, Verdict]]:
    """Each rule for the subject with its ground and its verdict at an instant, as known now."""
    site_policy = policy.of(subject.site(at))
    ground = subject.ground(site_policy)
    for rule in subject.rules:
        if rule.name in site_policy.rules and (only is None or rule.name == only):
            yield rule, ground, rule.judge(ground, at)


def judge(subject: Subject, at: Instant, policy: Policy) -> Iterator[Alert]:
    """The alerts that hold for a subject at an instant, as known now."""
    for rule, ground, verdict in verdicts(subject, at, policy):
        yield from _alerts(rule, ground, verdict)


def _alerts(rule: Rule, ground: Ground, verdict: Verdict) -> Iterator[Alert]:
    for held in verdict.held:
        day = since(rule, ground, verdict, held.discriminator)
        due = due_on(rule, held, day)
        yield Alert("", rule.name, held.discriminator, held.severity, day, due, held.anchor.label)


def explain(
    subject: Subject, at: Instant, policy: Policy, only: str | None = None, due: Due = lambda _family: None
) -> Iterator[dict[str, Any]]:
    """For each rule whether it holds for the subject at an instant, and the reasons, also where nothing is wrong.

    Of each alert its headline, what would clear it and what comes next too; `due` is as `told_of` takes it.
    """
    for rule, ground, verdict in verdicts(subject, at, policy, only):
        alerts = zip(_alerts(rule, ground, verdict), verdict.held, strict=True)
        yield {
            "rule": rule.name,
            "title": rule.title,
            "subject": subject.name,
            "holds": bool(verdict.held),
            "alerts": [
                board_line(subject, alert) | _told_line(told_of(rule, ground, verdict, held, at, due))
                for alert, held in alerts
            ],
            "reasons": [reason.json() for reason in reasons(rule, ground, verdict, at)],
            "parameters": {each.name: plain(ground.policy[each]) for each in rule.parameters},
            "next_change": format_instant(verdict.end) if verdict.end < FOREVER else None,
        }


def _told_line(told: Told) -> dict[str, str]:
    return {"headline": told.named, "to_clear": told.to_clear, "if_nothing_changes": told.otherwise}


def reasons(rule: Rule, ground: Ground, verdict: Verdict, at: Instant) -> list[Reason]:
    """What the rule says for itself at an instant, and when time alone next changes it."""
    return [*rule.explain(ground, at), next_change(verdict.end, ground.zone)]
