"""The command `touchline`. Each command wires what it needs; what it needs is imported only then."""

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from streams.presentation.terminal import explain_usage, say
from streams.settings import Settings

FAULT = 4
"""The exit code for a fault of ours."""
OTHER_POLICY = 5
"""The exit code where the policy is not the one that holds: trying again does not help."""
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "table"]),
    help="JSON lines or a table; a table on a terminal, JSON lines in a pipe.",
)
FILES = click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
POLICY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SOURCES = [
    click.option("--kafka", is_flag=True, help="Read the journal instead of files."),
    click.option("--known-at", metavar="T", help="As known at T: an instant, or a date (its last microsecond)."),
    click.option("--policy", type=POLICY_FILE, help="Judge under this policy file."),
    FORMAT,
]
SUBJECT = click.option("--subject", metavar="S", help="One subject only, like family/F.")
VALID_AT = click.option("--valid-at", metavar="T", help="What was so at T; later than --known-at it is a forecast.")
JOBS = click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1), help="So many processes (with --kafka)."
)


def _with(*options: Any) -> Any:  # noqa: ANN401 - decorators
    def decorate(command: Any) -> Any:  # noqa: ANN401
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _audit(*options: Any) -> Any:  # noqa: ANN401 - decorators
    """A command that reads history: it gets what its options ask for, the format, and its own options; it returns the exit code."""

    def decorate(command: Any) -> Any:  # noqa: ANN401
        @click.pass_obj
        def run(
            settings: Settings, /, files: tuple[Path, ...], kafka: bool, known_at: str | None, policy: Path | None, form: str | None,
            subject: str | None = None, valid_at: str | None = None, **others: Any,  # noqa: ANN401
        ) -> None:  # fmt: skip
            from streams.audit.commands import Asked  # noqa: PLC0415

            asked = Asked(
                settings, files, kafka=kafka, known_at=known_at, valid_at=valid_at, subject=subject, policy=policy
            )
            sys.exit(command(asked, _form(form), **others))

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        return _with(*options, *SOURCES)(run)

    return decorate


def _form(form: str | None) -> str:
    return form or ("table" if sys.stdout.isatty() else "jsonl")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchline")
@click.pass_context
def cli(context: click.Context) -> None:
    """Touchline watches over the contact between families and their key workers.

    Settings come from the environment: TOUCHLINE_BROKER (an existing Kafka cluster), TOUCHLINE_STATE (a folder),
    TOUCHLINE_POLICY (a TOML file), TOUCHLINE_BOARD_PORT, TOUCHLINE_WORKER_PORT, TOUCHLINE_KAFKA_PORT, TOUCHLINE_PREFIX.
    """
    try:
        context.obj = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"TOUCHLINE_{'_'.join(map(str, first['loc'])).upper()}"
        raise click.UsageError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


@cli.command()
@_audit(FILES, SUBJECT, JOBS)
def replay(asked: Any, form: str, jobs: int) -> int:  # noqa: ANN401 - imported late
    """Print every alert transition, in order of known."""
    from streams.audit import commands  # noqa: PLC0415

    return commands.replay(asked, form, jobs)


@cli.command()
@click.option(
    "--shown-at", metavar="T", help="What had been published by T, beside what should have been (with --kafka)."
)
@_audit(FILES, SUBJECT, VALID_AT, JOBS)
def board(asked: Any, form: str, jobs: int, shown_at: str | None) -> int:  # noqa: ANN401 - imported late
    """Print the alerts that are open, sorted by rule, subject and discriminator."""
    from streams.audit import commands  # noqa: PLC0415

    return commands.board_shown(asked, form, shown_at) if shown_at else commands.board(asked, form, jobs)


@cli.command()
@_audit(FILES)
def sources(asked: Any, form: str) -> int:  # noqa: ANN401 - imported late
    """Print by site when each source was last heard of, whether it is silent, and the families of whom nothing is known since."""
    from streams.audit import commands  # noqa: PLC0415

    return commands.sources(asked, form)


@cli.command()
@click.option(
    "--days",
    default=182,
    show_default=True,
    type=click.IntRange(7),
    help="Over so many days before that of --known-at.",
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of JSON lines or a table.")
@_audit(FILES)
def report(asked: Any, form: str, days: int, as_csv: bool) -> int:  # noqa: ANN401 - imported late
    """Print figures for each site and for all together; cells of fewer than five are suppressed, and no worker is ranked."""
    from streams.audit import commands  # noqa: PLC0415

    return commands.report_figures(asked, "csv" if as_csv else form, days)


def _words(
    _context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str | None, tuple[Path, ...]]:
    from projections.rules import BY_NAME  # noqa: PLC0415

    rule = words[0] if words and words[0] in BY_NAME else None
    files = tuple(map(Path, words[1:] if rule else words))
    for file in files:
        if not file.is_file():
            raise click.UsageError(f"{str(file)!r} is neither a rule nor a file; `touchline rules` lists the rules.")
    return rule, files


@cli.command()
@click.argument("subject")
@click.argument("words", nargs=-1, metavar="[RULE] [FILE]...", callback=_words)
@_with(*SOURCES, VALID_AT)
@click.option("--english", is_flag=True, help="In plain English, for a coordinator.")
@click.pass_obj
def explain(  # noqa: PLR0913, PLR0917 - an option each
    settings: Settings, subject: str, words: tuple[str | None, tuple[Path, ...]], kafka: bool, known_at: str | None, policy: Path | None,
    form: str | None, valid_at: str | None, english: bool,
) -> None:  # fmt: skip
    """Print why a SUBJECT (like family/F) is flagged, or why not: for one RULE or for all."""
    from streams.audit import commands  # noqa: PLC0415

    rule, files = words
    asked = commands.Asked(
        settings, files, kafka=kafka, known_at=known_at, valid_at=valid_at, subject=subject, policy=policy
    )
    sys.exit(commands.explain_subject(asked, rule, _form(form), english=english))


@cli.command()
@click.option("--policy", type=POLICY_FILE, help="With the parameters of this policy file.")
@click.option("--site", metavar="S", help="With the parameters of one site.")
@FORMAT
def rules(policy: Path | None, site: str | None, form: str | None) -> None:
    """Print the rules with what they mean, their parameters, and the phrase of the research that each comes from."""
    from streams.audit.commands import show  # noqa: PLC0415
    from streams.policy.policy_file import read_policy  # noqa: PLC0415
    from streams.presentation.rule_listing import rulebook  # noqa: PLC0415

    show(rulebook(read_policy(policy).of(site)), _form(form), "Rules", lambda line: {
        "rule": line["rule"], "subject": line["subject"], "title": line["title"], "on": "yes" if line["on"] else "no",
        "parameters": ", ".join(f"{name} = {value}" for name, value in line["parameters"].items()), "the text": line["source"],
    })  # fmt: skip


@cli.group()
def policy() -> None:
    """Look at the policy, check a new one, try it on history, publish it."""


@policy.command("show")
@click.option("--policy", "file", type=POLICY_FILE, help="Of this policy file.")
@click.option("--kafka", is_flag=True, help="The versions that the service has published.")
@click.option("--site", metavar="S", help="The parameters of one site.")
@FORMAT
@click.pass_obj
def show_policy(settings: Settings, file: Path | None, kafka: bool, site: str | None, form: str | None) -> None:
    """Print every parameter with its value, its default and the rules that use it; with --kafka of the version that holds now."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policies.show_policy(settings, file, _form(form), kafka=kafka, site=site))


@policy.command()
@click.argument("file", type=POLICY_FILE)
def check(file: Path) -> None:
    """Say whether a policy FILE can be used; if not, what to mend, on which line."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policies.check(file))


@policy.command("try")
@click.argument("file", type=POLICY_FILE)
@click.option(
    "--alerts", is_flag=True, help="Each alert that is gained, lost or changed, instead of the numbers by rule."
)
@_audit(FILES, SUBJECT, JOBS)
def try_policy(asked: Any, form: str, file: Path, alerts: bool, jobs: int) -> int:  # noqa: ANN401 - imported late
    """Replay history under the policy FILE too, and print by rule the alerts that would have been gained and lost."""
    from streams.audit import commands  # noqa: PLC0415
    from streams.policy.policy_file import read_policy  # noqa: PLC0415

    return commands.try_policy(asked, read_policy(file), form, jobs, alerts=alerts)


@policy.command()
@click.argument("file", type=POLICY_FILE)
@click.option(
    "--holds-from",
    metavar="INSTANT",
    help="From when it is to hold; else the file's holds_from, else as soon as can be.",
)
@click.pass_obj
def publish(settings: Settings, file: Path, holds_from: str | None) -> None:
    """Publish the policy FILE: it holds from an instant at least six minutes ahead, and workers take it up by themselves."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policies.publish_policy(settings, file, holds_from))


@cli.command()
@click.argument("type_name", metavar="[TYPE]", required=False)
def schema(type_name: str | None) -> None:
    """Print the JSON Schema of one event TYPE (like contact.recorded), or of all."""
    from events.codec import to_json  # noqa: PLC0415
    from events.schema import json_schema  # noqa: PLC0415

    try:
        say(to_json(json_schema(type_name)).decode())
    except KeyError:
        raise click.UsageError(f"{type_name!r} is no event type; `touchline types` lists them.") from None


@cli.command()
@FORMAT
def types(form: str | None) -> None:
    """Print the event types with their topics and fields."""
    from events.catalogue import TYPES  # noqa: PLC0415
    from streams.audit.commands import show  # noqa: PLC0415

    lines = [
        {
            "topic": kind.topic,
            "type": kind.full_name(version),
            "fields": ", ".join(
                name if field.is_required() else f"{name}?" for name, field in kind.model(version).model_fields.items()
            ),
        }
        for kind in TYPES.values()
        for version in range(1, kind.version + 1)
    ]
    show(lines, _form(form), "Event types", lambda line: line)


@cli.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run a worker: intake, and the monitor that judges."""
    from streams.processor.main import run  # noqa: PLC0415

    run(settings)


@cli.command()
@click.option("--check", is_flag=True, help="Only report what differs; create nothing.")
@click.pass_obj
def topics(settings: Settings, check: bool) -> None:
    """Create every topic with its settings, and report any that differ from what they must be."""
    from streams.kafka.client import create_topics, differences  # noqa: PLC0415

    for name in [] if check else create_topics(settings.address, settings.topics):
        say(f"created {name}")
    found = differences(settings.address, settings.topics)
    for sentence in found:
        say(sentence, err=True)
    if found:
        say(
            "Change them with Kafka's own tools, or use another TOUCHLINE_PREFIX: a topic of the wrong shape loses history.",
            err=True,
        )
        sys.exit(1)
    say(f"{len(settings.topics.all())} topics are as they must be.")


@cli.group()
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


@kafka.command()
@click.pass_obj
def start(settings: Settings) -> None:
    """Start the broker; its data is kept between starts."""
    broker = local_kafka(settings)
    started = broker.start(say)
    say(f"Kafka {'serves' if started else 'already serves'} at {broker.address}.")


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


@cli.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve the board: the live alert feed, pages, metrics."""
    from streams.board.main import run  # noqa: PLC0415

    run(settings)


@cli.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Run Kafka, a worker and the board together; Ctrl-C stops them.

    A part that ends is started again. However large the backlog is, they stay up, and it is said how it shrinks.
    """
    from streams.listen_address import url  # noqa: PLC0415
    from streams.service.processes import service  # noqa: PLC0415

    with service(settings, dict(os.environ), say) as running:
        running.wait_alive()
        say(f"The board is at {url(settings.host, settings.board_port)} (Ctrl-C stops everything).")
        running.forever()


@cli.command("status")
@click.option(
    "--format", "form", type=click.Choice(["json", "table"]), help="One JSON object or text; text on a terminal."
)
@click.pass_obj
def service_status(settings: Settings, form: str | None) -> None:
    """Say how each part is, what is still to be read, and what to do next.

    Exit code 1 when something asks for attention.
    """
    from events.codec import to_json  # noqa: PLC0415
    from streams.service.status import look, sentences  # noqa: PLC0415

    found = look(settings)
    if form == "json" or (form is None and not sys.stdout.isatty()):
        say(to_json(found).decode())
    else:
        for line in sentences(found):
            say(line)
    sys.exit(1 if found["next"] else 0)


@cli.command()
@click.option("--seconds", type=float, help="Stop by itself after so long.")
@click.pass_obj
def demo(settings: Settings, seconds: float | None) -> None:
    """Run everything with a made-up pilot, and a live trickle in which alerts come and go."""
    from streams.service.demo import run  # noqa: PLC0415

    run(settings, say, seconds)


@cli.command()
@click.option("--families", default=27, show_default=True, type=click.IntRange(1), help="How many families.")
@click.option("--months", default=12, show_default=True, type=click.IntRange(1), help="How many months of history.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same bytes.")
@click.option("--until", required=True, metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--backfill", is_flag=True, help="Flag every event as part of a bulk import of the past.")
def simulate(families: int, months: int, seed: int, until: Any, backfill: bool) -> None:  # noqa: ANN401 - a date
    """Write made-up events as JSON lines, with the parameters of the research domain."""
    from events.codec import to_json  # noqa: PLC0415
    from streams.simulate import Plan, Simulation  # noqa: PLC0415

    out = sys.stdout.buffer
    for event in Simulation(Plan(families, months, seed, until.date(), backfill)).events():
        out.write(to_json(event) + b"\n")
    out.flush()


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def load(settings: Settings, files: tuple[Path, ...]) -> None:
    """Publish the events of FILES to the source topics; lines that are refused are listed, the rest is loaded."""
    from streams.intake.load_json_lines import load as load_files  # noqa: PLC0415

    done = load_files(settings, files)
    for line in done.refused:
        say(line, err=True)
    say(f"Published {done.published} events; refused {len(done.refused)} lines.")
    sys.exit(1 if done.refused else 0)


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How its columns are to be read.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rejected rows go, to be mended and imported again; FILE.rejects.csv if not said.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the events to a file of JSON lines instead of Kafka.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@click.option("--rows", is_flag=True, help="Print for each row taken what it leaves unsaid, as JSON lines.")
@click.pass_obj
def import_file(
    settings: Settings, file: Path, map_path: Path, rejects: Path | None, out: Path | None, dry_run: bool, rows: bool
) -> None:
    """Take in a case system's extract (CSV): each row becomes an event of the past, by a mapping file.

    Importing a row twice changes nothing. Two mappings with made-up extracts are in docs/import/.
    """
    from streams.intake.import_csv import import_rows  # noqa: PLC0415

    rejects = rejects or file.with_suffix(".rejects.csv")
    done = import_rows(settings, map_path, file, rejects, out=out, dry_run=dry_run, rows=rows)
    verb = "would be taken" if dry_run else "taken"
    say(
        f"{done.taken} rows {verb}, {done.rejected} rejected{f': they are in {rejects}' if done.rejected else ''}.",
        err=True,
    )
    for name, count in sorted(done.missing.items()):
        say(f"{count} rows do not say {MISSING.get(name, name)}.", err=True)
    sys.exit(1 if done.rejected else 0)


MISSING = {
    "initiated_by": "who started the contact: it neither counts for nor against the key worker",
    "outcome": "the outcome: the mapping's default was taken",
    "recordedtime": "when they were recorded",
    "offset": "which of the two hours they mean in the night in which the clocks go back: the first was taken",
}


@cli.group()
def quarantine() -> None:
    """Look at refused records, and send them again."""


@quarantine.command("list")
@FORMAT
@click.pass_obj
def list_refusals(settings: Settings, form: str | None) -> None:
    """List the records in quarantine."""
    from streams.audit.commands import show  # noqa: PLC0415
    from streams.kafka.quarantine import refusals  # noqa: PLC0415

    lines = (
        {
            "number": each.number,
            "reason": each.reason,
            "field": each.field,
            "message": each.message,
            "place": each.place,
        }
        for each in refusals(settings)
    )
    show(lines, _form(form), "Quarantine", lambda line: line)


@quarantine.command("show")
@click.argument("number", type=int)
@click.pass_obj
def show_refusal(settings: Settings, number: int) -> None:
    """Print the record of a NUMBER, whole, as it came."""
    from streams.kafka.quarantine import refusal  # noqa: PLC0415

    found = refusal(settings, number)
    say(f"{found.place}: {found.field}: {found.reason}: {found.message}", err=True)
    value = found.record.value or b""
    if sys.stdout.isatty():
        say(value.decode("utf-8", "backslashreplace"))
    else:
        sys.stdout.buffer.write(value + b"\n")


@quarantine.command("release")
@click.argument("number", type=int)
@click.pass_obj
def release_refusal(settings: Settings, number: int) -> None:
    """Send the record of a NUMBER again, to the topic it came from."""
    from streams.kafka.quarantine import release  # noqa: PLC0415

    say(f"Record {number} was sent again to {release(settings, number)}; it stays listed here as it was.")


@cli.command()
@click.argument("subject")
@click.pass_obj
def unpark(settings: Settings, subject: str) -> None:
    """Let a parked SUBJECT (like family/F) go on, from the entry that could not be applied."""
    from events.publishing import Publisher  # noqa: PLC0415
    from events.topics import JOURNAL  # noqa: PLC0415
    from projections.state.journal import unpark_record  # noqa: PLC0415

    record = unpark_record(subject)
    with Publisher(settings.address, settings.topics) as publisher:
        publisher.send(settings.topics.name(JOURNAL), record.key, record.value, record.headers)
    say(f"{subject} is asked to go on; the board shows whether it did.")


def main() -> None:
    """Runs the command: plain errors, no tracebacks for what a user can mend."""
    from deploy.local.kafka import LocalKafkaError  # noqa: PLC0415
    from events.importing import MappingError  # noqa: PLC0415
    from events.publishing import PublishError  # noqa: PLC0415
    from projections.policy import PolicyError  # noqa: PLC0415
    from streams.audit.parallel import PartFailed  # noqa: PLC0415
    from streams.kafka.client import KafkaUnreachable, TopicsDiffer  # noqa: PLC0415
    from streams.kafka.quarantine import NoSuchRecord  # noqa: PLC0415
    from streams.listen_address import PortInUse  # noqa: PLC0415
    from streams.policy.policy_topic import PolicyDiffers, TooLate  # noqa: PLC0415
    from streams.service.processes import GaveUp  # noqa: PLC0415

    try:
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as error:
        explain_usage(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        say("Aborted.", err=True)
        sys.exit(1)
    except (
        LocalKafkaError,
        MappingError,
        PublishError,
        PolicyError,
        KafkaUnreachable,
        TopicsDiffer,
        TooLate,
        PartFailed,
        PortInUse,
        NoSuchRecord,
    ) as error:
        say(f"touchline: {error}", err=True)
        sys.exit(3)
    except PolicyDiffers as error:
        say(f"touchline: {error}", err=True)
        sys.exit(OTHER_POLICY)
    except GaveUp as error:
        say(f"touchline: {error}", err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        say(f"touchline: {error.filename or 'a file'}: {error.strerror or type(error).__name__}", err=True)
        sys.exit(3)
    except Exception as error:
        if os.environ.get("TOUCHLINE_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        place = traceback.extract_tb(error.__traceback__)[-1]
        say(
            f"touchline: a fault of this version, not of what you gave it: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}. TOUCHLINE_LOG_LEVEL=DEBUG shows more.",
            err=True,
        )
        sys.exit(FAULT)
