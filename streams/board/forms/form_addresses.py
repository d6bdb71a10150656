"""The addresses of forms. Pure."""

import base64
import binascii
from dataclasses import replace
from urllib.parse import urlencode

from events.catalogue import ACTIONS
from events.subject_name import SubjectName
from streams.access.table import Action, may
from streams.access.thing import Thing
from streams.board.forms.every_form import FORMS
from streams.identity.person import Person

RECORD = "/record/{form}"
MEND = "/mend/{event}"


def record_address(slug: str, name: str) -> str:
    """The address of the form by which something is recorded of a subject."""
    subject = SubjectName(name)
    return f"{RECORD.format(form=slug)}?{urlencode({str(subject.kind): subject.id})}"


def mend_address(name: str, label: str, do: str = "") -> str:
    """The address at which an event of a subject is corrected or voided; `do` is `correct` or `void`, if it is chosen.

    The event's name has slashes and more that proxies rewrite, so that it is written in base64.
    """
    event = base64.urlsafe_b64encode(label.encode()).decode().rstrip("=")
    return f"{MEND.format(event=event)}?{urlencode({'of': name, **({'do': do} if do else {})})}"


def mendable(person: Person, thing: Thing, label: str, type_: str) -> str | None:
    """The address at which a person mends an event of a subject; None for who may not, and for actions about alerts."""
    source = label.rpartition("#")[0]
    mends = type_ not in ACTIONS and may(person, Action.MEND, replace(thing, source=source), type_)
    return mend_address(thing.name, label) if mends else None


def event_asked_for(text: str) -> str:
    """The event's name in an address; empty if it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def offered(person: Person, thing: Thing) -> list[tuple[str, str]]:
    """What a person may record of a subject: what it is called, and the address of its form."""
    return [
        (form.title, record_address(form.slug, thing.name))
        for form in FORMS
        if form.subject == thing.kind and may(person, Action.RECORD, thing, form.type)
    ]
