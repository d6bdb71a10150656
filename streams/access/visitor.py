"""Who asks."""

from starlette.requests import HTTPConnection

from streams.identity.person import Grant, Person

THIS_MACHINE = Person(
    "this-machine",
    "Whoever is at this machine",
    tuple(Grant.parse(grant) for grant in ("coordinator:all", "auditor:all", "operator:all")),
)
"""Where nobody signs in, the board is on one machine only, and whoever is there may do all."""


class NobodySignedIn(RuntimeError):
    """A person is asked for on a page that is shown to whoever has not signed in."""


def person_of(request: HTTPConnection) -> Person:
    """The person who asks. Raises NobodySignedIn where people sign in, and this one has not."""
    person: Person | None = request.state.person
    if person is None and request.state.signin != "none":
        raise NobodySignedIn("nobody is signed in")
    return person or THIS_MACHINE
