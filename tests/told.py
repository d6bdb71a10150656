"""What is said of the alerts of a small history, for the tests of headlines."""

from collections.abc import Callable, Iterable
from typing import Any

from events.instants import Day, moment, zone
from projections.policy import Policies, Policy
from projections.reasoning.told import Told
from projections.views.headlines import headlines
from projections.watch.world import World
from tests.events import Json, contact, event, liaison
from tests.oracle.compare import read

LONDON = zone("Europe/London")
KEY_WORKER = "w00011"


def told(
    events: Iterable[Json],
    subject: str,
    on: str,
    due: Callable[[str], Day | None] = lambda _family: None,
    **parameters: Any,  # noqa: ANN401 - of the policy
) -> dict[tuple[str, str], Told]:
    """By rule and discriminator the words of a subject's alerts at the end of a day, all that happens being known."""
    policy = Policy(parameters)
    world = World(Policies.one(policy))
    world.absorb(read(list(events), policy), judge=False)
    return headlines(world.subjects[subject], moment(on, LONDON), policy, due)


def said(events: Iterable[Json], subject: str, on: str, rule: str, **more: Any) -> Told:  # noqa: ANN401
    """The words of the one alert of a rule."""
    (found,) = (words for (name, _), words in told(events, subject, on, **more).items() if name == rule)
    return found


def start(on: str) -> list[Json]:
    """A family and a worker of one site, the worker being key worker from a day on."""
    return [
        event("family.registered", "rF", {"family": "F", "site": "S"}, on),
        event("worker.registered", "rW", {"worker": KEY_WORKER, "site": "S", "agency": "health"}, on),
        key_worker("F", on),
    ]


def key_worker(family: str, on: str) -> Json:
    """The worker becomes key worker of a family."""
    data = {"family": family, "worker": KEY_WORKER, "starts_on": on}
    return event("allocation.started", f"a{family}", data, on)


def called(on: str, worker: str = KEY_WORKER, **more: object) -> Json:
    """A contact of the worker with F that counts, unless it says otherwise."""
    return event("contact.recorded", f"c{on}{worker}", contact("F", worker, **more), on)


def liaised(on: str, **more: object) -> Json:
    """A liaison of the worker for F."""
    return event("liaison.recorded", f"l{on}", liaison("F", KEY_WORKER, **more), on)


def plan(on: str, **agreed: object) -> Json:
    """A contact plan for F from a day on."""
    return event("plan.agreed", f"plan{on}", {"family": "F", "starts_on": on, **agreed}, on)


def absence(kind: str, on: str, until: str | None = None) -> Json:
    """The worker is away from a day on; known on 1 March 2026."""
    data = {"worker": KEY_WORKER, "kind": kind, "starts_on": on, **({"expected_end": until} if until else {})}
    return event("absence.started", f"away{on}", data, "2026-03-01")


def week(number: int, hours: float, *lost_to: str) -> Json:
    """The worker's record of an ISO week of 2026, made in the next one."""
    data = {"worker": KEY_WORKER, "week": f"2026-W{number:02}", "hours_used": hours, "displaced_by": list(lost_to)}
    return event("week.recorded", f"week{number}", data, f"2026-{'03' if number < 14 else '04'}-30")
