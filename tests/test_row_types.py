"""Classes of rows: rendered from the tables, refused where wrong, and no other way to name a row."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from schemas.tables import row_types, table

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "warehouse", "assets", "pipelines", "lineabase")
READERS = tuple(f"warehouse/{room}" for room in ("statements", "reading", "answers", "publication"))
"""The rooms that read rows of a release."""
NO_ROW = {
    "assets/decisions/question_answers.py": 1,  # an entry of decisions.toml
    "assets/intake/reading/reading.py": 1,  # a card's keys
    "pipelines/desk/questions.py": 1,  # an entry of decisions.toml
    "schemas/words/__init__.py": 1,  # a TOML file
    "warehouse/audit/open_tables.py": 1,  # codes by dimension
    "warehouse/build/freshness.py": 2,  # a JSON file
    "warehouse/gate/suites.py": 1,  # a result of Great Expectations in JSON
    "warehouse/home/decisions_file.py": 1,  # an entry of decisions.toml
    "warehouse/publication/site/facts.py": 1,  # page_series.toml
    "warehouse/publication/site/series_picture.py": 2,  # attributes of SVG
    "warehouse/reading/certificates.py": 4,  # proofs in JSON
    "warehouse/reading/rows.py": 1,  # Record, whose columns a declaration names while the program runs
}
"""How often each file names a mapping of anything that is no row of a declared table."""
NO_ROW_OF_READERS = {
    "warehouse/answers/answers.py": 3,  # parts of an answer, by the names of its contract
    "warehouse/answers/contract.py": 1,  # a JSON schema
    "warehouse/answers/parts.py": 1,  # arguments of a call
    "warehouse/answers/questions/calls.py": 5,  # arguments of a call
    "warehouse/publication/analysts.py": 1,  # analysts.toml
    "warehouse/publication/api/openapi.py": 4,  # a JSON document
    "warehouse/publication/bundle/__init__.py": 2,  # a manifest in JSON
    "warehouse/publication/bundle/catalogue_metadata.py": 4,  # JSON-LD
    "warehouse/publication/bundle/table_metadata.py": 3,  # a data package in JSON
    "warehouse/publication/charts.py": 1,  # the look of letters
    "warehouse/publication/exports.py": 2,  # CSVW in JSON
    "warehouse/publication/flow_chart.py": 1,  # parameters of a query
    "warehouse/publication/site/map_picture.py": 6,  # outlines.json
    "warehouse/publication/site/outlines.py": 4,  # outlines.json
    "warehouse/publication/site/part.py": 1,  # Content, what a template shows
    "warehouse/publication/site/report_2009.py": 1,  # report_2009.toml
    "warehouse/reading/client.py": 1,  # parameters of a query
    "warehouse/reading/frames.py": 3,  # parameters of a query, attributes of a frame
    "warehouse/reading/overview.py": 1,  # numbers of a release by name
    "warehouse/reading/summary.py": 1,  # the same
    "warehouse/statements/change_sentences.py": 1,  # parameters of a text
}
"""How often each file of the readers names a dict of anything that is no row of a declared table."""
ALIASES = {
    "warehouse/publication/site/facts.py": {"ByCountry"},  # values by country and key, without columns
    "warehouse/publication/site/part.py": {"Content"},  # what a template shows
    "warehouse/reading/certificates.py": {"Proof"},  # JSON
    "warehouse/reading/rows.py": {"Record"},
    "warehouse/gate/suites.py": {"Results"},  # JSON, by table
    "assets/intake/judging/finding_places.py": {"Line"},  # a line of a received file
    "assets/intake/reply_figures.py": {"Line"},  # a line of a received file
}
"""Names that stand for a mapping of anything, and for no row of a declared table."""
OF_ANYTHING = re.compile(r"(?:\w+\.)*(?:[Dd]ict|(?:Mutable)?Mapping)\[.*\bAny\b.*\].*")
OF_RECORDS = re.compile(r"\b(?:rows?|judgements?): [^,)=]*\b(?:Content|Proof)\b")


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


def files(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each Python file of some folders with its text."""
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


def uses(spelling: str, packages: Iterable[str]) -> dict[str, int]:
    """How often each file has a spelling."""
    return {name: n for name, text in files(packages) if (n := text.count(spelling))}


def aliases(text: str) -> set[str]:
    """The names that a text gives to a mapping of anything, also within a class or a function."""
    named = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
            node.value, ast.Subscript | ast.Constant | ast.BinOp
        ):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value.value if isinstance(node.value, ast.Constant) else ast.unparse(node.value)
            if OF_ANYTHING.fullmatch(str(value)):
                named |= {ast.unparse(target) for target in targets}
    return named


def test_no_new_mapping_of_anything_stands_for_a_row() -> None:
    assert uses("Mapping[str, Any]", PACKAGES) == NO_ROW
    assert uses("dict[str, Any]", READERS) == NO_ROW_OF_READERS


@pytest.mark.slow
def test_no_other_name_stands_for_a_mapping_of_anything() -> None:
    assert {name: found for name, text in files(PACKAGES) if (found := aliases(text))} == ALIASES
    assert [name for name, text in files(READERS) if OF_RECORDS.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Row = Mapping[str, Any]",
        "Row = dict[str, Any]",
        "Row: TypeAlias = 'Mapping[str, Any]'",
        "Row: TypeAlias = typing.Dict[str, typing.Any]",
        "if TYPE_CHECKING:\n    Row = MutableMapping[str, Any]",
        "Row = Mapping[str, str | Any]",
        "Row = dict[str, Any] | None",
    ],
)
def test_each_spelling_of_such_a_name_is_seen(text: str) -> None:
    assert aliases(text) == {"Row"}


def test_what_is_no_such_name_is_not_seen() -> None:
    assert (
        aliases("Figures = Mapping[str, HeadlineRow]\nrow: dict[str, Any] = read()\nname = 'a dict'") == set()
    )


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
