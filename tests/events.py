"""Events as a source sends them: dictionaries of a CloudEvent, for every test."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SOURCE = "/agency/health/x"


def event(
    name: str, id_: str, data: Json, on: date | str | None = None, *, version: int = 1, **attributes: object
) -> Json:
    """An event that occurred on a day: `event("family.registered", "r", {…}, "2026-01-05")`.

    Other attributes of the envelope are named: `source`, `backfill`, or `time` in place of a day.
    """
    envelope = {"specversion": "1.0", "id": id_, "source": SOURCE, "type": f"touchline.{name}.v{version}"}
    day = {} if on is None else {"occurreddate": str(on)}
    return {**envelope, **day, **attributes, "data": data}


def contact(family: str = "F", worker: str = "W", **more: object) -> Json:
    """The data of a contact that counts: the worker telephoned a parent."""
    return {
        "family": family,
        "workers": [worker],
        "initiated_by": "worker",
        "mode": "telephone",
        "outcome": "attended",
        "participants": ["parent"],
        **more,
    }


def liaison(family: str = "F", worker: str = "W", **more: object) -> Json:
    """The data of a liaison that counts: the worker referred the family to a health service."""
    way = {"to_agency": "health", "direction": "outgoing", "purpose": "referral"}
    return {"family": family, "worker": worker, **way, **more}


def registered(family: str, on: date | str, site: str = "S") -> Json:
    """A family comes to a site; the event's id is `rFAMILY`."""
    return event("family.registered", f"r{family}", {"family": family, "site": site}, on)


def allocated(family: str, worker: str, on: date | str) -> Json:
    """A worker becomes a family's key worker on a day; the event's id is `aFAMILY`."""
    return event("allocation.started", f"a{family}", {"family": family, "worker": worker, "starts_on": str(on)}, on)


def in_lines(events: Iterable[Json]) -> str:
    """The events as a file has them: one JSON object a line."""
    return "".join(json.dumps(line) + "\n" for line in events)


def write(path: Path, events: Iterable[Json]) -> Path:
    """Writes a file of events, and gives its path."""
    path.write_text(in_lines(events), "utf-8")
    return path
