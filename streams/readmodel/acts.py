"""What people did about an open alert, the last thing last, as far as nobody took it back. Pure.

It is worked out from the changes of attention, and kept with the alert. Example: Robin takes an alert, which assigns
and acknowledges it. There are two acts then, with one press of a button. When Robin undoes that there are none.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from streams.access.sources import pseudonym_in, source_of
from streams.identity.person import Person

Row = Mapping[Any, Any]
"""A row of the table of alerts, or the data of a change of attention."""
VOIDED = ".voided"
"""What the id of a void has after the id of the act that it takes back."""
_SAID = ("attention", "by", "reason", "expected_on", "case_ref")
_ASSIGNED = ("assigned_to", "assigned_by")


class Act(NamedTuple):
    """Something that somebody did about an alert."""

    event: str
    """As output names it: `/person/p.007#d3f….acknowledged`."""
    by: str
    """A pseudonym; empty if it is not known."""
    kind: str
    """`acknowledged`, `snoozed` or `assigned`."""
    known: str
    """The instant from which it stood, RFC 3339."""

    @property
    def id(self) -> str:
        """The event's own id."""
        return self.event.rpartition("#")[2]

    @property
    def press(self) -> str:
        """What all events of one press of a button have in common."""
        return self.event.rpartition(".")[0]


def acts_of(alert: Row) -> list[Act]:
    """The acts that are kept with an alert."""
    return [Act(*act) for act in alert["acts"] or ()]


def last_press(acts: Iterable[Act]) -> list[Act]:
    """The acts of the last press of a button: of “take it” two."""
    acts = list(acts)
    return [act for act in acts if act.press == acts[-1].press] if acts else []


def is_own(act: Act, person: Person) -> bool:
    """Whether a person did it, and here: what other systems publish in their name they take back there."""
    return act.event.startswith(f"{source_of(person)}#")


def can_undo(alert: Row, person: Person) -> bool:
    """Whether a person can take back what was last done about an alert."""
    acts = acts_of(alert)
    return bool(alert["open"] and acts and is_own(acts[-1], person))


def seen_of(alert: Row) -> str:
    """What a page knows of an alert, for the field `seen` of its form: when the last act was."""
    acts = acts_of(alert)
    return acts[-1].known if acts else ""


def acts_after(alert: Row, attended: Row) -> list[Act]:
    """The acts about an alert after a change of its attention. Takes the alert as it was before, and the change."""
    acts, cause = acts_of(alert), attended["cause"]
    taken_back = [act for act in acts if act.event + VOIDED == cause]
    if taken_back:
        return [act for act in acts if act not in taken_back]
    person = pseudonym_in(cause)
    if any(alert[name] != attended.get(name) for name in _ASSIGNED):
        return [*acts, Act(cause, person or attended.get("assigned_by") or "", "assigned", attended["known"])]
    if attended["attention"] == "new":  # it has lapsed or ended, or another system took it back
        return [] if attended.get("why") == "voided" else [act for act in acts if act.kind == "assigned"]
    if person is None and all(alert[name] == attended.get(name) for name in _SAID):
        return acts  # only the instant at which it ends is another one
    return [*acts, Act(cause, person or attended["by"], attended["attention"], attended["known"])]
