"""Logs: JSON lines on standard error, one for each thing that happened, with dotted names and nothing personal.

What is logged of a line that this project writes is what its call says. Of a library's line it is the template alone,
without what would be put into it, since that may be an event. Of an error it is the type and where it was raised, never
its message, for the same reason. docs/logs.md lists the names.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import structlog

OURS = "touchline"
"""The logger above all of this project's own."""
CHATTER = {
    "aiokafka": logging.CRITICAL,
    "kafka": logging.CRITICAL,
    "faust": logging.ERROR,
    "mode": logging.ERROR,
    "streams.processor": logging.ERROR,
    "asyncio": logging.ERROR,
}
"""By logger of a library the least level that is shown; of others it is WARNING.

Nobody can do anything about a coordinator that is elected, or a connection that is tried again. When Kafka is away, and
when it is back, this project's own log says so. Faust logs under the name of the package that has the agents.
"""
FRAMES = 12
"""At most so many places of an error are logged, the last ones."""


def setup_logging(level: str, levels: Mapping[str, str] = {}) -> None:
    """Sets up logging for a process: `level` is this project's, `levels` are those of packages that are named.

    Example: `{"touchline.monitor": "WARNING", "kafka": "ERROR"}`.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[structlog.typing.Processor] = [
        _type_and_places,
        structlog.processors.JSONRenderer(serializer=_as_json),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, *rendered],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Lines(
            foreign_pre_chain=[_template_alone, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    wanted: dict[str, int | str] = {**CHATTER, OURS: level, **levels}
    for name, least in wanted.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_failed


class _Lines(structlog.stdlib.ProcessorFormatter):
    """Lines of this project come as JSON already; it would take as long again to take them apart and render them here.

    A line for each event at each stage costs a processor something.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        ours = record.name == OURS or record.name.startswith(f"{OURS}.")
        return str(record.msg) if ours else super().format(record)


def _as_json(line: Any, **_options: Any) -> str:  # noqa: ANN401 - structlog's own
    return orjson.dumps(line, default=repr).decode()


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    log = structlog.get_logger(OURS)
    log.error("thread.failed", exc_info=(failed.exc_type, failed.exc_value, failed.exc_traceback))


def _template_alone(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:  # noqa: ANN401 - structlog's own
    """Of a library's line its template and its place; without a template the first words, up to anything quoted."""
    record: logging.LogRecord = line["_record"]
    template = str(record.msg)
    if not record.args:
        template = re.split(r"[\n<{\[('\":=]|\d", template, maxsplit=1)[0].strip()
    line["event"] = template or "(not shown)"
    line["place"] = f"{record.module}:{record.lineno}"
    return line


def _type_and_places(_logger: Any, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:  # noqa: ANN401 - structlog's own
    """Of an error, and of what it was raised from, the type and the places."""
    raised = line.pop("exc_info", None)
    line.pop("stack", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        line["error"] = [_told(each.__class__, each.__traceback__) for each in _chain(error)]
    return line


def _chain(error: BaseException) -> list[BaseException]:
    """An error, then what it was raised from."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return chain


def _told(kind: type[BaseException], trace: TracebackType | None) -> dict[str, Any]:
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return {"type": kind.__name__, "places": places[-FRAMES:]}
