"""The scenarios of `scenarios.md`, which a service manager can read, hold.

On the board, and folded from the transitions.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from events.instants import FOREVER, moment, zone
from projections.policy import Policies, Policy
from projections.watch.world import World
from tests.oracle.compare import folded, ours, read

Json = dict[str, Any]
LONDON = zone("Europe/London")
PHRASES: list[tuple[str, str, Any]] = [
    (r"(\w) is registered at (\w)", "registered", lambda who, site: {"family": who, "site": site} if who == "F" else {"worker": who, "site": site, "agency": "health"}),
    (r"(\w) becomes key worker of (\w) from (\S+)", "allocation.started", lambda w, f, d: {"family": f, "worker": w, "starts_on": d}),
    (r"([WC]) telephones (the child of )?(\w): (\w+)(?:, entered on (\S+))?", "contact.recorded",
     lambda w, child, f, outcome, _entered: {"family": f, "workers": [w], "initiated_by": "worker", "mode": "telephone", "outcome": outcome,
                                             "participants": ["child" if child else "parent"]}),
    (r"(\w) texts (\w): (\w+)", "contact.recorded",
     lambda w, f, outcome: {"family": f, "workers": [w], "initiated_by": "worker", "mode": "text", "outcome": outcome, "participants": ["parent"]}),
    (r"somebody began a talk of (\w) with (\w)", "contact.recorded",
     lambda w, f: {"family": f, "workers": [w], "mode": "telephone", "outcome": "attended", "participants": ["parent"]}),
    (r"F telephones (\w): (\w+)", "contact.recorded",
     lambda w, outcome: {"family": "F", "workers": [w], "initiated_by": "family", "mode": "telephone", "outcome": outcome, "participants": ["parent"]}),
    (r"the contact of (\w) with (\w) on (\S+) is voided", "event.voided", lambda w, f, d: {"event": f"contact.recorded-{d}", "family": f, "workers": [w]}),
    (r"(\w) liaises with (\w+) for (\w)", "liaison.recorded",
     lambda w, agency, f: {"family": f, "worker": w, "to_agency": agency, "direction": "outgoing", "purpose": "referral"}),
    (r"a plan for (\w) from (\S+) agrees contact every (\d+) working days", "plan.agreed",
     lambda f, d, n: {"family": f, "starts_on": d, "interval_working_days": int(n)}),
    (r"(\w) is paused from (\S+) to (\S+)", "plan.paused", lambda f, a, b: {"family": f, "starts_on": a, "ends_on": b}),
    (r"(\w) is away from (\S+): (\w+)", "absence.started", lambda w, d, kind: {"worker": w, "kind": kind, "starts_on": d}),
    (r"(\w) covers for (\w) from (\S+)", "cover.assigned", lambda c, w, d: {"worker": w, "covering_worker": c, "starts_on": d}),
    (r"the view of (\w) is that there is a key worker: (\w+)", "view.recorded", lambda f, said: {"family": f, "has_key_worker": said}),
    (r"(\w) declares a conflict with (\w+) for (\w)", "conflict.declared", lambda w, a, f: {"family": f, "worker": w, "agency": a}),
    (r"the conflict of (\S+) for (\w) is resolved", "conflict.resolved", lambda d, f: {"family": f, "conflict": f"conflict.declared-{d}"}),
    (r"(\w) has training: (\w+)", "training.completed", lambda w, kind: {"worker": w, "kind": kind}),
    (r"(\w) is back on (\S+) from the absence of (\S+)", "absence.ended",
     lambda w, d, began: {"worker": w, "absence": f"absence.started-{began}", "ends_on": d}),
    (r"(\w) opens with a seat for (\w+)", "site.opened", lambda s, a: {"site": s, "agencies": [a]}),
    (r"(\w) agrees an action due on (\S+)", "action.agreed", lambda s, d: {"site": s, "due_on": d}),
    (r"(\w) has a coordinator from (\S+)", "coordinator.appointed", lambda s, d: {"site": s, "starts_on": d}),
    (r"(\w) is no longer key worker of (\w) from (\S+), after (\S+)", "allocation.ended",
     lambda w, f, d, began: {"family": f, "worker": w, "allocation": f"allocation.started-{began}-{w}", "ends_on": d}),
    (r"(\w) is closed from (\S+)", "family.closed", lambda f, d: {"family": f, "ends_on": d, "reason": "other"}),
    (r"(\w) is reopened from (\S+)", "family.reopened", lambda f, d: {"family": f, "starts_on": d}),
    (r"(\w) is bereaved", "bereavement.recorded", lambda f: {"family": f}),
    (r"(\w) is to have (\d+) hours a week from (\S+)", "protected_time.agreed", lambda w, n, d: {"worker": w, "hours_per_week": int(n), "starts_on": d}),
    (r"(\w) used (\d+) hours in week (\S+)", "week.recorded", lambda w, n, week: {"worker": w, "week": week, "hours_used": int(n)}),
]  # fmt: skip


FIRST = (
    "NO_KEY_WORKER", "NEVER_CONTACTED", "CONTACT_OVERDUE", "CONTACT_AT_RISK", "LIAISON_DROUGHT",
    "COVER_GAP", "PROTECTED_TIME_LOW", "LOSING_PROTECTED_TIME", "TIME_UNREPORTED",
)  # fmt: skip


class Scenario(NamedTuple):
    title: str
    rules: list[str]
    events: list[Json]
    boards: list[tuple[str, str]]


def event(sentence: str) -> Json:
    """A line of a scenario as an event."""
    day, _, text = sentence.partition(" ")
    for pattern, name, data in PHRASES:
        found = re.fullmatch(pattern, text)
        if found:
            full = f"{'family' if found[1] == 'F' else 'worker'}.registered" if name == "registered" else name
            body = data(*found.groups())
            out = {
                "specversion": "1.0",
                "source": "/agency/health/x",
                "type": f"touchline.{full}.v1",
                "occurreddate": day,
                "data": body,
            }
            short = {"contact.recorded", "conflict.declared", "absence.started"}
            worker = f"-{body.get('worker')}" if full == "allocation.started" else ""
            out["id"] = f"{full}-{day}{worker}" if full in short or worker else f"{full}-{day}-{text}"
            entered = re.search(r"entered on (\S+)", text)
            if entered:
                out["recordedtime"] = f"{entered[1]}T09:00:00Z"
            return out
    raise AssertionError(f"no phrase for: {text}")


def scenarios() -> list[Scenario]:
    text = (Path(__file__).parent / "scenarios.md").read_text("utf-8")
    found = []
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        events = [event(line[2:]) for line in body.split("\n") if line.startswith("- ")]
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in body.split("\n") if line.startswith("| 2")
        ]
        named = re.search(r"^Rules: (.+)$", body, re.MULTILINE)
        rules = named[1].split(", ") if named else list(FIRST)
        found.append(Scenario(title, rules, events, [(day, shows) for day, shows in rows]))
    return found


def in_words(line: Json) -> str:
    due = f" due {line['due_on']}" if line["due_on"] else ""
    return f"{line['rule']} {line['severity']} since {line['since']}{due}"


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.title)
def test_scenario(scenario: Scenario) -> None:
    """The board at the end of each day, as known then, is as the scenario says; so are the transitions folded."""
    policies = Policies.one(Policy({"rules": scenario.rules}))
    events = read(scenario.events, policies.at(0))
    assert scenario.boards
    for day, shows in scenario.boards:
        date.fromisoformat(day)
        at = moment(day, LONDON)
        board = ours(events, at, at, policies)
        assert "; ".join(map(in_words, board)) == shows.replace("nothing", ""), day
        live = World(policies)
        live.absorb(each for each in events if each.known <= at)
        live.advance_to(at)
        assert not live.parked
        assert folded(live, FOREVER) == board, day
