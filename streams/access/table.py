"""The one table of who may do what to what. Source: CONTRACT, *People and machines*. Pure.

Read TABLE like the contract's: a line for each row, a cell for each role that is granted something, and in the cell to
which things it reaches. What stands in no cell is refused. A role reaches no further than its sites: an auditor's "all"
is all of them, and everything for an auditor of all sites. Machines have no role here: they show a token.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache

from events.catalogue import TYPES
from streams.access.sees import ANY, Reach, Sees
from streams.access.sources import source_of
from streams.access.thing import Thing, account
from streams.identity.person import Grant, Person, Role


class Action(StrEnum):
    """What somebody may do."""

    SEE = "see"
    """An alert, a page, a timeline, an explanation."""
    SEE_AS_IT_WAS = "see-as-it-was"
    ATTEND = "attend"
    """Acknowledge, snooze, assign, and undo one's own."""
    RECORD = "record"
    """An event of a type: `may(person, Action.RECORD, thing, "contact.recorded")`, asked of each subject it names."""
    MEND = "mend"
    """Correct or void an event."""
    REPORT = "report"
    """See the figures of a site, or of ALL_TOGETHER."""
    READ = "read"
    """The POLICY, or an account."""
    PUBLISH = "publish"
    """Try and publish the POLICY."""
    COUNT = "count"
    """See how many records and subjects the SERVICE has trouble with."""
    INSPECT = "inspect"
    """See which they are, with place, reason and field."""
    INSPECT_RECORDS = "inspect-records"
    """See what stands in a refused record."""
    REPAIR = "repair"
    """Unpark, release."""
    MANAGE = "manage"
    """An account: add, change, disable."""
    WHO_LOOKED = "who-looked"
    """See who looked at a subject's pages."""


Cell = Callable[[Person, Grant], Reach]
"""To which things a role reaches in a row."""


def _all(_person: Person, _grant: Grant) -> Reach:
    return ANY


def _own_sites(_person: Person, grant: Grant) -> Reach:
    return Reach(sites=grant.sites)


def _own_agency(_person: Person, grant: Grant) -> Reach:
    """Workers of their agency at their sites."""
    return Reach(sites=grant.sites, agency=grant.agency)


def _own(_person: Person, grant: Grant) -> Reach:
    """Families whose key worker they are today, or for whom they cover today; themselves. At whichever site."""
    return Reach(worker=grant.worker)


def _own_record(person: Person, _grant: Grant) -> Reach:
    return Reach(source=source_of(person))


def _not_themselves(person: Person, _grant: Grant) -> Reach:
    return Reach(but=account(person.pseudonym).name)


C, K, M, A, O = Role.COORDINATOR, Role.KEY_WORKER, Role.MANAGER, Role.AUDITOR, Role.OPERATOR  # noqa: E741 - columns
CONTACTS = frozenset(name for name, row in TYPES.items() if row.topic in {"contact", "liaison"})
"""Contact, liaison, view, plan and review, conflicts of interest: what concerns one family."""
HOUSEKEEPING = frozenset(
    name for name, row in TYPES.items() if row.topic in {"cover", "time", "practice", "roster", "service"}
)
"""Absence, cover, week, supervision, training, roster, meetings, actions."""
OWN_TIME = frozenset({"absence.started", "absence.ended", "week.recorded"})
MEETINGS = frozenset({"meeting.held", "action.agreed", "action.done"})

Row = Mapping[Role, Cell]
TABLE: dict[tuple[Action, str], Row] = {
    (Action.SEE, "family"): {C: _own_sites, K: _own, A: _own_sites},
    (Action.SEE, "worker"): {C: _own_sites, K: _own, M: _own_agency, A: _own_sites},
    (Action.SEE, "site"): {C: _own_sites, M: _own_sites, A: _own_sites},
    (Action.SEE_AS_IT_WAS, "family"): {C: _own_sites, A: _own_sites},
    (Action.SEE_AS_IT_WAS, "worker"): {C: _own_sites, A: _own_sites},
    (Action.SEE_AS_IT_WAS, "site"): {C: _own_sites, A: _own_sites},
    (Action.ATTEND, "family"): {C: _own_sites, K: _own},
    (Action.ATTEND, "worker"): {C: _own_sites},
    (Action.ATTEND, "site"): {C: _own_sites, M: _own_sites},
    (Action.MEND, "family"): {C: _own_sites, K: _own_record, M: _own_record},
    (Action.MEND, "worker"): {C: _own_sites, K: _own_record, M: _own_record},
    (Action.MEND, "site"): {C: _own_sites, K: _own_record, M: _own_record},
    (Action.REPORT, "site"): {C: _own_sites, M: _own_sites, A: _own_sites},
    (Action.REPORT, "all-sites"): {C: _all, M: _all, A: _all},
    (Action.READ, "policy"): {C: _all, K: _all, M: _all, A: _all, O: _all},
    (Action.PUBLISH, "policy"): {O: _all},
    (Action.COUNT, "service"): {C: _all, A: _all, O: _all},
    (Action.INSPECT, "service"): {A: _all, O: _all},
    (Action.INSPECT_RECORDS, "service"): {A: _all},
    (Action.REPAIR, "service"): {O: _all},
    (Action.READ, "account"): {A: _all, O: _all},
    (Action.MANAGE, "account"): {O: _not_themselves},
    (Action.WHO_LOOKED, "family"): {A: _own_sites},
    (Action.WHO_LOOKED, "worker"): {K: _own, A: _own_sites},
    (Action.WHO_LOOKED, "site"): {A: _own_sites},
}
RECORDED: tuple[tuple[frozenset[str], frozenset[str], Row], ...] = (
    (CONTACTS, frozenset({"family", "worker"}), {C: _own_sites, K: _own}),
    (HOUSEKEEPING, frozenset({"family", "worker", "site"}), {C: _own_sites}),
    (OWN_TIME, frozenset({"worker"}), {K: _own}),
    (MEETINGS, frozenset({"site"}), {M: _own_sites}),
)
"""The rows of RECORD: types of events, the kinds of their subjects, who records them.

An event is recorded by whom may record it for each subject that it names. So a key worker records as themselves alone,
and a coordinator for workers of their sites.
"""


def sees(person: Person) -> Sees:
    """What a person sees: alerts, pages, whatever is listed or counted."""
    return _sees(person)


@lru_cache(maxsize=1_000)
def _sees(person: Person) -> Sees:
    family, worker, site = (
        frozenset(_reaches(person, TABLE[Action.SEE, kind])) for kind in ("family", "worker", "site")
    )
    return Sees(family, worker, site, _never_against(person))


def may(person: Person, action: Action, thing: Thing, type_: str | None = None) -> bool:
    """Whether a person may do something to a thing; `type_` is the type of the event for Action.RECORD.

    Nobody does anything about a conflict of interest that names an agency whose manager they are.
    """
    if action is Action.SEE:
        return sees(person).has(thing)
    if thing.against in _never_against(person):
        return False
    rows = _rows_of_recording(thing, type_) if action is Action.RECORD else [TABLE.get((action, thing.kind), {})]
    return any(reach.has(thing) for row in rows for reach in _reaches(person, row))


def families_shown(person: Person, thing: Thing) -> bool:
    """Whether the families that the page of a subject names are named to a person who sees it.

    To a manager a worker's page names none: it does to whoever sees the worker by another role.
    """
    if thing.kind != "worker":
        return True
    row = {role: cell for role, cell in TABLE[Action.SEE, "worker"].items() if role is not M}
    return any(reach.has(thing) for reach in _reaches(person, row))


def _never_against(person: Person) -> frozenset[str]:
    return frozenset(grant.agency for grant in person.grants if grant.role is M and grant.agency is not None)


def _rows_of_recording(thing: Thing, type_: str | None) -> list[Row]:
    return [row for types, kinds, row in RECORDED if type_ in types and thing.kind in kinds]


def _reaches(person: Person, row: Row) -> list[Reach]:
    return [row[grant.role](person, grant) for grant in person.grants if grant.role in row]
