"""The steward's page as an application: its addresses, who is let in, what is said where something fails."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from assets.answers.page import TEMPLATES as OF_ANSWERS
from pipelines.dagster.machine import disk_sentence, without_path
from pipelines.desk import hand_in, new_collection, questions, releasing, standing, uploads
from pipelines.desk.access import COOKIE, CSRF, Access, Person
from pipelines.desk.asking import LANGUAGE, TEMPLATES, Ask, Desk, Missing, language_of
from pipelines.desk.redirect import redirect_page
from pipelines.desk.tokens import MINUTES
from pipelines.desk.tray import Tray
from pipelines.desk.turns import Turns
from pipelines.desk.uploads import Sent, TooLarge
from pipelines.web import health
from schemas.words import UserError, say
from warehouse.home import Home

View = Callable[[Ask], Response]

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}

PAGES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/", hand_in.form),
    ("POST", "/", hand_in.upload),
    ("GET", "/template", hand_in.template),
    ("POST", "/files/{ticket}", hand_in.choose),
    ("POST", "/files/{ticket}/hand-in", hand_in.hand_in),
    ("POST", "/files/{ticket}/annotated", hand_in.annotated),
    ("POST", "/files/{ticket}/forget", hand_in.forget),
    ("GET", "/submissions/{id}", hand_in.submission),
    ("POST", "/submissions/{id}/confirm", standing.confirm),
    ("POST", "/submissions/{id}/withdraw", standing.withdraw),
    ("GET", "/standing", standing.page),
)
"""What every sender may do, of its own collections."""
OF_THE_SECRETARIAT: tuple[tuple[str, str, View], ...] = (
    ("GET", "/questions", questions.listed),
    ("GET", "/questions/{number:int}", questions.one),
    ("POST", "/questions/{number:int}", questions.answer),
    ("POST", "/decisions/{number:int}/undo", questions.undo),
    ("GET", "/release", releasing.page),
    ("POST", "/release", releasing.refresh),
    ("POST", "/release/over", releasing.over),
    ("POST", "/release/back", releasing.back),
    ("POST", "/release/forth", releasing.forth),
    ("GET", "/verdict", releasing.verdict),
    ("GET", "/new", new_collection.form),
    ("POST", "/new", new_collection.upload),
    ("POST", "/new/{ticket}", new_collection.write),
)


def application(home: Home, access: Access) -> Starlette:
    """The page of a home. Several requests are at work at once, each in a thread that keeps what it reads."""
    desk, turns = Desk(home, access, Tray(home)), Turns()
    routes = [Route("/style.css", _style), health.route(home)]
    for pages, is_open in ((PAGES, True), (OF_THE_SECRETARIAT, False)):
        for method, path, view in pages:
            endpoint = partial(_answered, desk, turns, view, is_open)
            routes.append(Route(path, endpoint, methods=[method]))
    app = Starlette(routes=routes)
    app.state.desk = desk
    return app


async def _answered(desk: Desk, turns: Turns, view: View, is_open: bool, request: Request) -> Response:
    """The answer to a request, with what every answer bears."""
    token = request.query_params.get("token", "") if request.method == "GET" else ""
    if token and (session := desk.access.open_session(token)):
        response = _lead_to_page(request)
        _remember(response, COOKIE, session)
    elif person := desk.access.person(request):
        response = await _of_person(desk, turns, view, is_open, request, person)
    else:
        desk.access.offer_token()
        said = say("desk.not_admitted", language_of(request), minutes=MINUTES)
        response = PlainTextResponse(f"{said}\n", 401)
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _lead_to_page(request: Request) -> Response:
    """Lead the browser to the same page without the token.

    A browser that comes from a file, as with `desk --browser`, would follow a redirect without the cookie,
    which is for requests of the same site alone. So the page itself leads on.
    """
    path = request.url.path
    if request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return RedirectResponse(path, 303)
    return HTMLResponse(redirect_page(path))


async def _of_person(
    desk: Desk, turns: Turns, view: View, is_open: bool, request: Request, person: Person
) -> Response:
    fresh = "" if person.session else secrets.token_urlsafe(32)
    person = Person(fresh, person.office, person.provider) if fresh else person
    lang = language_of(request)
    sends = request.method == "POST"
    try:
        async with turns.place(person, sends=sends):
            sent = await uploads.read(request) if sends else Sent()
            ask = Ask(desk, request, person, lang, sent)
            response = await turns.work(partial(_viewed, view, is_open, ask))
    except TooLarge:
        ask = Ask(desk, request, person, lang, Sent())
        response = ask.tell(ask.say("too_large", mib=uploads.LARGEST // 2**20), 413)
    if fresh:
        _remember(response, COOKIE, fresh)
    if request.query_params.get("lang") == lang:
        _remember(response, LANGUAGE, lang)
    return response


def _viewed(view: View, is_open: bool, ask: Ask) -> Response:
    """The view's answer. Whatever is raised is a sentence: nothing of a file gets into a log."""
    is_change = ask.request.method == "POST"
    if is_change and not ask.desk.access.is_own_form(ask.person, ask.sent[CSRF]):
        return ask.tell(ask.say("stale_form"), 403)
    if not (is_open or ask.person.is_secretariat):
        return ask.tell(ask.say("not_yours"), 403)
    try:
        return view(ask)
    except Missing as missing:
        return ask.tell(missing.said(ask.lang), 404)
    except UserError as error:
        return ask.tell(error.said(ask.lang), 400)
    except Exception as error:
        if finding := getattr(error, "finding", None):
            return ask.tell(finding.message(ask.lang, with_value=False), 400)
        if found := disk_sentence(error):
            return ask.tell(ask.say("machine", reason=found), 503)
        if reason := without_path(error):
            return ask.tell(ask.say("machine", reason=reason), 503)
        return ask.tell(ask.say("defect", kind=type(error).__name__), 500)


def _remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(name, value, httponly=True, samesite="strict")


async def _style(_: Request) -> Response:
    style = "\n".join(_text(path) for path in (OF_ANSWERS / "style.css", TEMPLATES / "desk.css"))
    return Response(style, media_type="text/css", headers={"x-content-type-options": "nosniff"})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
