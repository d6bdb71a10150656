"""Makes pages of templates: the words they use, the headers they bear, what each says of the service itself."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from sqlalchemy.engine import Connection, Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.templating import Jinja2Templates

from events.catalogue import TYPES
from events.instants import Day, Instant, format_day, format_instant, is_day, parse_day, parse_instant, zone
from projections.reasoning.phrases import long_day, short_day, words
from projections.reasoning.reasons import sentence_of
from projections.rules import BY_NAME
from streams.board.addresses import address
from streams.board.broker import Following
from streams.presentation import plain_english
from streams.readmodel import queries

HERE = Path(__file__).parent
LONDON = zone("Europe/London")


class Renderer:
    """Makes a page of a template."""

    def __init__(self, engine: Engine, following: Following) -> None:
        self._engine, self._following = engine, following
        ours = Environment(
            loader=ChoiceLoader(
                [
                    FileSystemLoader(HERE / "templates"),
                    PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
                ]
            ),
            autoescape=True,
        )
        self._templates = Jinja2Templates(env=ours)
        self._templates.env.filters.update(
            long_day=lambda iso: long_day(_day_of(iso)), short_day=lambda iso: short_day(_day_of(iso))
        )
        self._templates.env.globals.update(
            rules=BY_NAME,
            sentence=_safe(sentence_of),
            address=address,
            words=words,
            fact_words=_safe(plain_english.fact),
            counted_words=_safe(plain_english.counted),
            attention_words=_safe(lambda alert: " ".join(plain_english.attention(alert))),
            kind_words=plain_english.KIND,
            type_words={name: row.words for name, row in TYPES.items()},
            about_what=plain_english.about_what,
            day_text=_day_text,
            instant=parse_instant,
            instant_text=format_instant,
            site_words=site_words,
            plural=plural,
            clock_text=_clock_text,
        )

    def page(
        self,
        request: Request,
        connection: Connection,
        template: str,
        status: int = 200,
        **context: Any,  # noqa: ANN401
    ) -> Response:
        """A page."""
        return HTMLResponse(self.text(request, connection, template, **context), status)

    def page_alone(
        self,
        request: Request,
        template: str,
        status: int = 200,
        **context: Any,  # noqa: ANN401
    ) -> Response:
        """A page that shows nothing of the read model."""
        with self._engine.connect() as connection:
            return self.page(request, connection, template, status, **context)

    def text(self, request: Request, connection: Connection, template: str, **context: Any) -> str:  # noqa: ANN401
        """The text of a page. Each says how far the read model is, and who is signed in.

        `once` is a token for the forms of this page, so that none is obeyed twice; `here` is where they come back to.
        """
        state = {
            "change": queries.change(connection),
            "lag": self._following.lag,
            "connected": self._following.connected,
        }
        made = self._templates.get_template(template)
        who = {"person": request.state.person, "signin": request.state.signin}
        forms = {"once": str(uuid4()), "here": here(request)}
        return made.render({"request": request, "state": state, **who, **forms, **context})


def here(request: Request) -> str:
    """The path and query of a page, to which a form that it has comes back."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _safe(words: Callable[..., str]) -> Callable[..., str]:
    """Words that cannot fail: of a record of another version they say that it cannot be shown; the page goes on."""

    def safe(*about: Any) -> str:  # noqa: ANN401 - parts of records
        try:
            return words(*about)
        except Exception:  # noqa: BLE001 - one sentence must not take the page with it
            return "This cannot be shown by this version."

    return safe


def _day_of(iso: str) -> Day:
    """The day of a date, or the day here of an instant."""
    return parse_day(iso) if is_day(iso) else LONDON.day_of(parse_instant(iso))


def _day_text(instant: Instant) -> str:
    return format_day(LONDON.day_of(instant))


def plural(kind: str, count: int) -> str:
    """The kind of a subject for a number of them: "1 family", "2 families"."""
    return kind if count == 1 else {"family": "families"}.get(kind, f"{kind}s")


def _clock_text(instant: str) -> str:
    """The time of day of an instant here: "14:05"."""
    return datetime.fromtimestamp(parse_instant(instant) / 1e6, ZoneInfo(LONDON.name)).strftime("%H:%M")


def site_words(site: str | None) -> str:
    """A site's name as people write it: `north-east` is "North East"."""
    return (site or "").replace("-", " ").title()
