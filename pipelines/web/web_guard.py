"""Guard in front of Dagster's webserver. It refuses requests from other sites and passes the rest on.

Dagster has no login. On the same machine this is safe only if no page of another site can use the browser to
reach it: by a foreign name (DNS rebinding), from a foreign origin, in a frame, or by a link that changes
something.
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

from schemas.words import CONTRACT_LANGUAGES, Sentence

OWN_NAMES = ("127.0.0.1", "localhost", "::1")
NAMES_VARIABLE = "LINEABASE_UI_HOSTS"
"""Names under which a proxy of the deployment passes requests on, separated by commas.

Each is a full origin (`https://name:8443`) or only a name, which means https and its usual port.
"""

_READS = ("GET", "HEAD", "OPTIONS")
_OWN_FETCHES = ("same-origin", "none")
"""Values of the browser's header for requests from the same origin or typed by the reader."""
_PORTS = {"http": 80, "https": 443}
_CONTENT_POLICY, _NO_FRAME = "content-security-policy", "frame-ancestors 'none'"


class Origin(NamedTuple):
    """Origin of a page: scheme, name and port."""

    scheme: str
    host: str
    port: int


def proxied_origins() -> frozenset[Origin]:
    """Return the origins under which the deployment's proxy serves the page."""
    entries = (entry.strip() for entry in os.environ.get(NAMES_VARIABLE, "").split(","))
    origins = (_origin(entry if "://" in entry else f"https://{entry}") for entry in entries)
    return frozenset(origin for origin in origins if origin)


class Guard:
    """ASGI application around another. Refused requests never reach the inner application."""

    def __init__(self, app: ASGIApp, proxy_origins: Iterable[Origin] = ()) -> None:
        self.app, self.proxy_origins = app, frozenset(proxy_origins)
        self._names = {*OWN_NAMES, *(origin.host for origin in self.proxy_origins)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer with the reason for the refusal."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, _without_frame(send))
        elif scope["type"] == "websocket":  # closed before it is accepted: 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            status, sentence = refusal
            text = "\n".join(sentence.render(lang) for lang in CONTRACT_LANGUAGES)
            await PlainTextResponse(f"{text}\n", status)(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, Sentence] | None:
        """Return status and reason of a refusal; None for an allowed request."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        page_origin = _origin(f"http://{hosts[0]}") if len(hosts) == 1 else None
        if page_origin is None or page_origin.host not in self._names:
            facts = {"host": ", ".join(hosts) or "—", "variable": NAMES_VARIABLE}
            return 421, Sentence("ui.foreign_host", facts)
        is_change = scope["type"] == "websocket" or scope["method"] not in _READS
        if is_change and not (
            self._has_own_origins(page_origin, headers.getlist("origin")) and _is_own_fetch(headers)
        ):
            return 403, Sentence("ui.foreign_origin", {"variable": NAMES_VARIABLE})
        if any(map(_is_change, parse_qs(scope["query_string"].decode("latin-1")).get("query", []))):
            return 405, Sentence("ui.change_by_link")
        return None

    def _has_own_origins(self, page_origin: Origin, origins: Iterable[str]) -> bool:
        """Return True if every origin that a request names belongs to the requested page."""
        own_origins = set(self._origins_of(page_origin))
        return all(_origin(origin) in own_origins for origin in origins)

    def _origins_of(self, page_origin: Origin) -> Iterator[Origin]:
        """Yield the origins of the page under the requested name.

        On this machine the page is served without TLS, under the requested port. A proxy may leave the port
        out, so the origins set by the deployment apply.
        """
        if page_origin.host in OWN_NAMES:
            yield page_origin
        yield from (origin for origin in self.proxy_origins if origin.host == page_origin.host)


def _origin(text: str) -> Origin | None:
    """Parse an origin. Returns None if the text is not an origin, or more than an origin."""
    try:
        parts = urlsplit(text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    has_more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if has_more or port is None or not parts.hostname:
        return None
    return Origin(parts.scheme, parts.hostname, port)


def _is_own_fetch(headers: Headers) -> bool:
    return all(site in _OWN_FETCHES for site in headers.getlist("sec-fetch-site"))


def _without_frame(send: Send) -> Send:
    """Add headers that forbid frames, in which a reader could press a hidden button."""

    async def send_answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-frame-options"] = "DENY"
            if not any("frame-ancestors" in policy for policy in headers.getlist(_CONTENT_POLICY)):
                headers.append(_CONTENT_POLICY, _NO_FRAME)
        await send(message)

    return send_answer


def _is_change(query: str) -> bool:
    """Return True if a GraphQL document contains anything but queries; False if it is invalid."""
    try:
        definitions = parse(query).definitions
    except GraphQLError:
        return False
    operations = [d.operation for d in definitions if isinstance(d, OperationDefinitionNode)]
    return any(operation is not OperationType.QUERY for operation in operations)
