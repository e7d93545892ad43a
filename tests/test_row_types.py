"""Classes of rows: rendered from the tables, refused where wrong, and no other way to name a row."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.tables import row_types, table

ROOT = Path(__file__).parents[1]
NO_ROW = {
    "assets/decisions/question_answers.py": 1,  # an entry of decisions.toml
    "assets/intake/reading/reading.py": 1,  # a card's keys
    "pipelines/desk/questions.py": 1,  # an entry of decisions.toml
    "schemas/words/__init__.py": 1,  # a TOML file
    "warehouse/audit/open_tables.py": 1,  # codes by dimension
    "warehouse/build/freshness.py": 2,  # a JSON file
    "warehouse/gate/suites.py": 1,  # a result of Great Expectations in JSON
    "warehouse/home/decisions_file.py": 1,  # an entry of decisions.toml
    "warehouse/publication/bundle/sheets.py": 1,  # columns of four tables, named by language
    "warehouse/publication/site/facts.py": 2,  # page_series.toml; rows of queries that are no table's
    "warehouse/publication/site/pages.py": 4,  # what a template shows
    "warehouse/publication/site/series_picture.py": 2,  # attributes of SVG
    "warehouse/reading/certificates.py": 4,  # proofs in JSON
    "warehouse/reading/rows.py": 1,  # Record, whose columns a declaration names while the program runs
}
"""How often each file names a mapping of anything that is no row of a declared table."""


def test_the_classes_of_rows_are_those_of_the_tables() -> None:
    assert row_types.FILE.read_text(encoding="utf-8") == row_types.row_types()


def test_a_class_has_the_columns_of_its_table_and_only_null_may_be_none() -> None:
    text = row_types.row_types()
    for name in row_types.TABLES_OF_ROWS:
        [body] = re.findall(rf"class {row_types.class_name(name)}\(TypedDict\):\n((?:    .+\n)+)", text)
        fields = dict(re.findall(r"(\w+): ReadOnly\[(.+)\]", body))
        assert list(fields) == table(name).public().column_names
        assert {n for n, type_ in fields.items() if "None" in type_} == {
            c.name for c in table(name).public().columns if c.null
        }


def test_no_new_mapping_of_anything_stands_for_a_row() -> None:
    found: dict[str, int] = {}
    for package in ("schemas", "warehouse", "assets", "pipelines", "lineabase"):
        for file in (ROOT / package).rglob("*.py"):
            if n := file.read_text(encoding="utf-8").count("Mapping[str, Any]"):
                found[file.relative_to(ROOT).as_posix()] = n
    assert found == NO_ROW


def test_tables_that_share_columns_have_a_class_of_these() -> None:
    for name, tables in row_types.COMMON_COLUMNS.items():
        columns = [column.name for column in row_types.shared_columns(tables)]
        others = [{*table(one).public().column_names} for one in tables]
        assert set(columns) == set.intersection(*others)
        assert f"class {name}(TypedDict):\n    {columns[0]}: ReadOnly[" in row_types.row_types()


def test_of_a_protected_submission_only_what_the_public_file_shows_is_never_none() -> None:
    """The other columns are NULL there: status was a text for the type checker."""
    [body] = re.findall(r"class SubmissionsRow\(TypedDict\):\n((?:    .+\n)+)", row_types.row_types())
    sure = {name for name, kind in re.findall(r"(\w+): ReadOnly\[(.+)\]", body) if "None" not in kind}
    assert sure == {"submission", "provider", "collection", "received_on"}


WRONG = {
    'row["directoin"]': "has no key",
    'row["direction"] = "rising"': "ReadOnly TypedDict key",
    'row["rate_ratio_high"] < 1': "Unsupported operand",
}


@pytest.mark.slow
def test_the_type_checker_refuses_what_is_wrong_of_a_row(tmp_path: Path) -> None:
    lines = [
        "from schemas.tables.rows import TrendsRow",
        "def f(row: TrendsRow) -> None:",
        *(f"    {w}" for w in WRONG),
    ]
    (tmp_path / "wrong.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(tmp_path / "wrong.py")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    for number, message in enumerate(WRONG.values(), start=3):
        assert re.search(rf"wrong.py:{number}: error: .*{message}", said), said
