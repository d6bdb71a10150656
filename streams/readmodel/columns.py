"""Columns that are computed before a record is stored, so that an index answers a question. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.subject_name import SubjectName
from projections.rules import ALL, advocacy_conflict
from projections.views.freshness import ASK_FOR_CONTACT, depends_on
from projections.watch.hearing import Heard

RULES = tuple(rule.name for rule in ALL)
_ORDER = {name: index for index, name in enumerate(RULES)}
MEANING = (*RULES, *sorted(ASK_FOR_CONTACT))
"""What the columns depend on besides the records. When it changes, the read model is made again."""


def place(severity: str, rule: str) -> int:
    """Where an alert stands in the feed: red before amber, then in the order of the rules.

    Example: the third rule has the place 2 when it is red. With ten rules it has the place 12 when it is amber.
    """
    return _ORDER[rule] + (0 if severity == "red" else len(RULES))


def at_place(number: int) -> tuple[str, str]:
    """The severity and the rule of a place in the feed."""
    amber, index = divmod(number, len(RULES))
    return "amber" if amber else "red", RULES[index]


def reliance(site: str, source: str) -> str:
    """One text for a site and a source. A site's name has no space."""
    return f"{site} {source}"


def relies_on(name: str, site: str | None, heard: dict[str, Heard]) -> str | None:
    """The site and the source on which a family's contacts and liaison rely, as one text.

    None for a family with several sources or none, and for other subjects.
    """
    source = depends_on(heard) if site and SubjectName(name).kind == "family" else None
    return reliance(site, source) if site and source else None


def against(rule: str, discriminator: str, reasons: Iterable[Mapping[str, Any]]) -> str | None:
    """The agency that an alert about a conflict of interest names, by its reasons; None for another alert.

    Each of a family's alerts of this rule has the reasons of all of them; its own names the event that tells it apart.
    """
    if rule != advocacy_conflict.RULE.name:
        return None
    conflicts = (each for each in reasons if each.get("code") == advocacy_conflict.Conflict.code)
    return next((str(each["not_to"]) for each in conflicts if each["event"] == discriminator), None)
