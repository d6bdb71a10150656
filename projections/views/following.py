"""What a transition makes of an alert: folded one after the other they give the alert at any instant. Pure.

Source: CONTRACT, *An alert transition*.
"""

from collections.abc import Mapping
from typing import Any

from projections.watch.transition import CLOSING

OPENING = frozenset({"raised", "reopened"})
RESETTING = OPENING | CLOSING
"""These kinds make attention new by themselves; the assignment outlives them."""
OF_ALERT = ("rule", "subject", "severity", "since", "due_on", "anchor")
ASSIGNMENT = ("assigned_to", "assigned_by")
SAID = ("why", "by", "reason", "expected_on", "case_ref", "lapses_at")
"""What an acknowledgement or a snooze says, and why an alert is new again."""

Following = dict[str, Any]
"""An alert after some of its transitions.

It has the fields of a board line, those of attention, `open`, and `unattended` as its last closing says.
"""


def follow(before: Following | None, kind: str, said: Mapping[str, Any]) -> Following:
    """The alert after one more transition. `said` is the transition's data: what is absent or None is not there.

    `before` is None for an alert's first transition; a change of attention is never the first.
    """
    after = {**dict.fromkeys((*SAID, *ASSIGNMENT)), "attention": "new"} | (before or {})
    if kind == "attended":
        return after | {name: said.get(name) for name in ("attention", *SAID, *ASSIGNMENT)}
    after |= {name: said.get(name) for name in OF_ALERT}
    after |= {"discriminator": said.get("discriminator") or "", "open": kind not in CLOSING}
    after["unattended"] = bool(said.get("unattended"))
    if kind in RESETTING:
        after |= {**dict.fromkeys(SAID), "attention": "new"}
    return after
