"""How extracts are written.

Dates and times, numbers, encodings, headers, ids.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.csv_formats import Mapping, MappingError, Rejected, Taken, _Rows, read_mapping, read_rows
from events.instants import parse_instant, zone
from tests.commands import touchline
from tests.oracle.compare import Json

LONDON = zone("Europe/London")
NOW = parse_instant("2026-11-25T12:00:00Z")
CONTACT = """\
type = "contact.recorded"
source = "/agency/health/visits"
id = ["ID"]
occurred = { column = "Date", formats = ["%d/%m/%Y %H:%M", "%d/%m/%Y"] }
[fields]
family = { column = "Family" }
workers = { column = "Worker", split = ";" }
mode = { value = "telephone" }
outcome = { value = "attended" }
"""
ROW = "1,05/01/2026,F,W"
HEAD = "ID,Date,Family,Worker"


def mapping_of(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "map.toml"
    path.write_text(text, "utf-8")
    return read_mapping(path)


def rows(tmp_path: Path, csv: str | bytes, text: str = CONTACT) -> list[Taken | Rejected]:
    path = tmp_path / "in.csv"
    path.write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    return list(read_rows(path, mapping_of(tmp_path, text), LONDON, NOW))


def event(row: Taken | Rejected) -> Json:
    assert isinstance(row, Taken), row
    return json.loads(row.raw)  # type: ignore[no-any-return]


def said(row: Taken | Rejected) -> str:
    assert isinstance(row, Rejected), row
    return str(row.error)


def at(text: str, form: str, zone_name: str = "Europe/London") -> str:
    """A mapping whose events occurred in a column of a format."""
    return text.replace('["%d/%m/%Y %H:%M", "%d/%m/%Y"]', f'["{form}"]').replace(
        "[fields]", f'timezone = "{zone_name}"\n[fields]'
    )


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("%m/%Y", "gives no day"),
        ("%d/%m", "gives no year"),
        ("%H:%M", "gives no year"),
        ("%Y", "gives no month"),
        ("%d %Y", "gives no month"),
        ("%B %Y", "gives no day"),
        ("%Y-%W", "has %W; write %G-W%V for an ISO week"),
        ("%Y-W%U-%w", "has %U; write %G-W%V"),
        ("%G-W%V", "gives no day of the week"),
        ("%Y-W%V-%u", "gives no ISO year with its week"),
        ("%d/%m/%Y %H:%M %Z", "has %Z; names of time zones mean several"),
        ("%d/%m/%Y %I:%M", "gives no half of the day"),
        ("%d/%m/%Y %H:%M %p", "gives no half of the day"),
        ("%d/%m/%Y :%M", "gives no hour"),
        ("%d/%m/%Y %z", "gives no hour"),
        ("%d/%m/%Y %H %S", "gives no minute"),
        ("%c", "has %c; write the parts out"),
        ("%x", "has %x"),
        ("%s", "has %s"),
        ("%-d/%m/%Y", "has %-"),
        ("%d/%m/%Y %", "cannot be used"),
        ("%d/%d/%m/%Y", "cannot be used"),
        ("", "gives no year"),
    ],
)
def test_a_format_that_leaves_something_open_is_refused(tmp_path: Path, form: str, says: str) -> None:
    """Of the moment of an event, of its recording, and of dates in its data."""
    with pytest.raises(MappingError, match=r"occurred\.formats") as error:
        mapping_of(tmp_path, at(CONTACT, form))
    assert says in str(error.value) or (says == "cannot be used" and "has %" in str(error.value))
    with pytest.raises(MappingError, match=r"recorded\.formats"):
        mapping_of(
            tmp_path, CONTACT.replace("[fields]", f'recorded = {{ column = "ID", formats = ["{form}"] }}\n[fields]')
        )
    plan = CONTACT.replace("contact.recorded", "family.reopened").split("[fields]")[0]
    with pytest.raises(MappingError, match=r"fields\.starts_on\.formats"):
        mapping_of(
            tmp_path,
            plan + f'[fields]\nfamily = {{ column = "Family" }}\n'
            f'starts_on = {{ column = "Date", kind = "date", formats = ["{form}"] }}\n',
        )


@pytest.mark.parametrize(
    ("form", "cell", "wanted"),
    [
        ("%d %b %y", "05 Jan 26", "2026-01-05"),
        ("%d %B %Y", "05 January 2026", "2026-01-05"),
        ("%Y-%j", "2026-005", "2026-01-05"),
        ("%G-W%V-%u", "2026-W02-1", "2026-01-05"),
        ("%A %d/%m/%Y", "Monday 05/01/2026", "2026-01-05"),
        ("%d/%m/%Y %I:%M %p", "05/07/2026 01:30 PM", "2026-07-05T13:30:00+01:00"),
        ("%d/%m/%Y %H", "05/01/2026 13", "2026-01-05T13:00:00+00:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2026-07-01T23:30:00.1234567Z", "2026-07-01T23:30:00.123456+00:00"),
        ("%Y-%m-%d %H:%M:%S.%f", "2026-01-01 23:30:00.123456789", "2026-01-01T23:30:00.123456+00:00"),
        ("%d/%m/%Y %H:%M", "26/10/2025 01:30", "2025-10-26T01:30:00+01:00"),
        ("%d/%m/%Y %H:%M%z", "26/10/2025 01:30+0000", "2025-10-26T01:30:00+00:00"),
    ],
)
def test_a_format_that_says_all_is_read(tmp_path: Path, form: str, cell: str, wanted: str) -> None:
    """Finer digits than a microsecond are cut off; of an hour that comes twice the first is taken."""
    (row,) = rows(tmp_path, f"{HEAD}\n1,{cell},F,W\n", at(CONTACT, form))
    assert wanted in {event(row).get("time"), event(row).get("occurreddate")}
    assert isinstance(row, Taken)
    assert ("offset" in row.missing) == (cell == "26/10/2025 01:30")


def test_an_hour_that_the_clocks_skip_is_rejected_and_one_that_comes_twice_is_counted(tmp_path: Path) -> None:
    """Also of the recording, and in another zone; not where the column says an offset, nor for dates."""
    read = rows(
        tmp_path, f"{HEAD}\n1,29/03/2026 01:30,F,W\n2,26/10/2025 01:30,F,W\n3,29/03/2026,F,W\n4,29/03/2026 02:00,F,W\n"
    )
    assert (
        said(read[0])
        == "Date: 2026-03-29 01:30:00 did not exist in Europe/London: the clocks went forward; mend the row"
    )
    assert [row.missing.count("offset") for row in read[1:] if isinstance(row, Taken)] == [1, 0, 0]
    assert event(read[3])["time"] == "2026-03-29T02:00:00+01:00"
    new_york = at(CONTACT, "%d/%m/%Y %H:%M", "America/New_York")
    assert "did not exist in America/New_York" in said(rows(tmp_path, f"{HEAD}\n1,08/03/2026 02:30,F,W\n", new_york)[0])
    recorded = CONTACT.replace(
        "[fields]", 'recorded = { column = "Worker", formats = ["%d/%m/%Y %H:%M"] }\n[fields]'
    ).replace('workers = { column = "Worker", split = ";" }', 'workers = { value = ["W"] }')
    skipped, twice = rows(
        tmp_path, f"{HEAD}\n1,01/03/2026,F,29/03/2026 01:30\n2,01/03/2026,F,26/10/2025 01:59\n", recorded
    )
    assert said(skipped).startswith("Worker: 2026-03-29 01:30:00 did not exist")
    assert isinstance(twice, Taken)
    assert "offset" in twice.missing
    (tmp_path / "map.toml").write_text(CONTACT)
    (tmp_path / "in.csv").write_text(f"{HEAD}\n1,26/10/2025 01:30,F,W\n2,26/10/2025 01:40,F,W\n")
    done = touchline("import", "--map", tmp_path / "map.toml", "--dry-run", tmp_path / "in.csv")
    assert "2 rows do not say which of the two hours is meant" in done.stderr


ALLOCATION = """\
type = "allocation.started"
source = "/agency/health/alloc"
id = ["ID"]
occurred = { column = "From", formats = ["%Y-%m-%dT%H:%M:%S.%f%z"] }
[fields]
family = { column = "Family" }
worker = { column = "Worker" }
starts_on = { column = "From", kind = "date", formats = ["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M"] }
"""
WEEK = """\
type = "week.recorded"
source = "/agency/health/time"
id = ["Worker", "Week"]
occurred = { column = "At", formats = ["%d/%m/%Y"] }
[fields]
worker = { column = "Worker" }
week = { column = "Week", kind = "week", formats = ["FORMAT"] }
hours_used = { column = "H", kind = "number" }
"""


def test_an_instant_becomes_the_date_at_the_site(tmp_path: Path) -> None:
    """And the week; also a local time of another zone."""
    instants = rows(
        tmp_path, "ID,Family,Worker,From\n1,F,W,2026-06-30T23:00:00.000Z\n2,F,W,2026-06-30T22:59:59.999Z\n", ALLOCATION
    )
    assert [event(taken)["data"]["starts_on"] for taken in instants] == ["2026-07-01", "2026-06-30"]
    other = ALLOCATION.replace(
        'occurred = { column = "From", formats = ["%Y-%m-%dT%H:%M:%S.%f%z"] }',
        'timezone = "America/New_York"\noccurred = { column = "Day" }',
    )
    (row,) = rows(tmp_path, "ID,Family,Worker,From,Day\n1,F,W,2026-06-30 21:00,2026-06-30\n", other)
    assert event(row)["data"]["starts_on"] == "2026-07-01"
    (row,) = rows(
        tmp_path,
        "Worker,Week,At,H\nW,2026-07-05T23:00:00Z,06/07/2026,3\n",
        WEEK.replace("FORMAT", "%Y-%m-%dT%H:%M:%S%z"),
    )
    assert event(row)["data"]["week"] == "2026-W28"


def test_weeks_are_those_written(tmp_path: Path) -> None:
    """By year and number, at the turn of a year too; another count of weeks is refused."""
    weeks = rows(
        tmp_path,
        "Worker,Week,At,H\nW,2026-W10,10/03/2026,3\nW,2026-W11,17/03/2026,4\n"
        "W,2020-W53,31/12/2020,4\nW,2021-W53,31/12/2021,4\n",
        WEEK.replace("FORMAT", "%G-W%V"),
    )
    assert [event(row)["data"]["week"] for row in weeks[:3]] == ["2026-W10", "2026-W11", "2020-W53"]
    assert [event(row)["id"] for row in weeks[:2]] == ["W-2026-W10", "W-2026-W11"]
    assert "Week: '2021-W53' is not written as" in said(weeks[3])
    with pytest.raises(MappingError, match="%W"):
        mapping_of(tmp_path, WEEK.replace("FORMAT", "%Y-W%W"))


PLAN = """\
type = "plan.agreed"
source = "/s"
id = ["ID"]
occurred = { column = "Date" }
[fields]
family = { column = "Family" }
starts_on = { column = "Date", kind = "date" }
interval_working_days = { column = "Interval", kind = "integer" }
"""


@pytest.mark.parametrize(
    "cell",
    [
        "nan",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e400",
        "1E+1000000000000000000",
        "9" * 20,
        "9" * 40,
        "1_000",
        "10.5",
        "0x10",
        "\u0661\u0662",
        "1e-40",
        "-3",
        "1" * 5_000,
    ],
)
def test_a_number_that_is_none_rejects_its_row_alone(tmp_path: Path, cell: str) -> None:
    """The column is named; the next row is taken."""
    rejected, taken = rows(tmp_path, f"ID,Date,Family,Interval\n1,2026-01-05,F,{cell}\n2,2026-01-05,F,20\n", PLAN)
    assert said(rejected).startswith("Interval: ")
    assert event(taken)["data"]["interval_working_days"] == 20
    (decimal,) = rows(tmp_path, f"Worker,Week,At,H\nW,2026-W10,10/03/2026,{cell}\n", WEEK.replace("FORMAT", "%G-W%V"))
    assert isinstance(decimal, Taken) == (cell == "10.5")


@pytest.mark.parametrize(
    "cell", ["01/01/0001", "01/01/0001 00:00", "31/12/1899", "31/12/9999", "31/12/9999 23:59", "01/01/1900 00:00"]
)
def test_dates_at_the_ends_of_time_reject_their_row_at_most(tmp_path: Path, cell: str) -> None:
    """No conversion between zones goes beyond what there is."""
    for name in ("Europe/London", "Asia/Tokyo", "America/New_York"):
        text = at(CONTACT, "%d/%m/%Y %H:%M" if ":" in cell else "%d/%m/%Y", name)
        first, second = rows(tmp_path, f"{HEAD}\n1,{cell},F,W\n2,{cell.replace(cell[6:10], '2025')},F,W\n", text)
        assert isinstance(second, Taken)
        assert isinstance(first, Taken) or said(first).startswith("Date: ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le+mark", "utf-16-be+mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_of_excel_are_read_whatever_the_mapping_says(tmp_path: Path, encoding: str, end: str) -> None:
    """And its rejected rows can be mended and imported again as they are."""
    name, _, mark = encoding.partition("+")
    text = ("\ufeff" if mark else "") + end.join(
        ["ID\tDate\tFamily\tWorker", "1\t05/01/2026\tF\tW", "2\tsoon\tF\t\N{SNOWMAN}", ""]
    )
    (tmp_path / "map.toml").write_text(CONTACT.replace("id =", 'delimiter = "\\t"\nid ='))
    (tmp_path / "in.csv").write_bytes(text.encode(name))
    out = tmp_path / "out.jsonl"
    done = touchline("import", "--map", tmp_path / "map.toml", "--out", out, tmp_path / "in.csv")
    assert done.returncode == 1, done.stderr
    assert len(out.read_text().splitlines()) == 1
    rejects = tmp_path / "in.rejects.csv"
    assert rejects.read_bytes().decode("utf-16" if "16" in name else "utf-8-sig") == end.join(
        ["ID\tDate\tFamily\tWorker", "2\tsoon\tF\t\N{SNOWMAN}", ""]
    )
    byte_order = "utf-16-be" if "be" in name else "utf-16-le" if "16" in name else "utf-8"
    mended = rejects.read_bytes()
    for wrong, right in (("soon", "05/01/2026"), ("\N{SNOWMAN}", "W")):
        mended = mended.replace(wrong.encode(byte_order), right.encode(byte_order))
    rejects.write_bytes(mended)
    again = touchline("import", "--map", tmp_path / "map.toml", "--out", out, rejects)
    assert (again.returncode, again.stderr.splitlines()[0]) == (0, "1 row taken, 0 rejected.")


def test_a_header_over_two_lines_comes_again_before_the_rejected_rows(tmp_path: Path) -> None:
    """And one that cannot be read is said to be so."""
    (tmp_path / "map.toml").write_text(CONTACT.replace('column = "Date"', 'column = "Visit\\nDate"'))
    source = tmp_path / "in.csv"
    source.write_text('ID,"Visit\nDate",Family,Worker\n1,05/01/2026,F,W\n2,soon,F,W')
    done = touchline("import", "--map", tmp_path / "map.toml", "--out", tmp_path / "out.jsonl", source)
    assert done.stderr.splitlines()[0].startswith(f"{source}:4: ")
    assert (tmp_path / "in.rejects.csv").read_text() == 'ID,"Visit\nDate",Family,Worker\n2,soon,F,W\n'
    for header in ('ID,"Visit\nDate,Family', 'ID,"Date"x,Family,Worker', "\x00", "ID," + "x" * 200_000, ""):
        source.write_text(header + "\n")
        done = touchline("import", "--map", tmp_path / "map.toml", "--dry-run", source)
        assert done.returncode not in {0, 1}
        assert len(done.stderr.splitlines()) == 1
        assert "Traceback" not in done.stderr


def test_blank_headers_that_the_mapping_does_not_use_are_no_reason_to_refuse(tmp_path: Path) -> None:
    """Excel writes them; what is in them tells rows apart all the same."""
    (row,) = rows(tmp_path, "ID,Date,Family,Worker,,,Notes,Notes\n1,05/01/2026,F,W,,,a,b\n")
    assert event(row)["id"] == "1"
    without_id = CONTACT.replace('id = ["ID"]\n', "")
    without_ids = rows(
        tmp_path, "Date,Family,Worker,,\n05/01/2026,F,W,a,b\n05/01/2026,F,W,c,b\n05/01/2026,F,W,a,d\n", without_id
    )
    assert len({event(taken)["id"] for taken in without_ids}) == 3
    with pytest.raises(MappingError, match="'Family' is there twice"):
        rows(tmp_path, "ID,Date,Family,Worker,Family\n1,05/01/2026,F,W,G\n")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('split = ";"', 'split = ""', "fields.workers.split: should be what separates"),
        ('value = "telephone"', "value = 99999999999999999999", "fields.mode.value: is nothing that an event can hold"),
        ('value = "telephone"', "value = nan", "fields.mode.value: is no number"),
        ("id =", 'delimiter = "\\n"\nid =', "delimiter: "),
        ("id =", "delimiter = '\"'\nid =", "delimiter: "),
        ("id =", 'encoding = "rot13"\nid =', "encoding: 'rot13' is no encoding"),
        ("id =", 'encoding = "undefined"\nid =', "encoding: 'undefined' is no encoding"),
        ("id =", 'timezone = "localtime"\nid =', "timezone: 'localtime' is no IANA time zone"),
        ("id =", "x = " + "[" * 5_000 + "\nid =", "is no TOML"),
        ("id =", "x = " + "9" * 5_000 + "\nid =", "is no TOML"),
    ],
)
def test_a_mapping_that_could_not_be_used_is_refused_at_its_place(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    """Before any row is read."""
    assert old in CONTACT
    with pytest.raises(MappingError) as error:
        mapping_of(tmp_path, CONTACT.replace(old, new, 1))
    assert str(error.value).startswith(f"{tmp_path / 'map.toml'}: {says}")


CELL = st.text("ab-%=\n12", min_size=1, max_size=5).filter(lambda text: text == text.strip() and text[0] not in "=-")


def ids(header: list[str], by: list[str], cells: tuple[str, ...]) -> str:
    mapping = Mapping.model_validate(
        {
            "type": "role.described",
            "source": "/s",
            "id": by,
            "occurred": {"column": "A"},
            "fields": {"worker": {"column": "A"}},
        }
    )
    return _Rows(mapping, header, LONDON, NOW)._id(dict(zip(header, cells, strict=True)), list(cells))


@given(st.tuples(CELL, CELL, CELL), st.tuples(CELL, CELL, CELL))
def test_two_rows_have_two_ids(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """From several columns, or from all cells."""
    for by in (["A", "B", "C"], []):
        assert (ids(["A", "B", "C"], by, one) == ids(["A", "B", "C"], by, other)) == (one == other)
    assert ids(["A", "B"], ["A", "B"], ("W", "2026-W10")) == "W-2026-W10"
