"""Faults put into the rules on purpose are caught by the comparison with the oracle: the check can fail."""

import inspect
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from projections import rules
from projections.grounds import family, worker
from projections.knowledge import calendar, mends, spans
from projections.reasoning.rule import Verdict
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
from projections.watch import subject, telling
from tests.oracle.compare import Counts, compare
from tests.oracle.test_agreement import FOUND, kept_world

WORLDS = 120
FIRST_SEED = 20_000
Judge = Callable[..., Verdict]


def _late(module: Any) -> Callable[[], Any]:  # noqa: ANN401
    """Every deadline of a rule one working day late."""
    real = calendar.threshold
    return lambda: mock.patch.object(module, "threshold", lambda cal, after, n: real(cal, after, n + 1))


def _judge(module: Any, change: Callable[[Judge], Judge]) -> Callable[[], Any]:  # noqa: ANN401
    """A rule with its judge changed."""

    @contextmanager
    def patched() -> Any:  # noqa: ANN401
        old = module.RULE
        new = replace(old, judge=change(old.judge))
        kinds = {kind: tuple(new if rule is old else rule for rule in each) for kind, each in rules.BY_KIND.items()}
        with mock.patch.dict(subject.BY_KIND, kinds):
            yield

    return patched


def _never(judge: Judge) -> Judge:
    return lambda ground, at: judge(ground, at)._replace(held=())


def _only_amber(judge: Judge) -> Judge:
    return lambda ground, at: (v := judge(ground, at))._replace(
        held=tuple(each._replace(severity="amber") for each in v.held)
    )


def _also_closed(real: Judge) -> Judge:
    """The condition that the family is open is dropped."""

    def judge(ground: Any, at: int) -> Verdict:  # noqa: ANN401
        segment = ground.segment(at)
        before, segment.judged = segment.judged, True
        try:
            return real(ground, at)
        finally:
            segment.judged = before

    return judge


def _attr(target: Any, name: str, value: Any) -> Callable[[], Any]:  # noqa: ANN401
    return lambda: mock.patch.object(target, name, value)


def _weeks_shifted() -> Any:  # noqa: ANN401
    real = worker.Worker.ratio
    return mock.patch.object(worker.Worker, "ratio", lambda self, day, at, a, b: real(self, day, at, a + 1, b + 1))


def _through_exclusive() -> Any:  # noqa: ANN401
    return mock.patch.object(spans.Allocation, "through", spans.Allocation.on)


def _no_leaving() -> Any:  # noqa: ANN401
    return mock.patch.object(spans.Presence, "first_leaving_after", lambda _self, _day: 3652059)


def _cover_ignores_families() -> Any:  # noqa: ANN401
    return mock.patch.object(spans.Cover, "_covers", staticmethod(lambda _span, _family: True))


def _cover_by_absent() -> Any:  # noqa: ANN401
    def covering(self: Any, fam: str, day: int, at: int) -> bool:  # noqa: ANN401
        return any(
            s.on(day) and self._covers(s, fam) and not self.workers[s.fact.data["covering_worker"]].has_left(day, at)
            for s in self.spans
        )

    return mock.patch.object(spans.Cover, "covering", covering)


def _initiator_ignored() -> Any:  # noqa: ANN401
    real = family.Family._count

    def count(self: Any, fact: Any) -> Any:  # noqa: ANN401
        data = fact.data
        if data.get("initiated_by") == "family":
            fact.data = {**data, "initiated_by": "worker"}
        try:
            return real(self, fact)
        finally:
            fact.data = data

    return mock.patch.object(family.Family, "_count", count)


def _no_pauses() -> Any:  # noqa: ANN401
    return mock.patch.multiple(
        calendar.Paused,
        until=lambda self, day: self._site.until(day),
        nth_after=lambda self, day, n: self._site.nth_after(day, n),
    )


def _no_corrections() -> Any:  # noqa: ANN401
    return mock.patch.object(mends.Mends, "_corrects", staticmethod(lambda *_args: False))


def _no_voids() -> Any:  # noqa: ANN401
    real = mends.named
    return mock.patch.object(mends, "named", lambda data: real(data) if "event" not in data else {"none": frozenset()})


def _nothing_told() -> Any:  # noqa: ANN401
    return mock.patch.object(telling, "_worker_tells", lambda _subject, _news: {})


def _family_tells_nothing() -> Any:  # noqa: ANN401
    return mock.patch.object(telling, "_family_tells", lambda _subject, _news: {})


def _last_record_ignored() -> Any:  # noqa: ANN401
    real = worker.Worker._hours_of

    def hours_of(self: Any, monday: int) -> Any:  # noqa: ANN401
        hours = self._hours[monday] = real(self, monday)[::-1]
        return hours

    return mock.patch.object(worker.Worker, "_hours_of", hours_of)


MUTANTS: dict[str, Callable[[], Any]] = {
    "CONTACT_OVERDUE a day late": _late(contact_overdue),
    "CONTACT_OVERDUE never red": _judge(contact_overdue, _only_amber),
    "CONTACT_OVERDUE for closed families too": _judge(contact_overdue, _also_closed),
    "NEVER_CONTACTED a day late": _late(never_contacted),
    "NOMINAL_KEY_WORKER a day late": _late(nominal_key_worker),
    "NOMINAL_KEY_WORKER never red": _judge(nominal_key_worker, _only_amber),
    "NOMINAL_KEY_WORKER never by the contacts": _attr(
        nominal_key_worker, "_seldom", lambda _fam, _had: (1 << 62, False)
    ),
    "NOMINAL_KEY_WORKER the parent is not asked": _attr(nominal_key_worker, "_view", lambda *_args: (None, 1 << 62)),
    "HOME_VISITS_SQUEEZED a day late": _late(home_visits_squeezed),
    "ONE_AGENCY a day late": _late(one_agency),
    "PLAN_MISSING a day late": _late(plan_missing),
    "PLAN_REVIEW_DUE a day late": _late(plan_review_due),
    "PLAN_NEEDS_SIGN_OFF never": _judge(plan_needs_sign_off, _never),
    "SPHERE_UNMET a day late": _late(sphere_unmet),
    "FAMILY_NARROW never": _judge(family_narrow, _never),
    "ADVOCACY_CONFLICT amber": _judge(advocacy_conflict, _only_amber),
    "ADVOCACY_CONFLICT for closed families too": _judge(advocacy_conflict, _also_closed),
    "SUPERVISION_OVERDUE a day late": _late(supervision_overdue),
    "SUPERVISION_OVERDUE never red": _judge(supervision_overdue, _only_amber),
    "SUPERVISION_OVERDUE groups of one agency": _attr(supervision_overdue, "GROUP_AGENCIES", 1),
    "TRAINING_OVERDUE never": _judge(training_overdue, _never),
    "NO_COORDINATOR a day late": _late(no_coordinator),
    "NO_COORDINATOR never red": _judge(no_coordinator, _only_amber),
    "STEERING_SEAT_VACANT a day late": _late(steering_seat_vacant),
    "NEVER_CONTACTED never red": _judge(never_contacted, _only_amber),
    "NO_KEY_WORKER a day late": _late(no_key_worker),
    "NO_KEY_WORKER never red": _judge(no_key_worker, _only_amber),
    "NO_KEY_WORKER counted from before the registration": _attr(
        no_key_worker, "_run", lambda fam, _segment, at: fam.without_key_worker_since(at)
    ),
    "LIAISON_DROUGHT a day late": _late(liaison_drought),
    "LIAISON_DROUGHT for closed families too": _judge(liaison_drought, _also_closed),
    "CONTACT_AT_RISK never": _judge(contact_at_risk, _never),
    "CONTACT_AT_RISK with a day's more notice": lambda: mock.patch.object(
        calendar.Calendar,
        "first_with_at_most",
        lambda self, n, before, real=calendar.Calendar.first_with_at_most: real(self, n + 1, before),
    ),
    "COVER_GAP never red": _judge(cover_gap, _only_amber),
    "COVER_GAP no kind is long": _attr(cover_gap, "LONG_KINDS", frozenset()),
    "COVER_GAP by a covering worker who is absent": _cover_by_absent,
    "COVER_GAP whoever the cover is for": _cover_ignores_families,
    "PROTECTED_TIME_LOW never red": _judge(protected_time_low, _only_amber),
    "PROTECTED_TIME_LOW a week off": _weeks_shifted,
    "LOSING_PROTECTED_TIME never": _judge(losing_protected_time, _never),
    "LOSING_PROTECTED_TIME on two windows": _attr(losing_protected_time, "WINDOWS", ((1, 4), (5, 8), (5, 8))),
    "TIME_UNREPORTED seven weeks": _attr(time_unreported, "WEEKS_BACK", 7),
    "PROTECTED_TIME_LOW the first record of a week stands": _last_record_ignored,
    "the hand-over day belongs to one": _through_exclusive,
    "the last day of cover belongs to nobody": lambda: mock.patch.object(spans.Span, "through", spans.Span.on),
    "leaving ends no allocation": _no_leaving,
    "a call back counts": _initiator_ignored,
    "pauses are ignored": _no_pauses,
    "corrections are ignored": _no_corrections,
    "voids are ignored": _no_voids,
    "workers tell nothing": _nothing_told,
    "families tell nothing": _family_tells_nothing,
}


def rewritten(module: Any, old: str, new: str) -> Callable[[], Any]:  # noqa: ANN401
    """A rule whose source has one thing changed."""
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{module.__name__} has {source.count(old)} times {old!r}"
    scope: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source.replace(old, new), module.__name__, "exec"), scope)  # noqa: S102 - our own source
    return _judge(module, lambda _judge: scope["RULE"].judge)


REWRITTEN: dict[str, tuple[Any, str, str]] = {
    "NO_KEY_WORKER counted from the day after": (no_key_worker, "begins - 1, n)", "begins, n)"),
    "NO_KEY_WORKER though there is one": (
        no_key_worker,
        "if not segment.judged or segment.key:",
        "if not segment.judged:",
    ),
    "NEVER_CONTACTED though there was contact": (
        never_contacted,
        "if contact is not None:\n        return",
        "if False:\n        return",
    ),
    "CONTACT_OVERDUE red half-way down": (
        contact_overdue,
        "-(-factor.numerator * segment.interval // factor.denominator)",
        "factor.numerator * segment.interval // factor.denominator",
    ),
    "CONTACT_AT_RISK a day less": (contact_at_risk, "midnight(due_on + 1)", "midnight(due_on)"),
    "CONTACT_AT_RISK covered or not": (
        contact_at_risk,
        "if not family.is_uncovered(due_on, at):",
        "if not family.key_allocations(due_on, at):",
    ),
    "LIAISON_DROUGHT liaison from before the clock": (liaison_drought, "last.day >= segment.clock", "last.day >= 0"),
    "COVER_GAP a day late": (cover_gap, "grace) + 1)", "grace) + 2)"),
    "COVER_GAP though all are covered": (cover_gap, "if kinds and uncovered_today:", "if kinds:"),
    "COVER_GAP not announced": (cover_gap, "absence.start > day and", "absence.start > day + 9999 and"),
    "PROTECTED_TIME_LOW five weeks": (protected_time_low, "WEEKS = 4", "WEEKS = 5"),
    "LOSING_PROTECTED_TIME however little": (
        losing_protected_time,
        "if not latest.fell_from(earliest, ",
        "if not latest.fell_from(earliest, 0 * ",
    ),
    "TIME_UNREPORTED a day early": (
        time_unreported,
        "worker.policy[TIME_GRACE]) + 1",
        "worker.policy[TIME_GRACE])",
    ),
    "NOMINAL_KEY_WORKER contacts of today count": (nominal_key_worker, "if fact.day < day:", "if fact.day <= day:"),
    "NOMINAL_KEY_WORKER whoever's contacts": (nominal_key_worker, 'if worker in fact.data["workers"]:', "if True:"),
    "NOMINAL_KEY_WORKER anybody's qualifying contact": (
        nominal_key_worker,
        "if worker in family.counted(fact).by:",
        "if True:",
    ),
    "REACTIVE_ONLY a day more": (
        reactive_only,
        "first = family.calendar.window_start(family.policy[REACTIVE_WINDOW],",
        "first = family.calendar.window_start(1 + family.policy[REACTIVE_WINDOW],",
    ),
    "ROLE_CONFUSION a day more": (
        role_confusion,
        "first = worker.calendar.window_start(worker.policy[ROLE_WINDOW],",
        "first = worker.calendar.window_start(1 + worker.policy[ROLE_WINDOW],",
    ),
    "NOMINAL_KEY_WORKER a view is valid a day less": (nominal_key_worker, "day - valid):", "day - valid + 1):"),
    "HOME_VISITS_SQUEEZED never for fewer": (home_visits_squeezed, "if fewer else ()", "if False else ()"),
    "REACTIVE_ONLY a contact leaves the window a day late": (
        reactive_only,
        "threshold(family.calendar, fact.day, family.policy[REACTIVE_WINDOW])",
        "threshold(family.calendar, fact.day, 1 + family.policy[REACTIVE_WINDOW])",
    ),
    "ROLE_CONFUSION a contact leaves the window a day late": (
        role_confusion,
        "threshold(worker.calendar, fact.day, worker.policy[ROLE_WINDOW])",
        "threshold(worker.calendar, fact.day, 1 + worker.policy[ROLE_WINDOW])",
    ),
    "STEERING_SEAT_VACANT one meeting": (steering_seat_vacant, "MEETINGS = 2", "MEETINGS = 1"),
    "PROTECTED_TIME_LOW at the very share": (
        protected_time_low,
        "not used.is_below(policy.exact(TIME_LOW))",
        "policy.exact(TIME_LOW) * used.expected < used.used",
    ),
    "LOSING_PROTECTED_TIME a level counts as a fall": (
        losing_protected_time,
        "not shares[-1] < share_used",
        "share_used < shares[-1]",
    ),
    "REACTIVE_ONLY one-way contacts count": (reactive_only, "if family.is_two_way(fact):", "if True:"),
    "REACTIVE_ONLY from before the clock": (reactive_only, "if fact.day < segment.clock:", "if fact.day < 0:"),
    "HOME_VISITS_SQUEEZED visits of today count": (
        home_visits_squeezed,
        "bisect_left(visits, day) -",
        "bisect_left(visits, day + 1) -",
    ),
    "HOME_VISITS_SQUEEZED whenever the clock started": (
        home_visits_squeezed,
        "and segment.clock < counts.before",
        "and True",
    ),
    "ONE_AGENCY the plan may need one": (one_agency, "AT_LEAST = 2", "AT_LEAST = 1"),
    "PLAN_REVIEW_DUE reviews of any plan": (plan_review_due, 'if fact.ref("plan") == plan.key:', "if True:"),
    "PLAN_REVIEW_DUE reviews from before the plan": (plan_review_due, "if fact.day < begins:", "if fact.day < 0:"),
    "PLAN_REVIEW_DUE a day early by date": (
        plan_review_due,
        "return parse_day(review_by)",
        "return parse_day(review_by) - 1",
    ),
    "PLAN_NEEDS_SIGN_OFF at the very interval": (
        plan_needs_sign_off,
        "segment.interval > family",
        "segment.interval >= family",
    ),
    "SPHERE_UNMET from the plan in force alone": (sphere_unmet, 'sphere in each.data.get("needs", ())', "False"),
    "FAMILY_NARROW a day more": (
        family_narrow,
        "first = family.zone.day_of(at) - family",
        "first = family.zone.day_of(at) - 1 - family",
    ),
    "ADVOCACY_CONFLICT resolved or not": (advocacy_conflict, "if fact.key not in resolved]", "]"),
    "ROLE_CONFUSION all families": (
        role_confusion,
        'if families and fact.data["family"] not in families:',
        "if False:",
    ),
    "ROLE_CONFUSION at the very share": (role_confusion, "share.denominator >", "share.denominator >="),
    "ROLE_CONFUSION from before the role": (role_confusion, "if fact.day < role.start:", "if fact.day < 0:"),
    "SUPERVISION_OVERDUE while absent too": (supervision_overdue, " or segment.absent:", ":"),
    "SUPERVISION_OVERDUE from before the run": (supervision_overdue, "if fact.day < since:", "if fact.day < 0:"),
    "TRAINING_OVERDUE a day early": (training_overdue, "[TRAINING_EVERY] + 1)", "[TRAINING_EVERY])"),
    "TRAINING_OVERDUE any training": (training_overdue, 'in {"induction", "refresher"}', "!= 'x'"),
    "NO_COORDINATOR anchored at the opening": (no_coordinator, "vacancy.after or site.openings[0]", "site.openings[0]"),
    "STEERING_SEAT_VACANT meetings from before": (steering_seat_vacant, "if fact.day >= filled.start]", "]"),
    "STEERING_SEAT_VACANT the first meeting is the anchor": (
        steering_seat_vacant,
        "missed[-1], agency",
        "missed[0], agency",
    ),
    "ACTION_OVERDUE on the very day": (action_overdue, "site.zone.midnight(due_on + 1)", "site.zone.midnight(due_on)"),
    "ACTION_OVERDUE done or not": (action_overdue, "if fact.key not in done]", "]"),
    "TIME_UNREPORTED though nothing was expected": (time_unreported, " and worker.expected(monday) > 0", ""),
}
MUTANTS |= {name: rewritten(*change) for name, change in REWRITTEN.items()}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name: str) -> None:
    """A rule with this fault differs from the oracle on some world."""
    known = [(0, world) for world in map(kept_world, FOUND)]
    about = next((rule.name for rule in rules.ALL if name.startswith(rule.name + " ")), None)
    with MUTANTS[name]():
        for seed, world in [*known, *((seed, None) for seed in range(FIRST_SEED, FIRST_SEED + WORLDS))]:
            try:
                if compare(seed, Counts(), world, about) is not None:
                    return
            except (
                AssertionError,
                LookupError,
                ValueError,
            ):  # transitions that do not fold, or a rule that raises, are seen too
                return
    pytest.fail(f"no world in {WORLDS} shows it")
