"""Which of the open alerts are asked for, how many there are, and which page of them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, get_args
from urllib.parse import urlencode

from events.instants import Day, Zone, parse_day
from events.types.fields import Agency
from projections.reasoning.phrases import long_day, words
from projections.rules import BY_NAME
from streams.readmodel.asked import Asked
from streams.readmodel.queries import Count

PAGE_ALERTS = 50
SEVERITIES = ("red", "amber")
AGENCIES = get_args(Agency)
ATTENTIONS = ("new", "acknowledged", "snoozed")
ME, NOBODY = "me", "nobody"
"""What stands for the person who asks, and for no person, among those to whom alerts are assigned."""
YESTERDAY = "yesterday"
FIELDS = ("site", "rule", "severity", "attention", "assigned", "agency", "since")
CHIPS = {
    "site": "Site",
    "rule": "Rule",
    "severity": "Severity",
    "attention": "Attention",
    "assigned": "Assigned to",
    "agency": "Agency",
    "since": "New since",
}


class View(NamedTuple):
    """One of the desk's views: its address, its title, and the kind of subject that its lines are about, if any."""

    path: str
    title: str
    kind: str | None = None
    mine: bool = False
    """Only what nobody has attended to and is mine, or nobody's."""


TO_DO = View("/", "To do", mine=True)
BY_FAMILY = View("/families", "By family", "family")
BY_WORKER = View("/workers", "By worker", "worker")
EVERYTHING = View("/all", "All")
VIEWS = (TO_DO, BY_FAMILY, BY_WORKER, EVERYTHING)


class Asking(NamedTuple):
    """Who asks, and when: the pseudonym, the day here, and the zone in which days are meant."""

    me: str
    today: Day
    zone: Zone


class Page(NamedTuple):
    """A page of a list: its number from 1, how many pages there are, and the number of its first line from 0."""

    number: int
    pages: int
    first: int

    @classmethod
    def of(cls, number: int, lines: int) -> "Page":
        """A page by its number; the last one for a number beyond it."""
        pages = max(1, -(-lines // PAGE_ALERTS))
        number = min(number, pages)
        return cls(number, pages, (number - 1) * PAGE_ALERTS)


class Chip(NamedTuple):
    """A filter that is in use, in words, and the address of the list without it."""

    field: str
    words: str
    without: str


class Query(NamedTuple):
    """What the address of a view asks for.

    `said` has the filters as the address has them. `nothing`: a code that there is none of. `problem`: what is wrong
    with the date.
    """

    view: View
    asked: Asked
    said: dict[str, str]
    page: int
    nothing: bool
    problem: str | None

    @classmethod
    def of(cls, view: View, parameters: Mapping[str, str], asking: Asking) -> "Query":
        """From the parameters of an address. An empty one is none; a page that is no number is the first."""
        said = {name: text for name in FIELDS if (text := parameters.get(name, "").strip())}
        attention, assigned = _wanted(said, "attention"), _wanted(said, "assigned", {ME: asking.me, NOBODY: ""})
        if view.mine:
            attention, assigned = _both(attention, ("new",)), _both(assigned, ("", asking.me))
        codes = {"rule": BY_NAME, "severity": SEVERITIES, "attention": ATTENTIONS, "agency": AGENCIES}
        nothing = any(name in said and said[name] not in known for name, known in codes.items())
        raised_from, problem = None, None
        if "since" in said:
            try:
                raised_from = asking.zone.midnight(_day(said["since"], asking.today))
            except ValueError as error:
                problem = f"The date {error}."
        site, rule, severity, agency = (said.get(name) for name in ("site", "rule", "severity", "agency"))
        asked = Asked(site, rule, severity, attention, assigned, agency, raised_from, view.kind)
        return cls(view, asked, said, page_number(parameters), nothing, problem)

    @property
    def filtered(self) -> bool:
        """Whether it asks for less than its view."""
        return bool(self.said)

    def address(self, page: int = 1, view: View | None = None, **instead: str) -> str:
        """The address of another page of the same list, or of the same filters elsewhere, or with others."""
        said = {**self.said, **instead}
        if page > 1:
            said["page"] = str(page)
        return (view or self.view).path + (f"?{urlencode(said)}" if said else "")

    def without(self, name: str) -> str:
        """The address of the list without one of its filters."""
        return self._replace(said={each: text for each, text in self.said.items() if each != name}).address()

    def chips(self, asking: Asking) -> list[Chip]:
        """The filters that are in use."""
        return [Chip(name, f"{CHIPS[name]}: {self._words(name, asking)}", self.without(name)) for name in self.said]

    def _words(self, name: str, asking: Asking) -> str:
        text = self.said[name]
        if name == "rule" and text in BY_NAME:
            return BY_NAME[text].title
        if name == "since":
            return text if self.problem else long_day(_day(text, asking.today))
        return text if name == "assigned" else words(text)


def page_number(parameters: Mapping[str, str]) -> int:
    """The number of the page that an address asks for; the first for one that is none."""
    number = parameters.get("page", "")
    return max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 10 else 1  # noqa: PLR2004


def _wanted(said: Mapping[str, str], name: str, means: Mapping[str, str] | None = None) -> tuple[str, ...] | None:
    return ((means or {}).get(said[name], said[name]),) if name in said else None


def _both(wanted: tuple[str, ...] | None, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """What is both wanted and allowed."""
    return allowed if wanted is None else tuple(each for each in wanted if each in allowed)


def _day(text: str, today: Day) -> Day:
    """A day by its date, or yesterday. Raises ValueError."""
    return today - 1 if text == YESTERDAY else parse_day(text)


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
