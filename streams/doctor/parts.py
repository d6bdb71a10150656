"""The parts of the service: whether each is there and gets on, of one version, and no two processors of one name."""

from collections import Counter
from collections.abc import Iterator

from streams.doctor.finding import Deployment, Finding, fine, said, wrong

COMMANDS = {"processor": "touchline worker", "board": "touchline serve"}


def check_parts(deployment: Deployment) -> Iterator[Finding]:
    """Each part's own answer."""
    for part in deployment.parts:
        lag = said(part, "lag_records")
        state = said(part, "state")
        if state is None:
            yield wrong(
                part.name,
                "does not answer",
                f"Start it with `{COMMANDS[part.kind]}`, or name where it is with --{part.kind}.",
            )
        elif state == "stalled":
            remedy = "Its log says why. Stop it and start it again: nothing is lost, and it goes on where it was."
            yield wrong(part.name, "gets no further", remedy)
        elif not said(part, "connected"):
            yield wrong(part.name, "does not reach Kafka", "Its log says why; look at Kafka and at its settings.")
        elif state != "caught-up":
            remedy = "Wait: `touchline status` says how it shrinks. If it grows, start more processors."
            yield wrong(part.name, f"is behind by {lag or 0:,} records", remedy)
        else:
            yield fine(part.name, "has caught up")


def check_versions(deployment: Deployment) -> Iterator[Finding]:
    """Whether all parts that answer are of one version."""
    versions = {said(part, "version") for part in deployment.parts if part.body is not None}
    if len(versions) > 1:
        seen = ", ".join(f"{part.name}: {said(part, 'version')}" for part in deployment.parts if part.body is not None)
        yield wrong("versions", seen, "Bring all parts to the newest of these versions.")
    elif versions:
        yield fine("versions", f"all parts are of version {versions.pop()}")


def check_names(deployment: Deployment) -> Iterator[Finding]:
    """Whether each processor has a name of its own: of two with one name Kafka serves only the last."""
    names = Counter(said(part, "name") for part in deployment.processors if part.body is not None)
    twice = [str(name) for name, count in names.items() if count > 1]
    if twice:
        remedy = "Give each processor a TOUCHLINE_WORKER_NAME of its own, and start the one that ended again."
        yield wrong("names of processors", f"several are named {', '.join(twice)}", remedy)
    elif names:
        yield fine("names of processors", "each has its own")
