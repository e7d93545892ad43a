"""The entry point of `lineabase`."""

import os

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

from pipelines import logs
from pipelines.cli.app import app


def main() -> None:
    """Run the command line."""
    if logs.wanted():
        logs.begin()
    app(prog_name="lineabase")


if __name__ == "__main__":
    main()
