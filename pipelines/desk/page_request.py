"""Request to the steward's page: the user, the language, the form, and the kinds of response."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assets.answers.page import TEMPLATES as ANSWER_TEMPLATES
from pipelines.desk.access import Access, Person
from pipelines.desk.form_data import FormData
from pipelines.desk.tray import Tray
from schemas.grammar import CardError
from schemas.words import DEFAULT_LANGUAGE, Sentence, UserError, contract_language, languages, say, words
from warehouse.home import Home
from warehouse.home.offices import is_same_office, known_offices

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE = "lineabase_lang"
OFFICE = "lineabase_office"
"""Names of cookies: the language, and the office that a user of this machine last entered."""


class NotFound(UserError, LookupError):
    """The page does not exist, or this user may not see it."""


class MissingInput(UserError, ValueError):
    """A required input of a form is missing."""


@dataclass(frozen=True)
class Desk:
    """State that all pages share."""

    home: Home
    access: Access
    tray: Tray

    @cached_property
    def templates(self) -> Environment:
        """Return the templates of the pages and of answers."""
        return Environment(
            loader=FileSystemLoader([TEMPLATES, ANSWER_TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


@dataclass(frozen=True)
class DeskRequest:
    """Request, with all that is needed to respond."""

    desk: Desk
    http: Request
    person: Person
    lang: str
    form: FormData

    @property
    def home(self) -> Home:
        """Return the home that the page shows."""
        return self.desk.home

    @property
    def office(self) -> str:
        """Return the office of the user, from the proxy or else from the form.

        Raises MissingInput without any.
        """
        office = self.person.office or self.form["office"]
        if not office:
            raise MissingInput("desk.office_needed")
        return office

    def other_office(self, name: str, first: str) -> str:
        """Return the office that confirms the submission of the `first` office.

        Raises MissingInput if it is the same.
        """
        office = self.person.office or self.form[name]
        if not office or is_same_office(office, first):
            raise MissingInput("desk.other_office")
        return office

    @property
    def usual_office(self) -> str:
        """Return the office that this user entered last."""
        return self.person.office or self.http.cookies.get(OFFICE, "")

    @property
    def offices(self) -> list[str]:
        """List the offices in the histories that this user may see, to choose from."""
        return known_offices(s for s in self.home.submissions() if self.person.sees(s.collection))

    def path_value(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.http.path_params.get(name, ""))

    def query_value(self, name: str) -> str:
        """Return a parameter of the query string."""
        return self.http.query_params.get(name, "")

    def sentence(self, key: str, /, **facts: object) -> str:
        """Return a sentence of the page."""
        return say(f"desk.{key}", self.lang, **facts)

    def render(self, sentence: Sentence) -> str:
        """Return a sentence in the user's language; if it names a command, in the words of the page."""
        own_key = f"desk.instead.{sentence.key}"
        return say(own_key if own_key in words(self.lang) else sentence.key, self.lang, **sentence.facts)

    def show(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """Render a page."""
        shared = {
            "ask": self,
            "lang": self.lang,
            "t": self.sentence,
            "languages": [(lang, say("language.name", lang)) for lang in languages()],
            "csrf": self.desk.access.csrf(self.person),
            "office": self.usual_office,
            "here": self.http.url.path if self.http.method == "GET" else "/",
        }
        return HTMLResponse(self.desk.templates.get_template(template).render(**shared, **facts), status)

    def show_message(self, sentence: str, status: int = 200) -> Response:
        """Render a page with a single sentence."""
        return self.show("message.html.jinja", status, sentence=sentence)

    def redirect(self, path: str) -> Response:
        """Redirect to another page after an action."""
        response = RedirectResponse(path, 303)
        if self.form["office"]:
            self.desk.access.set_cookie(response, OFFICE, self.form["office"])
        return response


def language_of(request: Request) -> str:
    """Return the language of a request: from the query, from the cookie, else the first of the contract."""
    for lang in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE, "")):
        if lang in languages():
            return lang
    return DEFAULT_LANGUAGE


def collection_title(request: DeskRequest, collection: str) -> str:
    """Return a collection's title, or its name if the card is invalid.

    The error is shown once it is chosen.
    """
    try:
        titles = request.home.card(collection).collection.titles
    except CardError:
        return collection
    return str(getattr(titles, contract_language(request.lang)))
