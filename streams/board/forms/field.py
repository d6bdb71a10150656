"""What a form asks: its fields and their words. Codes and limits are read from the type of the event. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from events.catalogue import TYPES, Kind
from events.event import Key
from projections.reasoning.phrases import SPHERES, words


class Asks(StrEnum):
    """How a field is asked."""

    ONE = "one"
    """One of a few: radio buttons."""
    LIST = "list"
    """One of many: a list that opens."""
    SOME = "some"
    """Any of some: checkboxes."""
    YES = "yes"
    """Yes or no: one checkbox."""
    ID = "id"
    IDS = "ids"
    """Ids with commas between them."""
    NUMBER = "number"
    DAY = "day"
    WHEN = "when"
    """When it was: today, yesterday or another day, and the time if it is known. It is no field of the data."""


class From(StrEnum):
    """Where a field has what it begins with, if that depends on what is known."""

    TODAY = "today"
    KEY_WORKER = "key worker"
    """The key worker, or who covers for them."""
    FIRST = "first"
    """The first answer that it offers."""
    ABSENCE = "absence"
    """The day on which the open absence starts, if that is still to come; else today."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. Its name is that of the data's field."""

    name: str
    asks: Asks
    label: str
    remedy: str
    """What to do if it is missing or wrong, as a sentence without its full stop."""
    hint: str = ""
    start: tuple[str, ...] | From = ()
    """What is chosen or filled in to begin with."""
    only: tuple[str, ...] = ()
    """The codes that are offered, if not all that the type has."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What codes are called, where their own words are not plain."""
    more: bool = False
    """Whether it is folded away, since most people leave it as it is."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that records events of one type, about one kind of subject."""

    slug: str
    """What it is called in addresses."""
    type: str
    """The short name of the event's type."""
    subject: Kind
    title: str
    noun: str
    """What one records with it: "contact"."""
    fields: tuple[Field, ...]
    instead: str = ""
    """The form that people may have meant, by its slug."""
    none: str = ""
    """What is said when there is nothing that the form could be about."""

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((each for each in self.fields if each.name == name), None)


class Option(NamedTuple):
    """An answer that a field offers."""

    value: str
    words: str
    key: Key | None = None
    """The event that it stands for, if it stands for one."""


class Numbers(NamedTuple):
    """The numbers that a field takes."""

    least: int
    most: int
    whole: bool


YES = "yes"
"""The value of a checkbox that is ticked."""
Typed = Mapping[str, list[str]]
"""What was typed: by the name of a control its values."""


@cache
def codes(type_: str, name: str) -> tuple[str, ...]:
    """The codes that a field of a type's data takes, in the contract's order; none for a field without codes."""
    found: list[str] = []
    todo: list[Any] = [TYPES[type_].data.model_fields[name].annotation]
    while todo:
        each = todo.pop(0)
        if isinstance(each, str):
            found.append(each)
        else:
            todo[:0] = list(getattr(each, "__args__", ()))
    return tuple(found)


@cache
def numbers(type_: str, name: str) -> Numbers:
    """The numbers that a field of a type's data takes."""
    schema = TYPES[type_].data.model_json_schema()["properties"][name]
    return Numbers(int(schema["minimum"]), int(schema["maximum"]), schema["type"] == "integer")


@cache
def is_required(type_: str, name: str) -> bool:
    """Whether data of a type must have a field."""
    return TYPES[type_].data.model_fields[name].is_required()


def coded(form: Form, asked: Field) -> list[Option]:
    """The answers that a field with codes offers."""
    offered = asked.only or codes(form.type, asked.name)
    return [Option(code, code_words(asked, code)) for code in offered]


def code_words(asked: Field, code: str) -> str:
    """A code as people read it, with a capital."""
    said = asked.words.get(code) or SPHERES.get(code) or words(code)
    return said[:1].upper() + said[1:]
