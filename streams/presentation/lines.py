"""Lines of an answer: as JSON for programs, as a table for people."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from events.codec import to_json
from streams.presentation.terminal import print_table, say

Line = dict[str, Any]
UNBROKEN = frozenset({"rule", "parameter", "type"})
"""Columns of a table that are never folded, so that a name can be copied whole."""


def show(lines: Iterable[Line], form: str, title: str, row: Callable[[Line], Line]) -> None:
    """Prints lines: whole as JSON with the form `jsonl`, else a table with what `row` makes of each line."""
    if form == "jsonl":
        out = sys.stdout.buffer
        for line in lines:
            out.write(to_json(line) + b"\n")
        out.flush()
        return
    rows = [row(line) for line in lines]
    if not rows:
        say(f"{title}: none.")
        return
    print_table(f"{title} ({len(rows)})", rows, UNBROKEN)
