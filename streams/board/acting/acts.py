"""Does what is asked about alerts: publishes the events, and waits until the read model shows what came of them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy.engine import Connection, Engine, RowMapping

from events.instants import Instant
from projections.knowledge.calendar import threshold
from projections.parameters import ACK_LAPSES, SNOOZE_MAX
from streams.access.table import Action, may
from streams.board.acting.arrivals import Arrivals
from streams.board.acting.asked import Asked, Bounds, What
from streams.board.acting.deeds import Said, events_of
from streams.board.acting.presses import Press, Presses, press_of
from streams.board.broker import Broker
from streams.board.in_force import InForce
from streams.board.seen import today
from streams.identity.digests import new_secret
from streams.identity.names import Names
from streams.identity.person import Person
from streams.readmodel import queries
from streams.readmodel.acts import acts_of, can_undo
from streams.readmodel.things import things_of_alerts

PATIENCE_SECONDS = 2.0
"""So long a page waits for what was done to be shown; then it says that it was sent."""


class NotThere(LookupError):
    """An alert that is not known, or about which the person may do nothing: the answer is the same."""


class Outcome(NamedTuple):
    """What became of a press, alert by alert."""

    press: Press
    done: list[RowMapping]
    """Shown in the read model."""
    so_already: list[RowMapping]
    """Nothing had to be done: it was so before, or for an undo somebody else acted since."""
    closed: list[RowMapping]
    """Closed before it was done."""
    pending: list[RowMapping]
    """Sent, and not shown yet."""


class Acts:
    """The service behind the form."""

    def __init__(self, engine: Engine, broker: Broker, in_force: InForce, names: Names) -> None:
        self._engine, self._broker, self._in_force, self._names = engine, broker, in_force, names
        self._presses = Presses(engine)
        self.arrivals = Arrivals()

    def alerts(self, connection: Connection, ids: Iterable[str], person: Person) -> list[RowMapping]:
        """Alerts, open or closed, in the order asked for. Raises NotThere."""
        ids = list(ids)
        known = queries.alerts_by_id(connection, ids)
        if any(id_ not in known for id_ in ids):
            raise NotThere
        rows = [known[id_] for id_ in ids]
        if not all(may(person, Action.ATTEND, thing) for thing in things_of_alerts(connection, rows, today())):
            raise NotThere
        return rows

    def bounds(self, alerts: Iterable[RowMapping], at: Instant) -> Bounds:
        """The days that can be said about some alerts at an instant."""
        policies = [self._in_force.policies.at(at).of(site) for site in {alert["site"] for alert in alerts}]
        days = [(policy, policy.zone.day_of(at)) for policy in policies]
        return Bounds(
            max(today for _, today in days),
            min(threshold(policy.calendar, today, policy[SNOOZE_MAX]) - 1 for policy, today in days),
            min(threshold(policy.calendar, today, policy[ACK_LAPSES]) - 1 for policy, today in days),
        )

    def colleagues(self, connection: Connection, alerts: Iterable[RowMapping], person: Person) -> dict[str, str]:
        """Who can be given all of some alerts: by pseudonym the name, the person first."""
        things = set(things_of_alerts(connection, alerts, today()))
        others = (each for each in self._names.people() if all(may(each, Action.SEE, thing) for thing in things))
        return {person.pseudonym: person.name, **{each.pseudonym: each.name for each in others}}

    def pressed(
        self, connection: Connection, asked: Asked, alerts: Iterable[RowMapping], person: Person
    ) -> Press | None:
        """The press that the same form made already. None for a new one, and for one that was undone since."""
        press = press_of(connection, asked.key, person.pseudonym)
        if press is None:
            return None
        told = queries.told_of(connection, press.awaited)
        return press if all(_stands(press, alert, told, person) for alert in alerts) else None

    def do(self, asked: Asked, alerts: Iterable[RowMapping], person: Person, at: Instant) -> Press:
        """Does what is asked about those of the alerts that are open. Raises PublishError."""
        with self._engine.connect() as connection:
            before = press_of(connection, asked.key, person.pseudonym)
        if before is not None:  # undone since, and asked for once more
            asked = replace(asked, once=new_secret())
        said = {alert["id"]: self._events(asked, alert, person, at) for alert in alerts}
        labels = {alert: tuple(event.label for event, _ in events) for alert, events in said.items()}
        press = Press(asked.key, person.pseudonym, asked.what, asked.details.get("to", ""), labels)
        with self.arrivals.expecting(press.awaited) as awaited:
            self._broker.publish_all([each for events in said.values() for each in events])
            self._presses.note(press)  # not before, else a crash in between would leave it undone for ever
            awaited.wait(PATIENCE_SECONDS)
        return press

    def await_again(self, press: Press) -> None:
        """Waits once more for what was sent by a press."""
        with self.arrivals.expecting(press.awaited) as awaited:
            with self._engine.connect() as connection:
                awaited.take(queries.told_of(connection, press.awaited))
            awaited.wait(PATIENCE_SECONDS)

    def outcome(self, connection: Connection, key: str, person: Person) -> Outcome | None:
        """What became of a press of a person, as far as it is known (any more)."""
        press = press_of(connection, key, person.pseudonym)
        if press is None:
            return None
        rows = queries.alerts_by_id(connection, press.events)
        told = queries.told_of(connection, press.awaited)
        found = Outcome(press, [], [], [], [])
        for alert, events in press.events.items():
            if alert in rows:
                _list_of(found, rows[alert], events, told).append(rows[alert])
        return found

    def _events(self, asked: Asked, alert: RowMapping, person: Person, at: Instant) -> list[Said]:
        zone = self._in_force.policies.at(at).of(alert["site"]).zone
        return events_of(asked, alert, person, at, zone) if alert["open"] else []


def _stands(press: Press, alert: RowMapping, told: set[str], person: Person) -> bool:
    """Whether what a press did about an alert was not undone since, or, for an undo, not done again."""
    if press.what is What.UNDO:
        return not can_undo(alert, person)
    acts = {act.event for act in acts_of(alert)}
    return not alert["open"] or all(event in acts for event in press.events[alert["id"]] if event in told)


def _list_of(outcome: Outcome, alert: RowMapping, events: tuple[str, ...], told: set[str]) -> list[RowMapping]:
    if events and told.issuperset(events):
        return outcome.done
    if not alert["open"]:
        return outcome.closed
    return outcome.pending if events else outcome.so_already
