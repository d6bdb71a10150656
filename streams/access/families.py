"""Who may be told which families a worker has. Source: CONTRACT, *People and machines*."""

from streams.identity.person import Person, Role

NAMED_TO = frozenset({Role.COORDINATOR, Role.KEY_WORKER, Role.AUDITOR})


def families_shown(person: Person) -> bool:
    """Whether a worker's page may name families to a person: a manager is told only how many there are."""
    return any(grant.role in NAMED_TO for grant in person.grants)
