"""Rows of a case system's extract as events, by a mapping file. Knows no Kafka: takes bytes, gives events or what to mend.

A mapping (TOML) says which event type a row is, from which columns its fields come, and how codes and dates are written there.
Importing the same row twice makes the same event, which changes nothing the second time.
"""

import csv
import tomllib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.envelope import Event, Refused, accept, to_json
from events.instants import Zone
from events.names import unknown
from events.types import TYPES

Json = dict[str, Any]
CELL_LIMIT = 100_000
BLOCK = 1 << 16
LINE_LIMIT = 1 << 20
"""Longer lines are not read as rows: an event has at most 64 KiB."""
NEAR = 0.4  # names of columns and codes differ more than those of parameters
NEVER_TAKEN_FROM = frozenset({"event.corrected", "event.voided"})
WATCHED = {"contact.recorded": ("initiated_by", "outcome")}
"""Fields whose absence is said of each row, since it decides what a row counts for."""
_TIME_PARTS = ("%H", "%I", "%M", "%X", "%c")


class MappingError(ValueError):
    """A mapping that cannot be used; the message names the place and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Part):
    """A column with a date, or a date and time, in one of some formats (as `strptime` has them)."""

    column: str
    formats: Annotated[list[str], Field(min_length=1)] = ["%Y-%m-%d"]


class FieldMap(_Part):
    """Where a field of the event comes from: a column, or one value for all rows."""

    column: str | None = None
    value: Any = None
    default: Any = None
    """For an empty cell; the row then says that the field was missing."""
    kind: Literal["text", "number", "integer", "flag", "date", "week"] = "text"
    formats: list[str] = ["%Y-%m-%d"]
    codes: dict[str, Any] = {}
    """From a cell to the contract's code; a list for fields that hold several."""
    split: str | None = None
    """What separates several values in one cell."""


class Mapping(_Part):
    """A mapping file."""

    type: str
    source: Annotated[str, Field(min_length=1)]
    encoding: str = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    timezone: str = "Europe/London"
    id: list[str] = []
    """The columns that identify a row in the system; without them all its cells do."""
    occurred: When
    recorded: When | None = None
    fields: dict[str, FieldMap]


def read_mapping(path: Path) -> Mapping:
    """The mapping of a file. Raises MappingError with the file and what to mend."""
    try:
        mapping = Mapping.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise MappingError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: is no TOML ({error})") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MappingError(f"{path}: {place}: {first['msg']}") from None
    try:
        _check(mapping)
    except (MappingError, LookupError, ValueError) as error:
        raise MappingError(f"{path}: {error}") from None
    return mapping


def _check(mapping: Mapping) -> None:
    if mapping.type not in TYPES or mapping.type in NEVER_TAKEN_FROM:
        raise MappingError(f"type: {unknown(mapping.type, TYPES, 'event type that rows can be', NEAR)}")
    known = TYPES[mapping.type].data.model_fields
    for name, each in mapping.fields.items():
        if name not in known:
            raise MappingError(f"fields.{unknown(name, known, f'field of {mapping.type}', NEAR)}")
        if (each.column is None) == (each.value is None):
            raise MappingError(f"fields.{name}: give column or value, one of the two")
    for name, required in known.items():
        if required.is_required() and name not in mapping.fields:
            raise MappingError(f"fields.{name}: is required for {mapping.type}")
    try:
        "".encode(mapping.encoding)
    except LookupError:
        raise MappingError(
            f"encoding: {mapping.encoding!r} is no encoding; write one like utf-8-sig or cp1252"
        ) from None
    try:
        ZoneInfo(mapping.timezone)
    except (LookupError, ValueError, OSError):
        raise MappingError(f"timezone: {mapping.timezone!r} is no IANA time zone") from None


class RowRefused(ValueError):
    """A row that cannot be taken: the column, and what to mend."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(f"{column}: {message}" if column else message)


class Taken(NamedTuple):
    """A row that became an event."""

    line: int
    event: Event
    raw: bytes
    missing: list[str]
    """What the row does not say: fields by name, `recordedtime` for the date of recording."""


class Rejected(NamedTuple):
    """A row that did not, with the bytes it was written in."""

    line: int
    error: RowRefused
    raw: bytes


@dataclass
class _Lines:
    """The lines of a file as text, with the bytes that the row at work was made of."""

    source: Iterator[bytes]
    encoding: str
    progress: Callable[[int], None]
    number: int = 0
    raw: list[bytes] = field(default_factory=list)
    problem: RowRefused | None = None

    def __iter__(self) -> Iterator[str]:
        for line in self.source:
            self.number += 1
            self.progress(len(line))
            self.raw.append(line)
            if len(line) > LINE_LIMIT:
                self.problem = RowRefused("", f"the line has {len(line):,} bytes; a row has at most {LINE_LIMIT:,}")
                yield "\n"
                continue
            try:
                yield line.decode(self.encoding)
            except UnicodeDecodeError as error:
                wrong = line[error.start : error.start + 1].hex()
                self.problem = RowRefused(
                    "", f'byte 0x{wrong} is not {self.encoding}; set encoding in the mapping, for example to "cp1252"'
                )
                yield "\n"


def _split_lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines with any of the three line ends, block by block."""
    rest: list[bytes] = []
    while block := file.read(BLOCK):
        rest.append(block)
        if b"\n" in block or b"\r" in block:
            *lines, last = b"".join(rest).splitlines(keepends=True)
            if last.endswith(b"\n"):
                lines.append(last)
                last = b""
            rest = [last]  # it may go on, be it with the other half of its line end
            yield from lines
    yield from b"".join(rest).splitlines(keepends=True)


def read_rows(
    path: Path, mapping: Mapping, zone: Zone, known: int, progress: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Taken | Rejected]:
    """The rows of a file in order. Memory does not grow with the file.

    Raises MappingError when the file lacks a column that the mapping names, OSError when it cannot be read.
    """
    csv.field_size_limit(CELL_LIMIT)
    with path.open("rb") as file:
        lines = _Lines(_split_lines(file), mapping.encoding, progress)
        reader = csv.reader(iter(lines), delimiter=mapping.delimiter, strict=True)
        header = _header(reader, lines, path, mapping)
        row_of = _Rows(mapping, header, zone, known)
        while True:
            lines.raw, lines.problem = [], None
            begins = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                yield Rejected(
                    begins,
                    RowRefused("", f"is no CSV row ({error}); look for a quotation mark that is not closed"),
                    b"".join(lines.raw),
                )
                continue
            raw = b"".join(lines.raw)
            try:
                if lines.problem is not None:
                    raise lines.problem
                if not any(cell.strip() for cell in cells):
                    continue
                yield row_of.taken(begins, cells)
            except RowRefused as error:
                yield Rejected(begins, error, raw)


def _header(reader: Iterator[list[str]], lines: _Lines, path: Path, mapping: Mapping) -> list[str]:
    header = [name.strip() for name in next(reader, [])]
    if lines.problem is not None:
        raise MappingError(f"{path}:1: {lines.problem}")
    wanted = [(f"fields.{name}", each.column) for name, each in mapping.fields.items() if each.column is not None]
    wanted += [("occurred", mapping.occurred.column), *(("id", column) for column in mapping.id)]
    wanted += [("recorded", mapping.recorded.column)] if mapping.recorded else []
    for place, column in wanted:
        if column not in header:
            raise MappingError(f"{place}: {unknown(column, header, f'column of {path}', NEAR)}")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice is not None:
        raise MappingError(f"{path}:1: the column {twice!r} is there twice; name each column once")
    return header


def header_of(path: Path) -> bytes:
    """The first line of a file as it is written, for a file of rejected rows."""
    with path.open("rb") as file:
        return next(_split_lines(file), b"")


class _Rows:
    """Makes events of rows."""

    def __init__(self, mapping: Mapping, header: list[str], zone: Zone, known: int) -> None:
        self.mapping, self.header, self.zone, self.known = mapping, header, zone, known
        self._local = ZoneInfo(mapping.timezone)
        self._watched = WATCHED.get(mapping.type, ())

    def taken(self, line: int, cells: list[str]) -> Taken:
        if len(cells) != len(self.header):
            raise RowRefused("", f"has {len(cells)} cells, and the header {len(self.header)}")
        row = dict(zip(self.header, (cell.strip() for cell in cells), strict=True))
        mapping, missing = self.mapping, [name for name in self._watched if name not in self.mapping.fields]
        event: Json = {
            "specversion": "1.0",
            "id": self._id(row),
            "source": mapping.source,
            "type": TYPES[mapping.type].full_name(),
            "backfill": True,
        }
        event |= self._when(row)
        recorded = self._recorded(row)
        if recorded is None:
            missing.append("recordedtime")
        else:
            event["recordedtime"] = recorded
        event["data"] = self._data(row, missing)
        raw = to_json(event)
        try:
            accepted = accept(raw, self.zone, self.known)
        except Refused as error:
            name = error.field.rpartition("/")[2]
            spec = mapping.fields.get(name)
            column = (
                spec.column
                if spec and spec.column
                else {"time": mapping.occurred.column, "occurreddate": mapping.occurred.column}.get(name, name)
            )
            raise RowRefused(column, error.message) from None
        return Taken(line, accepted, raw, missing)

    def _id(self, row: dict[str, str]) -> str:
        if self.mapping.id:
            parts = [self._cell(row, column) for column in self.mapping.id]
            if not all(parts):
                raise RowRefused(self.mapping.id[parts.index("")], "is empty, and identifies the row")
            return "-".join(parts)
        text = "\n".join(f"{column}={value}" for column, value in sorted(row.items()))
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"touchline:import:{self.mapping.source}:{self.mapping.type}:{text}"))

    @staticmethod
    def _cell(row: dict[str, str], column: str) -> str:
        cell = row[column]
        if cell[:1] in {"=", "@"} or (cell[:1] in {"+", "-"} and not cell[1:2].isdigit() and cell not in {"-", "+"}):
            raise RowRefused(column, f"holds a formula ({cell[:20]!r}); export values, not formulas")
        return cell

    def _moment(self, when: When, row: dict[str, str]) -> tuple[datetime, bool] | None:
        """The moment of a cell, and whether it has a time of day; None for an empty cell."""
        cell = self._cell(row, when.column)
        return _parse(cell, when.formats, when.column) if cell else None

    def _when(self, row: dict[str, str]) -> Json:
        found = self._moment(self.mapping.occurred, row)
        if found is None:
            raise RowRefused(self.mapping.occurred.column, "is empty; a row needs the day on which it happened")
        moment, with_time = found
        if with_time:  # a date alone stays a date: no midnight is made up
            return {"time": self._instant(moment)}
        return {"occurreddate": moment.date().isoformat()}

    def _recorded(self, row: dict[str, str]) -> str | None:
        found = self._moment(self.mapping.recorded, row) if self.mapping.recorded else None
        if found is None:
            return None
        moment, with_time = found
        return self._instant(
            moment if with_time else datetime.combine(moment.date(), time.max)
        )  # by the end of that day

    def _instant(self, moment: datetime) -> str:
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._local)).isoformat()

    def _data(self, row: dict[str, str], missing: list[str]) -> Json:
        data: Json = {}
        for name, spec in self.mapping.fields.items():
            value = spec.value
            if spec.column is not None:
                cell = self._cell(row, spec.column)
                if cell:
                    value = self._value(spec, spec.column, cell)
                else:
                    value = spec.default
                    if name in self._watched:
                        missing.append(name)
            if value is not None:
                data[name] = value
            elif TYPES[self.mapping.type].data.model_fields[name].is_required():
                raise RowRefused(
                    spec.column or name,
                    f"is empty, and {name} is required; mend the row, or give a default in the mapping",
                )
        return data

    def _value(self, spec: FieldMap, column: str, cell: str) -> Any:  # noqa: ANN401 - any JSON
        if spec.split is not None:
            found: list[Any] = []
            for each in cell.split(spec.split):
                value = self._one(spec, column, each.strip()) if each.strip() else []
                found += value if isinstance(value, list) else [value]
            return found
        return self._one(spec, column, cell)

    @staticmethod
    def _one(spec: FieldMap, column: str, cell: str) -> Any:  # noqa: ANN401 - any JSON
        if spec.codes:
            if cell not in spec.codes:
                raise RowRefused(
                    column, f"{unknown(cell, spec.codes, 'code of the mapping', NEAR)}; add it to codes or mend the row"
                )
            return spec.codes[cell]
        if spec.kind in {"number", "integer"}:
            try:
                number = Decimal(cell)
            except InvalidOperation:
                raise RowRefused(column, f"{cell!r} is no number") from None
            return int(number) if spec.kind == "integer" and number == int(number) else number
        if spec.kind == "flag":
            if cell.lower() not in _FLAGS:
                raise RowRefused(column, f"{cell!r} is neither yes nor no")
            return _FLAGS[cell.lower()]
        if spec.kind in {"date", "week"}:
            day = _parse(cell, spec.formats, column)[0].date()
            return day.isoformat() if spec.kind == "date" else _week(day)
        return cell


_FLAGS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _parse(cell: str, formats: list[str], column: str) -> tuple[datetime, bool]:
    """The moment that a cell means in the only way that some formats allow, and whether it has a time of day."""
    found: dict[datetime, bool] = {}
    for each in formats:
        try:
            found.setdefault(datetime.strptime(cell, each), any(part in each for part in _TIME_PARTS))  # noqa: DTZ007 - local to the mapping
        except ValueError:
            continue
    if not found:
        raise RowRefused(
            column, f"{cell!r} is not written as {' or '.join(formats)}; mend the row, or add its format to the mapping"
        )
    if len(found) > 1:
        raise RowRefused(
            column,
            f"{cell!r} can mean {' or '.join(sorted(each.date().isoformat() for each in found))}; leave one format in the mapping, or mend the row",
        )
    return next(iter(found.items()))
