"""`python -m tests.network [--seed N] [--rounds N] [--short]`: runs the network, and says what was wrong.

Without a seed one is drawn, and printed. The whole form writes its figures to .reliability/network.json.
The last line is `rounds released n of N, wrong 0`.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests import kept_figures, reliability
from tests.network import report
from tests.network.run import Run
from tests.network.world import make_world


def main() -> int:
    """Run and print; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.network", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=None, help="what everything follows from; drawn without it"
    )
    parser.add_argument(
        "--rounds", type=int, default=None, help="so many quarters instead of twelve, or five"
    )
    parser.add_argument(
        "--short", action="store_true", help="four members and five quarters; nothing is written"
    )
    parser.add_argument("--home", type=Path, default=None, help="keep the home in this empty folder")
    parser.add_argument("--opened", action="store_true", help="with the protected cards made open")
    asked = parser.parse_args()
    seed = secrets.randbelow(10_000) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    logging.getLogger("dagster").setLevel(logging.ERROR)  # what lies in the inbox is told by the checks
    world = make_world(seed, short=asked.short, rounds=asked.rounds)
    how = {"opened": asked.opened, "apart": not asked.short, "tell": partial(print, flush=True)}
    with (
        tempfile.TemporaryDirectory() as folder,
        Run.prepared(asked.home or Path(folder) / "home", world, **how) as run,
    ):
        outcome = run.run()
    if not (asked.short or asked.opened or asked.rounds):
        report.keep(seed, outcome, kept_figures.commit())
        reliability.render()
        print(outcome.summary)
    return int(outcome.released < outcome.rounds or bool(outcome.wrong))


if __name__ == "__main__":
    sys.exit(main())
