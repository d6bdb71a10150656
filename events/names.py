"""Names and how they are written: pointers, parts joined so that they can be told apart, the name that was meant.

Pure.
"""

import difflib
import re
from collections.abc import Iterable
from hashlib import sha1
from uuid import NAMESPACE_URL

_URL = NAMESPACE_URL.bytes


def unknown(name: str, known: Iterable[str], what: str, cutoff: float = 0.6) -> str:
    """That a name is no `what`, with the nearest of those known, if one is as near as `cutoff` (0 to 1)."""
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name!r} is no {what}{hint}"


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a terminal obeys rather than prints.

Control characters, what turns the direction of reading, line separators; half surrogates.
"""


def shown(text: str) -> str:
    r"""A text as it can be printed on one line: what a terminal would obey is written out, like `\n` or `\u202e`."""
    return _OBEYED.sub(lambda obeyed: obeyed[0].encode("unicode_escape").decode(), text)


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) of the keys and numbers that lead to a value."""
    text = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair cannot be written


def uuid_of(text: str) -> str:
    """The UUIDv5 of a text in the URL namespace: always the same, on every machine. As `uuid.uuid5`, but quicker."""
    digest = bytearray(sha1(_URL + text.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    letters = digest.hex()
    return f"{letters[:8]}-{letters[8:12]}-{letters[12:16]}-{letters[16:20]}-{letters[20:]}"


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as `uuid_of` writes it, in small letters."""
    return _UUID.fullmatch(text) is not None


def joined(*parts: str) -> str:
    """Parts as one text, with `:` between them; other parts never make the same text."""
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)
