"""Codes in plain English. The words are about conditions, never about blame. Pure."""

from collections.abc import Mapping
from typing import Any

from projections.reasoning.phrases import long_date, words
from projections.reasoning.reasons import sentence_of
from projections.rules import title_of

KIND = {
    "raised": "Raised",
    "escalated": "Became red",
    "eased": "Eased",
    "revised": "Changed",
    "cleared": "Cleared",
    "retracted": "Withdrawn",
    "reopened": "Raised again",
    "attended": "Attention changed",
}
"""What happened to an alert, by the kind of its transition. Source: CONTENT, *Words that are ours*."""
FLAGGED, NOT_FLAGGED = "Flagged", "Not flagged"
HOW = "How this was worked out:"


def paragraph(verdict: dict[str, Any]) -> list[str]:
    """A rule's verdict on a subject, in lines, as `explain` gives it.

    For each alert a heading, its headline, what would clear it and what comes next; or a heading that says that there
    is none. Then how it was worked out, a sentence for each reason.
    """
    out = []
    for alert in verdict["alerts"]:
        title = title_of(alert["rule"], alert["discriminator"])
        out.append(f"{title}: {FLAGGED.lower()} since {long_date(alert['since'])} ({alert['severity']}).")
        out.append(f"  {alert['headline']}")
        out.append(f"  To clear this: {alert['to_clear']}")
        out.append(f"  If nothing changes: {alert['if_nothing_changes']}")
        out += [f"  {sentence}" for sentence in attention(alert)]
    if not out:
        out.append(f"{verdict['title']}: {NOT_FLAGGED.lower()}.")
    said = "would-clear" if verdict["alerts"] else None
    reasons = (reason for reason in verdict["reasons"] if reason["code"] != said)
    return [*out, f"  {HOW}", *(f"    {sentence_of(reason)}" for reason in reasons)]


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


def subject_words(name: str) -> str:
    """A subject as people write it within a sentence: "family f00022", "site North East"."""
    kind, _, id_ = name.partition("/")
    return f"{kind} {site_words(id_) if kind == 'site' else id_}"


def site_words(site: str | None) -> str:
    """A site's name as people write it: `north-east` is "North East"."""
    return (site or "").replace("-", " ").title()
