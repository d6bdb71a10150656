"""An event that was accepted, and the subjects that it is about. Source: CONTRACT, *An event*."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from events import limits
from events.catalogue import ACTIONS, MENDS, SUBJECT_FIELDS, TYPES
from events.instants import DAY_ONE, Day, Instant, Zone, format_day, format_instant
from events.subject_name import SubjectName

Key = tuple[str, str]
_ID = re.compile(limits.SUBJECT_ID, re.ASCII)


@dataclass(slots=True, eq=False)
class Event:
    """An accepted event.

    Exactly one of `instant` and `day` says when it occurred. `known` is the instant at which the service learnt it.
    `data` is the JSON object that the type's model accepted, numbers as written.
    """

    source: str
    id: str
    name: str
    data: dict[str, Any]
    instant: Instant | None
    day: Day | None
    known: Instant
    backfill: bool = False
    subject: str | None = None
    version: int = 1
    """Of its type, as it was said; facts have the data as the latest version has it."""
    key: Key = field(init=False, repr=False, compare=False)
    """What identifies the event for ever."""
    goes_to: list[SubjectName] | None = field(default=None, init=False, repr=False, compare=False)
    """Its subjects, once they have been asked for."""

    def __post_init__(self) -> None:
        self.key = self.source, self.id

    @property
    def label(self) -> str:
        """How output names the event."""
        return label_of(self.source, self.id)

    def occurred(self, zone: Zone) -> Instant:
        """The instant it occurred; of a date the first instant."""
        return self.instant if self.instant is not None else zone.midnight(self.day or DAY_ONE)


def label_of(source: str, id_: str) -> str:
    """How output names an event: the last `#` divides source and id, and no two events have one name."""
    if "%" in id_ or "#" in id_:
        id_ = id_.replace("%", "%25").replace("#", "%23")
    return f"{source}#{id_}"


Names = dict[str, frozenset[str]]


def _naming(data: dict[str, Any]) -> dict[str, Iterable[Any]]:
    """What data gives under the names of subjects. Takes data of any shape.

    A site is a subject only where no family and no worker is: the site of a registration may be corrected.
    """
    ids_by_field: dict[str, Iterable[Any]] = {}
    for name in SUBJECT_FIELDS:
        value = data.get(name)
        if value is None:
            continue
        if name != "workers":
            ids_by_field[name] = (value,)
        elif isinstance(value, list) and value:
            ids_by_field[name] = value
    if len(ids_by_field) > 1:
        ids_by_field.pop("site", None)
    return ids_by_field


def named(data: dict[str, Any]) -> Names:
    """The subjects that data names, under their names. Takes data of any shape."""
    return {name: frozenset(each for each in ids if isinstance(each, str)) for name, ids in _naming(data).items()}


def is_about_alert(event: Event) -> bool:
    """Whether an event is what somebody does about an alert, or mends that: its subject stands in the envelope."""
    return event.name in ACTIONS or (event.name in MENDS and not _naming(_said(event)))


def _said(event: Event) -> dict[str, Any]:
    """The data that names the event's subjects."""
    said: dict[str, Any] = event.data["data"] if event.name == "event.corrected" else event.data
    return said


def subjects_of(event: Event) -> list[SubjectName]:
    """The subjects that an event goes to, sorted; of a correction those that its data names."""
    if event.goes_to is None:
        event.goes_to = _subjects_of(event)
    return event.goes_to


def _subjects_of(event: Event) -> list[SubjectName]:
    if is_about_alert(event):
        return [SubjectName(event.subject)] if event.subject else []
    return sorted(
        {
            SubjectName.of(SUBJECT_FIELDS[name], id_)
            for name, ids in _naming(_said(event)).items()
            for id_ in ids
            if isinstance(id_, str) and _ID.fullmatch(id_)
        }
    )


def ref_key(event: Event, field: str) -> Key:
    """The (source, id) that a ref of the event names."""
    ref = event.data[field]
    return (ref["source"], ref["id"]) if isinstance(ref, dict) else (event.source, ref)


def to_cloudevent(event: Event) -> dict[str, Any]:
    """The event as a CloudEvents object, with what it was when it was accepted."""
    out: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": TYPES[event.name].full_name(event.version),
        "data": event.data,
    }
    if event.instant is not None:
        out["time"] = format_instant(event.instant)
    else:
        out["occurreddate"] = format_day(event.day or DAY_ONE)
    if event.subject:
        out["subject"] = event.subject
    if event.backfill:
        out["backfill"] = True
    return out
