"""`touchline policy try`: reads history under two policies, and prints what differs."""

import gc

from projections.policy import Policies, Policy
from projections.watch.transition import in_order
from streams.audit import policy_trial
from streams.audit.answer import noticed, report
from streams.audit.parallel import Share, in_parts
from streams.audit.question import Question
from streams.audit.reading import History
from streams.presentation.lines import show


def print_differences(question: Question, proposed: Policy, form: str, jobs: int, *, alerts: bool) -> int:
    """Prints by rule, or alert by alert, what history would have been under another policy."""

    def work(part: Share) -> tuple[list[policy_trial.Compared], list[History]]:
        pairs: list[policy_trial.Compared] = []
        histories = []
        # One partition after another: memory is then that of one, however long the history.
        for partition in part.partitions(question.settings.partitions) if question.kafka else [None]:
            history = question.history(steps=True, part=part, partition=partition, explained=False)
            before = policy_trial.episodes(in_order(history.transitions))
            histories.append(noticed(history))
            del history
            again = question.history(
                steps=True, part=part, partition=partition, policies=Policies.one(proposed), explained=False
            )
            pairs += policy_trial.compared(before, policy_trial.episodes(in_order(again.transitions)))
            del again
            gc.collect()
        return pairs, histories

    answers = in_parts(question.jobs(jobs), work)
    pairs = sorted(
        (pair for pairs_of_part, _ in answers for pair in pairs_of_part),
        key=lambda pair: (pair.either.key, pair.either.opened),
    )
    lines = policy_trial.details(pairs) if alerts else policy_trial.summary(pairs)
    show(lines, form, "Alerts that would differ" if alerts else "Alerts by rule", lambda line: line)
    return report(*(history for _, histories in answers for history in histories))
