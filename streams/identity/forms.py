"""Reads forms. Nobody has to be signed in to send one, so their size is limited."""

from urllib.parse import parse_qs

from starlette.types import Receive

LONGEST_BYTES = 16_384
"""Of a form of sign-in."""
FIELDS = 20
Fields = dict[str, list[str]]
"""What was typed, by name of the field, in the order of the page."""


class FormTooLarge(ValueError):
    """A form that no page of ours sends."""


async def read_body(receive: Receive, longest_bytes: int = LONGEST_BYTES) -> bytes:
    """The body of a request. Raises FormTooLarge."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > longest_bytes:
            raise FormTooLarge
    return bytes(body)


def fields_of(body: bytes, most: int = FIELDS) -> Fields:
    """The fields of a form's body, at most so many. Raises FormTooLarge."""
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise FormTooLarge from None


async def read_form(receive: Receive) -> dict[str, str]:
    """The fields of a form of sign-in; of one that is sent twice the last. Raises FormTooLarge."""
    return {name: values[-1] for name, values in fields_of(await read_body(receive)).items()}
