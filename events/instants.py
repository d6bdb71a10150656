"""Pure conversion between text, instants and local days. No clock is read here.

An *instant* is an int of microseconds since 1970-01-01T00:00:00Z: 0 is that moment, 1_000_000 is one second later. A
*day* is the ordinal of a local date: 1 is 0001-01-01, 739_702 is 2026-04-01. Both are plain numbers when the program
runs; the type checker keeps them apart, so that no day is compared with an instant, or taken for one.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, overload
from zoneinfo import ZoneInfo

from events.zones import is_zone

if TYPE_CHECKING:

    class Instant(int):
        """A point in time, in microseconds."""

        def __lt__(self, other: "Instant") -> bool: ...  # type: ignore[override]
        def __le__(self, other: "Instant") -> bool: ...  # type: ignore[override]
        def __gt__(self, other: "Instant") -> bool: ...  # type: ignore[override]
        def __ge__(self, other: "Instant") -> bool: ...  # type: ignore[override]
        def __add__(self, micros: int) -> "Instant": ...
        @overload
        def __sub__(self, other: "Instant") -> int: ...  # type: ignore[overload-overlap]
        @overload
        def __sub__(self, other: int) -> "Instant": ...
        def __sub__(self, other: int) -> int:
            raise AssertionError

    class Day(int):
        """A local date."""

        def __lt__(self, other: "Day") -> bool: ...  # type: ignore[override]
        def __le__(self, other: "Day") -> bool: ...  # type: ignore[override]
        def __gt__(self, other: "Day") -> bool: ...  # type: ignore[override]
        def __ge__(self, other: "Day") -> bool: ...  # type: ignore[override]
        def __add__(self, days: int) -> "Day": ...
        @overload
        def __sub__(self, other: "Day") -> int: ...  # type: ignore[overload-overlap]
        @overload
        def __sub__(self, other: int) -> "Day": ...
        def __sub__(self, other: int) -> int:
            raise AssertionError

else:
    Instant = Day = int

MICROS_A_SECOND = 1_000_000
MICROS_A_DAY = 86_400 * MICROS_A_SECOND
FIRST_DAY = Day(date(1900, 1, 1).toordinal())
"""No date that is accepted is earlier. Source: CONTRACT, *An event*, limits."""
NEVER_DAY = Day(date.max.toordinal())
"""The last date that is accepted, 9999-12-31: many systems write it for an open end, and it never comes."""
FOREVER = Instant(1 << 62)
"""An instant after every other."""
LONG_AGO = Instant(-FOREVER)
"""An instant before every other."""
DAY_ONE = Day(1)
"""The first day of the calendar."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
FIRST_INSTANT = Instant((datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND)
LAST_INSTANT = Instant((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _MICROSECOND - 1)
"""No instant that is accepted is earlier or later: it is a date that exists in every time zone."""
INSTANT_PATTERN = (
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
"""RFC 3339, *date-time*; a second 60 is a leap second."""
_INSTANT = re.compile(INSTANT_PATTERN, re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WEEK = re.compile(r"\d{4}-W\d\d", re.ASCII)


class OutOfRange(ValueError):
    """A date or an instant that exists, but lies outside of the years that are accepted."""


def parse_instant(text: str) -> Instant:
    """An RFC 3339 instant with an offset, to the microsecond; finer digits are cut off.

    A leap second is the last microsecond of its minute. Raises ValueError when the text is anything else, OutOfRange
    for an instant before 1900-01-01 or after 9999-12-30.
    """
    parts = _INSTANT.fullmatch(text)
    if not parts:
        raise ValueError("should be an RFC 3339 instant with an offset, like 2026-03-23T15:00:00Z")
    day, hour, minute, second, fraction, offset, _ = parts.groups()
    leap = second == "60"
    try:
        local = datetime.fromisoformat(f"{day}T{hour}:{minute}:{'59' if leap else second}")
    except ValueError:
        raise ValueError("should be an instant that exists") from None
    micros = MICROS_A_SECOND - 1 if leap else int((fraction or ".")[1:7].ljust(6, "0"))
    ahead = 0 if offset in "Zz" else int(offset[0] + "1") * (int(offset[1:3]) * 3600 + int(offset[4:6]) * 60)
    since_epoch = (local.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    instant = Instant(since_epoch + micros - ahead * MICROS_A_SECOND)
    if not FIRST_INSTANT <= instant <= LAST_INSTANT:
        raise OutOfRange("should be an instant from 1900-01-01 to 9999-12-30")
    return instant


def is_day(text: str) -> bool:
    """Whether a text has the form of a date."""
    return bool(_DATE.fullmatch(text))


@lru_cache(maxsize=65536)
def parse_day(text: str) -> Day:
    """A date `YYYY-MM-DD` as a day. Raises ValueError when the text is anything else, OutOfRange before 1900-01-01."""
    if not _DATE.fullmatch(text):
        raise ValueError("should be a date like 2026-03-23")
    try:
        day = Day(date.fromisoformat(text).toordinal())
    except ValueError:
        raise ValueError("should be a date that exists") from None
    if day < FIRST_DAY:
        raise OutOfRange("should be a date from 1900-01-01 to 9999-12-31")
    return day


@lru_cache(maxsize=4096)
def parse_week(text: str) -> Day:
    """An ISO week `2026-W10` as the day of its Monday.

    Raises ValueError when there is no such week, OutOfRange when it begins before 1900-01-01.
    """
    if not _WEEK.fullmatch(text):
        raise ValueError("should be an ISO week like 2026-W10")
    try:
        monday = Day(date.fromisocalendar(int(text[:4]), int(text[6:]), 1).toordinal())
    except ValueError:
        raise ValueError("should be a week that exists") from None
    if monday < FIRST_DAY:
        raise OutOfRange("should be a week from 1900-W01 on")
    return monday


def format_week(day: Day) -> str:
    """The ISO week of a day, like `2026-W10`."""
    year, week, _ = date.fromordinal(day).isocalendar()
    return f"{year:04}-W{week:02}"


@lru_cache(maxsize=65536)
def format_instant(instant: Instant) -> str:
    """The instant as RFC 3339 in UTC, with microseconds only when it has them."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return moment.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=65536)
def format_day(day: Day) -> str:
    """The day as `YYYY-MM-DD`; a day before the calendar begins as its first."""
    return date.fromordinal(max(day, 1)).isoformat()


def from_datetime(moment: datetime) -> Instant:
    """An aware datetime as an instant."""
    return Instant((moment - _EPOCH) // _MICROSECOND)


class _Midnights(dict[Day, Instant]):
    """The first instants of local days, each reckoned when it is first asked for."""

    def __init__(self, info: ZoneInfo) -> None:
        self._info = info

    def __missing__(self, day: Day) -> int:
        if day >= NEVER_DAY:
            return FOREVER
        if day < 2:  # noqa: PLR2004 - the first day of the calendar has no instant before it
            return LONG_AGO
        local = datetime.combine(date.fromordinal(day), time(0), tzinfo=self._info)
        midnight = self[day] = Instant((local.astimezone(UTC) - _EPOCH) // _MICROSECOND)
        return midnight


class Zone:
    """A time zone by its IANA name: where local days begin and end.

    Raises ValueError for a name that is not in the IANA database.
    """

    def __init__(self, name: str) -> None:
        if not is_zone(name):
            raise ValueError(f"{name!r} is no IANA time zone; write one like Europe/London")
        info = ZoneInfo(name)
        self.name = name
        self.midnight: Callable[[Day], Instant] = _Midnights(info).__getitem__
        """The first instant of a local day; FOREVER for a day beyond the calendar."""
        self._last = (FOREVER, FOREVER, NEVER_DAY)
        """The day last asked for, after its first instant and the next day's: most questions are about the same."""

    def day_of(self, instant: Instant) -> Day:
        """The local day of an instant."""
        start, end, day = self._last
        if start <= instant < end:
            return day
        day = Day(instant // MICROS_A_DAY + _EPOCH_DAY)
        if instant < self.midnight(day):
            day = day - 1
        elif instant >= self.midnight(day + 1):
            day = day + 1
        start, end = self.midnight(day), self.midnight(day + 1)
        if start > LONG_AGO and end < FOREVER:
            self._last = start, end, day
        return day

    def end_of(self, day: Day) -> Instant:
        """The last microsecond of a local day; of the last days that there are LAST_INSTANT."""
        return min(self.midnight(day + 1) - 1, LAST_INSTANT)


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The one Zone of a name. Raises ValueError for a name that is not in the IANA database."""
    return Zone(name)


def moment(text: str, local: Zone) -> Instant:
    """What the commands take as T: an instant, or a date, which means its last microsecond in the zone.

    Raises ValueError when the text is neither.
    """
    return local.end_of(parse_day(text)) if is_day(text) else parse_instant(text)
