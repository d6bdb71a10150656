"""Adding a rule is adding one file: it works everywhere at once, without a word about it anywhere else."""

import json

import pytest

from projections.rules import ALL
from tests.copied import ROOT, Copy
from tests.events import allocated, registered, write

NAME = "NO_MEETING"
RULE = '''
"""NO_MEETING: a rule that is not one of ours. Holds once no liaison was a meeting for `meeting_window` days."""

from dataclasses import dataclass
from typing import Literal

from projections.knowledge.facts import up_to
from projections.parameters import whole
from projections.reasoning.past import since
from projections.reasoning.reasons import Reason, clears, clock
from projections.reasoning.rule import Held, Rule, Said, Verdict

MEETING_WINDOW = whole("meeting_window", 100)


@dataclass(frozen=True, kw_only=True)
class LastMeeting(Reason):
    code: Literal["last-meeting"] = "last-meeting"
    on: str | None

    def __str__(self):
        return f"Professionals last met on {self.on}." if self.on else "Professionals have not met."


def _last(family, at):
    met = [fact for fact in family.liaisons[: up_to(family.liaisons, at)] if fact.data["direction"] == "meeting"]
    return met[-1] if met else None


def judge(family, at):
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    index, last = up_to(family.liaisons, at), _last(family, at)
    start = max(segment.start, family.liaisons[index - 1].at) if index else segment.start
    end = min(segment.end, family.liaisons[index].at) if index < len(family.liaisons) else segment.end
    due = family.zone.midnight((last.day if last else segment.clock) + family.policy[MEETING_WINDOW])
    if at < due:
        return Verdict(start, min(end, due))
    return Verdict(max(start, due), end, (Held("amber", segment.allocation.fact),))


def explain(family, at):
    last = _last(family, at)
    on = last and last.event.id
    return [clock(family, family.segment(at)), LastMeeting(on=on), clears("a meeting")]


def tell(family, at, _held):
    last = _last(family, at)
    news = "Professionals have met, too long ago." if last else "Professionals have never met about this family."
    return Said(news, "professionals meet about the family.")


def past(family, at):
    return since(family.liaisons, at, family.zone.day_of(at) - family.policy[MEETING_WINDOW])


RULE = Rule(
    number=26, name="NO_MEETING", kind="family", title="Professionals have not met", why="liaising", judge=judge,
    parameters=(MEETING_WINDOW,), reads=frozenset({"liaison.recorded"}), explain=explain, tell=tell, past=past,
)
'''
ARCHIVED = """
from datetime import date

from events.event import Event
from events.instants import zone
from projections.watch.judge import verdicts
from projections.policy import Policies, Policy
from projections.state.snapshot import load, save
from projections.watch.step import step
from projections.watch.subject import new_subject

london, policies = zone("Europe/London"), Policies.one(Policy({}))
family = new_subject("family/F", london)


def learn(name, id, day, **data):
    at = london.midnight(date.fromisoformat(day).toordinal())
    step(family, Event("/x", id, name, {"family": "F", **data}, at, None, at), policies)


def liaison(id, day, direction):
    said = {"worker": "W", "to_agency": "health", "purpose": "review", "spheres": []}
    learn("liaison.recorded", id, day, direction=direction, **said)


learn("family.registered", "r", "2025-01-06", site="S")
learn("allocation.started", "a", "2025-01-06", worker="W", starts_on="2025-01-06")
for number in range(120):
    liaison(f"o{number}", "2025-02-03", "outgoing")
liaison("met", "2025-10-01", "meeting")
for number in range(120):
    liaison(f"l{number}", "2025-11-03", "outgoing")
main, chunk = save(family, policies)
again = load("family/F", main, policies)
kept = {key[1] for key in again.own.events}
print(len(kept) < len(family.own.events), "met" in kept)
for day in ("2025-12-24", "2026-03-02"):
    at = london.midnight(date.fromisoformat(day).toordinal())
    for rule, ground, verdict in verdicts(again, at, policies.at(at), "NO_MEETING"):
        print(bool(verdict.held), [reason.on for reason in rule.explain(ground, at) if reason.code == "last-meeting"])
"""

SHOWN = """
import sys

sys.path.append({root!r})
from events.accept import accept
from events.codec import to_json
from events.instants import moment, zone
from projections.policy import Policies, Policy
from projections.watch.world import World
from streams.kafka.client import Stored
from streams.readmodel import store
from streams.readmodel.database import open_database
from tests.board import get, web_of

london = zone("Europe/London")
world = World(Policies.one(Policy({{"meeting_window": 20}})))
world.absorb([accept(to_json(event), london) for event in {events!r}])
world.advance_to(moment("2026-02-20", london))
engine = open_database("sqlite:///board.db")
with engine.begin() as connection:
    for offset, transition in enumerate(world.outcome.transitions):
        value = to_json(transition.cloudevent())
        store.apply(connection, [Stored("alerts", 0, offset, 0, b"family/F", value, ())], "alerts")
for answer in get(web_of(engine), "/", "/?rule=NO_MEETING", "/rules", "/subjects/family/F", "/metrics"):
    print(answer.status_code, "Professionals have not met" in answer.text, "NO_MEETING" in answer.text)
"""
EVENTS = [registered("F", "2026-01-05"), allocated("F", "W", "2026-01-05")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project with one file more."""
    copy = Copy(tmp_path_factory.mktemp("project"))
    (copy.folder / "projections" / "rules" / "no_meeting.py").write_text(RULE, "utf-8")
    return copy


def test_a_rule_is_one_file(project: Copy) -> None:
    """It is listed, has its parameter in the policy, and is judged, explained and replayed."""
    rules = [json.loads(line)["rule"] for line in project.touchline("rules", "--format", "jsonl").splitlines()]
    assert rules == [*(rule.name for rule in ALL), NAME]
    (project.folder / "policy.toml").write_text("meeting_window = 20\n", "utf-8")
    assert "meeting_window: 100 → 20" in project.touchline("policy", "check", "policy.toml")
    write(project.folder / "events.jsonl", EVENTS)
    at = ("--known-at", "2026-02-20")
    for policy, since in ((), "none"), (("--policy", "policy.toml"), "2026-01-25"):
        lines = [json.loads(line) for line in project.touchline("board", "events.jsonl", *at, *policy).splitlines()]
        assert [line["since"] for line in lines if line["rule"] == NAME] == [since][: since != "none"]
    policy = ("--policy", "policy.toml")
    said = project.touchline("explain", "family/F", NAME, "events.jsonl", *at, *policy, "--english")
    assert said.splitlines()[:4] == [
        "Professionals have not met: flagged since 25 January 2026 (amber).",
        "  Professionals have never met about this family.",
        "  To clear this: professionals meet about the family.",
        "  If nothing changes: it stays amber.",
    ]
    assert "Professionals have not met.\n" in said
    replayed = [json.loads(line) for line in project.touchline("replay", "events.jsonl", *at, *policy).splitlines()]
    assert [line["type"] for line in replayed if line["data"]["rule"] == NAME] == ["touchline.alert.raised.v1"]


def test_its_past_stays_out_of_the_archive(project: Copy) -> None:
    """What its `past` asks for is loaded with the subject.

    The rest is set aside, and it judges and explains the same.
    """
    out = project.python("-c", ARCHIVED).split("\n")
    assert out[0] == "True True"
    assert out[1:3] == ["False ['met']", "True ['met']"]


def test_its_alerts_are_shown_and_counted(project: Copy) -> None:
    """On the feed, alone and among others, in the list of rules, on the family's page, and in the metrics."""
    out = project.python("-c", SHOWN.format(root=str(ROOT), events=EVENTS)).splitlines()
    assert out == ["200 True True"] * 4 + ["200 False True"]
