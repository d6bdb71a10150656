"""Asks the policies of `people.cedar`."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from cedarpy import Decision, PolicySet, is_authorized_batch

from events.names import uuid_of
from streams.access.table import Action
from streams.access.thing import Thing
from streams.identity.person import Grant, Person

POLICIES = PolicySet.from_str(Path(__file__).with_name("people.cedar").read_text("utf-8"))
TYPES = {
    "family": "Family",
    "worker": "Worker",
    "site": "Site",
    "all-sites": "AllSites",
    "policy": "Policy",
    "service": "Service",
    "account": "Account",
}
Question = tuple[Person, Action, Thing, str | None]


def permits(person: Person, action: Action, thing: Thing, type_: str | None = None) -> bool:
    """Whether a person may do something to a thing, by the contract's text."""
    return answers([(person, action, thing, type_)])[0]


def answers(questions: Iterable[Question]) -> list[bool]:
    """The answers to many questions at once: one of a person's grants is enough."""
    questions = list(questions)
    requests: list[dict[str, Any]] = []
    entities: dict[tuple[str, str], dict[str, Any]] = {}
    places: dict[tuple[str, ...], int] = {}
    asked: list[list[int]] = []
    for person, action, thing, type_ in questions:
        resource = _resource(thing)
        entities.setdefault(_uid(resource), resource)
        context = _context(person, type_)
        mine = []
        for grant in person.grants:
            principal = _principal(grant)
            entities.setdefault(_uid(principal), principal)
            key = (str(grant), repr(context), action, resource["uid"]["type"], resource["uid"]["id"])
            if key not in places:
                places[key] = len(requests)
                requests.append(
                    {
                        "principal": f'Grant::"{grant}"',
                        "action": f'Action::"{action}"',
                        "resource": f'{resource["uid"]["type"]}::"{resource["uid"]["id"]}"',
                        "context": context,
                    }
                )
            mine.append(places[key])
        asked.append(mine)
    decided = is_authorized_batch(requests, POLICIES, list(entities.values()))
    for each in decided:
        assert not each.diagnostics.errors, each.diagnostics.errors
    return [any(decided[place].decision == Decision.Allow for place in mine) for mine in asked]


def _uid(entity: dict[str, Any]) -> tuple[str, str]:
    return entity["uid"]["type"], entity["uid"]["id"]


@cache
def _principal(grant: Grant) -> dict[str, Any]:
    attributes: dict[str, Any] = {"everywhere": grant.sites is None, "sites": list(grant.sites or ())}
    attributes |= {name: value for name in ("agency", "worker") if (value := getattr(grant, name)) is not None}
    return {
        "uid": {"type": "Grant", "id": str(grant)},
        "attrs": attributes,
        "parents": [{"type": "Role", "id": str(grant.role)}],
    }


@cache
def _resource(thing: Thing) -> dict[str, Any]:
    said = {"site": thing.site, "agency": thing.agency, "against": thing.against, "recorded_by": thing.source}
    attributes: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    attributes["id"] = thing.name.partition("/")[2]
    if thing.kind == "family":  # who covers and who is key worker see the same
        attributes |= {"key_workers_today": sorted(thing.carers)[::2], "covering_today": sorted(thing.carers)[1::2]}
    return {"uid": {"type": TYPES[thing.kind], "id": uuid_of(repr(thing))}, "attrs": attributes, "parents": []}


def _context(person: Person, type_: str | None) -> dict[str, Any]:
    return {
        "source": f"/person/{person.pseudonym}",
        "account": person.pseudonym,
        "manages": sorted(grant.agency for grant in person.grants if grant.agency is not None),
        "type": type_ or "",
    }
