"""What stands before Dagster's webserver: whose requests are answered. Answers none itself, but to refuse.

Dagster asks nobody who they are. On this machine alone that is right, as long as no page of another site
can make its reader's browser speak to it: under a foreign name (DNS rebinding), from a foreign origin, or
by a mere link that changes something.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from schemas.words import CONTRACT, Sentence

OWN_NAMES = ("127.0.0.1", "localhost", "::1")
NAMES_VARIABLE = "LINEABASE_UI_HOSTS"
"""Further names under which a proxy of the deployment passes requests on, with commas between."""

_READS = ("GET", "HEAD", "OPTIONS")


def names() -> frozenset[str]:
    """The names under which the page is this machine's own."""
    more = os.environ.get(NAMES_VARIABLE, "").split(",")
    return frozenset([*OWN_NAMES, *(name.strip().lower() for name in more if name.strip())])


class Guard:
    """An ASGI application before another: what is not to be answered never reaches that one."""

    def __init__(self, app: ASGIApp, own: Iterable[str] = OWN_NAMES) -> None:
        self.app, self.own = app, frozenset(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        refused = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":  # closed before it is accepted: 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, sentence = refused
            said = "\n".join(sentence.said(lang) for lang in CONTRACT)
            await PlainTextResponse(f"{said}\n", status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, Sentence] | None:
        """The status and the reason; None for what may be answered."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            facts = {"host": ", ".join(hosts) or "—", "variable": NAMES_VARIABLE}
            return 421, Sentence("ui.foreign_host", facts)
        changes = scope["type"] == "websocket" or scope["method"] not in _READS
        if changes and not all(self._is_own(urlsplit(origin).netloc) for origin in headers.getlist("origin")):
            return 403, Sentence("ui.foreign_origin")
        if changes and headers.get("sec-fetch-site") == "cross-site":
            return 403, Sentence("ui.foreign_origin")
        if any(map(_changes, parse_qs(scope["query_string"].decode("latin-1")).get("query", []))):
            return 405, Sentence("ui.change_by_link")
        return None

    def _is_own(self, host: str) -> bool:
        try:
            return urlsplit(f"//{host}").hostname in self.own
        except ValueError:
            return False


def _changes(query: str) -> bool:
    """Whether a GraphQL document does anything but read. One that cannot be parsed does nothing."""
    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return False
    operations = [d.operation for d in definitions if isinstance(d, OperationDefinitionNode)]
    return any(operation is not OperationType.QUERY for operation in operations)
