"""`ui`: Dagster in the browser, on the home of the command line."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import MACHINE, OK, Stop
from pipelines.cli.output import tell
from pipelines.cli.repairs import repairs_told
from pipelines.dagster import automation
from pipelines.dagster.parts import Part
from schemas.words import DEFAULT, say
from warehouse.home import Home
from warehouse.home.system import needs_posix


def ui(
    port: Annotated[int, typer.Option("--port")] = 3000,
    only: Annotated[Part | None, typer.Option("--only")] = None,
    lang: LangOption = DEFAULT,
) -> int:
    """Serve Dagster on this machine until interrupted; or one part of it, as a service."""
    needs_posix("ui")
    warnings.filterwarnings("ignore")
    home = Home.default()
    if only in (Part.DAEMON, Part.CODE):
        return _keep(home, only, lang)
    from pipelines.dagster import service
    from pipelines.dagster.launch import instance_of

    try:
        listening = service.listen(port)
    except (OSError, OverflowError) as error:
        raise Stop(MACHINE, "ui.port_taken", port=port) from error
    with listening, repairs_told(lang), instance_of(home) as instance:
        tell(say("cli.opening_ui", lang, port=port))
        if only is Part.PAGE:
            service.serve_page(home, instance, listening, lang)
            return OK
        tell(say(f"cli.automation_{automation.wanted()}", lang))
        if (pages := home.site / "index.html").is_file():
            tell(say("cli.site_at", lang, index=pages))
        try:
            service.serve(home, instance, listening, lang)
        except service.DaemonEnded as error:
            raise Stop(MACHINE, "ui.daemon_ended") from error
    return OK


def _keep(home: Home, part: Part, lang: str) -> int:
    from pipelines.dagster import service
    from pipelines.dagster.launch import instance_of

    with repairs_told(lang), instance_of(home):
        try:
            service.keep(home, part, lang)
        except service.DaemonEnded as error:
            raise Stop(MACHINE, "ui.daemon_ended") from error
    return OK
