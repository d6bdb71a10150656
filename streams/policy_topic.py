"""The policy as the service has it: versions on the `policy` topic, each with the instant from which it holds."""

import json
from decimal import Decimal

from events.instants import LONG_AGO
from events.publishing import Publisher
from events.topics import POLICY
from projections.policy import Policies, Policy, read_policy
from streams.kafka import read_topic
from streams.settings import Settings


class PolicyDiffers(RuntimeError):
    """The policy file is not the one that the journal was judged under; the message says what to do."""


def published(settings: Settings) -> Policies | None:
    """The versions on the topic; None while there is none. Raises KafkaUnreachable or TopicsDiffer."""
    versions = []
    for record in read_topic(settings.address, settings.topics.name(POLICY)):
        body = json.loads(record.value or b"{}", parse_float=Decimal)
        versions.append((body["known"], Policy(body["policy"])))
    return Policies(versions) if versions else None


def take_up(settings: Settings) -> Policies:
    """The policy for a worker: what is published or, on a new service, the configured file, which is published first.

    Raises PolicyDiffers when the file has changed since: the past must keep the policy it was judged under.
    """
    configured = read_policy(settings.policy)
    found = published(settings)
    if found is None:
        with Publisher(settings.address, settings.topics) as publisher:
            body = b'{"known":%d,"policy":%s}' % (LONG_AGO, configured.json)
            publisher.send(settings.topics.name(POLICY), configured.version.encode(), body)
        return Policies.one(configured)
    if settings.policy is not None and configured.version not in found.versions:
        raise PolicyDiffers(
            f"{settings.policy} is not the policy that this service's journal was judged under. Use the one it began with, or a new TOUCHLINE_PREFIX."
        )
    return found
