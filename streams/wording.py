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
SPHERE = {
    "emotional_support": "emotional support",
    "information": "information and advice",
    "needs": "identifying and addressing needs",
    "advocacy": "advocacy",
    "coordination": "service co-ordination",
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
    "view.recorded": "The parents' view",
    "conflict.declared": "Conflict of interest declared",
    "conflict.resolved": "Conflict of interest resolved",
    "dual_role.declared": "Dual role",
    "supervision.held": "Supervision",
    "training.completed": "Training",
    "role.described": "Role described",
    "site.opened": "Opened",
    "coordinator.appointed": "Coordinator appointed",
    "coordinator.left": "Coordinator left",
    "seat.filled": "Seat filled",
    "seat.left": "Seat left",
    "meeting.held": "Meeting",
    "action.agreed": "Action agreed",
    "action.done": "Action done",
}


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").replace("-", " ")


def about_what(discriminator: str) -> str:
    """What an alert is about among others of its rule; nothing where that is an event, which its reasons describe."""
    return "" if "#" in discriminator else SPHERE.get(discriminator, words(discriminator))


def working_days(count: int) -> str:
    """A number of working days."""
    return f"{count} working day{'' if count == 1 else 's'}"


def _some(items: list[str]) -> str:
    return ", ".join(items) if items else "nobody"


def sentence(reason: Reason) -> str:  # noqa: C901, PLR0911, PLR0912, PLR0915 - a case for each code
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
            days = f" Weekdays left out: {', '.join(each['on'] for each in left)}." if left else ""
            until = f"; the last day allowed is {reason['due_on']}" if reason["due_on"] else ""
            return f"Since {reason['after']} {working_days(reason['gone'])} have gone, of {reason['allowed']} allowed{until}.{days}"
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
            weeks = [each["monday"] for each in reason["weeks"]]
            return (
                f"Weeks without a record: {', '.join(weeks)}." if weeks else "Every week whose record is due has one."
            )
        case "key-worker-since":
            return f"{reason['worker']} has been their key worker since {reason['on']}."
        case "view":
            said = {"yes": "there is a key worker", "no": "there is no key worker", "unsure": "they are not sure"}
            return f"On {reason['on']} the parents' view was that {said[reason['has_key_worker']]}."
        case "no-contact-by":
            return f"No contact that {reason['worker']} started has reached the family since {reason['since']}."
        case "started-by":
            return (
                f"In the last {reason['days']} days {reason['contacts']} contacts with {reason['worker']} reached the family, "
                f"{reason['by_worker']} of them started by the worker; once there are {reason['needed']}, a share of {reason['share']} is expected."
            )
        case "worker-started":
            return f"The contact of {reason['on']} was started by a worker."
        case "family-started":
            contacts = [each["on"] for each in reason["contacts"]]
            since = f" since a worker last started one: {', '.join(contacts)}" if contacts else ""
            return f"In the last {reason['working_days']} working days the family started {len(contacts)} contacts{since}; {reason['needed']} or more count."
        case "no-visits-planned":
            return "The plan has no home visits." if reason["plan"] else "There is no plan with home visits."
        case "last-visit":
            return (
                f"The plan has home visits; the last was on {reason['on']}."
                if reason["on"]
                else "The plan has home visits; there has been none."
            )
        case "visits":
            compared = "" if reason["compared"] else ", too few or too early to compare"
            return (
                f"Since {reason['since']} ({reason['working_days']} working days) there were {reason['visits']} home visits; from {reason['before_since']} "
                f"until then ({reason['before_working_days']} working days) {reason['before_visits']}{compared}."
            )
        case "agencies":
            listed = ", ".join(map(words, reason["agencies"]))
            return f"The plan needs {listed}." if reason["agencies"] else "No plan names the agencies that are needed."
        case "liaison-with":
            return f"On {reason['on']} there was liaison with {words(reason['agency'])}."
        case "no-liaison-in":
            return f"There has been no liaison in the last {reason['working_days']} working days."
        case "plan":
            return "A contact plan is in force."
        case "no-plan":
            return "No contact plan is in force."
        case "last-review":
            return f"The plan was last reviewed on {reason['on']}."
        case "no-review":
            return "The plan has not been reviewed."
        case "review-by":
            return f"The plan is to be reviewed by {reason['on']}."
        case "sign-off":
            return f"An interval of more than {reason['over']} working days needs a coordinator's sign-off; " + (
                "this plan has one." if reason["signed_off"] else "this plan has none."
            )
        case "need":
            last = (
                f"it was last attended to on {reason['last']['on']}"
                if reason["last"]
                else "it has not been attended to yet"
            )
            return f"Needed by the plan: {SPHERE[reason['sphere']]}; {last}."
        case "needs-explored":
            if not reason["contacts"]:
                return f"In the last {reason['days']} days no contact explored anybody's needs."
            return (
                f"Since {reason['since']} {reason['contacts']} contacts explored needs, those of the {words(reason['person'])} alone; "
                f"{reason['needed']} or more within {reason['days']} days count."
            )
        case "others-explored":
            return f"The contact of {reason['on']} explored the needs of others too: {', '.join(map(words, reason['persons']))}."
        case "conflict":
            return (
                f"On {reason['on']} a conflict of interest with {words(reason['not_to'])} was declared for {reason['worker']}; "
                f"managers of {words(reason['not_to'])} must not receive this."
            )
        case "no-conflict":
            return "No conflict of interest is open."
        case "dual-role":
            whom = f"families {', '.join(reason['families'])}" if reason["families"] else "all their families"
            return (
                f"Another professional role toward {whom} since {reason['from']}: of {reason['contacts']} contacts in {reason['working_days']} working days "
                f"{reason['as_key_worker']} were as key worker, {reason['in_other_role']} in the other role, {reason['not_said']} not said; {reason['needed']} or more count."
            )
        case "no-dual-role":
            return "No dual role is in force."
        case "nobodys-key-worker":
            return "Nobody's key worker at present."
        case "key-worker":
            return f"Key worker without a break since {reason['since']}" + (
                "; absent at present." if reason["absent"] else "."
            )
        case "supervision":
            kind = "one-to-one" if reason["kind"] == "one_to_one" else "group"
            last = (
                f"The last {kind} supervision was on {reason['last']['on']}"
                if reason["last"]
                else f"There has been no {kind} supervision yet"
            )
            return f"{last}; since {reason['after']} {working_days(reason['gone'])} at work have gone, and it is due every {reason['every']}."
        case "no-induction":
            return "No induction is recorded."
        case "last-training":
            return f"The last training ({words(reason['kind'])}) was on {reason['on']}; the next is due by {reason['due_on']}."
        case "coordinator-in-post":
            return "A coordinator is in post."
        case "no-coordinator":
            return f"There has been no coordinator since {reason['since']}, for {working_days(reason['working_days'])}."
        case "seat-filled":
            days = " and ".join(each["on"] for each in reason["missed"])
            return f"The seat of {words(reason['agency'])} is filled" + (
                f"; nobody came to the meetings of {days}." if days else "."
            )
        case "seat-empty":
            return f"The seat of {words(reason['agency'])} has been empty since {reason['since']}, for {working_days(reason['working_days'])} of {reason['allowed']} allowed."
        case "no-seats":
            return "No agency has a steering seat."
        case "actions":
            undone = [each["due_on"] for each in reason["undone"]]
            return (
                f"Actions agreed and not done, by the dates they are due: {', '.join(undone)}."
                if undone
                else "No agreed action is open."
            )
        case "would-clear":
            return f"What would end it: {reason['by']}."
        case "next-change":
            return (
                f"By time alone it can next change on {reason['on']}."
                if reason["on"]
                else "Time alone does not change it."
            )
    return words(reason["code"])


def paragraph(verdict: dict[str, Any]) -> list[str]:
    """What a rule says of a subject, as `explain` has it, in lines: a heading, what holds, and a sentence for each reason."""
    out = [f"{verdict['title']} ({verdict['rule']}): {'holds' if verdict['holds'] else 'does not hold'}."]
    for alert in verdict["alerts"]:
        about = (
            f" ({words(alert['discriminator'])})"
            if alert["discriminator"] and "#" not in alert["discriminator"]
            else ""
        )
        due = f"; it was due by {alert['due_on']}" if alert["due_on"] else ""
        out.append(f"  So since {alert['since']}{about}, {alert['severity']}{due}.")
    return out + [f"  {sentence(reason)}" for reason in verdict["reasons"]]


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
