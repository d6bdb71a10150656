"""CONTACT_AT_RISK. Source: RULES, *Family rules*."""

from dataclasses import dataclass
from typing import Literal

from events.instants import NEVER_DAY, Day, Instant
from projections.grounds.family import Family
from projections.grounds.proactive_contact import parties_of
from projections.knowledge.spans import Span, first
from projections.parameters import CONTACT_INTERVAL, COVER_NOTICE, FIRST_CONTACT
from projections.reasoning import phrases
from projections.reasoning.past import last_qualifying
from projections.reasoning.reasons import Reason, clears, clock, contact_counted, day_text
from projections.reasoning.rule import Held, Rule, Said, Verdict, required


@dataclass(frozen=True, kw_only=True)
class Away:
    """A key worker on the day the contact falls due, and the absences that hold then."""

    worker: str
    absences: list[str]


@dataclass(frozen=True, kw_only=True)
class FallsDue(Reason):
    """The day on which the next contact falls due, who is away then and whether anybody covers."""

    code: Literal["falls-due"] = "falls-due"
    on: str | None
    key_workers: list[Away]
    uncovered: bool

    def __str__(self) -> str:
        away = [each.worker for each in self.key_workers if each.absences]
        when = f", when {phrases.names(away)} will be away" if away else ""
        return f"The next contact falls due on {phrases.date_or_never(self.on)}{when}."


def judge(family: Family, at: Instant) -> Verdict:
    """Holds while the next contact falls due on a day on which every key worker is away and nobody covers."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return Verdict(segment.start, segment.end)
    _contact, start, end = family.last_qualifying(segment, at)
    start, end = max(start, segment.start), min(end, segment.end)
    due_on = next_due_on(family, at)
    if not family.is_uncovered(due_on, at):
        return Verdict(start, end)
    absences, notice = _absences(family, due_on, at)
    midnight = family.zone.midnight
    begins, over = midnight(notice), midnight(due_on + 1)
    if at >= over:
        return Verdict(max(start, over), end)
    if at < begins:
        return Verdict(start, min(end, begins))
    return Verdict(max(start, begins), min(end, over), (Held("amber", first(absences).fact, due_on=due_on),))


def falls_due(family: Family, at: Instant) -> Day | None:
    """The day on which the next contact falls due; None where no contact is expected, or never."""
    segment = family.segment(at)
    if not segment.judged or segment.allocation is None:
        return None
    due_on = next_due_on(family, at)
    return due_on if due_on < NEVER_DAY else None


def next_due_on(family: Family, at: Instant) -> Day:
    """The same of a family from which contact is expected; NEVER_DAY for never."""
    segment = family.segment(at)
    contact, _, _ = family.last_qualifying(segment, at)
    if contact is not None:
        return family.calendar.nth_after(contact.day, segment.interval)
    return family.calendar.nth_after(segment.clock, family.policy[FIRST_CONTACT])


def _absences(family: Family, due_on: Day, at: Instant) -> tuple[list[Span], Day]:
    """The absences of the key workers on the due day, and the day from which notice is given."""
    workers = [family.presence[each.worker] for each in family.key_allocations(due_on, at)]
    absences = [absence for presence in workers for absence in presence.absent(due_on)]
    begins = min(stretch.start for presence in workers for stretch in presence.stretches if stretch.on(due_on))
    return absences, family.site_calendar.first_with_at_most(family.policy[COVER_NOTICE], begins)


def explain(family: Family, at: Instant) -> list[Reason]:
    """The day the next contact falls due, who is away then and whether anybody covers."""
    segment = family.segment(at)
    out = [clock(family, segment)]
    if segment.allocation is not None:
        contact, _, _ = family.last_qualifying(segment, at)
        if contact is not None:
            out.append(contact_counted(family, contact))
        due_on = next_due_on(family, at)
        workers = [each.worker for each in family.key_allocations(due_on, at)]
        away = [
            Away(worker=each, absences=[span.fact.label for span in family.presence[each].absent(due_on)])
            for each in workers
        ]
        out.append(FallsDue(on=day_text(due_on), key_workers=away, uncovered=family.is_uncovered(due_on, at)))
    out.append(clears("cover on the day the contact falls due, or a contact before the absence"))
    return out


def tell(family: Family, at: Instant, held: Held) -> Said:
    """The day on which the next contact falls due, and who is away then."""
    due_on = required(held.due_on)
    away = sorted({each.worker for each in family.key_allocations(due_on, at)})
    parties = phrases.one_of(parties_of(family.segment(at).plan))
    return Said(
        f"Contact falls due on {phrases.long_day(due_on)}, when {phrases.together(away)} "
        f"{'is' if len(away) == 1 else 'are'} away and nobody covers.",
        f"somebody covers on that day, or the key worker reaches {parties} before the absence.",
    )


RULE = Rule(
    number=4,
    name="CONTACT_AT_RISK",
    kind="family",
    title="Next contact not covered",
    why="problems organising cover during maternity and sick leave",
    parameters=(COVER_NOTICE, CONTACT_INTERVAL, FIRST_CONTACT),
    reads=frozenset({"contact.qualifying"}),
    judge=judge,
    explain=explain,
    tell=tell,
    past=last_qualifying,
)
