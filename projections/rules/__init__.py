"""The rules, a file each, in the order of RULES. Adding one is adding a file and its line here."""

from projections.rules import (
    action_overdue,
    advocacy_conflict,
    contact_at_risk,
    contact_overdue,
    cover_gap,
    family_narrow,
    home_visits_squeezed,
    liaison_drought,
    losing_protected_time,
    never_contacted,
    no_coordinator,
    no_key_worker,
    nominal_key_worker,
    one_agency,
    plan_missing,
    plan_needs_sign_off,
    plan_review_due,
    protected_time_low,
    reactive_only,
    role_confusion,
    sphere_unmet,
    steering_seat_vacant,
    supervision_overdue,
    time_unreported,
    training_overdue,
)
from projections.rules.base import Held, Rule, Verdict

ALL: tuple[Rule, ...] = (
    no_key_worker.RULE,
    never_contacted.RULE,
    contact_overdue.RULE,
    contact_at_risk.RULE,
    nominal_key_worker.RULE,
    reactive_only.RULE,
    home_visits_squeezed.RULE,
    liaison_drought.RULE,
    one_agency.RULE,
    plan_missing.RULE,
    plan_review_due.RULE,
    plan_needs_sign_off.RULE,
    sphere_unmet.RULE,
    family_narrow.RULE,
    advocacy_conflict.RULE,
    cover_gap.RULE,
    protected_time_low.RULE,
    losing_protected_time.RULE,
    time_unreported.RULE,
    role_confusion.RULE,
    supervision_overdue.RULE,
    training_overdue.RULE,
    no_coordinator.RULE,
    steering_seat_vacant.RULE,
    action_overdue.RULE,
)
BY_KIND: dict[str, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in ALL if rule.kind == kind) for kind in ("family", "worker", "site")
}
BY_NAME: dict[str, Rule] = {rule.name: rule for rule in ALL}

__all__ = ["ALL", "BY_KIND", "BY_NAME", "Held", "Rule", "Verdict"]
