"""Makes pages of templates: the words they use, the headers they bear, what each says of the service itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader
from sqlalchemy.engine import Connection, Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.templating import Jinja2Templates

from events.catalogue import TYPES
from events.instants import (
    MICROS_A_SECOND,
    Day,
    Instant,
    format_day,
    format_instant,
    is_day,
    parse_day,
    parse_instant,
)
from events.subject_name import SubjectName
from projections.reasoning.phrases import long_day, short_day, words, working_days
from projections.reasoning.reasons import sentence_of
from projections.rules import BY_NAME, title_of
from projections.views.recorded import Line
from streams.access.visitor import THIS_MACHINE, person_of
from streams.board import navigation
from streams.board.addresses import address
from streams.board.broker import Following
from streams.board.filters import VIEWS
from streams.clock import LONDON
from streams.identity.digests import new_secret
from streams.presentation import attending, entry_words, plain_english
from streams.readmodel import queries
from streams.readmodel.acts import acts_of, can_undo, seen_of

HERE = Path(__file__).parent
ATTENDED = {"alert.acknowledged", "alert.snoozed", "alert.assigned"}
"""The types that name people by their pseudonyms."""


class Renderer:
    """Makes a page of a template."""

    def __init__(
        self,
        engine: Engine,
        following: Following,
        name_of: Callable[[str], str],
        banner: Callable[[Request, Connection], object],
    ) -> None:
        """`name_of` gives the name of a pseudonym; `banner` what a page says of what was done just before, or None."""
        self.attention = _safe(lambda alert: " ".join(_attention(alert, name_of)))
        """What is done about an alert, in words."""
        self._engine, self._following, self._banner = engine, following, banner
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
            long_day=lambda iso: long_day(_day_of(iso)),
            short_day=lambda iso: short_day(_day_of(iso)),
            time_of_day=_time_of_day,
        )
        self._templates.env.globals.update(
            rules=BY_NAME,
            title_of=title_of,
            sentence=_safe(sentence_of),
            address=address,
            words=words,
            entry_words=_safe(lambda line, name, shown: _entry_words(line, name, shown, name_of)),
            counted_words=_safe(entry_words.counts),
            mend_words=_safe(entry_words.mended),
            source_words=lambda source: entry_words.source_words(source, name_of),
            working_days=working_days,
            attention_words=self.attention,
            can_undo=lambda alert, person: can_undo(alert, person or THIS_MACHINE),
            seen_of=seen_of,
            once=new_secret,
            kind_words=plain_english.KIND,
            type_words={name: row.words for name, row in TYPES.items()},
            day_text=_day_text,
            instant=parse_instant,
            instant_text=format_instant,
            site_words=plain_english.site_words,
            subject_words=plain_english.subject_words,
            plural=plural,
            navigation=_navigation,
            has_due_dates=navigation.has_due_dates,
            other_lists_of=lambda request: [
                item for item in navigation.lists(person_of(request)) if item.address != request.url.path
            ],
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
        is_inside = request.state.person is not None or request.state.signin == "none"
        who["banner"] = self._banner(request, connection) if is_inside else None
        forms = {"here": here(request)}
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


def _navigation(request: Request) -> list[dict[str, Any]]:
    """The links to other pages as the design system's navigation takes them; the page that is shown is marked."""
    shown = "/" if request.url.path in {view.path for view in VIEWS} else request.url.path
    return [
        {"text": label, "href": address, "current": address == shown}
        for label, address in navigation.items(person_of(request))
    ]


def _attention(alert: Mapping[str, Any], name_of: Callable[[str], str]) -> list[str]:
    """What is done about an alert, in sentences; of one as it was known once, without the day on which it was said."""
    acts = acts_of(alert) if "acts" in alert else []
    known = next((act.known for act in reversed(acts) if act.kind == alert["attention"]), None)
    return attending.attention(alert, known, name_of, LONDON)


def _day_of(iso: str) -> Day:
    """The day of a date, or the day here of an instant."""
    return parse_day(iso) if is_day(iso) else LONDON.day_of(parse_instant(iso))


def _entry_words(line: Line, name: SubjectName, families_shown: bool, name_of: Callable[[str], str]) -> str:
    people = {key: name_of(line.data[key]) for key in ("by", "to") if line.type in ATTENDED and line.data.get(key)}
    return entry_words.said(line.type, {**line.data, **people}, name, families_shown=families_shown)


def _time_of_day(iso: str) -> str:
    """The local time of an instant: "14:05"."""
    return f"{datetime.fromtimestamp(parse_instant(iso) / MICROS_A_SECOND, ZoneInfo(LONDON.name)):%H:%M}"


def _day_text(instant: Instant) -> str:
    return format_day(LONDON.day_of(instant))


def plural(kind: str, count: int) -> str:
    """The kind of a subject for a number of them: "1 family", "2 families"."""
    return kind if count == 1 else {"family": "families"}.get(kind, f"{kind}s")
