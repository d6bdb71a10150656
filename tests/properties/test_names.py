"""No two things have one name: events, transitions, and the marks of archived events."""

from hypothesis import assume, given
from hypothesis import strategies as st

from events.event import Event
from events.names import joined, pointer
from projections.state.snapshot import mark

TEXT = st.text("ab%#:/~23A5\N{BOMB}", min_size=1, max_size=8)
PAIRS = st.tuples(TEXT, TEXT)


def label(key: tuple[str, str]) -> str:
    return Event(*key, "contact.recorded", {}, 0, None, 0).label


@given(PAIRS, PAIRS)
def test_two_events_have_two_names(one: tuple[str, str], other: tuple[str, str]) -> None:
    """And the last `#` of a name divides it into the two that it is made of."""
    assume(one != other)
    assert label(one) != label(other)
    assert mark(one) != mark(other)
    source, _, id_ = label(one).rpartition("#")
    assert (source, id_.replace("%23", "#").replace("%25", "%")) == one


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
def test_parts_that_are_joined_can_be_told_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever letters are in them."""
    assert (joined(*one) == joined(*other)) == (one == other)
    assert joined("plain", "parts") == "plain:parts"


@given(st.lists(TEXT), st.lists(TEXT))
def test_pointers_of_two_places_differ(one: list[str], other: list[str]) -> None:
    """RFC 6901: `~` is ~0 and `/` is ~1."""
    assert (pointer(*one) == pointer(*other)) == (one == other)
    assert [part.replace("~1", "/").replace("~0", "~") for part in pointer(*one).split("/")[1:]] == one
