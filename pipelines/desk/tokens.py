"""Tokens that open the page once, within ten minutes. Their use is in access.py."""

from __future__ import annotations

import secrets
from hashlib import sha256
from time import monotonic

MINUTES = 10


class Tokens:
    """Tokens that are neither used nor expired. Only their hashes are kept."""

    def __init__(self) -> None:
        self._valid_until: dict[bytes, float] = {}

    def issue(self) -> str:
        """Create a token."""
        token = secrets.token_urlsafe(32)
        self._valid_until[_hash(token)] = monotonic() + MINUTES * 60
        return token

    def redeem(self, token: str) -> bool:
        """Use up a token. Returns True if it was valid."""
        self._forget_expired()
        return self._valid_until.pop(_hash(token), None) is not None

    def has_valid(self) -> bool:
        """Return True if an unused token is valid."""
        self._forget_expired()
        return bool(self._valid_until)

    def _forget_expired(self) -> None:
        now = monotonic()
        self._valid_until = {token: until for token, until in self._valid_until.items() if until > now}


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
