"""`desk`: the steward's page in the browser, on the home of the command line."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.errors import MACHINE, OK, Stop
from pipelines.cli.output import tell
from schemas.words import DEFAULT, say
from warehouse.home import Home


def desk(
    port: Annotated[int, typer.Option("--port")] = 3010,
    proxy: Annotated[bool, typer.Option("--proxy")] = False,
    browser: Annotated[bool, typer.Option("--browser")] = False,
    lang: LangOption = DEFAULT,
) -> int:
    """Serve the steward's page on this machine until interrupted."""
    from pipelines import service
    from pipelines.desk.access import Access
    from pipelines.desk.serving import serve

    access = Access.behind_proxy() if proxy else Access()
    try:
        listening = service.listen(port)
    except (OSError, OverflowError) as error:
        raise Stop(MACHINE, "ui.port_taken", port=port) from error
    with listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        opened = address if proxy else f"{address}?token={access.token}&lang={lang}"
        tell(say("desk.opening", lang, address=opened))
        if browser and not proxy:
            webbrowser.open(opened)
        serve(Home.default(), access, listening)
    return OK
