"""The time zones that have a name: those of the IANA database, the same on every machine."""

from functools import lru_cache
from importlib.resources import files

NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
"""Names that stand for whatever a machine has, or for nothing."""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The names of the IANA database, older ones too (`GB`), as the installed `tzdata` lists them."""
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split()) - NO_PLACE


def is_zone(name: str) -> bool:
    """Whether a name is one of the IANA database."""
    return name in zone_names()
