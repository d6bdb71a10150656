"""Touchline and the second reading of *Attention* agree on random worlds, and on the lines of the board."""

from pathlib import Path

import pytest

from tests.oracle.compare_attention import Counts, compare, compare_board
from tests.oracle.test_attention_worlds import MET

FIRST_SEED, WORLDS, BOARDS = 30_000, 60, 8


def test_agrees_with_the_second_reading_on_random_worlds() -> None:
    """Every change of attention, every remark on an action and every unattended closing, as a file and as a journal."""
    counts = Counts()
    for seed in range(FIRST_SEED, FIRST_SEED + WORLDS):
        difference = compare(seed, counts)
        assert difference is None, f"seed {seed}: {difference}"
    assert set(counts.met) >= MET, MET - set(counts.met)


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + BOARDS))
def test_lines_of_the_board_say_what_the_reading_says(seed: int, tmp_path: Path) -> None:
    """Attention, why, lapses_at and assigned_to for V = K; null for another V."""
    assert compare_board(seed, tmp_path) is None
