"""What docs/architecture.md and CONTRIBUTING.md say of the tree is so."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = re.compile(r"`((?:events|projections|streams|deploy|tests|docs)/[\w./]*)`")


def test_every_path_that_is_named_exists() -> None:
    """In the walk of an event, in the table of changes, and in the guides."""
    for name in ("docs/architecture.md", "CONTRIBUTING.md", "README.md"):
        paths = PATH.findall((ROOT / name).read_text("utf-8"))
        missing = [path for path in paths if not (ROOT / path).exists()]
        assert not missing, (name, missing)


def test_the_table_names_twenty_changes() -> None:
    """Each with the file to open."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = text.split("## Where do I change")[1]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) >= 20
    assert all(PATH.search(row) for row in rows)


def test_a_decision_that_no_longer_stands_says_so_at_its_top() -> None:
    """With a link to the one that replaced it, which is there."""
    folder = ROOT / "docs" / "decisions"
    for path in folder.glob("*.md"):
        for link in re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", path.read_text("utf-8")):
            assert (folder / link).exists(), (path.name, link)
