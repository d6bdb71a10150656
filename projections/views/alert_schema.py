"""The JSON Schema of a record of `alerts`, for programs that read them. Source: CONTRACT, *An alert transition*."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, create_model

from events import limits
from events.types.action import Reason as Said
from events.types.fields import ABSENT, DayText, Id, InstantText, Until, Uuid, pattern_schema
from projections.reasoning.reasons import Reason
from projections.reasoning.rule import Severity
from projections.rules import ALL
from projections.watch.attention import State, Why
from projections.watch.transition import ATTENDED, SOURCE, Kind


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
        "unattended": (Literal[True], ABSENT),
        "anchor": (str, ...),
        "known": (InstantText, ...),
        "cause": (str, ...),
        "reasons": (list[reason], ...),
        "policy": (str, ...),
        "calendar": (str, ...),
    }
    said: dict[str, Any] = {
        **{name: data[name] for name in ("alert", "rule", "subject", "family", "worker", "site", "discriminator")},
        "attention": (State, ...),
        "why": (Why, ABSENT),
        "by": (Id, ABSENT),
        "until": (Until, ABSENT),
        "reason": (Said, ABSENT),
        "expected_on": (DayText, ABSENT),
        "case_ref": (Id, ABSENT),
        "lapses_at": (InstantText, ABSENT),
        "assigned_to": (Id, ABSENT),
        "assigned_by": (Id, ABSENT),
        **{name: data[name] for name in ("known", "cause")},
    }
    envelope: dict[str, Any] = {
        "specversion": (Literal["1.0"], ...),
        "id": (Uuid, ...),
        "source": (_one_of([SOURCE]), ...),
        "subject": (subject, ...),
        "time": (InstantText, ...),
    }
    changed = create_model("Alert", __config__=strict, __doc__="What holds of a rule, and why.", **data)
    attended = create_model("Attention", __config__=strict, __doc__="What is done about an alert.", **said)
    kinds = _one_of(f"touchline.alert.{kind}.v1" for kind in get_args(Kind))
    of_alert: dict[str, Any] = {**envelope, "type": (kinds, ...), "data": (changed, ...)}
    of_attention: dict[str, Any] = {**envelope, "type": (_one_of([ATTENDED]), ...), "data": (attended, ...)}
    either: Any = Annotated[
        create_model("Transition", __config__=strict, __doc__="A change of an alert.", **of_alert)
        | create_model("Attended", __config__=strict, __doc__="A change of its attention.", **of_attention),
        Field(discriminator="type"),
    ]
    return TypeAdapter(either).json_schema()


def _one_of(texts: Iterable[str]) -> Any:  # noqa: ANN401 - a type that is made at run time
    return Literal[tuple(texts)]
