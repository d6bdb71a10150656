"""Every form: one description each. Pure."""

from events.types.fields import ACHIEVED
from streams.board.forms.field import Asks, Field, Form, From, codes

CONTACT = "contact.recorded"
REACHED = tuple(code for code in codes(CONTACT, "outcome") if code in ACHIEVED or code == "sent")
ATTEMPTS = tuple(code for code in codes(CONTACT, "outcome") if code not in REACHED)
"""The outcomes of a contact that did not reach the family."""
OUTCOMES = {
    "attended": "it took place",
    "attended_late": "it took place, late",
    "answered": "they answered",
    "sent": "it was sent, no answer yet",
    "no_access": "nobody opened the door",
    "did_not_attend": "the family did not come",
    "cancelled_by_family": "the family cancelled",
    "cancelled_by_service": "the service cancelled",
    "late_not_seen": "the worker was late and did not see them",
    "voicemail": "a message was left on voicemail",
    "no_reply": "no reply",
}
STARTERS = {
    "worker": "the worker",
    "family": "the family",
    "professional": "another professional",
    "unknown": "not known",
}
ACTING = {"key_worker": "key worker", "other_role": "in another professional role", "unknown": "not known"}


def _when(label: str) -> Field:
    return Field("when", Asks.WHEN, label, "Give a day that is not in the future, as in 28/11/2026", start=From.TODAY)


def _spheres(name: str, label: str) -> Field:
    return Field(name, Asks.SOME, label, "Tick those that apply", more=True)


WORKERS = Field(
    "workers",
    Asks.IDS,
    "Worker",
    "Enter the worker's id, like w00011",
    "Several: commas between them.",
    start=From.KEY_WORKER,
)
STARTED_BY = Field(
    "initiated_by", Asks.LIST, "Started by", "Choose who started it", start=("worker",), words=STARTERS
)  # fmt: skip
MODE = Field("mode", Asks.LIST, "How", "Choose how it was made", start=("telephone",))
LOCATION = Field("location", Asks.LIST, "Where", "Choose where it was", "If it was face to face.", more=True)
PLANNED = Field("planned", Asks.YES, "It was planned", "Tick it or leave it", more=True)
ACTING_AS = Field(
    "acting_as", Asks.ONE, "The worker acted as", "Choose a role", start=("key_worker",), words=ACTING, more=True
)  # fmt: skip
MINUTES = Field("minutes", Asks.NUMBER, "Minutes", "Enter the minutes in digits", more=True)
LIAISON_WORKER = Field("worker", Asks.ID, "Worker", "Enter the worker's id, like w00011", start=From.KEY_WORKER)

FORMS = (
    Form(
        "contact", CONTACT, "family", "Record a contact", "contact",
        (
            WORKERS,
            _when("When was it?"),
            MODE,
            Field("outcome", Asks.LIST, "Outcome", "Choose the outcome", start=("answered",), only=REACHED,
                  words=OUTCOMES),
            STARTED_BY,
            Field("participants", Asks.SOME, "Who took part", "Tick who took part", start=("parent",)),
            LOCATION, PLANNED, ACTING_AS, _spheres("spheres", "What it was about"),
            Field("needs_explored_for", Asks.SOME, "Whose needs were explored", "Tick those that apply", more=True),
            MINUTES,
        ), instead="attempt",
    ),
    Form(
        "attempt", CONTACT, "family", "Record an attempt", "attempt",
        (
            WORKERS,
            _when("When was it?"),
            MODE,
            Field("outcome", Asks.LIST, "Outcome", "Choose the outcome", start=("no_reply",), only=ATTEMPTS,
                  words=OUTCOMES),
            STARTED_BY, LOCATION, PLANNED, ACTING_AS, MINUTES,
        ), instead="contact",
    ),
    Form(
        "liaison", "liaison.recorded", "family", "Record liaison", "liaison",
        (
            LIAISON_WORKER,
            _when("When was it?"),
            Field("to_agency", Asks.ONE, "With which agency", "Choose the agency"),
            Field("direction", Asks.ONE, "Which way", "Choose which way it went", start=("outgoing",),
                  words={"outgoing": "the worker turned to them", "incoming": "they turned to the worker",
                         "meeting": "they met"}),
            Field("purpose", Asks.LIST, "Purpose", "Choose the purpose", start=("coordination",)),
            _spheres("spheres", "What it was about"), MINUTES,
        ),
    ),
    Form(
        "plan", "plan.agreed", "family", "Record a contact plan", "contact plan",
        (
            Field("starts_on", Asks.DAY, "First day of the plan", "Give a date, as in 28/11/2026", start=From.TODAY),
            Field("interval_working_days", Asks.NUMBER, "Working days between contacts", "Enter working days in digits",
                  "Leave it empty for the service's own interval."),
            Field("modes", Asks.SOME, "How contact is made", "Tick those that were agreed"),
            Field("home_visits", Asks.YES, "The plan includes home visits", "Tick it or leave it"),
            Field("contact_parties", Asks.SOME, "Who is to be reached", "Tick those that were agreed",
                  start=("parent", "carer")),
            Field("needs", Asks.SOME, "Support needed", "Tick those that were agreed"),
            Field("agencies", Asks.SOME, "Agencies to work with", "Tick those that were agreed"),
            Field("agreed_with", Asks.SOME, "Agreed with", "Tick who agreed", start=("parent",)),
            Field("review_by", Asks.DAY, "To be reviewed by", "Give a date, as in 28/11/2026", "Optional."),
            Field("signed_off_by", Asks.ONE, "Sign-off of a long interval", "Choose one of the answers",
                  "Needed when the interval is longer than the service allows without.", start=("",)),
        ),
    ),
    Form(
        "plan-review", "plan.reviewed", "family", "Record a plan review", "plan review",
        (
            Field("plan", Asks.ONE, "Which plan was reviewed", "Choose the plan", start=From.FIRST),
            _when("When was it reviewed?"),
        ), none="No contact plan is in force or to come. Record a contact plan first.",
    ),
    Form(
        "absence", "absence.started", "worker", "Record an absence", "absence",
        (
            Field("kind", Asks.ONE, "Kind of absence", "Choose the kind of absence"),
            Field("starts_on", Asks.DAY, "First day away", "Give a date, as in 28/11/2026", start=From.TODAY),
            Field("expected_end", Asks.DAY, "First day back, if known",
                  "Give a date that is not before the first day away, as in 28/11/2026"),
        ),
    ),
    Form(
        "absence-end", "absence.ended", "worker", "Record the end of an absence", "end of an absence",
        (
            Field("absence", Asks.ONE, "Which absence", "Choose the absence", start=From.FIRST),
            Field("ends_on", Asks.DAY, "First day back", "Give a date, as in 28/11/2026", start=From.TODAY),
        ), none="No absence is open. Record an absence first.",
    ),
    Form(
        "cover", "cover.assigned", "worker", "Record cover", "cover",
        (
            Field("covering_worker", Asks.ID, "Who covers", "Enter the id of another worker, like w00011"),
            Field("starts_on", Asks.DAY, "First day of cover", "Give a date, as in 28/11/2026", start=From.ABSENCE),
            Field("ends_on", Asks.DAY, "First day without cover",
                  "Give a date that is not before the first day of cover, as in 28/11/2026",
                  "Leave it empty: cover ends with the absence."),
            Field("families", Asks.SOME, "Only for these families", "Tick families of this worker",
                  "Tick none if all are covered."),
            Field("hours_per_week", Asks.NUMBER, "Hours a week", "Enter the hours in digits, like 7.5", more=True),
        ),
    ),
    Form(
        "cover-end", "cover.ended", "worker", "Record the end of cover", "end of cover",
        (
            Field("cover", Asks.ONE, "Which cover", "Choose the cover", start=From.FIRST),
            Field("ends_on", Asks.DAY, "First day without cover", "Give a date, as in 28/11/2026", start=From.TODAY),
        ), none="No cover is open. Record cover first.",
    ),
    Form(
        "week", "week.recorded", "worker", "Record a week's hours", "week's hours",
        (
            Field("week", Asks.LIST, "Week", "Choose the week", start=From.FIRST),
            Field("hours_used", Asks.NUMBER, "Protected hours used", "Enter the hours in digits, like 7.5"),
            Field("hours_lost", Asks.NUMBER, "Protected hours lost", "Enter the hours in digits, like 7.5",
                  start=("0",)),
            Field("displaced_by", Asks.SOME, "What they were lost to", "Tick those that apply"),
        ),
    ),
    Form(
        "action-done", "action.done", "site", "Record that an action is done", "action that is done",
        (
            Field("action", Asks.ONE, "Which action", "Choose the action", start=From.FIRST),
            _when("When was it done?"),
        ), none="No agreed action is open. Record an agreed action first.",
    ),
    Form(
        "action", "action.agreed", "site", "Record an agreed action", "agreed action",
        (
            Field("due_on", Asks.DAY, "Due on", "Give a date, as in 28/11/2026"),
            _when("When was it agreed?"),
        ),
    ),
    Form(
        "meeting", "meeting.held", "site", "Record a meeting", "meeting",
        (
            _when("When was it?"),
            Field("present", Asks.SOME, "Agencies that were there", "Tick those that were there"),
            Field("apologies", Asks.SOME, "Agencies that sent apologies", "Tick those that sent apologies"),
        ),
    ),
    Form(
        "coordinator", "coordinator.appointed", "site", "Record a coordinator in post", "coordinator's appointment",
        (Field("starts_on", Asks.DAY, "First day in post", "Give a date, as in 28/11/2026", start=From.TODAY),),
    ),
    Form(
        "coordinator-end", "coordinator.left", "site", "Record that a coordinator left", "end of an appointment",
        (
            Field("appointment", Asks.ONE, "Which appointment", "Choose the appointment", start=From.FIRST),
            Field("ends_on", Asks.DAY, "First day out of post", "Give a date, as in 28/11/2026", start=From.TODAY),
        ), none="No coordinator is in post. Record a coordinator in post first.",
    ),
    Form(
        "seat", "seat.filled", "site", "Record that a seat is filled", "filling of a seat",
        (
            Field("agency", Asks.ONE, "Seat of which agency", "Choose the agency"),
            Field("starts_on", Asks.DAY, "First day", "Give a date, as in 28/11/2026", start=From.TODAY),
        ),
    ),
    Form(
        "seat-end", "seat.left", "site", "Record that a seat is left", "leaving of a seat",
        (
            Field("seat", Asks.ONE, "Which seat", "Choose the seat", start=From.FIRST),
            Field("ends_on", Asks.DAY, "First day empty", "Give a date, as in 28/11/2026", start=From.TODAY),
        ), none="No seat is filled. Record that a seat is filled first.",
    ),
    Form(
        "supervision", "supervision.held", "worker", "Record supervision", "supervision",
        (
            Field("kind", Asks.ONE, "Kind", "Choose the kind", start=("one_to_one",),
                  words={"one_to_one": "one to one"}),
            _when("When was it?"),
            Field("agencies", Asks.SOME, "Agencies that took part", "Tick those that took part",
                  "Group supervision counts with two or more."),
        ),
    ),
)  # fmt: skip
BY_SLUG = {form.slug: form for form in FORMS}


def form_of(type_: str, outcome: str | None = None) -> Form | None:
    """The form that records events of a type; of a contact the outcome tells which. None for a type without a form."""
    found = [form for form in FORMS if form.type == type_]
    for form in found[1:]:
        asked = form.field("outcome")
        if asked is not None and outcome in asked.only:
            return form
    return found[0] if found else None
