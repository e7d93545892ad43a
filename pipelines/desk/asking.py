"""One request as a page sees it: who asks, in which language, what was sent; and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assets.answers.page import TEMPLATES as OF_ANSWERS
from pipelines.desk.access import Access, Person
from pipelines.desk.tray import Tray
from pipelines.desk.uploads import Sent
from schemas.words import DEFAULT, UserError, languages, say
from warehouse.home import Home

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE = "lineabase_lang"
OFFICE = "lineabase_office"
"""Cookies: the language, and the office that a person of this machine last spoke for."""


class Missing(UserError, LookupError):
    """There is no such page, or it is not for whoever asks."""


class Needed(UserError, ValueError):
    """Something that the form asks for is missing."""


@dataclass(frozen=True)
class Desk:
    """What all pages share."""

    home: Home
    access: Access
    tray: Tray

    @cached_property
    def templates(self) -> Environment:
        """The pages' templates, and those of an answer."""
        return Environment(
            loader=FileSystemLoader([TEMPLATES, OF_ANSWERS]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


@dataclass(frozen=True)
class Ask:
    """A request, and all that answering it needs."""

    desk: Desk
    request: Request
    person: Person
    lang: str
    sent: Sent

    @property
    def home(self) -> Home:
        """The home that the page is of."""
        return self.desk.home

    @property
    def office(self) -> str:
        """The office that speaks: the proxy's word, else what the form says. Raises Needed for none."""
        office = self.person.office or self.sent["office"]
        if not office:
            raise Needed("desk.office_needed")
        return office

    def other_office(self, name: str, first: str) -> str:
        """The office that lets in what the `first` one handed in. Raises Needed for none, or the same."""
        said = self.person.office or self.sent[name]
        if not said or _folded(said) == _folded(first):
            raise Needed("desk.other_office")
        return said

    @property
    def usual_office(self) -> str:
        """The office that was last named here."""
        return self.person.office or self.request.cookies.get(OFFICE, "")

    def named(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params.get(name, ""))

    def asked(self, name: str) -> str:
        """A value of the address."""
        return self.request.query_params.get(name, "")

    def say(self, key: str, /, **facts: object) -> str:
        """A sentence of the page."""
        return say(f"desk.{key}", self.lang, **facts)

    def show(self, template: str, status: int = 200, /, **facts: Any) -> Response:
        """A page."""
        told = {
            "ask": self,
            "lang": self.lang,
            "t": self.say,
            "languages": [(lang, say("language.name", lang)) for lang in languages()],
            "csrf": self.desk.access.csrf(self.person),
            "office": self.usual_office,
            "here": self.request.url.path if self.request.method == "GET" else "/",
        }
        return HTMLResponse(self.desk.templates.get_template(template).render(**told, **facts), status)

    def tell(self, sentence: str, status: int = 200) -> Response:
        """A page with one sentence."""
        return self.show("message.html.jinja", status, sentence=sentence)

    def go(self, path: str) -> Response:
        """On to another page, once something was done."""
        response = RedirectResponse(path, 303)
        if self.sent["office"]:
            response.set_cookie(OFFICE, self.sent["office"], httponly=True, samesite="strict")
        return response


def _folded(office: str) -> str:
    return " ".join(office.split()).casefold()


def language_of(request: Request) -> str:
    """The language of a request: asked for now, chosen before, else the first of the contract."""
    for wanted in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE, "")):
        if wanted in languages():
            return wanted
    return DEFAULT
