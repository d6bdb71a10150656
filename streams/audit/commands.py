"""`touchline replay`, `board` and `explain`: the auditor's commands, as CONTRACT has them."""

import gc
import heapq
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from events.envelope import to_json
from events.instants import LONG_AGO, moment
from projections.judge import board_line, explain, judge
from projections.policy import Policies, Policy, read_policy
from streams import wording
from streams.audit import trial
from streams.audit.parts import WHOLE, Part, in_parts
from streams.audit.reading import History, from_files, from_journal, in_order, place
from streams.clock import now
from streams.settings import Settings

Line = dict[str, Any]


@contextmanager
def progress_bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal's standard error; nothing elsewhere. Gives a function to call with the advance."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)


class Asked:
    """What the options of an audit command ask for."""

    def __init__(
        self, settings: Settings, files: tuple[Path, ...], *, kafka: bool, known_at: str | None, valid_at: str | None,
        subject: str | None, policy: Path | None,
    ) -> None:  # fmt: skip
        if kafka == bool(files):
            raise click.UsageError("Give the files to read, or --kafka for the journal; one of the two.")
        self.settings, self.files, self.kafka, self.subject = settings, files, kafka, subject
        self.asked_at = now()
        self.policies = self._policies(policy)
        zone = self.policies.at(LONG_AGO).of(None).zone
        try:
            self.known_at = moment(known_at, zone) if known_at else None
            self.valid_at = moment(valid_at, zone) if valid_at else None
        except ValueError as error:
            raise click.UsageError(f"T {error}, or a date like 2026-03-23.") from None

    def _policies(self, policy: Path | None) -> Policies:
        if self.kafka and policy is None:
            from streams.policy_topic import published  # noqa: PLC0415 - files need no Kafka

            found = published(self.settings)
            if found is not None:
                return found
        return Policies.one(read_policy(policy or self.settings.policy))

    def history(
        self, *, steps: bool, part: Part = WHOLE, policies: Policies | None = None, explained: bool = True
    ) -> History:
        """Reads what is asked for, or a part of it; with `steps` through all transitions, else only folded."""
        gc.disable()  # a command that ends soon: nothing it makes is garbage before that
        policies = policies or self.policies
        if self.kafka:
            with progress_bar("reading the journal" if part.number == 0 else "", None) as progress:
                known_at = self.known_at if self.known_at is not None else self.asked_at
                return from_journal(
                    self.settings,
                    policies,
                    known_at,
                    subject=self.subject,
                    progress=progress,
                    part=part,
                    explained=explained,
                )
        total = sum(path.stat().st_size for path in self.files)
        with progress_bar("reading", total) as progress:
            return from_files(
                self.files, policies, self.known_at, judge=steps, subject=self.subject, progress=progress, explained=explained
            )  # fmt: skip

    def jobs(self, jobs: int) -> int:
        """How many processes to use. Raises UsageError where there can be but one."""
        if jobs > 1 and not self.kafka:
            raise click.UsageError(
                "--jobs needs --kafka: in files what one subject must know of another is not written down."
            )
        return jobs


class Answer(NamedTuple):
    """What a part of the work gives: lines with their places, and what was noticed."""

    lines: list[tuple[tuple[Any, ...], Line]]
    history: History


def _bare(history: History) -> History:
    """What of a history is reported."""
    return History({}, history.known_at, [], history.refused, history.remarks, history.parked)


def replay(asked: Asked, form: str, jobs: int = 1) -> int:
    """Prints the transitions in order of known."""

    def work(part: Part) -> Answer:
        history = asked.history(steps=True, part=part)
        found = in_order(each for each in history.transitions if asked.subject in {None, each.subject})
        return Answer([(place(each), each.cloudevent()) for each in found], _bare(history))

    answers = in_parts(asked.jobs(jobs), work)
    lines = [line for _, line in heapq.merge(*(answer.lines for answer in answers), key=itemgetter(0))]
    show(lines, form, "Transitions", lambda line: {
        "known": line["data"]["known"], "kind": line["type"].split(".")[2], "rule": line["data"]["rule"], "subject": line["subject"],
        "severity": line["data"]["severity"], "since": line["data"]["since"], "cause": line["data"]["cause"],
    })  # fmt: skip
    return report(*(answer.history for answer in answers))


def board(asked: Asked, form: str, jobs: int = 1) -> int:
    """Prints the open alerts as known at K and valid at V."""

    def work(part: Part) -> Answer:
        history = asked.history(steps=False, part=part)
        policy = asked.policies.at(history.known_at)
        at = asked.valid_at if asked.valid_at is not None else history.known_at
        lines = [
            board_line(subject, standing)
            for subject in history.subjects.values()
            if asked.subject is None or subject.name == asked.subject
            for standing in judge(subject, at, policy)
        ]
        return Answer(
            [((line["rule"], line["subject"], line["discriminator"]), line) for line in lines], _bare(history)
        )

    answers = in_parts(asked.jobs(jobs), work)
    lines = sorted((each for answer in answers for each in answer.lines), key=itemgetter(0))
    show([line for _, line in lines], form, "Open alerts", lambda line: line)
    return report(*(answer.history for answer in answers))


def try_policy(asked: Asked, proposed: Policy, form: str, jobs: int, *, alerts: bool) -> int:
    """Prints by rule, or alert by alert, what history would have been under another policy."""

    def work(part: Part) -> tuple[list[trial.Compared], History]:
        history = asked.history(steps=True, part=part, explained=False)
        before = trial.episodes(in_order(history.transitions))
        again = asked.history(steps=True, part=part, policies=Policies.one(proposed), explained=False)
        return list(trial.compared(before, trial.episodes(in_order(again.transitions)))), _bare(history)

    answers = in_parts(asked.jobs(jobs), work)
    pairs = [pair for found, _ in answers for pair in found]
    lines = trial.details(pairs) if alerts else trial.summary(pairs)
    show(lines, form, "Alerts that would differ" if alerts else "Alerts by rule", lambda line: line)
    return report(*(history for _, history in answers))


def explain_subject(asked: Asked, rule: str | None, form: str, *, english: bool) -> int:
    """Prints for each rule why the subject is flagged, or why not."""
    history = asked.history(steps=False)
    subject = history.subjects.get(asked.subject or "")
    if subject is None:
        click.echo(f"Nothing is known of {asked.subject}.", err=True)
        return report(history)
    at = asked.valid_at if asked.valid_at is not None else history.known_at
    lines = explain(subject, at, asked.policies.at(history.known_at), rule)
    if english:
        for line in lines:
            click.echo("\n".join(wording.paragraph(line)) + "\n")
        return report(history)
    show(lines, form, f"{asked.subject}", lambda line: {
        "rule": line["rule"], "title": line["title"], "holds": "yes" if line["holds"] else "no",
        "reasons": "\n".join(map(wording.sentence, line["reasons"])),
    })  # fmt: skip
    return report(history)


def show(lines: Iterable[Line], form: str, title: str, row: Callable[[Line], Line]) -> None:
    """Prints lines as JSON, or as a table for people."""
    if form == "jsonl":
        out = sys.stdout.buffer
        for line in lines:
            out.write(to_json(line) + b"\n")
        out.flush()
        return
    rows = [row(line) for line in lines]
    if not rows:
        click.echo(f"{title}: none.")
        return
    table = Table(title=f"{title} ({len(rows)})")
    for name in rows[0]:
        table.add_column(name, overflow="fold", no_wrap=name in {"rule", "parameter", "type"})
    for each in rows:
        table.add_row(*("" if value is None else str(value) for value in each.values()))
    Console().print(table)


def report(*histories: History) -> int:
    """Says on standard error what was refused, and what changed nothing; 1 if anything was refused."""
    refused = 0
    for history in histories:
        for line in history.refused:
            click.echo(str(line), err=True)
        for code, event in history.remarks:
            if code != "duplicate":
                click.echo(f"note: {code}: {event}", err=True)
        for name, why in sorted(history.parked.items()):
            click.echo(f"parked: {name}: {why}", err=True)
        refused += len(history.refused)
    return 1 if refused else 0
