"""Which subjects are compared in which round: all of them once in a cycle, in an order that chance decides."""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from typing import NamedTuple

SAMPLE = 500
"""A round is for about so many subjects: it has all of them in memory."""


class Round(NamedTuple):
    """A sample of the subjects of one partition."""

    partition: int
    wanted: Callable[[bytes], bool]
    """Whether a subject, by its key, is in the sample."""


def cycle(partitions: int, subjects: int) -> Iterator[Round]:
    """The rounds of a cycle: every subject is in exactly one. `subjects` is about how many there are."""
    slices = max(1, round(subjects / partitions / SAMPLE))
    salt = secrets.token_bytes(16)
    rounds = [(partition, number) for partition in range(partitions) for number in range(slices)]
    secrets.SystemRandom().shuffle(rounds)
    for partition, number in rounds:
        yield Round(partition, _slice(salt, slices, number))


def _slice(salt: bytes, slices: int, number: int) -> Callable[[bytes], bool]:
    def wanted(key: bytes) -> bool:
        digest = hashlib.blake2b(key, digest_size=8, key=salt).digest()
        return int.from_bytes(digest, "big") % slices == number

    return wanted
