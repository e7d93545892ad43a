"""Codes of countries that offices write for another country: NER, Niger, for NIC, Nicaragua.

The pairs are data: confused_codes.csv, with the code and the country that the region's files usually name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def usual_codes() -> Mapping[str, str]:
    """Return, by code, the country that may be meant."""
    path = Path(__file__).with_suffix(".csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["usual"] for row in csv.DictReader(file)}
