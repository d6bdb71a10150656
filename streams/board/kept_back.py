"""What is left out of a subject's page for some: conflicts that their agency must not see. Pure.

Source: CONTRACT, *People and machines*.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from projections.rules import advocacy_conflict


def without_conflicts(body: dict[str, Any], agencies: AbstractSet[str]) -> dict[str, Any]:
    """A page's body without the conflicts of interest that name one of some agencies: no reason names them."""
    if not agencies:
        return body
    return {**body, "verdicts": [_without_conflicts(verdict, agencies) for verdict in body["verdicts"]]}


def _without_conflicts(verdict: dict[str, Any], agencies: AbstractSet[str]) -> dict[str, Any]:
    if verdict["rule"] != advocacy_conflict.RULE.name:
        return verdict
    reasons = [reason for reason in verdict["reasons"] if reason.get("not_to") not in agencies]
    if any(reason["code"] == advocacy_conflict.Conflict.code for reason in reasons):
        return {**verdict, "reasons": reasons}
    none = advocacy_conflict.NoConflict().json()  # as it would be without them
    return {**verdict, "holds": False, "reasons": [none, *(each for each in reasons if each["code"] != none["code"])]}
