"""What is open of a subject, what is done about it, and what must be judged again, and when."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from events.instants import FOREVER, LONG_AGO, Instant
from projections.policy import Policies
from projections.watch.alert import Alert, AlertKey
from projections.watch.attention import Attending


@dataclass(slots=True)
class Agenda:
    """A subject's open and last closed alerts, and its next instants."""

    open: dict[AlertKey, Alert] = field(default_factory=dict)
    closed: dict[AlertKey, tuple[Alert, Instant]] = field(default_factory=dict)
    """The last closed alert of each key, with the instant at which it ended."""
    judged_from: Instant = LONG_AGO
    """The known instant at which the policy in use was taken up."""
    settling_until: Instant | None = None
    """While a backfill settles the instant at which it is over."""
    wakes: dict[str, Instant] = field(default_factory=dict)
    """By rule the next instant at which it could change by time alone."""
    soonest: Instant = FOREVER
    """The earliest of these."""
    dirty: set[str] = field(default_factory=set)
    """The rules that something learnt since the last judgement can have changed."""
    settled: bool = False
    """Whether an import has settled since the last judgement."""
    closings: set[str] = field(default_factory=set)
    """The causes learnt since then that are a bereavement or a closing of a family."""
    attending: Attending = field(default_factory=Attending)
    """What is done about the alerts."""
    changed_from: Instant = LONG_AGO
    """What was learnt since the last judgement changes nothing that was so before this instant."""

    def next_instant(self, policies: Policies) -> Instant:
        """The earliest instant at which something must be judged though nothing is learnt; FOREVER for none."""
        ends = self.attending.next_instant(policies)
        if self.settling_until is not None:
            return min(self.settling_until, ends)
        if not self.wakes and not self.dirty:
            return ends
        return min(policies.next_after(self.judged_from), self.soonest, ends)

    def doubt(self, rules: Iterable[str], changed_from: Instant) -> None:
        """Has some rules judged again; nothing of them has changed before an instant."""
        self.dirty.update(rules)
        self.changed_from = min(self.changed_from, changed_from)

    def done(self) -> None:
        """All that was in doubt is judged."""
        self.soonest = min(self.wakes.values())
        self.dirty.clear()
        self.changed_from = FOREVER
        self.settled = False
        self.closings.clear()
