"""The scenarios of `scenarios.md`, which a service manager can read, hold.

On the board, and folded from the transitions.
"""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from events.instants import FOREVER, moment, zone
from projections.policy import Policies, Policy
from projections.watch.world import World
from tests import events
from tests.events import Json, contact, liaison
from tests.oracle.compare import folded, ours, read

LONDON = zone("Europe/London")
PHRASES: list[tuple[str, str, Callable[..., Json]]] = [
    (r"(F) is registered at (\w)", "family.registered", lambda f, site: {"family": f, "site": site}),
    (
        r"(\w) is registered at (\w)",
        "worker.registered",
        lambda w, site: {"worker": w, "site": site, "agency": "health"},
    ),
    (
        r"(\w) becomes key worker of (\w) from (\S+)",
        "allocation.started",
        lambda w, f, day: {"family": f, "worker": w, "starts_on": day},
    ),
    (
        r"([WC]) telephones (the child of )?(\w): (\w+)(?:, entered on (\S+))?",
        "contact.recorded",
        lambda w, child, f, outcome, _entered: contact(
            f, w, outcome=outcome, participants=["child" if child else "parent"]
        ),
    ),
    (r"(\w) texts (\w): (\w+)", "contact.recorded", lambda w, f, outcome: contact(f, w, mode="text", outcome=outcome)),
    (
        r"somebody began a talk of (\w) with (\w)",
        "contact.recorded",
        lambda w, f: {field: value for field, value in contact(f, w).items() if field != "initiated_by"},
    ),
    (
        r"F telephones (\w): (\w+)",
        "contact.recorded",
        lambda w, outcome: contact("F", w, initiated_by="family", outcome=outcome),
    ),
    (
        r"the contact of (\w) with (\w) on (\S+) is voided",
        "event.voided",
        lambda w, f, day: {"event": f"contact.recorded-{day}", "family": f, "workers": [w]},
    ),
    (r"(\w) liaises with (\w+) for (\w)", "liaison.recorded", lambda w, agency, f: liaison(f, w, to_agency=agency)),
    (
        r"a plan for (\w) from (\S+) agrees contact every (\d+) working days",
        "plan.agreed",
        lambda f, day, n: {"family": f, "starts_on": day, "interval_working_days": int(n)},
    ),
    (
        r"(\w) is paused from (\S+) to (\S+)",
        "plan.paused",
        lambda f, start, end: {"family": f, "starts_on": start, "ends_on": end},
    ),
    (
        r"(\w) is away from (\S+): (\w+)",
        "absence.started",
        lambda w, day, kind: {"worker": w, "kind": kind, "starts_on": day},
    ),
    (
        r"(\w) covers for (\w) from (\S+)",
        "cover.assigned",
        lambda c, w, day: {"worker": w, "covering_worker": c, "starts_on": day},
    ),
    (
        r"the view of (\w) is that there is a key worker: (\w+)",
        "view.recorded",
        lambda f, view: {"family": f, "has_key_worker": view},
    ),
    (
        r"(\w) declares a conflict with (\w+) for (\w)",
        "conflict.declared",
        lambda w, agency, f: {"family": f, "worker": w, "agency": agency},
    ),
    (
        r"the conflict of (\S+) for (\w) is resolved",
        "conflict.resolved",
        lambda day, f: {"family": f, "conflict": f"conflict.declared-{day}"},
    ),
    (r"(\w) has training: (\w+)", "training.completed", lambda w, kind: {"worker": w, "kind": kind}),
    (
        r"(\w) is back on (\S+) from the absence of (\S+)",
        "absence.ended",
        lambda w, day, began: {"worker": w, "absence": f"absence.started-{began}", "ends_on": day},
    ),
    (r"(\w) opens with a seat for (\w+)", "site.opened", lambda s, agency: {"site": s, "agencies": [agency]}),
    (r"(\w) agrees an action due on (\S+)", "action.agreed", lambda s, day: {"site": s, "due_on": day}),
    (r"(\w) has a coordinator from (\S+)", "coordinator.appointed", lambda s, day: {"site": s, "starts_on": day}),
    (
        r"(\w) is no longer key worker of (\w) from (\S+), after (\S+)",
        "allocation.ended",
        lambda w, f, day, began: {
            "family": f,
            "worker": w,
            "allocation": f"allocation.started-{began}-{w}",
            "ends_on": day,
        },
    ),
    (r"(\w) is closed from (\S+)", "family.closed", lambda f, day: {"family": f, "ends_on": day, "reason": "other"}),
    (r"(\w) is reopened from (\S+)", "family.reopened", lambda f, day: {"family": f, "starts_on": day}),
    (r"(\w) is bereaved", "bereavement.recorded", lambda f: {"family": f}),
    (
        r"(\w) is to have (\d+) hours a week from (\S+)",
        "protected_time.agreed",
        lambda w, n, day: {"worker": w, "hours_per_week": int(n), "starts_on": day},
    ),
    (
        r"(\w) used (\d+) hours in week (\S+)",
        "week.recorded",
        lambda w, n, week: {"worker": w, "week": week, "hours_used": int(n)},
    ),
]
NAMED_BY_DAY = {"contact.recorded", "conflict.declared", "absence.started"}
"""Types of events that other lines refer to by their day alone."""
FIRST = (
    "NO_KEY_WORKER",
    "NEVER_CONTACTED",
    "CONTACT_OVERDUE",
    "CONTACT_AT_RISK",
    "LIAISON_DROUGHT",
    "COVER_GAP",
    "PROTECTED_TIME_LOW",
    "LOSING_PROTECTED_TIME",
    "TIME_UNREPORTED",
)


class Scenario(NamedTuple):
    title: str
    rules: list[str]
    events: list[Json]
    boards: list[tuple[str, str]]


def event(sentence: str) -> Json:
    """A line of a scenario as an event."""
    day, _, text = sentence.partition(" ")
    for pattern, name, data_of in PHRASES:
        phrase = re.fullmatch(pattern, text)
        if phrase:
            data = data_of(*phrase.groups())
            if name == "allocation.started":
                id_ = f"{name}-{day}-{data['worker']}"
            else:
                id_ = f"{name}-{day}" if name in NAMED_BY_DAY else f"{name}-{day}-{text}"
            entered = re.search(r"entered on (\S+)", text)
            recorded = {"recordedtime": f"{entered[1]}T09:00:00Z"} if entered else {}
            return events.event(name, id_, data, day, **recorded)
    raise AssertionError(f"no phrase for: {text}")


def scenarios() -> list[Scenario]:
    text = (Path(__file__).parent / "scenarios.md").read_text("utf-8")
    all_of_them = []
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        lines = [event(line[2:]) for line in body.split("\n") if line.startswith("- ")]
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in body.split("\n") if line.startswith("| 2")
        ]
        named = re.search(r"^Rules: (.+)$", body, re.MULTILINE)
        rules = named[1].split(", ") if named else list(FIRST)
        all_of_them.append(Scenario(title, rules, lines, [(day, shows) for day, shows in rows]))
    return all_of_them


def in_words(line: Json) -> str:
    due = f" due {line['due_on']}" if line["due_on"] else ""
    return f"{line['rule']} {line['severity']} since {line['since']}{due}"


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.title)
def test_scenario(scenario: Scenario) -> None:
    """The board at the end of each day, as known then, is as the scenario says; so are the transitions folded."""
    policies = Policies.one(Policy({"rules": scenario.rules}))
    history = read(scenario.events, policies.at(0))
    assert scenario.boards
    for day, shows in scenario.boards:
        date.fromisoformat(day)
        at = moment(day, LONDON)
        board = ours(history, at, at, policies)
        assert "; ".join(map(in_words, board)) == shows.replace("nothing", ""), day
        live = World(policies)
        live.absorb(known for known in history if known.known <= at)
        live.advance_to(at)
        assert not live.parked
        assert folded(live, FOREVER) == board, day
