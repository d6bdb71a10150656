"""The made-up people of the demo; its sites, agencies and workers are those of the made-up pilot. Pure."""

from streams.identity.person import Grant, Person

DEMO_PEOPLE = tuple(
    Person(pseudonym, name, (Grant.parse(grant),))
    for pseudonym, name, grant in (
        ("demo.coordinator", "Robin Adeyemi", "coordinator:middlesbrough,north-east-lincolnshire"),
        ("demo.key-worker", "Sam Whitfield", "key_worker:middlesbrough:w00001"),
        ("demo.manager", "Kit Rowan", "manager:middlesbrough:health"),
        ("demo.auditor", "Alex Moreau", "auditor:all"),
        ("demo.operator", "Jules Okafor", "operator:all"),
        ("demo.coordinator-all", "Dana Price", "coordinator:all"),
    )
)
