"""`python -m tests.hostile [--each N] [COLLECTION …]`: spoils each shipped submission in a hundred ways.

Each spoilt file is sent twice: as a first submission, and beside the good one. What became of them is kept by submission in
.reliability/hostile.json, so that runs over different collections may go side by side. Prints the fates of each way, writes
docs/reliability.md, and exits 1 if a value stands in force that no rule sees and that none could not see.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tests import reliability
from tests.hostile import report
from tests.hostile.fates import FATES, fate, released, says_another, send
from tests.hostile.mutations import MUTATIONS, Sheet
from tests.kept_figures import commit
from tests.operator.parts import progress
from warehouse.home import CARD, CHECKOUT, Home
from warehouse.publication.shipping import shipped_figures

SEED = 20261126


def main() -> int:
    """Spoil, send, print and write; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=100, help="spoilt files of each submission")
    parser.add_argument("collections", nargs="*")
    asked = parser.parse_args()
    files = {name: one["file"] for name, one in shipped_figures().items()}
    asked_for = [n for n in files if not asked.collections or n.rsplit("/", 1)[0] in asked.collections]
    for name in asked_for:
        others = [CHECKOUT / "raw" / n / f for n, f in files.items() if n != name]
        report.keep(name, list(trials(name, files[name], others, range(asked.each))), SEED, commit())
        print(f"{name} …", flush=True)
    reliability.render()
    return _print(report.kept())


def trials(name: str, file: str, others: list[Path], numbers: Sequence[int]):
    """Way, number, whether first or beside, and fate, of each spoilt file of a submission: those of these numbers."""
    collection, folder = name.rsplit("/", 1)
    day = date.fromisoformat(folder.rsplit(".", 1)[0])
    content = CHECKOUT / "raw" / name / file
    ways = [*MUTATIONS, "wrong_collection"]
    with tempfile.TemporaryDirectory() as root:
        homes = {when: home(Path(root) / when, collection) for when in ("first", "beside")}
        good = send(homes["beside"], content, collection, day)
        assert good is not None
        figures = released(homes["beside"], day)
        for number in numbers:
            progress(f"{name}: {number} of {numbers[-1] + 1} files")
            way = ways[number % len(ways)]
            path = spoilt(content, way, number, others, Path(root))
            if path is None:
                continue
            for when, where in homes.items():
                told = send(where, path, collection, day + timedelta(days=1))
                became = fate(told, good)
                if became == "unseen" and not says_another(released(where, day + timedelta(days=1)), figures):
                    became = "absent"
                yield way, number, when, became
                forget(where, collection, day + timedelta(days=1))


def home(root: Path, collection: str) -> Home:
    """A home of one collection; its files are of the template, as texts and as workbooks."""
    folder = root / "raw" / collection
    folder.mkdir(parents=True)
    shutil.copyfile(CHECKOUT / "raw" / collection / CARD, folder / CARD)
    return Home(root)


def spoilt(content: Path, way: str, number: int, others: list[Path], folder: Path) -> Path | None:
    """The spoilt file, or None where the way does not apply."""
    chance = random.Random(f"{SEED}.{content.name}.{way}.{number}")
    if way == "wrong_collection":
        other = chance.choice(others)
        return Path(shutil.copyfile(other, folder / f"{number}.csv"))
    made = MUTATIONS[way](sheet(content), chance)
    if made is None:
        return None
    path = folder / f"{number}.{'xlsx' if isinstance(made, bytes) and made[:2] == b'PK' else 'csv'}"
    path.write_bytes(made.csv() if isinstance(made, Sheet) else made)
    return path


def sheet(content: Path) -> Sheet:
    """The header and rows of a shipped file, without its banner."""
    lines = [line for line in content.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    header, *rows = csv.reader(lines)
    return Sheet(header, rows)


def forget(where: Home, collection: str, day: date) -> None:
    """Take away what was received last, so that each file meets the same home."""
    for folder in (where.raw / collection).glob(f"{day}.*"):
        shutil.rmtree(folder)
    for folder in where.root.glob(f"**/{collection.replace('/', '.')}.{day}.*"):
        shutil.rmtree(folder, ignore_errors=True)
    for line in (where.raw / collection).glob("refused.jsonl"):
        line.unlink()


def _print(kept: dict[str, report.Kept]) -> int:
    for when, ways in report.fates(kept).items():
        print(f"\n{when:24}" + "".join(f"{f:>13}" for f in FATES))
        for way, told in ways.items():
            print(f"{way:24}" + "".join(f"{told.get(f, 0):>13}" for f in FATES))
    by_nature, wrong = report.unseen(kept)
    for key, where in wrong.items():
        print(f"in force unflagged with another value: {key}: {', '.join(where)}")
    numbers = [sum(map(len, some.values())) for some in (by_nature, wrong)]
    print(f"by nature unseen: {numbers[0]}; in force unflagged with another value: {numbers[1]}")
    return int(numbers[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
