"""What is said of alerts: on made-up histories each has its words, in the words that people read."""

import random
import re

from hypothesis import given

from events.instants import MICROS_A_DAY, Day
from projections.knowledge.archive import ArchiveNeeded
from projections.state import snapshot as saved
from projections.views.headlines import headlines
from projections.watch.world import World
from tests.properties.journals import SEEDS, chunks_of, made

MOST_WORDS = 25
BANNED = re.compile(r"\b(holds?|held|fail\w*|faults?|None)\b")


@given(SEEDS)
def test_every_alert_has_a_headline_in_plain_english(seed: int) -> None:
    """At any instant: short sentences, no blame, and of another family only where families are named."""
    events, policies = made(seed)
    world = World(policies)
    world.absorb(events, judge=False)
    rng = random.Random(seed)
    for _ in range(3):
        at = rng.randrange(events[0].known, events[-1].known + 90 * MICROS_A_DAY)
        days = {f"F{number}": rng.choice([None, Day(739_000 + rng.randrange(2_000))]) for number in range(3)}
        for name, subject in world.subjects.items():
            for (rule, _), told in headlines(subject, at, policies.at(at), days.get).items():
                texts = [told.headline, *([told.naming] if told.naming else []), told.to_clear, told.otherwise]
                for text in texts:
                    assert text.endswith("."), text
                    assert not BANNED.search(text), text
                    assert all(len(sentence.split()) <= MOST_WORDS for sentence in re.split(r"(?<=\.) ", text)), text
                assert bool(told.naming) == (rule == "COVER_GAP")
                if name.startswith("worker/"):
                    families = {other.id for other in world.subjects.values() if other.kind == "family"}
                    assert not families & set(re.findall(r"[\w.-]*\w", told.headline)), told.headline


@given(SEEDS)
def test_words_are_the_same_from_a_saved_subject(seed: int) -> None:
    """Without its archive it says the same, or asks for the archive."""
    events, policies = made(seed)
    world = World(policies)
    world.absorb(events)
    with chunks_of(3):
        for name, subject in world.subjects.items():
            at = subject.known
            whole = headlines(subject, at, policies.at(at), {}.get)
            main, chunk = saved.save(subject, policies)
            again = saved.load(name, main, policies)
            try:
                told = headlines(again, at, policies.at(at), {}.get)
            except ArchiveNeeded:
                saved.make_whole(again, [chunk])
                told = headlines(again, at, policies.at(at), {}.get)
            assert told == whole
