"""`touchline load`, `import`, `simulate`, `quarantine` and `unpark`: what comes in, and what was refused."""

import sys
from pathlib import Path
from typing import Any

import click

from streams.cli.options import EXISTING_FILE, FORMAT, NEW_FILE, lines_or_table
from streams.presentation.terminal import say
from streams.settings import Settings

MISSING = {
    "initiated_by": "who started the contact: it neither counts for nor against the key worker",
    "outcome": "the outcome: the mapping's default was taken",
    "recordedtime": "the time of recording",
    "offset": "which of the two hours is meant in the night in which the clocks go back: the first was taken",
}
"""What rows leave unsaid, in words, by the name that the import gives it."""


@click.command()
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


@click.command()
@click.argument("files", nargs=-1, required=True, type=EXISTING_FILE)
@click.pass_obj
def load(settings: Settings, files: tuple[Path, ...]) -> None:
    """Publish the events of FILES to the source topics; lines that are refused are listed, the rest is loaded."""
    from streams.intake.load_json_lines import load as load_files  # noqa: PLC0415

    loaded = load_files(settings, files)
    for line in loaded.refused:
        say(line, err=True)
    say(f"Published {loaded.published} events; refused {len(loaded.refused)} lines.")
    sys.exit(1 if loaded.refused else 0)


@click.command("import")
@click.argument("file", type=EXISTING_FILE)
@click.option("--map", "map_path", required=True, type=EXISTING_FILE, help="How its columns are to be read.")
@click.option(
    "--rejects",
    type=NEW_FILE,
    help="Where rejected rows go, to be mended and imported again; FILE.rejects.csv if not said.",
)
@click.option("--out", type=NEW_FILE, help="Write the events to a file of JSON lines instead of Kafka.")
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
    imported = import_rows(settings, map_path, file, rejects, out=out, dry_run=dry_run, rows=rows)
    verb = "would be taken" if dry_run else "taken"
    where = f": {'it is' if imported.rejected == 1 else 'they are'} in {rejects}" if imported.rejected else ""
    say(
        f"{imported.taken} {'row' if imported.taken == 1 else 'rows'} {verb}, {imported.rejected} rejected{where}.",
        err=True,
    )
    for name, count in sorted(imported.missing.items()):
        say(f"{count} {'row does' if count == 1 else 'rows do'} not say {MISSING.get(name, name)}.", err=True)
    sys.exit(1 if imported.rejected else 0)


@click.group()
def quarantine() -> None:
    """Look at refused records, and send them again."""


@quarantine.command("list")
@FORMAT
@click.pass_obj
def list_refusals(settings: Settings, form: str | None) -> None:
    """List the records in quarantine."""
    from streams.kafka.quarantine import refusals  # noqa: PLC0415
    from streams.presentation.lines import show  # noqa: PLC0415

    lines = (
        {
            "number": refusal.number,
            "reason": refusal.reason,
            "field": refusal.field,
            "message": refusal.message,
            "place": refusal.place,
        }
        for refusal in refusals(settings)
    )
    show(lines, lines_or_table(form), "Quarantine", lambda line: line)


@quarantine.command("show")
@click.argument("number", type=int)
@click.pass_obj
def show_refusal(settings: Settings, number: int) -> None:
    """Print the record of a NUMBER, whole, as it came."""
    from streams.kafka.quarantine import refusal_of  # noqa: PLC0415

    refusal = refusal_of(settings, number)
    say(f"{refusal.place}: {refusal.field}: {refusal.reason}: {refusal.message}", err=True)
    value = refusal.record.value or b""
    if sys.stdout.isatty():
        say(value.decode("utf-8", "backslashreplace"))
    else:
        sys.stdout.buffer.write(value + b"\n")


@quarantine.command("seen")
@click.argument("number", type=int, required=False)
@click.pass_obj
def mark_refusals_seen(settings: Settings, number: int | None) -> None:
    """Say that the records up to a NUMBER were looked at, or all: those that wait long are an alert of operations."""
    from streams.kafka.quarantine import mark_seen  # noqa: PLC0415

    say(f"{mark_seen(settings, number)} more records were looked at; they stay listed, and can be released.")


@quarantine.command("release")
@click.argument("number", type=int)
@click.pass_obj
def release_refusal(settings: Settings, number: int) -> None:
    """Send the record of a NUMBER again, to the topic it came from."""
    from streams.kafka.quarantine import release  # noqa: PLC0415

    say(f"Record {number} was sent again to {release(settings, number)}; it stays listed here as it was.")


@click.command()
@click.argument("subject")
@click.pass_obj
def unpark(settings: Settings, subject: str) -> None:
    """Let a parked SUBJECT (like family/F) go on, from the entry that could not be applied."""
    from events.topics import JOURNAL  # noqa: PLC0415
    from projections.state.journal import unpark_record  # noqa: PLC0415
    from streams.kafka.publishing import Publisher  # noqa: PLC0415

    record = unpark_record(subject)
    with Publisher(settings.kafka, settings.topics) as publisher:
        publisher.send(settings.topics.name(JOURNAL), record.key, record.value, record.headers)
    say(f"{subject} is asked to go on; the board shows whether it did.")


COMMANDS = (simulate, load, import_file, quarantine, unpark)
