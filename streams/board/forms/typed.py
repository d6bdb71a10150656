"""Turns what was typed into the data of an event, or into sentences that say what is wrong. Pure.

What an event may say is decided by `events.accept`. Here only what is no number, no date and no answer is found.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from events import limits
from events.accept import Refused
from events.catalogue import TYPES
from events.event import Key
from events.instants import Day, Zone, format_day, parse_day
from projections.knowledge.facts import Fact
from projections.reasoning.phrases import long_day
from streams.access.sources import source_of
from streams.board.forms.field import YES, Asks, Field, Form, Option, Typed, is_required, numbers
from streams.board.forms.setting import REFS, Setting, options

ANOTHER = "another"
"""What `when` says for a day that is neither today nor yesterday."""
OTHER_DAY, TIME = "day", "at"
"""The other controls of `when`."""
_NUMBER = re.compile(rf"\d{{1,{limits.DIGITS}}}(?:[.,]\d{{1,{limits.DIGITS}}})?", re.ASCII)
_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})", re.ASCII)
LISTS = frozenset({Asks.SOME, Asks.IDS})


class Problem(NamedTuple):
    """What is wrong: the field's name, empty for the whole form, and a sentence."""

    field: str
    sentence: str
    may_stand: bool = False
    """Whether it can be recorded all the same."""


class Read(NamedTuple):
    """What was read: the data, when it occurred as the envelope has it, and what is wrong."""

    data: dict[str, Any]
    occurred: dict[str, str]
    problems: list[Problem]


def read(form: Form, setting: Setting, typed: Typed) -> Read:
    """Reads a form. In a correction, what the form does not ask stays as it is recorded."""
    recorded = dict(setting.now_recorded or {})
    asked = {each.name for each in form.fields}
    kept = {name: value for name, value in recorded.items() if name not in asked}
    done = Read(kept or {form.subject: setting.name.id}, {"occurreddate": format_day(setting.today)}, [])
    for each in form.fields:
        if each.asks is Asks.WHEN:
            _read_when(each, setting, typed, done)
        elif setting.as_worker is not None and each.name in {"worker", "workers"}:
            done.data[each.name] = [setting.as_worker] if each.asks is Asks.IDS else setting.as_worker
        else:
            _read_field(form, each, setting, typed, done)
    return done


def _read_field(form: Form, asked: Field, setting: Setting, typed: Typed, done: Read) -> None:
    said = [text for text in (each.strip() for each in typed.get(asked.name, ())) if text]
    if asked.asks is Asks.YES:
        if said or asked.name in (setting.now_recorded or {}):
            done.data[asked.name] = said[:1] == [YES]
        return
    if not said and asked.asks not in LISTS:
        if is_required(form.type, asked.name):
            done.problems.append(Problem(asked.name, f"{asked.remedy}."))
        return
    value = _value(form, asked, setting, said)
    if value is None:
        done.problems.append(Problem(asked.name, f"{asked.remedy}{_range(form, asked)}."))
    else:
        done.data[asked.name] = value
        if asked.name in REFS:
            done.data.update(_shared(form, setting, said[0], done.data))


def _shared(form: Form, setting: Setting, label: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event must say as the one does that it names: the end of a seat has the agency of the seat."""
    named = next(
        (fact for opened in setting.opens for fact in opened if isinstance(fact, Fact) and fact.label == label), None
    )
    must = [name for name in TYPES[form.type].data.model_fields if is_required(form.type, name) and name not in data]
    return {
        name: named.data[name] for name in must if named is not None and name in named.data and not form.field(name)
    }


def _value(form: Form, asked: Field, setting: Setting, said: list[str]) -> Any:  # noqa: ANN401 - any JSON
    """A value as the data has it; None for what is none."""
    if asked.asks in READ_ALONE:
        return READ_ALONE[asked.asks](form, asked, said)
    offered = {option.value: option for option in options(form, asked, setting)}
    if any(each not in offered for each in said):
        return None
    if asked.asks is Asks.SOME:
        return list(dict.fromkeys(said))
    return _ref(offered[said[0]], setting) if asked.name in REFS else said[0]


def _ref(option: Option, setting: Setting) -> str | dict[str, str] | None:
    """The event that an answer stands for, as data names it."""
    return None if option.key is None else ref_to(option.key, source_of(setting.person))


def ref_to(key: Key, source: str) -> str | dict[str, str]:
    """How an event of a source names another one."""
    return key[1] if key[0] == source else {"source": key[0], "id": key[1]}


def _ids(_form: Form, _asked: Field, said: list[str]) -> list[str] | None:
    return [each for each in re.split(r"[,;\s]+", " ".join(said)) if each] or None


def _day(_form: Form, _asked: Field, said: list[str]) -> str | None:
    day = read_day(said[0])
    return None if day is None else format_day(day)


def _number(form: Form, asked: Field, said: list[str]) -> Decimal | int | None:
    text = said[0]
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text.replace(",", "."))
    least, most, whole = numbers(form.type, asked.name)
    if not least <= number <= most or (whole and number != int(number)):
        return None
    return int(number) if number == int(number) else number


READ_ALONE: dict[Asks, Callable[[Form, Field, list[str]], Any]] = {
    Asks.ID: lambda _form, _asked, said: said[0],
    Asks.IDS: _ids,
    Asks.NUMBER: _number,
    Asks.DAY: _day,
}
"""What is typed, rather than chosen from answers."""


def _range(form: Form, asked: Field) -> str:
    if asked.asks is not Asks.NUMBER:
        return ""
    least, most, _ = numbers(form.type, asked.name)
    return f", from {least} to {most:,}"


def read_day(text: str) -> Day | None:
    """A date as a browser sends it, `2026-11-28`, or as people write it, `28/11/2026`; None for what is none."""
    parts = _DAY_FIRST.fullmatch(text)
    if parts:
        text = f"{parts[3]}-{parts[2]:0>2}-{parts[1]:0>2}"
    try:
        return parse_day(text)
    except ValueError:
        return None


def _read_when(asked: Field, setting: Setting, typed: Typed, done: Read) -> None:
    chosen, other, at = (
        next((text.strip() for text in typed.get(name, ())), "") for name in (asked.name, OTHER_DAY, TIME)
    )
    day = read_day(other if chosen == ANOTHER else chosen)
    if day is None:
        name = OTHER_DAY if chosen == ANOTHER else asked.name
        done.problems.append(Problem(name, f"{asked.remedy}."))
        return
    done.occurred["occurreddate"] = format_day(day)
    if chosen != ANOTHER and other and read_day(other) != day:
        sentence = f"Choose “Another day” to use the date that you gave, or clear it to use {long_day(day)}."
        done.problems.append(Problem(asked.name, sentence))
    if at:
        parts = _TIME.fullmatch(at)
        instant = _instant(day, time(int(parts[1]), int(parts[2])), setting.zone) if parts else None
        if instant is None:
            sentence = "Give a time that there was on that day, like 14:05, or leave it empty."
            done.problems.append(Problem(TIME, sentence))
        else:
            del done.occurred["occurreddate"]
            done.occurred["time"] = instant


def _instant(day: Day, at: time, zone: Zone) -> str | None:
    """A local time with its offset; None for one that the clocks left out when they went forward."""
    local = datetime.combine(date.fromordinal(day), at, tzinfo=ZoneInfo(zone.name))
    try:
        there = local.astimezone(UTC).astimezone(local.tzinfo)
    except OverflowError:  # at the end of the calendar
        return None
    return local.isoformat() if there.replace(tzinfo=None) == local.replace(tzinfo=None) else None


def problem_of(form: Form, refused: Refused) -> Problem:
    """What an event was refused for, at the field of the form."""
    name = refused.field.removeprefix("/data/").partition("/")[0]
    asked = form.field("when" if refused.field in {"/time", "/occurreddate"} else name)
    if asked is None:
        return Problem("", f"This cannot be recorded: {name or 'it'} {refused.message}.")
    return Problem(asked.name, f"{asked.remedy}{_range(form, asked)}.")
