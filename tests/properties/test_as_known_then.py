"""What a hand-over says was open at an instant is what `touchline board --known-at` says of that instant."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.codec import to_json
from events.event import Event
from events.instants import Instant, format_instant
from projections.policy import Policies
from projections.watch.judge import OF_ATTENTION, attention_line, board_line, judge
from streams.kafka.client import Stored
from streams.readmodel import store
from streams.readmodel.scope import ALL
from streams.readmodel.then import Between, open_then
from tests.databases import board_database
from tests.events import Json
from tests.oracle.compare_attention import Case, filed, policies_of, read

pytestmark = pytest.mark.usefixtures("any_database")

LINE = ("rule", "subject", "severity", "since", "due_on", "anchor", "discriminator", *OF_ATTENTION)
INSTANTS = 4


def board(events: list[Event], policies: Policies, at: Instant) -> tuple[list[Json], set[str]]:
    """The lines of the board as known and true at an instant, and the subjects that settle then."""
    world, _ = filed([each for each in events if each.known <= at], policies, at)
    settling = {name for name, subject in world.subjects.items() if subject.agenda.settling_until}
    lines = []
    for name, subject in world.subjects.items():
        if name not in settling:
            made = [board_line(subject, alert) for alert in judge(subject, at, policies.at(at))]
            lines += [line | attention_line(subject, line) for line in made]
    return lines, settling


def as_lines(lines: list[Json], without: set[str]) -> list[Json]:
    found = [{name: line[name] for name in LINE} for line in lines if line["subject"] not in without]
    return sorted(found, key=lambda line: (line["rule"], line["subject"], line["discriminator"]))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(min_value=1, max_value=10**6))
def test_what_was_open_is_what_the_board_says_of_then(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """In random worlds in which people act, at the instants of their events and in between."""
    case = Case(seed)
    policies = policies_of(case.scene.versions, attention=True)
    events, _ = read(case.file, policies.zone)
    _, told = filed(events, policies, case.until)
    folder: Path = tmp_path_factory.mktemp("then")
    engine = board_database(folder / "board.db")
    with engine.begin() as connection:
        records = [
            Stored("alerts", 0, number, 0, each["subject"].encode(), to_json(each), ())
            for number, each in enumerate(told.transitions)
        ]
        store.apply(connection, records, "alerts")
    rng = random.Random(seed)
    instants = [rng.choice(events).known + rng.choice((0, 0, -1, 86_400_000_000)) for _ in range(INSTANTS - 1)]
    with engine.connect() as connection:
        for at in (*map(Instant, instants), case.until):
            wanted, settling = board(events, policies, at)
            found = open_then(connection, at, Between(ALL))
            assert as_lines(found, settling) == as_lines(wanted, set()), format_instant(at)
    engine.dispose()
