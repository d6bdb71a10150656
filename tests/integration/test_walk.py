"""The walk of an event on real Kafka: from a source topic to the page, and what happens to what cannot be accepted."""

import json
from collections.abc import Callable

import pytest

from events.codec import to_json
from streams.clock import now
from tests.events import event, in_lines, liaison
from tests.integration.families import GOOD, changes, day, family, send, send_poison
from tests.service import Service, sort, wait_for

REFUSED: list[tuple[str, bytes, str, str]] = [
    ("contact", b'{"id": ', "not-json", ""),
    ("contact", b"[1]", "not-cloudevent", "/specversion"),
    ("contact", to_json({**GOOD, "source": ""}), "not-cloudevent", "/source"),
    ("contact", to_json({**GOOD, "type": "touchline.contact.recorded.v9"}), "unknown-type", "/type"),
    ("contact", to_json({**GOOD, "data": {**GOOD["data"], "mode": "pigeon"}}), "invalid-data", "/data/mode"),
    ("contact", to_json({**GOOD, "data": {**GOOD["data"], "note": "x"}}), "invalid-data", "/data/note"),
    ("contact", to_json({**GOOD, "knowntime": "2026-01-01T00:00:00Z"}), "invalid-data", "/knowntime"),
    ("contact", to_json({**GOOD, "occurreddate": "2999-01-01"}), "occurred-in-future", "/occurreddate"),
    ("contact", to_json({**GOOD, "padding": "x" * 70_000}), "too-large", ""),
    ("liaison", to_json(GOOD), "wrong-topic", "/type"),
    ("contact", to_json({**GOOD, "subject": "family/other"}), "subject-mismatch", "/subject"),
]


def test_an_event_becomes_an_alert_on_the_board_and_a_contact_clears_it(service: Service) -> None:
    """Source topic → journal → alerts → read model, and back again when the contact arrives."""
    service.board()
    service.publish(family())
    feed = lambda: service.get(service.settings.board_port, "/")[1]  # noqa: E731
    wait_for("the alert is on the page", lambda: 'data-subject="family/f" data-rule="CONTACT_OVERDUE"' in feed(), 60)
    status, page = service.get(service.settings.board_port, "/subjects/family/f")
    assert status == 200
    assert "does not count" not in page
    assert " working days since " in page
    service.publish([event("contact.recorded", "now", GOOD["data"], day(0))])
    wait_for("the alert is gone", lambda: 'data-rule="CONTACT_OVERDUE"' not in feed(), 60)
    service.wait_quiet()
    _, about = service.get(service.settings.board_port, "/service")
    assert 'Records the processors have still to read</dt><dd class="govuk-summary-list__value">0</dd>' in about
    assert "/agency/health/x" in about
    _, metrics = service.get(service.settings.board_port, "/metrics")
    assert 'touchline_alerts_open{rule="LIAISON_DROUGHT",severity="amber",site="s"} 1.0' in metrics
    _, metrics = service.get(service.settings.worker_port, "/metrics")
    assert "touchline_events_accepted_total 4.0" in metrics
    assert 'touchline_transitions_total{kind="cleared",rule="CONTACT_OVERDUE"} 1.0' in metrics


def test_every_refusal_goes_to_quarantine_whole_with_its_reason(service: Service) -> None:
    """Each reason of the contract's table, with its field; the record as it came; released records are sent again."""
    for topic, raw, _, _ in REFUSED:
        send(service, topic, raw)
    wait_for("all are refused", lambda: len(service.records("quarantine")) >= len(REFUSED), 60)
    records = service.records("quarantine")
    quarantined = {
        (bytes(record.value or b""), dict(record.headers)["reason"].decode(), dict(record.headers)["field"].decode())
        for record in records
    }
    assert quarantined == {(raw, reason, field) for _, raw, reason, field in REFUSED}
    listed = service.run("quarantine", "list")
    assert listed.returncode == 0
    first = json.loads(listed.stdout.split("\n")[0])
    shown = service.run("quarantine", "show", str(first["number"]))
    assert shown.stdout.encode().rstrip(b"\n") in {raw for _, raw, _, _ in REFUSED}
    released = service.run("quarantine", "release", str(first["number"]))
    assert released.returncode == 0, released.stderr
    wait_for("it is refused again", lambda: len(service.records("quarantine")) == len(REFUSED) + 1, 60)
    unknown = service.run("quarantine", "show", "9999")
    assert unknown.returncode == 3
    assert unknown.stderr.startswith("touchline: The quarantine has no record 9999")


def test_a_bad_entry_parks_its_subject_and_no_other_and_unpark_resumes_in_order(service: Service) -> None:
    """What cannot be applied stops one subject.

    The others go on; a replay is of the same mind; `unpark` tries again.
    """
    service.board()
    service.publish(family("f"))
    wait_for("f is judged", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    send_poison(service, b"family/f")
    service.publish([event("contact.recorded", "after", GOOD["data"], day(0)), *family("g")])
    wait_for(
        "f is parked",
        lambda: "touchline_subjects_parked 1.0" in service.get(service.settings.worker_port, "/metrics")[1],
        20,
    )
    wait_for("g is judged", lambda: any(each.key == b"family/g" for each in service.records("alerts")), 60)
    service.wait_quiet()
    assert list(service.history().parked) == ["family/f"]
    assert "Parked" in service.get(service.settings.board_port, "/subjects/family/f")[1]
    assert ("CONTACT_OVERDUE", "cleared") not in changes(service)
    service.kill()  # it stays parked over a crash
    service.worker()
    service.wait_ready()
    assert service.run("unpark", "family/f").returncode == 0
    service.wait_quiet()
    assert "touchline_subjects_parked 1.0" in service.get(service.settings.worker_port, "/metrics")[1], (
        "this version still cannot read the entry"
    )
    assert list(service.history().parked) == ["family/f"]


def test_unpark_goes_on_once_the_entry_can_be_applied(service: Service) -> None:
    """Parked by a fault that a newer version mends: everything that was held back is applied, in order."""
    service.kill()
    service.worker(TOUCHLINE_TEST_FAIL_ON="poison")
    service.wait_ready()
    service.publish(family("f"))
    wait_for("f is judged", lambda: ("CONTACT_OVERDUE", "raised") in changes(service), 60)
    poison = event("liaison.recorded", "poison", liaison("f", "w", purpose="other"), day(0))
    service.publish([poison, event("contact.recorded", "after", GOOD["data"], day(0))])
    service.wait_quiet()
    assert ("CONTACT_OVERDUE", "cleared") not in changes(service)
    service.kill()
    service.worker()
    service.wait_ready()
    assert service.run("unpark", "family/f").returncode == 0
    assert service.run("unpark", "worker/w").returncode == 0
    service.wait_quiet()
    assert [each["rule"] for each in service.folded_alerts()] == ["PLAN_MISSING"]
    assert not service.history().parked


def test_loading_a_file_with_a_bad_line_loads_the_rest_and_says_which(service: Service) -> None:
    """The row error has file, line, field and reason; the others are published; the exit code is 1."""
    lines = in_lines(family()).splitlines()
    path = service.settings.state / "some.jsonl"
    path.write_text("\n".join([lines[0], '{"specversion": "1.0"}', *lines[1:]]) + "\n", "utf-8")
    loaded = service.run("load", str(path))
    assert loaded.returncode == 1
    assert loaded.stdout == "Published 3 events; refused 1 lines.\n"
    assert loaded.stderr == f"{path}:2: /id: not-cloudevent: should be a text of 1 to 255 characters\n"
    service.wait_quiet()
    assert [each["rule"] for each in service.folded_alerts()] == ["CONTACT_OVERDUE", "LIAISON_DROUGHT", "PLAN_MISSING"]


def test_the_auditor_gets_the_same_answer(service: Service) -> None:
    """`replay --kafka` folded, `board --kafka` and the alerts topic agree; a subject alone gives its own lines."""
    service.publish([*family("f"), *family("g")])
    service.wait_quiet()
    board = [json.loads(line) for line in service.run("board", "--kafka").stdout.splitlines()]
    assert sort(board) == service.folded_alerts()
    assert board
    replayed = service.run("replay", "--kafka").stdout
    assert service.run("replay", "--kafka").stdout == replayed, "the same basis gives the same bytes"
    alone = service.run("replay", "--kafka", "--subject", "family/f").stdout.splitlines()
    assert alone == [line for line in replayed.splitlines() if json.loads(line)["subject"] == "family/f"]
    published = {json.loads(each.value or b"")["id"] for each in service.records("alerts")}
    assert {json.loads(line)["id"] for line in replayed.splitlines()} == published
    explained = [
        json.loads(line)
        for line in service.run("explain", "family/f", "CONTACT_OVERDUE", "--kafka").stdout.splitlines()
    ]
    assert [each["holds"] for each in explained] == [True]


def test_a_backfill_settles_before_it_is_judged(make_service: Callable[..., Service]) -> None:
    """While an import settles nothing is raised; afterwards what holds is raised once."""
    service = make_service(policy="settle_seconds = 6\n")
    service.worker()
    service.wait_ready()
    started = now()
    service.publish([{**each, "backfill": True} for each in family()])
    wait_for("the import is judged", lambda: bool(service.records("alerts")), 60)
    assert now() - started >= 6_000_000
    service.wait_quiet()
    kinds = [json.loads(each.value or b"")["type"].split(".")[2] for each in service.records("alerts")]
    assert kinds == ["raised"] * 3


NOBODY = {"TOUCHLINE_BROKER": "127.0.0.1:1"}
NO_JAVA = {"TOUCHLINE_BROKER": "", "TOUCHLINE_JAVA": "/nowhere/java"}


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        ("worker", NOBODY, "touchline: No Kafka broker answers at 127.0.0.1:1."),
        ("topics", NOBODY, "touchline: No Kafka broker answers at 127.0.0.1:1."),
        ("board --kafka", NOBODY, "touchline: No Kafka broker answers at 127.0.0.1:1."),
        ("serve", {"TOUCHLINE_BROKER": "no address"}, "Usage:"),
        ("worker", {"TOUCHLINE_PREFIX": "nobody-made-these-"}, "touchline: Topics are not as they must be:"),
        ("worker", {"TOUCHLINE_POLICY": "LICENSE"}, "touchline: LICENSE:1: is no TOML"),
        ("serve", {"TOUCHLINE_HOST": "0.0.0.0"}, "Usage:"),
        ("kafka start", {}, "Error: TOUCHLINE_BROKER names an existing cluster"),
        ("kafka start", NO_JAVA, "touchline: There is no Java runtime at /nowhere/java."),
    ],
)
def test_what_a_user_can_mend_is_one_plain_sentence(
    make_service: Callable[..., Service], arguments: str, environment: dict[str, str], says: str
) -> None:
    """A wrong address, missing topics, a bad policy, a missing Java runtime: no traceback, and not exit code 0."""
    service = make_service()
    done = service.run(*arguments.split(), **environment)
    assert done.returncode != 0
    assert done.stderr.startswith(says), done.stderr
    assert "Traceback" not in done.stderr


def test_ports_in_use_are_said(service: Service) -> None:
    """A second worker, a second board and a second broker on the same ports say so."""
    service.board()
    for arguments, setting in ((("worker",), "TOUCHLINE_WORKER_PORT"), (("serve",), "TOUCHLINE_BOARD_PORT")):
        done = service.run(*arguments)
        assert done.returncode == 3
        assert setting in done.stderr
        assert "Traceback" not in done.stderr
    port = service.settings.broker.partition(":")[2]
    done = service.run("kafka", "start", TOUCHLINE_BROKER="", TOUCHLINE_KAFKA_PORT=port)
    assert done.returncode == 3
    assert f"Port {port} is in use" in done.stderr


def test_topics_with_other_settings_are_reported(make_service: Callable[..., Service]) -> None:
    """A topic whose shape is not what it must be is named, and no worker starts on it."""
    service = make_service()
    assert service.run("topics").stdout.endswith("topics are as they must be.\n")
    done = service.run("topics", "--check", TOUCHLINE_PARTITIONS="7")
    assert done.returncode == 1
    assert "journal: has 3 partitions, must have 7" in done.stderr
    assert service.run("worker", TOUCHLINE_PARTITIONS="7").returncode == 3


def test_a_changed_policy_file_is_refused(service: Service) -> None:
    """The past keeps the policy it was judged under."""
    service.kill()
    assert service.settings.policy is not None
    service.settings.policy.write_text("contact_interval = 10\n", "utf-8")
    done = service.run("worker")
    assert done.returncode == 5
    assert "is not a policy that this service's journal was judged under" in done.stderr
