"""`python -m tests.operator [--short] [PART …]`: runs the parts, or those named, and writes down what they found.

Each part's figures go to .reliability/operator.json beside those of the other parts, with the commit and the command,
and docs/reliability.md is rendered. Exits 1 if anything failed. A short form writes nothing.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests import kept_figures, reliability
from tests.operator import report
from tests.operator.parts import Measured, measured, names


def main() -> int:
    """Run, print and write; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.operator", description=__doc__)
    parser.add_argument("--short", action="store_true", help="what the test suite runs; nothing is written")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(names()))
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(names()):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    failed, commit = 0, kept_figures.commit()
    for name in asked.parts or names():
        began = time.monotonic()
        print(f"{name} …", flush=True)
        found = measured(name, short=asked.short)
        _print(name, found, time.monotonic() - began)
        failed += len(found["failed"])
        if not asked.short:
            report.keep(name, found, commit)
            reliability.render()
    print(f"failed: {failed}")
    return int(failed > 0)


def _print(name: str, found: Measured, seconds: float) -> None:
    for row in found["rows"]:
        print("  " + "  ".join(f"{key}: {value}" for key, value in row.items()))
    for fault in found["failed"]:
        print(f"  FAILED {fault}")
    print(f"{name}: {len(found['failed'])} failed, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
