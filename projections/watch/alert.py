"""An alert, as it is open or was when it closed. Source: CONTRACT, *An alert transition*."""

from dataclasses import dataclass

from events.instants import Day
from projections.reasoning.rule import Severity

AlertKey = tuple[str, str]
"""Rule and discriminator: of each at most one alert of a subject is open."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What holds of a rule for a subject. Days are local; `due_on` is None where the rule has none.

    `id` stays from when it was raised, through all its changes; it is empty where nothing was raised, as in a board.
    """

    id: str
    rule: str
    discriminator: str
    severity: Severity
    since: Day
    due_on: Day | None
    anchor: str
    """The label of the event that it hangs on."""
