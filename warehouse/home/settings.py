"""What a deployment sets by its environment: limits of reading, patience, how long releases stay, pages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from schemas.words import UserError, Wrong

MEMORY, SECONDS = "LINEABASE_READ_MEMORY_MIB", "LINEABASE_READ_SECONDS"
SITE = "LINEABASE_SITE"
SETTLE = "LINEABASE_INBOX_SETTLE_SECONDS"
RELEASE_DAYS = "LINEABASE_RELEASE_DAYS"
RUN_DAYS = "LINEABASE_RUN_DAYS"
INBOX_DAYS = "LINEABASE_INBOX_DAYS"
BUNDLE = "LINEABASE_BUNDLE"
ENGINE = "LINEABASE_ENGINE"
ENGINES = ("duckdb", "spark")

Engine = Literal["duckdb", "spark"]
"""What runs the models of a build. Python's statistics, the gate and the release are the same on both."""


@dataclass(frozen=True)
class ReadingLimits:
    """Address space and processor time of the child process that reads one workbook or packed file."""

    memory_mib: int = 3_072
    seconds: int = 300

    @classmethod
    def of_deployment(cls) -> ReadingLimits:
        """What the environment says, else what stands here. Raises Wrong."""
        return cls(_whole(MEMORY, cls.memory_mib, least=1_024), _whole(SECONDS, cls.seconds, least=1))


def settle_seconds() -> int:
    """So many seconds a file of the inbox must be unchanged before the sensor takes it. Raises Wrong."""
    return _whole(SETTLE, 30, least=1)


def release_days() -> int:
    """So many days every release stays; after them each quarter's last. Raises Wrong."""
    return _whole(RELEASE_DAYS, 92, least=1)


def run_days() -> int:
    """So many days Dagster's runs and their events stay. Raises Wrong."""
    return _whole(RUN_DAYS, 92, least=1)


def inbox_days() -> int:
    """So many days senders' copies of refused and rejected files stay in the inbox. Raises Wrong."""
    return _whole(INBOX_DAYS, 366, least=1)


def makes_site() -> bool:
    """Whether a release writes its pages, too: unless the environment says `no`."""
    return os.environ.get(SITE, "").strip().lower() != "no"


def wants_bundle() -> bool:
    """Whether every release is also written as files (Parquet, CSV, workbooks, SDMX): `no` leaves it out."""
    return os.environ.get(BUNDLE, "").strip().lower() not in ("no", "0", "false")


def engine(named: str | None = None) -> Engine:
    """What runs the models of a build: the one named, else the environment's, else DuckDB. Raises Wrong."""
    match (named or os.environ.get(ENGINE, "")).strip().lower():
        case "" | "duckdb":
            return "duckdb"
        case "spark":
            return "spark"
        case other:
            raise Wrong("engine.unknown", value=other, known=", ".join(ENGINES))


def _whole(name: str, default: int, *, least: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and int(text) >= least):
        raise Wrong("home.bad_setting", name=name, value=text, least=least)
    return int(text)


class NoReader(UserError, OSError):
    """The process that reads files could not be started, or was ended by someone else.

    It stands here, since no step knows words: else each step would be made again for a sentence.
    """

    def __init__(self) -> None:
        super().__init__("home.no_reader")
