"""Sources that have fallen silent for a site, and the families of whom nothing is known since. Pure.

Source: docs/rules.md, *Freshness*. A matter of showing: no transition depends on it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from events.instants import Day, Instant
from projections.knowledge.calendar import threshold
from projections.parameters import SILENT_AFTER, SILENT_MIN, SitePolicy
from projections.rules import ALL
from projections.watch.hearing import Heard

ASK_FOR_CONTACT = frozenset(rule.name for rule in ALL if rule.asks_for_contact)
"""The rules whose alerts may only mean that contacts or liaison were not passed on."""


class Silence(NamedTuple):
    """SOURCE_SILENT for a site: nothing was heard of a source after `last`; it has held since the local day `since`."""

    site: str
    source: str
    seen: int
    last: Instant
    since: Day


def silences(site: str, heard: Iterable[tuple[str, Heard]], policy: SitePolicy, at: Instant) -> Iterator[Silence]:
    """The sources that are silent for a site at an instant, given what all its subjects together heard of each."""
    zone = policy.zone
    for source, each in sorted(heard):
        if each.seen >= policy[SILENT_MIN] and each.last <= at:
            since = threshold(policy.calendar, zone.day_of(each.last), policy[SILENT_AFTER])
            if at >= zone.midnight(since):
                yield Silence(site, source, each.seen, each.last, since)


def depends_on(heard: dict[str, Heard]) -> str | None:
    """The only source from which a family's contacts and liaison came; None for several, or none."""
    sources = [source for source, each in heard.items() if each.contacts]
    return sources[0] if len(sources) == 1 else None


def is_unknown(rule: str, since: Day, last: Day) -> bool:
    """Whether an alert of a family that depends on a silent source is shown as unknown.

    It is if it began after the day on which the source was last heard of, and its rule asks for contact.
    """
    return rule in ASK_FOR_CONTACT and since > last
