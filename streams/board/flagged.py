"""What is flagged of a subject, and what is not: alerts, each with its sentences and the reasons behind it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

OF_FAMILIES = ("families", "families_without_cover")
"""The fields of a worker's reasons that name families."""
Told = Mapping[tuple[str, str, str], Any]
"""By subject, rule and discriminator the sentences about an alert."""


class Flagged(NamedTuple):
    """An alert as a subject's page shows it.

    `told` has its sentences, if there are any. `row` is the alert as it was published: of the past there is none, nor
    of one that the rules see before it is.
    """

    rule: str
    discriminator: str
    severity: str | None
    since: str | None
    due_on: str | None
    told: Any
    row: Mapping[Any, Any] | None
    reasons: list[dict[str, Any]]


class Flags(NamedTuple):
    """What is flagged, most serious first, and the verdicts of the rules that are not."""

    flagged: list[Flagged]
    others: list[dict[str, Any]]


def flags(
    name: str,
    verdicts: Sequence[Mapping[str, Any]],
    alerts: Iterable[Mapping[Any, Any]],
    unknown: Iterable[Mapping[Any, Any]],
    told: Told,
    *,
    families_shown: bool,
) -> Flags:
    """Puts together what was published and what the rules say.

    Takes verdicts as `status_of` has them, the alerts that are shown, and those that are unknown because a source is
    silent: the latter are neither flagged nor among the others.
    """

    def shown(reasons: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in reasons if families_shown or not names_families(each)]

    reasons = {verdict["rule"]: verdict["reasons"] for verdict in verdicts}
    flagged = [
        Flagged(
            alert["rule"], alert["discriminator"], alert["severity"], alert["since"], alert["due_on"],
            told.get((name, alert["rule"], alert["discriminator"])),
            alert if "id" in alert else None,
            shown(reasons.get(alert["rule"], alert.get("reasons") or [])),
        )
        for alert in alerts
    ]  # fmt: skip
    listed = {each.rule for each in flagged} | {alert["rule"] for alert in unknown}
    flagged += [
        Flagged(verdict["rule"], "", None, None, None, None, None, shown(verdict["reasons"]))
        for verdict in verdicts
        if verdict["holds"] and verdict["rule"] not in listed
    ]
    others = [
        {**verdict, "reasons": shown(verdict["reasons"])}
        for verdict in verdicts
        if not verdict["holds"] and verdict["rule"] not in listed
    ]
    return Flags(flagged, others)


def names_families(reason: Mapping[str, Any]) -> bool:
    """Whether a worker's reason names families. Without the names its sentence would say something else."""
    return any(reason.get(field) for field in OF_FAMILIES)
