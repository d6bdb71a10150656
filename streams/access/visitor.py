"""Who asks."""

from starlette.requests import Request

from streams.identity.person import Grant, Person

THIS_MACHINE = Person(
    "this-machine",
    "Whoever is at this machine",
    tuple(Grant.parse(grant) for grant in ("coordinator:all", "auditor:all", "operator:all")),
)
"""Where nobody signs in, the board is on one machine only, and whoever is there may do all."""


def person_of(request: Request) -> Person:
    """The person who asks."""
    person: Person | None = request.state.person
    return person or THIS_MACHINE
