"""The day on which the simulated network lives, in this process and in a command of its own.

`python -m tests.network.clock DAY COMMAND …` is `lineabase COMMAND …` on that day.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, tzinfo
from typing import ClassVar, Self

from warehouse.home import calendar


class _Simulated(datetime):
    """A `datetime` whose present is noon of one day."""

    present: ClassVar[date] = date.min

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Noon of the simulated day."""
        return cls.combine(cls.present, time(12), tz)


def set_day(day: date) -> None:
    """Let the program take `day` for today, from now on."""
    _Simulated.present = day
    vars(calendar)["datetime"] = _Simulated


@contextmanager
def simulated() -> Iterator[None]:
    """Give the program its own clock back at the end."""
    try:
        yield
    finally:
        vars(calendar)["datetime"] = datetime


def main() -> None:
    """Run one command of the program on a simulated day."""
    day, *arguments = sys.argv[1:]
    set_day(date.fromisoformat(day))
    from pipelines.cli import main as program  # here: the day is set before anything asks for it

    sys.argv = ["lineabase", *arguments]
    program.main()


if __name__ == "__main__":
    main()
