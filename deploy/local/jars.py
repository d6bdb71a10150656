"""Apache Kafka's jars for the local broker: from Maven Central through `jgo`, each checked against `jars.sha256`.

Run alone, it fetches the jars if they are missing. Setting up runs it while the packages install.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

KAFKA_VERSION = "kafka-4.3.1"
ARTIFACTS = ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")
CHECKSUMS = Path(__file__).with_name("jars.sha256")


class JarsError(RuntimeError):
    """The jars cannot be had; the message says why and what to do."""


def cache() -> Path:
    """Where the jars are kept, for all services of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "touchline" / KAFKA_VERSION


def checksums() -> dict[str, str]:
    """The SHA-256 in hexadecimal that each jar must have, by its file name."""
    lines = CHECKSUMS.read_text("ascii").split("\n")
    return {name: checksum for checksum, name in (line.split() for line in lines if line)}


def jars(folder: Path, say: Callable[[str], None]) -> list[Path]:
    """The broker's jars in a folder, fetched once. Raises JarsError if one cannot be had or has another checksum."""
    wanted = checksums()
    paths = [folder / name for name in sorted(wanted)]
    if not all(path.exists() for path in paths):
        say("Fetching Apache Kafka (44 MB, once) …")
        _fetch(folder)
    for path in paths:
        if not path.exists() or _sha256(path) != wanted[path.name]:
            path.unlink(missing_ok=True)
            raise JarsError(
                f"{path.name} is not the file it must be (its checksum differs); it was deleted. "
                "Start again to fetch it anew."
            )
    return paths


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(folder: Path) -> None:
    import jgo  # noqa: PLC0415 - slow to import, and needed once

    folder.mkdir(parents=True, exist_ok=True)
    resolved = folder / f"resolved-{os.getpid()}"  # a folder a process: two may fetch at the same time
    try:
        built = [jgo.build(artifact, cache_dir=resolved) for artifact in ARTIFACTS]  # together they would mix versions
        for jar in (jar for build in built for jar in Path(build.path).rglob("*.jar")):
            part = resolved / f"{jar.name}.part"
            shutil.copy2(jar, part)
            part.replace(folder / jar.name)
    except Exception as error:  # noqa: BLE001 - a resolver fails in many ways, all of them mean: not to be had
        raise JarsError(
            f"Apache Kafka cannot be fetched ({error}). Check the network, "
            "or set TOUCHLINE_BROKER to a cluster you have."
        ) from None
    finally:
        shutil.rmtree(resolved, ignore_errors=True)


if __name__ == "__main__":
    try:
        jars(cache(), lambda _text: None)
    except JarsError as error:
        sys.exit(str(error))
