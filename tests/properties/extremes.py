"""Events made from the published JSON Schema, at and beyond every limit it states.

A schema walked as a Hypothesis strategy.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from events import limits
from events.catalogue import KNOWN
from events.schema import json_schema
from tests.events import Json

NAMES = [f"{name}.v{version}" for name, version in KNOWN.values()]
_FORBIDDEN = re.compile(limits.NOT_IN_TEXT)
LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
HOMELY = {"family": ["F"], "worker": ["W", "V"], "covering_worker": ["V", "W"], "site": ["S"]}
"""Ids that an event is likely to share with others, so that they meet in one subject."""
SPITEFUL = [
    "",
    " ",
    "\x00",
    "a\nb",
    "\x85",
    "\ud800",
    "%",
    "#",
    "%23",
    "a#b",
    "~/",
    "visit[/12]",
    ":home:",
    "\u202e",
    "é" * 300,
    "x" * 501,
    "💣" * 250,
]
NUMBERS = [
    0,
    1,
    -1,
    2_600,
    2_601,
    168,
    168.5,
    10_080,
    10_081,
    2**31 - 1,
    2**31,
    2**63,
    10**20,
    10**40,
    0.1,
    1e-31,
    1e300,
    True,
]
DATES = [
    "1899-12-31",
    "1900-01-01",
    "1970-01-01",
    "2024-02-29",
    "2026-02-30",
    "2026-03-29",
    "2026-06-01",
    "9999-12-30",
    "9999-12-31",
]
INSTANTS = [
    "1899-12-31T23:59:59Z",
    "1900-01-01T00:00:00Z",
    "1899-12-31T23:00:00-01:00",
    "1900-01-01T00:30:00+01:00",
    "2016-12-31T23:59:60Z",
    "2026-03-29T01:30:00+00:00",
    "2026-10-25T01:30:00+01:00",
    "2026-06-01T10:00:00.1234567Z",
    "2026-06-01t10:00:00z",
    "2026-06-01T10:00:00+23:59",
    "2026-06-01T10:00:00+24:00",
    "2026-06-01T10:00:00+05:60",
    "9999-12-30T23:59:59.999999Z",
    "9999-12-31T00:00:00Z",
    "9999-12-31T23:59:59-02:00",
    "9999-12-31T10:00:00+23:00",
    "2026-06-01T10:00:00",
]
WEEKS = ["1899-W52", "1900-W01", "2026-W10", "2026-W53", "2025-W53", "9999-W52", "2026-W00"]


def events(name: str | None = None, *, wild: bool = True) -> st.SearchStrategy[Json]:
    """Events of a type (`contact.recorded.v1`) or of any; if `wild`, sometimes with something beyond a limit."""
    kinds = st.just(name) if name else st.sampled_from(NAMES)
    return kinds.flatmap(lambda kind: _one_of_time(_good(_schema(kind), _schema(kind), "", wild)))


@lru_cache
def _schema(kind: str) -> Json:
    return json_schema(kind)


def _one_of_time(made: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Most events say when they occurred as they should: else hardly one would be accepted."""

    def mend(event: Json, which: int) -> Json:
        if which < 9:
            keep, drop = ("time", "occurreddate") if which % 2 else ("occurreddate", "time")
            event.setdefault(keep, "2026-06-01T10:00:00Z" if keep == "time" else "2026-06-01")
            event.pop(drop, None)
        return event

    return st.builds(mend, made, st.integers(0, 9))


def _value(schema: Json, root: Json, name: str, wild: bool) -> st.SearchStrategy[Any]:
    good = _good(schema, root, name, wild)
    if not wild:
        return good
    return st.integers(0, 40).flatmap(lambda number: good if number else _wild())


def _wild() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.sampled_from(SPITEFUL),
        st.sampled_from(NUMBERS),
        st.sampled_from(DATES),
        st.sampled_from(INSTANTS),
        st.sampled_from([None, {}, [], ["x"] * 51, {"a/b": 1, "x~y": "\x07"}]),
        st.integers(1, 12).map(_nested),
    )


def _nested(levels: int) -> object:
    return [_nested(levels - 1)] if levels else 1


def _good(schema: Json, root: Json, name: str, wild: bool) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _value(root["$defs"][schema["$ref"].rpartition("/")[2]], root, name, wild)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*(_good(each, root, name, wild) for each in schema["anyOf"]))
    kind = schema["type"]
    if isinstance(kind, list):
        return st.one_of(*(_good({**schema, "type": each}, root, name, wild) for each in kind))
    return {"object": _object, "array": _array, "string": _text}.get(kind, _scalar)(schema, root, name, wild)


def _object(schema: Json, root: Json, _name: str, wild: bool) -> st.SearchStrategy[Json]:
    known = schema.get("properties", {})
    required = {key: _value(known[key], root, key, wild) for key in schema.get("required", ())}
    optional = {key: _value(each, root, key, wild) for key, each in known.items() if key not in required}
    fixed = st.fixed_dictionaries(required, optional=optional)
    more = schema.get("additionalProperties", False)
    if not isinstance(more, dict):
        return fixed
    alphabet = "abcz019" if known else "abcz019_/~"
    extra = st.dictionaries(st.text(alphabet, min_size=1, max_size=20), _value(more, root, "", wild), max_size=2)
    whole = {"family": st.just("F"), "workers": st.just(["W"]), "site": st.just("S"), "worker": st.just("W")}
    likely = st.fixed_dictionaries({}, optional=whole) if not known else st.just({})
    return st.builds(lambda a, b, c: {**a, **b, **c}, extra, likely, fixed)


def _array(schema: Json, root: Json, name: str, wild: bool) -> st.SearchStrategy[list[Any]]:
    most = min(schema.get("maxItems", 3), 3)
    return st.lists(
        _value(schema["items"], root, name.removesuffix("s"), wild), min_size=schema.get("minItems", 0), max_size=most
    )


def _scalar(schema: Json, _root: Json, _name: str, _wild: bool) -> st.SearchStrategy[Any]:
    least, most = schema.get("minimum", schema.get("exclusiveMinimum", -(2**70))), schema.get("maximum", 2**70)
    if schema["type"] == "integer":
        return st.one_of(st.sampled_from([least, most]), st.integers(least, most))
    if schema["type"] == "number":
        few = st.decimals(least, most, places=3).map(float)
        whole = st.integers(int(least), int(most))
        return st.one_of(few, whole, st.just(most)).filter(lambda n: n > least or "exclusiveMinimum" not in schema)
    return st.booleans() if schema["type"] == "boolean" else st.none()


def _text(schema: Json, _root: Json, name: str, _wild: bool) -> st.SearchStrategy[str]:
    if schema.get("format") == "date":
        return st.one_of(st.sampled_from(DATES), st.dates(date(1900, 1, 1)).map(str), st.just("2026-06-01"))
    if schema.get("format") == "date-time":
        return st.sampled_from(INSTANTS)
    if "W" in schema.get("pattern", "") and "[Tt]" not in schema["pattern"]:
        return st.sampled_from(WEEKS)
    if "pattern" in schema:
        matching = st.from_regex(schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))
        homely = HOMELY.get(name)
        return st.one_of(st.sampled_from(homely), st.sampled_from(homely), matching) if homely else matching
    least, most = schema.get("minLength", 0), schema.get("maxLength", 20)
    return st.one_of(
        st.text(LETTERS, min_size=least, max_size=min(most, 8)),
        st.sampled_from([text for text in SPITEFUL if least <= len(text) <= most and not _FORBIDDEN.search(text)]),
        st.just("\N{BOMB}" * most if most > 20 else "x" * most),
    )
