"""What is kept of a token."""

import hashlib


def hashed(token: str) -> str:
    """Its hash.

    Tokens have 256 random bits, so one round of SHA-256 is enough, and looking up the hash tells nothing by its timing.
    """
    return hashlib.sha256(token.encode()).hexdigest()
