"""`ui`: serve Dagster in the browser for the home of the command line."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import MACHINE, OK, Stop
from pipelines.cli.output import print_sentence
from pipelines.cli.repairs import show_repairs
from pipelines.dagster import automation
from pipelines.dagster.service_parts import Part
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.environment.system import require_posix
from warehouse.home import Home


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
    from pipelines.dagster import service
    from pipelines.dagster.launch import instance_of

    try:
        listening = service.listen(port)
    except (OSError, OverflowError) as error:
        raise Stop(MACHINE, "ui.port_taken", port=port) from error
    with listening, show_repairs(lang), instance_of(home) as instance:
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
