"""JSON in and out: numbers as they were written, nothing rounded."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


_INT_DIGITS = len(str(-(1 << 63)))
_ENDLESS = Decimal("Infinity")
"""Stands for a number whose exponent no computer holds: no field takes it."""


def _integer(text: str) -> int | Decimal:
    """One of more than 64 bits is kept as a decimal: every writer of JSON takes those."""
    if len(text) <= _INT_DIGITS:
        number = int(text)
        if -1 << 63 <= number < 1 << 63:
            return number
    return Decimal(text)


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return _ENDLESS


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_no_constant)
_SHORT_DECODER = json.JSONDecoder(parse_float=_fraction, parse_constant=_no_constant)


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    """JSON with its decimals as written. Raises ValueError for anything that is not JSON in UTF-8."""
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_short_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON
    """The same for JSON of ours whose integers all fit 64 bits: they need not be looked at one by one."""
    return _SHORT_DECODER.decode(raw.decode("utf-8"))


def to_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Compact JSON with decimals as they were written and keys in the order given."""
    return orjson.dumps(value, default=_decimal)


def _decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is no JSON")
