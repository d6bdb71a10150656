"""NOMINAL_KEY_WORKER. Source: RULES, *Family rules*."""

from fractions import Fraction

from events.instants import FOREVER, LONG_AGO
from projections.calendar import threshold
from projections.facts import Fact, last_at, next_at, up_to
from projections.family import Family, Segment
from projections.rules.base import Held, Reasons, Rule, Verdict
from projections.rules.reasons import clears, clock, day_text, fact_text, next_change, working_days


def _workers(segment: Segment) -> list[str]:
    return sorted({each.worker for each in segment.key})


def _view(family: Family, since: int, day: int, at: int) -> tuple[Fact | None, int]:
    """The parent's latest view that is still valid, and the midnight at which it will no longer be."""
    index = up_to(family.views, at)
    last = family.views[index - 1] if index else None
    valid = family.parameters.view_valid
    if last is None or last.day < max(since, day - valid):
        return None, FOREVER
    return last, family.zone.midnight(last.day + valid + 1)


def _own(family: Family, worker: str, since: int, at: int) -> Fact | None:
    """The last qualifying contact by the worker on or after a day."""
    for index in range(up_to(family.qualifying, at) - 1, -1, -1):
        fact = family.qualifying[index]
        if fact.day < since:
            return None
        if worker in family.counted(fact).by:
            return fact
    return None


def _had(family: Family, worker: str, since: int, at: int) -> tuple[list[Fact], int]:
    """The contacts with the worker, started by worker or family, that count today or will tomorrow, the latest first.

    With them the midnight at which the one before them ceased to count.
    """
    window = family.parameters.nominal_window
    first = family.zone.day_of(at) - window
    found: list[Fact] = []
    for index in range(up_to(family.started, at) - 1, -1, -1):
        fact = family.started[index]
        if fact.day < since:
            break
        if worker in fact.data["workers"]:
            if fact.day < first:
                return found, family.zone.midnight(fact.day + window + 1)
            found.append(fact)
    return found, LONG_AGO


def _is_seldom(family: Family, had: list[Fact], day: int) -> bool:
    """Whether of the contacts in the window before a day too few were started by the worker."""
    parameters = family.parameters
    inside = [fact for fact in had if day - parameters.nominal_window <= fact.day < day]
    own = sum(fact.data["initiated_by"] == "worker" for fact in inside)
    return len(inside) >= parameters.nominal_min and own < Fraction(parameters.nominal_share) * len(inside)


def _seldom(family: Family, had: list[Fact], day: int) -> tuple[int, int, bool]:
    """Whether it is so today, and the midnights between which it stays so if no contact occurs."""
    midnight, now = family.zone.midnight, _is_seldom(family, had, day)
    if len(had) < family.parameters.nominal_min:
        return LONG_AGO, FOREVER, now
    turns = sorted({turn for fact in had for turn in (fact.day + 1, fact.day + family.parameters.nominal_window + 1)})
    start = max((turn for turn in turns if turn <= day), default=1)
    end = next((turn for turn in turns if turn > day and _is_seldom(family, had, turn) != now), None)
    return midnight(start), FOREVER if end is None else midnight(end), now


def judge(family: Family, at: int) -> Verdict:
    """Holds for a key worker of whom the parent says that there is none or, if the parent says nothing, the contacts."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None or not segment.key:
        return Verdict(segment.start, segment.end)
    day, midnight = family.zone.day_of(at), family.zone.midnight
    views, contacts = up_to(family.views, at), up_to(family.started, at)
    start = max(segment.start, last_at(family.started, contacts), last_at(family.views, views))
    end = min(segment.end, next_at(family.started, contacts), next_at(family.views, views))
    held = []
    for worker in _workers(segment):
        since, begins = family.key_worker_since(worker, at)
        view, expires = _view(family, since, day, at)
        if view is None and views:  # one that has expired
            start = max(start, midnight(min(day, family.views[views - 1].day + family.parameters.view_valid + 1)))
        end = min(end, expires)
        said = view.data["has_key_worker"] if view else None
        if said == "no":
            held.append(Held("red", begins, worker))
        elif said != "yes":
            after = midnight(threshold(family.calendar, since, family.parameters.nominal_after))
            never = at >= after and _own(family, worker, since, at) is None
            had, left = _had(family, worker, since, at)
            begun, over, seldom = _seldom(family, had, day)
            start = max(start, left, begun, after if at >= after else LONG_AGO)
            end = min(end, over, after if at < after else FOREVER)
            if never or seldom:
                held.append(Held("amber", begins, worker))
    return Verdict(start, end, tuple(held))


def explain(family: Family, at: int) -> Reasons:
    """For each key worker since when, the parent's view, the contacts that were counted, when it next changes."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    day, parameters = family.zone.day_of(at), family.parameters
    for worker in _workers(segment):
        since, begins = family.key_worker_since(worker, at)
        out.append({"code": "key-worker-since", "worker": worker, "on": day_text(since), "allocation": begins.label})
        view, _ = _view(family, since, day, at)
        if view is not None:
            out.append({"code": "view", **fact_text(view), "has_key_worker": view.data["has_key_worker"]})
        if view is not None and view.data["has_key_worker"] != "unsure":
            continue
        own = _own(family, worker, since, at)
        if own is None:
            out.append({"code": "no-contact-by", "worker": worker, "since": day_text(since)})
            out.append(working_days(family, since, day, parameters.nominal_after))
        had = [fact for fact in _had(family, worker, since, at)[0] if fact.day < day]
        out.append(
            {
                "code": "started-by",
                "worker": worker,
                "days": parameters.nominal_window,
                "contacts": len(had),
                "by_worker": sum(fact.data["initiated_by"] == "worker" for fact in had),
                "needed": parameters.nominal_min,
                "share": str(parameters.nominal_share),
            }
        )
    out.append(clears("contact that the key worker starts, or the parent's view that there is a key worker"))
    out.append(next_change(judge(family, at).end))
    return out


RULE = Rule(
    name="NOMINAL_KEY_WORKER",
    kind="family",
    title="A key worker in name",
    why="not all professionals identified as key workers had truly assumed the role",
    parameters=("view_valid", "nominal_after", "nominal_window", "nominal_min", "nominal_share"),
    reads=frozenset({"contact.started", "view.recorded"}),
    judge=judge,
    explain=explain,
)
