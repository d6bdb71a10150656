"""A person as the board knows one: a pseudonym, a shown name, and what is granted. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CODE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
"""What pseudonyms, sites, agencies and workers look like: they are written into events."""
NAME_CHARACTERS = 100
ALL_SITES = "all"


class NotAPerson(ValueError):
    """A pseudonym, a name or a grant that cannot be; the message says what it should be."""


class Role(StrEnum):
    """What a person does at a site."""

    COORDINATOR = "coordinator"
    KEY_WORKER = "key_worker"
    MANAGER = "manager"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at some sites; a manager's has an agency, a key worker's a worker id."""

    role: Role
    sites: tuple[str, ...] | None
    """In order of the alphabet, each once. None: all sites."""
    agency: str | None = None
    worker: str | None = None

    def __post_init__(self) -> None:
        """Raises NotAPerson if the parts do not belong together."""
        if self.sites is not None:
            if not self.sites:
                raise NotAPerson(f"{self.role} has no site; name some, or say {ALL_SITES}")
            object.__setattr__(self, "sites", tuple(sorted({_code(site, "site") for site in self.sites})))
        for name, value, of in (("agency", self.agency, Role.MANAGER), ("worker", self.worker, Role.KEY_WORKER)):
            if (value is not None) is not (self.role is of):
                raise NotAPerson(
                    f"{self.role} {'has no' if value is not None else 'needs its'} {name}; only {of} has one"
                )
            if value is not None:
                _code(value, name)

    @classmethod
    def parse(cls, text: str) -> "Grant":
        """A grant as it is typed: `ROLE:SITES`, then `:AGENCY` or `:WORKER` for a manager or a key worker.

        For example `coordinator:north,south`, `key_worker:north:w00012`, `manager:all:health`. Raises NotAPerson.
        """
        role, *rest = text.split(":")
        if not 1 <= len(rest) <= 2:  # noqa: PLR2004 - sites, and one thing more
            raise NotAPerson(f"{text!r} should be ROLE:SITES, like coordinator:north,south or key_worker:north:w00012")
        sites = None if rest[0] == ALL_SITES else tuple(rest[0].split(","))
        return cls.of(role, sites, rest[1] if rest[1:] else None)

    @classmethod
    def of(cls, role: str, sites: Iterable[str] | None, more: str | None = None) -> "Grant":
        """A grant of a role by its name; `more` is a manager's agency or a key worker's worker id."""
        if role not in set(Role):
            raise NotAPerson(f"{role!r} is no role; the roles are {', '.join(Role)}")
        name = "worker" if role == Role.KEY_WORKER else "agency"
        return cls(Role(role), None if sites is None else tuple(sites), **{name: more})

    def __str__(self) -> str:
        more = self.agency or self.worker
        return f"{self.role}:{ALL_SITES if self.sites is None else ','.join(self.sites)}{f':{more}' if more else ''}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. The pseudonym is what events say of them; the name is only shown."""

    pseudonym: str
    name: str
    grants: tuple[Grant, ...]

    def __post_init__(self) -> None:
        """Raises NotAPerson if the pseudonym or the name cannot be, or nothing is granted."""
        _code(self.pseudonym, "pseudonym")
        if not (0 < len(self.name) <= NAME_CHARACTERS and self.name.isprintable() and self.name.strip() == self.name):
            raise NotAPerson(f"a name should be 1 to {NAME_CHARACTERS} printable characters, without spaces around it")
        if not self.grants:
            raise NotAPerson("nothing is granted; a person has one role or more")

    def as_json(self) -> dict[str, Any]:
        """As `from_json` reads it."""
        return {"pseudonym": self.pseudonym, "name": self.name, "grants": [str(grant) for grant in self.grants]}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> "Person":
        """A person as it was saved."""
        return cls(saved["pseudonym"], saved["name"], tuple(Grant.parse(grant) for grant in saved["grants"]))


def _code(text: str, what: str) -> str:
    if not CODE.fullmatch(text):
        raise NotAPerson(f"the {what} {text!r} should be 1 to 64 letters, digits, dots, underscores or hyphens")
    if what == "site" and text == ALL_SITES:
        raise NotAPerson(f"{ALL_SITES} stands alone")
    return text
