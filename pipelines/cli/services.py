"""Commands that serve until interrupted: `desk` and `ui` in the browser, `mcp` for assistants."""

from __future__ import annotations

import warnings
from socket import socket
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import MACHINE, OK, Stop
from pipelines.cli.output import print_sentence, show_repairs
from pipelines.dagster.service_parts import Part
from schemas.words import DEFAULT_LANGUAGE, NotInstalled, say
from warehouse.environment.system import require_posix
from warehouse.home import Home


def desk(
    port: Annotated[int, typer.Option("--port")] = 3010,
    proxy: Annotated[bool, typer.Option("--proxy")] = False,
    browser: Annotated[bool, typer.Option("--browser")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Serve the steward's page on this machine until interrupted."""
    from pipelines.desk.access import Access
    from pipelines.desk.serving import serve
    from pipelines.desk.tokens import MINUTES

    with _listen(port) as listening:
        page = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def address_with(token: str) -> str:
            return f"{page}?token={token}&lang={lang}"

        def announce(token: str) -> None:
            print_sentence(say("desk.opening_again", lang, address=address_with(token)))

        access = Access.behind_proxy() if proxy else Access(announce)
        address = page if proxy else address_with(access.new_token())
        print_sentence(say("desk.opening", lang, address=address))
        if not proxy:
            print_sentence(say("desk.opens_once", lang, minutes=MINUTES))
        serve(Home.default(), access, listening, open_at=address if browser and not proxy else "")
    return OK


def ui(
    port: Annotated[int, typer.Option("--port")] = 3000,
    only: Annotated[Part | None, typer.Option("--only")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Serve Dagster on this machine until interrupted, or a part of it as a service."""
    require_posix("ui")
    warnings.filterwarnings("ignore")
    home = Home.default()
    if only in (Part.DAEMON, Part.CODE):
        return _run_service(home, only, lang)
    from pipelines.dagster import automation, service
    from pipelines.dagster.launch import instance_of

    with _listen(port) as listening, show_repairs(lang), instance_of(home) as instance:
        print_sentence(say("cli.opening_ui", lang, port=port))
        if only is Part.PAGE:
            service.serve_page(home, instance, listening, lang)
            return OK
        print_sentence(say(f"cli.automation_{automation.setting_value()}", lang))
        if (pages := home.site / "index.html").is_file():
            print_sentence(say("cli.site_at", lang, index=pages))
        try:
            service.serve(home, instance, listening, lang)
        except service.DaemonEnded as error:
            raise Stop(MACHINE, "ui.daemon_ended") from error
    return OK


def _run_service(home: Home, part: Part, lang: str) -> int:
    from pipelines.dagster import service
    from pipelines.dagster.launch import instance_of

    with show_repairs(lang), instance_of(home):
        try:
            service.keep_running(home, part, lang)
        except service.DaemonEnded as error:
            raise Stop(MACHINE, "ui.daemon_ended") from error
    return OK


def _listen(port: int) -> socket:
    """Return a socket that listens on a port of this machine. Raises Stop if the port is taken."""
    from pipelines.dagster import service

    try:
        return service.listen(port)
    except (OSError, OverflowError) as error:
        raise Stop(MACHINE, "ui.port_taken", port=port) from error


def mcp(lang: LangOption = DEFAULT_LANGUAGE) -> int:
    """Serve the release until standard input ends. Raises NotInstalled without the extra `mcp`."""
    from pipelines.cli.reading import open_release  # imported here because it loads DuckDB

    try:
        from pipelines.assistants.server import server_of
    except ModuleNotFoundError as error:
        raise NotInstalled("answers.needs_mcp", missing=error.name) from error
    with open_release(Home.default(), lang) as warehouse:
        server_of(warehouse).run()
    return OK
