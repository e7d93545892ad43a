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
    gc.disable()  # until the command is loaded (app.py): imported modules cannot be freed
    if logs.is_log_enabled():
        logs.start_log()
    _tolerate_encodings()
    _start_reader(sys.argv[1:])
    app(prog_name="lineabase")


def _start_reader(arguments: list[str]) -> None:
    """Start the reader of files early: it needs half a second, in which the rest is imported."""
    paths = (Path(argument) for argument in arguments[1:])
    if arguments[:1] in (["check"], ["submit"]) and any(path.is_file() for path in paths):
        from assets.intake.reading import limited_reading

        limited_reading.begin()


def _tolerate_encodings() -> None:
    """Replace characters that the terminal cannot show, so that the command still ends normally."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    main()
