"""Corrections and voids on pages: they name the event and its subjects, and take effect."""

from pathlib import Path

import pytest
from httpx2 import Response

from streams.board.forms.form_addresses import event_asked_for, mend_address
from tests.forms import Site, errors, filled_in, send

CONTACT = "/record/contact?family=f"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def label(site: Site, number: int = 0) -> str:
    said = site.sent[number]
    return f"{said['source']}#{said['id']}"


def shown(site: Site, answer: Response) -> str:
    assert answer.status_code == 303, errors(answer)
    return site.browser().get(answer.headers["location"]).text


def test_a_correction_is_the_form_as_it_is_recorded(site: Site) -> None:
    """What the form does not ask stays; whom it is about and when it was cannot be changed."""
    send(site.browser(), CONTACT, workers="w, v", minutes="20", spheres=["needs", "advocacy"])
    at = mend_address("family/f", label(site), "correct")
    page = site.browser().get(at)
    form = filled_in(page)
    assert (form["minutes"], form["spheres"]) == (["20"], ["needs", "advocacy"])
    assert not {"workers", "when"} & set(form)
    answer = send(site.browser(), at, minutes="25", outcome="no_reply", reason="more_detail")
    assert "Corrected: contact of" in shown(site, answer)
    correction = site.sent[1]
    assert correction["data"]["event"] == site.sent[0]["id"]
    assert correction["data"]["reason"] == "more_detail"
    assert correction["data"]["data"] == {**site.sent[0]["data"], "minutes": 25, "outcome": "no_reply"}
    assert filled_in(site.browser().get(at))["minutes"] == ["25"]


def test_a_correction_that_changes_nothing_or_cannot_be_is_said(site: Site) -> None:
    """The type's own rules hold for it as for the first."""
    at = mend_address("worker/w", "/agency/health/x#a", "correct")
    same = send(site.browser(), at)
    assert (same.status_code, list(errors(same).values())) == (
        422,
        ["Nothing was changed. Change what is wrong, or go back."],
    )
    wrong = send(site.browser(), at, expected_end="2020-01-01")
    assert (wrong.status_code, list(errors(wrong))) == (422, ["expected_end"])
    assert site.sent == []
    right = send(site.browser(), at, kind="maternity")
    assert "Corrected: absence of" in shown(site, right)
    assert site.sent[0]["data"]["event"] == {"source": "/agency/health/x", "id": "a"}


def test_a_void_is_checked_first_and_final(site: Site) -> None:
    """It names all subjects; after it there is nothing to mend, and sending it again leads back to the same page."""
    send(site.browser(), CONTACT, workers="w, v")
    at = mend_address("family/f", label(site), "void")
    check = send(site.browser(), at, reason="duplicate")
    assert check.status_code == 200
    assert "A void cannot be undone." in check.text
    assert "duplicate" in check.text
    assert len(site.sent) == 1
    form = filled_in(check)
    answer = site.browser().post(at, data=form)
    assert "Voided: contact of" in shown(site, answer)
    said = site.sent[1]["data"]
    assert said == {"event": site.sent[0]["id"], "family": "f", "workers": ["w", "v"], "reason": "duplicate"}
    again = site.browser().post(at, data=form)
    assert again.headers["location"] == answer.headers["location"]
    assert site.browser().get(at).status_code == 404
    assert len(site.sent) == 2


def test_an_event_without_a_form_can_be_voided_only(site: Site) -> None:
    """Its page says what is recorded."""
    page = site.browser().get(mend_address("family/f", "/agency/health/x#rf"))
    assert "Correct what it says" not in page.text
    assert "Void it" in page.text
    at = mend_address("family/f", "/agency/health/x#rf", "correct")
    assert site.browser().post(at, data={"once": "1"}).status_code == 404


@pytest.mark.parametrize(
    "at",
    [
        mend_address("family/f", "/agency/health/x#unknown"),
        mend_address("family/nobody", "/agency/health/x#rf"),
        mend_address("<b>", "/agency/health/x#rf"),
        "/mend/%F0%9F%98%80?of=family/f",
        "/mend/!?of=family/f",
    ],
)
def test_what_is_not_known_cannot_be_mended(site: Site, at: str) -> None:
    """As for an unknown subject."""
    for answer in (site.browser().get(at), site.browser().post(at, data={"once": "1"})):
        assert answer.status_code == 404
        assert "<b>" not in answer.text


def test_who_may_not_mend_finds_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is asked with who recorded the event."""
    asked = []
    monkeypatch.setattr("streams.board.forms.mend_pages.may", lambda *question: asked.append(question))
    at = mend_address("family/f", "/agency/health/x#rf", "void")
    assert site.browser().get(at).status_code == 404
    assert site.browser().post(at, data={"confirmed": "yes"}).status_code == 404
    assert {question[2].source for question in asked} == {"/agency/health/x"}


def test_any_name_survives_its_address() -> None:
    """Whatever a source calls its events."""
    for name in ("/a#b", "ü/?&#%23", "x" * 700):
        path = mend_address("family/f", name).partition("?")[0]
        assert event_asked_for(path.removeprefix("/mend/")) == name
