"""What a form is about and what is known of it: who asks, what can be chosen, what is filled in to begin with. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from events.event import Key
from events.instants import NEVER_DAY, Day, Instant, Zone, format_day, format_week, parse_week
from events.subject_name import SubjectName
from projections.knowledge.facts import Fact
from projections.reasoning.phrases import long_date, long_day, words
from projections.views.open_now import OpenNow
from streams.access.thing import Thing
from streams.board.forms.field import YES, Asks, Field, Form, From, Option, Typed, coded
from streams.identity.person import Person, Role

WEEKS = 13
"""For how many weeks back hours can be recorded: a quarter of a year."""
DAYS_A_WEEK = 7
NOT_SIGNED = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form is about."""

    name: SubjectName
    person: Person
    as_worker: str | None
    """The only worker for whom the person may record; None: any."""
    zone: Zone
    present: Instant
    opens: OpenNow = OpenNow()  # noqa: RUF009 - it cannot be changed
    colleagues: tuple[str, ...] = ()
    """Workers of the site: they are suggested where a worker's id is asked for."""
    now_recorded: Mapping[str, Any] | None = None
    """In a correction the data that is recorded now."""
    named: tuple[Fact, ...] = ()
    """In a correction the event that the data names, open or not."""

    @property
    def today(self) -> Day:
        """The local day."""
        return self.zone.day_of(self.present)


def acts_as(person: Person, thing: Thing) -> str | None:
    """The only worker for whom a person may record; None for who may record for any worker of the site.

    Source: CONTRACT, *People and machines*: a coordinator "for any worker there", a key worker "as themselves".
    """
    workers = [grant.worker for grant in person.grants if grant.role is Role.KEY_WORKER and grant.worker is not None]
    anybody = any(
        grant.role is Role.COORDINATOR and (grant.sites is None or thing.site in grant.sites) for grant in person.grants
    )
    if anybody or not workers:
        return None
    theirs = (worker for worker in workers if worker in thing.carers or thing.name == f"worker/{worker}")
    return next(theirs, workers[0])


def options(form: Form, asked: Field, setting: Setting) -> list[Option]:
    """The answers that a field offers."""
    offers: dict[str, Callable[[], Iterable[Option]]] = {
        "plan": lambda: _events(setting, setting.opens.plans),
        "absence": lambda: _events(setting, setting.opens.absences),
        "cover": lambda: _events(setting, setting.opens.covers),
        "appointment": lambda: _events(setting, setting.opens.appointments),
        "seat": lambda: _events(setting, setting.opens.seats),
        "action": lambda: _events(setting, setting.opens.actions),
        "families": lambda: _families(setting),
        "week": lambda: _weeks(setting),
        "signed_off_by": lambda: _signatures(setting),
    }
    return list(offers[asked.name]()) if asked.name in offers else coded(form, asked)


def began(form: Form, setting: Setting) -> Typed:
    """What a form has filled in when it is opened: in a correction what is recorded now."""
    if setting.now_recorded is not None:
        data = setting.now_recorded
        return {each.name: _as_typed(each, data[each.name], setting) for each in form.fields if each.name in data}
    return {each.name: _start(form, each, setting) for each in form.fields}


def _start(form: Form, asked: Field, setting: Setting) -> list[str]:
    if not isinstance(asked.start, From):
        return list(asked.start)
    today = format_day(setting.today)
    absences = setting.opens.absences
    starts: dict[From, Callable[[], list[str]]] = {
        From.TODAY: lambda: [today],
        From.KEY_WORKER: lambda: list(_who_works(setting.opens)[:1]),
        From.FIRST: lambda: [option.value for option in options(form, asked, setting)[:1]],
        From.ABSENCE: lambda: [max(today, str(absences[0].data["starts_on"])) if absences else today],
    }
    return starts[asked.start]()


def _who_works(opens: OpenNow) -> tuple[str, ...]:
    """Who is with a family now: who covers for its only key worker, else its key workers."""
    return opens.covering if opens.covering and len(opens.key_workers) == 1 else opens.key_workers


def _as_typed(asked: Field, value: Any, setting: Setting) -> list[str]:  # noqa: ANN401 - any JSON
    """A value of the data as the form would have it typed."""
    if asked.asks is Asks.YES:
        return [YES] if value else []
    if asked.asks is Asks.IDS:
        return [", ".join(value)]
    if isinstance(value, list):
        return [str(each) for each in value]
    if asked.name in REFS:
        return [fact.label for fact in setting.named]
    return [str(value)]


REFS = frozenset({"plan", "absence", "cover", "appointment", "seat", "action"})
"""The fields that name another event."""


def _events(setting: Setting, facts: Iterable[Fact]) -> Iterator[Option]:
    found: dict[Key, Fact] = {fact.key: fact for fact in (*facts, *setting.named)}
    for key, fact in found.items():
        yield Option(fact.label, describe(fact), key)


def describe(fact: Fact) -> str:
    """A plan, an absence, an action … in words: "Sickness from 2 September 2026, back on 9 September 2026"."""
    data = fact.data
    if fact.event.name == "action.agreed":
        return f"Action agreed on {long_day(fact.day)}, due on {long_date(data['due_on'])}"
    said = "Contact plan"
    if fact.event.name == "absence.started":
        said = words(data["kind"]).capitalize()
    elif fact.event.name == "cover.assigned":
        said = f"Cover by {data['covering_worker']}"
    elif fact.event.name == "coordinator.appointed":
        said = "Coordinator"
    elif fact.event.name == "seat.filled":
        said = words(data["agency"]).capitalize()
    said += f" from {long_date(data['starts_on'])}"
    if "expected_end" in data:
        said += f", expected back on {long_date(data['expected_end'])}"
    if "interval_working_days" in data:
        said += f", every {data['interval_working_days']} working days"
    return said + (f", until {long_date(data['ends_on'])}" if "ends_on" in data else "")


def _families(setting: Setting) -> Iterator[Option]:
    recorded = (setting.now_recorded or {}).get("families", ())
    for family in sorted({*setting.opens.families, *recorded}):
        yield Option(family, f"Family {family}")


def _weeks(setting: Setting) -> Iterator[Option]:
    """The last weeks, the one that ended last first; then the present one."""
    monday = setting.today - (setting.today - 1) % DAYS_A_WEEK  # the first day that there is was a Monday
    weeks = [format_week(monday - back * DAYS_A_WEEK) for back in (*range(1, WEEKS + 1), 0)]
    recorded = (setting.now_recorded or {}).get("week")
    for week in weeks if recorded is None or recorded in weeks else [recorded, *weeks]:
        first = parse_week(week)
        yield Option(week, f"{long_day(first)} to {long_day(min(first + DAYS_A_WEEK - 1, NEVER_DAY))}")


def _signatures(setting: Setting) -> Iterator[Option]:
    yield Option(NOT_SIGNED, "Not signed off")
    recorded = (setting.now_recorded or {}).get("signed_off_by")
    if recorded and recorded != setting.person.pseudonym:
        yield Option(recorded, f"Signed off by {recorded}")
    if setting.as_worker is None:
        yield Option(setting.person.pseudonym, "Signed off by you")
