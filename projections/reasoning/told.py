"""What is said of an alert: its headline, what would clear it, and what comes next if nothing changes. Pure.

Source: CONTENT, *Every alert has a headline*.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from events.instants import MICROS_A_DAY, Day, Instant
from projections.grounds.family import Family
from projections.grounds.site import Site
from projections.grounds.worker import Worker
from projections.reasoning import phrases
from projections.reasoning.rule import Held, Rule, Verdict

NAMED = 5
"""So many families are named; the reasons have all of them."""
AHEAD = 366 * MICROS_A_DAY
"""What happens later than in a year is no news."""
TURNS = 200
"""A rule is asked again so often at most."""
Due = Callable[[str], Day | None]
"""By a family's id the day on which its next contact falls due, where that is known."""


class Told(NamedTuple):
    """The words of one alert. All are sentences, but `to_clear` and `otherwise`, which go on after a colon."""

    headline: str
    """Names no other family: who may see an alert may not always see them."""
    naming: str
    """The families that the alert is about, each with the day on which its next contact falls due; or empty."""
    to_clear: str
    otherwise: str
    """What comes next if nothing changes."""

    @property
    def named(self) -> str:
        """The headline with the families, for those who may see them."""
        return f"{self.headline.removesuffix('.')}: {self.naming}" if self.naming else self.headline


def told_of(rule: Rule, ground: Family | Worker | Site, verdict: Verdict, held: Held, at: Instant, due: Due) -> Told:
    """The words of an alert that holds by a verdict, as of an instant within it."""
    said = rule.tell(ground, at, held)
    naming = _naming(said.families, due, ground.zone.day_of(at))
    return Told(said.headline, naming, said.to_clear, _otherwise(rule, ground, verdict, held, at))


def _naming(families: Sequence[str], due: Due, today: Day) -> str:
    """The families whose contact falls due first, with these days: "f00010, due 18 Dec; f00031, due 4 Jan."."""
    days = {family: due(family) for family in families}
    first = sorted(families, key=lambda family: (days[family] is None, days[family] or 0, family))
    named = [_named(family, days[family], today) for family in first[:NAMED]]
    more = len(families) - len(named)
    return "; ".join([*named, *([f"and {more} more"] if more else [])]) + "." if named else ""


def _named(family: str, day: Day | None, today: Day) -> str:
    return family if day is None else f"{family}, due {phrases.near_day(day, today)}"


def _otherwise(rule: Rule, ground: Family | Worker | Site, verdict: Verdict, held: Held, at: Instant) -> str:
    """What time alone makes of an alert: another severity, its end, or nothing within a year."""
    last = at + AHEAD
    for _ in range(TURNS):
        turn = verdict.end
        if turn > last:
            break
        verdict = rule.judge(ground, turn)
        later = next((each for each in verdict.held if each.discriminator == held.discriminator), None)
        day = phrases.long_day(ground.zone.day_of(turn))
        if later is None:
            return f"it ends by itself on {day}."
        if later.severity != held.severity:
            return f"it becomes {later.severity} on {day}."
    return f"it stays {held.severity}."
