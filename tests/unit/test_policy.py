"""The policy: defaults, versions by hash, sites, and what is refused with the nearest name."""

from pathlib import Path

import pytest

from events.instants import MICROS_A_DAY, format_day, parse_day, parse_instant
from projections.knowledge.calendar import NATIONS, Calendar, Paused, bank_holidays
from projections.parameters import CONTACT_INTERVAL
from projections.policy import Policies, Policy, PolicyError
from projections.rules import ALL
from projections.rules.cover_gap import GAP_AFTER
from projections.watch.world import World
from streams.policy.policy_file import read_policy, read_proposal
from tests.commands import touchline
from tests.oracle import oracle
from tests.oracle.compare import folded, ours, read
from tests.scenarios.test_scenarios import scenarios

OURS = {
    "settle_seconds": 300,
    "silent_after": 3,
    "silent_min": 10,
    "rules": tuple(rule.name for rule in ALL),
    "ack_lapses": 10,
    "snooze_max": 20,
    "unattended_days": 7,
}
"""Parameters that the oracle has no use for."""


def test_the_defaults_are_those_of_the_rules() -> None:
    """Each parameter has the default that the oracle reads from the rules."""
    for name, value in Policy({}).of(None).values.items():
        if name in OURS:
            assert value == OURS[name]
        else:
            expected = oracle.DEFAULTS[name]
            assert (float(value) if isinstance(expected, float) else value) == expected, name


def test_a_version_is_a_hash_of_what_it_says() -> None:
    """The same content has the same version, however it is written; any change makes another."""
    assert Policy({}).version == Policy({"contact_interval": 20}).version
    assert Policy({}).version != Policy({"contact_interval": 21}).version
    again = Policy(Policy({"sites": {"s": {"nation": "scotland"}}}).document)
    assert again.version == Policy({"sites": {"s": {"nation": "scotland"}}}).version


def test_a_site_may_differ(tmp_path: Path) -> None:
    """Its own section over the defaults of the file."""
    path = tmp_path / "policy.toml"
    path.write_text(
        "contact_interval = 15\nred_factor = 2.25\n"
        '[sites.north]\nnation = "scotland"\n'
        "[sites.north.gap_after]\nsickness = 2\n",
        "utf-8",
    )
    policy = read_policy(path)
    assert policy.of("south")[CONTACT_INTERVAL] == policy.of("north")[CONTACT_INTERVAL] == 15
    assert policy.of("north")[GAP_AFTER]["sickness"] == 2
    assert policy.of("north")[GAP_AFTER]["maternity"] == 0
    easter_monday = parse_day("2026-04-06")
    assert policy.of("north").calendar.until(easter_monday) > policy.of("north").calendar.until(easter_monday - 1)
    assert policy.of("south").calendar.until(easter_monday) == policy.of("south").calendar.until(easter_monday - 1)


NO_CHANGE_OF_HOLIDAYS = (
    "holidays.wales.'ad' is no change of holidays; did you mean 'add'?; write add, remove or replace"
)
NO_ZONES = (
    "localtime",
    "posixrules",
    "right/UTC",
    "posix/Europe/London",
    "/etc/localtime",
    "Factory",
    "",
    "europe/london",
)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            "contact_intervall = 10",
            1,
            "'contact_intervall' is no parameter of the policy; did you mean 'contact_interval'?",
        ),
        ("# ours\ncontact_interval = 0", 2, "contact_interval: should be a whole number from 1 to 36,600"),
        ("unallocated = 5\nview_valid = -3\n", 2, "view_valid: should be a whole number from 0 to 36,600"),
        ('nation = "utopia"', 1, "nation: Input should be 'england'"),
        ('timezone = "Europe/Lodnon"', 1, "timezone: 'Europe/Lodnon' is no IANA time zone"),
        (
            "[sites.s]\nunalocated = 3",
            2,
            "sites.s.'unalocated' is no parameter of the policy; did you mean 'unallocated'?",
        ),
        (
            "[sites.n]\nseat_empty = 1\n[sites.s]\nseat_empty = -1",
            4,
            "sites.s.seat_empty: should be a whole number from 0 to 36,600",
        ),
        ("sites = 3", 1, "sites: should be sections like [sites.north]"),
        ("[sites]\nnorth = 3", 2, "sites.north: should be a section like [sites.north]"),
        ("[sites.s.gap_after]\nsicknes = 3", 2, "sites.s.gap_after.sicknes: Input should be"),
        ('rules = ["CONTACT_OVERDU"]', 1, "rules: 'CONTACT_OVERDU' is no rule; did you mean 'CONTACT_OVERDUE'?"),
        ('[holidays]\nenglnd = ["2026-01-01"]', 2, "holidays.'englnd' is no nation; did you mean 'england'?"),
        ('[holidays]\nengland = ["1 May"]', 2, "holidays.england.add: should be a date like 2026-03-23"),
        ('extra_closures = ["2026-02-30"]', 1, "extra_closures: should be a date that exists"),
        ("holds_from = 2026-12-01", 1, "holds_from: should be an instant with an offset, like 2026-12-01T00:00:00Z"),
        ("this is not TOML", 1, "is no TOML"),
        ("contact_interval = true", 1, "contact_interval: should be a whole number from 1 to 36,600"),
        ("contact_interval = 20.0", 1, "contact_interval: should be a whole number"),
        ('contact_interval = "20"', 1, "contact_interval: should be a whole number"),
        ("contact_interval = 99999999999999999999", 1, "contact_interval: should be a whole number"),
        ("a = 1\ncontact_interval = " + "9" * 5_000, 2, "is no TOML"),
        ("x = " + "[" * 5_000, None, "is no TOML"),
        ("red_factor = true", 1, "red_factor: should be a number from 0 to 100"),
        ("red_factor = 1e9999999999999999999", 1, "red_factor: should be a number from 0 to 100"),
        ("red_factor = nan", 1, "red_factor: should be a number from 0 to 100"),
        ("red_factor = -inf", 1, "red_factor: should be a number from 0 to 100"),
        ("red_factor = 1e-40", 1, "red_factor: should be a number from 0 to 100"),
        ("settle_seconds = 1e3", 1, "settle_seconds: should be a whole number from 0 to 2,678,400"),
        ("[gap_after]\nsickness = true", 2, "gap_after.sickness: should be a whole number"),
        ("timezone = true", 1, "timezone: Input should be a valid string"),
        ("nation = true", 1, "nation: Input should be 'england'"),
        *((f'timezone = "{name}"', 1, f"timezone: {name!r} is no IANA time zone") for name in NO_ZONES),
        ('unallocated = 5\n[sites.""]\ncontact_interval = 3', 2, "sites.'': is no name of a site"),
        ('[sites."north east"]\ncontact_interval = 3', 1, "sites.north east: is no name of a site"),
        (
            '[sites."a.b"]\n[sites."a.b".gap_after]\nsickness = -1',
            3,
            "sites.a.b.gap_after.sickness: should be a whole number",
        ),
        ("[[sites.north]]\ncontact_interval = 3", 1, "sites.north: should be a section like [sites.north]"),
        ("sites.north.contact_interval = 0", 1, "sites.north.contact_interval: should be a whole number"),
        (
            "unallocated = 5\nsites = {north = {contact_interval = 0}}",
            2,
            "sites.north.contact_interval: should be a whole number",
        ),
        ('[holidays.wales]\nad = ["2026-03-01"]', 2, NO_CHANGE_OF_HOLIDAYS),
        ('[holidays.wales]\nadd = "2026-03-01"', 2, "holidays.wales.add: should be a list of dates"),
        (
            '[holidays.wales]\nremove = ["2026-03-01"]',
            2,
            "holidays.wales.remove: 2026-03-01 is no bank holiday there; leave it out",
        ),
        ('[holidays.wales]\nreplace = []\nadd = ["2026-03-01"]', 2, "holidays.wales.replace: should stand alone"),
        ('[holidays.wales]\nadd = ["1899-12-31"]', 2, "holidays.wales.add: should be a date from 1900-01-01"),
        ("[holidays]\nwales = true", 2, "holidays.wales: should be a list of dates"),
    ],
)
def test_what_cannot_be_is_refused_with_the_line(tmp_path: Path, text: str, line: int | None, says: str) -> None:
    """One sentence with the file, the line, the parameter and the remedy."""
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(PolicyError) as error:
        read_policy(path)
    assert str(error.value).startswith(f"{path}:{line}: {says}" if line else f"{path}: {says}")


def test_a_past_instant_is_refused_with_the_line(tmp_path: Path) -> None:
    """A version must not change the past, and workers need time to learn of it."""
    path = tmp_path / "policy.toml"
    path.write_text("unallocated = 3\nholds_from = 2026-11-01T00:00:00Z\n", "utf-8")
    earliest = parse_instant("2026-11-25T12:05:00.5Z")
    with pytest.raises(PolicyError) as error:
        read_proposal(path, earliest)
    assert str(error.value).startswith(f"{path}:2: holds_from: should be 2026-11-25T12:05:01Z or later")
    proposal = read_proposal(path)
    assert proposal.holds_from == parse_instant("2026-11-01T00:00:00Z")
    assert proposal.policy.version == Policy({"unallocated": 3}).version


def test_a_rule_may_be_off_for_a_site() -> None:
    """What is off is not judged there, and is elsewhere."""
    events = read(scenarios()[1].events, Policy({}))
    at = parse_instant("2026-01-16T12:00:00Z")
    off = [rule.name for rule in ALL if rule.name != "NEVER_CONTACTED"]
    for site, expected in (("S", []), ("T", ["NEVER_CONTACTED"])):
        board = ours(events, at, at, Policies.one(Policy({"sites": {site: {"rules": off}}})))
        assert [line["rule"] for line in board if line["rule"] == "NEVER_CONTACTED"] == expected


def test_a_new_version_holds_from_its_instant_and_changes_nothing_before() -> None:
    """Past transitions keep their policy; at the instant every subject is judged again, with the cause `policy`."""
    events = read(scenarios()[0].events, Policy({}))
    starts = parse_instant("2026-04-08T12:00:00Z")
    old, new = Policy({}), Policy({"contact_interval": 5})
    changed = Policies([(0, old), (starts, new)])
    world, plain = World(changed), World(Policies.one(old))
    for each in (world, plain):
        each.absorb(events)
        each.advance_to(starts + MICROS_A_DAY)
    before = [each for each in world.transitions() if parse_instant(str(each["time"])) < starts]
    assert before == [each for each in plain.transitions() if parse_instant(str(each["time"])) < starts]
    at_once = [each["data"] for each in world.transitions() if each["data"]["cause"] == "policy"]  # type: ignore[index]
    assert [(each["rule"], each["known"], each["policy"]) for each in at_once] == [
        ("CONTACT_OVERDUE", "2026-04-08T12:00:00Z", new.version)
    ]
    assert folded(world, starts) == ours(events, starts, starts, changed)


def test_working_days_by_hand() -> None:
    """Twenty working days from 23 March 2026 and from 14 December 2026, in England and elsewhere."""
    england = Policy({}).of(None).calendar
    assert format_day(england.nth_after(parse_day("2026-03-23"), 20)) == "2026-04-22"
    assert format_day(england.nth_after(parse_day("2026-12-14"), 20)) == "2027-01-14"
    scotland = Policy({"nation": "scotland"}).of(None).calendar
    assert format_day(scotland.nth_after(parse_day("2026-03-23"), 20)) == "2026-04-21"
    assert set(bank_holidays()) == set(NATIONS)
    assert bank_holidays()["england"] == bank_holidays()["wales"]


def test_the_calendar_is_the_oracles() -> None:
    """Counting and finding agree with the oracle's list of days, with overlapping pauses too."""
    for nation in NATIONS:
        closed = [parse_day(day) for day in bank_holidays()[nation]]
        calendar = Calendar(closed)
        with_oracle = oracle.site_days(nation, (), 1970, 2099)
        assert calendar.until(parse_day("2099-12-31")) - calendar.until(parse_day("1969-12-31")) == len(with_oracle)
        pauses = [
            (parse_day("2026-03-01"), parse_day("2026-04-10")),
            (parse_day("2026-04-01"), parse_day("2026-05-05")),
            (parse_day("2026-12-20"), parse_day("2027-01-03")),
        ]
        left = [
            day.toordinal() for day in with_oracle if not any(start <= day.toordinal() < end for start, end in pauses)
        ]
        paused = Paused(calendar, pauses)
        for day in range(parse_day("2026-02-01"), parse_day("2027-02-01"), 3):
            later = [each for each in left if each > day]
            assert [paused.nth_after(day, n) for n in (1, 2, 20)] == [later[0], later[1], later[19]]
            assert paused.wd(day, day + 50) == sum(each < day + 50 for each in later)
            assert calendar.first_with_at_most(3, day) <= day


def _holidays_of(tmp_path: Path, text: str) -> set[str]:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return set(read_policy(path).holidays["scotland"])


def test_holidays_are_added_removed_or_replaced_by_saying_which(tmp_path: Path) -> None:
    """A list alone adds; only what says so takes any away."""
    own = set(bank_holidays()["scotland"])
    added = own | {"2026-06-16"}
    assert _holidays_of(tmp_path, '[holidays]\nscotland = ["2026-06-16"]') == added
    assert _holidays_of(tmp_path, "[holidays.scotland]\nadd = [2026-06-16]") == added
    assert _holidays_of(tmp_path, '[holidays.scotland]\nremove = ["2026-12-25"]') == own - {"2026-12-25"}
    both = '[holidays.scotland]\nadd = ["2026-06-16"]\nremove = ["2026-12-25"]'
    assert _holidays_of(tmp_path, both) == added - {"2026-12-25"}
    assert _holidays_of(tmp_path, '[holidays.scotland]\nreplace = ["2026-06-16"]') == {"2026-06-16"}


def test_a_published_document_has_all_its_holidays(tmp_path: Path) -> None:
    """As it was published, whatever the installed calendar has: the past keeps what it was judged under."""
    document = {**Policy({}).document, "holidays": {"scotland": ["2026-06-16"]}}
    assert Policy(document).holidays["scotland"] == ("2026-06-16",)
    path = tmp_path / "policy.toml"
    path.write_text('[holidays.scotland]\nreplace = ["2026-06-16"]', "utf-8")
    assert Policy(read_policy(path).document).version == read_policy(path).version


def test_check_says_what_changes(tmp_path: Path) -> None:
    """From the default to the new value, for each site, and each holiday that is more or less."""
    path = tmp_path / "policy.toml"
    path.write_text(
        'contact_interval = 10\n[sites.north]\nnation = "wales"\n'
        '[holidays.scotland]\nadd = ["2026-06-16"]\nremove = ["2026-12-25"]\n'
        '[holidays.wales]\nreplace = ["2026-03-01"]\n',
        "utf-8",
    )
    done = touchline("policy", "check", path)
    assert done.returncode == 0
    assert "contact_interval: 20 → 10" in done.stdout
    assert "sites.north.nation: england → wales" in done.stdout
    assert "holidays.scotland: 1 more (2026-06-16), 1 fewer (2026-12-25)" in done.stdout
    assert "holidays.wales: 2026-03-01 is the only one" in done.stdout


def test_a_policy_may_be_utf_16_or_have_a_byte_order_mark(tmp_path: Path) -> None:
    """As Windows' editors write it."""
    path = tmp_path / "policy.toml"
    for encoding in ("utf-8-sig", "utf-16"):
        path.write_text("contact_interval = 10\n", encoding)
        assert read_policy(path).of(None)[CONTACT_INTERVAL] == 10
