"""Who a provider's claims say it is, and what that person is granted here. Pure."""

from collections.abc import Mapping
from typing import Any

from streams.identity.person import CODE, NAME_CHARACTERS, Grant, NotAPerson, Person
from streams.identity.provider_file import ProviderSettings


class NotGranted(ValueError):
    """Who it is may not use this board; the message says why, without naming anybody."""


def person_of(claims: Mapping[str, Any], settings: ProviderSettings) -> Person:
    """The person, with a grant for each of the groups that the settings name. Raises NotGranted."""
    pseudonym = _claim(claims, settings.pseudonym)
    if not isinstance(pseudonym, str) or not CODE.fullmatch(pseudonym):
        raise NotGranted("the provider gives no pseudonym that can be written into records")
    groups = _claim(claims, settings.groups)
    listed = groups if isinstance(groups, list) else [groups]
    member = {each for each in listed if isinstance(each, str)}
    grants: list[Grant] = []
    for each in settings.grant:
        worker = _claim(claims, each.worker_claim) if each.worker_claim else None
        if each.group not in member or (each.worker_claim and not isinstance(worker, str)):
            continue
        try:
            grant = each.grant(worker)
        except NotAPerson:
            continue  # the worker id is none
        if grant not in grants:
            grants.append(grant)
    if not grants:
        raise NotGranted("no group of this account is granted anything here")
    name = _claim(claims, settings.name)
    try:
        return Person(pseudonym, name.strip()[:NAME_CHARACTERS].strip() if isinstance(name, str) else "", tuple(grants))
    except NotAPerson:
        return Person(pseudonym, pseudonym, tuple(grants))


def _claim(claims: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - whatever a provider says
    """A claim; dots lead into objects, unless a claim has that very name."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
