"""All checks, in the order in which they are made."""

from collections.abc import Callable, Iterator

from kafka.errors import KafkaError

from streams.database import DatabaseUnusable
from streams.doctor import certificates, clocks, history, kafka, machine, parts
from streams.doctor.asking import ask
from streams.doctor.finding import Deployment, Finding, State, unknown
from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer
from streams.listen_address import url
from streams.secret_files import FileUnusable
from streams.settings import Settings

Check = Callable[[Deployment], Iterator[Finding]]
WITHOUT_KAFKA: tuple[Check, ...] = (
    machine.check_space,
    machine.check_secrets,
    clocks.check_zones,
    certificates.check_certificates,
    parts.check_parts,
    parts.check_versions,
    parts.check_names,
    clocks.check_clocks,
    history.check_read_model,
    history.check_accounts,
)
WITH_KAFKA: tuple[Check, ...] = (
    kafka.check_topics,
    kafka.check_rights,
    kafka.check_group,
    clocks.check_stamps,
    history.check_policy,
    history.check_lag,
)


def examine(settings: Settings, processors: list[str], boards: list[str]) -> Iterator[Finding]:
    """Every finding, as it is made. Without addresses the parts of this machine are asked."""
    here = [url(settings.host_of(port), port, "") for port in (settings.worker_port, settings.board_port)]
    deployment = Deployment(
        settings,
        [ask("processor", address) for address in processors or here[:1]],
        [ask("board", address) for address in boards or here[1:]],
    )
    broker = list(kafka.check_broker(deployment))
    yield from broker
    is_used = all(finding.state is State.FINE for finding in broker)
    for check in (*WITH_KAFKA, *WITHOUT_KAFKA) if is_used else WITHOUT_KAFKA:
        yield from _made(check, deployment)


def _made(check: Check, deployment: Deployment) -> Iterator[Finding]:
    """What a check finds. One that could not be made keeps no other from being made."""
    try:
        yield from check(deployment)
    except (KafkaError, KafkaUnreachable, TopicsDiffer, FileUnusable, DatabaseUnusable, OSError, ValueError) as error:
        what = check.__name__.removeprefix("check_").replace("_", " ")
        yield unknown(
            what, f"could not be checked ({type(error).__name__})", "Mend what is wrong above, then ask again."
        )
