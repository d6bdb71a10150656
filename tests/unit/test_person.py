"""A person: pseudonym, name, grants."""

import pytest

from streams.identity.person import Grant, NotAPerson, Person, Role
from tests.identity import JO, SAM


@pytest.mark.parametrize(
    ("text", "role", "sites", "agency", "worker"),
    [
        ("coordinator:south,north,south", Role.COORDINATOR, ("north", "south"), None, None),
        ("key_worker:north:w1", Role.KEY_WORKER, ("north",), None, "w1"),
        ("manager:all:health", Role.MANAGER, None, "health", None),
        ("auditor:all", Role.AUDITOR, None, None, None),
        ("operator:all", Role.OPERATOR, None, None, None),
    ],
)
def test_a_grant_is_a_role_at_sites(
    text: str, role: Role, sites: tuple[str, ...] | None, agency: str | None, worker: str | None
) -> None:
    """Sites are a list or all; a manager has an agency, a key worker a worker id."""
    grant = Grant.parse(text)
    assert (grant.role, grant.sites, grant.agency, grant.worker) == (role, sites, agency, worker)
    assert Grant.parse(str(grant)) == grant


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("coordinator", "should be ROLE:SITES"),
        ("coordinator:a:b:c", "should be ROLE:SITES"),
        ("source:all", "is no role"),
        ("coordinator:", "the site ''"),
        ("coordinator:no rth", "the site 'no rth'"),
        ("coordinator:north,all", "all stands alone"),
        ("coordinator:north:w1", "has no agency"),
        ("key_worker:north", "needs its worker"),
        ("manager:north", "needs its agency"),
        ("manager:north:", "the agency ''"),
    ],
)
def test_a_grant_that_cannot_be_says_why(text: str, problem: str) -> None:
    """A machine's role is none of a person."""
    with pytest.raises(NotAPerson, match=problem.replace("(", r"\(")):
        Grant.parse(text)


@pytest.mark.parametrize("pseudonym", ["", "a b", "é", "x" * 65, "a\n", "a/b"])
def test_a_pseudonym_can_be_written_into_events(pseudonym: str) -> None:
    """It has 1 to 64 letters, digits, dots, underscores or hyphens."""
    with pytest.raises(NotAPerson):
        Person(pseudonym, "A", JO.grants)
    assert Person("A-z.0_9", "A", JO.grants).pseudonym == "A-z.0_9"


@pytest.mark.parametrize("name", ["", " a", "a\n", "x" * 101, "a\u202eb"])
def test_a_name_can_be_shown_and_something_is_granted(name: str) -> None:
    """A name is printable; a person without a grant is none."""
    with pytest.raises(NotAPerson):
        Person("a", name, JO.grants)
    with pytest.raises(NotAPerson):
        Person("a", "A", ())


def test_a_person_is_saved_and_read_back_equal() -> None:
    """As JSON."""
    for person in (JO, SAM):
        assert Person.from_json(person.as_json()) == person
