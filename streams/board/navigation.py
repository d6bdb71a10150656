"""The pages that every page links to, in order. Pure."""

from typing import NamedTuple

from streams.access.table import Action, may, sees
from streams.access.thing import ALL_TOGETHER, POLICY, SERVICE
from streams.identity.person import Person


class Item(NamedTuple):
    """A link of the navigation."""

    label: str
    address: str


def items(person: Person) -> list[Item]:
    """The pages that somebody may open; of the lists of alerts those in which something could be for them."""
    lists = not sees(person).nothing
    return [
        Item("Alerts", "/"),
        *([Item("Came and went", "/came-and-went"), Item("Hand-over", "/hand-over")] if lists else []),
        *([Item("Reports", "/reports")] if may(person, Action.REPORT, ALL_TOGETHER) else []),
        *([Item("Rules", "/rules")] if may(person, Action.READ, POLICY) else []),
        *([Item("The service", "/service")] if may(person, Action.COUNT, SERVICE) else []),
    ]
