"""What a request to a form asks for: the subject, and what was typed."""

from urllib.parse import parse_qs

from starlette.requests import Request

from streams.board.forms.field import Form, Typed

LONGEST_BYTES = 65_536
CONTROLS = 500


class NoForm(ValueError):
    """What was sent is no form of ours."""


async def typed_in(request: Request) -> Typed:
    """What was typed into a form. Raises NoForm for what no page of ours sends."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BYTES:
            raise NoForm
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=CONTROLS)
    except ValueError:
        raise NoForm from None


def subject_asked_for(request: Request, form: Form) -> str:
    """The name of the subject in the address of a form, like `/record/contact?family=f00022`."""
    return f"{form.subject}/{request.query_params.get(form.subject, '')}"


def one(typed: Typed, name: str) -> str:
    """The first value of a control; empty if there is none."""
    return (typed.get(name) or [""])[0]
