"""The policy as people write it: a TOML file, read with the line of whatever is wrong in it."""

import re
import tomllib
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from events.instants import LONG_AGO, MICROS_A_SECOND, Instant, format_instant, from_datetime
from events.names import unknown
from events.text import decoded
from projections.knowledge.calendar import NATIONS, bank_holidays
from projections.policy import Policy, PolicyError, dates_of

CHANGES = ("add", "remove", "replace")


def _changed_holidays(given: Any) -> Any:  # noqa: ANN401 - whatever the file says
    """All holidays of each nation, after what a file adds, removes or replaces.

    A list alone adds to the nation's own holidays.
    """
    if not isinstance(given, dict):
        return given
    holidays = {}
    for nation, change in given.items():
        path = ("holidays", nation)
        if nation not in NATIONS or not isinstance(change, dict | list):
            holidays[nation] = change  # it is refused later, with all other mistakes
            continue
        says = change if isinstance(change, dict) else {"add": change}
        for key in says:
            if key not in CHANGES:
                raise PolicyError(
                    f"{'.'.join(path)}.{unknown(key, CHANGES, 'change of holidays')}; write add, remove or replace",
                    (*path, key),
                )
        dates = {key: set(dates_of(days, (*path, key))) for key, days in says.items()}
        if "replace" in says and len(says) > 1:
            raise PolicyError(
                f"{'.'.join(path)}.replace: should stand alone: it says all the holidays there are", (*path, "replace")
            )
        own = set(bank_holidays()[nation])
        strange = sorted(dates.get("remove", set()) - own)
        if strange:
            raise PolicyError(
                f"{'.'.join(path)}.remove: {strange[0]} is no bank holiday there; leave it out", (*path, "remove")
            )
        own = dates["replace"] if "replace" in says else (own - dates.get("remove", set())) | dates.get("add", set())
        holidays[nation] = sorted(own)
    return holidays


HOLDS_FROM = "holds_from"
_KEY = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_SECTION = re.compile(rf"\s*\[\[?\s*({_KEYS})\s*\]")
_PAIR = re.compile(rf"\s*({_KEYS})\s*=")


def _parts(keys: str) -> tuple[str, ...]:
    """A dotted key in its parts, without quotation marks."""
    return tuple(next(iter(tomllib.loads(f"{part} = 0"))) for part in re.findall(_KEY, keys))


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line of a TOML text that has a key, else the line of its section; None if the text has neither."""
    section: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        head, pair = _SECTION.match(line), _PAIR.match(line)
        if head:
            written = section = _parts(head[1])
        elif pair:
            written = (*section, *_parts(pair[1]))
        else:
            continue
        if path[: len(written)] == written and (best is None or len(written) > best[0]):
            best = len(written), number
    return best[1] if best else None


class Proposal(NamedTuple):
    """The policy of a file, with the instant from which it asks to hold (`holds_from`), if it says one."""

    policy: Policy
    holds_from: Instant | None


def read_policy(path: Path | None) -> Policy:
    """The policy of a TOML file, or of the defaults. Raises PolicyError with the file, the line and what to mend."""
    return Policy({}) if path is None else read_proposal(path).policy


def read_proposal(path: Path, not_before: Instant = LONG_AGO) -> Proposal:
    """The policy of a TOML file with `holds_from`, which must not be before an instant.

    Raises PolicyError with the file, the line and what to mend.
    """
    text = ""
    try:
        text = decoded(path.read_bytes())
        document = tomllib.loads(text, parse_float=_number)
        holds_from = _holds_from(document.pop(HOLDS_FROM, None), not_before)
        if "holidays" in document:
            document["holidays"] = _changed_holidays(document["holidays"])
        return Proposal(Policy(document), holds_from)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror})") from None
    except PolicyError as error:
        line = line_of(text, error.path)
        place = f"{path}:{line}" if line else f"{path}"
        raise PolicyError(f"{place}: {error}", error.path) from None
    except (ValueError, RecursionError) as error:  # also of a number with thousands of digits
        raise PolicyError(f"{path}{_line_in(text, error)}: is no TOML ({error})") from None


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")  # an exponent that no computer holds: no parameter takes it


_ENDLESS = re.compile(r"[0-9_]{4300}")


def _line_in(text: str, error: Exception) -> str:
    """The line that a message about a whole text speaks of, as `:3`, or nothing."""
    at = re.search(r"at line (\d+)", str(error))
    if at:
        return f":{at[1]}"
    many = _ENDLESS.search(text)
    return f":{text.count(chr(10), 0, many.start()) + 1}" if many else ""


def _holds_from(value: Any, not_before: Instant) -> Instant | None:  # noqa: ANN401 - whatever the file says
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise PolicyError(
            f"{HOLDS_FROM}: should be an instant with an offset, like 2026-12-01T00:00:00Z", (HOLDS_FROM,)
        )
    instant = from_datetime(value)
    if instant < not_before:
        earliest = format_instant(-(-not_before // MICROS_A_SECOND) * MICROS_A_SECOND)
        raise PolicyError(
            f"{HOLDS_FROM}: should be {earliest} or later: the past keeps the policy it was judged under, "
            "and workers need time to learn of a new one",
            (HOLDS_FROM,),
        )
    return instant
