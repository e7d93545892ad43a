"""Homes that speed is measured in: the shipped submissions, and many small ones. Nothing is measured here."""

import shutil
from pathlib import Path

from tests import cards
from warehouse.home import CARD, CHECKOUT
from warehouse.publication.shipping import shipped_figures

SMALL_CARD = cards.collection(frequency="M", delivery="by_period")


def shipped_home(root: Path) -> None:
    """The shipped submissions."""
    for name in shipped_figures():
        shutil.copytree(CHECKOUT / "raw" / name, root / "raw" / name)
        shutil.copyfile((CHECKOUT / "raw" / name).parent / CARD, (root / "raw" / name).parent / CARD)


def small_home(root: Path, submissions: int, collections: int = 10) -> None:
    """Many submissions of one month and eleven rows each, in so many collections."""
    countries = ["BLZ", "CRI", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "DOM", "CAN"]
    for number in range(submissions):
        folder = root / "raw" / "BENCH" / f"c{number % collections}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CARD).write_text(SMALL_CARD, encoding="utf-8")
        month = number // 10
        period = f"{2000 + month // 12}-{month % 12 + 1:02}"
        target = folder / f"2025-01-01.{number + 1}"
        target.mkdir()
        rows = [
            f"{countries[number % 10]},{period},{c},{n + number}"
            for n, c in enumerate(countries * 2)
            if n < 10
        ]
        rows += [f"{countries[number % 10]},{period},,{200 + number}"]
        (target / "f.csv").write_text("reporting_country,period,citizenship,value\n" + "\n".join(rows) + "\n")
