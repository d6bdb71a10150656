"""What a request to a form asks for: the form, the subject, and what was typed."""

from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from streams.board.forms.every_form import BY_SLUG
from streams.board.forms.field import Form, Typed
from streams.board.forms.form_addresses import event_asked_for
from streams.identity.forms import fields_of, read_body

LONGEST_BYTES = 65_536
CONTROLS = 500


async def typed_in(request: Request) -> Typed:
    """What was typed into a form. Raises FormTooLarge for what no page of ours sends."""
    return fields_of(await read_body(request.receive, LONGEST_BYTES), CONTROLS)


class RecordAsked(NamedTuple):
    """A form and the subject that it is about, like `/record/contact?family=f00022`."""

    form: Form | None
    name: str

    @classmethod
    def of(cls, address: str) -> Self:
        """What a local address asks for; without a form for one that there is not."""
        parts = urlsplit(address)
        form = BY_SLUG.get(parts.path.rpartition("/")[2])
        kind = "family" if form is None else form.subject
        return cls(form, f"{kind}/{dict(parse_qsl(parts.query)).get(kind, '')}")


class MendAsked(NamedTuple):
    """An event by its name, the subject from whose page one came, and what is to be done: `correct` or `void`."""

    label: str
    name: str
    do: str

    @classmethod
    def of(cls, address: str) -> Self:
        """What a local address asks for."""
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        return cls(event_asked_for(parts.path.rpartition("/")[2]), query.get("of", ""), query.get("do", ""))


def address_of(request: Request) -> str:
    """The local address that was asked for, with its query."""
    return f"{request.url.path}?{request.url.query}"


def one(typed: Typed, name: str) -> str:
    """The first value of a control; empty if there is none."""
    return (typed.get(name) or [""])[0]
