"""A slow, plain second reading of RULES, *Attention*: what people do about a subject's alerts, and what becomes of it.

Nothing is carried along. For each alert all that can change its attention is written down in order, from the first
turn to the last; every question walks that list from its start. To undo an action, the list is walked once more as if
the action were not on it.

It knows nothing of the rules: the alerts' own transitions are given to it, as `touchline replay` prints them. Instants
are aware datetimes in UTC, days are local dates.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays

Json = dict[str, Any]
DAY = timedelta(days=1)
SATURDAY = 5
NAMES = {"family", "worker", "workers", "covering_worker", "site"}
"""The names under which data names subjects."""
OPENING, CLOSING = {"raised", "reopened"}, {"cleared", "retracted"}
STANDING = {"acknowledged": "acknowledged", "snoozed": "snoozed"}
"""The actions that can stand, by the attention that each gives."""
OF_A_SPELL = {"revised", "eased"}
"""The transitions that can carry the `since` of another spell. (One that escalates ends what stands in any case.)"""


# -------------------------------------------------------------------------------------------------------------- policy
@cache
def bank_holidays(nation: str) -> frozenset[date]:
    """The bank holidays of a nation from 2020 to 2035."""
    part = {"england": "ENG", "wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}[nation]
    return frozenset(holidays.country_holidays("GB", subdiv=part, years=range(2020, 2036)).keys())


@dataclass(frozen=True)
class Policy:
    """One version of the policy, as far as attention asks for it. The first given holds for all time before too."""

    holds_from: datetime
    ack_lapses: int = 10
    snooze_max: int = 20
    unattended_days: int = 7
    timezone: str = "Europe/London"
    nation: str = "england"
    closures: frozenset[date] = frozenset()

    def midnight(self, day: date) -> datetime:
        """The first instant of a local date."""
        return datetime.combine(day, time(0), tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def date_of(self, instant: datetime) -> date:
        """The local date of an instant."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()

    def is_working_day(self, day: date) -> bool:
        """Whether the site works on a day."""
        return day.weekday() < SATURDAY and day not in bank_holidays(self.nation) and day not in self.closures

    def wd(self, after: date, before: date) -> int:
        """The number of working days w with after < w < before."""
        days = (after + n * DAY for n in range(1, (before - after).days))
        return sum(1 for day in days if self.is_working_day(day))

    def first_day(self, after: date, working_days: int) -> date:
        """The first day D with wd(after, D) >= working_days."""
        return _first_day(self, after, working_days)


@cache
def _first_day(policy: Policy, after: date, working_days: int) -> date:
    day = after
    while policy.wd(after, day) < working_days:
        day += DAY
    return day


# --------------------------------------------------------------------------------------------------------------- input
class Turn(NamedTuple):
    """What happens to a subject at one known instant: its alerts change first, then people's doings are taken.

    `changes` are the plain transitions, `doings` the actions and voids of actions, both as CloudEvents and in order.
    `excused` says that what closes in this turn closes because of a bereavement, a closing of the family, or the
    settling of an import. (That a policy closed it stands in the transition.)
    """

    at: datetime
    changes: tuple[Json, ...] = ()
    doings: tuple[Json, ...] = ()
    excused: bool = False


def instant_of(text: str) -> datetime:
    """An instant as written."""
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def written(instant: datetime) -> str:
    """An instant as output has it: in UTC, with microseconds only where it has them."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def kind_of(event: Json) -> str:
    """`raised` of `touchline.alert.raised.v1`."""
    return str(event["type"]).split(".")[2]


def known_of(event: Json) -> datetime:
    """The known instant of an event in a file that occurred at an instant."""
    return instant_of(event.get("knowntime") or event.get("recordedtime") or event["time"])


def turns_of_file(changes: Iterable[Json], doings: Iterable[Json], excused: Iterable[datetime] = ()) -> list[Turn]:
    """A file's turns: everything of one known instant together. Takes both in the order of their output or file."""
    changes, doings, excused = list(changes), list(doings), set(excused)
    instants = {instant_of(each["data"]["known"]) for each in changes} | {known_of(each) for each in doings}
    return [
        Turn(
            at,
            tuple(each for each in changes if instant_of(each["data"]["known"]) == at),
            tuple(each for each in doings if known_of(each) == at),
            at in excused,
        )
        for at in sorted(instants)
    ]


class Doing(NamedTuple):
    """An action, or a void, with the known instant of its turn."""

    at: datetime
    event: Json

    @property
    def kind(self) -> str:
        return kind_of(self.event)

    @property
    def data(self) -> Json:
        data: Json = self.event["data"]
        return data

    @property
    def key(self) -> tuple[str, str]:
        return self.event["source"], self.event["id"]

    @property
    def label(self) -> str:
        source, id_ = self.key
        return source + "#" + id_.replace("%", "%25").replace("#", "%23")

    @property
    def voids(self) -> tuple[str, str] | None:
        """What it voids, if it is a void of an action: such a one names its event and no subject in its data."""
        if self.kind != "voided" or not NAMES.isdisjoint(self.data):
            return None
        ref = self.data["event"]
        return (ref["source"], ref["id"]) if isinstance(ref, dict) else (self.event["source"], ref)

    def is_of(self, alert: str) -> bool:
        """Whether it is an action on an alert."""
        return "alert" in self.data and self.data["alert"].lower() == alert


def named_end(doing: Doing, policy: Policy) -> datetime | None:
    """The instant that an action itself names as its end, if it does.

    A snooze: its `until`. An acknowledgement: the midnight after its `expected_on`.
    """
    text = doing.data.get("until" if doing.kind == "snoozed" else "expected_on")
    if text is None:
        return None
    if "T" in text.upper():
        return instant_of(text)
    day = date.fromisoformat(text)
    return policy.midnight(day + DAY) if day < date.max else datetime.max.replace(tzinfo=UTC)


def end_of(doing: Doing, policy: Policy) -> datetime:
    """The instant at which what stands ends by time alone, as a version of the policy measures it."""
    most = policy.ack_lapses if doing.kind == "acknowledged" else policy.snooze_max
    longest = policy.midnight(policy.first_day(policy.date_of(doing.at), most))
    named = named_end(doing, policy)
    return longest if named is None else min(longest, named)


# --------------------------------------------------------------------------------------------------------- one alert
@dataclass(frozen=True)
class State:
    """How an alert is at an instant."""

    is_open: bool = False
    attention: str = "new"
    why: str | None = None
    stands: Doing | None = None
    assigned: Doing | None = None

    def new(self, why: str | None) -> "State":
        """Attention is new, and nothing stands."""
        return replace(self, attention="new", why=why, stands=None)


class Point(NamedTuple):
    """One thing that can change an alert's attention: a change, the end of what is due by then, or a doing."""

    at: datetime
    turn: int
    change: Json | None = None
    doing: Doing | None = None


class OneAlert:
    """The whole history of one alert, from the raising of it on."""

    def __init__(self, alert: str, turns: Sequence[Turn], policies: Sequence[Policy]) -> None:
        """Takes all turns of its subject, in order; those are among them at which anything can end by time alone."""
        self.id = alert
        self.turns = turns
        self.policies = policies
        self.points = list(self._points())
        self.effective = [self._has_effect(index) for index in range(len(self.points))]
        """Of each point whether it is an action that has effect when its turn comes."""
        self.undoes: list[int | None] = []
        """Of each point, if it is a void that undoes an action, the point of that action."""
        for index in range(len(self.points)):
            self.undoes.append(self._undone_by(index))
        self._states: dict[frozenset[int], list[State]] = {}

    def _points(self) -> Iterator[Point]:
        for index, turn in enumerate(self.turns):
            for change in turn.changes:
                if change["data"]["alert"] == self.id:
                    yield Point(turn.at, index, change=change)
            yield Point(turn.at, index)
            for event in turn.doings:
                doing = Doing(turn.at, event)
                if doing.is_of(self.id) or doing.voids is not None:
                    yield Point(turn.at, index, doing=doing)

    def policy(self, at: datetime) -> Policy:
        """The version that holds at a known instant."""
        return policy_at(self.policies, at)

    # ---- what has effect
    def was_open(self, index: int) -> bool:
        """Whether the alert is open when the turn of a point comes."""
        is_open = False
        for point in self.points[:index]:
            if point.change is not None and kind_of(point.change) in OPENING | CLOSING:
                is_open = kind_of(point.change) in OPENING
        return is_open

    def _has_effect(self, index: int) -> bool:
        doing = self.points[index].doing
        if doing is None or not doing.is_of(self.id) or not self.was_open(index):
            return False
        if any(before.doing is not None and before.doing.voids == doing.key for before in self.points[:index]):
            return False
        policy = self.policy(doing.at)
        if doing.kind == "acknowledged" and "expected_on" in doing.data:
            return date.fromisoformat(doing.data["expected_on"]) >= policy.date_of(doing.at)
        if doing.kind == "snoozed":
            named = named_end(doing, policy)
            return named is not None and named > doing.at
        return True

    def _undone_by(self, index: int) -> int | None:
        void = self.points[index].doing
        if void is None or void.voids is None or not self.was_open(index):
            return None
        for target in range(index):
            doing = self.points[target].doing
            if doing is None or doing.key != void.voids or not self.effective[target]:
                continue
            if not self._raised_between(target, index) and target not in self.undoes[:index]:
                return target
        return None

    def _raised_between(self, first: int, last: int) -> bool:
        """Whether it was raised anew in between: then what was done before was done about another alert."""
        changes = (point.change for point in self.points[first:last])
        return any(kind_of(change) == "raised" for change in changes if change is not None)

    # ---- the states
    def states(self, without: frozenset[int] = frozenset()) -> list[State]:
        """The state before the first point and after each, as if the actions at some points had not been."""
        if without not in self._states:
            states = [State()]
            for index in range(len(self.points)):
                states.append(self._after(index, states[-1], without))
            self._states[without] = states
        return self._states[without]

    def _after(self, index: int, before: State, without: frozenset[int]) -> State:
        point = self.points[index]
        if point.change is not None:
            return self._changed(point.change, before)
        if point.doing is None:
            is_over = before.stands is not None and end_of(before.stands, self.policy(point.at)) <= point.at
            return before.new("lapsed") if is_over else before
        if point.doing.voids is not None:
            return self._undone(index, before, without)
        return before if index in without else self._done(index, point.doing, before)

    def _undone(self, index: int, before: State, without: frozenset[int]) -> State:
        target = self.undoes[index]
        if target is None or target in without:
            return before
        after = self.states(without | {target})[index]
        if before.attention != "new" and after.attention == "new":
            return after.new("voided")
        return after

    def _done(self, index: int, doing: Doing, before: State) -> State:
        if not self.effective[index]:
            return before
        if doing.kind == "assigned":
            return replace(before, assigned=doing if doing.data["to"] else None)
        return replace(before, attention=STANDING[doing.kind], why=None, stands=doing)

    def _changed(self, change: Json, before: State) -> State:
        kind = kind_of(change)
        if kind == "raised":
            return State(is_open=True)
        if kind == "reopened":
            return replace(before.new(None), is_open=True)
        if kind in CLOSING:
            return replace(before.new(None), is_open=False)
        if before.stands is None:
            return before
        if kind == "escalated":
            return before.new("escalated")
        since = date.fromisoformat(change["data"]["since"])
        day = self.policy(instant_of(change["data"]["known"])).date_of(before.stands.at)
        return before.new("revised") if kind in OF_A_SPELL and since > day else before

    # ---- what is said of it
    def shown(self, state: State, policy: Policy) -> Json:
        """The fields of CONTRACT whose changes are published."""
        fields: Json = {"attention": state.attention}
        if state.why is not None:
            fields["why"] = state.why
        if state.stands is not None:
            data = state.stands.data
            fields |= {
                name: data[name] for name in ("by", "until", "reason", "expected_on", "case_ref") if name in data
            }
            fields["lapses_at"] = written(end_of(state.stands, policy))
        if state.assigned is not None:
            fields |= {"assigned_to": state.assigned.data["to"], "assigned_by": state.assigned.data["by"]}
        return fields

    def line(self, known: datetime) -> Json | None:
        """What a board line says of it at a known instant; None while it is closed."""
        state = self.states()[sum(1 for point in self.points if point.at <= known)]
        if not state.is_open:
            return None
        fields = self.shown(state, self.policy(known))
        return {name: fields.get(name) for name in ("attention", "why", "lapses_at", "assigned_to")}

    def history(self) -> list[Json]:
        """All its transitions in order: the given ones, closings marked where unattended, and those of attention."""
        told = []
        for index, point in enumerate(self.points):
            if point.change is not None:
                told.append(self._marked(index, point.change))
            fields = self._change_of_fields(index)
            if fields is not None:
                told.append(self._attended(index, fields))
        return told

    def _change_of_fields(self, index: int) -> Json | None:
        """The fields after a point if they are others than before, and the alert is open both before and after it."""
        point, before, after = self.points[index], self.states()[index], self.states()[index + 1]
        if not before.is_open or not after.is_open:
            return None
        policy = was_policy = self.policy(point.at)
        if point.change is None and point.doing is None:  # what is due: here a new policy measures anew
            was_policy = self.policy(self.turns[max(0, point.turn - 1)].at)
        elif before == after:
            return None
        fields = self.shown(after, policy)
        return fields if fields != self.shown(before, was_policy) else None

    def _attended(self, index: int, fields: Json) -> Json:
        point = self.points[index]
        data = [each.change["data"] for each in self.points[: index + 1] if each.change is not None][-1]
        names = ("alert", "rule", "subject", "family", "worker", "site", "discriminator")
        known = written(point.at)
        return {
            "type": "touchline.alert.attended.v1",
            "subject": data["subject"],
            "time": known,
            "data": {
                **{name: data[name] for name in names if name in data},
                **fields,
                "known": known,
                "cause": self._cause(point),
            },
        }

    def _cause(self, point: Point) -> str:
        if point.change is not None:
            return str(point.change["data"]["cause"])
        if point.doing is not None:
            return point.doing.label
        return "policy" if any(policy.holds_from == point.at for policy in self.policies[1:]) else "deadline"

    def _marked(self, index: int, change: Json) -> Json:
        return {**change, "data": {**change["data"], "unattended": True}} if self.is_unattended(index) else change

    # ---- came and went
    def is_unattended(self, index: int) -> bool:
        """Whether a point is a closing of the alert to which nobody ever attended."""
        point = self.points[index]
        if point.change is None or kind_of(point.change) not in CLOSING:
            return False
        if self.turns[point.turn].excused or point.change["data"]["cause"] == "policy":
            return False
        for earlier in range(index):
            before = self.points[earlier]
            if before.change is not None and kind_of(before.change) == "raised" and before.turn == point.turn:
                return False
            attends = before.doing is not None and before.doing.kind in STANDING and self.effective[earlier]
            if attends and not self._raised_between(earlier, index) and earlier not in self.undoes[:index]:
                return False
        return True

    def came_and_went(self, known: datetime) -> bool:
        """Whether the alert is listed as come and gone at a known instant, if its family is not bereaved then."""
        last = None
        for index, point in enumerate(self.points):
            if point.at <= known and point.change is not None and kind_of(point.change) in OPENING | CLOSING:
                last = index
        if last is None or not self.is_unattended(last):
            return False
        policy = self.policy(known)
        day = policy.date_of(self.points[last].at)
        return known < policy.midnight(day + DAY + policy.unattended_days * DAY)


def policy_at(policies: Sequence[Policy], at: datetime) -> Policy:
    """The version that holds at a known instant: the last whose instant has come, else the first."""
    return [policies[0], *(policy for policy in policies[1:] if policy.holds_from <= at)][-1]


# ----------------------------------------------------------------------------------------------------------- a subject
class Reading:
    """What becomes of the alerts of one subject."""

    def __init__(self, turns: Iterable[Turn], policies: Sequence[Policy] = ()) -> None:
        """Takes the subject's turns in order, and the versions of the policy from the first on."""
        self.policies = list(policies) or [Policy(datetime.min.replace(tzinfo=UTC))]
        self.turns = _with_ends(_once(turns), self.policies)
        ids = {change["data"]["alert"] for turn in self.turns for change in turn.changes}
        self.alerts = {each: OneAlert(each, self.turns, self.policies) for each in sorted(ids)}

    def transitions(self, alert: str) -> list[Json]:
        """All transitions of an alert in order, those of attention among them."""
        return self.alerts[alert].history()

    def attended(self, alert: str) -> list[Json]:
        """An alert's transitions of attention alone."""
        return [each for each in self.transitions(alert) if kind_of(each) == "attended"]

    def remarks(self) -> list[tuple[str, str]]:
        """`action-without-effect` with the label of each action that has none, in order."""
        found = []
        for turn in self.turns:
            for event in turn.doings:
                doing = Doing(turn.at, event)
                if "alert" in doing.data and not self._has_effect(doing):
                    found.append(("action-without-effect", doing.label))
        return found

    def _has_effect(self, doing: Doing) -> bool:
        alert = self.alerts.get(doing.data["alert"].lower())
        if alert is None:
            return False
        index = next(i for i, point in enumerate(alert.points) if point.doing is not None and point.doing == doing)
        return alert.effective[index]

    def attention(self, known: datetime) -> dict[str, Json]:
        """By id each alert that is open at a known instant, with what a board line says of it."""
        lines = {id_: alert.line(known) for id_, alert in self.alerts.items()}
        return {id_: line for id_, line in lines.items() if line is not None}

    def came_and_went(self, known: datetime, *, bereaved: bool = False) -> list[str]:
        """The alerts listed under *Came and went* at a known instant; `bereaved` says whether the family is so then."""
        if bereaved:
            return []
        return [id_ for id_, alert in self.alerts.items() if alert.came_and_went(known)]


def _once(turns: Iterable[Turn]) -> list[Turn]:
    """The turns with each doing once: of two with one source and id the first stands."""
    seen: set[tuple[str, str]] = set()
    once = []
    for turn in turns:
        doings = []
        for event in turn.doings:
            if (event["source"], event["id"]) not in seen:
                seen.add((event["source"], event["id"]))
                doings.append(event)
        once.append(turn._replace(doings=tuple(doings)))
    return once


def _with_ends(turns: list[Turn], policies: Sequence[Policy]) -> list[Turn]:
    """The turns with one more at each instant at which a policy takes effect, or anything can end by time alone."""
    standing = [Doing(turn.at, event) for turn in turns for event in turn.doings if kind_of(event) in STANDING]
    instants = {end_of(doing, policy) for doing in standing for policy in policies}
    instants |= {policy.holds_from for policy in policies[1:]}
    taken = {turn.at for turn in turns}
    return sorted([*turns, *(Turn(at) for at in instants - taken)], key=lambda turn: turn.at)
