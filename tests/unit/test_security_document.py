"""docs/security.md names tests that are there."""

import re
from pathlib import Path

from streams.identity.passwords import OURS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_every_requirement_names_a_test_or_says_what_is_missing() -> None:
    """And each test that is named is there."""
    rows = re.findall(r"^\| (\d+\.\d+[^|]*) \|[^|]*\| (.*) \|$", TEXT, re.MULTILINE)
    assert len(rows) > 50
    for number, met in rows:
        named = re.findall(r"`(test_\w+\.py)::(\w+)`", met)
        assert named or re.search(r"gap|–|above|same two|provider's", met), number
        for path, name in named:
            assert f"def {name}(" in (ROOT / "tests" / "unit" / path).read_text("utf-8"), name


def test_the_words_that_are_guessed_first_are_those_written_down() -> None:
    """As the code has them."""
    assert ", ".join(OURS) in TEXT.replace("\n", " ")
