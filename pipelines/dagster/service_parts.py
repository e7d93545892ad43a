"""Parts of Dagster that can run as separate services. They are started in service.py."""

from enum import StrEnum


class Part(StrEnum):
    """Values of `lineabase ui --only`."""

    PAGE = "page"
    DAEMON = "daemon"
    CODE = "code"
