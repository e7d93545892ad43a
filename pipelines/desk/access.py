"""Who may use the page: a token on this machine, or whom a proxy has authenticated. No page is here.

Local: the address that the command prints bears a token, which serves once and is exchanged for a cookie:
whoever reads it afterwards cannot use it. Behind a proxy: a request bears the proxy's key, the office and the
provider; what a browser sends under those names it replaces.
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

from pipelines.desk.tokens import Tokens
from schemas.words import Wrong

COOKIE, CSRF = "lineabase_desk", "csrf"
KEY_HEADER, OFFICE_HEADER, PROVIDER_HEADER = "x-lineabase-key", "x-lineabase-office", "x-lineabase-provider"
KEY_FILE = "LINEABASE_DESK_PROXY_KEY_FILE"
"""The file with the key that the proxy sends: who can read it may speak for any office."""
EVERY = "*"
"""The provider of the Secretariat: all of them."""


@dataclass(frozen=True)
class Person:
    """Who asks: the session, the office that speaks, and the provider whose collections it sees."""

    session: str
    office: str = ""
    provider: str = EVERY

    @property
    def is_secretariat(self) -> bool:
        """Whether all collections, questions and releases are theirs."""
        return self.provider == EVERY

    def sees(self, collection: str) -> bool:
        """Whether a collection is theirs."""
        return self.is_secretariat or collection.split("/")[0] == self.provider


def _announce_nothing(token: str) -> None:
    """For a page that nobody watches."""


@dataclass(frozen=True)
class Access:
    """How the page is reached: by a token, or (with a `key`) through a proxy.

    `announce` shows a new token to whoever started the page.
    """

    announce: Callable[[str], None] = _announce_nothing
    key: str = ""
    _tokens: Tokens = field(default_factory=Tokens)
    _sessions: set[str] = field(default_factory=set)
    _signs: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @classmethod
    def behind_proxy(cls) -> Access:
        """With the key of the deployment. Raises Wrong where there is none."""
        path = os.environ.get(KEY_FILE, "").strip()
        key = Path(path).read_text(encoding="utf-8").strip() if path and Path(path).is_file() else ""
        if len(key) < 16:
            raise Wrong("desk.no_proxy_key", name=KEY_FILE)
        return cls(key=key)

    def person(self, request: Request) -> Person | None:
        """Who asks; nobody who may not."""
        session = request.cookies.get(COOKIE, "")
        if not self.key:
            return Person(session) if any(_same(session, known) for known in self._sessions) else None
        headers = request.headers
        if not _same(headers.get(KEY_HEADER, ""), self.key):
            return None
        office, provider = (headers.get(name, "").strip() for name in (OFFICE_HEADER, PROVIDER_HEADER))
        return Person(session, office, provider) if office and provider else None

    def new_token(self) -> str:
        """A token that opens the page once."""
        return self._tokens.issue()

    def open_session(self, token: str) -> str | None:
        """The session that a token is exchanged for; None where it is not valid, or not any more."""
        if self.key or not self._tokens.redeem(token):
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        return session

    def offer_token(self) -> None:
        """Announce a new token, unless one waits to be used: so nobody can fill the window with them."""
        if not self.key and not self._tokens.has_valid():
            self.announce(self.new_token())

    def csrf(self, person: Person) -> str:
        """What a form of theirs must send back."""
        return self._signed("form", person.session)

    def is_own_form(self, person: Person, sent: str) -> bool:
        """Whether a form came from a page of this session."""
        return bool(person.session) and _same(sent, self.csrf(person))

    def _signed(self, use: str, text: str) -> str:
        return hmac.new(self._signs, f"{use}:{text}".encode(), sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
