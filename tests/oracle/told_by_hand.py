"""Examples of attention, computed by hand: what happens to an alert, and what the second reading makes of it.

2026: 2 March is a Monday; clocks go forward on 29 March; bank holidays 3 April, 6 April, 4 May, 25 May. An alert is
raised on 20 February, since that day, unless said. Of something known on 2 March the tenth working day after is 16
March, so that ten have passed by the midnight of 17 March; the twentieth is 30 March, the 31st begins at 23:00 UTC.
"""

from datetime import UTC, datetime

from tests.events import SOURCE, Json, event
from tests.oracle.attention import Policy, Reading, instant_of, kind_of, turns_of_file

A, B = "0a0b0c0d-0000-5000-8000-00000000000a", "0a0b0c0d-0000-5000-8000-00000000000b"
MONDAY = "2026-03-02T10:00:00Z"
TEN_OVER, TWENTY_OVER = "2026-03-17T00:00:00Z", "2026-03-30T23:00:00Z"
START = Policy(datetime(1970, 1, 1, tzinfo=UTC))


def change(kind: str, known: str, since: str = "2026-02-20", **data: object) -> Json:
    """A transition of alert A, or of the one named."""
    fields = {"alert": A, "rule": "CONTACT_OVERDUE", "subject": "family/F", "family": "F", "site": "S", "since": since}
    more = {"known": known, "cause": "deadline", **data}
    return {"type": f"touchline.alert.{kind}.v1", "subject": "family/F", "time": known, "data": {**fields, **more}}


RAISED = change("raised", "2026-02-20T00:00:00Z")


def ack(known: str = MONDAY, id_: str = "ack", **data: object) -> Json:
    """An acknowledgement of alert A by Ann."""
    more = {"alert": A, "by": "ann", **data}
    return event("alert.acknowledged", id_, more, subject="family/F", time=known, knowntime=known)


def snooze(known: str, until: str, id_: str = "snooze", **data: object) -> Json:
    """A snooze of alert A by Ben."""
    more = {"alert": A, "by": "ben", "until": until, **data}
    return event("alert.snoozed", id_, more, subject="family/F", time=known, knowntime=known)


def assign(known: str, to: str, id_: str = "assign") -> Json:
    """An assignment of alert A by Cat."""
    more = {"alert": A, "by": "cat", "to": to}
    return event("alert.assigned", id_, more, subject="family/F", time=known, knowntime=known)


def void(known: str, of: str = "ack", id_: str = "void") -> Json:
    """A void of an action."""
    return event("event.voided", id_, {"event": of}, subject="family/F", time=known, knowntime=known)


def read(*events: Json, policies: tuple[Policy, ...] = (START,), excused: tuple[str, ...] = ()) -> Reading:
    """What the reading makes of a file with these transitions and doings."""
    changes = [each for each in events if "known" in each["data"]]
    doings = [each for each in events if "known" not in each["data"]]
    return Reading(turns_of_file(changes, doings, map(instant_of, excused)), policies)


def story(reading: Reading, alert: str = A) -> list[tuple[str, ...]]:
    """The changes of attention: known, attention, and why where it says."""
    told = [each["data"] for each in reading.attended(alert)]
    return [(data["known"], data["attention"], *([data["why"]] if "why" in data else [])) for data in told]


def at(reading: Reading, known: str, alert: str = A) -> Json | None:
    """What a board line says of an alert at an instant; None while it is closed."""
    return reading.attention(instant_of(known)).get(alert)


def attention(reading: Reading, known: str) -> str:
    line = at(reading, known)
    assert line is not None
    return str(line["attention"])


def without_effect(reading: Reading) -> list[str]:
    """The ids of the actions reported as without effect."""
    assert {code for code, _ in reading.remarks()} <= {"action-without-effect"}
    return [label.removeprefix(f"{SOURCE}#") for _, label in reading.remarks()]


def unattended(reading: Reading, alert: str = A) -> list[bool]:
    """Of each closing whether it says that it is unattended."""
    closings = [each for each in reading.transitions(alert) if kind_of(each) in {"cleared", "retracted"}]
    assert all(each["data"].get("unattended", True) is True for each in closings)
    return ["unattended" in each["data"] for each in closings]
