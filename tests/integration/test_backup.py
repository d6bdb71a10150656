"""Back-up and restore on real Kafka: what is restored to a machine with nothing is what was backed up, and goes on."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.kafka import LocalKafka
from events.instants import format_instant
from streams.clock import now
from streams.identity.accounts import Accounts
from streams.identity.database import open_identity
from streams.simulate import Plan, Simulation
from tests.events import Json, contact, event
from tests.identity import JO
from tests.integration.families import changes, day, family, send, send_poison
from tests.service import Service, by_partition, free_port, wait_for

MakeService = Callable[..., Service]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[LocalKafka]:
    """Another machine's broker, which has nothing yet."""
    broker = LocalKafka(tmp_path / "elsewhere", free_port(2))
    broker.start()
    yield broker
    broker.stop()


def history() -> list[Json]:
    """Half a year of two sites, as an extract brings it."""
    today = datetime.fromtimestamp(now() / 1e6, UTC)
    made = Simulation(Plan(6, 6, 11, today.date(), backfill=True)).events()
    return [each for each in made if each["recordedtime"] <= (today - timedelta(hours=1)).isoformat()]


def answers(service: Service, known_at: str) -> tuple[str, str]:
    """What auditors are told: open alerts, and every transition."""
    asked = [service.run(command, "--kafka", "--known-at", known_at) for command in ("board", "replay")]
    assert [each.returncode for each in asked] == [0, 0], asked[0].stderr + asked[1].stderr
    return asked[0].stdout, asked[1].stdout


def shown(service: Service) -> set[str]:
    """The alerts on the board's pages."""
    pages = [service.get(service.settings.board_port, f"/?page={number}")[1] for number in (1, 2, 3)]
    return {alert for page in pages for alert in re.findall(r'data-alert="([0-9a-f-]+)"', page)}


def restored(make_service: MakeService, before: Service, broker: LocalKafka, folder: Path, state: Path) -> Service:
    """A back-up restored to another broker and a state folder with nothing in it."""
    before.run_ok("restore", str(folder), TOUCHLINE_BROKER=broker.address, TOUCHLINE_STATE=str(state))
    service = make_service(broker=broker.address, prefix=before.settings.prefix, state=state)
    assert service.settings.policy is not None
    return service


def test_a_service_is_restored_to_a_machine_with_nothing_and_goes_on(
    make_service: MakeService, service: Service, elsewhere: LocalKafka, tmp_path: Path
) -> None:
    """The same answers byte for byte, the same page, nothing told twice, and the next contact clears its alert."""
    folder = tmp_path / "backup"
    service.board()
    Accounts(open_identity(service.settings.identity_address)).add(JO)
    service.publish(history())
    send(service, "contact", b"no event")
    service.wait_quiet()
    first = service.run_ok("backup", str(folder))
    assert "Run 1 is in" in first
    assert "The accounts are in it" in first
    service.publish(family("f"))
    send_poison(service, b"family/parked")
    wait_for("contact is overdue", lambda: ("CONTACT_OVERDUE", "raised") in changes(service))
    service.wait_quiet()
    second = service.run_ok("backup", str(folder))
    new = int(re.search(r"Run 2 is in .*: ([\d,]+) new records", second)[1].replace(",", ""))  # type: ignore[index]
    assert 0 < new < 30, "a second run takes what is new"
    at = format_instant(now())
    said, on_page = answers(service, at), shown(service)
    kept = {topic: by_partition(service.records(topic)) for topic in ("journal", "alerts", "quarantine", "contact")}
    service.stop()

    again = restored(make_service, service, elsewhere, folder, tmp_path / "state")
    assert answers(again, at) == said
    assert {topic: by_partition(again.records(topic)) for topic in kept} == kept, "each at its offset and its time"
    accounts = Accounts(open_identity(again.settings.identity_address)).listed()
    assert [each.person for each in accounts] == [JO]

    again.worker()
    again.board()
    again.wait_quiet()
    assert by_partition(again.records("alerts")) == kept["alerts"], "nothing is told twice"
    assert "touchline_subjects_parked 1.0" in again.get(again.settings.worker_port, "/metrics")[1]
    wait_for("the board shows the same", lambda: shown(again) == on_page)
    assert "touchline_board_records_unreadable{" not in again.get(again.settings.board_port, "/metrics")[1]
    again.publish([event("contact.recorded", "c2", contact("f", "w"), day(0))])
    wait_for("it goes on", lambda: ("CONTACT_OVERDUE", "cleared") in changes(again))
    again.wait_quiet()
    ids = [json.loads(each.value or b"")["id"] for each in again.records("alerts")]
    assert len(ids) == len(set(ids)), "nothing is told twice"


def test_a_restore_goes_on_and_refuses_what_it_must(
    make_service: MakeService, service: Service, elsewhere: LocalKafka, tmp_path: Path
) -> None:
    """It goes on where it was broken off; it refuses a damaged back-up, another service's, and other records."""
    folder, part = tmp_path / "backup", tmp_path / "part"
    service.publish(family("f"))
    wait_for("contact is overdue", lambda: ("CONTACT_OVERDUE", "raised") in changes(service))
    service.wait_quiet()
    service.run_ok("backup", str(folder))
    shutil.copytree(folder, part)
    service.publish(family("g"))
    service.wait_quiet()
    service.run_ok("backup", str(folder))
    kept = by_partition(service.records("journal"))

    def refused(*arguments: str, **settings: str) -> str:
        done = service.run(*arguments, **settings)
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("\n") == 1, "one sentence"
        return done.stderr

    assert "A processor of the service is running" in refused("restore", str(folder))
    service.kill()
    there = {"TOUCHLINE_BROKER": elsewhere.address, "TOUCHLINE_STATE": str(tmp_path / "state")}
    service.run_ok("restore", str(part), **there)
    again = restored(make_service, service, elsewhere, folder, tmp_path / "state")
    assert by_partition(again.records("journal")) == kept, "as if it had not been broken off"
    send(again, "contact", b"no event")
    assert "records that are not of this back-up" in refused("restore", str(folder), **there)
    assert "TOUCHLINE_PREFIX" in refused("restore", str(folder), TOUCHLINE_PREFIX="other-", **there)
    assert "another service" in refused("backup", str(folder), TOUCHLINE_PREFIX="other-")
    assert "has other things in it" in refused("backup", str(tmp_path))
    damaged = next(folder.glob("runs/00001/journal-*"))
    damaged.write_bytes(damaged.read_bytes()[:-9])
    assert "is not as it was written" in refused("restore", str(folder), **there)
    damaged.unlink()
    assert "is missing" in refused("restore", str(folder), **there)
