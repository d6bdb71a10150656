"""Due dates as a calendar that other programs read. Pure. Source: RFC 5545, RFC 7986."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from events.instants import Day

MEDIA_TYPE = "text/calendar"
READ_AGAIN = timedelta(hours=1)


class Entry(NamedTuple):
    """Something that is due by the end of a day. Of a kind and a subject there is at most one."""

    kind: str
    subject: str
    on: Day
    title: str
    address: str
    """Of the page that says more."""


def as_calendar(entries: Iterable[Entry], today: Day) -> bytes:
    """The entries as days of a calendar, in the order given. The same entries on the same day give the same bytes."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Touchline//Due dates//EN")
    calendar.add("name", "Touchline: due dates")
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, today))
    return bytes(calendar.to_ical())


def _event(entry: Entry, today: Day) -> Event:
    event = Event()
    event.add("uid", str(uuid5(NAMESPACE_URL, f"touchline:due:{entry.kind}:{entry.subject}")))
    event.add("dtstamp", datetime.combine(date.fromordinal(today), datetime.min.time(), tzinfo=UTC))
    event.add("dtstart", date.fromordinal(entry.on))
    event.add("dtend", date.fromordinal(entry.on + 1))
    event.add("summary", entry.title)
    event.add("url", entry.address)
    event.add("transp", "TRANSPARENT")  # it does not make anybody busy
    event.add("class", "PRIVATE")
    return event
