"""`touchline status`: how each part is, what is still to be read, and what to do next. It works whatever is down."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from kafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from events.topics import JOURNAL
from projections.policy import Policies
from projections.views.freshness import silences
from streams.clock import now
from streams.kafka.client import group_lag
from streams.kafka.quarantine import refusals
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable, TopicsDiffer
from streams.policy.policy_file import read_policy
from streams.policy.policy_topic import published
from streams.readmodel import database, queries
from streams.secret_files import FileUnusable
from streams.service.processes import health
from streams.settings import Settings

NAMED = 5
"""At most this many subjects or sources are named; the others are counted."""
Status = dict[str, Any]


def look(settings: Settings) -> Status:
    """Everything in one object. Its `next` says what to do, a sentence each."""
    parts: Status = {}
    for name, port in (("worker", settings.worker_port), ("board", settings.board_port)):
        answer = health(settings.host_of(port), port)
        parts[name] = answer["state"] if answer is not None else "not running"
        if name == "board":
            board_lag = answer.get("lag_records") if answer is not None else None
    kafka, refused = None, None
    try:
        kafka = _of_kafka(settings)
    except (KafkaRefused, FileUnusable) as error:
        refused = str(error)
    parts["kafka"] = "alive" if kafka is not None else "not reached"
    status = {
        "parts": parts,
        "backlog": {**(kafka["lag"] if kafka else {}), "board": board_lag} if kafka else None,
        "quarantine": kafka["quarantine"] if kafka else None,
        **_of_board(settings, kafka["policies"] if kafka else None),
    }
    status["next"] = list(_next(settings, status, refused))
    return status


def _of_kafka(settings: Settings) -> Status | None:
    """What Kafka knows; None while it is away. Raises KafkaRefused or FileUnusable."""
    topics = settings.topics
    try:
        lag = group_lag(settings.kafka, topics.app_id, [*topics.sources, topics.name(JOURNAL)])
        refused = list(refusals(settings))
        policies = published(settings)
    except KafkaRefused:
        raise
    except (KafkaUnreachable, TopicsDiffer, KafkaError, OSError):
        return None
    by_reason = Counter(refusal.reason for refusal in refused)
    last = refused[-1].place if refused else None
    by_topic = {topics.short(name): records for name, records in lag.items()}
    return {
        "lag": {topic: records for topic, records in by_topic.items() if records or topic == JOURNAL},
        "quarantine": {"records": len(refused), "by_reason": dict(sorted(by_reason.items())), "last": last},
        "policies": policies,
    }


def _of_board(settings: Settings, policies: Policies | None) -> Status:
    """What the board's read model knows; nothing where there is none."""
    nothing: Status = {"parked": None, "unreadable": None, "silent_sources": None}
    path = settings.state.absolute() / "board" / f"{settings.topics.app_id}.db"
    if not settings.readmodel_url and not path.exists():
        return nothing
    policy = (policies or Policies.one(read_policy(settings.policy))).at(now())
    engine = database.connect(settings.readmodel_address, settings.topics.app_id, settings.readmodel_password_file)
    try:
        with engine.connect() as connection:
            silent = [
                {"site": silence.site, "source": silence.source}
                for site, heard in sorted(queries.heard(connection).items())
                for silence in silences(site, heard, policy.of(site), now())
            ]
            return {
                "parked": [row["name"] for row in queries.parked(connection)],
                "unreadable": sum(row["records"] for row in queries.unreadable(connection)),
                "silent_sources": silent,
            }
    except SQLAlchemyError:
        return nothing
    finally:
        engine.dispose()


def _next(settings: Settings, status: Status, refused: str | None) -> Iterator[str]:
    parts = status["parts"]
    if refused is not None:
        yield refused
    elif parts["kafka"] == "not reached":
        start = (
            "set TOUCHLINE_BROKER to one that runs" if settings.broker else "`touchline up` or `touchline kafka start`"
        )
        yield f"Kafka cannot be reached at {settings.address}: {start}."
    for name, command in (("worker", "touchline worker"), ("board", "touchline serve")):
        if parts[name] == "not running":
            yield f"The {name} does not run here: `touchline up` runs all, `{command}` it alone."
        elif parts[name] == "stalled":
            yield (
                f"The {name} gets no further: its log says why; stopping it loses nothing, and it goes on where it was."
            )
    for subject in (status["parked"] or ())[:NAMED]:
        yield f"{subject} is parked: after an upgrade that can apply its entry, `touchline unpark {subject}`."
    if status["quarantine"] and status["quarantine"]["records"]:
        yield "Refused records wait to be looked at: `touchline quarantine list`."
    if status["unreadable"]:
        yield "The board passed over records that it cannot read: an upgrade reads the topics again."
    for silent in (status["silent_sources"] or ())[:NAMED]:
        yield (
            f"Nothing is heard of {silent['source']} for {silent['site']}: ask who runs it; "
            "`touchline sources` says since when."
        )


def sentences(status: Status) -> Iterator[str]:
    """The same for people, on one screen."""
    for name in ("kafka", "worker", "board"):
        yield f"{name:<10} {status['parts'][name].replace('-', ' ')}"
    backlog = status["backlog"]
    if backlog is None:
        yield "backlog    unknown: Kafka cannot be reached"
    else:
        waiting = [f"{name} {records:,}" for name, records in backlog.items() if records]
        yield f"backlog    {', '.join(waiting) if waiting else 'none: all is read'}"
    yield f"parked     {_count(status['parked'], status['parked'])}"
    quarantine = status["quarantine"]
    if quarantine is None:
        yield "quarantine unknown: Kafka cannot be reached"
    else:
        reasons = ", ".join(f"{reason} {count}" for reason, count in quarantine["by_reason"].items())
        more = f" ({reasons}); the last from {quarantine['last']}" if reasons else ""
        yield f"quarantine {quarantine['records']:,}{more}"
    silent = status["silent_sources"]
    yield f"silent     {_count(silent, [source['source'] for source in silent or ()])}"
    yield ""
    if status["next"]:
        yield "What to do next:"
        yield from (f"- {sentence}" for sentence in status["next"])
    else:
        yield "Nothing asks for attention."


def _count(things: list[Any] | None, names: list[str] | None) -> str:
    if things is None:
        return "unknown: the board has not run here"
    shown = ", ".join((names or ())[:NAMED])
    more = " …" if len(things) > NAMED else ""
    return f"{len(things):,} ({shown}{more})" if things else "0"
