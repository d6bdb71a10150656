"""What an audit command is asked: which history, as known when, about whom, under which policy."""

import gc
from pathlib import Path

import click

from events.instants import Instant, moment
from projections.policy import Policies
from streams.audit.parallel import WHOLE, Share
from streams.audit.reading import History, from_files, from_journal
from streams.clock import now
from streams.policy.policy_file import read_policy
from streams.presentation.progress import progress_bar
from streams.settings import Settings


class Question:
    """The options of an audit command. Raises UsageError when they do not fit together."""

    def __init__(
        self,
        settings: Settings,
        files: tuple[Path, ...],
        *,
        kafka: bool,
        known_at: str | None,
        valid_at: str | None,
        subject: str | None,
        policy: Path | None,
    ) -> None:
        if kafka == bool(files):
            raise click.UsageError("Give the files to read, or --kafka for the journal; one of the two.")
        self.settings, self.files, self.kafka, self.subject = settings, files, kafka, subject
        self.asked_at = now()
        self.policies = self._policies(policy)
        self.known_at = self.instant(known_at) if known_at else None
        self.valid_at = self.instant(valid_at) if valid_at else None

    def instant(self, text: str) -> Instant:
        """T as an instant. Raises UsageError for anything else."""
        try:
            return moment(text, self.policies.zone)
        except ValueError as error:
            raise click.UsageError(f"T {error}, or a date like 2026-03-23.") from None

    def is_about(self, subject: str) -> bool:
        """Whether a subject is asked about: the one of --subject, or any without it."""
        return self.subject in {None, subject}

    def _policies(self, policy: Path | None) -> Policies:
        if self.kafka and policy is None:
            from streams.policy.policy_topic import published  # noqa: PLC0415 - files need no Kafka

            versions = published(self.settings)
            if versions is not None:
                return versions
        return Policies.one(read_policy(policy or self.settings.policy))

    def history(
        self,
        *,
        steps: bool,
        part: Share = WHOLE,
        partition: int | None = None,
        policies: Policies | None = None,
        explained: bool = True,
    ) -> History:
        """Reads the history, or a part of it. With `steps` it has every transition, else only the facts at the end."""
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
                self.files,
                policies,
                self.known_at,
                judge=steps,
                subject=self.subject,
                progress=progress,
                explained=explained,
            )

    def jobs(self, jobs: int) -> int:
        """How many processes to use. Raises UsageError for several with files, which only one process can read."""
        if jobs > 1 and not self.kafka:
            raise click.UsageError(
                "--jobs needs --kafka: in files what one subject must know of another is not written down."
            )
        return jobs
