"""`ui`: Dagster in the browser, on the home of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from pipelines.cli.app import LangOption
from pipelines.cli.output import tell
from pipelines.launch import instance_of
from schemas.words import DEFAULT, say
from warehouse.home import CHECKOUT, Home


def ui(
    port: Annotated[int, typer.Option("--port")] = 3000,
    lang: LangOption = DEFAULT,
) -> int:
    """Serve Dagster on this machine until interrupted."""
    home = Home.default()
    instance_of(home).dispose()
    tell(say("cli.opening_ui", lang, port=port))
    environment = os.environ | {
        "DAGSTER_HOME": str(home.dagster),
        "LINEABASE_HOME": str(home.root),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    served = ["-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    dev = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", *served]
    try:
        return subprocess.run(dev, cwd=CHECKOUT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
