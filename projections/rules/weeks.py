"""The reasons that the rules on workers share."""

from typing import Any

from events.instants import format_day
from projections.worker import DAYS_A_WEEK, Worker, monday_of


def run_as_key_worker(worker: Worker, at: int) -> dict[str, Any]:
    """Since when the worker has been some family's key worker without a break, and whether absent."""
    segment = worker.segment(at)
    if not segment.key:
        return {"code": "nobodys-key-worker"}
    since, begins = worker.key_worker_since(at)
    return {"code": "key-worker", "since": format_day(since), "allocation": begins.label, "absent": segment.absent}


def agreement(worker: Worker, at: int) -> dict[str, Any]:
    """The protected time agreed."""
    agreed = worker.segment(at).agreement
    if agreed is None:
        return {"code": "no-agreement"}
    return {"code": "agreed", "event": agreed.label, "hours_per_week": str(agreed.data["hours_per_week"])}


def weeks_counted(worker: Worker, day: int, at: int, nearest: int, farthest: int) -> list[dict[str, Any]]:
    """Each week with hours used and expected, or why it does not count."""
    out: list[dict[str, Any]] = []
    for back in range(nearest, farthest + 1):
        monday = monday_of(day) - DAYS_A_WEEK * back
        record, expected = worker.record(monday, at), worker.expected_hours(monday)
        week: dict[str, Any] = {"monday": format_day(monday), "expected_hours": f"{float(expected):.2f}"}
        if record is None:
            out.append({"code": "week-left-out", **week, "why": "no record"})
        elif not expected:
            out.append({"code": "week-left-out", **week, "why": "no hours expected"})
        else:
            out.append(
                {"code": "week-counted", **week, "used_hours": str(record.data["hours_used"]), "event": record.label}
            )
    return out


def share(worker: Worker, day: int, at: int, nearest: int, farthest: int) -> dict[str, Any]:
    """The share used over some weeks back; null with too few records."""
    used = worker.ratio(day, at, nearest, farthest)
    return {
        "code": "share-used",
        "weeks_back": [nearest, farthest],
        "percent": None if used is None else f"{100 * used.used / used.expected:.1f}",
    }
