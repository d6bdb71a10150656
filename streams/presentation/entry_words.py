"""What an event says, in plain words: the lines of a timeline. Pure.

Words are about conditions, never about blame. Dates are in full.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from events.instants import is_day, parse_instant, parse_week
from events.subject_name import SubjectName
from projections.grounds.proactive_contact import Counted
from projections.reasoning.phrases import (
    SPHERES,
    WHY_NOT_COUNTED,
    count,
    long_date,
    long_day,
    together,
    words,
    working_days,
)
from projections.views.recorded import Mend
from streams.clock import LONDON
from streams.presentation.plain_english import site_words

Data = Mapping[str, Any]
STARTED_BY = {
    "worker": "Started by a worker",
    "family": "Started by the family",
    "professional": "Started by another professional",
    "unknown": "Who started it is not recorded",
}
VIEWS = {
    "yes": "The parents say that they have a key worker",
    "no": "The parents say that they have no key worker",
    "unsure": "The parents are not sure whether they have a key worker",
}


def said(type_: str, data: Data, subject: SubjectName, *, families_shown: bool = True) -> str:
    """What an event of a type says on the timeline of a subject, in sentences. Whom the page is about is left out.

    Without `families_shown` no family is named.
    """
    describe = _WORDS.get(type_, _plainly)
    sentences = [*describe(data), *_who(data, subject, families_shown=families_shown)]
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def counts(counted: Counted) -> str:
    """Whether a contact counts, and if not why not: "Does not count: the worker did not start it"."""
    if counted.by:
        return "Counts, as cover" if counted.covering == counted.by else "Counts"
    return "Does not count: " + "; ".join(WHY_NOT_COUNTED[why] for why in counted.why_not)


def mended(mend: Mend) -> str:
    """That an entry was corrected or voided, when and why: "Corrected on 3 December 2026: more detail."."""
    what = "Voided" if mend.type == "event.voided" else "Corrected"
    if mend.of_correction:
        what = "The correction was voided"
    why = f": {words(mend.reason)}" if mend.reason else ""
    effect = "" if mend.has_effect else " This does not fit the entry, and has no effect."
    return f"{what} on {long_day(LONDON.day_of(parse_instant(mend.known)))}{why}.{effect}"


def source_words(source: str, name_of: Callable[[str], str] = str) -> str:
    """A source by its last parts: `/agency/health/case-system` is "health case system".

    A person is named by what `name_of` makes of the pseudonym.
    """
    parts = [part for part in source.split("/") if part]
    if len(parts) == 2 and parts[0] == "person":  # noqa: PLR2004 - "person" and a pseudonym
        return name_of(parts[1])
    return " ".join(words(part) for part in parts[-2:]) or source


def _listed(codes: Iterable[str]) -> str:
    """Codes as words: "parent", "parent and child", "parent, child and other"."""
    return together([words(code) for code in codes])


def _hours(number: Any) -> str:  # noqa: ANN401 - hours as JSON has them
    return count(number, "hour")


def _span(data: Data, start: str = "starts_on", end: str = "ends_on") -> str:
    """From when it is in force. The day on which it ends is out."""
    until = f" until {long_date(data[end])}" if data.get(end) else ""
    return f"from {long_date(data[start])}{until}"


def _who(data: Data, subject: SubjectName, *, families_shown: bool) -> list[str]:
    """Who else the event is about."""
    about = []
    workers = [each for each in (data.get("worker"), *data.get("workers", ()), data.get("covering_worker")) if each]
    others = [each for each in dict.fromkeys(workers) if subject != SubjectName.of("worker", each)]
    if others and "covering_worker" not in data:
        about.append(f"worker{'s' if len(others) > 1 else ''} {', '.join(others)}")
    if families_shown and data.get("family") and subject.kind != "family":
        about.append(f"family {data['family']}")
    if families_shown and data.get("families"):
        about.append(f"families {', '.join(data['families'])}")
    return about


def _contact(data: Data) -> list[str]:
    who = data.get("participants")
    return [
        f"{words(data['mode'])}: {words(data['outcome'])}",
        STARTED_BY[data.get("initiated_by", "unknown")],
        f"took part: {_listed(who)}" if who else "",
        "the worker acted in another role" if data.get("acting_as") == "other_role" else "",
        f"at the {words(data['location'])}" if data.get("location") not in {None, "other"} else "",
        f"needs explored for {_listed(data['needs_explored_for'])}" if data.get("needs_explored_for") else "",
    ]


def _plan(data: Data) -> list[str]:
    every = data.get("interval_working_days")
    return [
        f"contact every {working_days(every)}" if every else "no interval of its own",
        _span(data),
        "with home visits" if data.get("home_visits") else "",
        f"needs: {', '.join(SPHERES[each] for each in data['needs'])}" if data.get("needs") else "",
        f"agencies: {_listed(data['agencies'])}" if data.get("agencies") else "",
        f"review by {long_date(data['review_by'])}" if data.get("review_by") else "",
        "signed off" if data.get("signed_off_by") else "",
    ]


def _week(data: Data) -> list[str]:
    lost = data.get("hours_lost")
    because = f" to {_listed(data['displaced_by'])}" if data.get("displaced_by") else ""
    return [
        f"week of {long_day(parse_week(data['week']))}: {_hours(data['hours_used'])} used",
        f"{_hours(lost)} lost{because}" if lost else "",
    ]


def _cover(data: Data) -> list[str]:
    hours = data.get("hours_per_week")
    return [
        f"{data['covering_worker']} covers for {data['worker']} {_span(data)}",
        "" if data.get("families") else "for all families",
        f"{_hours(hours)} a week" if hours else "",
    ]


def _attention(data: Data) -> list[str]:
    return [
        f"by {data['by']}",
        words(data["reason"]) if data.get("reason") else "",
        f"until {_until(data['until'])}" if data.get("until") else "",
        f"planned for {long_date(data['expected_on'])}" if data.get("expected_on") else "",
        f"case reference {data['case_ref']}" if data.get("case_ref") else "",
    ]


def _until(text: str) -> str:
    return long_date(text) if is_day(text) else long_day(LONDON.day_of(parse_instant(text)))


def _of(*codes: str) -> Callable[[Data], list[str]]:
    """Says the words of some fields, those that are there: "health, outgoing"."""
    return lambda data: [", ".join(words(str(data[code])) for code in codes if data.get(code))]


def _ends(data: Data) -> list[str]:
    return [f"on {long_date(data['ends_on'])}", words(data["reason"]) if data.get("reason") else ""]


def _starts(data: Data) -> list[str]:
    return [_span(data), words(data["reason"]) if data.get("reason") else ""]


def _plainly(data: Data) -> list[str]:
    """Of a type without words of its own: the codes and dates that it has."""
    dates = [f"{words(key)} {long_date(str(data[key]))}" for key in data if key.endswith(("_on", "_end", "_by_date"))]
    codes = [words(str(data[key])) for key in ("kind", "mode", "outcome", "reason", "agency") if key in data]
    return [", ".join(codes), *dates]


_WORDS: dict[str, Callable[[Data], list[str]]] = {
    "contact.recorded": _contact,
    "plan.agreed": _plan,
    "plan.reviewed": lambda _data: ["the contact plan was reviewed"],
    "plan.paused": _starts,
    "view.recorded": lambda data: [VIEWS[data["has_key_worker"]]],
    "liaison.recorded": lambda data: [f"with {words(data['to_agency'])}", f"{data['direction']}, {data['purpose']}"],
    "conflict.declared": lambda data: [f"with {words(data['agency'])}"],
    "absence.started": lambda data: [
        f"{words(data['kind'])} from {long_date(data['starts_on'])}",
        f"expected back on {long_date(data['expected_end'])}" if data.get("expected_end") else "",
    ],
    "absence.ended": lambda data: [f"back on {long_date(data['ends_on'])}"],
    "cover.assigned": _cover,
    "cover.ended": _ends,
    "site.opened": lambda data: [f"seats: {_listed(data['agencies'])}" if data.get("agencies") else ""],
    "family.registered": lambda data: [f"at {site_words(data['site'])}"],
    "family.closed": _ends,
    "family.reopened": _starts,
    "worker.registered": lambda data: [f"at {site_words(data['site'])}, {words(data['agency'])}"],
    "worker.left": _ends,
    "allocation.started": _starts,
    "allocation.ended": _ends,
    "protected_time.agreed": lambda data: [f"{_hours(data['hours_per_week'])} a week {_span(data)}"],
    "week.recorded": _week,
    "dual_role.declared": lambda data: [_span(data), "" if data.get("families") else "toward all families"],
    "supervision.held": lambda data: [
        words(data["kind"]) + (f", with {_listed(data['agencies'])}" if data.get("agencies") else "")
    ],
    "training.completed": _of("kind"),
    "coordinator.appointed": _starts,
    "coordinator.left": _ends,
    "seat.filled": lambda data: [f"{words(data['agency'])}, {_span(data)}"],
    "seat.left": lambda data: [words(data["agency"]), *_ends(data)],
    "meeting.held": lambda data: [f"present: {_listed(data['present']) or 'nobody'}"],
    "action.agreed": lambda data: [f"due on {long_date(data['due_on'])}"],
    "alert.acknowledged": _attention,
    "alert.snoozed": _attention,
    "alert.assigned": lambda data: [f"to {data['to'] or 'nobody'}", f"by {data['by']}"],
}
