"""What a parameter of the policy is, those that grounds read, and the values that hold for one site.

A parameter that only rules read stands in the file of the rule. Source: RULES, all that is bold there.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from events.instants import MICROS_A_SECOND, Zone, format_day, parse_day, zone
from events.limits import DIGITS
from events.types.fields import too_long
from projections.knowledge.calendar import Calendar, holidays_beyond

MOST_DAYS = 36_600
"""A century: more days than that, or more of anything, are a slip of the pen."""
MOST_SECONDS = 31 * 86_400
MOST_PART = 100
Value = TypeVar("Value")


class Parameter(Generic[Value]):
    """A parameter of the policy: its name, the value that it has if a policy says nothing, and what values it takes."""

    __slots__ = ("default", "name", "type")

    def __init__(self, name: str, default: Value, type_: Any) -> None:  # noqa: ANN401 - any type that pydantic knows
        self.name = name
        self.default = default
        self.type = type_

    def __repr__(self) -> str:
        return f"Parameter({self.name})"


def _whole(least: int, most: int) -> Callable[[object], object]:
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


def day_text(day: object) -> str:
    """A date of a policy, in quotation marks or without, as text. Raises ValueError for anything else."""
    text = day.isoformat() if type(day) is date else day
    if not isinstance(text, str):
        raise ValueError("should be a date like 2026-03-23")  # noqa: TRY004 - for pydantic
    return format_day(parse_day(text))


Days = Annotated[int, BeforeValidator(_whole(0, MOST_DAYS))]
_Part = Annotated[Decimal, BeforeValidator(_part), PlainSerializer(lambda value: value, when_used="always")]


def whole(name: str, default: int, least: int = 0, most: int = MOST_DAYS) -> Parameter[int]:
    """A parameter that is a whole number, mostly of days; RULES says of which."""
    return Parameter(name, default, Annotated[int, BeforeValidator(_whole(least, most))])


def part(name: str, default: str) -> Parameter[Decimal]:
    """A parameter that is a part of something, like 0.25, or a factor, like 1.5.

    `SitePolicy.exact` gives it as a fraction.
    """
    return Parameter(name, Decimal(default), _Part)


TIMEZONE = Parameter("timezone", "Europe/London", Annotated[str, AfterValidator(_zone_name)])
NATION = Parameter("nation", "england", Literal["england", "wales", "scotland", "northern_ireland"])
EXTRA_CLOSURES: Parameter[tuple[str, ...]] = Parameter(
    "extra_closures", (), tuple[Annotated[str, BeforeValidator(day_text)], ...]
)
CONTACT_INTERVAL = whole("contact_interval", 20, least=1)
FIRST_CONTACT = whole("first_contact", 5, least=1)
COVER_NOTICE = whole("cover_notice", 20)
TIME_MIN_WEEKS = whole("time_min_weeks", 2, least=1)
SILENT_AFTER = whole("silent_after", 3, least=1)
SILENT_MIN = whole("silent_min", 10, least=1)
SETTLE_SECONDS = whole("settle_seconds", 300, most=MOST_SECONDS)

ACK_LAPSES = whole("ack_lapses", 10, least=1)
SNOOZE_MAX = whole("snooze_max", 20, least=1)
UNATTENDED_DAYS = whole("unattended_days", 7)

OF_SITES: tuple[Parameter[Any], ...] = (TIMEZONE, NATION, EXTRA_CLOSURES)
OF_SOURCES: tuple[Parameter[Any], ...] = (SILENT_AFTER, SILENT_MIN, SETTLE_SECONDS)
OF_ATTENTION: tuple[Parameter[Any], ...] = (ACK_LAPSES, SNOOZE_MAX, UNATTENDED_DAYS)


class SitePolicy:
    """What holds for a site: a value for each parameter, the rules that are on, its zone and its calendar."""

    def __init__(
        self, values: Mapping[str, Any], rules: tuple[str, ...], holidays: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Takes valid values by parameter name, and the dates of each nation's bank holidays."""
        self.values = values
        self.rules = frozenset(rules)
        self._exact = {name: Fraction(value) for name, value in values.items() if isinstance(value, Decimal)}
        self.zone: Zone = zone(self[TIMEZONE])
        nation = self[NATION]
        self.calendar = _calendar(tuple(sorted((*holidays_beyond(nation), *holidays[nation], *self[EXTRA_CLOSURES]))))

    def __getitem__(self, parameter: Parameter[Value]) -> Value:
        value: Value = self.values[parameter.name]
        return value

    def exact(self, parameter: Parameter[Decimal]) -> Fraction:
        """A parameter that is a part of something, as an exact fraction."""
        return self._exact[parameter.name]

    @property
    def settle(self) -> int:
        """How long a backfill settles, in microseconds."""
        return self[SETTLE_SECONDS] * MICROS_A_SECOND


def plain(value: Any) -> Any:  # noqa: ANN401 - a parameter
    """A parameter's value as JSON has it; decimals as they were written."""
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, int | dict | str) else str(value)


_calendars: dict[tuple[str, ...], Calendar] = {}


def _calendar(closed: tuple[str, ...]) -> Calendar:
    calendar = _calendars.get(closed)
    if calendar is None:
        calendar = _calendars[closed] = Calendar(map(parse_day, closed))
    return calendar
