"""Forms: each, sent as it is opened, makes the event that it says; what is wrong is said at its field."""

from pathlib import Path
from typing import Any

import pytest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.catalogue import TYPES
from streams.board.forms import recorder
from streams.board.forms.every_form import FORMS
from streams.board.forms.field import Asks
from streams.board.forms.form_addresses import RECORD
from streams.kafka.publishing import PublishError
from tests.forms import ROBIN, SAM, Site, day, errors, filled_in, send

MUST = {
    "liaison": {"to_agency": "health"},
    "absence": {"kind": "annual_leave"},
    "cover": {"covering_worker": "v"},
    "week": {"hours_used": "6,5"},
    "action": {"due_on": day(9)},
    "seat": {"agency": "education"},
}
"""What has no default: it is different each time."""
OF = {"family": "f", "worker": "w", "site": "S"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def path(slug: str) -> str:
    subject = next(form.subject for form in FORMS if form.slug == slug)
    return f"/record/{slug}?{subject}={OF[subject]}"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.slug)
def test_a_form_sent_as_it_is_opened_makes_its_event(site: Site, form: Any) -> None:  # noqa: ANN401
    """It is published once, under the person's source, and the page that follows names it."""
    browser = site.browser()
    answer = send(browser, path(form.slug), **MUST.get(form.slug, {}))
    assert answer.status_code == 303, errors(answer)
    (said,) = site.sent
    assert said["type"] == TYPES[form.type].full_name()
    assert said["source"] == "/person/p.robin"
    assert said["data"][form.subject] == OF[form.subject]
    assert ("occurreddate" in said, said.get("occurreddate")) == (True, day())
    page = browser.get(answer.headers["location"])
    assert f"Recorded: {form.noun} of" in page.text.replace("&#39;", "'")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.slug)
def test_every_field_that_is_nonsense_has_its_sentence(site: Site, form: Any) -> None:  # noqa: ANN401
    """In the summary and at the field, which is there; and what was typed is still there, as text."""
    nonsense = "<b>no</b>\x00"
    typed = {each.name: nonsense for each in form.fields if each.asks is not Asks.YES}
    answer = site.browser().post(path(form.slug), data={**typed, "once": "1"})
    assert answer.status_code == 422
    assert site.sent == []
    said = errors(answer)
    assert said
    assert all(f'id="{field}"' in answer.text and f'id="{field}-error"' in answer.text for field in said), said
    assert "<b>no" not in answer.text


@pytest.mark.parametrize(
    ("slug", "changed", "field", "sentence"),
    [
        ("contact", {"when": "another", "day": "2999-01-01"}, "when", "Give a day that is not in the future"),
        ("contact", {"when": "another", "day": "31/02/2026"}, "day", "Give a day that is not in the future"),
        ("contact", {"when": ""}, "when", "Give a day"),
        ("contact", {"day": "1/2/2026"}, "when", "Choose “Another day” to use the date that you gave"),
        ("contact", {"at": "25:00"}, "at", "Give a time that there was on that day"),
        ("contact", {"when": "another", "day": "2026-03-29", "at": "01:30"}, "at", "a time that there was on that day"),
        ("contact", {"workers": ""}, "workers", "Enter the worker&#39;s id"),
        ("contact", {"workers": "no-body"}, "workers", "Worker no-body is not known here. Check the id."),
        ("contact", {"workers": "gone"}, "workers", "Worker gone left on"),
        ("contact", {"minutes": "10081"}, "minutes", "from 0 to 10,080"),
        ("contact", {"outcome": "lost"}, "outcome", "Choose the outcome"),
        (
            "absence",
            {"kind": "sickness", "expected_end": "2020-01-01"},
            "expected_end",
            "not before the first day away",
        ),
        ("absence", {"kind": ""}, "kind", "Choose the kind of absence"),
        ("cover", {"covering_worker": "w"}, "covering_worker", "the id of another worker"),
        ("cover", {"covering_worker": "v", "families": "shut"}, "families", "Tick families of this worker"),
        ("absence-end", {"absence": "/agency/health/x#c"}, "absence", "Choose the absence"),
        ("week", {"hours_used": "many"}, "hours_used", "Enter the hours in digits, like 7.5, from 0 to 168."),
        ("plan", {"interval_working_days": "2.5"}, "interval_working_days", "working days in digits, from 1 to 2,600"),
        ("plan", {"signed_off_by": "somebody else"}, "signed_off_by", "Choose one of the answers"),
    ],
)
def test_what_is_wrong_and_how_to_put_it_right(
    site: Site, slug: str, changed: dict[str, str], field: str, sentence: str
) -> None:
    """One sentence at the field."""
    answer = send(site.browser(), path(slug), **changed)
    assert answer.status_code == 422
    assert list(errors(answer)) == [field]
    assert sentence in errors(answer)[field]
    assert f'id="{field}-error"' in answer.text
    assert site.sent == []


def test_a_time_is_local_and_another_day_is_taken_as_people_write_it(site: Site) -> None:
    """With the offset that held there then."""
    answer = send(site.browser(), path("contact"), when="another", day="1/6/2026", at="10:30")
    assert answer.status_code == 303
    assert site.sent[0]["time"] == "2026-06-01T10:30:00+01:00"
    assert "occurreddate" not in site.sent[0]


def test_an_id_of_dots_has_its_forms_too(site: Site) -> None:
    """A browser takes such an id in a path for a way up."""
    browser = site.browser()
    answer = send(browser, "/record/contact?family=..", workers="w")
    assert answer.headers["location"].startswith("/subject?name=family%2F..&recorded=")
    assert "Recorded: contact of" in browser.get(answer.headers["location"]).text


def test_a_form_that_was_left_open_over_midnight_keeps_its_day(site: Site) -> None:
    """What stood there as today is sent as a date; shown again it is another day."""
    answer = send(site.browser(), path("contact"), when=day(-2), minutes="x")
    assert answer.status_code == 422
    assert filled_in(answer)["when"] == ["another"]
    assert filled_in(answer)["day"] == [day(-2)]


def test_who_left_and_what_is_closed_is_recorded_if_it_is_meant(site: Site) -> None:
    """The board says what it knows, and takes it all the same once that is ticked."""
    browser = site.browser()
    for at, changed in ((path("contact"), {"workers": "gone"}), ("/record/contact?family=shut", {"workers": "w"})):
        answer = send(browser, at, **changed)
        assert answer.status_code == 422
        assert "Record it all the same" in answer.text
        again = {**filled_in(answer), "despite": "yes"}
        assert browser.post(at, data=again).status_code == 303
    assert [said["data"]["family"] for said in site.sent] == ["f", "shut"]


def test_the_same_form_sent_twice_is_one_event(site: Site) -> None:
    """A double press, or the way back and again; with other words it is asked about. Two tabs are two events."""
    browser = site.browser()
    form = filled_in(browser.get(path("contact")))
    first, second = (browser.post(path("contact"), data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(site.sent) == 1
    other = browser.post(path("contact"), data={**form, "minutes": "20"})
    assert other.status_code == 409
    assert "This form was sent before" in other.text
    assert browser.post(path("contact"), data=filled_in(other)).status_code == 303
    assert browser.post(path("contact"), data=filled_in(browser.get(path("contact")))).status_code == 303
    assert len({said["id"] for said in site.sent}) == 3


def test_who_covers_is_filled_in_while_the_key_worker_is_away(site: Site) -> None:
    """A coordinator can change it."""
    assert filled_in(site.browser().get(path("contact")))["workers"] == ["v"]
    assert send(site.browser(), path("contact"), workers="w").status_code == 303
    assert site.sent[0]["data"]["workers"] == ["w"]


def test_a_key_worker_records_as_themselves(site: Site) -> None:
    """No worker is asked for, and one that is sent anyway is not taken."""
    browser = site.browser(SAM)
    page = browser.get(path("contact"))
    assert "Worker w</span>" in page.text
    assert 'name="workers"' not in page.text
    assert "Signed off by you" not in browser.get(path("plan")).text
    assert browser.post(path("contact"), data={**filled_in(page), "workers": "v"}).status_code == 303
    assert site.sent[0]["data"]["workers"] == ["w"]
    assert site.sent[0]["source"] == "/person/p.sam"


@pytest.mark.parametrize(
    "at",
    [
        "/record/contact?family=nobody",
        "/record/contact?worker=w",
        "/record/contact?family=%3Cscript%3E",
        "/record/contact",
        "/record/nothing?family=f",
        "/record/absence?family=f",
    ],
)
def test_what_is_not_known_has_no_form(site: Site, at: str) -> None:
    """Nor has what is no form, or a form of other subjects."""
    browser = site.browser()
    assert browser.get(at).status_code == 404
    assert browser.post(at, data={}).status_code == 404
    assert "<script>" not in browser.get(at).text.replace("<script type", "").replace("<script src", "")


def test_what_somebody_may_not_record_has_no_form(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table decides, for the form and for what is sent to it, and the links go too."""
    monkeypatch.setattr("streams.board.forms.record_pages.may", lambda *_asked: False)
    monkeypatch.setattr("streams.board.forms.form_addresses.may", lambda *_asked: False)
    browser = site.browser(ROBIN)
    assert browser.get(path("contact")).status_code == 404
    assert browser.post(path("contact"), data={"once": "1"}).status_code == 404
    assert "/record/" not in browser.get("/subjects/family/f").text
    assert site.sent == []


def test_another_sites_page_sends_no_form(site: Site) -> None:
    """Nor does one that does not say where it comes from, nor one that is too large."""
    browser = site.browser()
    for at in (path("contact"), "/mend/eA?of=family/f&do=void"):
        assert browser.post(at, data={"once": "1"}, headers={"origin": "https://elsewhere.example"}).status_code == 403
        assert browser.post(at, data={"once": "1"}, headers={"host": "elsewhere.example"}).status_code == 400
        assert browser.post(at, content=b"a=" + b"x" * 70_000).status_code == 413
    assert site.sent == []


def test_what_kafka_does_not_take_is_still_there(tmp_path: Path) -> None:
    """The form says so, and is sent again as it is."""
    site = Site(tmp_path)

    def away(*_said: object) -> None:
        raise PublishError("Kafka did not take it.")

    site.working.publish = away  # type: ignore[method-assign]
    answer = send(site.browser(), path("contact"), minutes="25")
    assert answer.status_code == 503
    assert "It was not recorded" in answer.text
    assert filled_in(answer)["minutes"] == ["25"]


def test_what_does_not_show_yet_is_said_to_come(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait is bounded."""
    monkeypatch.setattr(recorder, "SHOWN_WITHIN_SECONDS", 0.01)
    monkeypatch.setattr(site.working, "_take", lambda _said: None)
    browser = site.browser()
    answer = send(browser, path("contact"))
    assert "Sent. It shows in a moment." in browser.get(answer.headers["location"]).text
    assert "Sent." not in browser.get("/subjects/family/f?recorded=made-up").text


def test_what_was_typed_is_shown_again_at_its_address(site: Site) -> None:
    """As it is after a session that ran out: from another address, and nothing is recorded."""
    typed = {"minutes": ["25"], "once": ["mine"], "when": [day(-1)]}

    async def kept(request: Request) -> Response:
        pages = next(route.endpoint.__self__ for route in site.web.routes if getattr(route, "path", "") == RECORD)
        return await run_in_threadpool(pages.show, request, path("contact"), typed)

    site.web.router.routes.insert(0, Route("/kept", kept))
    form = filled_in(site.browser().get("/kept"))
    assert (form["minutes"], form["once"], form["when"]) == (["25"], ["mine"], [day(-1)])
    assert site.sent == []


def test_the_page_of_a_subject_offers_its_forms(site: Site) -> None:
    """Each with its own address."""
    browser = site.browser()
    for form in FORMS:
        page = browser.get(f"/subjects/{form.subject}/{OF[form.subject]}")
        assert f'href="{path(form.slug)}"' in page.text
        assert form.title in page.text.replace("&#39;", "'")
