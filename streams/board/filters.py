"""Which of the shown alerts are asked for, how many there are, and which page of them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from projections.rules import BY_NAME
from streams.readmodel.queries import Asked, Count

PAGE_ALERTS = 50
SEVERITIES = ("red", "amber")


class Page(NamedTuple):
    """A page of a list: its number from 1, how many pages there are, and the number of its first alert from 0."""

    number: int
    pages: int
    first: int


class Query(NamedTuple):
    """What the address of the feed asks for. `nothing`: a rule or a severity that there is none of."""

    asked: Asked
    page: int
    nothing: bool

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "Query":
        """From the parameters of an address. An empty one is none; a page that is no number is the first."""
        site, rule, severity = (parameters.get(name, "").strip() or None for name in Asked._fields)
        nothing = (rule is not None and rule not in BY_NAME) or (severity is not None and severity not in SEVERITIES)
        number = parameters.get("page", "")
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1  # noqa: PLR2004
        return cls(Asked(site, rule, severity), max(page, 1), nothing)

    @property
    def filtered(self) -> bool:
        """Whether it asks for less than all."""
        return self.asked != Asked()

    def address(self, page: int) -> str:
        """The address of another page of the same list."""
        said = {name: value for name, value in self.asked._asdict().items() if value is not None}
        if page > 1:
            said["page"] = str(page)
        return "/" + (f"?{urlencode(said)}" if said else "")


class Totals(NamedTuple):
    """How many alerts a query finds, on all its pages."""

    red: int
    amber: int
    by_rule: Counter[str]

    @property
    def alerts(self) -> int:
        """All of them."""
        return self.red + self.amber

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "Totals":
        """From the counts by severity and rule."""
        severities: Counter[str] = Counter()
        by_rule: Counter[str] = Counter()
        for count in counts:
            severities[count.severity] += count.alerts
            by_rule[count.rule] += count.alerts
        return cls(severities["red"], severities["amber"], by_rule)

    def page(self, number: int) -> Page:
        """A page by its number; the last one for a number beyond it."""
        pages = max(1, -(-self.alerts // PAGE_ALERTS))
        number = min(number, pages)
        return Page(number, pages, (number - 1) * PAGE_ALERTS)
