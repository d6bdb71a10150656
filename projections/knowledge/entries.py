"""What a journal holds for a subject. Source: DESIGN, *The walk of an event*, and CONTRACT, *Types, by topic*."""

from dataclasses import dataclass

from events.event import Event
from events.instants import Instant
from events.subject_name import SubjectName


@dataclass(frozen=True, slots=True)
class Told:
    """An event as another subject has it: `about` is the subject whose fact it is."""

    about: SubjectName
    event: Event


@dataclass(frozen=True, slots=True)
class Derived:
    """What one subject must learn of others, from one cause, all at once.

    `cause` labels the event it comes from; `id` follows from cause, teller and target, so that telling twice is the
    same.
    """

    id: str
    target: SubjectName
    cause: str
    told: tuple[Told, ...]
    known: Instant
    backfill: bool


@dataclass(frozen=True, slots=True)
class ClockAdvanced:
    """Time has come to the instant `known`, and nothing else."""

    known: Instant


Entry = Event | Derived | ClockAdvanced
