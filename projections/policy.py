"""The policy as a versioned document, for all sites, and the history of its versions.

A policy travels as canonical JSON, which carries the holiday dates too, so that a newer calendar package does not
change the past. Its version is a hash of that JSON.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, create_model

from events.codec import to_json
from events.instants import FOREVER, LONG_AGO, Instant, Zone
from events.limits import SUBJECT_ID
from events.names import unknown
from projections.knowledge.calendar import NATIONS, bank_holidays
from projections.parameters import (
    CONTACT_INTERVAL,
    OF_ATTENTION,
    OF_SITES,
    OF_SOURCES,
    Parameter,
    SitePolicy,
    day_text,
)
from projections.rules import ALL

PARAMETER = "parameter of the policy"


class PolicyError(ValueError):
    """A policy document that cannot be used; the message names the parameter and the remedy.

    `path` leads to the key.
    """

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


_ALL_NAMES = tuple(rule.name for rule in ALL)


def _rule_names(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in _ALL_NAMES:
            raise ValueError(unknown(name, _ALL_NAMES, "rule"))
    return tuple(name for name in _ALL_NAMES if name in names)


RULES_ON: Parameter[tuple[str, ...]] = Parameter(
    "rules", _ALL_NAMES, Annotated[tuple[str, ...], AfterValidator(_rule_names)]
)
"""The rules that are on."""


def _parameters() -> Iterator[Parameter[Any]]:
    """Those of every site, those of the rules in the order of the rules, those of sources and of attention.

    The order is part of a version.
    """
    yield from (*OF_SITES, RULES_ON)
    yield CONTACT_INTERVAL
    for rule in ALL:
        yield from rule.parameters
    yield from (*OF_SOURCES, *OF_ATTENTION)


PARAMETERS: dict[str, Parameter[Any]] = {each.name: each for each in _parameters()}
"""Every parameter, by its name."""
_FIELDS: dict[str, Any] = {name: (each.type, each.default) for name, each in PARAMETERS.items()}
_Values: type[BaseModel] = create_model("Parameters", __config__=ConfigDict(extra="forbid", frozen=True), **_FIELDS)


class Policy:
    """One version of the policy: for each site its parameters and the rules that are on, and the holiday dates."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Takes the parsed document. Raises PolicyError for an unknown key or an impossible value."""
        known = {"holidays", "sites", *PARAMETERS}
        for key in document:
            if key not in known:
                raise PolicyError(unknown(key, known, PARAMETER), (key,))
        self._defaults = {key: document[key] for key in document if key in PARAMETERS}
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
        site_policy = self._of.get(site)
        if site_policy is None:
            if site is not None and site not in self._sites:
                site_policy = self.of(None)
            else:
                own = self._sites.get(site, {}) if site is not None else {}
                values = _values({**self._defaults, **own}, site)
                site_policy = SitePolicy(values, values[RULES_ON.name], self.holidays)
            self._of[site] = site_policy
        return site_policy

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole document, every parameter spelt out, fit for canonical JSON."""
        return {
            "holidays": {nation: list(days) for nation, days in sorted(self.holidays.items())},
            "sites": {site: dict(self.of(site).values) for site in sorted(self._sites)},
            **self.of(None).values,
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
                f"sites.{site or repr(site)}: is no name of a site: "
                "those have 1 to 64 letters, digits, dots, underscores and dashes",
                ("sites", site),
            )
        if not isinstance(section, dict):
            raise PolicyError(f"sites.{site}: should be a section like [sites.{site}]", ("sites", site))
    return sections


def _holidays(given: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - whatever the file says
    """By nation all its holidays, where a document has them."""
    if not isinstance(given, dict):
        raise PolicyError("holidays: should be sections like [holidays.scotland]", ("holidays",))
    by_nation = {}
    for nation, days in given.items():
        if nation not in NATIONS:
            raise PolicyError(f"holidays.{unknown(nation, NATIONS, 'nation')}", ("holidays", nation))
        by_nation[nation] = dates_of(days, ("holidays", nation))
    return by_nation


def dates_of(days: Any, path: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file says
    """A list of dates, in order and each once. Raises PolicyError; `path` leads to the list."""
    if not isinstance(days, list):
        raise PolicyError(f'{".".join(path)}: should be a list of dates like ["2026-06-15"]', path)
    try:
        return tuple(sorted({day_text(day) for day in days}))
    except ValueError as error:
        raise PolicyError(f"{'.'.join(path)}: {error}", path) from None


def _values(given: dict[str, Any], site: str | None) -> dict[str, Any]:
    above = ("sites", site) if site else ()
    place = f"sites.{site}." if site else ""
    for key, value in given.items():
        if key not in PARAMETERS:
            raise PolicyError(place + unknown(key, PARAMETERS, PARAMETER), (*above, key))
        default = PARAMETERS[key].default
        if isinstance(default, dict) and isinstance(value, dict):
            given = {**given, key: {**default, **value}}
    try:
        return _Values.model_validate(given).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        names = [str(part) for part in first["loc"] if isinstance(part, str) and part != "[key]"]
        message = first["msg"].removeprefix("Value error, ")
        raise PolicyError(f"{place}{'.'.join(names)}: {message}", (*above, *names)) from None


class Policies:
    """The whole history of policy versions: each holds from its known instant until the next."""

    def __init__(self, versions: Sequence[tuple[Instant, Policy]]) -> None:
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
    def history(self) -> list[tuple[Instant, Policy]]:
        """Each version with the known instant from which it holds; the first holds from LONG_AGO."""
        return list(zip(self._from, self._policies, strict=True))

    @cached_property
    def zone(self) -> Zone:
        """The zone in which dates are local while no site is known: that of the first version's defaults."""
        return self.at(LONG_AGO).of(None).zone

    def at(self, known: Instant) -> Policy:
        """The version that holds at a known instant."""
        return self._policies[bisect_right(self._from, known) - 1]

    def between(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, Instant, Policy]]:
        """The versions in force from an instant to another, both in: each with its first instant and the next one's."""
        for index in range(bisect_right(self._from, start) - 1, bisect_right(self._from, end)):
            until = self._from[index + 1] if index + 1 < len(self._from) else FOREVER
            yield self._from[index], until, self._policies[index]

    def next_after(self, known: Instant) -> Instant:
        """The known instant at which the next version takes effect; FOREVER without one."""
        index = bisect_right(self._from, known)
        return self._from[index] if index < len(self._from) else FOREVER
