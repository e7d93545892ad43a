"""The entry point of `lineabase`."""

import io
import os
import sys

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

from pipelines import logs
from pipelines.cli.app import app


def main() -> None:
    """Run the command line."""
    if logs.wanted():
        logs.begin()
    _say_what_can_be_said()
    app(prog_name="lineabase")


def _say_what_can_be_said() -> None:
    """A screen that has no letter for an accent gets a question mark, and the command ends as it should."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
