"""`touchline replay`, `board`, `explain`, `sources` and `report`: what history says."""

import sys
from pathlib import Path
from typing import Any

import click

from streams.cli.options import (
    FILES,
    FORMAT,
    JOBS,
    SOURCES,
    SUBJECT,
    VALID_AT,
    lines_or_table,
    reads_history,
    with_options,
)
from streams.settings import Settings


@click.command()
@reads_history(FILES, SUBJECT, JOBS)
def replay(question: Any, form: str, jobs: int) -> int:  # noqa: ANN401 - imported late
    """Print every alert transition, in order of known."""
    from streams.audit import alerts  # noqa: PLC0415

    return alerts.print_transitions(question, form, jobs)


@click.command()
@click.option(
    "--shown-at", metavar="T", help="What had been published by T, beside what should have been (with --kafka)."
)
@reads_history(FILES, SUBJECT, VALID_AT, JOBS)
def board(question: Any, form: str, jobs: int, shown_at: str | None) -> int:  # noqa: ANN401 - imported late
    """Print the alerts that are open, sorted by rule, subject and discriminator."""
    if shown_at:
        from streams.audit import shown_alerts  # noqa: PLC0415

        return shown_alerts.print_shown(question, form, shown_at)
    from streams.audit import alerts  # noqa: PLC0415

    return alerts.print_open(question, form, jobs)


@click.command(
    help="Print by site when each source was last heard of, whether it is silent, "
    "and the families of whom nothing is known since."
)
@reads_history(FILES)
def sources(question: Any, form: str) -> int:  # noqa: ANN401 - imported late
    """Print the sources of each site."""
    from streams.audit.sources import print_sources  # noqa: PLC0415

    return print_sources(question, form)


@click.command(
    help="Print figures for each site and for all together; "
    "cells of fewer than five are suppressed, and no worker is ranked."
)
@click.option(
    "--days",
    default=182,
    show_default=True,
    type=click.IntRange(7),
    help="Over so many days before that of --known-at.",
)
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of JSON lines or a table.")
@reads_history(FILES)
def report(question: Any, form: str, days: int, as_csv: bool) -> int:  # noqa: ANN401 - imported late
    """Print the figures of each site."""
    from streams.audit.figures import print_figures  # noqa: PLC0415

    return print_figures(question, "csv" if as_csv else form, days)


def _rule_and_files(
    _context: click.Context, _parameter: click.Parameter, words: tuple[str, ...]
) -> tuple[str | None, tuple[Path, ...]]:
    """The rule, if the first word is one, and the files that the other words name."""
    from projections.rules import BY_NAME  # noqa: PLC0415

    rule = words[0] if words and words[0] in BY_NAME else None
    files = tuple(map(Path, words[1:] if rule else words))
    for file in files:
        if not file.is_file():
            raise click.UsageError(f"{str(file)!r} is neither a rule nor a file; `touchline rules` lists the rules.")
    return rule, files


@click.command()
@click.argument("subject")
@click.argument("words", nargs=-1, metavar="[RULE] [FILE]...", callback=_rule_and_files)
@with_options(*SOURCES, VALID_AT)
@click.option("--english", is_flag=True, help="In plain English, for a coordinator.")
@click.pass_obj
def explain(  # noqa: PLR0913 - an option each
    settings: Settings,
    subject: str,
    words: tuple[str | None, tuple[Path, ...]],
    *,
    kafka: bool,
    known_at: str | None,
    policy: Path | None,
    form: str | None,
    valid_at: str | None,
    english: bool,
) -> None:
    """Print why a SUBJECT (like family/F) is flagged, or why not: for one RULE or for all."""
    from streams.audit.explanation import print_explanation  # noqa: PLC0415
    from streams.audit.question import Question  # noqa: PLC0415

    rule, files = words
    question = Question(
        settings, files, kafka=kafka, known_at=known_at, valid_at=valid_at, subject=subject, policy=policy
    )
    sys.exit(print_explanation(question, rule, lines_or_table(form), english=english))


@click.command()
@click.option(
    "--once", is_flag=True, help="Compare all subjects once, print what differs, and end: 1 if anything does."
)
@click.option("--subject", metavar="S", help="With --once: one subject only, like family/F.")
@click.option("--hash", "hashed", metavar="H", help="With --once: the subject that a log names by this hash.")
@FORMAT
@click.pass_obj
def check(settings: Settings, subject: str | None, hashed: str | None, form: str | None, *, once: bool) -> None:
    """Replay subjects from the journal and compare with what was published: all day, at little cost, or once."""
    from streams.checker import main  # noqa: PLC0415
    from streams.checker.replay import hash_of  # noqa: PLC0415
    from streams.event_names import event_names  # noqa: PLC0415
    from streams.presentation.lines import show  # noqa: PLC0415

    if not once:
        if subject or hashed or form:
            raise click.UsageError("--subject, --hash and --format need --once.")
        main.run(settings)
        return

    names = event_names(settings.log_key_file, settings.state)

    def wanted(name: str) -> bool:
        return subject in {None, name} and (hashed is None or hash_of(names, name) == hashed)

    lines = list(main.once(settings, wanted))
    show(lines, lines_or_table(form), "Differences", lambda line: line)
    sys.exit(1 if lines else 0)


COMMANDS = (replay, board, sources, report, explain, check)
