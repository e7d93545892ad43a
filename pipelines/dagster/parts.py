"""The parts of Dagster that run as services by themselves, by name. What they do is service.py's."""

from enum import StrEnum


class Part(StrEnum):
    """What `lineabase ui --only` keeps at work."""

    PAGE = "page"
    DAEMON = "daemon"
    CODE = "code"
