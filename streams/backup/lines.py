"""A Kafka record as a line of JSON and back: pure conversion.

Example: `{"offset":7,"appended":1767225600000,"key":"family/f","value":"{…}","headers":[["entry","event"]]}`. Bytes
that are text stand as text; others as `{"base64":"…"}`, and what is absent as null.
"""

import base64
import json
from typing import Any

from events.codec import to_json
from streams.kafka.client import Stored


def to_line(record: Stored) -> bytes:
    """The line of a record, with its newline."""
    fields = {
        "offset": record.offset,
        "appended": record.appended,
        "key": _shown(record.key),
        "value": _shown(record.value),
        "headers": [[name, _shown(content)] for name, content in record.headers],
    }
    return to_json(fields) + b"\n"


def from_line(line: bytes, topic: str, partition: int) -> Stored:
    """The record of a line. Raises ValueError, KeyError or TypeError for what is none."""
    fields = json.loads(line)
    headers: list[Any] = [(str(name), _bytes(content)) for name, content in fields["headers"]]
    return Stored(
        topic,
        partition,
        int(fields["offset"]),
        int(fields["appended"]),
        _bytes(fields["key"]),
        _bytes(fields["value"]),
        headers,
    )


def _shown(content: bytes | None) -> str | dict[str, str] | None:
    if content is None:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _bytes(shown: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    if shown is None:
        return None
    return shown.encode("utf-8") if isinstance(shown, str) else base64.b64decode(shown["base64"], validate=True)
