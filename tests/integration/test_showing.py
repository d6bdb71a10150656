"""What was shown and what should have been; imports that settle; silent sources; reports; newer versions.

On real Kafka and the page.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from kafka import KafkaProducer

from events.codec import to_json
from events.instants import format_instant
from projections.state.journal import event_record
from streams.clock import now
from streams.connection import Connection
from tests.events import event, liaison
from tests.integration.families import GOOD, changes, day, family, local_day, send
from tests.service import ROOT, Service, stamp, wait_for


def test_what_the_board_showed_then_and_what_it_should_have(service: Service) -> None:
    """Both at any instant: before the event, while the worker was down, and afterwards."""
    service.publish(family("f"))
    wait_for("the alert is there", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    service.wait_quiet()
    before = format_instant(now())
    service.kill()
    service.publish([event("contact.recorded", "now", GOOD["data"], day(0))])
    intake = service.run("board", "--kafka", "--shown-at", before)
    lines = [json.loads(line) for line in intake.stdout.splitlines()]
    assert {line["rule"] for line in lines} >= {"CONTACT_OVERDUE", "LIAISON_DROUGHT"}
    assert all(line["agrees"] and line["shown"] and line["should"] for line in lines)
    service.worker()
    wait_for("it is cleared", lambda: ("CONTACT_OVERDUE", "cleared") in changes(service), 60)
    service.wait_quiet()
    after = service.run("board", "--kafka", "--shown-at", format_instant(now()))
    assert "CONTACT_OVERDUE" not in after.stdout
    journal = [each for each in service.records("journal") if b"now" in (each.value or b"") and each.key == b"family/f"]
    alerts = [
        each
        for each in service.records("alerts")
        if b"cleared" in (each.value or b"") and b"CONTACT_OVERDUE" in (each.value or b"")
    ]
    between = (journal[0].appended + alerts[0].appended) * 500  # known already, and not yet published
    if journal[0].appended < alerts[0].appended:
        shown = service.run("board", "--kafka", "--shown-at", format_instant(between))
        (line,) = (each for each in map(json.loads, shown.stdout.splitlines()) if each["rule"] == "CONTACT_OVERDUE")
        assert (line["shown"], line["should"], line["agrees"]) == (True, False, False)
    wrong = service.run("board", "--kafka", "--shown-at", before, "--known-at", before)
    assert wrong.returncode == 2


def test_an_import_makes_one_line_and_no_storm(service: Service, tmp_path: Path) -> None:
    """Rows of a year, flagged: nothing is judged in between, then each subject once, and one line says it."""
    service.board()
    rows = ["Visit ID,Visit Date,Date Entered,Family Ref,Worker,Visit Type,Status,Seen,Minutes"]
    for number in range(3):
        service.publish([{**each, "backfill": True} for each in family(f"i{number}")[:2]])
        rows += [
            f"V{number}-{back},{'/'.join(reversed(day(back).split('-')))},,i{number},w,Home Visit,Completed,Parent,30"
            for back in range(95, 60, -5)
        ]
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    mapping = str(ROOT / "docs" / "import" / "visits.toml")
    done = service.run("import", str(path), "--map", mapping)
    assert done.returncode == 0, done.stderr
    assert "21 rows taken, 0 rejected" in done.stderr
    wait_for("it has settled", lambda: len(changes(service)) >= 3, 60)
    service.wait_quiet()
    kinds = [kind for _, kind in changes(service)]
    assert set(kinds) == {"raised"}, "nothing that was raised had to be taken back"
    feed = service.get(service.settings.board_port, "/imports")[1]
    (line,) = (each for each in re.findall(r"<li data-row data-import=.*?</li>", feed, re.DOTALL) if "visits" in each)
    said = re.search(r"(\d+) entries of [^<]* were taken in, about (\d+) families, workers and sites", line)
    assert said is not None
    assert said.group(1) in {"21", "42"}, "each visit is the family's, and the worker's"
    assert said.group(2) == "4"
    before = len(service.records("alerts"))
    again = service.run("import", str(path), "--map", mapping)
    assert again.returncode == 0
    service.wait_quiet()
    time.sleep(1.5)
    service.wait_quiet()
    assert len(service.records("alerts")) == before, "importing twice changes nothing"


def test_a_silent_source_is_one_line_and_its_families_are_unknown(service: Service) -> None:
    """Last heard of 40 days ago, so that contact seems overdue since.

    The page says that it is unknown, the transitions stay.
    """
    service.board()
    contacts = [event("contact.recorded", f"c{back}", GOOD["data"], day(back)) for back in range(55, 44, -1)]
    said = [*family("f")[:2], *contacts, event("liaison.recorded", "l", liaison("f", "w"), day(45))]
    address, journal = service.settings.broker, service.settings.topics.name("journal")
    assert address is not None
    then = now() // 1000 - 40 * 86_400_000
    stamp(Connection(address), journal, "CreateTime")
    producer = KafkaProducer(bootstrap_servers=address, acks="all")
    for each in said:
        for name in ("family/f", "worker/w") if "worker" in str(each["data"]) else ("family/f",):
            record = event_record(name, to_json(each))
            producer.send(journal, key=record.key, value=record.value, headers=record.headers, timestamp_ms=then)
    producer.flush()
    producer.close()
    stamp(Connection(address), journal, "LogAppendTime")
    wait_for("contact is overdue", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    service.wait_quiet()
    feed = service.get(service.settings.board_port, "/")[1]
    silent = service.get(service.settings.board_port, "/silent")[1]
    assert silent.count('data-source="/agency/health/x"') == 1
    assert "1 family unknown since then" in silent
    assert f'unknown since <time datetime="{local_day(then * 1_000)}">' in silent
    assert 'data-rule="CONTACT_OVERDUE"' not in feed
    assert 'data-rule="PLAN_MISSING"' in feed, "what does not ask for contact stays an alert"
    _, page = service.get(service.settings.board_port, "/subjects/family/f")
    assert "<strong>Unknown since" in page
    assert 'data-rule="CONTACT_OVERDUE"' not in page
    assert "CONTACT_OVERDUE" in service.run("board", "--kafka").stdout, "the answer for auditors is as without it"
    (listed,) = [json.loads(line) for line in service.run("sources", "--kafka").stdout.splitlines()]
    assert (listed["families_unknown"], listed["seen"]) == (["family/f"], 14)
    _, metrics = service.get(service.settings.board_port, "/metrics")
    assert "touchline_sources_silent 1.0" in metrics


def test_reports_on_the_page_as_csv_and_as_json(service: Service) -> None:
    """As known at a day's end; a day that is no day is said to be none."""
    service.board()
    service.publish([each for number in range(6) for each in family(f"r{number}")])
    wait_for("the alerts are there", lambda: changes(service).count(("CONTACT_OVERDUE", "raised")) == 6, 60)
    service.wait_quiet()
    port, today = service.settings.board_port, day(0)
    status, page = service.get(port, f"/reports?known_at={today}")
    assert status == 200
    assert "Families served" in page
    _, body = service.get(port, f"/reports?known_at={today}&format=json")
    figures = {(each["site"], each["measure"]): each["value"] for each in json.loads(body)}
    assert figures["s", "families"] == 6
    _, text = service.get(port, f"/reports?known_at={today}&format=csv")
    assert text.splitlines()[0] == "site,measure,value,lower,upper,basis,suppressed"
    assert f"s,families,{figures['s', 'families']},,,6,False" in text
    _, first_day = service.get(port, "/reports")
    assert f'value="{today}"' in first_day, "nothing was known the day before: as known now"
    _, earlier = service.get(port, f"/reports?known_at={day(1)}&format=json")
    assert json.loads(earlier)[0]["value"] is None, "nothing was known yet"
    status, page = service.get(port, "/reports?known_at=2026-02-31")
    assert status == 422
    assert "There is no report" in page


OLDER = """
import events.catalogue as catalogue, sys
kind = catalogue.TYPES["meeting.held"]
catalogue.TYPES["meeting.held"] = kind._replace(data=kind.earlier[0].data, earlier=())
catalogue.EARLIER = frozenset(); del catalogue.KNOWN["touchline.meeting.held.v2"]
from streams.cli import main
sys.argv = ["touchline", "worker"]
main()
"""


def test_a_newer_version_waits_in_quarantine_until_the_upgrade(service: Service) -> None:
    """An older service refuses it whole; after the upgrade it is released, accepted, and judged."""
    service.kill()
    with service.log.open("ab") as log:
        older = subprocess.Popen(
            [sys.executable, "-c", OLDER], cwd=ROOT, env=service.environment(), stdout=log, stderr=log
        )
    service.processes["worker"] = older
    service.wait_ready()
    opened = event("site.opened", "o", {"site": "s", "agencies": ["health"]}, day(60))
    seat = event("seat.filled", "seat", {"site": "s", "agency": "health", "starts_on": day(60)}, day(60))
    service.publish([opened, seat])
    meetings = [
        event("meeting.held", f"m{n}", {"site": "s", "present": [], "apologies": ["health"]}, day(40 - n), version=2)
        for n in range(2)
    ]
    raws = [to_json(meeting) for meeting in meetings]
    for raw in raws:
        send(service, "service", raw)
    wait_for("both are refused", lambda: len(service.records("quarantine")) == 2, 60)
    assert {bytes(each.value or b"") for each in service.records("quarantine")} == set(raws)
    service.kill()
    service.worker()
    service.wait_ready()
    for line in service.run("quarantine", "list").stdout.splitlines():
        refused = json.loads(line)
        assert (refused["reason"], "release it after an upgrade" in refused["message"]) == ("unknown-type", True)
        assert service.run("quarantine", "release", str(refused["number"])).returncode == 0
    wait_for("they are judged", lambda: ("STEERING_SEAT_VACANT", "raised") in changes(service), 60)
    assert len(service.records("quarantine")) == 2
