"""`desk`: serve the steward's page for the home of the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import MACHINE, OK, Stop
from pipelines.cli.output import print_sentence
from schemas.words import DEFAULT_LANGUAGE, say
from warehouse.home import Home


def desk(
    port: Annotated[int, typer.Option("--port")] = 3010,
    proxy: Annotated[bool, typer.Option("--proxy")] = False,
    browser: Annotated[bool, typer.Option("--browser")] = False,
    lang: LangOption = DEFAULT_LANGUAGE,
) -> int:
    """Serve the steward's page on this machine until interrupted."""
    from pipelines.dagster import service
    from pipelines.desk.access import Access
    from pipelines.desk.serving import serve
    from pipelines.desk.tokens import MINUTES

    try:
        listening = service.listen(port)
    except (OSError, OverflowError) as error:
        raise Stop(MACHINE, "ui.port_taken", port=port) from error
    with listening:
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
