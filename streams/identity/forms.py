"""Reads the small forms of sign-in. Nobody has to be signed in to send one, so their size is limited."""

from urllib.parse import parse_qsl

from starlette.requests import Request

LONGEST_BYTES = 16_384
FIELDS = 20


class FormTooLarge(ValueError):
    """A form that no page of ours sends."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; of one that is sent twice the last. Raises FormTooLarge."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BYTES:
            raise FormTooLarge
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:
        raise FormTooLarge from None
