"""The records that the board reads. They are checked before anything of them is stored or shown."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from events.instants import parse_day, parse_instant
from events.subject_name import is_subject
from projections.rules import BY_NAME


def _is(test: Any) -> AfterValidator:  # noqa: ANN401 - a function of a text
    def check(text: str) -> str:
        test(text)
        return text

    return AfterValidator(check)


def _subject(name: str) -> None:
    if not is_subject(name):
        raise ValueError("names no subject")


def _rule(name: str) -> None:
    if name not in BY_NAME:
        raise ValueError("is no rule of this version")


Day = Annotated[str, _is(parse_day)]
Instant = Annotated[str, _is(parse_instant)]
Subject = Annotated[str, _is(_subject)]
Rule = Annotated[str, _is(_rule)]
Reasons = list[dict[str, Any]]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Alert(_Read):
    """The data of a transition, as far as the board shows it."""

    alert: str
    rule: Rule
    severity: Literal["amber", "red"]
    subject: Subject
    site: str | None = None
    discriminator: str = ""
    since: Day
    due_on: Day | None = None
    until: Instant | None = None
    anchor: str
    known: Instant
    cause: str
    reasons: Reasons


class Attention(_Read):
    """The data of a change of attention, as far as the board shows it."""

    alert: str
    rule: Rule
    subject: Subject
    site: str | None = None
    attention: Literal["new", "acknowledged", "snoozed"]
    why: Literal["lapsed", "escalated", "revised", "voided"] | None = None
    by: str | None = None
    reason: str | None = None
    expected_on: Day | None = None
    case_ref: str | None = None
    lapses_at: Instant | None = None
    assigned_to: str | None = None
    assigned_by: str | None = None
    known: Instant
    cause: str


class Attended(_Read):
    """A record of `alerts` that says what is done about one."""

    id: str
    type: Literal["touchline.alert.attended.v1"]
    data: Attention


class Transition(_Read):
    """A record of `alerts` that says what changed of one."""

    id: str
    type: Annotated[
        str, Field(pattern=r"^touchline\.alert\.(raised|escalated|eased|revised|cleared|retracted|reopened)\.v1$")
    ]
    data: Alert


RECORD: TypeAdapter[Transition | Attended] = TypeAdapter(Transition | Attended)
