"""The JSON Schema of a record of `alerts`, for programs that read them. Source: CONTRACT, *An alert transition*."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, create_model

from events import limits
from events.types.fields import ABSENT, DayText, Id, InstantText, Uuid, pattern_schema
from projections.reasoning.reasons import Reason
from projections.reasoning.rule import Severity
from projections.rules import ALL
from projections.watch.transition import SOURCE, Kind


def alert_schema() -> dict[str, Any]:
    """The schema of a transition of an alert as a CloudEvent, with the reasons of every rule."""
    reason: Any = Annotated[reduce(or_, Reason.__subclasses__()), Field(discriminator="code")]
    subject = Annotated[str, pattern_schema(limits.SUBJECT)]
    strict = ConfigDict(extra="forbid")
    data: dict[str, Any] = {
        "alert": (Uuid, ...),
        "rule": (_one_of(rule.name for rule in ALL), ...),
        "rule_version": (int, ...),
        "severity": (Severity, ...),
        "subject": (subject, ...),
        "family": (Id, ABSENT),
        "worker": (Id, ABSENT),
        "site": (Id, ABSENT),
        "discriminator": (str, ABSENT),
        "since": (DayText, ...),
        "due_on": (DayText, ABSENT),
        "until": (InstantText, ABSENT),
        "anchor": (str, ...),
        "known": (InstantText, ...),
        "cause": (str, ...),
        "reasons": (list[reason], ...),
        "policy": (str, ...),
        "calendar": (str, ...),
    }
    envelope: dict[str, Any] = {
        "specversion": (Literal["1.0"], ...),
        "id": (Uuid, ...),
        "source": (_one_of([SOURCE]), ...),
        "type": (_one_of(f"touchline.alert.{kind}.v1" for kind in get_args(Kind)), ...),
        "subject": (subject, ...),
        "time": (InstantText, ...),
        "data": (create_model("Alert", __config__=strict, __doc__="What holds of a rule, and why.", **data), ...),
    }
    transition = create_model("Transition", __config__=strict, __doc__="A change of an alert.", **envelope)
    return transition.model_json_schema()


def _one_of(texts: Iterable[str]) -> Any:  # noqa: ANN401 - a type that is made at run time
    return Literal[tuple(texts)]
