"""Under which source a person's events are published. Pure. Source: CONTRACT, *An event* and *People and machines*."""

from streams.identity.person import Person

PEOPLE = "/person/"


def source_of(person: Person) -> str:
    """The source of a person's events: `/person/p.007`."""
    return PEOPLE + person.pseudonym


def pseudonym_in(label: str) -> str | None:
    """Whose event it is, by how output names it (`source#id`); None for one of another system."""
    source = label.rpartition("#")[0]
    return source.removeprefix(PEOPLE) if source.startswith(PEOPLE) else None
