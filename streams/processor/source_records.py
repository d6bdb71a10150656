"""What becomes of a record on a source topic: journal records, one for each subject, or a quarantined record. Pure."""

from collections.abc import Iterable

from events.accept import Refused, accept
from events.catalogue import TYPES
from events.event import Event, subjects_of
from events.instants import Instant, Zone
from events.limits import EVENT_BYTES, RECORD_BYTES
from projections.state.journal import Headers, Record, event_record


def take_in(raw: bytes | None, topic: str, known: Instant, zone: Zone) -> tuple[Event, list[Record]]:
    """An event that came on a topic, and its journal records. Raises Refused.

    `topic` is the topic's name without the prefix of the service, like `contacts`.
    """
    event = accept(raw or b"", zone, known)
    belongs = TYPES[event.name].topic
    if belongs not in {"any", topic}:
        raise Refused("wrong-topic", "/type", f"belongs on the topic {belongs!r}, not {topic!r}")
    subjects = subjects_of(event)
    if not subjects:
        raise Refused("subject-mismatch", "/data", "names no subject, so nobody would learn it")
    return event, [event_record(subject, raw or b"") for subject in subjects]


FIELD_LETTERS = 1_000


def quarantined(
    raw: bytes | None, headers: Iterable[tuple[str, bytes | None]], error: Refused, place: str
) -> tuple[bytes, Headers]:
    """A refused record for the quarantine: its value and its headers, which say why and where it came from.

    `place` is TOPIC/PARTITION/OFFSET, like `contacts/2/517`. The value is the whole record. Exception: a record that
    was larger than a topic takes before it was compressed is cut to its beginning, and the header `cut` says how many
    bytes it had. At its place it stays whole.
    """
    raw = raw or b""
    own = [
        ("reason", error.reason.encode()),
        ("field", error.field[:FIELD_LETTERS].encode()),
        ("message", error.message[:300].encode()),
        ("place", place.encode()),
    ]
    others = [
        (name, content or b"") for name, content in headers if name not in {*(own_name for own_name, _ in own), "cut"}
    ]
    if len(raw) + sum(len(name) + len(content) for name, content in others) > RECORD_BYTES:
        return raw[:EVENT_BYTES], [*own, ("cut", str(len(raw)).encode())]
    return raw, [*own, *others]
