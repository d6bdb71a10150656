"""Whatever is typed gives a page, and nothing is published that would be refused."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.accept import accept
from events.codec import to_json
from events.instants import zone
from streams.board.forms.every_form import FORMS, form_of
from streams.board.forms.field import Form, coded, codes
from streams.board.forms.setting import REFS
from streams.clock import now
from tests.forms import Site, day, filled_in

OF = {"family": "f", "worker": "w", "site": "S"}
CONTROLS = sorted({each.name for form in FORMS for each in form.fields} | {"day", "at", "despite", "once"})
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "yes", "another", day(), day(-1), day(400), "0", "7,5", "1e9", "w", "v", "gone", "f", "parent", "24:00"]
    ),
    st.sampled_from([code for form in FORMS for each in form.fields for code in (*each.only, *each.words)]),
    st.text("0123456789.,-/:W ", max_size=12),
)
TYPED = st.dictionaries(st.sampled_from(CONTROLS), st.lists(TEXTS, min_size=1, max_size=4), max_size=6)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        yield Site(Path(folder))


@given(st.sampled_from(FORMS), TYPED, st.booleans())
def test_anything_gives_a_page(site: Site, form: Form, typed: dict[str, list[str]], on_top: bool) -> None:
    """Alone, or on top of what the form had filled in; the stand-in for Kafka complains of what is refused."""
    at = f"/record/{form.slug}?{form.subject}={OF[form.subject]}"
    browser = site.browser()
    before = len(site.sent)
    began = filled_in(browser.get(at)) if on_top else {}
    answer = browser.post(at, data={**began, **typed})
    assert answer.status_code in {303, 409, 422}
    assert len(site.sent) - before <= (answer.status_code == 303)
    for said in site.sent[before:]:
        accept(to_json(said), zone("Europe/London"), now())


def test_each_code_has_words_and_each_contact_a_form() -> None:
    """The forms of a contact and of an attempt share all outcomes, and none is in both."""
    found = [form_of("contact.recorded", code) for code in codes("contact.recorded", "outcome")]
    assert {form.slug for form in found if form} == {"contact", "attempt"}
    for form in FORMS:
        for each in form.fields:
            if each.asks in {"one", "list", "some"} and each.name not in {*REFS, "families", "week"}:
                assert all(option.words for option in coded(form, each))
