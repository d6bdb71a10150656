"""The pages that every page links to, in order. Pure."""

from typing import NamedTuple

from streams.access.table import Action, may
from streams.access.thing import ALL_TOGETHER, SERVICE
from streams.identity.person import Person


class Item(NamedTuple):
    """A link of the navigation."""

    label: str
    address: str


def items(person: Person) -> list[Item]:
    """The pages that somebody may open."""
    return [
        Item("Alerts", "/"),
        *([Item("Reports", "/reports")] if may(person, Action.REPORT, ALL_TOGETHER) else []),
        Item("Rules", "/rules"),
        *([Item("The service", "/service")] if may(person, Action.COUNT, SERVICE) else []),
    ]
