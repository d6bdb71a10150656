"""`touchline replay`, `board` and `explain`: the auditor's commands, as CONTRACT has them."""

import csv
import gc
import heapq
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from events.codec import to_json
from events.instants import LONG_AGO, format_day, format_instant, moment
from events.topics import ALERTS
from projections.policy import Policies, Policy
from projections.reasoning.reasons import sentence_of
from projections.state.journal import append_time
from projections.views.freshness import depends_on, silences
from projections.views.reports import figures
from projections.watch.hearing import Heard
from projections.watch.judge import board_line, explain, judge
from projections.watch.transition import CLOSING
from streams.audit import policy_trial
from streams.audit.parallel import WHOLE, Part, in_parts
from streams.audit.reading import History, from_files, from_journal, in_order, place
from streams.clock import now
from streams.kafka.client import read_topic
from streams.policy.policy_file import read_policy
from streams.presentation import plain_english
from streams.presentation.terminal import console, print_table, say
from streams.settings import Settings

Line = dict[str, Any]


@contextmanager
def progress_bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal's standard error; nothing elsewhere. Gives a function to call with the advance."""
    if not sys.stderr.isatty():
        yield lambda _count: None
        return
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bar:
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
        self.known_at = self.instant(known_at) if known_at else None
        self.valid_at = self.instant(valid_at) if valid_at else None

    def instant(self, text: str) -> int:
        """T as an instant. Raises UsageError for anything else."""
        try:
            return moment(text, self.policies.at(LONG_AGO).of(None).zone)
        except ValueError as error:
            raise click.UsageError(f"T {error}, or a date like 2026-03-23.") from None

    def _policies(self, policy: Path | None) -> Policies:
        if self.kafka and policy is None:
            from streams.policy.policy_topic import published  # noqa: PLC0415 - files need no Kafka

            found = published(self.settings)
            if found is not None:
                return found
        return Policies.one(read_policy(policy or self.settings.policy))

    def history(
        self,
        *,
        steps: bool,
        part: Part = WHOLE,
        partition: int | None = None,
        policies: Policies | None = None,
        explained: bool = True,
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
                    partition=partition,
                    explained=explained,
                    judged=steps,
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


def _holding(asked: Asked, history: History, at: int, policy: Policy) -> Iterator[Line]:
    """The board lines of what holds for the subjects that are asked for."""
    for subject in history.subjects.values():
        if asked.subject is None or subject.name == asked.subject:
            for alert in judge(subject, at, policy):
                yield board_line(subject, alert)


def _key(line: Line) -> tuple[str, str, str]:
    """By what board lines are sorted: of each at most one is open."""
    return line["rule"], line["subject"], line["discriminator"]


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
        return Answer([(_key(line), line) for line in _holding(asked, history, at, policy)], _bare(history))

    answers = in_parts(asked.jobs(jobs), work)
    lines = sorted((each for answer in answers for each in answer.lines), key=itemgetter(0))
    show([line for _, line in lines], form, "Open alerts", lambda line: line)
    return report(*(answer.history for answer in answers))


def board_shown(asked: Asked, form: str, shown_at: str) -> int:
    """Prints what the service had published by an instant beside what it should have shown then."""
    if not asked.kafka or asked.known_at is not None or asked.valid_at is not None:
        raise click.UsageError("--shown-at needs --kafka, and goes without --known-at and --valid-at.")
    at = asked.instant(shown_at)
    asked.known_at = at
    shown = open_by(asked.settings, at, asked.subject)
    history = asked.history(steps=True, explained=False)
    policy = asked.policies.at(at)
    should = {_key(line): line for line in _holding(asked, history, at, policy)}
    lines = []
    for key in sorted({*shown, *should}):
        subject = history.subjects.get(key[1])
        one, other = shown.get(key), should.get(key)
        lines.append(
            {
                **(one or other or {}),
                "shown": one is not None,
                "should": other is not None,
                "agrees": one == other,
                "settling": bool(subject and subject.agenda.settling_until),
                "should_be": other if one is not None and one != other else None,
            }
        )
    show(lines, form, f"Shown at {format_instant(at)}", lambda line: {
        **{name: line[name] for name in ("rule", "subject", "severity", "since", "due_on", "discriminator")},
        **{name: "yes" if line[name] else "no" for name in ("shown", "should", "agrees", "settling")},
    })  # fmt: skip
    return report(history)


def open_by(settings: Settings, at: int, only: str | None) -> dict[tuple[str, str, str], Line]:
    """The alerts that were open by what was published up to an instant, as board lines."""
    open_: dict[str, Line] = {}
    seen: set[str] = set()
    for record in read_topic(settings.address, settings.topics.name(ALERTS)):
        if append_time(record.appended) > at:
            continue
        body = json.loads(record.value or b"")
        data = body["data"]
        if body["id"] in seen or (only is not None and data["subject"] != only):
            continue
        seen.add(body["id"])
        if body["type"].split(".")[2] in CLOSING:
            open_.pop(data["alert"], None)
        else:
            open_[data["alert"]] = {
                **{name: data[name] for name in ("rule", "subject", "severity", "since")},
                "due_on": data.get("due_on"),
                "anchor": data["anchor"],
                "discriminator": data.get("discriminator", ""),
            }
    return {_key(line): line for line in open_.values()}


def try_policy(asked: Asked, proposed: Policy, form: str, jobs: int, *, alerts: bool) -> int:
    """Prints by rule, or alert by alert, what history would have been under another policy."""

    def work(part: Part) -> tuple[list[trial.Compared], list[History]]:
        pairs: list[trial.Compared] = []
        noticed = []
        # One partition after another: memory is then that of one, however long the history.
        for partition in part.partitions(asked.settings.partitions) if asked.kafka else [None]:
            history = asked.history(steps=True, part=part, partition=partition, explained=False)
            before = trial.episodes(in_order(history.transitions))
            noticed.append(_bare(history))
            del history
            again = asked.history(
                steps=True, part=part, partition=partition, policies=Policies.one(proposed), explained=False
            )
            pairs += trial.compared(before, trial.episodes(in_order(again.transitions)))
            del again
            gc.collect()
        return pairs, noticed

    answers = in_parts(asked.jobs(jobs), work)
    pairs = sorted(
        (pair for found, _ in answers for pair in found), key=lambda pair: (pair.either.key, pair.either.opened)
    )
    lines = trial.details(pairs) if alerts else trial.summary(pairs)
    show(lines, form, "Alerts that would differ" if alerts else "Alerts by rule", lambda line: line)
    return report(*(history for _, noticed in answers for history in noticed))


def explain_subject(asked: Asked, rule: str | None, form: str, *, english: bool) -> int:
    """Prints for each rule why the subject is flagged, or why not."""
    history = asked.history(steps=False)
    subject = history.subjects.get(asked.subject or "")
    if subject is None:
        say(f"Nothing is known of {asked.subject}.", err=True)
        return report(history)
    at = asked.valid_at if asked.valid_at is not None else history.known_at
    lines = explain(subject, at, asked.policies.at(history.known_at), rule)
    if english:
        for line in lines:
            for each in [*wording.paragraph(line), ""]:
                say(each)
        return report(history)
    show(lines, form, f"{asked.subject}", lambda line: {
        "rule": line["rule"], "title": line["title"], "holds": "yes" if line["holds"] else "no",
        "reasons": "\n".join(map(sentence_of, line["reasons"])),
    })  # fmt: skip
    return report(history)


def sources(asked: Asked, form: str) -> int:
    """Prints by site what was heard of each source, and which are silent."""
    history = asked.history(steps=False)
    at = history.known_at
    by_site: dict[str, dict[str, Heard]] = {}
    dependents: dict[tuple[str, str], list[str]] = {}
    for name in sorted(history.subjects):
        subject = history.subjects[name]
        site = subject.site(at)
        if site is None:
            continue
        for source, each in subject.hearing.sources.items():
            known = by_site.setdefault(site, {})
            known[source] = known.get(source, Heard()).and_also(*each)
        alone = depends_on(subject.hearing.sources) if subject.kind == "family" else None
        if alone is not None:
            dependents.setdefault((site, alone), []).append(name)
    lines = []
    for site, heard in sorted(by_site.items()):
        silent = {each.source: each for each in silences(site, heard.items(), asked.policies.at(at).of(site), at)}
        lines += [
            {
                "site": site,
                "source": source,
                "seen": each.seen,
                "last_heard": format_instant(each.last),
                "silent_since": format_day(silent[source].since) if source in silent else None,
                "families_unknown": dependents.get((site, source), []) if source in silent else [],
            }
            for source, each in sorted(heard.items())
        ]
    show(lines, form, "Sources", lambda line: {**line, "families_unknown": len(line["families_unknown"])})
    return report(history)


def report_figures(asked: Asked, form: str, days: int) -> int:
    """Prints the figures of each site and of all together, small cells suppressed."""
    history = asked.history(steps=False)
    found = figures(history.subjects.values(), history.known_at, asked.policies.at(history.known_at), days)
    lines = [figure.line() for figure in found]
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(lines[0]) if lines else ["site"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        return report(history)
    show(lines, form, f"As known at {format_instant(history.known_at)}, over {days} days", lambda line: {
        "measure": line["measure"], "site": line["site"] or "all sites",
        **{name: "not shown" if line["suppressed"] and name == "value" else line[name] for name in ("value", "lower", "upper", "basis")},
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
        say(f"{title}: none.")
        return
    print_table(f"{title} ({len(rows)})", rows, frozenset({"rule", "parameter", "type"}))


def report(*histories: History) -> int:
    """Says on standard error what was refused, and what changed nothing; 1 if anything was refused."""
    refused = 0
    for history in histories:
        for line in history.refused:
            say(str(line), err=True)
        for code, event in history.remarks:
            if code != "duplicate":
                say(f"note: {code}: {event}", err=True)
        for name, why in sorted(history.parked.items()):
            say(f"parked: {name}: {why}", err=True)
        refused += len(history.refused)
    return 1 if refused else 0
