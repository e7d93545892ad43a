"""The entry point of `lineabase`."""

import gc
import io
import os
import sys
from pathlib import Path

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

from pipelines.cli.app import app
from pipelines.dagster import logs


def main() -> None:
    """Run the command line."""
    gc.disable()  # until the command is loaded (app.py): of what is imported nothing can be let go
    if logs.wanted():
        logs.begin()
    _say_what_can_be_said()
    _begin_reading(sys.argv[1:])
    app(prog_name="lineabase")


def _begin_reading(arguments: list[str]) -> None:
    """A reader takes half a second until it reads: it starts while the rest is imported."""
    named = (Path(said) for said in arguments[1:])
    if arguments[:1] in (["check"], ["submit"]) and any(path.is_file() for path in named):
        from assets.intake.reading import limited_reading

        limited_reading.begin()


def _say_what_can_be_said() -> None:
    """A screen that has no letter for an accent gets a question mark, and the command ends as it should."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
