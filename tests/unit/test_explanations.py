"""Every alert explains itself, and so does every subject that is fine."""

from datetime import date
from pathlib import Path

from events.catalogue import TYPES
from events.instants import moment, zone
from projections.policy import Policies, Policy
from projections.reasoning.reasons import Reason, next_change, sentence_of
from projections.rules import ALL, BY_KIND
from projections.watch.judge import explain
from projections.watch.world import World
from streams.presentation.plain_english import KIND, paragraph
from streams.simulate import Plan, Simulation
from tests.oracle import worlds
from tests.oracle.compare import micros, policy_of, read
from tests.scenarios.test_scenarios import scenarios

LONDON = zone("Europe/London")
PAGE = Path(__file__).parent / "explanations.txt"


def test_every_reason_of_every_rule_has_its_sentence() -> None:
    """On random worlds, holding or not.

    No code without words, and the next change and what would end it always said.
    """
    met: set[str] = set()
    for seed in range(60):
        made = worlds.make(seed)
        policy = policy_of(made.parameters)
        world = World(Policies.one(policy))
        world.absorb(read(made.events, policy), judge=False)
        for subject in world.subjects.values():
            for valid, _ in made.asks:
                for verdict in explain(subject, micros(valid), policy):
                    codes = [reason["code"] for reason in verdict["reasons"]]
                    assert codes[-2:] == ["would-clear", "next-change"]
                    assert verdict["holds"] == bool(verdict["alerts"])
                    for reason in verdict["reasons"]:
                        text = sentence_of(reason)
                        assert text.endswith("."), text
                        assert text != reason["code"].replace("-", " ")
                        met.add(reason["code"])
    codes_of = {kind.code for kind in Reason.__subclasses__()}
    assert met == codes_of, met ^ codes_of


def test_days_are_local_in_summer_too() -> None:
    """A midnight of summer time is a UTC instant of the day before."""
    midnight = LONDON.midnight(date(2026, 6, 13).toordinal())
    reason = next_change(midnight, LONDON)
    assert reason.json()["at"] == "2026-06-12T23:00:00Z"
    assert str(reason) == "By time alone it can next change on 13 June 2026."


def paragraphs() -> str:
    """For each rule what it says where it holds, and where it does not: the first that are met on made-up history."""
    first_met: dict[tuple[str, bool], list[str]] = {}
    policy = Policy({})
    histories = [list(Simulation(Plan(40, 12, 1, date(2026, 6, 30))).events())]
    histories += [made.events for made in map(worlds.make, range(60)) if not made.parameters]
    for history in histories:
        world = World(Policies.one(policy))
        world.absorb(read(history, policy), judge=False)
        for name in sorted(world.subjects):
            for day in ("2026-01-31", "2026-05-20"):
                for verdict in explain(world.subjects[name], moment(day, LONDON), policy):
                    first_met.setdefault((verdict["rule"], verdict["holds"]), paragraph(verdict))
    lines = []
    for rule in ALL:
        for holds in (True, False):
            lines += [
                *first_met.get(
                    (rule.name, holds),
                    [f"{rule.title}: not met where it is {'flagged' if holds else 'not flagged'}."],
                ),
                "",
            ]
    return "\n".join(lines)


def test_the_sentences_of_all_rules_are_as_they_were_read() -> None:
    """The page of text that was read over.

    After a change read it again: `python -m tests.unit.test_explanations` writes it.
    """
    assert paragraphs() == PAGE.read_text("utf-8")
    assert "not met where" not in PAGE.read_text("utf-8")


def test_a_family_that_is_fine_says_why() -> None:
    """The contact that counts, the arithmetic with the days left out, what would end it, and when it next changes."""
    events = read(
        next(each for each in scenarios() if each.title.startswith("Contact becomes overdue")).events, Policy({})
    )
    world = World(Policies.one(Policy({})))
    world.absorb(events, judge=False)
    verdicts = {
        each["rule"]: each for each in explain(world.subjects["family/F"], moment("2026-04-20", LONDON), Policy({}))
    }
    assert set(verdicts) == {rule.name for rule in BY_KIND["family"]}
    sentences = [sentence_of(reason) for reason in verdicts["CONTACT_OVERDUE"]["reasons"]]
    assert sentences == [
        "Contact has been expected since 5 January 2026, when W was key worker.",
        "The contact of 23 March 2026 by W counts.",
        (
            "17 working days since 23 March 2026, of 20 allowed; the last day allowed is 22 April 2026."
            " Weekdays left out: 3 and 6 April 2026."
        ),
        "The agreed interval is 20 working days, the service's own.",
        "What would clear it: an achieved two-way contact, started by the key worker or by who covers.",
        "By time alone it can next change on 23 April 2026.",
    ]
    assert verdicts["CONTACT_OVERDUE"]["holds"] is False


def test_the_wording_is_about_conditions() -> None:
    """No word of blame in anything that a coordinator reads."""
    blame = ("fail", "fault", "blame", "negligen", "lazy", "bad ", "poor ", "guilty")
    texts = [
        *KIND.values(),
        *(row.words for row in TYPES.values()),
        *(rule.title for rules in BY_KIND.values() for rule in rules),
    ]
    for text in texts:
        assert not any(word in text.lower() for word in blame), text
        assert "hold" not in text.lower(), text


if __name__ == "__main__":
    PAGE.write_text(paragraphs(), "utf-8")
