"""What somebody may see, as a small value: a single thing is asked of it, and a list is filtered by it. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from streams.access.thing import Thing


class Reach(NamedTuple):
    """Some things of a kind. None of a field: any.

    For example those at the sites `("north",)` that are of the agency `health`.
    """

    sites: tuple[str, ...] | None = None
    agency: str | None = None
    worker: str | None = None
    """Families that this worker cares for today, and the worker."""
    source: str | None = None
    """Events that this source recorded."""
    but: str | None = None
    """Everything but the thing of this name."""

    def has(self, thing: Thing) -> bool:
        """Whether a thing is among them."""
        return (
            (self.sites is None or thing.site in self.sites)
            and (self.agency is None or thing.agency == self.agency)
            and (self.worker is None or thing.is_of(self.worker))
            and (self.source is None or thing.source == self.source)
            and thing.name != self.but
        )


ANY = Reach()


class Sees(NamedTuple):
    """What a person sees: by kind of subject which of them, and what is kept from them in any case."""

    family: frozenset[Reach] = frozenset()
    worker: frozenset[Reach] = frozenset()
    site: frozenset[Reach] = frozenset()
    """Sites, and what is listed by site: silent sources, imports."""
    never_against: frozenset[str] = frozenset()
    """Agencies: a conflict of interest that names one is not for this person, whatever else is granted."""

    def reaches(self) -> Iterator[tuple[str, frozenset[Reach]]]:
        """By kind of subject which of them."""
        yield from (("family", self.family), ("worker", self.worker), ("site", self.site))

    @property
    def everything(self) -> bool:
        """Whether nothing is kept from the person."""
        return not self.never_against and all(ANY in reaches for _, reaches in self.reaches())

    @property
    def nothing(self) -> bool:
        """Whether there is no subject for the person at all."""
        return not any(reaches for _, reaches in self.reaches())

    @property
    def sites(self) -> tuple[str, ...] | None:
        """The sites whose silent sources, imports and figures are for the person, in order; None: of all sites."""
        found = _sites_of(self.site)
        return None if found is None else tuple(sorted(found))

    @property
    def listed_sites(self) -> frozenset[str] | None:
        """The sites of which something may be listed for the person; None: all sites."""
        return _sites_of(self.family | self.worker | self.site)

    def has(self, thing: Thing) -> bool:
        """Whether a subject, or what is of one, is seen."""
        reaches = dict(self.reaches()).get(thing.kind, frozenset())
        return thing.against not in self.never_against and any(reach.has(thing) for reach in reaches)


def _sites_of(reaches: frozenset[Reach]) -> frozenset[str] | None:
    """The sites that some reaches name; None if one of them is of any site."""
    named = [reach.sites for reach in reaches]
    return None if None in named else frozenset(site for each in named for site in each or ())
