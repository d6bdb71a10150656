"""What the page after a press of a button says of it."""

from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy.engine import Connection
from starlette.requests import Request

from streams.access.visitor import person_of
from streams.board.acting.acts import Acts
from streams.board.acting.asked import What
from streams.clock import LONDON, now
from streams.identity.names import Names
from streams.presentation import attending
from streams.readmodel.acts import can_undo


class Banner(NamedTuple):
    """What the page after a press says: sentences, and the alerts for which it has an Undo button."""

    done: bool
    """Whether something was done, rather than found done or overtaken."""
    sentences: list[str]
    undoable: list[str]
    back: str
    """The page that it is on."""


class Banners:
    """Makes banners, each from what the read model shows by now."""

    def __init__(self, acts: Acts, names: Names) -> None:
        self._acts, self._names = acts, names

    def of(self, request: Request, connection: Connection) -> Banner | None:
        """The banner of the press that the address names; None where it names none that is known."""
        key = request.query_params.get("done")
        person = person_of(request)
        outcome = self._acts.outcome(connection, key, person) if key else None
        if outcome is None:
            return None
        press, sentences = outcome.press, []
        if outcome.done:
            to = self._names.of(press.to) if press.to else ""
            sentences.append(attending.done(press.what, outcome.done, to))
        sentences += attending.all_closed(outcome.closed, LONDON, now())
        if outcome.so_already:
            sentences.append(attending.so_already(press.what, outcome.so_already))
        if outcome.pending:
            sentences.append(attending.sent(outcome.pending, all_of_them=not outcome.done))
        undoable = [alert["id"] for alert in outcome.done if press.what is not What.UNDO and can_undo(alert, person)]
        return Banner(bool(outcome.done), sentences, undoable, _address(request))


def _address(request: Request) -> str:
    """The path that is shown, without what it says of a press."""
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "done"]
    return request.url.path + (f"?{urlencode(query)}" if query else "")
