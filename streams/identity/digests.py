"""Secrets that are handed out once, and their digests, which are what is stored."""

import secrets
from hashlib import sha256

SECRET_BYTES = 32


def new_secret() -> str:
    """A secret of 256 random bits, as text for an address or a cookie."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is stored of a secret. It needs no salt: nobody can guess 256 random bits."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
