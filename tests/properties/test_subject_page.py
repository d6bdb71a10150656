"""What a subject's page is made of, for random journals: it never fails, and leaves out and doubles nothing."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from events.instants import MICROS_A_DAY, Instant, format_day
from projections.knowledge.archive import ArchiveNeeded
from projections.policy import Policies, Policy
from projections.reasoning.reasons import as_json
from projections.views.as_known import as_known
from projections.views.recorded import EVERYTHING, Recorded, Wanted, recorded
from projections.views.status import status_of
from projections.views.subject_year import year_of
from projections.views.summary import summary_of, without_families
from projections.watch.subject import Subject
from streams.board.pictures.drawing import WIDTH, drawn
from streams.presentation.entry_words import counts, mended, said
from tests.properties.journals import SEEDS, Steps, Worker, journal, with_ticks


def pages(subject: Subject, policy: Policy, at: Instant, wanted: Wanted = EVERYTHING) -> list[Recorded]:
    """All pages of a timeline."""
    first = recorded(subject, policy, at, wanted)
    return [first, *(recorded(subject, policy, at, wanted, page) for page in range(2, first.pages + 1))]


def subjects_of_world(seed: int) -> tuple[dict[str, Subject], Policies]:
    records, policies = journal(seed)
    steps = Steps(policies)
    for record in records:
        steps.take(record, record.appended)
    return steps.subjects, policies


@settings(max_examples=30)
@given(SEEDS)
def test_the_pages_of_a_timeline_have_every_event_once(seed: int) -> None:
    """As a line, or as a correction or void beside the line that it mends; newest first; in words for everybody."""
    subjects, policies = subjects_of_world(seed)
    for name, subject in subjects.items():
        policy = policies.at(subject.known)
        turned = pages(subject, policy, subject.known)
        lines = [line for page in turned for line in page.lines]
        found = Counter([line.event for line in lines] + [mend.event for line in lines for mend in line.mends])
        assert found == Counter(event.label for event in subject.own.events.values()), name
        assert [line.on for line in lines] == sorted((line.on for line in lines), reverse=True)
        assert {page.total for page in turned} == {len(lines)}
        for line in lines:
            assert said(line.type, line.data, subject.name) is not None
            assert all(mended(mend) for mend in line.mends)
            assert line.counted is None or counts(line.counted)
        counting = [
            line for page in pages(subject, policy, subject.known, Wanted(counting=True)) for line in page.lines
        ]
        assert counting == [line for line in lines if line.counted is not None and line.counted.by]


@settings(max_examples=30)
@given(SEEDS, st.integers(min_value=0, max_value=400))
def test_a_page_can_be_made_of_any_instant(seed: int, days_before: int) -> None:
    """Now and as it was: summary, year and verdicts; the picture's table says the same as its marks."""
    subjects, policies = subjects_of_world(seed)
    for name, subject in subjects.items():
        then = Instant(subject.known - days_before * MICROS_A_DAY)
        for about, at in ((subject, subject.known), (as_known(subject, then, policies), then)):
            policy = policies.at(at)
            status_of(about, policies, at, at)
            assert as_json(without_families(summary_of(about, at, policy))), name
            picture = drawn(year_of(about, at, policy))
            rows = [(row.lane, row.what) for row in picture.rows]
            marks = [(lane.title, mark.text) for lane in picture.lanes for mark in lane.marks]
            assert Counter(rows) == Counter(marks)
            assert all(picture.first <= (row.to or row.from_) or row.goes_on for row in picture.rows)
            assert all(row.from_ <= picture.last for row in picture.rows)
            assert all(
                picture.gutter <= mark.x <= mark.x + mark.width <= WIDTH
                for lane in picture.lanes
                for mark in lane.marks
                if lane.title
            ), format_day(about.own.zone.day_of(at))


@settings(max_examples=15)
@given(SEEDS)
def test_a_page_without_the_archive_is_the_same_or_asks_for_it(seed: int) -> None:
    """What is saved apart is read for old pages only, and never missed."""
    records, policies = journal(seed)
    worker = Worker(with_ticks(records, random.Random(seed)), policies, 1)
    worker.crash_through(worker.records, random.Random(seed))
    for key in sorted({record.key for record in worker.records if b"/" in record.key}):
        whole, part = worker.engine.whole(key), worker.engine.subject(key).subject
        policy = policies.at(whole.known)
        for wanted in (EVERYTHING, Wanted(type="week.recorded"), Wanted(type="contact.recorded")):
            for number, page in enumerate(pages(whole, policy, whole.known, wanted), 1):
                try:
                    assert recorded(part, policy, whole.known, wanted, number)._replace(sources=page.sources) == page
                except ArchiveNeeded:
                    assert part.archive.marks
        try:
            assert year_of(part, whole.known, policy) == year_of(whole, whole.known, policy)
        except ArchiveNeeded:
            assert part.archive.marks
