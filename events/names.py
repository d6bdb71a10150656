"""Saying which name was meant when one is not known. Pure."""

import difflib
from collections.abc import Iterable


def unknown(name: str, known: Iterable[str], what: str, cutoff: float = 0.6) -> str:
    """That a name is no `what`, with the nearest of those known, if one is as near as `cutoff` (0 to 1)."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no {what}{hint}"
