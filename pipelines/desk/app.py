"""Web application of the steward's page: routes, access, responses to errors."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from assets.answers.page import TEMPLATES as ANSWER_TEMPLATES
from pipelines.dagster.machine_errors import disk_sentence, machine_error_text
from pipelines.desk import (
    corrections,
    hand_in,
    new_collection,
    questions,
    series,
)
from pipelines.desk import (
    form_data as form_data,
)
from pipelines.desk import (
    overview as overview,
)
from pipelines.desk import (
    release_page as release_page,
)
from pipelines.desk.access import COOKIE, CSRF, Access, Person
from pipelines.desk.form_data import FormData, TooLarge
from pipelines.desk.page_request import LANGUAGE, TEMPLATES, Desk, DeskRequest, NotFound, language_of
from pipelines.desk.redirect import redirect_page
from pipelines.desk.request_limits import RequestLimits
from pipelines.desk.tokens import MINUTES
from pipelines.desk.tray import Tray
from pipelines.web import health
from schemas.words import UserError, say
from warehouse.home import Home

View = Callable[[DeskRequest], Response]

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}

PAGES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/", hand_in.show_form),
    ("POST", "/", hand_in.upload),
    ("GET", "/template", hand_in.send_template),
    ("POST", "/files/{ticket}", hand_in.choose_collection),
    ("POST", "/files/{ticket}/hand-in", hand_in.hand_in),
    ("POST", "/files/{ticket}/annotated", hand_in.send_annotated),
    ("POST", "/files/{ticket}/forget", hand_in.forget),
    ("GET", "/submissions/{id}", hand_in.show_submission),
    ("POST", "/submissions/{id}/justify", hand_in.justify),
    ("GET", "/submissions/{id}/correct", corrections.show_form),
    ("POST", "/submissions/{id}/correct", corrections.try_correction),
    ("POST", "/submissions/{id}/confirm", overview.confirm),
    ("POST", "/submissions/{id}/withdraw", overview.withdraw),
    ("GET", "/standing", overview.show_page),
)
"""Pages for every sender, limited to its own collections."""
SECRETARIAT_PAGES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/questions", questions.show_list),
    ("GET", "/questions/{number:int}", questions.show_question),
    ("POST", "/questions/{number:int}", questions.record_answer),
    ("POST", "/decisions/{number:int}/undo", questions.undo_decision),
    ("GET", "/series", series.show_list),
    ("GET", "/series/{number:int}", series.show_series),
    ("POST", "/series/{number:int}", series.record_answer),
    ("GET", "/release", release_page.show_page),
    ("GET", "/release/progress", release_page.show_progress),
    ("POST", "/release", release_page.start_refresh),
    ("POST", "/release/over", release_page.release_over_refusal),
    ("POST", "/release/back", release_page.roll_back),
    ("POST", "/release/forth", release_page.end_rollback),
    ("GET", "/verdict", release_page.show_verdict),
    ("GET", "/new", new_collection.show_form),
    ("POST", "/new", new_collection.upload),
    ("POST", "/new/{ticket}", new_collection.save_card),
)
"""Pages for the Secretariat only."""


def application(home: Home, access: Access) -> Starlette:
    """Create the application for a home.

    Requests are served in parallel, each in a thread. A thread caches the data that it reads for itself.
    """
    desk, limits = Desk(home, access, Tray(home)), RequestLimits()
    routes = [Route("/style.css", _serve_style), Route("/progress.js", _serve_script), health.route(home)]
    for pages, is_open in ((PAGES, True), (SECRETARIAT_PAGES, False)):
        for method, path, view in pages:
            endpoint = partial(_respond, desk, limits, view, is_open)
            routes.append(Route(path, endpoint, methods=[method]))
    app = Starlette(routes=routes)
    app.state.desk = desk
    return app


async def _respond(
    desk: Desk, limits: RequestLimits, view: View, is_open: bool, request: Request
) -> Response:
    """Respond to a request, with the headers of every response."""
    token = request.query_params.get("token", "") if request.method == "GET" else ""
    if token and (session := desk.access.open_session(token)):
        response = _redirect_without_token(request)
        desk.access.set_cookie(response, COOKIE, session)
    elif person := desk.access.person(request):
        response = await _respond_to_person(desk, limits, view, is_open, request, person)
    else:
        desk.access.offer_token()
        text = say("desk.not_admitted", language_of(request), minutes=MINUTES)
        response = PlainTextResponse(f"{text}\n", 401)
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _redirect_without_token(request: Request) -> Response:
    """Lead the browser to the same page without the token.

    If the browser comes from a file, as with `desk --browser`, it would follow a redirect without the cookie,
    because the cookie is sent only within the same site. A page that leads on avoids this.
    """
    path = request.url.path
    if request.headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return RedirectResponse(path, 303)
    return HTMLResponse(redirect_page(path))


async def _respond_to_person(
    desk: Desk, limits: RequestLimits, view: View, is_open: bool, request: Request, person: Person
) -> Response:
    """Respond to a user with access. Creates a session if there is none."""
    fresh = "" if person.session else secrets.token_urlsafe(32)
    person = Person(fresh, person.office, person.provider) if fresh else person
    lang = language_of(request)
    sends = request.method == "POST"
    try:
        async with limits.limiter(person, sends=sends):
            form = await form_data.read_form(request) if sends else FormData()
            desk_request = DeskRequest(desk, request, person, lang, form)
            response = await limits.run(partial(_call_view, view, is_open, desk_request))
    except TooLarge:
        desk_request = DeskRequest(desk, request, person, lang, FormData())
        sentence = desk_request.sentence("too_large", mib=form_data.LARGEST // 2**20)
        response = desk_request.show_message(sentence, 413)
    if fresh:
        desk.access.set_cookie(response, COOKIE, fresh)
    if request.query_params.get("lang") == lang:
        desk.access.set_cookie(response, LANGUAGE, lang)
    return response


def _call_view(view: View, is_open: bool, request: DeskRequest) -> Response:
    """Call a view. Any exception becomes a sentence, so that no content of a file enters a log."""
    is_change = request.http.method == "POST"
    if is_change and not request.desk.access.is_own_form(request.person, request.form[CSRF]):
        return request.show_message(request.sentence("stale_form"), 403)
    if not (is_open or request.person.is_secretariat):
        return request.show_message(request.sentence("not_yours"), 403)
    try:
        return view(request)
    except NotFound as error:
        return request.show_message(request.render(error.sentence), 404)
    except UserError as error:
        return request.show_message(request.render(error.sentence), 400)
    except Exception as error:
        if finding := getattr(error, "finding", None):
            return request.show_message(finding.message(request.lang, with_value=False), 400)
        if disk_problem := disk_sentence(error):
            return request.show_message(request.sentence("machine", reason=disk_problem), 503)
        if reason := machine_error_text(error):
            return request.show_message(request.sentence("machine", reason=reason), 503)
        return request.show_message(request.sentence("defect", kind=type(error).__name__), 500)


async def _serve_style(_: Request) -> Response:
    style = "\n".join(_read_text(path) for path in (ANSWER_TEMPLATES / "style.css", TEMPLATES / "desk.css"))
    return Response(style, media_type="text/css", headers={"x-content-type-options": "nosniff"})


async def _serve_script(_: Request) -> Response:
    script = _read_text(TEMPLATES / "progress.js")
    return Response(script, media_type="text/javascript", headers={"x-content-type-options": "nosniff"})


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
