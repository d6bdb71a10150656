"""The policy: every parameter of the rules, per site, as a versioned document. Source: RULES, all that is bold there.

A policy is written by people as TOML and travels as canonical JSON, which carries the holiday dates too, so that a newer
calendar package does not change the past. Its version is a hash of that JSON.
"""

import hashlib
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from events.envelope import to_json
from events.instants import (
    FOREVER,
    LONG_AGO,
    MICROS_A_SECOND,
    Zone,
    format_day,
    format_instant,
    from_datetime,
    parse_day,
    zone,
)
from events.limits import DIGITS, SUBJECT_ID
from events.names import unknown
from events.text import decoded
from events.types import AbsenceKind, too_long
from projections.calendar import NATIONS, Calendar, bank_holidays, holidays_beyond

MOST_DAYS = 36_600
"""A century: more days than that, or more of anything, are a slip of the pen."""
MOST_SECONDS = 31 * 86_400
MOST_PART = 100


def _whole(least: int, most: int = MOST_DAYS) -> Callable[[object], object]:
    def check(number: object) -> object:
        if type(number) is not int or not least <= number <= most:
            raise ValueError(f"should be a whole number from {least} to {most:,}")
        return number

    return check


def _part(number: object) -> object:
    good = isinstance(number, (int, Decimal)) and not isinstance(number, bool)
    if not good or too_long(number) or not 0 <= number <= MOST_PART:  # type: ignore[arg-type, operator]
        raise ValueError(f"should be a number from 0 to {MOST_PART}, with at most {DIGITS} digits")
    return number


def _zone_name(name: str) -> str:
    return zone(name).name


def _day_text(day: object) -> str:
    """A date in quotation marks or without."""
    text = day.isoformat() if type(day) is date else day
    if not isinstance(text, str):
        raise ValueError("should be a date like 2026-03-23")  # noqa: TRY004 - for pydantic
    return format_day(parse_day(text))


Days = Annotated[int, BeforeValidator(_whole(0))]
AtLeastOne = Annotated[int, BeforeValidator(_whole(1))]
Seconds = Annotated[int, BeforeValidator(_whole(0, MOST_SECONDS))]
Part = Annotated[Decimal, BeforeValidator(_part), PlainSerializer(lambda value: value, when_used="always")]
DayText = Annotated[str, BeforeValidator(_day_text)]


PARAMETER = "parameter of the policy"


class PolicyError(ValueError):
    """A policy document that cannot be used; the message names the parameter and the remedy. `path` leads to the key."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


def _all_rules() -> tuple[str, ...]:
    from projections.rules import ALL  # noqa: PLC0415 - the rules stand on grounds that stand on a policy

    return tuple(rule.name for rule in ALL)


def _rule_names(names: tuple[str, ...]) -> tuple[str, ...]:
    known = _all_rules()
    for name in names:
        if name not in known:
            raise ValueError(unknown(name, known, "rule"))
    return tuple(name for name in known if name in names)


class Parameters(BaseModel):
    """The parameters of one site. Units are in the names of RULES: working days unless said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    timezone: Annotated[str, AfterValidator(_zone_name)] = "Europe/London"
    nation: Literal["england", "wales", "scotland", "northern_ireland"] = "england"
    extra_closures: tuple[DayText, ...] = ()
    rules: Annotated[tuple[str, ...], AfterValidator(_rule_names)] = Field(default_factory=_all_rules)
    """The rules that are on."""
    contact_interval: AtLeastOne = 20
    unallocated: Days = 5
    first_contact: AtLeastOne = 5
    red_factor: Part = Decimal("1.5")
    cover_notice: Days = 20
    view_valid: Days = 182
    nominal_after: Days = 40
    nominal_window: Days = 91
    nominal_min: Days = 4
    nominal_share: Part = Decimal("0.25")
    reactive_window: AtLeastOne = 60
    reactive_min: AtLeastOne = 3
    visit_window: AtLeastOne = 60
    visit_before: Days = 182
    visit_min: Days = 4
    visit_drop: Part = Decimal("0.5")
    liaison_interval: AtLeastOne = 30
    agency_window: AtLeastOne = 60
    plan_within: Days = 20
    plan_review: Days = 60
    sign_off_over: Days = 60
    sphere_window: Days = 60
    narrow_window: Days = 182
    narrow_min: AtLeastOne = 6
    gap_after: dict[AbsenceKind, Days] = {
        "sickness": 5,
        "annual_leave": 5,
        "training": 5,
        "other": 5,
        "maternity": 0,
        "parental": 0,
        "secondment": 0,
    }
    time_min_weeks: AtLeastOne = 2
    time_low: Part = Decimal("0.75")
    time_very_low: Part = Decimal("0.5")
    time_fall: Part = Decimal("0.25")
    time_grace: AtLeastOne = 5
    role_window: AtLeastOne = 60
    role_min: Days = 4
    role_share: Part = Decimal("0.5")
    role_missing: Part = Decimal("0.2")
    supervision_every: Days = 20
    group_every: Days = 65
    training_every: Days = 365
    coordinator_red: Days = 20
    seat_empty: Days = 20
    silent_after: AtLeastOne = 3
    silent_min: AtLeastOne = 10
    settle_seconds: Seconds = 300


class SitePolicy:
    """The parameters of a site with its calendar and zone at hand."""

    def __init__(self, parameters: Parameters, holidays: dict[str, tuple[str, ...]]) -> None:
        self.parameters = parameters
        self.exact = {
            name: Fraction(value)
            for name in Parameters.model_fields
            if isinstance(value := getattr(parameters, name), Decimal)
        }
        """The parameters that are parts of something, as exact fractions."""
        self.rules = frozenset(parameters.rules)
        self.zone: Zone = zone(parameters.timezone)
        nation = parameters.nation
        closed = (*holidays_beyond(nation), *holidays[nation], *parameters.extra_closures)
        self.calendar = _calendar(tuple(sorted(closed)))

    @property
    def settle(self) -> int:
        """How long a backfill settles, in microseconds."""
        return self.parameters.settle_seconds * MICROS_A_SECOND


def plain(value: Any) -> Any:  # noqa: ANN401 - a parameter
    """A parameter as JSON has it; decimals as they were written."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, int | dict | str) else str(value)


_calendars: dict[tuple[str, ...], Calendar] = {}


def _calendar(closed: tuple[str, ...]) -> Calendar:
    found = _calendars.get(closed)
    if found is None:
        found = _calendars[closed] = Calendar(map(parse_day, closed))
    return found


class Policy:
    """One version of the policy: for each site its parameters and the rules that are on, and the holiday dates."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Takes the parsed document. Raises PolicyError for an unknown key or an impossible value."""
        known = {"holidays", "sites", *Parameters.model_fields}
        for key in document:
            if key not in known:
                raise PolicyError(unknown(key, known, PARAMETER), (key,))
        self._defaults = {key: document[key] for key in document if key in Parameters.model_fields}
        self._sites: dict[str, dict[str, Any]] = _sites(document.get("sites", {}))
        self.holidays: dict[str, tuple[str, ...]] = {**bank_holidays(), **_holidays(document.get("holidays", {}))}
        self._of: dict[str | None, SitePolicy] = {}
        for site in (None, *self._sites):
            self.of(site)

    @property
    def sites(self) -> list[str]:
        """The sites with a section of their own, sorted."""
        return sorted(self._sites)

    def of(self, site: str | None) -> SitePolicy:
        """The parameters that hold for a site; the defaults for an unknown one."""
        found = self._of.get(site)
        if found is None:
            if site is not None and site not in self._sites:
                found = self.of(None)
            else:
                own = self._sites.get(site, {}) if site is not None else {}
                found = SitePolicy(_parameters({**self._defaults, **own}, site), self.holidays)
            self._of[site] = found
        return found

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole document, every parameter spelt out, fit for canonical JSON."""
        return {
            "holidays": {nation: list(days) for nation, days in sorted(self.holidays.items())},
            "sites": {site: self.of(site).parameters.model_dump() for site in sorted(self._sites)},
            **self.of(None).parameters.model_dump(),
        }

    @cached_property
    def json(self) -> bytes:
        """The document as canonical JSON."""
        return to_json(dict(sorted(self.document.items())))

    @cached_property
    def version(self) -> str:
        """The policy's id: a hash of its canonical JSON."""
        return hashlib.sha256(self.json).hexdigest()[:16]

    @cached_property
    def calendar_version(self) -> str:
        """The id of the holiday dates alone."""
        return hashlib.sha256(to_json(self.document["holidays"])).hexdigest()[:16]


def _sites(sections: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - whatever the file says
    if not isinstance(sections, dict):
        raise PolicyError("sites: should be sections like [sites.north]", ("sites",))
    for site, section in sections.items():
        if not re.fullmatch(SUBJECT_ID, site, re.ASCII):
            raise PolicyError(
                f"sites.{site or repr(site)}: is no name of a site: those have 1 to 64 letters, digits, dots, underscores and dashes",
                ("sites", site),
            )
        if not isinstance(section, dict):
            raise PolicyError(f"sites.{site}: should be a section like [sites.{site}]", ("sites", site))
    return sections


def _holidays(given: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - whatever the file says
    """By nation all its holidays, where a document has them."""
    if not isinstance(given, dict):
        raise PolicyError("holidays: should be sections like [holidays.scotland]", ("holidays",))
    found = {}
    for nation, days in given.items():
        if nation not in NATIONS:
            raise PolicyError(f"holidays.{unknown(nation, NATIONS, 'nation')}", ("holidays", nation))
        found[nation] = _dates(days, ("holidays", nation))
    return found


def _dates(days: Any, path: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file says
    if not isinstance(days, list):
        raise PolicyError(f'{".".join(path)}: should be a list of dates like ["2026-06-15"]', path)
    try:
        return tuple(sorted({_day_text(day) for day in days}))
    except ValueError as error:
        raise PolicyError(f"{'.'.join(path)}: {error}", path) from None


CHANGES = ("add", "remove", "replace")


def _changed_holidays(given: Any) -> Any:  # noqa: ANN401 - whatever the file says
    """The holidays of a file, which says what it adds, removes or replaces, as a document has them: all of each nation.

    A list alone adds to the nation's own.
    """
    if not isinstance(given, dict):
        return given
    found = {}
    for nation, change in given.items():
        path = ("holidays", nation)
        if nation not in NATIONS or not isinstance(change, dict | list):
            found[nation] = change  # which is refused with the others
            continue
        says = change if isinstance(change, dict) else {"add": change}
        for key in says:
            if key not in CHANGES:
                raise PolicyError(
                    f"{'.'.join(path)}.{unknown(key, CHANGES, 'change of holidays')}; write add, remove or replace",
                    (*path, key),
                )
        dates = {key: set(_dates(days, (*path, key))) for key, days in says.items()}
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
        found[nation] = sorted(own)
    return found


def _parameters(values: dict[str, Any], site: str | None) -> Parameters:
    above = ("sites", site) if site else ()
    place = f"sites.{site}." if site else ""
    for key in values:
        if key not in Parameters.model_fields:
            raise PolicyError(place + unknown(key, Parameters.model_fields, PARAMETER), (*above, key))
    if isinstance(values.get("gap_after"), dict):
        values = {**values, "gap_after": {**Parameters.model_fields["gap_after"].default, **values["gap_after"]}}
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        names = [str(part) for part in first["loc"] if isinstance(part, str) and part != "[key]"]
        message = first["msg"].removeprefix("Value error, ")
        raise PolicyError(f"{place}{'.'.join(names)}: {message}", (*above, *names)) from None


HOLDS_FROM = "holds_from"
_KEY = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_SECTION = re.compile(rf"\s*\[\[?\s*({_KEYS})\s*\]")
_PAIR = re.compile(rf"\s*({_KEYS})\s*=")


def _parts(keys: str) -> tuple[str, ...]:
    """A dotted key in its parts, without quotation marks."""
    return tuple(next(iter(tomllib.loads(f"{part} = 0"))) for part in re.findall(_KEY, keys))


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line of a TOML text on which a key, or the section it is in, is written; None if that is not found."""
    section: tuple[str, ...] = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        head, pair = _SECTION.match(line), _PAIR.match(line)
        if head:
            found = section = _parts(head[1])
        elif pair:
            found = (*section, *_parts(pair[1]))
        else:
            continue
        if path[: len(found)] == found and (best is None or len(found) > best[0]):
            best = len(found), number
    return best[1] if best else None


class Proposal(NamedTuple):
    """A policy as a file has it, with the instant from which it asks to hold (`holds_from`), if it does."""

    policy: Policy
    holds_from: int | None


def read_policy(path: Path | None) -> Policy:
    """The policy of a TOML file, or of the defaults. Raises PolicyError with the file, the line and what to mend."""
    return Policy({}) if path is None else read_proposal(path).policy


def read_proposal(path: Path, not_before: int = LONG_AGO) -> Proposal:
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


def _holds_from(value: Any, not_before: int) -> int | None:  # noqa: ANN401 - whatever the file says
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
            f"{HOLDS_FROM}: should be {earliest} or later: the past keeps the policy it was judged under, and workers need time to learn of a new one",
            (HOLDS_FROM,),
        )
    return instant


class Policies:
    """The whole history of policy versions: each holds from its known instant until the next."""

    def __init__(self, versions: Sequence[tuple[int, Policy]]) -> None:
        """Takes (known instant from which it holds, policy); the first given also holds for all time before.

        Of two from one instant the later given stands.
        """
        (_, first), *others = versions
        by_instant = {LONG_AGO: first} | dict(others)
        self._from = sorted(by_instant)
        self._policies = [by_instant[start] for start in self._from]

    @classmethod
    def one(cls, policy: Policy) -> "Policies":
        """A history of one version."""
        return cls([(LONG_AGO, policy)])

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of all versions."""
        return tuple(policy.version for policy in self._policies)

    @property
    def history(self) -> list[tuple[int, Policy]]:
        """Each version with the known instant from which it holds; the first holds from LONG_AGO."""
        return list(zip(self._from, self._policies, strict=True))

    def at(self, known: int) -> Policy:
        """The version that holds at a known instant."""
        return self._policies[bisect_right(self._from, known) - 1]

    def next_after(self, known: int) -> int:
        """The known instant at which the next version takes effect; FOREVER without one."""
        index = bisect_right(self._from, known)
        return self._from[index] if index < len(self._from) else FOREVER
