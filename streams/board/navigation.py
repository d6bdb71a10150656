"""The pages that every page links to, in order. Pure."""

from typing import NamedTuple

from streams.access.table import Action, may, sees
from streams.access.thing import ALL_TOGETHER, POLICY, SERVICE
from streams.board.addresses import address
from streams.identity.person import Person, Role


class Item(NamedTuple):
    """A link of the navigation."""

    label: str
    address: str


def items(person: Person) -> list[Item]:
    """The pages that somebody may open; of the lists of alerts those in which something could be for them."""
    lists = not sees(person).nothing
    return [
        *([Item("Alerts", "/")] if lists else []),
        *(Item("My families", address(f"worker/{worker}")) for worker in own_workers(person)),
        *([Item("Came and went", "/came-and-went"), Item("Hand-over", "/hand-over")] if lists else []),
        *([Item("Reports", "/reports")] if may(person, Action.REPORT, ALL_TOGETHER) else []),
        *([Item("Rules", "/rules")] if may(person, Action.READ, POLICY) else []),
        *([Item("The service", "/service")] if may(person, Action.COUNT, SERVICE) else []),
    ]


def own_workers(person: Person) -> list[str]:
    """The worker as whom somebody is key worker: its page has their families and hours. Mostly one or none."""
    return sorted({grant.worker for grant in person.grants if grant.role is Role.KEY_WORKER and grant.worker})


def has_due_dates(person: Person) -> bool:
    """Whether a person's calendar would ever have anything in it: coordinators' and key workers'."""
    return any(grant.role in {Role.COORDINATOR, Role.KEY_WORKER} for grant in person.grants)


def lists(person: Person) -> list[Item]:
    """The lists off the main view in which something could be for somebody."""
    seen = sees(person)
    of_alerts = [Item("Acknowledged and snoozed", "/snoozed"), Item("Came and went", "/came-and-went")]
    of_sites = [Item("Silent sources", "/silent"), Item("Imports", "/imports")]
    return [
        *(of_alerts if not seen.nothing else []),
        *(of_sites if seen.site else []),
        *([Item("Hand-over", "/hand-over")] if not seen.nothing else []),
    ]
