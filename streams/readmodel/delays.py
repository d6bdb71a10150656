"""How long what is published takes to be shown, as operations see it."""

from collections.abc import Iterable, Mapping

from events.codec import parse_json
from events.instants import MICROS_A_SECOND, Instant, parse_instant
from projections.state.journal import append_time
from projections.watch.step import DEADLINE, POLICY
from streams.kafka.client import Stored
from streams.telemetry import BoardMetrics


class Delays:
    """Observes records of `alerts` when they are in the read model.

    A read model that is made anew reads what was shown long ago: that is no delay, and is not observed.
    """

    def __init__(self, metrics: BoardMetrics) -> None:
        self._metrics = metrics
        self._first: dict[int, int] = {}

    def begin(self, known: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Takes by partition the next offset to read, where the read model has one, and the topic's present end."""
        self._first = {partition: known.get(partition, end) for partition, end in ends.items()}

    def observe(self, records: Iterable[Stored], present: Instant) -> None:
        """Takes records that are shown from now on."""
        for record in records:
            if record.offset < self._first.get(record.partition, 0):
                continue
            self._metrics.shown.observe(_seconds(append_time(record.appended), present))
            known = known_by_event(record)
            if known is not None:
                self._metrics.known_to_shown.observe(_seconds(known, present))


def known_by_event(record: Stored) -> Instant | None:
    """The known instant of a transition that an event made; None for one of time or policy, or an unreadable one."""
    try:
        data = parse_json(record.value or b"")["data"]
        return None if data["cause"] in {DEADLINE, POLICY} else parse_instant(data["known"])
    except (ValueError, LookupError, TypeError):
        return None  # the read model has counted it


def _seconds(since: Instant, present: Instant) -> float:
    return max(0, present - since) / MICROS_A_SECOND
