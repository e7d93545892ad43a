"""Pages that put rows of analysis.statements into words: which rows they take, and nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from warehouse.publication.site import region


def pair(year: int, code: str | None) -> dict[str, Any]:
    return {
        "reporting_country": "HND", "measure": "victims_detected", "year": year, "code": code,
        "collection_a": "UNODC/glotip", "collection_b": "US_DOS/tip_report",
    }  # fmt: skip


def test_sources_are_apart_if_their_newest_judged_totals_differ_widely() -> None:
    for codes, years in (
        (("same", "differs_widely"), [2021]),
        (("differs_widely", "same"), []),
        (("differs_widely", "differs"), []),
        (("differs_widely", None), [2020]),
        ((None, None), []),
    ):
        facts: Any = SimpleNamespace(
            agreement={"HND": [pair(2020 + n, code) for n, code in enumerate(codes)]}
        )
        assert [row["year"] for row in region.sources_apart(facts)] == years
