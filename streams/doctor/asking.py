"""Asks a part how it is, by its `/healthz`."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from events.instants import Instant
from streams.clock import now

SECONDS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a part answered, and when it was asked by the clock of this machine, in the middle of asking."""

    kind: str
    address: str
    body: dict[str, Any] | None
    """None if nothing answered."""
    asked: Instant

    @property
    def name(self) -> str:
        """How findings name the part."""
        return f"{self.kind} at {self.address}"


def ask(kind: str, address: str) -> Answer:
    """Asks the part at an address, like `http://127.0.0.1:8711`."""
    address = address.rstrip("/")
    began = now()
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=SECONDS) as answer:  # noqa: S310 - what was asked for
            raw = answer.read()
    except urllib.error.HTTPError as error:
        raw = error.read()
    except (OSError, ValueError):
        raw = b""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    known = body if isinstance(body, dict) and "state" in body else None
    return Answer(kind, address, known, Instant((began + now()) // 2))
