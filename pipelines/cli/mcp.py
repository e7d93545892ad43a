"""`mcp`: answer assistants over the Model Context Protocol, on standard input and output."""

from __future__ import annotations

from pipelines.cli.app import LangOption
from pipelines.cli.errors import OK
from pipelines.cli.release import open_release
from schemas.words import DEFAULT_LANGUAGE, NotInstalled
from warehouse.home import Home


def mcp(lang: LangOption = DEFAULT_LANGUAGE) -> int:
    """Serve the release until standard input ends. Raises NotInstalled without the extra `mcp`."""
    try:
        from pipelines.assistants.server import server_of
    except ModuleNotFoundError as error:
        raise NotInstalled("answers.needs_mcp", missing=error.name) from error
    with open_release(Home.default(), lang) as warehouse:
        server_of(warehouse).run()
    return OK
