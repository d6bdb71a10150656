"""`touchline demo`: the two-site pilot with a year of history, then a live trickle in which alerts come and go."""

import itertools
import json
import os
import random
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection, Engine

from events.accept import accept
from events.codec import to_json
from events.instants import zone
from events.subject_name import SubjectName
from streams.clock import now
from streams.intake.load_json_lines import load
from streams.kafka.publishing import Publisher
from streams.listen_address import url
from streams.readmodel import queries
from streams.readmodel.asked import Asked
from streams.readmodel.database import connect
from streams.service import demo_scenes
from streams.service.processes import Running, service
from streams.settings import Settings, SignIn
from streams.simulate import PILOT, Plan, Simulation

SEED = 1999
MONTHS = 12
LONDON = ZoneInfo("Europe/London")
POLICY = "# The demo's policy: the defaults of the rules, but a backfill settles in seconds.\nsettle_seconds = 3\n"
STEP_SECONDS = 6.0
ACTS_SECONDS = 60.0
"""So long at most the demo waits for the alerts about which its people say something."""
SHORTLY = timedelta(minutes=3)
WHO = "            six made-up people: choose who you are\n"
LOOK = """
  Look at   {board}/            the alerts, live: one comes or goes every few seconds
{who}            {board}/service     what the service itself knows
            {processor}/metrics     what operations scrape
  Click a family: who its key worker is, what is flagged and why, its year, and forms that record what happened.
  Ten things that people asked for, and where each is seen here: docs/scenarios.md
  Ctrl-C stops everything.
"""


def run(settings: Settings, say: Callable[[str], None], seconds: float | None) -> None:
    """Runs the demo until Ctrl-C, or for so many seconds."""
    state = settings.state.absolute() / "demo"
    state.mkdir(parents=True, exist_ok=True)
    policy = state / "policy.toml"
    policy.write_text(POLICY, "utf-8")
    signin = settings.signin if "signin" in settings.model_fields_set else SignIn.DEMO
    settings = settings.model_copy(update={"state": state, "policy": policy, "signin": signin})
    environment = {
        **os.environ,
        "TOUCHLINE_STATE": str(state),
        "TOUCHLINE_POLICY": str(policy),
        "TOUCHLINE_SIGNIN": str(signin),
    }
    with service(settings, environment, say) as running:
        board, processor = (
            url(settings.host_of(port), port, "") for port in (settings.board_port, settings.worker_port)
        )
        who = WHO if signin is SignIn.DEMO else ""
        for line in LOOK.format(board=board, processor=processor, who=who).splitlines():
            say(line)
        pilot = state / "pilot.jsonl"
        is_new = not pilot.exists()
        if is_new:
            families = PILOT + len(demo_scenes.FAMILIES)
            workers = PILOT + len(demo_scenes.WORKERS)
            say(f"Loading the pilot: two sites, {families} families, {workers} workers, a year of history …")
            part = pilot.with_suffix(".part")  # it takes its name when all is loaded; loading it twice changes nothing
            _write_pilot(part)
            done = load(settings, [part])
            part.replace(pilot)
            say(f"Published {done.published} events.")
        running.wait_alive()
        _wait_for_alerts(settings, running)
        if is_new:
            _act(settings, running)
        say("Alerts are on the page.")
        _trickle(settings, running, say, seconds, is_new=is_new)


def _write_pilot(path: Path) -> None:
    today = datetime.fromtimestamp(now() / 1e6, LONDON).date()
    limit = datetime.fromtimestamp(now() / 1e6, UTC).isoformat()
    made = Simulation(Plan(PILOT, MONTHS, SEED, today, backfill=True)).events()
    events = [event for event in made if event["recordedtime"] <= limit]
    events += demo_scenes.scenes(today, limit, events)
    path.write_bytes(b"".join(to_json(event) + b"\n" for event in events))


def _wait_for_alerts(settings: Settings, running: Running) -> None:
    """Waits until the board shows open alerts; parts that end meanwhile are started again."""
    page = url(settings.host_of(settings.board_port), settings.board_port, "/metrics")
    while True:
        running.keep()
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310 - our own page
                if b"\ntouchline_alerts_open{" in answer.read():
                    return
        except OSError:
            pass
        time.sleep(0.2)


def _act(settings: Settings, running: Running) -> None:
    """Has the demo's people say something about the scenes' alerts, as these come."""
    present = datetime.fromtimestamp(now() / 1e6, UTC)
    todo = list(demo_scenes.acts(present.astimezone(LONDON).date(), (present + SHORTLY).isoformat()))
    ends = time.monotonic() + ACTS_SECONDS
    engine = _read_model(settings)
    with Publisher(settings.kafka, settings.topics) as publisher:
        while todo and time.monotonic() < ends:
            running.keep()
            with engine.connect() as connection:
                found = [(act, _alert_of(connection, act)) for act in todo]
            for act, alert in found:
                if alert is not None:
                    data = {"alert": alert, "by": act.by, **act.data}
                    event = {**_event(act.name, data), "source": f"/person/{act.by}", "subject": act.subject}
                    _publish(publisher, event)
            todo = [act for act, alert in found if alert is None]
            publisher.flush()
            time.sleep(0.2)


def _alert_of(connection: Connection, act: demo_scenes.Act) -> str | None:
    """The alert that is meant, if it is open."""
    alerts = queries.alerts_of(connection, act.subject)
    return next((str(alert["id"]) for alert in alerts if alert["rule"] == act.rule), None)


def _publish(publisher: Publisher, event: dict[str, Any]) -> None:
    raw = to_json(event)
    publisher.publish(accept(raw, zone("Europe/London"), now()), raw)


def _read_model(settings: Settings) -> Engine:
    return connect(settings.readmodel_address, settings.topics.app_id, settings.readmodel_password_file)


def _trickle(
    settings: Settings, running: Running, say: Callable[[str], None], seconds: float | None, *, is_new: bool
) -> None:
    ends = time.monotonic() + seconds if seconds is not None else None
    script = _script(settings, is_new=is_new)
    with Publisher(settings.kafka, settings.topics) as publisher:
        while ends is None or time.monotonic() < ends:
            running.keep()
            sentence, event = next(script)
            if event is not None:
                _publish(publisher, event)
                publisher.flush()
                say(f"  {datetime.fromtimestamp(now() / 1e6, LONDON):%H:%M:%S}  {sentence}")
            time.sleep(STEP_SECONDS)


def _script(settings: Settings, *, is_new: bool) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """What happens, one thing at a time: contacts that end alerts, an entry made in error, an absence and its cover."""
    rng = random.Random(SEED)  # noqa: S311 - a show, not a secret
    engine = _read_model(settings)
    if is_new:
        day, visit = demo_scenes.late_visit(datetime.fromtimestamp(now() / 1e6, LONDON).date())
        sentence = f"a visit to {demo_scenes.LATE_VISIT} on {day} is entered late: the overdue alert is withdrawn"
        yield sentence, _late(day, visit)
    for number in itertools.count():
        with engine.connect() as connection:
            asked = Asked(rule="CONTACT_OVERDUE")
            listed = queries.open_alerts(connection, asked)
            ids = [alert["id"] for alert in listed if alert["subject"] not in demo_scenes.SUBJECTS]
            overdue = list(queries.alerts_by_id(connection, ids).values())
        if not overdue:
            yield "nothing is overdue", None
            continue
        alert = rng.choice(overdue)
        family = SubjectName(alert["subject"]).id
        worker = next((reason["worker"] for reason in alert["reasons"] if reason["code"] == "clock-start"), "w00001")
        telephoned = {
            "family": family,
            "workers": [worker],
            "initiated_by": "worker",
            "mode": "telephone",
            "outcome": "attended",
            "participants": ["parent"],
            "acting_as": "key_worker",
        }
        contact = _event("contact.recorded", telephoned)
        yield f"{worker} telephones family {family}: the overdue alert ends", contact
        if number % 2 == 0:
            void = {"event": contact["id"], "family": family, "workers": [worker], "reason": "wrong_person"}
            yield (
                f"that contact of {family} was entered in error and is voided: the alert is open again",
                _event("event.voided", void),
            )
        starts = datetime.fromtimestamp(now() / 1e6, LONDON).date() + timedelta(days=10)
        absence = _event("absence.started", {"worker": worker, "kind": "maternity", "starts_on": starts.isoformat()})
        yield f"{worker} announces maternity leave from {starts}: a family would be left without cover", absence
        other = "w00002" if worker != "w00002" else "w00003"
        cover = {"worker": worker, "covering_worker": other, "starts_on": starts.isoformat()}
        yield f"{other} will cover for {worker}: that alert ends", _event("cover.assigned", cover)
        mended = {"event": absence["id"], "worker": worker, "reason": "entered_in_error"}
        yield f"the leave of {worker} is voided, so that the show can go on", _event("event.voided", mended)


def _late(day: date, visit: dict[str, Any]) -> dict[str, Any]:
    """A contact that occurred on a day and is recorded now."""
    event = {**_event("contact.recorded", visit), "occurreddate": day.isoformat()}
    del event["time"]
    return event


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    present = datetime.fromtimestamp(now() / 1e6, UTC).isoformat()
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/agency/demo/case-system",
        "type": f"touchline.{name}.v1",
        "time": present,
        "recordedtime": present,
        "data": data,
    }
    return json.loads(to_json(event))  # type: ignore[no-any-return]
