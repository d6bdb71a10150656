"""The limits of what is accepted, so that it can be saved, sent, shown and read back as it was.

Source: CONTRACT, *An event*, limits.

Patterns are regular expressions as JSON Schema has them.
"""

EVENT_BYTES = 65_536
RECORD_BYTES = 1_048_588
"""What Kafka takes at most as one record, by its own default."""
MADE_BYTES = 950_000
"""What a worker makes as one record at most: clients count a little more than the key, the value and the headers."""
LIST_ITEMS = 50
LEVELS = 8
"""Of objects and lists inside each other, the event itself being the first."""
ID_LENGTH = 255
TEXT_LENGTH = 500
"""Of a source, and of each text."""
WORKING_DAYS = 2_600
HOURS = 168
MINUTES = 10_080
DIGITS = 30
"""Of a number before or behind the point: no hour is counted finer, and sums stay cheap."""
INTEGER_BITS = 32
"""Of an integer that is an extension attribute, as CloudEvents has it."""

NOT_IN_TEXT = r"[\u0000-\u001f\u007f-\u009f\ud800-\udfff]"
"""A control character, or half of a surrogate pair."""
ATTRIBUTE = "^[a-z0-9]{1,20}$"
SUBJECT_ID = "[A-Za-z0-9._-]{1,64}"
SUBJECT = rf"(family|worker|site)/{SUBJECT_ID}"
DATE = "(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
INSTANT = (
    "(1899|19[0-9]{2}|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
"""By its own offset an instant of 1900 may be of 1899."""
WEEK = "(19|[2-9][0-9])[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-3])"
