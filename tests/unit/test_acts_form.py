"""The form in which people say what they do about alerts: what it asks, what it refuses, and what it keeps."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from events.instants import format_day
from streams.access import table
from streams.board.acting import acts as service
from streams.clock import LONDON, now
from streams.identity.kept_forms import KeptForms
from streams.identity.tables import KEPT
from tests.acting import KIT, ROBIN, Desk, act, followed, said
from tests.identity import SetClock, database, sign_in

TODAY = date.fromisoformat(format_day(LONDON.day_of(now())))
UNKNOWN = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two families without a key worker. What is published is heard at once."""
    monkeypatch.setattr(service, "PATIENCE_SECONDS", 0.3)
    made = Desk(tmp_path, 2)
    made.hears()
    return made


def back(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("what", "asks"),
    [("acknowledge", "What is being done?"), ("snooze", "Until the end of"), ("assign", "To whom?")],
)
def test_a_press_without_details_asks_for_them(desk: Desk, what: str, asks: str) -> None:
    """For the whole selection, with what the page knew; nothing is sent. The same form has an address."""
    alerts = [alert["id"] for alert in desk.alerts()]
    browser = desk.browser()
    form = act(browser, what, *alerts, seen=[f"{alerts[0]}:then"])
    assert form.status_code == 200
    assert asks in form.text
    assert re.findall(r'name="alert" value="([^"]*)"', form.text) == alerts
    assert f'value="{alerts[0]}:then"' in form.text
    assert 'name="next" value="/rules"' in form.text
    assert "live.js" not in form.text
    assert asks in browser.get("/alerts/act", params={"what": what, "alert": alerts}).text
    assert desk.published() == []


def test_a_form_without_a_choice_says_what_is_missing(desk: Desk) -> None:
    """A browser sends no radio button that nobody chose; the button of a row has no field of the form."""
    browser, (alert, *_) = desk.browser(), [each["id"] for each in desk.alerts()]
    answer = act(browser, "acknowledge", alert, expected_on="", case_ref="")
    assert answer.status_code == 422
    assert answer.text.count("Choose what is being done.") == 2
    assert act(browser, "acknowledge", alert).status_code == 200
    assert desk.published() == []


@pytest.mark.parametrize(
    ("what", "details", "problem"),
    [
        ("acknowledge", {"reason": ""}, "Choose what is being done."),
        ("acknowledge", {"reason": "bored"}, "Choose one of these reasons."),
        ("acknowledge", {"reason": "other", "expected_on": back(1)}, "The planned date must be today or later."),
        (
            "acknowledge",
            {"reason": "other", "expected_on": "2026-02-31"},
            "The planned date must be a date that exists",
        ),
        ("acknowledge", {"reason": "other", "case_ref": "<b>"}, "The case reference must be 1 to 64 letters"),
        ("snooze", {"until": ""}, "Choose until when it is put aside."),
        ("snooze", {"until": "soon"}, "The date must be one that exists"),
        ("snooze", {"until": back(1)}, "The date must be today or later."),
        ("snooze", {"until": back(-90)}, "at the latest. Choose that day or an earlier one."),
        ("assign", {"to": "<script>"}, "Choose somebody of this list, or nobody."),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_at_the_top(
    desk: Desk, what: str, details: dict[str, str], problem: str
) -> None:
    """With the title of an error, and what was typed still there; nothing is sent."""
    alert = desk.alerts()[0]["id"]
    answer = act(desk.browser(), what, alert, **details)
    assert answer.status_code == 422
    assert answer.text.count(problem) == 2, "in the summary and at the field"
    assert "<title>Error: " in answer.text
    assert "<script>" not in answer.text.replace("&lt;script&gt;", "")
    assert desk.published() == []


def test_the_longest_snooze_can_be_taken(desk: Desk) -> None:
    """The day that the form names as the last is accepted, and stands until it is over."""
    alert = desk.alerts()[0]["id"]
    browser = desk.browser()
    form = act(browser, "snooze", alert).text
    longest = re.findall(r'type="radio" value="([^"]*)"', form)[-1]
    answer = act(browser, "snooze", alert, until=longest)
    assert answer.status_code == 303
    assert desk.alert(alert)["lapses_at"][:10] in {longest, (date.fromisoformat(longest) + timedelta(1)).isoformat()}


def test_a_typed_date_outdoes_a_chosen_one(desk: Desk) -> None:
    """Both fields have one name; the typed one comes last."""
    alert = desk.alerts()[0]["id"]
    act(desk.browser(), "acknowledge", alert, reason="other", expected_on=[back(0), back(-3)])
    [(_, data)] = desk.published()
    assert data["expected_on"] == back(-3)
    act(desk.browser(), "snooze", alert, until=[back(-2), ""])
    assert desk.published()[-1][1]["until"] == back(-2)


@pytest.mark.parametrize(
    ("form", "status", "problem"),
    [
        ({"what": "acknowledge"}, 422, "Choose at least one alert."),
        ({"what": "explode", "alert": UNKNOWN}, 422, "Choose what is to be done"),
        ({"what": "take", "alert": "<b>1</b>"}, 422, "What was chosen is no alert."),
        ({"what": "take", "alert": UNKNOWN}, 404, "This alert is not known here."),
        ({"what": "take", "alert": UNKNOWN, "once": "x" * 300_000}, 413, "This form is larger"),
    ],
)
def test_what_names_no_alert_does_nothing(desk: Desk, form: dict[str, str], status: int, problem: str) -> None:
    """A plain page says so."""
    answer = desk.browser().post("/alerts/act", data=form)
    assert (answer.status_code, problem in answer.text) == (status, True)
    assert desk.published() == []


def test_what_may_not_be_attended_to_is_not_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is that for an alert which never was; for a whole selection if it is one of it."""
    monkeypatch.setattr(service, "may", lambda _person, _action, thing: thing.name != "family/f0")
    first, second = (alert["id"] for alert in desk.alerts())
    browser = desk.browser()
    never = act(browser, "take", UNKNOWN)
    for alerts in ([first], [second, first]):
        refused = act(browser, "take", *alerts)
        assert (refused.status_code, refused.text) == (404, never.text)
        assert browser.get("/alerts/act", params={"what": "take", "alert": alerts}).status_code == 404
    assert desk.published() == []
    assert table.Action.ATTEND
    assert act(browser, "take", second).status_code == 303


def test_only_the_boards_own_page_acts(desk: Desk) -> None:
    """A form of another site does nothing, nor one that says not where it is from."""
    alert = desk.alerts()[0]["id"]
    browser = desk.browser()
    form = {"what": "take", "alert": alert}
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert browser.post("/alerts/act", data=form, headers=headers).status_code == 403
    assert desk.published() == []


def test_the_next_page_is_one_of_this_board(desk: Desk) -> None:
    """Whatever the form says."""
    alert = desk.alerts()[0]["id"]
    browser = desk.browser()
    for asked, there in (
        ("//elsewhere.example/x", "/?"),
        ("https://elsewhere.example", "/?"),
        ("/?site=a&done=x", "/?site=a&"),
    ):
        location = act(browser, "take", alert, next=asked).headers["location"]
        assert location.startswith(f"{there}done="), location


def test_while_kafka_is_away_what_was_chosen_is_kept(desk: Desk) -> None:
    """The form is shown again, and does it when Kafka is back, once."""
    alert = desk.alerts()[0]["id"]
    browser = desk.browser()
    desk.site.broker.away = True
    form = act(browser, "acknowledge", alert, reason="visit_booked", expected_on=back(-3), once="o")
    assert form.status_code == 503
    assert "Kafka cannot be reached, so this is not done." in form.text
    assert re.search(r'value="visit_booked" checked', form.text)
    assert f'value="{back(-3)}"' in form.text
    desk.site.broker.away = False
    again = act(browser, "acknowledge", alert, reason="visit_booked", expected_on=back(-3), once="o")
    assert "acknowledged." in said(followed(browser, again))
    assert len(desk.published()) == 1


def test_what_was_typed_outlives_the_session(desk: Desk) -> None:
    """After sign-in the form is there, for the same person only; it is done when it is sent again."""
    alert = desk.alerts()[0]["id"]
    browser = desk.browser()
    desk.site.clock.go_on(minutes=31)
    late = act(browser, "acknowledge", alert, reason="visit_booked", case_ref="A-17", once="o")
    assert late.status_code == 303
    assert late.headers["location"].startswith("/signin?next=/kept/")
    assert desk.published() == []
    kept = re.findall(r"/kept/[^&]+", late.headers["location"])[0]
    assert browser.get(kept).headers["location"].startswith("/signin")
    answer = sign_in(browser, ROBIN, next=kept)
    assert answer.headers["location"] == kept
    form = browser.get(kept).text
    assert 'value="A-17"' in form
    assert re.search(r'value="visit_booked" checked', form)
    assert desk.published() == []
    other = desk.browser(KIT).get(kept)
    assert (other.status_code, "A-17" in other.text) == (404, False)
    assert browser.get("/kept/nothing").status_code == 404


def test_only_a_known_session_has_something_kept(desk: Desk) -> None:
    """Nobody fills the memory from outside; a session that was ended is nobody's."""
    alert = desk.alerts()[0]["id"]
    stranger = desk.site.browser()
    stranger.cookies.set("__Host-touchline", "guessed", domain="localhost")
    for browser in (stranger, desk.site.browser()):
        assert "/kept/" not in act(browser, "take", alert).headers["location"]
    ended = desk.browser()
    desk.site.sessions.end_all_of(ROBIN)
    assert "/kept/" not in act(ended, "take", alert).headers["location"]


def test_kept_forms_are_forgotten_in_time_and_when_they_are_many(tmp_path: Path) -> None:
    """The oldest first. Another board has them too; the database alone does not tell what was typed."""
    clock, engine = SetClock(), database(tmp_path)
    forms = KeptForms(engine, clock)
    first = forms.keep("/alerts/act", b"a=1&a=2&b=", ROBIN.pseudonym)
    assert forms.take(first, ROBIN) == ("/alerts/act", {"a": ["1", "2"], "b": [""]})
    assert KeptForms(database(tmp_path), clock).take(first, ROBIN) == forms.take(first, ROBIN)
    assert forms.take(first, KIT) is None
    with engine.connect() as connection:
        assert "a=1" not in str(connection.execute(select(KEPT)).all())
    large = []
    for _ in range(17):
        clock.go_on(seconds=1)
        large.append(forms.keep("/alerts/act", b"a=" + b"x" * (1 << 20), ROBIN.pseudonym))
    assert forms.take(first, ROBIN) is None
    assert forms.take(large[-1], ROBIN) is not None
    clock.go_on(hours=12)
    assert forms.take(large[-1], ROBIN) is None
