"""The entry point: all commands, registered by importing their modules."""

import os

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")

from pipelines.cli import catalog, files, looking, refresh  # noqa: F401
from pipelines.cli.app import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
