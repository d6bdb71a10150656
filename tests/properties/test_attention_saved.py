"""What people do about alerts is saved, loaded and replayed as it was said."""

import random

from hypothesis import given
from hypothesis import strategies as st

from projections.policy import Policies
from projections.state.apply import Engine, nothing_saved
from projections.state.journal import JournalRecord
from tests.events import Json
from tests.oracle.compare_attention import Case, policies_of, read
from tests.properties.journals import Worker, ids, journal_of, plain, reread_of

SCENES = st.integers(min_value=1, max_value=10**6)


def said_about(transitions: dict[str, list[Json]]) -> int:
    return sum(each["type"].endswith("attended.v1") for of_one in transitions.values() for each in of_one)


def scene(seed: int) -> tuple[list[JournalRecord], Policies]:
    """The journal of a world in which people act, and its policies."""
    case = Case(seed)
    policies = policies_of(case.scene.versions, attention=True)
    events, refused = read(case.file, policies.zone)
    assert not refused
    return journal_of(events, policies), policies


def test_the_worlds_have_attention_in_them() -> None:
    assert sum(said_about(plain(*scene(seed))) for seed in (1, 2, 3)) > 20


@given(SCENES, st.integers(min_value=1, max_value=4))
def test_batches_caches_and_crashes_change_nothing_of_attention(seed: int, cached: int) -> None:
    """Each change is told, once by id and in order; a replay from the journal tells the same."""
    records, policies = scene(seed)
    rng = random.Random(seed)
    worker = Worker(records, policies, cached)
    worker.crash_through(records, rng)
    wanted = plain(records, policies)
    assert worker.transitions() == wanted
    replay = Engine(policies, nothing_saved, reread_of(records), None, saving=False).apply(records)
    told = sorted(transition.id for _, _, transition, _ in replay.alerts)
    assert told == sorted(id_ for of_one in ids(wanted).values() for id_ in of_one)
