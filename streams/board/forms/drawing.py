"""What the template draws of a form, in the words of the design system's macros. Pure."""

from typing import Any

from events.instants import format_day
from streams.board.forms.field import YES, Asks, Field, Form, Option, Typed, is_required, numbers
from streams.board.forms.setting import REFS, Setting, options
from streams.board.forms.typed import ANOTHER, OTHER_DAY, TIME, Problem, read_day

Drawn = dict[str, Any]
FEW = 3
"""So many short answers stand beside each other."""
BESIDE = "govuk-radios--inline beside"
NAMING_WORKERS = frozenset({"worker", "workers"})


def drawn(form: Form, setting: Setting, typed: Typed, problems: list[Problem]) -> list[Drawn]:
    """The fields of a form, each with its macro and what that takes.

    The worker of a person who records only for themselves is not asked.
    """
    fixed = NAMING_WORKERS if setting.as_worker is not None else frozenset()
    wrong = {problem.field: problem.sentence for problem in reversed(problems)}
    fields = [_drawn(form, each, setting, typed, wrong) for each in form.fields if each.name not in fixed]
    if any(each.asks is Asks.WHEN for each in form.fields):
        fields.append(_time(typed, wrong))
    return fields


def _drawn(form: Form, asked: Field, setting: Setting, typed: Typed, wrong: dict[str, str]) -> Drawn:
    said = typed.get(asked.name, [])
    shared: Drawn = {"name": asked.name, "id": asked.name, "idPrefix": asked.name}
    may_stay = asked.asks not in {Asks.SOME, Asks.YES, Asks.ONE} and not (_must(form, asked) or asked.start)
    hint = asked.hint or ("Optional." if may_stay else "")
    if hint:
        shared["hint"] = {"text": hint}
    if asked.name in wrong:
        shared["errorMessage"] = {"text": wrong[asked.name]}
    draw = {Asks.WHEN: _when, Asks.ONE: _one, Asks.LIST: _list, Asks.SOME: _some, Asks.YES: _yes}.get(asked.asks, _text)
    macro, more = draw(form, asked, setting, said)
    day = {"day": _other_day(typed, wrong, setting)} if asked.asks is Asks.WHEN else {}
    return {"macro": macro, "more": asked.more, "with": {**shared, **more}, **day}


def _must(form: Form, asked: Field) -> bool:
    return asked.asks is Asks.WHEN or is_required(form.type, asked.name)


def _items(found: list[Option], said: list[str]) -> list[Drawn]:
    return [{"value": each.value, "text": each.words, "checked": each.value in said} for each in found]


def _legend(asked: Field) -> Drawn:
    return {"legend": {"text": asked.label, "classes": "govuk-fieldset__legend--s"}}


def _one(form: Form, asked: Field, setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    found = options(form, asked, setting)
    beside = len(found) <= FEW and asked.name not in REFS
    classes = BESIDE if beside else ""
    return "radios", {"fieldset": _legend(asked), "items": _items(found, said), "classes": classes}


def _some(form: Form, asked: Field, setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    items = _items(options(form, asked, setting), said)
    return "checkboxes", {"fieldset": _legend(asked), "items": items, "classes": "in-columns"}


def _yes(_form: Form, asked: Field, _setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    return "checkboxes", {"items": _items([Option(YES, asked.label)], said)}


def _list(form: Form, asked: Field, setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    found = options(form, asked, setting)
    if not asked.start or not said:
        found = [Option("", "Choose"), *found]
    items = [{"value": each.value, "text": each.words, "selected": each.value in said[:1]} for each in found]
    return "select", {"label": {"text": asked.label}, "items": items}


def _text(form: Form, asked: Field, _setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    more: Drawn = {
        "label": {"text": asked.label},
        "value": ", ".join(said),
        "autocomplete": "off",
        "classes": "govuk-input--width-10",
    }
    if asked.asks is Asks.DAY:
        more["type"] = "date"
        more["value"] = _iso(said)
    elif asked.asks is Asks.NUMBER:
        more["inputmode"] = "numeric" if numbers(form.type, asked.name).whole else "decimal"
    else:
        more.update(autocapitalize="none", attributes={"list": "people"})
    return "input", more


def _iso(said: list[str]) -> str:
    """A date as a browser's own control takes it; what is no date stays as it was typed."""
    day = read_day(said[0].strip()) if said else None
    return format_day(day) if day is not None else "".join(said[:1])


def _when(_form: Form, asked: Field, setting: Setting, said: list[str]) -> tuple[str, Drawn]:
    today, yesterday = format_day(setting.today), format_day(setting.today - 1)
    chosen = said[0] if said[:1] in ([today], [yesterday]) else ANOTHER if said else ""
    found = [Option(today, "Today"), Option(yesterday, "Yesterday"), Option(ANOTHER, "Another day")]
    return "when", {
        "fieldset": _legend(asked),
        "items": _items(found, [chosen]),
        "classes": BESIDE,
    }


def _other_day(typed: Typed, wrong: dict[str, str], setting: Setting) -> Drawn:
    """The day under `when`; a form that was left open over midnight keeps the day that it meant."""
    said = "".join(typed.get("when", [])[:1])
    stale = read_day(said) is not None and said not in {format_day(setting.today), format_day(setting.today - 1)}
    day = [said] if stale else typed.get(OTHER_DAY, [])
    return _part(OTHER_DAY, "Which day", "date", _iso(day), wrong)


def _time(typed: Typed, wrong: dict[str, str]) -> Drawn:
    """The time of `when`. Most people leave it out."""
    at = "".join(typed.get(TIME, [])[:1])
    return {"macro": "input", "more": True, "with": _part(TIME, "Time, if it is known", "time", at, wrong)}


def _part(name: str, label: str, type_: str, value: str, wrong: dict[str, str]) -> Drawn:
    part: Drawn = {"id": name, "name": name, "label": {"text": label}, "type": type_, "value": value}
    part.update(autocomplete="off", classes="govuk-input--width-10")
    if name in wrong:
        part["errorMessage"] = {"text": wrong[name]}
    return part
