"""What the tests run of the program: the floor of it, the lines that none runs, and processes that count, too (the reader of workbooks, Spark's).

`make test-all` writes REPORT by SlipCover and asks `floor`; `make coverage` lists. SlipCover counts by instructions in the
code itself, which it takes out when they have counted: a tracer, which Python 3.11 asks at each line of every library, too,
made the tests half as dear again.
"""

import atexit
import json
import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import slipcover

CHECKOUT = Path(__file__).parent.parent
REPORT = CHECKOUT / ".coverage.json"
FOLDER = "SLIPCOVER_COVERAGE_DIR"
"""By this variable SlipCover says where its workers leave what they counted: one `coverage-gw*.json` each. By two more it
says what is counted: pyproject.toml has it."""

FLOOR = 96
"""Per cent of lines and branches. It only rises."""


def counted(code: str) -> str:
    """The code of a process that a test starts, counting in it where this one is counted."""
    return f"from tests import covered\ncovered.count()\n{code}" if FOLDER in os.environ else code


def count() -> None:
    """Count in this process and its forks; each leaves what it counted when it ends."""
    os.chdir(CHECKOUT)  # files are named from here, as in the other processes
    rooms = os.environ["SLIPCOVER_SOURCE"].split(",")
    counter = slipcover.Slipcover(
        branch=True, exclude_lines=os.environ["SLIPCOVER_EXCLUDE_LINES"].split("\n")
    )
    slipcover.ImportManager(counter, slipcover.FileMatcher(rooms)).__enter__()
    end = os._exit

    def leave() -> None:
        """Under a name of what ran: of a thousand forks that ran the same, one file, added up once.

        To add up costs more than to read a small file.
        """
        ran = [
            (file, hash(frozenset(counter.all_seen.get(file, set()) | counter.newly_seen.get(file, set()))))
            for file in sorted({*counter.all_seen, *counter.newly_seen})
        ]
        path = Path(os.environ[FOLDER]) / f"coverage-gw-{sha256(repr(ran).encode()).hexdigest()}.json"
        if not path.exists():
            path.write_text(json.dumps(counter.get_coverage(), sort_keys=True), encoding="utf-8")

    def leave_and_end(status: int) -> None:
        with suppress(BaseException):  # a fork that has no memory left, or no time
            leave()
        end(status)

    os._exit = leave_and_end
    atexit.register(leave)


def floor(report: dict) -> bool:
    """Whether as much is run as FLOOR, which it says."""
    run = report["summary"]["percent_covered"]
    print(
        f"The tests run {run:.2f} per cent of lines and branches; the floor is {FLOOR}. `make coverage` lists what none runs."
    )
    return run >= FLOOR


if __name__ == "__main__":
    if not REPORT.exists():
        sys.exit("Nothing has been counted yet: run `make test-all` first.")
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    if "--lines" in sys.argv:
        slipcover.print_coverage(report, skip_covered=True)
    else:
        sys.exit(not floor(report))
