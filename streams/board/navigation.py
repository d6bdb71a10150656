"""The pages that every page links to, in order. Pure."""

from typing import NamedTuple

from streams.identity.person import Person


class Item(NamedTuple):
    """A link of the navigation."""

    label: str
    address: str


def items(person: Person) -> list[Item]:  # noqa: ARG001
    """The pages that somebody may open."""
    return [
        Item("Alerts", "/"),
        Item("Reports", "/reports"),
        Item("Rules", "/rules"),
        Item("The service", "/service"),
    ]
