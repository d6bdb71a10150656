"""What people do about alerts, through the web application and a real engine, without Kafka."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from events.instants import format_day
from projections.rules import BY_NAME
from streams.board.acting import acts as service
from streams.clock import LONDON, now
from streams.identity.digests import new_secret
from streams.readmodel.acts import seen_of
from streams.readmodel.tables import PRESSES
from tests.acting import KIT, ROBIN, Desk, act, followed, said
from tests.events import Json

pytestmark = pytest.mark.usefixtures("any_database")

TODAY = date.fromisoformat(format_day(LONDON.day_of(now())))
TITLE = BY_NAME["NO_KEY_WORKER"].title
SOON = (TODAY + timedelta(days=5)).isoformat()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Three families without a key worker, and two coordinators. What is published is heard at once."""
    monkeypatch.setattr(service, "PATIENCE_SECONDS", 0.3)
    made = Desk(tmp_path)
    made.hears()
    assert {alert["rule"] for alert in made.alerts()} == {"NO_KEY_WORKER"}
    return made


def ids(desk: Desk) -> list[str]:
    return [alert["id"] for alert in desk.alerts()]


def seen(desk: Desk, *alerts: str) -> list[str]:
    """What a page made now knows of some alerts."""
    return [f"{alert}:{seen_of(desk.alert(alert))}" for alert in alerts]


def test_an_alert_is_acknowledged_and_the_page_that_follows_says_so(desk: Desk) -> None:
    """As an event of the person, about the alert's subject; with name, reason and dates in words."""
    first = ids(desk)[0]
    browser = desk.browser()
    answer = act(browser, "acknowledge", first, reason="visit_booked", expected_on=SOON, case_ref="A-17", once="o")
    page = followed(browser, answer)
    assert answer.headers["location"].startswith("/rules?done=")
    assert said(page) == f"{TITLE} of family f0 acknowledged."
    [(event, _)] = desk.site.broker.sent
    assert (event.source, event.subject, event.name) == ("/person/p.robin", "family/f0", "alert.acknowledged")
    assert event.data == {
        "alert": first, "by": "p.robin", "reason": "visit_booked", "expected_on": SOON, "case_ref": "A-17",
    }  # fmt: skip
    shown = browser.get("/subjects/family/f0").text
    assert "Acknowledged by Robin Adeyemi on" in shown
    assert "visit booked for" in shown
    assert "Case reference A-17." in shown


def test_take_it_assigns_and_acknowledges_with_one_press_and_undo_takes_both_back(desk: Desk) -> None:
    """In this order; the undo is two voids by the same person, and can be done from the page that follows."""
    first = ids(desk)[0]
    browser = desk.browser()
    page = followed(browser, act(browser, "take", first))
    assert said(page) == f"{TITLE} of family f0 assigned to you and acknowledged."
    assert [name for name, _ in desk.published()] == ["alert.assigned", "alert.acknowledged"]
    assert (desk.alert(first)["attention"], desk.alert(first)["assigned_to"]) == ("acknowledged", "p.robin")
    assert 'value="undo"' in page
    page = followed(browser, act(browser, "undo", first))
    assert said(page) == f"Undone: {TITLE} of family f0."
    assert [name for name, _ in desk.published()[2:]] == ["event.voided", "event.voided"]
    assert desk.site.broker.sent[-1][0].subject == "family/f0"
    row = desk.alert(first)
    assert (row["attention"], row["why"], row["assigned_to"], row["acts"]) == ("new", "voided", None, [])


def test_undo_is_for_ones_own_last_act_only(desk: Desk) -> None:
    """Not once somebody else acted since, and not twice; an undo brings back what the act had displaced."""
    first = ids(desk)[0]
    robin, kit = desk.browser(), desk.browser(KIT)
    act(robin, "acknowledge", first, reason="visit_booked")
    act(kit, "snooze", first, until=SOON, seen=seen(desk, first))
    assert desk.alert(first)["attention"] == "snoozed"
    late = act(robin, "undo", first, seen=[f"{first}:"])
    assert late.status_code == 409
    assert "cannot be undone any more" in late.text
    act(kit, "undo", first, seen=seen(desk, first))
    row = desk.alert(first)
    assert (row["attention"], row["by"]) == ("acknowledged", "p.robin")
    again = followed(kit, act(kit, "undo", first, seen=seen(desk, first)))
    assert "Nothing to undo" in said(again)
    act(robin, "undo", first)
    assert desk.alert(first)["attention"] == "new"


def test_the_second_of_two_is_told_what_the_first_did(desk: Desk) -> None:
    """And may do it anyway, or leave it."""
    first = ids(desk)[0]
    robin, kit = desk.browser(), desk.browser(KIT)
    before = seen(desk, first)
    act(robin, "acknowledge", first, reason="visit_booked", expected_on=SOON, seen=before)
    late = act(kit, "acknowledge", first, reason="contact_planned", seen=before)
    assert late.status_code == 409
    assert re.search(r"Robin Adeyemi acknowledged this at \d\d:\d\d: visit booked for \d+ \w+ 20\d\d\.", late.text)
    assert "Leave it" in late.text
    assert len(desk.published()) == 1
    form = dict(re.findall(r'name="(seen|reason|once)" value="([^"]*)"', late.text))
    done = act(kit, "acknowledge", first, **form)
    assert done.status_code == 303
    assert (desk.alert(first)["by"], desk.alert(first)["reason"]) == ("p.kit", "contact_planned")
    mine = act(kit, "assign", first, to="p.robin", seen=before)
    assert mine.status_code == 303, "one's own acts overtake nobody"


def test_of_a_selection_only_the_others_may_be_done(desk: Desk) -> None:
    """Nothing is done before it is chosen."""
    all_ids = ids(desk)
    robin, kit = desk.browser(), desk.browser(KIT)
    before = seen(desk, *all_ids)
    act(robin, "take", all_ids[0], seen=before)
    late = act(kit, "take", *all_ids, seen=before)
    assert late.status_code == 409
    assert "Do it for the other 2" in late.text
    assert {alert for _, data in desk.published() for alert in [data["alert"]]} == {all_ids[0]}


def test_a_form_that_is_sent_twice_does_it_once(desk: Desk) -> None:
    """The second answer says the same; other content or another form is another act; so it is after an undo."""
    first = ids(desk)[0]
    browser, once = desk.browser(), new_secret()
    sent = {"reason": "visit_booked", "once": once, "seen": seen(desk, first)}
    one, two = (act(browser, "acknowledge", first, **sent) for _ in range(2))
    assert one.headers["location"] == two.headers["location"]
    assert len(desk.published()) == 1
    act(browser, "acknowledge", first, **{**sent, "reason": "other"})
    assert len(desk.published()) == 2
    act(browser, "undo", first)
    act(browser, "undo", first)
    act(browser, "undo", first)
    assert desk.alert(first)["attention"] == "new"
    act(browser, "acknowledge", first, **sent)
    assert desk.alert(first)["attention"] == "acknowledged"


def test_the_same_form_does_nothing_twice_at_another_board(desk: Desk) -> None:
    """It knows of the press; where that was lost between publishing and keeping it, the same ids are published."""
    first = ids(desk)[0]
    desk.site.broker.heard = lambda _raw: None
    for lost in (False, True, False):
        act(desk.browser(), "take", first, once="o")
        desk.site.web = desk.site.built()
        if lost:
            with desk.site.board.begin() as connection:
                connection.execute(delete(PRESSES))
    published = [event.key for event, _ in desk.site.broker.sent]
    assert len(published) == 4
    assert published[:2] == published[2:]


def test_what_is_so_already_is_not_said_again(desk: Desk) -> None:
    """It would change nothing, and nothing would ever come of it to wait for."""
    first = ids(desk)[0]
    browser = desk.browser()
    act(browser, "take", first)
    page = followed(browser, act(browser, "take", first))
    assert said(page).startswith("Nothing to change")
    assert len(desk.published()) == 2
    act(browser, "snooze", first, until=SOON)
    act(browser, "snooze", first, until=SOON)
    assert len(desk.published()) == 3


def test_an_alert_that_closed_meanwhile_is_said_plainly(desk: Desk) -> None:
    """Nothing is published for it; the others of the selection are done."""
    all_ids = ids(desk)
    desk.clear("f0")
    browser = desk.browser()
    page = followed(browser, act(browser, "acknowledge", *all_ids, reason="other"))
    assert "2 alerts acknowledged." in said(page)
    assert re.search(rf"{TITLE} of family f0 cleared at \d\d:\d\d, before this was done\.", said(page))
    assert {event.subject for event, _ in desk.site.broker.sent} == {"family/f1", "family/f2"}
    alone = followed(browser, act(browser, "snooze", all_ids[0]))
    assert "before this was done" in said(alone), "also without details: there is nothing to ask for"


def test_what_closes_while_it_is_done_is_said_too(desk: Desk) -> None:
    """The wait ends at once, since nothing more can come."""
    first = ids(desk)[0]

    def cleared(_raw: bytes) -> None:
        desk.clear("f0")

    desk.site.broker.heard = cleared
    browser = desk.browser()
    page = followed(browser, act(browser, "acknowledge", first, reason="other"))
    assert "before this was done" in said(page)


def test_what_is_not_shown_in_time_is_said_to_be_sent(desk: Desk) -> None:
    """The page says the outcome as soon as it is known, and only to who did it."""
    first = ids(desk)[0]
    desk.site.broker.heard = lambda _raw: None
    browser = desk.browser()
    answer = act(browser, "acknowledge", first, reason="other")
    assert said(followed(browser, answer)) == "Sent. It shows in a moment."
    desk.hears()
    desk.site.broker.heard(desk.site.broker.sent[0][1])
    assert said(followed(browser, answer)) == f"{TITLE} of family f0 acknowledged."
    assert said(followed(desk.browser(KIT), answer)) == ""
    assert said(browser.get("/?done=nothing").text) == ""


def test_alerts_are_assigned_to_colleagues_and_to_nobody(desk: Desk) -> None:
    """Whoever may see them and is known here; who assigned it is said."""
    first = ids(desk)[0]
    browser = desk.browser()
    desk.browser(KIT)
    form = browser.get(f"/alerts/act?what=assign&alert={first}").text
    assert re.findall(r'<option value="([^"]*)"', form) == ["", "p.robin", "p.kit"]
    page = followed(browser, act(browser, "assign", first, to="p.kit"))
    assert said(page) == f"{TITLE} of family f0 assigned to Kit Rowan."
    assert "Assigned to Kit Rowan by Robin Adeyemi." in browser.get("/subjects/family/f0").text
    assert act(browser, "assign", first, to="p.nobody-here").status_code == 422
    followed(browser, act(browser, "assign", first, to=""))
    assert desk.alert(first)["assigned_to"] is None
    [*_, (_, data)] = desk.published()
    assert data["to"] == ""


def test_five_hundred_at_once_and_no_more(tmp_path: Path) -> None:
    """One press for all; of one more nothing is sent."""
    desk = Desk(tmp_path, 501)
    desk.hears()
    browser, all_ids = desk.browser(), ids(desk)
    more = act(browser, "take", *all_ids)
    assert more.status_code == 422
    assert "Choose at most 500 alerts at a time. 501 were chosen." in more.text
    assert desk.published() == []
    page = followed(browser, act(browser, "snooze", *all_ids[:500], until=SOON, seen=seen(desk, *all_ids[:500])))
    assert said(page) == "500 alerts snoozed."
    undo: Json = {"alert": re.findall(r'name="alert" value="([^"]*)"', page)}
    assert undo["alert"] == all_ids[:500]
    assert ROBIN.pseudonym == desk.alert(all_ids[0])["by"]
