"""Clocks and time zones: each part's clock, and Kafka's, against that of this machine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.instants import MICROS_A_SECOND, parse_instant
from events.topics import JOURNAL
from streams.clock import now
from streams.doctor.finding import Deployment, Finding, fine, said, unknown, wrong
from streams.kafka.client import newest_stamp

NOTICEABLE_SECONDS = 5
WRONG_SECONDS = 60
SET_IT = "Set the clock by NTP (`timedatectl` says whether it is), then start the parts of that machine again."


def check_clocks(deployment: Deployment) -> Iterator[Finding]:
    """The clock of each part that answers, and of the broker."""
    for part in deployment.parts:
        at = said(part, "at")
        if at is not None:
            ahead = (parse_instant(at) - part.asked) / MICROS_A_SECOND
            yield _judged(f"clock of the {part.name}", ahead, "this machine's")
    for part in deployment.processors:
        ahead = said(part, "broker_ahead_seconds")
        if ahead is not None:
            yield _judged("clock of Kafka", ahead, f"the {part.name}'s")


def check_stamps(deployment: Deployment) -> Iterator[Finding]:
    """Whether the journal bears a time that is still to come: it is what everything is judged by."""
    newest = newest_stamp(deployment.settings.kafka, deployment.settings.topics.name(JOURNAL))
    if newest is None:
        yield unknown("times in the journal", "the journal is empty")
        return
    ahead = (newest * 1_000 - now()) / MICROS_A_SECOND
    if ahead > WRONG_SECONDS:
        seen = f"the newest entry is {_span(ahead)} ahead of this machine's clock"
        yield wrong("times in the journal", seen, f"Kafka's clock is or was ahead, or this one is behind. {SET_IT}")
    else:
        yield fine("times in the journal", "none is still to come")


def check_zones(_deployment: Deployment) -> Iterator[Finding]:
    """Whether the data of time zones fit those of the sites."""
    try:
        london = ZoneInfo("Europe/London")
    except (ZoneInfoNotFoundError, ValueError):
        yield wrong("time zones", "Europe/London cannot be read", "Install the package tzdata (`make setup`).")
        return
    for year in (2026, 2036):
        winter, summer = (datetime(year, month, 15, tzinfo=UTC).astimezone(london).utcoffset() for month in (1, 7))
        if winter is None or summer is None or (summer - winter).total_seconds() != 3_600:  # noqa: PLR2004 - an hour
            remedy = "Install the package tzdata of requirements.lock (`make setup`), and unset PYTHONTZPATH."
            yield wrong("time zones", f"Europe/London has no summer time in {year}", remedy)
            return
    yield fine("time zones", f"Europe/London is as it must be (tzdata {version('tzdata')})")


def _judged(check: str, ahead: float, of: str) -> Finding:
    """What is said of a clock that is so many seconds ahead of another."""
    if abs(ahead) < NOTICEABLE_SECONDS:
        return fine(check, f"as {of}")
    seen = f"{_span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} {of}"
    return fine(check, seen) if abs(ahead) < WRONG_SECONDS else wrong(check, seen, SET_IT)


def _span(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"
