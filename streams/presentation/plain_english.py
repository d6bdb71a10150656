"""Codes in plain English. The words are about conditions, never about blame. Pure."""

from collections.abc import Mapping
from typing import Any

from projections.reasoning.phrases import SPHERES, words
from projections.reasoning.reasons import sentence_of

KIND = {
    "raised": "Began to hold",
    "escalated": "Became red",
    "eased": "Became amber",
    "revised": "Details changed",
    "cleared": "Ended",
    "retracted": "As known now it never held",
    "reopened": "As known now it never ended",
    "attended": "What is done about it changed",
}


def about_what(discriminator: str) -> str:
    """What tells an alert from others of its rule; nothing if that is an event, since the reasons describe it."""
    return "" if "#" in discriminator else SPHERES.get(discriminator, words(discriminator))


def paragraph(verdict: dict[str, Any]) -> list[str]:
    """A rule's verdict on a subject, in lines: a heading, the alerts that hold, and a sentence for each reason."""
    out = [f"{verdict['title']} ({verdict['rule']}): {'holds' if verdict['holds'] else 'does not hold'}."]
    for alert in verdict["alerts"]:
        about = (
            f" ({words(alert['discriminator'])})"
            if alert["discriminator"] and "#" not in alert["discriminator"]
            else ""
        )
        due = f"; it was due by {alert['due_on']}" if alert["due_on"] else ""
        out.append(f"  So since {alert['since']}{about}, {alert['severity']}{due}.")
        out += [f"  {sentence}" for sentence in attention(alert)]
    return out + [f"  {sentence_of(reason)}" for reason in verdict["reasons"]]


NEW_AGAIN = {
    "lapsed": "What was said about it has lapsed.",
    "escalated": "What was said about it ended when it became red.",
    "revised": "What was said about it was of an earlier time.",
    "voided": "What was said about it was taken back.",
}


def attention(line: Mapping[str, Any]) -> list[str]:
    """What was said about an alert, in sentences; none for one that is new and that nobody was given."""
    out = []
    if line.get("attention") in {"acknowledged", "snoozed"}:
        on = f" on {line['on']}" if line.get("on") else ""
        why = f" ({words(line['reason'])})" if line.get("reason") else ""
        lapses = f", lapses at {_to_the_minute(line['lapses_at'])}" if line["lapses_at"] else ""
        out.append(f"{line['attention'].capitalize()} by {line['by']}{on}{why}{lapses}.")
        out += [f"Expected on {line['expected_on']}."] if line.get("expected_on") else []
    elif line.get("why"):
        out.append(NEW_AGAIN[line["why"]])
    if line.get("assigned_to"):
        by = f" by {line['assigned_by']}" if line.get("assigned_by") else ""
        out.append(f"Assigned to {line['assigned_to']}{by}.")
    return out


def _to_the_minute(instant: str) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC"
