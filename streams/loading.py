"""`touchline load`: publishes the events of files to their source topics."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from events.envelope import Refused, accept
from events.publishing import Publisher
from projections.policy import read_policy
from streams.audit.commands import progress_bar
from streams.clock import now
from streams.settings import Settings


@dataclass
class Loaded:
    """What became of the lines."""

    published: int = 0
    refused: list[str] = field(default_factory=list)


def load(settings: Settings, paths: Iterable[Path]) -> Loaded:
    """Publishes every line that can be accepted, and lists the others with their place. Raises PublishError, OSError."""
    zone = read_policy(settings.policy).of(None).zone
    done = Loaded()
    files = list(paths)
    with (
        Publisher(settings.address, settings.topics) as publisher,
        progress_bar("publishing", sum(path.stat().st_size for path in files)) as progress,
    ):
        for path in files:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    progress(len(line))
                    raw = line.strip()
                    if not raw:
                        continue
                    try:
                        event = accept(raw, zone, now())
                    except Refused as error:
                        done.refused.append(f"{path}:{number}: {error}")
                        continue
                    publisher.publish(event, raw)
                    done.published += 1
    return done
