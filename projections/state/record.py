"""What is saved of a subject, as records of a table: their keys, and what each holds besides the subject's own bytes.

Under `family/F` is a *snapshot*, the whole subject as it was after an entry. Under `family/F+0`, `family/F+1` … is
its *tail*: the journal's entries since, as many as came at a time. Under `family/F#0`, `family/F#1` … is its archive.
A tail names the snapshot that it follows; one that follows another snapshot is an older one's, and is written over
when its turn comes.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from events.codec import parse_json, to_json
from events.instants import LONG_AGO, Day, Instant
from projections.grounds.caring import Carer
from projections.policy import Policies
from projections.state.journal import JournalRecord
from projections.watch.hearing import Heard
from projections.watch.subject import Subject

FORMAT = 5
"""Of what is saved: to be raised with every change of what is written, or of what it means.

State of another format is not read: it is rebuilt from the journal. Format 1 had no number, format 2 no tails, format
3 nothing of what is done about alerts, format 4 neither agency nor carers.
"""
ARCHIVE, TAIL = b"#", b"+"
"""Ids have no such letters."""
_HEADER = struct.Struct(">BBqqqqI")
_HEADER_2 = struct.Struct(">BBqqqq")
_HEADER_1 = struct.Struct(">Bqqqq")
"""Had no number: the flags came first."""
_LENGTH = struct.Struct(">I")
_PARKED = 1


class Undecodable(ValueError):
    """Saved bytes that are not what was written; the message says of which subject."""


def archive_key(key: bytes, number: int) -> bytes:
    """Where a part of a subject's archive is saved."""
    return b"%s#%d" % (key, number)


def tail_key(key: bytes, number: int) -> bytes:
    """Where a part of a subject's tail is saved."""
    return b"%s+%d" % (key, number)


def owner(key: bytes) -> bytes:
    """The key of the subject to which a record belongs."""
    return key.partition(ARCHIVE)[0].partition(TAIL)[0]


class Header(NamedTuple):
    """What is in front of a snapshot and of a tail: the state of the subject after it."""

    format: int
    parked: bool
    applied: int
    """The journal offset applied."""
    wake: Instant
    """The next instant at which it must be judged."""
    parked_at: int
    """The offset at which it is parked."""
    judged_from: Instant
    """The instant whose policy it was judged under."""
    summarised: int = 0
    """How many bytes of summary follow."""

    @classmethod
    def of(cls, value: bytes) -> "Header":
        """The header of a saved value. Of a format that is not known only that it is another."""
        try:
            if value[0] in {3, 4, FORMAT}:
                number, flags, *rest = _HEADER.unpack_from(value)
                return cls(number, bool(flags & _PARKED), *rest)
            if value[0] == 2:  # noqa: PLR2004 - as it was
                number, flags, *rest = _HEADER_2.unpack_from(value)
                return cls(number, bool(flags & _PARKED), *rest)
            if value[0] <= _PARKED:
                flags, *rest = _HEADER_1.unpack_from(value)
                return cls(1, bool(flags & _PARKED), *rest)
        except (struct.error, IndexError):
            pass
        return cls(0, parked=False, applied=-1, wake=LONG_AGO, parked_at=0, judged_from=LONG_AGO)

    def later(self, tail: "Header") -> "Header":
        """The tail's header if it is of the same format and goes further; else the tail is an older snapshot's."""
        return tail if tail.format == self.format and tail.applied > self.applied else self

    def pack(self, summary: bytes) -> bytes:
        """The header as bytes, with the summary that follows it."""
        fields = (self.applied, self.wake, self.parked_at, self.judged_from)
        return _HEADER.pack(self.format, _PARKED if self.parked else 0, *fields, len(summary)) + summary

    def due(self, policies: Policies) -> Instant:
        """The next instant, also for a policy that came after it was saved; at once for state of another format."""
        if self.format != FORMAT:
            return LONG_AGO
        if self.parked or self.judged_from == LONG_AGO:
            return self.wake
        return min(self.wake, policies.next_after(self.judged_from))


def to_be_rebuilt(applied: int, parked_at: int | None) -> bytes:
    """What is saved of a subject that is known by the journal alone: it is rebuilt from it up to an offset.

    It reads as state of an earlier version: the board waits for the processor to write it again.
    """
    parked = parked_at is not None
    return Header(FORMAT - 1, parked, applied, LONG_AGO, parked_at or 0, LONG_AGO).pack(b"")


class Summary(NamedTuple):
    """What lists and counts need of a subject, without reading it as a whole."""

    known: Instant | None
    """The instant up to which it has been advanced; None if nothing is known of it."""
    site: str | None
    settling_until: Instant | None
    """While a backfill settles the instant at which it is over."""
    heard: dict[str, Heard]
    imported: tuple[Instant, dict[str, int]] | None
    """The last import that has settled: when, and by source its entries."""
    agency: str | None = None
    """A worker's, as registered now."""
    carers: tuple[Carer, ...] = ()
    """Of a family its key workers and who covers, from the day of `known` on."""

    @classmethod
    def of(cls, subject: Subject) -> "Summary":
        """The summary of a subject as it is now."""
        hearing, settling = subject.hearing, subject.agenda.settling_until
        if subject.known <= LONG_AGO:
            return cls(None, None, settling, hearing.sources, hearing.imported)
        known = subject.known
        return cls(
            known,
            subject.site(known),
            settling,
            hearing.sources,
            hearing.imported,
            subject.agency(known),
            subject.carers(),
        )

    def pack(self) -> bytes:
        """The summary as bytes."""
        heard = {source: list(each) for source, each in self.heard.items()}
        carers = [list(each) for each in self.carers]
        return to_json([self.known, self.site, self.settling_until or 0, heard, self.imported, self.agency, carers])

    @classmethod
    def unpack(cls, packed: bytes) -> "Summary":
        """Raises ValueError, TypeError or LookupError for what is none."""
        known, site, settling_until, heard, imported, agency, carers = parse_json(packed)
        return cls(
            known if known is None else Instant(known),
            site if site is None else str(site),
            Instant(settling_until) if settling_until else None,
            {
                str(source): Heard(int(seen), Instant(last), int(contacts))
                for source, (seen, last, contacts) in heard.items()
            },
            None
            if imported is None
            else (Instant(imported[0]), {str(key): int(count) for key, count in imported[1].items()}),
            agency if agency is None else str(agency),
            tuple(Carer(str(worker), Day(first), Day(last_out)) for worker, first, last_out in carers),
        )


def pack_tail(header: Header, summary: bytes, follows: int, records: Sequence[JournalRecord]) -> bytes:
    """A part of a tail: journal records with the state after them; `follows` is the offset applied of its snapshot."""
    index = to_json(
        [follows, [[each.offset, each.appended, each.kind.decode(), len(each.value or b"")] for each in records]]
    )
    values = b"".join(each.value or b"" for each in records)
    return header.pack(summary) + _LENGTH.pack(len(index)) + index + values


class Saved(NamedTuple):
    """A snapshot or a part of a tail, taken apart."""

    header: Header
    summary: bytes
    body: bytes

    @classmethod
    def of(cls, value: bytes) -> "Saved":
        """Of another format only the header is understood."""
        header = Header.of(value)
        if header.format != FORMAT:
            return cls(header, b"", b"")
        begin = _HEADER.size + header.summarised
        return cls(header, value[_HEADER.size : begin], value[begin:])

    def tail(self, key: bytes) -> tuple[int, list[JournalRecord]]:
        """Of a tail the offset applied of the snapshot that it follows, and its journal records.

        Raises ValueError, TypeError, LookupError or struct.error for what is no tail.
        """
        at = _LENGTH.size + _LENGTH.unpack_from(self.body)[0]
        follows, rows = parse_json(self.body[_LENGTH.size : at])
        records = []
        for offset, appended, kind, length in rows:
            value = self.body[at : at + length]
            if len(value) != length:
                raise ValueError("it was cut")
            records.append(JournalRecord(key, value, [("entry", kind.encode())], offset, appended))
            at += length
        return follows, records
