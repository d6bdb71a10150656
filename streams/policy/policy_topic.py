"""The policy as the service has it: versions on the `policy` topic, each with the instant from which it holds."""

import json
import os
from collections.abc import Iterable
from decimal import Decimal

from events.instants import LONG_AGO, MICROS_A_SECOND, Instant, format_instant
from events.topics import POLICY
from projections.policy import Policies, Policy
from projections.state.journal import append_time
from streams.clock import now
from streams.kafka.client import Stored, read_topic
from streams.kafka.publishing import Publisher
from streams.policy.policy_file import read_policy
from streams.settings import Settings

AHEAD = int(os.environ.get("TOUCHLINE_TEST_POLICY_AHEAD", "300")) * MICROS_A_SECOND
"""A version must be on the topic this long before it holds: five minutes.

Whoever has read the topic therefore knows every version that holds in the next five minutes. Tests ask for less, since
they cannot wait.
"""
MARGIN = AHEAD // 5
"""What is added for the publishing itself, and for clocks that differ."""


class PolicyDiffers(RuntimeError):
    """The policy file is not one that the journal was judged under; the message says what to do."""


class TooLate(RuntimeError):
    """A version came to the topic too late for the instant from which it was to hold."""


def versions_of(records: Iterable[Stored]) -> Policies | None:
    """The versions in records of the topic; None if there are none.

    A version that came to the topic too late for its instant never holds.
    """
    versions: list[tuple[Instant, Policy]] = []
    for record in records:
        body = json.loads(record.value or b"{}", parse_float=Decimal)
        if not versions or body["known"] >= append_time(record.appended) + AHEAD:
            versions.append((body["known"], Policy(body["policy"])))
    return Policies(versions) if versions else None


def published(settings: Settings) -> Policies | None:
    """The versions on the topic; None while there is none. Raises KafkaUnreachable or TopicsDiffer."""
    return versions_of(read_topic(settings.kafka, settings.topics.name(POLICY)))


def _send(settings: Settings, policy: Policy, holds_from: Instant) -> None:
    with Publisher(settings.kafka, settings.topics) as publisher:
        body = b'{"known":%d,"policy":%s}' % (holds_from, policy.json)
        publisher.send(settings.topics.name(POLICY), policy.version.encode(), body)


def publish(settings: Settings, policy: Policy, holds_from: Instant) -> None:
    """Publishes a version. Raises TooLate when it reached the topic too late to hold; nothing has changed then."""
    _send(settings, policy, holds_from)
    versions = published(settings)
    history = [] if versions is None else [(start, version.version) for start, version in versions.history]
    if (holds_from, policy.version) not in history:
        raise TooLate(
            f"The version came to the topic less than five minutes before {format_instant(holds_from)}, "
            "so it will not hold. Choose a later instant."
        )


def earliest() -> Instant:
    """The earliest instant from which a version published now can hold."""
    return now() + AHEAD + MARGIN


def take_up(settings: Settings) -> Policies:
    """The policy for a processor: the published versions. On a new service it publishes the configured file first.

    Raises PolicyDiffers when the file has changed since: the past must keep the policy it was judged under.
    """
    configured = read_policy(settings.policy)
    versions = published(settings)
    if versions is None:
        _send(settings, configured, LONG_AGO)
        return published(settings) or Policies.one(configured)  # another processor may have been the first to publish
    if settings.policy is not None and configured.version not in versions.versions:
        raise PolicyDiffers(
            f"{settings.policy} is not a policy that this service's journal was judged under. "
            "Try it with `touchline policy try`, publish it with `touchline policy publish`, "
            "or use the one that holds (`touchline policy show --kafka`)."
        )
    return versions
