"""Rows of a case system's extract as events, by a mapping file.

Knows no Kafka: takes bytes, gives events or what to mend.

A mapping (TOML) says which event type a row is, from which columns its fields come, and how codes and dates are
written there. Importing the same row twice makes the same event, which changes nothing the second time.
"""

import codecs
import csv
import math
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from events.accept import Refused, accept
from events.catalogue import TYPES
from events.codec import parse_json, to_json
from events.event import Event
from events.instants import Day, Instant, Zone, format_week
from events.limits import DIGITS
from events.names import unknown, uuid_of
from events.text import LONGEST_MARK, decoded, encoding_of
from events.types.fields import too_long
from events.zones import is_zone

Json = dict[str, Any]
CELL_LIMIT = 100_000
BLOCK = 1 << 16
LINE_LIMIT = 1 << 20
"""Longer lines are not read as rows: an event has at most 64 KiB."""
NEAR = 0.4  # names of columns and codes differ more than those of parameters
NEVER_TAKEN_FROM = frozenset({"event.corrected", "event.voided"})
WATCHED = {"contact.recorded": ("initiated_by", "outcome")}
"""Fields whose absence is said of each row, since it decides what a row counts for."""
_DIRECTIVE = re.compile("%(.?)", re.DOTALL)
_KNOWN_DIRECTIVES = frozenset("aAbBdfGHIjmMpSuVyYz%")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WIDE = ("utf-16", "utf-32")
_FINER = re.compile(r"([.,][0-9]{6})[0-9]+")
"""Digits finer than a microsecond, which are cut off."""
MOST_DIGITS = 18


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
        mapping = Mapping.model_validate(tomllib.loads(decoded(path.read_bytes())))
    except OSError as error:
        raise MappingError(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise MappingError(f"{path}: {place}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise MappingError(f"{path}: is no TOML ({error})") from None
    try:
        _check(mapping)
    except (MappingError, LookupError, ValueError) as error:
        raise MappingError(f"{path}: {error}") from None
    return mapping


def _check(mapping: Mapping) -> None:
    if mapping.type not in TYPES or mapping.type in NEVER_TAKEN_FROM:
        raise MappingError(f"type: {unknown(mapping.type, TYPES, 'event type that rows can be', NEAR)}")
    _check_fields(mapping)
    for place, when in (("occurred", mapping.occurred), ("recorded", mapping.recorded)):
        if when is not None:
            _check_formats(f"{place}.formats", when.formats)
    try:
        "".encode(mapping.encoding)
    except (LookupError, ValueError):
        raise MappingError(
            f"encoding: {mapping.encoding!r} is no encoding; write one like utf-8-sig or cp1252"
        ) from None
    if mapping.delimiter in '"\r\n':
        raise MappingError(f"delimiter: {mapping.delimiter!r} separates no cells; write one like ',' or ';'")
    if not is_zone(mapping.timezone):
        raise MappingError(f"timezone: {mapping.timezone!r} is no IANA time zone; write one like Europe/London")


def _check_fields(mapping: Mapping) -> None:
    known = TYPES[mapping.type].data.model_fields
    for name, each in mapping.fields.items():
        if name not in known:
            raise MappingError(f"fields.{unknown(name, known, f'field of {mapping.type}', NEAR)}")
        if (each.column is None) == (each.value is None):
            raise MappingError(f"fields.{name}: give column or value, one of the two")
        if each.split == "":
            raise MappingError(
                f"fields.{name}.split: should be what separates the values, like ';'; leave it out for one value"
            )
        if each.kind in {"date", "week"}:
            _check_formats(f"fields.{name}.formats", each.formats, week=each.kind == "week")
        for key, value in (("value", each.value), ("default", each.default), ("codes", each.codes)):
            _check_value(f"fields.{name}.{key}", value)
    for name, required in known.items():
        if required.is_required() and name not in mapping.fields:
            raise MappingError(f"fields.{name}: is required for {mapping.type}")


def _check_value(place: str, value: Any) -> None:  # noqa: ANN401 - whatever the file says
    """Raises MappingError for what no event can have."""
    if isinstance(value, float) and not math.isfinite(value):
        raise MappingError(f"{place}: is no number that an event can hold")
    try:
        parse_json(to_json(value))
    except (TypeError, ValueError):
        raise MappingError(f"{place}: is nothing that an event can hold") from None


def _check_formats(place: str, formats: list[str], *, week: bool = False) -> None:
    """Raises MappingError for a format that leaves something to be guessed."""
    for each in formats:
        parts = set(_DIRECTIVE.findall(each)) - {"%"}
        wrong = sorted(parts - _KNOWN_DIRECTIVES)
        if wrong:
            hint = {
                "Z": "names of time zones mean several; write %z for an offset",
                "U": "write %G-W%V for an ISO week",
                "W": "write %G-W%V for an ISO week",
            }.get(wrong[0], "write the parts out, like %d/%m/%Y %H:%M")
            raise MappingError(f"{place}: {each!r} has %{wrong[0]}; {hint}")
        missing = _left_open(parts, week=week)
        if missing:
            raise MappingError(f"{place}: {each!r} gives no {missing}; nothing is made up")
        try:
            datetime.strptime("", each)  # noqa: DTZ007 - only whether it can be used
        except ValueError:
            pass
        except Exception:  # noqa: BLE001 - such as a part given twice
            raise MappingError(f"{place}: {each!r} cannot be used; give each part once") from None


def _left_open(parts: set[str], *, week: bool) -> str:
    """What the directives of a format leave open, if anything."""
    by_week, by_number = bool(parts & {"G", "V"}), "j" in parts
    open_: list[tuple[str, bool]] = [
        ("ISO year with its week: %G and %V go together", by_week and not {"G", "V"} <= parts),
        ("day of the week: add %u", by_week and not week and "u" not in parts),
        ("year", not by_week and not parts & {"Y", "y"}),
        ("month", not (by_week or by_number) and not parts & {"m", "b", "B"}),
        ("day", not (by_week or by_number) and "d" not in parts),
        ("half of the day: %I and %p go together", ("p" in parts) != ("I" in parts)),
        ("hour", bool(parts & {"M", "S", "f", "z"}) and not parts & {"H", "I"}),
        ("minute", bool(parts & {"S", "f"}) and "M" not in parts),
    ]
    return next((what for what, is_open in open_ if is_open), "")


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

    file: BinaryIO
    mapping: Mapping
    progress: Callable[[int], None] = lambda _bytes: None
    number: int = 0
    raw: list[bytes] = field(default_factory=list)
    problem: RowRefused | None = None
    begin: bytes = b""
    """The byte order mark, if there is one."""

    def __post_init__(self) -> None:
        begin = self.file.read(LONGEST_MARK)
        encoding, mark = encoding_of(begin)
        self.begin = begin[:mark]
        self.file.seek(mark)
        self.encoding = encoding if mark else self.mapping.encoding
        if not mark and self.encoding.lower().replace("_", "-") in _WIDE:
            self.encoding += "-le"  # as Windows writes it

    def __iter__(self) -> Iterator[str]:
        for line in (
            self._wide() if self.encoding.lower().replace("_", "-").startswith(_WIDE) else _split_lines(self.file)
        ):
            self.number += 1
            self.progress(len(line))
            self.raw.append(line)
            if len(line) > LINE_LIMIT:
                self.problem = RowRefused("", f"the line has {len(line):,} bytes; a row has at most {LINE_LIMIT:,}")
                yield "\n"
                continue
            try:
                yield line.decode(self.encoding)
            except UnicodeError as error:
                at = getattr(error, "start", 0)
                self.problem = RowRefused(
                    "",
                    f"byte 0x{line[at : at + 1].hex()} is not {self.encoding}; "
                    'set encoding in the mapping, for example to "cp1252"',
                )
                yield "\n"

    def _wide(self) -> Iterator[bytes]:
        """Lines of an encoding in which a line end is not one byte; what cannot be read stays as it is."""
        rest = ""
        decoder = codecs.getincrementaldecoder(self.encoding)("surrogatepass")
        while True:
            block = self.file.read(BLOCK)
            try:
                rest += decoder.decode(block, final=not block)
            except UnicodeDecodeError:
                yield b"\xff"
                return
            *lines, rest = rest.splitlines(keepends=True) or [""]
            if rest.endswith("\n"):
                lines.append(rest)
                rest = ""
            for each in lines if block else [*lines, *([rest] if rest else [])]:
                yield each.encode(self.encoding, "surrogatepass")
            if not block:
                return


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
    path: Path, mapping: Mapping, zone: Zone, known: Instant, progress: Callable[[int], None] = lambda _bytes: None
) -> Iterator[Taken | Rejected]:
    """The rows of a file in order. Memory does not grow with the file.

    Raises MappingError when the file lacks a column that the mapping names, OSError when it cannot be read.
    """
    csv.field_size_limit(CELL_LIMIT)
    with path.open("rb") as file:
        lines = _Lines(file, mapping, progress)
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
                    _ended(b"".join(lines.raw), lines.encoding),
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
                yield Rejected(begins, error, _ended(raw, lines.encoding))


def _header(reader: Iterator[list[str]], lines: _Lines, path: Path, mapping: Mapping) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise MappingError(
            f"{path}:1: the header is no CSV row ({error}); look for a quotation mark that is not closed"
        ) from None
    if lines.problem is not None:
        raise MappingError(f"{path}:1: {lines.problem}")
    wanted = [(f"fields.{name}", each.column) for name, each in mapping.fields.items() if each.column is not None]
    wanted += [("occurred", mapping.occurred.column), *(("id", column) for column in mapping.id)]
    wanted += [("recorded", mapping.recorded.column)] if mapping.recorded else []
    for place, column in wanted:
        if column not in header:
            raise MappingError(f"{place}: {unknown(column, header, f'column of {path}', NEAR)}")
    used = {column for _, column in wanted}
    twice = next((name for name in header if name in used and header.count(name) > 1), None)
    if twice is not None:
        raise MappingError(f"{path}:1: the column {twice!r} is there twice; name each column once")
    return header


def header_of(path: Path, mapping: Mapping) -> bytes:
    """The header of a file as it is written, be it of several lines, for a file of rejected rows."""
    with path.open("rb") as file:
        lines = _Lines(file, mapping)
        next(csv.reader(iter(lines), delimiter=mapping.delimiter, strict=True), None)
        return lines.begin + _ended(b"".join(lines.raw), lines.encoding)


def _ended(raw: bytes, encoding: str) -> bytes:
    """Bytes of lines with a line end after the last, as the encoding has it."""
    end = "\n".encode(encoding.replace("utf-8-sig", "utf-8"))
    return raw if raw.endswith((end, "\r".encode(encoding.replace("utf-8-sig", "utf-8")))) else raw + end


class _Rows:
    """Makes events of rows."""

    def __init__(self, mapping: Mapping, header: list[str], zone: Zone, known: Instant) -> None:
        self.mapping, self.header, self.zone, self.known = mapping, header, zone, known
        self._local = ZoneInfo(mapping.timezone)
        self._site = ZoneInfo(zone.name)
        self._watched = WATCHED.get(mapping.type, ())

    def taken(self, line: int, cells: list[str]) -> Taken:
        if len(cells) != len(self.header):
            raise RowRefused("", f"has {len(cells)} cells, and the header {len(self.header)}")
        row = dict(zip(self.header, (cell.strip() for cell in cells), strict=True))
        mapping, missing = self.mapping, [name for name in self._watched if name not in self.mapping.fields]
        event: Json = {
            "specversion": "1.0",
            "id": self._id(row, cells),
            "source": mapping.source,
            "type": TYPES[mapping.type].full_name(),
            "backfill": True,
        }
        event |= self._when(row, missing)
        recorded = self._recorded(row, missing)
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
            column = spec.column if spec and spec.column else self._column_of(name)
            raise RowRefused(column, error.message) from None
        return Taken(line, accepted, raw, missing)

    def _column_of(self, attribute: str) -> str:
        """The column that an attribute of the event comes from, or its own name."""
        mapping = self.mapping
        if attribute in {"time", "occurreddate"}:
            return mapping.occurred.column
        if attribute == "recordedtime" and mapping.recorded is not None:
            return mapping.recorded.column
        return " and ".join(mapping.id) if attribute == "id" and mapping.id else attribute

    def _id(self, row: dict[str, str], cells: list[str]) -> str:
        if self.mapping.id:
            parts = [self._cell(row, column) for column in self.mapping.id]
            if not all(parts):
                raise RowRefused(self.mapping.id[parts.index("")], "is empty, and identifies the row")
            *first, last = parts  # the first dashes divide, so that no two rows have one id
            return "-".join([*(part.replace("%", "%25").replace("-", "%2D") for part in first), last])
        pairs = sorted(zip(self.header, (cell.strip() for cell in cells), strict=True))
        text = "\n".join(f"{column}={value}" for column, value in pairs)
        if text.count("\n") >= len(pairs) or any("=" in column for column in self.header):
            text = "\n" + to_json(pairs).decode()  # a line break in a cell must not look like another column
        return uuid_of(f"touchline:import:{self.mapping.source}:{self.mapping.type}:{text}")

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

    def _when(self, row: dict[str, str], missing: list[str]) -> Json:
        said = self._moment(self.mapping.occurred, row)
        if said is None:
            raise RowRefused(self.mapping.occurred.column, "is empty; a row needs the day on which it happened")
        moment, with_time = said
        if with_time:  # a date alone stays a date: no midnight is made up
            return {"time": self._instant(moment, self.mapping.occurred.column, missing).isoformat()}
        return {"occurreddate": moment.date().isoformat()}

    def _recorded(self, row: dict[str, str], missing: list[str]) -> str | None:
        when = self.mapping.recorded
        said = self._moment(when, row) if when else None
        if said is None or when is None:
            return None
        moment, with_time = said
        if not with_time:
            moment = datetime.combine(moment.date(), time.max)  # by the end of that day
        return self._instant(moment, when.column, missing).isoformat()

    def _instant(self, moment: datetime, column: str, missing: list[str]) -> datetime:
        """The instant that a cell means.

        A time that the clocks skipped is none; of one that came twice it is the first, which is noted.
        """
        if moment.tzinfo is not None:
            return moment
        local = moment.replace(tzinfo=self._local)
        try:
            exists = local.astimezone(UTC).astimezone(self._local).replace(tzinfo=None) == moment
        except OverflowError:
            raise RowRefused(column, "should be an instant from 1900-01-01 to 9999-12-30") from None
        if not exists:
            raise RowRefused(
                column,
                f"{moment.isoformat(' ')} did not exist in {self._local.key}: the clocks went forward; mend the row",
            )
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            missing.append("offset")
        return local

    def _day(self, cell: str, spec: FieldMap, column: str, missing: list[str]) -> date:
        """The date that a cell means: of an instant the date at the site."""
        moment, with_time = _parse(cell, spec.formats, column, week=spec.kind == "week")
        if not with_time:
            return moment.date()
        try:
            return self._instant(moment, column, missing).astimezone(self._site).date()
        except OverflowError:
            raise RowRefused(column, "should be a date from 1900-01-01 to 9999-12-31") from None

    def _data(self, row: dict[str, str], missing: list[str]) -> Json:
        data: Json = {}
        for name, spec in self.mapping.fields.items():
            value = spec.value
            if spec.column is not None:
                cell = self._cell(row, spec.column)
                if cell:
                    value = self._value(spec, spec.column, cell, missing)
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

    def _value(self, spec: FieldMap, column: str, cell: str, missing: list[str]) -> Any:  # noqa: ANN401 - any JSON
        if spec.split is not None:
            values: list[Any] = []
            for each in cell.split(spec.split):
                value = self._one(spec, column, each.strip(), missing) if each.strip() else []
                values += value if isinstance(value, list) else [value]
            return values
        return self._one(spec, column, cell, missing)

    def _one(self, spec: FieldMap, column: str, cell: str, missing: list[str]) -> Any:  # noqa: ANN401 - any JSON
        if spec.codes:
            if cell not in spec.codes:
                raise RowRefused(
                    column, f"{unknown(cell, spec.codes, 'code of the mapping', NEAR)}; add it to codes or mend the row"
                )
            return spec.codes[cell]
        if spec.kind in {"number", "integer"}:
            return _number(cell, column, whole=spec.kind == "integer")
        if spec.kind == "flag":
            if cell.lower() not in _FLAGS:
                raise RowRefused(column, f"{cell!r} is neither yes nor no")
            return _FLAGS[cell.lower()]
        if spec.kind in {"date", "week"}:
            day = self._day(cell, spec, column, missing)
            return day.isoformat() if spec.kind == "date" else _week(day)
        return cell


_FLAGS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def _number(cell: str, column: str, *, whole: bool) -> int | Decimal:
    """A number as it is written; a whole one is an integer."""
    try:
        number = Decimal(cell if _NUMBER.fullmatch(cell) else "none")
    except InvalidOperation:
        raise RowRefused(column, f"{cell[:40]!r} is no number") from None
    if too_long(number):
        raise RowRefused(column, f"should have at most {DIGITS} digits before and behind the point")
    if not whole:
        return number
    if number != int(number):
        raise RowRefused(column, f"{cell[:40]!r} is no whole number")
    if len(number.as_tuple().digits) > MOST_DIGITS:
        raise RowRefused(column, f"{cell[:40]!r} is more than any field takes")
    return int(number)


def _week(day: date) -> str:
    return format_week(Day(day.toordinal()))


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall("[0-9]+", text)]


def _parse(cell: str, formats: list[str], column: str, *, week: bool = False) -> tuple[datetime, bool]:
    """The moment that a cell means in the only way that some formats allow, and whether it has a time of day."""
    meanings: dict[datetime, bool] = {}
    for each in formats:
        parts = set(_DIRECTIVE.findall(each))
        text, form = cell, each
        if "f" in parts:
            text = _FINER.sub(r"\1", text)
        if week and "V" in parts and "u" not in parts:
            text, form = f"{text} 1", f"{form} %u"
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - local to the mapping
        except ValueError:
            continue
        if "V" not in parts or _numbers(moment.strftime(form)) == _numbers(text):  # else a week that the year has not
            meanings.setdefault(moment, bool(parts & {"H", "I"}))
    if not meanings:
        raise RowRefused(
            column,
            f"{cell[:60]!r} is not written as {' or '.join(formats)}; mend the row, or add its format to the mapping",
        )
    if len(meanings) > 1:
        raise RowRefused(
            column,
            f"{cell!r} can mean {' or '.join(sorted(each.date().isoformat() for each in meanings))}; "
            "leave one format in the mapping, or mend the row",
        )
    return next(iter(meanings.items()))
