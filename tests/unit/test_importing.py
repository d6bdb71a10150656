"""Extracts of case systems: what is taken, what is rejected and why, and that nothing is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.csv_formats import Mapping, MappingError, Rejected, Taken, read_mapping, read_rows
from events.instants import parse_instant, zone
from tests.commands import touchline
from tests.service import ROOT

LONDON = zone("Europe/London")
NOW = parse_instant("2026-11-25T12:00:00Z")
MAPS = ROOT / "docs" / "import"
HEADER = "Visit ID,Visit Date,Date Entered,Family Ref,Worker,Visit Type,Status,Seen,Minutes"
GOOD = "V1,05/01/2026,07/01/2026 09:12,f1,w1,Home Visit,Completed,Parent;Child,45"


def visits(
    tmp_path: Path, *lines: str | bytes, end: bytes = b"\n", mapping: Mapping | None = None
) -> list[Taken | Rejected]:
    path = tmp_path / "visits.csv"
    path.write_bytes(end.join(line.encode() if isinstance(line, str) else line for line in (HEADER, *lines)))
    return list(read_rows(path, mapping or read_mapping(MAPS / "visits.toml"), LONDON, NOW))


def test_a_row_becomes_an_event_of_the_past(tmp_path: Path) -> None:
    """Date-only stays a date, the recording date counts to the end of its day.

    What the row does not say is said.
    """
    taken = visits(
        tmp_path,
        GOOD,
        "V2,12/07/2026 14:30,13/07/2026,f1,w1,Telephone,Completed,Parent,",
        "V3,19/01/2026,,f2,w2;w3,Home Visit,No Access,Nobody,",
    )
    assert all(isinstance(row, Taken) for row in taken)
    events: list[dict[str, Any]] = [json.loads(row.raw) for row in taken]
    assert [row["id"] for row in events] == ["V1", "V2", "V3"]
    assert all(row["backfill"] is True for row in events)
    assert events[0]["occurreddate"] == "2026-01-05"
    assert (events[1]["time"], events[1]["recordedtime"]) == (
        "2026-07-12T14:30:00+01:00",
        "2026-07-13T23:59:59.999999+01:00",
    )
    assert events[0]["data"] == {
        "family": "f1",
        "workers": ["w1"],
        "mode": "face_to_face",
        "location": "family_home",
        "outcome": "attended",
        "participants": ["parent", "child"],
        "minutes": 45,
    }
    assert events[2]["data"]["workers"] == ["w2", "w3"]
    assert [row.missing for row in taken if isinstance(row, Taken)] == [
        ["initiated_by"],
        ["initiated_by"],
        ["initiated_by", "recordedtime"],
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("V1,05/01/2026,,f1,w1,Home Visit,,Parent,45", "Status: is empty, and outcome is required"),
        (
            "V1,2026-01-05,,f1,w1,Home Visit,Completed,Parent,45",
            "Visit Date: '2026-01-05' is not written as %d/%m/%Y or",
        ),
        ("V1,,,f1,w1,Home Visit,Completed,Parent,45", "Visit Date: is empty"),
        (",05/01/2026,,f1,w1,Home Visit,Completed,Parent,45", "Visit ID: is empty, and identifies the row"),
        ("V1,05/01/2026,,f1,w1,Walk,Completed,Parent,45", "Visit Type: 'Walk' is no code of the mapping"),
        ("V1,05/01/2026,,f1,w1,Home visit,Completed,Parent,45", "did you mean 'Home Visit'?"),
        ("V1,05/01/2026,,=A1,w1,Home Visit,Completed,Parent,45", "Family Ref: holds a formula ('=A1')"),
        ("V1,05/01/2026,,@sum,w1,Home Visit,Completed,Parent,45", "Family Ref: holds a formula ('@sum')"),
        ("V1,05/01/2026,,f 1,w1,Home Visit,Completed,Parent,45", "Family Ref: "),
        ("V1,05/01/2026,,f1,w1,Home Visit,Completed,Parent,many", "Minutes: 'many' is no number"),
        ("V1,05/01/2026,,f1,w1,Home Visit,Completed,Parent,-3", "Minutes: "),
        (
            "V1,05/01/2999,,f1,w1,Home Visit,Completed,Parent,3",
            "Visit Date: should be at most 24 hours after it became known",
        ),
        ("V1,05/01/2026,,f1,w1,Home Visit,Completed,Parent", "has 8 cells, and the header 9"),
        (
            b"V1,05/01/2026,,f1,Zo\xeb,Home Visit,Completed,Parent,3",
            "byte 0xeb is not utf-8-sig; set encoding in the mapping",
        ),
        ("V1,05/01/2026,,f1,w1,Home Visit,Completed,Parent," + "9" * 10_000_000, "the line has 10,000,0"),
        ('V1,05/01/2026,,f1,"w1"x,Home Visit,Completed,Parent,4', "is no CSV row"),
    ],
)
def test_a_row_that_cannot_be_taken_is_kept_and_the_rest_is_taken(tmp_path: Path, row: str | bytes, says: str) -> None:
    """Its line, its column, what to mend; the rows around it are taken; its bytes are there to be mended."""
    before, rejected, after = visits(tmp_path, GOOD, row, GOOD.replace("V1", "V9"))
    assert isinstance(before, Taken)
    assert isinstance(after, Taken)
    assert isinstance(rejected, Rejected)
    assert says in str(rejected.error)
    assert rejected.line == 3
    assert rejected.raw.rstrip(b"\r\n") == (row.encode() if isinstance(row, str) else row)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end(tmp_path: Path, end: bytes) -> None:
    """And all of them in one file."""
    rows = [GOOD.replace("V1", f"V{number}") for number in range(5000)]
    assert [each.event.id for each in visits(tmp_path, *rows, end=end) if isinstance(each, Taken)] == [
        f"V{n}" for n in range(5000)
    ]
    mixed = GOOD + "\r\n" + GOOD.replace("V1", "V2") + "\r" + GOOD.replace("V1", "V3") + "\n\n"
    assert [each.event.id for each in visits(tmp_path, mixed) if isinstance(each, Taken)] == ["V1", "V2", "V3"]


def test_another_encoding_and_cells_with_line_ends(tmp_path: Path) -> None:
    """An encoding that the mapping names; a quoted cell over two lines is one row."""
    mapping = read_mapping(MAPS / "visits.toml").model_copy(update={"encoding": "cp1252"})
    rejected, taken = visits(tmp_path, 'V1,05/01/2026,,f1,"w\n1",Home Visit,Completed,Parent,3', GOOD, mapping=mapping)
    assert isinstance(rejected, Rejected)
    assert rejected.raw == b'V1,05/01/2026,,f1,"w\n1",Home Visit,Completed,Parent,3\n'
    assert isinstance(taken, Taken)
    assert taken.line == 4


def test_a_date_that_can_mean_two_things_is_not_guessed(tmp_path: Path) -> None:
    """Two formats in a mapping are tried both."""
    mapping = read_mapping(MAPS / "visits.toml")
    both = mapping.model_copy(
        update={"occurred": mapping.occurred.model_copy(update={"formats": ["%d/%m/%Y", "%m/%d/%Y"]})}
    )
    sure, unsure = visits(tmp_path, GOOD.replace("05/01", "25/01"), GOOD, mapping=both)
    assert isinstance(sure, Taken)
    assert isinstance(unsure, Rejected)
    assert "can mean 2026-01-05 or 2026-05-01" in str(unsure.error)


def test_ids_come_from_the_row_where_no_column_has_them(tmp_path: Path) -> None:
    """The same row has the same id, another one another."""
    mapping = read_mapping(MAPS / "visits.toml").model_copy(update={"id": []})
    first, again, other = visits(tmp_path, GOOD, GOOD, GOOD.replace("45", "50"), mapping=mapping)
    assert isinstance(first, Taken)
    assert isinstance(again, Taken)
    assert isinstance(other, Taken)
    assert first.raw == again.raw
    assert first.event.id != other.event.id


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Family Ref", "Family Reff", "fields.family: 'Family Reff' is no column of"),
        ("Family Ref", "Family Reff", "did you mean 'Family Ref'?"),
        (
            "contact.recorded",
            "contact.recordd",
            "type: 'contact.recordd' is no event type that rows can be; did you mean 'contact.recorded'?",
        ),
        ("family = {", "famly = {", "fields.'famly' is no field of contact.recorded; did you mean 'family'?"),
        ("mode = {", "#", "fields.mode: is required for contact.recorded"),
        ('id = ["Visit ID"]', 'idd = ["Visit ID"]', "idd: Extra inputs are not permitted"),
        ('id = ["Visit ID"]', 'encoding = "utf-9"', "encoding: 'utf-9' is no encoding"),
        ('id = ["Visit ID"]', "id = ", "is no TOML"),
    ],
)
def test_a_mapping_that_cannot_be_used(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Said at once, before any row, with the nearest name."""
    path = tmp_path / "map.toml"
    path.write_text((MAPS / "visits.toml").read_text("utf-8").replace(old, new), "utf-8")
    done = touchline("import", "--map", path, MAPS / "visits.csv", "--dry-run")
    assert done.returncode == 3
    assert says in done.stderr
    assert done.stdout == ""
    with pytest.raises(MappingError):
        list(read_rows(MAPS / "visits.csv", read_mapping(path), LONDON, NOW))


def test_the_command_and_a_second_run_with_the_mended_rows(tmp_path: Path) -> None:
    """Rejected rows are a file that can be mended and imported.

    Nothing is lost on the way; a dry run writes nothing but that.
    """
    rejects, out = tmp_path / "rejects.csv", tmp_path / "out.jsonl"
    done = touchline(
        "import", "--map", MAPS / "visits.toml", MAPS / "visits.csv", "--out", out, "--rejects", rejects, "--rows"
    )
    assert done.returncode == 1
    assert "3 rows taken, 4 rejected" in done.stderr
    assert "visits.csv:5: Status: is empty" in done.stderr
    assert [json.loads(line)["missing"] for line in done.stdout.splitlines()][2] == ["initiated_by", "recordedtime"]
    assert len(rejects.read_text("utf-8").splitlines()) == 5
    mended = tmp_path / "mended.csv"
    text = rejects.read_text("utf-8").replace("Office,,", "Office,Completed,").replace("2026-02-02", "02/02/2026")
    mended.write_text(text.replace('=HYPERLINK("x")', "f00003").replace("Walk", "Home Visit"), "utf-8")
    again = touchline(
        "import",
        "--map",
        MAPS / "visits.toml",
        mended,
        "--out",
        tmp_path / "more.jsonl",
        "--rejects",
        tmp_path / "none.csv",
    )
    assert again.returncode == 0, again.stderr
    assert not (tmp_path / "none.csv").exists()
    lines = out.read_text("utf-8").splitlines() + (tmp_path / "more.jsonl").read_text("utf-8").splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 7
    both = tmp_path / "both.jsonl"
    both.write_text("\n".join(lines + lines) + "\n", "utf-8")
    once = tmp_path / "once.jsonl"
    once.write_text("\n".join(lines) + "\n", "utf-8")
    assert touchline("replay", both).stdout == touchline("replay", once).stdout
    same = touchline("import", "--map", MAPS / "visits.toml", mended, "--dry-run", "--rejects", mended)
    assert same.returncode == 2


def test_the_timesheet_example() -> None:
    """A week from its first day, hours as they are written."""
    rows = list(read_rows(MAPS / "timesheets.csv", read_mapping(MAPS / "timesheets.toml"), LONDON, NOW))
    weeks = [row.event.data for row in rows if isinstance(row, Taken)]
    assert [row["week"] for row in weeks] == ["2026-W02", "2026-W03", "2026-W02"]
    assert str(weeks[2]["hours_used"]) == "1.25"
    assert [str(row.error) for row in rows if isinstance(row, Rejected)] == ["Key Worker Hours: 'two' is no number"]
