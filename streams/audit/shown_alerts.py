"""`touchline board --shown-at`: what the service had published by an instant, beside what it should have shown."""

import json

import click

from events.instants import Instant, format_instant
from events.topics import ALERTS
from projections.state.journal import append_time
from projections.views.following import follow
from projections.watch.judge import OF_ATTENTION
from streams.audit.alerts import alert_key, open_lines
from streams.audit.answer import report
from streams.audit.question import Question
from streams.kafka.client import read_topic
from streams.presentation.lines import Line, show
from streams.settings import Settings


def print_shown(question: Question, form: str, shown_at: str) -> int:
    """Prints each alert that was shown, or should have been; `agrees` says whether the two are the same."""
    if not question.kafka or question.known_at is not None or question.valid_at is not None:
        raise click.UsageError("--shown-at needs --kafka, and goes without --known-at and --valid-at.")
    at = question.instant(shown_at)
    question.known_at = at
    shown = open_by(question.settings, at, question.subject)
    history = question.history(steps=True, explained=False)
    policy = question.policies.at(at)
    should = {alert_key(line): line for line in open_lines(question, history, at, policy)}
    lines = []
    for key in sorted({*shown, *should}):
        subject = history.subjects.get(key[1])
        was, must = shown.get(key), should.get(key)
        lines.append(
            {
                **(was or must or {}),
                "shown": was is not None,
                "should": must is not None,
                "agrees": was == must,
                "settling": bool(subject and subject.agenda.settling_until),
                "should_be": must if was is not None and was != must else None,
            }
        )
    show(lines, form, f"Shown at {format_instant(at)}", _row)
    return report(history)


def _row(line: Line) -> Line:
    return {
        **{name: line[name] for name in ("rule", "subject", "severity", "since", "due_on", "discriminator")},
        **{name: "yes" if line[name] else "no" for name in ("shown", "should", "agrees", "settling")},
    }


def open_by(settings: Settings, at: Instant, only: str | None) -> dict[tuple[str, str, str], Line]:
    """The alerts that were open by what was published up to an instant, as board lines."""
    alerts: dict[str, Line] = {}
    seen: set[str] = set()
    for record in read_topic(settings.kafka, settings.topics.name(ALERTS)):
        if append_time(record.appended) > at:
            continue
        body = json.loads(record.value or b"")
        data = body["data"]
        if body["id"] in seen or (only is not None and data["subject"] != only):
            continue
        seen.add(body["id"])
        alerts[data["alert"]] = follow(alerts.get(data["alert"]), body["type"].split(".")[2], data)
    fields = ("rule", "subject", "severity", "since", "due_on", "anchor", "discriminator", *OF_ATTENTION)
    lines = [{name: alert[name] for name in fields} for alert in alerts.values() if alert["open"]]
    return {alert_key(line): line for line in lines}
