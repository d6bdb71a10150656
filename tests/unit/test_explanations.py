"""Every alert explains itself, and so does every subject that is fine."""

from events.instants import moment, zone
from projections.judge import explain
from projections.policy import Policies, Policy
from projections.replay import World
from projections.rules import BY_KIND
from streams.board.wording import KIND, TYPE, fact, sentence
from tests.oracle import worlds
from tests.oracle.compare import micros, policy_of, read
from tests.scenarios.test_scenarios import scenarios

LONDON = zone("Europe/London")


def test_every_reason_of_every_rule_has_its_sentence() -> None:
    """On random worlds, holding or not: no code without words, and the next change and what would end it always said."""
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
                        text = sentence(reason)
                        assert text.endswith("."), text
                        assert text != reason["code"].replace("-", " ")
                        met.add(reason["code"])
    assert met >= {"clock-start", "counted", "did-not-count", "working-days", "falls-due", "key-workers", "without-key-worker", "last-liaison",
                   "no-liaison", "absence", "no-absence", "agreed", "no-agreement", "week-counted", "week-left-out", "share-used",
                   "weeks-without-record"}  # fmt: skip


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
    told = [sentence(reason) for reason in verdicts["CONTACT_OVERDUE"]["reasons"]]
    assert told == [
        "Contact is expected since 2026-01-05, when W was key worker.",
        "The contact of 2026-03-23 by W counts.",
        "Since 2026-03-23 17 working days have gone, of 20 allowed; the last of those is 2026-04-22. 2 weekdays were left out: 2026-04-03, 2026-04-06.",
        "The agreed interval is 20 working days, the default.",
        "What ends it: an achieved two-way contact, started by the key worker or by who covers.",
        "By time alone it next changes on 2026-04-22.",
    ]
    assert verdicts["CONTACT_OVERDUE"]["holds"] is False


def test_the_wording_is_about_conditions() -> None:
    """No word of blame in anything that a coordinator reads."""
    blame = ("fail", "fault", "blame", "negligen", "lazy", "bad ", "poor ", "guilty")
    texts = [*KIND.values(), *TYPE.values(), *(rule.title for rules in BY_KIND.values() for rule in rules)]
    for text in texts:
        assert not any(word in text.lower() for word in blame), text
    assert fact({"data": {"kind": "sickness", "starts_on": "2026-03-09"}}, "worker") == "sickness, from 2026-03-09"
