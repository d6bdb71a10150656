"""Waits until what was published has come back: until the read model has what became of it."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from streams.readmodel.taken import Taken


class Awaited:
    """Some events that are waited for, each with the alert that it is about."""

    def __init__(self, events: Mapping[str, str], news: threading.Condition) -> None:
        self._left, self._news = dict(events), news

    def take(self, events: Iterable[str], closed: frozenset[str] = frozenset()) -> None:
        """These events have come, and these alerts have closed, so that nothing more comes of events about them."""
        came = set(events)
        self._left = {event: alert for event, alert in self._left.items() if event not in came and alert not in closed}

    def wait(self, seconds: float) -> bool:
        """Waits until all have come, but no longer than this; gives whether they have."""
        deadline = time.monotonic() + seconds
        with self._news:
            while self._left:
                left_seconds = deadline - time.monotonic()
                if left_seconds <= 0:
                    return False
                self._news.wait(left_seconds)
        return True


class Arrivals:
    """Hears of what the read model takes in, and tells those who wait."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._awaited: set[Awaited] = set()

    def changed(self, taken: Taken | None) -> None:
        """Takes notice of a change, from any thread."""
        if taken is None or not (taken.causes or taken.closed):
            return
        with self._news:
            for each in self._awaited:
                each.take(taken.causes, taken.closed)
            self._news.notify_all()

    @contextmanager
    def expecting(self, events: Mapping[str, str]) -> Iterator[Awaited]:
        """Listens for events from now on, so begin before they are published. Takes them with their alerts' ids."""
        awaited = Awaited(events, self._news)
        with self._news:
            self._awaited.add(awaited)
        try:
            yield awaited
        finally:
            with self._news:
                self._awaited.discard(awaited)
