"""Access to the page: by a token on this machine, or through a proxy that has authenticated the user.

Local use: the address that the command prints contains a token. It is valid once and is exchanged for a
cookie, so the address is useless to a later reader. Behind a proxy: a request carries the proxy's key, the
office and the provider. The proxy overwrites these headers if a browser sends them.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from pipelines.desk.tokens import Tokens
from schemas.words import InvalidValue

COOKIE, CSRF = "lineabase_desk", "csrf"
KEY_HEADER, OFFICE_HEADER, PROVIDER_HEADER = "x-lineabase-key", "x-lineabase-office", "x-lineabase-provider"
KEY_FILE = "LINEABASE_DESK_PROXY_KEY_FILE"
"""File with the key of the proxy. Anyone who can read it can act for any office."""
EVERY = "*"
"""Provider of the Secretariat: all providers."""


@dataclass(frozen=True)
class Person:
    """User of the page: the session, the office, and the provider whose collections are visible."""

    session: str
    office: str = ""
    provider: str = EVERY

    @property
    def is_secretariat(self) -> bool:
        """Return True if the user may see all collections, questions and releases."""
        return self.provider == EVERY

    def sees(self, collection: str) -> bool:
        """Return True if the user may see a collection."""
        return self.is_secretariat or collection.split("/")[0] == self.provider


def _announce_nothing(token: str) -> None:
    """Announce no token, because nobody watches the terminal."""


@dataclass(frozen=True)
class Access:
    """Way to reach the page: by a token or, with a `key`, through a proxy.

    `announce` shows a new token to the person who started the page.
    """

    announce: Callable[[str], None] = _announce_nothing
    key: str = ""
    _tokens: Tokens = field(default_factory=Tokens)
    _sessions: set[str] = field(default_factory=set)
    _signing_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @classmethod
    def behind_proxy(cls) -> Access:
        """Create access through a proxy with the key of the deployment.

        Raises InvalidValue if there is no key.
        """
        path = os.environ.get(KEY_FILE, "").strip()
        key = Path(path).read_text(encoding="utf-8").strip() if path and Path(path).is_file() else ""
        if len(key) < 16:
            raise InvalidValue("desk.no_proxy_key", name=KEY_FILE)
        return cls(key=key)

    def person(self, request: Request) -> Person | None:
        """Return the user of a request; None if access is not allowed."""
        session = request.cookies.get(COOKIE, "")
        if not self.key:
            return (
                Person(session)
                if any(_are_equal(session, open_session) for open_session in self._sessions)
                else None
            )
        headers = request.headers
        if not _are_equal(headers.get(KEY_HEADER, ""), self.key):
            return None
        office, provider = (headers.get(name, "").strip() for name in (OFFICE_HEADER, PROVIDER_HEADER))
        return Person(session, office, provider) if office and provider else None

    def new_token(self) -> str:
        """Issue a token that opens the page once."""
        return self._tokens.issue()

    def open_session(self, token: str) -> str | None:
        """Exchange a token for a session; None if the token is not valid or no longer valid."""
        if self.key or not self._tokens.redeem(token):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        return session

    def offer_token(self) -> None:
        """Announce a new token unless an unused token exists, so that requests cannot flood the terminal."""
        if not self.key and not self._tokens.has_valid():
            self.announce(self.new_token())

    def set_cookie(self, response: Response, name: str, value: str) -> None:
        """Set a cookie that no script reads and no other site sends; behind a proxy, only over TLS."""
        response.set_cookie(name, value, httponly=True, samesite="strict", secure=bool(self.key))

    def csrf(self, person: Person) -> str:
        """Return the token that forms of this user must send back."""
        return self._sign("form", person.session)

    def is_own_form(self, person: Person, form_token: str) -> bool:
        """Return True if a form came from a page of this session."""
        return bool(person.session) and _are_equal(form_token, self.csrf(person))

    def _sign(self, purpose: str, text: str) -> str:
        """Return a signature that only this process can make."""
        return hmac.new(self._signing_key, f"{purpose}:{text}".encode(), sha256).hexdigest()


def _are_equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
