"""Compares the alerts of one history under two policies: which would be gained, and which lost. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from events.instants import FOREVER, format_day, format_instant
from projections.rules import ALL
from projections.watch.transition import CLOSING, Attended, Published

Key = tuple[str, str, str]


@dataclass(slots=True)
class Episode:
    """An alert from when it was raised until it closed; FOREVER while it is open."""

    rule: str
    subject: str
    discriminator: str
    severity: str
    """The highest severity that it reached."""
    since: int
    opened: int
    closed: int = FOREVER

    @property
    def key(self) -> Key:
        """Rule, subject and discriminator: at most one alert with the same three is open at a time."""
        return self.rule, self.subject, self.discriminator

    def is_over_before(self, other: "Episode") -> bool:
        """Whether it closed before another opened."""
        return self.closed <= other.opened and self.opened < other.opened


class Compared(NamedTuple):
    """One alert under two policies: as it was, as it would be; one of them None where it is lost or gained."""

    before: Episode | None
    after: Episode | None

    @property
    def either(self) -> Episode:
        """The alert under one of the two policies."""
        return self.before or self.after  # type: ignore[return-value]  # one of them is there

    @property
    def change(self) -> str:
        """`gained`, `lost`, `changed` or `same`."""
        if self.before is None:
            return "gained"
        if self.after is None:
            return "lost"
        return "same" if self.before == self.after else "changed"


def episodes(transitions: Iterable[Published]) -> list[Episode]:
    """The alerts that transitions make, given in order of known for each subject."""
    by_alert: dict[str, Episode] = {}
    for transition in transitions:
        alert = transition.alert
        if isinstance(transition, Attended):
            continue
        if transition.kind in CLOSING:
            by_alert[alert.id].closed = transition.known
            continue
        episode = by_alert.get(alert.id)
        if episode is None:
            by_alert[alert.id] = Episode(
                alert.rule, transition.subject, alert.discriminator, alert.severity, alert.since, transition.known
            )
        else:
            episode.closed = FOREVER
            episode.since = alert.since
            episode.severity = max(episode.severity, alert.severity)  # amber < red
    return list(by_alert.values())


def compared(before: list[Episode], after: list[Episode]) -> Iterator[Compared]:
    """Pairs the alerts of the same rule, subject and discriminator that were open at the same time.

    An alert without a partner is lost or gained. Example: open from 1 to 5 May before, from 3 to 9 May after: one pair,
    `changed`. Open from 1 to 5 May before, from 6 to 9 May after: one lost, one gained.
    """
    by_key: dict[Key, tuple[list[Episode], list[Episode]]] = defaultdict(lambda: ([], []))
    for side, alerts in enumerate((before, after)):
        for episode in alerts:
            by_key[episode.key][side].append(episode)
    for key in sorted(by_key):
        old, new = (sorted(side, key=lambda episode: episode.opened) for side in by_key[key])
        while old or new:
            if not new or (old and old[0].is_over_before(new[0])):
                yield Compared(old.pop(0), None)
            elif not old or new[0].is_over_before(old[0]):
                yield Compared(None, new.pop(0))
            else:
                yield Compared(old.pop(0), new.pop(0))


def summary(pairs: Iterable[Compared]) -> list[dict[str, Any]]:
    """By rule: alerts before and after, gained, lost, changed, and open at the end."""
    counts: dict[str, Counter[str]] = {rule.name: Counter() for rule in ALL}
    for pair in pairs:
        rule = counts[pair.either.rule]
        rule[pair.change] += 1
        for side, episode in (("before", pair.before), ("after", pair.after)):
            if episode is not None:
                rule[side] += 1
                rule[f"open_{side}"] += episode.closed == FOREVER
    columns = ("before", "after", "gained", "lost", "changed", "open_before", "open_after")
    return [{"rule": name, **{column: count[column] for column in columns}} for name, count in counts.items()]


def details(pairs: Iterable[Compared]) -> Iterator[dict[str, Any]]:
    """Each alert that is gained, lost or changed."""
    for pair in pairs:
        if pair.change != "same":
            yield {
                "change": pair.change,
                "rule": pair.either.rule,
                "subject": pair.either.subject,
                "discriminator": pair.either.discriminator,
                "before": _described(pair.before),
                "after": _described(pair.after),
            }


def _described(episode: Episode | None) -> dict[str, Any] | None:
    if episode is None:
        return None
    return {
        "severity": episode.severity,
        "since": format_day(episode.since),
        "raised": format_instant(episode.opened),
        "closed": format_instant(episode.closed) if episode.closed < FOREVER else None,
    }
