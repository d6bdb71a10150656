"""`touchline kafka` and `touchline topics`: the local broker, and the topics and rights of any broker."""

import sys
from typing import Any

import click

from streams.cli.options import FORMAT, lines_or_table
from streams.presentation.terminal import say
from streams.settings import Settings


@click.command()
@click.option("--check", is_flag=True, help="Only report what differs; create nothing.")
@click.pass_obj
def topics(settings: Settings, check: bool) -> None:
    """Create every topic with its settings, and report any that differ from what they must be."""
    from streams.kafka.rights import OPERATOR, require_rights  # noqa: PLC0415
    from streams.kafka.topic_settings import create_topics, differences  # noqa: PLC0415

    require_rights(settings.kafka, OPERATOR, settings.topics)
    for name in [] if check else create_topics(settings.kafka, settings.topics):
        say(f"created {name}")
    sentences = differences(settings.kafka, settings.topics)
    for sentence in sentences:
        say(sentence, err=True)
    if sentences:
        say(
            "Change them with Kafka's own tools, or use another TOUCHLINE_PREFIX: "
            "a topic of the wrong shape loses history.",
            err=True,
        )
        sys.exit(1)
    say(f"{len(settings.topics.all())} topics are as they must be.")


@click.group()
def kafka() -> None:
    """Run a real Apache Kafka broker on this machine."""


def local_kafka(settings: Settings) -> Any:  # noqa: ANN401 - imported late
    """The local broker of the settings. Raises ClickException when an existing cluster is configured."""
    from deploy.local.kafka import LocalKafka  # noqa: PLC0415

    if settings.broker:
        raise click.ClickException(
            f"TOUCHLINE_BROKER names an existing cluster ({settings.broker}); the local broker is not used."
        )
    return LocalKafka(settings.state.absolute() / "kafka", settings.kafka_port)


SOURCES = click.option(
    "--source", "sources", multiple=True, metavar="NAME", help="A source system with an account of its own."
)


@kafka.command()
@click.option("--secured", is_flag=True, help="With TLS, accounts and rights; it stays so until it is wiped.")
@SOURCES
@click.pass_obj
def start(settings: Settings, secured: bool, sources: tuple[str, ...]) -> None:
    """Start the broker; its data is kept between starts."""
    broker = local_kafka(settings)
    started = broker.start(say, secured=secured)
    say(f"Kafka {'serves' if started else 'already serves'} at {broker.address}.")
    if secured:
        from streams.kafka.local_accounts import make_accounts, settings_of  # noqa: PLC0415

        make_accounts(broker.secured, settings.topics, sources)
        for line in settings_of(broker.secured, sources):
            say(line)


@kafka.command()
@click.option("--grant", "give", is_flag=True, help="Give them at Kafka, by the account that the settings name.")
@SOURCES
@FORMAT
@click.pass_obj
def rights(settings: Settings, give: bool, sources: tuple[str, ...], form: str | None) -> None:
    """Print what each account must be allowed to do at Kafka; with --grant, allow it."""
    from streams.kafka.rights import accounts, grant  # noqa: PLC0415
    from streams.kafka.rights import rights as rights_of  # noqa: PLC0415
    from streams.presentation.lines import show  # noqa: PLC0415

    needed = [right for account in accounts(sources) for right in rights_of(account, settings.topics)]
    if not give:
        show((right._asdict() for right in needed), lines_or_table(form), "Rights", lambda line: line)
        return
    grant(settings.kafka, needed)
    say(f"{len(needed)} rights are given.")


@kafka.command()
@click.option("--cluster", default="touchline", show_default=True, help="The name of Strimzi's cluster.")
@SOURCES
@click.pass_obj
def strimzi(settings: Settings, cluster: str, sources: tuple[str, ...]) -> None:
    """Print every topic and account as Strimzi's resources, for `kubectl apply`, as one JSON list."""
    import json  # noqa: PLC0415

    from streams.kafka.strimzi import resources  # noqa: PLC0415

    items = list(resources(settings.topics, cluster, sources))
    click.echo(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2))


@kafka.command()
@click.pass_obj
def stop(settings: Settings) -> None:
    """Stop the broker."""
    say("Kafka has stopped." if local_kafka(settings).stop() else "Kafka did not run.")


@kafka.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say whether the broker runs."""
    broker = local_kafka(settings)
    pid = broker.pid()
    say(f"Kafka runs at {broker.address} (process {pid})." if pid else "Kafka does not run.")
    sys.exit(0 if pid else 1)


@kafka.command()
@click.confirmation_option(prompt="Delete everything that the local broker keeps?")
@click.pass_obj
def wipe(settings: Settings) -> None:
    """Delete everything the local broker and its workers keep."""
    import shutil  # noqa: PLC0415

    local_kafka(settings).wipe()
    for folder in (settings.topics.app_id, "board"):
        shutil.rmtree(settings.state / folder, ignore_errors=True)
    say("Kafka's data, the workers' and the board's are deleted.")


COMMANDS = (topics, kafka)
