"""Makes pages of templates: the words they use, the headers they bear, what each says of the service itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from events.instants import format_day, parse_instant, zone
from projections.rules import BY_NAME
from streams import wording
from streams.board.addresses import address
from streams.board.broker import Following
from streams.readmodel import queries

HERE = Path(__file__).parent
LONDON = zone("Europe/London")
SECURITY = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Renderer:
    """Makes a page of a template."""

    def __init__(self, engine: Engine, following: Following) -> None:
        self._engine, self._following = engine, following
        self._templates = Jinja2Templates(directory=HERE / "templates")
        self._templates.env.globals.update(
            rules=BY_NAME, sentence=_safe(wording.sentence), address=address, words=wording.words,
            fact_words=_safe(wording.fact), counted_words=_safe(wording.counted), kind_words=wording.KIND,
            type_words=wording.TYPE, about_what=wording.about_what, day_text=_day_text, instant=parse_instant,
            site_words=_site_words,
        )  # fmt: skip

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
        """A rendered page."""
        return self._templates.TemplateResponse(
            request, template, {"state": self.state(), **context}, status_code=status, headers=SECURITY
        )

    def state(self) -> dict[str, Any]:
        """What every page shows about the service itself."""
        with self._engine.connect() as connection:
            found: dict[str, Any] = queries.counts(connection)
        found["lag"], found["connected"] = self._following.lag, self._following.connected
        return found


def _safe(words: Callable[..., str]) -> Callable[..., str]:
    """Words for something that another version wrote: what they are not made for is said to be so, and the page goes on."""

    def safe(*about: Any) -> str:  # noqa: ANN401 - parts of records
        try:
            return words(*about)
        except Exception:  # noqa: BLE001 - one sentence must not take the page with it
            return "This cannot be shown by this version."

    return safe


def _day_text(instant: int) -> str:
    return format_day(LONDON.day_of(instant))


def _site_words(site: str | None) -> str:
    return (site or "").replace("-", " ").title()
