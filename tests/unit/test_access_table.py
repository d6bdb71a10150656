"""Who may do what: the table against a second reading of the contract, for every role, action and kind of thing."""

from dataclasses import replace
from itertools import combinations, product

import pytest

from events.catalogue import TYPES
from streams.access.table import Action, families_shown, may, sees
from streams.access.thing import ALL_TOGETHER, POLICY, SERVICE, Thing, account
from streams.access.visitor import THIS_MACHINE
from streams.identity.person import Grant, Person, Role
from tests.access import cedar

GRANTS = [
    Grant.parse(text)
    for text in (
        *("coordinator:north", "coordinator:all", "coordinator:east,west"),
        *("key_worker:north:w1", "key_worker:all:w1", "key_worker:south:w2"),
        *("manager:north:health", "manager:all:health", "manager:south:education"),
        *("auditor:north", "auditor:all", "operator:north", "operator:all"),
    )
]
PEOPLE = [
    *(Person("p.1", "Jo Bell", (grant,)) for grant in GRANTS),
    *(Person("p.1", "Jo Bell", pair) for pair in combinations(GRANTS[::2], 2)),
    THIS_MACHINE,
]
SITES = ("north", "south", None)
CARERS = ((), ("w1",), ("w2",), ("w0", "w1"))
PLAIN = [
    *(Thing("family", "family/f", site, carers=frozenset(carers)) for site, carers in product(SITES, CARERS)),
    *(
        Thing("worker", f"worker/{worker}", site, agency)
        for site, agency, worker in product(SITES, ("health", "education", None), ("w1", "w9"))
    ),
    *(Thing("site", f"site/{site}", site) for site in ("north", "south")),
    *(ALL_TOGETHER, POLICY, SERVICE, account("p.1"), account("p.2")),
]
THINGS = [
    *PLAIN,
    *(replace(thing, against=agency) for thing in PLAIN[:30] for agency in ("health", "education")),
    *(replace(thing, source=source) for thing in PLAIN[:32] for source in ("/person/p.1", "/person/p.10", "/agency/a")),
]


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.RECORD])
def test_the_table_is_what_the_contract_says(action: Action) -> None:
    """For each person with one or two grants, and each kind of thing."""
    questions = [(person, action, thing, None) for person in PEOPLE for thing in THINGS]
    for question, permitted in zip(questions, cedar.answers(questions), strict=True):
        assert may(*question) is permitted, question


def test_what_is_recorded_is_what_the_contract_says() -> None:
    """Each type of event, and one that there is none of, on each kind of thing."""
    types = [*TYPES, "family.vanished"]
    people = [person for person in PEOPLE if len(person.grants) == 1]
    questions = [(person, Action.RECORD, thing, type_) for person in people for thing in PLAIN for type_ in types]
    for question, permitted in zip(questions, cedar.answers(questions), strict=True):
        assert may(*question) is permitted, question


def test_an_event_is_recorded_for_each_subject_that_it_names() -> None:
    """A key worker as themselves alone; a coordinator for any worker of their sites."""
    family = Thing("family", "family/f", "north", carers=frozenset({"w1"}))
    own, other = Thing("worker", "worker/w1", "north", "health"), Thing("worker", "worker/w2", "south", "health")
    worker, coordinator = PEOPLE[3], PEOPLE[0]

    def may_record(person: Person, type_: str, things: list[Thing]) -> bool:
        return all(may(person, Action.RECORD, thing, type_) for thing in things)

    assert may_record(worker, "contact.recorded", [family, own])
    assert not may_record(worker, "contact.recorded", [family, replace(other, site="north")])
    assert may_record(coordinator, "contact.recorded", [family, own, replace(other, site="north")])
    assert not may_record(coordinator, "contact.recorded", [family, other])


def test_nobody_is_told_of_a_conflict_with_the_agency_that_they_manage() -> None:
    """Whatever else is granted to them."""
    person = Person("p.1", "Jo Bell", tuple(map(Grant.parse, ("auditor:all", "manager:south:health"))))
    conflict = Thing("family", "family/f", "north", rule="ADVOCACY_CONFLICT", against="health")
    assert not sees(person).everything
    for action in Action:
        assert not may(person, action, conflict, "conflict.resolved"), action
    assert may(person, Action.SEE, replace(conflict, against="education"))


def test_families_are_named_to_all_but_managers() -> None:
    """On a worker's page; a second role that sees the worker has them named."""
    worker = Thing("worker", "worker/w1", "north", "health")
    for person in PEOPLE:
        seeing = Person(
            "p.1", "Jo Bell", tuple(each for each in person.grants if each.role is not Role.MANAGER) or OTHER
        )
        assert families_shown(person, worker) is may(seeing, Action.SEE, worker), person
    assert families_shown(PEOPLE[6], Thing("site", "site/north", "north"))


OTHER = (Grant.parse("operator:all"),)


def test_every_type_of_event_is_in_a_row_or_is_mended_or_an_action() -> None:
    """A new topic does not pass by unseen."""
    recorded = {name for name in TYPES if may(PEOPLE[1], Action.RECORD, Thing("family", "family/f"), name)}
    recorded |= {name for name in TYPES if may(PEOPLE[1], Action.RECORD, Thing("site", "site/s", "s"), name)}
    assert {name for name, row in TYPES.items() if row.topic not in {"action", "any"}} == recorded
