"""Bytes as text, as other people's programs write them: UTF-8 or UTF-16, with a byte order mark or without."""

import codecs

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


def encoding_of(begin: bytes) -> tuple[str, int]:
    """The encoding that the first bytes of a file speak of, UTF-8 without a mark, and the length of the mark."""
    return next(((name, len(mark)) for mark, name in MARKS.items() if begin.startswith(mark)), ("utf-8", 0))


def decoded(raw: bytes) -> str:
    """A whole file as text. Raises UnicodeDecodeError."""
    encoding, mark = encoding_of(raw)
    return raw[mark:].decode(encoding)
