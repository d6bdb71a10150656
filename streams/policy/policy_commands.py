"""`touchline policy show`, `check` and `publish`. Trying a policy reads history: see `streams/audit/try_policy.py`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from events.instants import LONG_AGO, Instant, format_instant, parse_instant
from projections.knowledge.calendar import bank_holidays
from projections.policy import Policy, PolicyError
from streams.clock import now
from streams.policy.policy_file import read_policy, read_proposal
from streams.policy.policy_topic import earliest, publish, published
from streams.presentation.lines import show
from streams.presentation.rule_listing import parameters
from streams.presentation.terminal import say
from streams.settings import Settings

LISTED = 8
"""At most this many dates are named."""


def show_policy(settings: Settings, file: Path | None, form: str, *, kafka: bool, site: str | None) -> int:
    """Prints the parameters of a file, of the defaults, or of the version that the service has now."""
    if kafka and file is not None:
        raise click.UsageError("Give --policy or --kafka; one of the two.")
    if kafka:
        versions = published(settings)
        if versions is None:
            say("No policy is published yet: the first worker publishes the first.", err=True)
            return 1
        policy = versions.at(now())
        for start, version in versions.history:
            since = format_instant(start) if start > LONG_AGO else "the beginning"
            say(
                f"Version {version.version} holds from {since}{'; it holds now' if version is policy else ''}.",
                err=True,
            )
    else:
        policy = read_policy(file or settings.policy)
        say(f"Version {policy.version}, calendar {policy.calendar_version}.", err=True)
    sites = [site] if site else [None, *policy.sites]
    lines = [line for name in sites for line in parameters(policy.of(name), name)]
    show(lines, form, "Policy", lambda line: {**line, "rules": ", ".join(line["rules"])})
    return 0


def check(file: Path) -> int:
    """Says that a file can be used. Raises PolicyError with what to mend."""
    proposal = read_proposal(file)
    changed = [*_other_parameters(proposal.policy), *_other_holidays(proposal.policy)]
    say(f"{file} can be used: version {proposal.policy.version}.")
    say("Other than the defaults:" if changed else "It says what the defaults say.")
    for line in changed:
        say(f"  {line}")
    return 0


def _other_parameters(policy: Policy) -> Iterator[str]:
    for site in (None, *policy.sites):
        for line in parameters(policy.of(site), site):
            if line["value"] != line["default"]:
                place = f"sites.{site}." if site else ""
                yield f"{place}{line['parameter']}: {_text(line['default'])} → {_text(line['value'])}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _other_holidays(policy: Policy) -> Iterator[str]:
    for nation, own in bank_holidays().items():
        now = policy.holidays[nation]
        more, fewer = sorted(set(now) - set(own)), sorted(set(own) - set(now))
        if len(now) == 1:
            yield f"holidays.{nation}: {now[0]} is the only one"
        elif more or fewer:
            parts = [
                f"{len(days)} {word} ({_first(days)})" for days, word in ((more, "more"), (fewer, "fewer")) if days
            ]
            yield f"holidays.{nation}: {', '.join(parts)}"


def _first(days: Sequence[str]) -> str:
    return ", ".join(days[:LISTED]) + (" …" if len(days) > LISTED else "")


def publish_policy(settings: Settings, file: Path, holds_from: str | None) -> int:
    """Publishes a file.

    Raises PolicyError for an instant that is too early, and TooLate when the file came to the topic too late.
    """
    soonest = earliest()
    policy, asked = _proposal(file, holds_from, soonest)
    start = asked if asked is not None else soonest
    versions = published(settings)
    if versions is not None and versions.at(start).version == policy.version:
        say(f"Version {policy.version} holds at {format_instant(start)} already; nothing was published.")
        return 0
    if versions is None:
        say("No worker has run yet: the first one publishes the policy of TOUCHLINE_POLICY, or the defaults.", err=True)
        return 1
    publish(settings, policy, start)
    say(
        f"Published version {policy.version}: it holds from {format_instant(start)}. "
        "What was judged before keeps its policy."
    )
    return 0


def _proposal(file: Path, holds_from: str | None, soonest: Instant) -> tuple[Policy, Instant | None]:
    if holds_from is None:
        return read_proposal(file, soonest)
    try:
        start = parse_instant(holds_from)
    except ValueError as error:
        raise click.UsageError(f"--holds-from {error}.") from None
    if start < soonest:
        raise PolicyError(
            f"--holds-from should be {format_instant(soonest)} or later: the past keeps the policy it was judged under."
        )
    return read_policy(file), start
