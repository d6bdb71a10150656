"""Waits until what was published is in the read model, so that the page that follows shows it."""

import threading
import time
from collections.abc import Callable

from streams.readmodel.taken import Taken


class SubjectNews:
    """Who waits for a subject to change."""

    def __init__(self) -> None:
        self._waiting: set[tuple[str, threading.Event]] = set()

    def changed(self, taken: Taken | None) -> None:
        """Takes notice of what was taken in, from the thread that reads; None for a change that concerns everybody."""
        for name, told in tuple(self._waiting):
            if taken is None or name in taken.subjects:
                told.set()

    def wait(self, name: str, arrived: Callable[[], bool], seconds: float) -> bool:
        """Waits until `arrived` says yes; asks it at once and whenever the subject changed. False if it never did."""
        until = time.monotonic() + seconds
        waiting = name, threading.Event()
        self._waiting.add(waiting)
        try:
            while not arrived():
                if not waiting[1].wait(max(0.0, until - time.monotonic())):
                    return False
                waiting[1].clear()
        finally:
            self._waiting.discard(waiting)
        return True
