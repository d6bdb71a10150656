"""What is typed into forms, on real Kafka: recorded, corrected, voided; the page that follows shows it."""

import re
import time
from html import unescape

import httpx

from tests.forms import filled_in
from tests.integration.families import changes, family
from tests.service import Service, wait_for


def test_a_contact_is_recorded_corrected_and_voided(service: Service) -> None:
    """Each in one post; the alert that it clears comes back with the void."""
    service.board()
    service.publish(family())
    wait_for("contact is overdue", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    service.wait_quiet()
    origin = f"http://127.0.0.1:{service.settings.board_port}"
    with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=60) as browser:

        def send(path: str, **changed: str) -> httpx.Response:
            began = time.monotonic()
            answer = browser.post(path, data={**filled_in(browser.get(path)), **changed})
            assert answer.status_code in {200, 303}, answer.text
            assert time.monotonic() - began < 30
            return answer

        def follow(answer: httpx.Response, sentence: str) -> str:
            """The page that follows. On a machine with much to do it may say first that it shows in a moment."""
            place = answer.headers["location"]
            wait_for(sentence, lambda: sentence in browser.get(place).text, 60)
            return browser.get(place).text

        page = follow(send("/record/contact?family=f"), "Recorded: contact of")
        wait_for("it is cleared", lambda: ("CONTACT_OVERDUE", "cleared") in changes(service), 60)
        mend = unescape(re.findall(r'href="(/mend/[^"]*)"', page)[0])
        follow(send(f"{mend}&do=correct", outcome="no_reply"), "Corrected: contact of")
        wait_for("an attempt clears nothing", lambda: _open(service), 60)
        follow(send(f"{mend}&do=correct", outcome="attended"), "Corrected: contact of")
        wait_for("it is over again", lambda: not _open(service), 60)
        check = send(f"{mend}&do=void", reason="entered_in_error")
        assert "A void cannot be undone." in check.text
        assert not _open(service)
        follow(browser.post(f"{mend}&do=void", data=filled_in(check)), "Voided: contact of")
        wait_for("it never was", lambda: _open(service), 60)
    assert len(service.records("quarantine")) == 0


def _open(service: Service) -> bool:
    """Whether contact is overdue, as published last."""
    kinds = [kind for rule, kind in changes(service) if rule == "CONTACT_OVERDUE" and kind != "attended"]
    return kinds[-1] in {"raised", "reopened", "escalated", "eased", "revised"}
