"""The rules, a file each, in the order of RULES. Adding one is adding a file and its line here."""

from projections.rules import (
    contact_at_risk,
    contact_overdue,
    cover_gap,
    liaison_drought,
    losing_protected_time,
    never_contacted,
    no_key_worker,
    protected_time_low,
    time_unreported,
)
from projections.rules.base import Held, Rule, Verdict

ALL: tuple[Rule, ...] = (
    no_key_worker.RULE,
    never_contacted.RULE,
    contact_overdue.RULE,
    contact_at_risk.RULE,
    liaison_drought.RULE,
    cover_gap.RULE,
    protected_time_low.RULE,
    losing_protected_time.RULE,
    time_unreported.RULE,
)
BY_KIND: dict[str, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in ALL if rule.kind == kind) for kind in ("family", "worker", "site")
}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in ALL}

__all__ = ["ALL", "BY_KIND", "BY_NAME", "Held", "Rule", "Verdict"]
