"""Bytes as text, as other people's programs write them: UTF-8 or UTF-16, with a byte order mark or without."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


LONGEST_MARK = 3


def encoding_of(begin: bytes) -> tuple[str, int]:
    """The encoding that the first bytes of a file speak of, UTF-8 without a mark, and the length of the mark."""
    return next(((name, len(mark)) for mark, name in MARKS.items() if begin.startswith(mark)), ("utf-8", 0))


def decoded(raw: bytes) -> str:
    """A whole file as text. Raises UnicodeDecodeError."""
    encoding, mark = encoding_of(raw)
    return raw[mark:].decode(encoding)


def lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, as UTF-8 without a mark, each with the number of bytes that it has in the file.

    What is no text of its encoding is passed on as what is no UTF-8.
    """
    encoding, mark = encoding_of(file.read(LONGEST_MARK))
    file.seek(mark)
    if encoding == "utf-8":
        for line in file:
            yield len(line), line
        return
    text = io.TextIOWrapper(file, encoding, errors="surrogatepass", newline="\n")
    try:
        for each in text:
            yield 2 * len(each), each.encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        yield 1, b"\xff"
    finally:
        text.detach()
