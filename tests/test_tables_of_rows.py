"""What another engine fills: the tables that grow with the received rows, and no table made of their sums."""

from __future__ import annotations

import pytest

from tests.needed import needed
from warehouse.build.models import OBSERVATIONS, tables_of_rows
from warehouse.statements.model_build import COMPUTED

OF_ROWS = tables_of_rows({name: reads for name, (reads, _) in COMPUTED.items()})


def test_observations_and_revisions_are_filled_there_and_sums_are_not() -> None:
    assert {OBSERVATIONS, "core.current", "core.open_figures", "analysis.revisions"} <= OF_ROWS
    assert OF_ROWS.isdisjoint({"core.totals", "core.origin_tables", "baseline.indicator_values", *COMPUTED})
    assert len(OF_ROWS) <= 20


@pytest.mark.parametrize("name", sorted(OF_ROWS))
def test_none_of_them_reads_a_table_that_duckdb_makes_of_observations(name: str) -> None:
    assert {table for table in needed(name) if OBSERVATIONS in needed(table)} <= OF_ROWS
