"""What stands before Dagster's webserver: whose requests are answered. Answers none itself, but to refuse.

Dagster asks nobody who they are. On this machine alone that is right, as long as no page of another site
can make its reader's browser speak to it: under a foreign name (DNS rebinding), from a foreign origin, within
a frame of another page, or by a mere link that changes something.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.words import CONTRACT, Sentence

OWN_NAMES = ("127.0.0.1", "localhost", "::1")
NAMES_VARIABLE = "LINEABASE_UI_HOSTS"
"""The names under which a proxy of the deployment passes requests on, with commas between.

Each is a whole origin (`https://name:8443`), or a name alone, which stands for https and its usual port.
"""

_READS = ("GET", "HEAD", "OPTIONS")
_OWN_FETCHES = ("same-origin", "none")
"""What a browser says of a request that a page of the same origin made, or its reader by hand."""
_PORTS = {"http": 80, "https": 443}
_CONTENT_POLICY, _NO_FRAME = "content-security-policy", "frame-ancestors 'none'"


class Origin(NamedTuple):
    """Whose page a page is: scheme, name and port."""

    scheme: str
    host: str
    port: int


def proxied_origins() -> frozenset[Origin]:
    """The origins under which the deployment's proxy shows the page."""
    entries = (entry.strip() for entry in os.environ.get(NAMES_VARIABLE, "").split(","))
    origins = (_origin(entry if "://" in entry else f"https://{entry}") for entry in entries)
    return frozenset(origin for origin in origins if origin)


class Guard:
    """An ASGI application before another: what is not to be answered never reaches that one."""

    def __init__(self, app: ASGIApp, proxied: Iterable[Origin] = ()) -> None:
        self.app, self.proxied = app, frozenset(proxied)
        self._names = {*OWN_NAMES, *(origin.host for origin in self.proxied)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        refused = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self.app(scope, receive, _without_frame(send))
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
        asked = _origin(f"http://{hosts[0]}") if len(hosts) == 1 else None
        if asked is None or asked.host not in self._names:
            facts = {"host": ", ".join(hosts) or "—", "variable": NAMES_VARIABLE}
            return 421, Sentence("ui.foreign_host", facts)
        changes = scope["type"] == "websocket" or scope["method"] not in _READS
        if changes and not (self._is_own(asked, headers.getlist("origin")) and _is_own_fetch(headers)):
            return 403, Sentence("ui.foreign_origin", {"variable": NAMES_VARIABLE})
        if any(map(_changes, parse_qs(scope["query_string"].decode("latin-1")).get("query", []))):
            return 405, Sentence("ui.change_by_link")
        return None

    def _is_own(self, asked: Origin, said: Iterable[str]) -> bool:
        """Whether every origin that a request names is that of the page which it asks for."""
        own = set(self._origins_of(asked))
        return all(_origin(origin) in own for origin in said)

    def _origins_of(self, asked: Origin) -> Iterator[Origin]:
        """The origins of the page under the name that was asked for.

        On this machine it is served without TLS, under the port that was asked for. A proxy may leave the
        port out: what counts is what the deployment says.
        """
        if asked.host in OWN_NAMES:
            yield asked
        yield from (origin for origin in self.proxied if origin.host == asked.host)


def _origin(text: str) -> Origin | None:
    """The origin that a text names; None where it names none, or more than that."""
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    is_more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if is_more or port is None or not parts.hostname:
        return None
    return Origin(parts.scheme, parts.hostname, port)


def _is_own_fetch(headers: Headers) -> bool:
    return all(site in _OWN_FETCHES for site in headers.getlist("sec-fetch-site"))


def _without_frame(send: Send) -> Send:
    """Send answers so that no page shows them in a frame, where its reader would press a button unseen."""

    async def send_answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-frame-options"] = "DENY"
            if not any("frame-ancestors" in policy for policy in headers.getlist(_CONTENT_POLICY)):
                headers.append(_CONTENT_POLICY, _NO_FRAME)
        await send(message)

    return send_answer


def _changes(query: str) -> bool:
    """Whether a GraphQL document does anything but read. One that cannot be parsed does nothing."""
    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return False
    operations = [d.operation for d in definitions if isinstance(d, OperationDefinitionNode)]
    return any(operation is not OperationType.QUERY for operation in operations)
