"""Works out ahead when the next contacts of families without cover fall due.

The feed shows these days, and may show hundreds of them.

A page that is asked for before that works them out itself. So nothing that is shown depends on this, only how soon.
"""

import threading

import structlog
from sqlalchemy.engine import Engine

from projections.rules import cover_gap
from streams.board.judging import Judging, without_cover
from streams.readmodel import queries
from streams.readmodel.store import Taken

AT_ONCE = 20
REST_SECONDS = 0.05
"""Between some families and the next, so that pages have their turn."""
AGAIN_SECONDS = 300.0
"""Without news it looks again after so long, since days begin and policies change."""

log = structlog.get_logger("touchline.board")


class Ahead(threading.Thread):
    """A thread that looks at the open alerts about missing cover whenever one of them may have changed."""

    def __init__(self, engine: Engine, judging: Judging) -> None:
        super().__init__(daemon=True, name="ahead")
        self._engine, self._judging = engine, judging
        self._news = threading.Event()
        self._ended = threading.Event()
        self._families: frozenset[str] = frozenset()

    def changed(self, taken: Taken | None) -> None:
        """Takes notice of a change, from any thread."""
        if taken is not None and any(name in self._families or name.startswith("worker/") for name in taken.subjects):
            self._news.set()

    def end(self) -> None:
        """Asks the thread to end."""
        self._ended.set()
        self._news.set()

    def run(self) -> None:
        """Works until it is told to end; whatever fails is tried again."""
        while not self._ended.is_set():
            try:
                self.work_out()
            except Exception as error:  # noqa: BLE001 - whatever it is, the pages do without
                log.warning("ahead.failed", why=type(error).__name__)
            self._news.wait(AGAIN_SECONDS)
            self._news.clear()

    def work_out(self) -> None:
        """Works out the days of all families that are without cover now."""
        with self._engine.connect() as connection:
            alerts = queries.reasons_of(connection, cover_gap.RULE.name)
        families = sorted({family for alert in alerts for family in without_cover(alert)})
        self._families = frozenset(f"family/{family}" for family in families)
        for first in range(0, len(families), AT_ONCE):
            with self._engine.connect() as connection:
                self._judging.due_days(connection, families[first : first + AT_ONCE])
            if self._ended.wait(REST_SECONDS):
                return
