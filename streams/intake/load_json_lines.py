"""`touchline load`: publishes the events of files to their source topics."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from events.jsonl import RefusedLine, read_lines
from streams.clock import now
from streams.kafka.publishing import Publisher
from streams.policy.policy_file import read_policy
from streams.presentation.progress import progress_bar
from streams.settings import Settings


@dataclass
class Loaded:
    """What became of the lines."""

    published: int = 0
    refused: list[str] = field(default_factory=list)


def load(settings: Settings, paths: Iterable[Path]) -> Loaded:
    """Publishes every line that can be accepted; lists the others with their place. Raises PublishError, OSError."""
    zone = read_policy(settings.policy).of(None).zone
    loaded = Loaded()
    files = list(paths)
    with (
        Publisher(settings.kafka, settings.topics) as publisher,
        progress_bar("publishing", sum(path.stat().st_size for path in files)) as progress,
    ):
        for path in files:
            for line in read_lines(path, zone, progress=progress, known=now):
                if isinstance(line, RefusedLine):
                    loaded.refused.append(str(line))
                else:
                    publisher.publish(line.event, line.raw)
                    loaded.published += 1
    return loaded
