"""Works out ahead what is said of open alerts, so that a page of many finds it worked out.

A page that is asked for before that works it out itself. So nothing that is shown depends on this, only how soon.
"""

import threading

import structlog
from sqlalchemy.engine import Connection, Engine

from streams.board.judging import Judging
from streams.readmodel import queries
from streams.readmodel.taken import Taken

AT_ONCE = 5
REST_SECONDS = 0.05
"""Between some subjects and the next, so that pages have their turn."""
CALM_SECONDS = 2.0
"""After news it begins so much later: whoever made them, and waits to see them, has the processor first."""
AGAIN_SECONDS = 300.0
"""Without news it looks again after so long, since days begin and policies change."""
MOST_CHANGED = 10_000
"""Of more subjects that changed at once all that are flagged are looked at."""

log = structlog.get_logger("touchline.board")


class Ahead(threading.Thread):
    """A thread that works out the words of the alerts of subjects that changed.

    When a day begins, or another policy, it does so for all subjects with open alerts, the worst first.
    """

    def __init__(self, engine: Engine, judging: Judging) -> None:
        super().__init__(daemon=True, name="ahead")
        self._engine, self._judging = engine, judging
        self._news = threading.Event()
        self._ended = threading.Event()
        self._hearing = threading.Lock()
        self._changed: set[str] = set()
        self._since: object = None
        """The day and the policies for which all flagged subjects were looked at."""
        self._rest: list[str] = []
        """Those of them that are still to be looked at, the worst last."""

    def changed(self, taken: Taken | None) -> None:
        """Takes notice of a change, from any thread."""
        if taken is None or not taken.subjects:
            return
        with self._hearing:
            self._changed |= taken.subjects
            if len(self._changed) > MOST_CHANGED:
                self._changed.clear()
                self._since = None
        self._news.set()

    def end(self) -> None:
        """Asks the thread to end."""
        self._ended.set()
        self._news.set()

    def run(self) -> None:
        """Works until it is told to end; whatever fails is tried again."""
        while not self._ended.is_set():
            self._news.clear()
            try:
                self.work_out()
            except Exception as error:  # noqa: BLE001 - whatever it is, the pages do without
                log.warning("ahead.failed", why=type(error).__name__)
                self._since = None
            if self._news.wait(AGAIN_SECONDS):
                self._ended.wait(CALM_SECONDS)

    def work_out(self) -> None:
        """Works out what is not worked out yet: first of what changed, then of all that are flagged."""
        while not self._ended.is_set():
            with self._engine.connect() as connection:
                names = self._next(connection)
                self._judging.told(connection, names)
            if not names:
                return
            self._ended.wait(REST_SECONDS)

    def _next(self, connection: Connection) -> list[str]:
        """The next few subjects to be looked at; none when all are."""
        with self._hearing:
            changed, self._changed = self._changed, set()
            before, self._since = self._since, self._judging.today
        if before != self._since:
            self._rest = queries.flagged(connection)[::-1]
        if changed:
            again = set(queries.flagged(connection, changed))
            self._rest = [name for name in self._rest if name not in again] + sorted(again)
        names = self._rest[-AT_ONCE:]
        del self._rest[-AT_ONCE:]
        return names
