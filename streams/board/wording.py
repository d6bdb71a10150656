"""From codes to plain English, neutrally: about conditions, never about blame. Pure."""

from typing import Any

Reason = dict[str, Any]

WHY_NOT = {
    "not-achieved": "it was an attempt that did not reach the family",
    "not-two-way": "no parent or other agreed person took part",
    "not-by-worker": "the worker did not start it",
    "initiator-unknown": "who started it is not recorded",
    "not-their-key-worker": "none of its workers was then their key worker or covering",
    "not-acting-as-key-worker": "the worker was acting in another role",
}
KIND = {
    "raised": "Began to hold",
    "escalated": "Became red",
    "eased": "Became amber",
    "revised": "Details changed",
    "cleared": "Ended",
    "retracted": "As known now it never held",
    "reopened": "As known now it never ended",
}
TYPE = {
    "contact.recorded": "Contact",
    "liaison.recorded": "Liaison",
    "plan.agreed": "Plan agreed",
    "plan.reviewed": "Plan reviewed",
    "plan.paused": "Pause",
    "allocation.started": "Allocation starts",
    "allocation.ended": "Allocation ends",
    "family.registered": "Registered",
    "family.closed": "Closed",
    "family.reopened": "Reopened",
    "bereavement.recorded": "Bereavement",
    "worker.registered": "Registered",
    "worker.left": "Left",
    "absence.started": "Absence starts",
    "absence.ended": "Absence ends",
    "cover.assigned": "Cover assigned",
    "cover.ended": "Cover ends",
    "protected_time.agreed": "Protected time agreed",
    "week.recorded": "Week recorded",
}


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").replace("-", " ")


def _some(items: list[str]) -> str:
    return ", ".join(items) if items else "nobody"


def sentence(reason: Reason) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a code
    """A reason as one sentence."""
    match reason["code"]:
        case "clock-start":
            return f"Contact is expected since {reason['on']}, when {reason['worker']} was key worker."
        case "no-clock":
            return "No key worker has been allocated, so no contact is expected yet."
        case "counted":
            cover = f" ({_some(reason['as_cover'])} as cover, not their own key worker)" if reason["as_cover"] else ""
            return f"The contact of {reason['on']} by {_some(reason['by'])} counts{cover}."
        case "did-not-count":
            return f"The contact of {reason['on']} ({words(reason['outcome'])}) does not count: {'; '.join(WHY_NOT[why] for why in reason['why'])}."
        case "working-days":
            left = reason["left_out"]
            days = f" {len(left)} weekdays were left out: {', '.join(each['on'] for each in left[:6])}." if left else ""
            return f"Since {reason['after']} {reason['gone']} working days have gone, of {reason['allowed']} allowed; the last of those is {reason['due_on']}.{days}"
        case "interval":
            return f"The agreed interval is {reason['working_days']} working days" + (
                ", from the plan." if reason["plan"] else ", the default."
            )
        case "falls-due":
            away = [each["worker"] for each in reason["key_workers"] if each["absences"]]
            return f"The next contact falls due on {reason['on']}" + (
                f", when {_some(away)} will be away." if away else "."
            )
        case "key-workers":
            return f"Key worker: {_some(reason['workers'])}."
        case "without-key-worker":
            return f"There has been no key worker since {reason['since']}."
        case "last-liaison":
            return f"The last liaison was on {reason['on']}."
        case "no-liaison":
            return "There has been no liaison yet."
        case "absence":
            end = reason["to"] or "an open end"
            families = reason["families_without_cover"]
            gap = f"without cover: {_some(families)}" if families else "every family has cover"
            return f"Absence ({', '.join(map(words, reason['kinds']))}) from {reason['from']} to {end}; {gap}."
        case "no-absence":
            return "No absence is known for now or later."
        case "agreed":
            return f"{reason['hours_per_week']} hours a week of protected time are agreed."
        case "no-agreement":
            return "No protected time is agreed."
        case "week-counted":
            return f"Week of {reason['monday']}: {reason['used_hours']} of {reason['expected_hours']} hours used."
        case "week-left-out":
            return f"Week of {reason['monday']} is left out: {reason['why']}."
        case "share-used":
            first, last = reason["weeks_back"]
            return f"Weeks {first} to {last} back: " + (
                f"{reason['percent']} % used." if reason["percent"] else "too few records to say."
            )
        case "weeks-without-record":
            return f"Weeks without a record: {_some([each['monday'] for each in reason['weeks']])}."
        case "would-clear":
            return f"What ends it: {reason['by']}."
        case "next-change":
            return (
                f"By time alone it next changes on {reason['at'][:10]}."
                if reason["at"]
                else "Time alone does not change it."
            )
    return words(reason["code"])


def fact(line: dict[str, Any], kind: str) -> str:
    """A line of the timeline of a subject of a kind in words."""
    data = line["data"]
    parts = [words(str(data[key])) for key in ("kind", "mode", "outcome", "to_agency", "direction") if key in data]
    if "initiated_by" in data:
        parts.append(f"started by {words(data['initiated_by'])}")
    parts += [f"with {data[key]}" for key in ("worker", "covering_worker", "family") if key in data and key != kind]
    parts += [f"with {', '.join(data['workers'])}"] if "workers" in data else []
    parts += [
        f"{label} {data[key]}"
        for label, key in (("from", "starts_on"), ("until", "ends_on"), ("expected until", "expected_end"))
        if key in data
    ]
    parts += [f"week {data['week']}: {data['hours_used']} hours"] if "week" in data else []
    parts += [f"{data['hours_per_week']} hours a week"] if "hours_per_week" in data else []
    parts += [f"every {data['interval_working_days']} working days"] if "interval_working_days" in data else []
    return ", ".join(parts)


def counted(judged: dict[str, Any]) -> str:
    """Whether a contact counts as proactive contact, in words."""
    if judged["by"]:
        return "Counts" + (" as cover" if judged["as_cover"] else "")
    return "Does not count: " + "; ".join(WHY_NOT[why] for why in judged["why_not"])
