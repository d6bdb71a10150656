"""The policy: every parameter of the rules, per site, as a versioned document. Source: RULES, all that is bold there.

A policy is written by people as TOML and travels as canonical JSON, which carries the holiday dates too, so that a newer
calendar package does not change the past. Its version is a hash of that JSON.
"""

import difflib
import hashlib
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from events.envelope import to_json
from events.instants import FOREVER, LONG_AGO, MICROS_A_SECOND, Zone, parse_day, zone
from events.types import AbsenceKind
from projections.calendar import Calendar, bank_holidays

Days = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Part = Annotated[Decimal, Field(ge=0), PlainSerializer(lambda value: value, when_used="always")]


def _zone_name(name: str) -> str:
    return zone(name).name


def _day_text(text: str) -> str:
    parse_day(text)
    return text


DayText = Annotated[str, AfterValidator(_day_text)]


class PolicyError(ValueError):
    """A policy document that cannot be used; the message names the parameter and the remedy."""


class Parameters(BaseModel):
    """The parameters of one site. Units are in the names of RULES: working days unless said."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    timezone: Annotated[str, AfterValidator(_zone_name)] = "Europe/London"
    nation: Literal["england", "wales", "scotland", "northern_ireland"] = "england"
    extra_closures: tuple[DayText, ...] = ()
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
    settle_seconds: Annotated[int, Field(ge=0)] = 300


class SitePolicy:
    """The parameters of a site with its calendar and zone at hand."""

    def __init__(self, parameters: Parameters, holidays: dict[str, tuple[str, ...]]) -> None:
        self.parameters = parameters
        self.zone: Zone = zone(parameters.timezone)
        closed = (*holidays[parameters.nation], *parameters.extra_closures)
        self.calendar = _calendar(tuple(sorted(closed)))

    @property
    def settle(self) -> int:
        """How long a backfill settles, in microseconds."""
        return self.parameters.settle_seconds * MICROS_A_SECOND


_calendars: dict[tuple[str, ...], Calendar] = {}


def _calendar(closed: tuple[str, ...]) -> Calendar:
    found = _calendars.get(closed)
    if found is None:
        found = _calendars[closed] = Calendar(map(parse_day, closed))
    return found


class Policy:
    """One version of the policy: parameters by site, the rules that are on, the holiday dates."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Takes the parsed document. Raises PolicyError for an unknown key or an impossible value."""
        known = {"rules", "holidays", "sites", *Parameters.model_fields}
        for key in document:
            if key not in known:
                raise PolicyError(_unknown(key, known))
        self._defaults = {key: document[key] for key in document if key in Parameters.model_fields}
        self._sites: dict[str, dict[str, Any]] = document.get("sites", {})
        self.holidays: dict[str, tuple[str, ...]] = {
            nation: tuple(days) for nation, days in document.get("holidays", bank_holidays()).items()
        }
        self.rules: tuple[str, ...] | None = tuple(document["rules"]) if "rules" in document else None
        self._of: dict[str | None, SitePolicy] = {}
        for site in (None, *self._sites):
            self.of(site)

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
            "rules": list(self.rules) if self.rules is not None else None,
            "sites": {site: self.of(site).parameters.model_dump() for site in sorted(self._sites)},
            **self.of(None).parameters.model_dump(),
        }

    @cached_property
    def json(self) -> bytes:
        """The document as canonical JSON."""
        return to_json({key: value for key, value in sorted(self.document.items()) if value is not None})

    @cached_property
    def version(self) -> str:
        """The policy's id: a hash of its canonical JSON."""
        return hashlib.sha256(self.json).hexdigest()[:16]

    @cached_property
    def calendar_version(self) -> str:
        """The id of the holiday dates alone."""
        return hashlib.sha256(to_json(self.document["holidays"])).hexdigest()[:16]


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{key!r} is no parameter of the policy{hint}"


def _parameters(values: dict[str, Any], site: str | None) -> Parameters:
    place = f"sites.{site}." if site else ""
    for key in values:
        if key not in Parameters.model_fields:
            raise PolicyError(place + _unknown(key, Parameters.model_fields))
    if "gap_after" in values:
        values = {**values, "gap_after": {**Parameters.model_fields["gap_after"].default, **values["gap_after"]}}
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise PolicyError(f"{place}{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def read_policy(path: Path | None) -> Policy:
    """The policy of a TOML file, or of the defaults. Raises PolicyError with the file and what to mend."""
    if path is None:
        return Policy({})
    try:
        return Policy(tomllib.loads(path.read_text("utf-8"), parse_float=Decimal))
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: is no TOML ({error})") from None
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


class Policies:
    """The whole history of policy versions: each holds from its known instant until the next."""

    def __init__(self, versions: Sequence[tuple[int, Policy]]) -> None:
        """Takes (known instant from which it holds, policy) in order; the first also holds for all time before."""
        self._from = [LONG_AGO, *(start for start, _ in versions[1:])]
        self._policies = [policy for _, policy in versions]

    @classmethod
    def one(cls, policy: Policy) -> "Policies":
        """A history of one version."""
        return cls([(LONG_AGO, policy)])

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of all versions."""
        return tuple(policy.version for policy in self._policies)

    def at(self, known: int) -> Policy:
        """The version that holds at a known instant."""
        return self._policies[bisect_right(self._from, known) - 1]

    def next_after(self, known: int) -> int:
        """The known instant at which the next version takes effect; FOREVER without one."""
        index = bisect_right(self._from, known)
        return self._from[index] if index < len(self._from) else FOREVER
