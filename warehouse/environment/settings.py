"""Settings of a deployment from its environment: limits of reading, waiting times, retention, pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from schemas.words import InvalidValue, UserError

MEMORY, SECONDS = "LINEABASE_READ_MEMORY_MIB", "LINEABASE_READ_SECONDS"
SITE = "LINEABASE_SITE"
SETTLE = "LINEABASE_INBOX_SETTLE_SECONDS"
RELEASE_DAYS = "LINEABASE_RELEASE_DAYS"
RUN_DAYS = "LINEABASE_RUN_DAYS"
INBOX_DAYS = "LINEABASE_INBOX_DAYS"
BUNDLE = "LINEABASE_BUNDLE"
API = "LINEABASE_API"
ENGINE = "LINEABASE_ENGINE"
ENGINES = ("duckdb", "spark")

Engine = Literal["duckdb", "spark"]
"""Engine that runs the models of a build. Statistics, gate and release are the same for both."""


@dataclass(frozen=True)
class ReadingLimits:
    """Memory and processor time for the child process that reads a workbook or packed file."""

    memory_mib: int = 3_072
    seconds: int = 300

    @classmethod
    def from_environment(cls) -> ReadingLimits:
        """Return the limits from the environment, or the defaults. Raises InvalidValue."""
        return cls(
            _positive_integer(MEMORY, cls.memory_mib, minimum=1_024),
            _positive_integer(SECONDS, cls.seconds, minimum=1),
        )


def settle_seconds() -> int:
    """Seconds without change before the sensor takes a file of the inbox. Raises InvalidValue."""
    return _positive_integer(SETTLE, 30, minimum=1)


def release_days() -> int:
    """Days that every release is kept; later only the last of each quarter. Raises InvalidValue."""
    return _positive_integer(RELEASE_DAYS, 92, minimum=1)


def run_days() -> int:
    """Days that Dagster's runs and their events are kept. Raises InvalidValue."""
    return _positive_integer(RUN_DAYS, 92, minimum=1)


def inbox_days() -> int:
    """Days that senders' copies of refused and rejected files stay in the inbox. Raises InvalidValue."""
    return _positive_integer(INBOX_DAYS, 366, minimum=1)


def makes_site() -> bool:
    """Check if a release also writes its pages: yes, unless the environment has `no`."""
    return os.environ.get(SITE, "").strip().lower() != "no"


def wants_bundle() -> bool:
    """Check if every release is also written as files (Parquet, CSV, workbooks, SDMX); `no` skips them."""
    return os.environ.get(BUNDLE, "").strip().lower() not in ("no", "0", "false")


def writes_api() -> bool:
    """Check if a release also writes the static API: only if the environment has `yes`."""
    return os.environ.get(API, "").strip().lower() == "yes"


def choose_engine(name: str | None = None) -> Engine:
    """Return the engine for the models: as named, else the environment's, else DuckDB.

    Raises InvalidValue.
    """
    match (name or os.environ.get(ENGINE, "")).strip().lower():
        case "" | "duckdb":
            return "duckdb"
        case "spark":
            return "spark"
        case other:
            raise InvalidValue("engine.unknown", value=other, known=", ".join(ENGINES))


def _positive_integer(name: str, default: int, *, minimum: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and int(text) >= minimum):
        raise InvalidValue("home.bad_setting", name=name, value=text, least=minimum)
    return int(text)


class NoReader(UserError, OSError):
    """The process that reads files did not start, or something else ended it.

    Defined here because steps do not depend on words: a new sentence would force every step to run again.
    """

    def __init__(self) -> None:
        super().__init__("home.no_reader")
