"""The house keeps its shape: facts in data, one declaration of a column, a folder adds a provider."""

import ast
import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.intake.processing import process
from assets.intake.submission import receive
from schemas import codelists, countries
from schemas.indicators import FOLDER, Indicator, catalogue
from schemas.tables import TABLES
from tests import cards
from tests.conftest import AS_OF, release
from warehouse.build import database as build
from warehouse.build import models
from warehouse.build.inputs import snapshot
from warehouse.home import CHECKOUT, Home
from warehouse.publication.shipping import render_gitignore, shipped_submissions
from warehouse.statements import model_build

PACKAGES = ("assets", "lineabase", "pipelines", "schemas", "warehouse")
ALLOWED = {
    "America/Guatemala": "the time zone in which the network's quarter ends",
}


def _literals(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    bare = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [n.value for n in texts if id(n) not in docs | bare]


def _names_of_facts() -> set[str]:
    """Countries by code and by name, providers and collections, forms of exploitation."""
    named = {c.code for c in countries.all_countries()}
    named |= {name for c in countries.all_countries() for name in (c.name_es, c.name_en, c.name_fr)}
    named |= {part for name in Home(CHECKOUT).collections() for part in (name, name.split("/")[0])}
    forms = [c for c in codelists.codelist("exploitation").values() if not c.code.startswith("_")]
    return named | {c.code for c in forms} | {c.es for c in forms} | {c.en for c in forms}


@pytest.mark.slow
def test_no_literal_in_code_is_a_country_a_provider_or_a_form_of_exploitation() -> None:
    facts, codes = _names_of_facts(), _codes_and_providers()
    found = [
        (str(path.relative_to(CHECKOUT)), literal)
        for package in PACKAGES
        for path in sorted((CHECKOUT / package).rglob("*.py"))
        for literal in _literals(path)
        if literal not in ALLOWED and (literal in facts or _mentions_a_country(literal, codes))
    ]
    assert found == []


def _codes_and_providers() -> tuple[set[str], set[str]]:
    alpha3 = {c.code for c in countries.all_countries()}
    return alpha3, {name.split("/")[0] for name in Home(CHECKOUT).collections()}


def _mentions_a_country(literal: str, codes: tuple[set[str], set[str]]) -> bool:
    """Inside a longer text: a code in quotation marks, as in SQL, or a provider."""
    alpha3, providers = codes
    quoted = set(re.findall(r"""['"]([A-Z]{3})['"]""", literal))
    return bool(quoted & alpha3 or set(re.findall(r"[\w-]+", literal)) & providers)


def test_the_literal_test_bites(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""Panama may stand here."""\nX = "PAN"\nY = "only PAN-SNM sends this"\nZ = "x = \'PAN\' AND y"\n'
    )
    facts, codes = _names_of_facts(), _codes_and_providers()
    assert [t for t in _literals(module) if t in facts or _mentions_a_country(t, codes)] == [
        "PAN",
        "only PAN-SNM sends this",
        "x = 'PAN' AND y",
    ]


CARD = (
    cards.collection(reporting_country="HND", exhaustive=["citizenship"])
    + """
[[format]]
name = "own"
file = { type = "csv", delimiter = ";" }
key = ["Año", "Nacionalidad"]
values = { thousands = "." }

[format.columns]
"Año" = { role = "period" }
Nacionalidad = { role = "citizenship", codes = "any" }
Personas = { role = "value" }
"""
)


@pytest.mark.slow
def test_adding_a_provider_is_adding_a_folder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = home.raw / "HND-NUEVA" / "victimas"
    folder.mkdir(parents=True)
    (folder / "format.toml").write_text(CARD, encoding="utf-8")
    file = tmp_path / "victimas.csv"
    file.write_text("Año;Nacionalidad;Personas\n2022;Hondureña;1.200\n2022;Cuba;30\n", encoding="utf-8")
    outcome = process(home, receive(home, file, "HND-NUEVA/victimas", date(2023, 2, 1)))
    assert outcome.is_clean
    release(home)
    found = duckdb.connect(home.current, read_only=True).execute(
        "SELECT origin_class, persons_low FROM baseline.origin_profile "
        "WHERE persons_low > 0 AND class_level = 'part' ORDER BY 1"
    )
    assert found.fetchall() == [("extra_regional_americas", 30), ("own_national", 1200)]


INDICATOR = """
kind = "process"
family = "trafficking"
name = { es = "Personas sospechosas", en = "Suspects" }
definition = { es = "Personas en contacto formal.", en = "Persons in formal contact." }
numerator = "persons_in_contact"
unit = "persons"
form = "count"
measure = "persons_in_contact"
slices = ["sex"]
"""


@pytest.mark.slow
def test_adding_an_indicator_is_adding_one_toml(released_home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "indicators"
    shutil.copytree(FOLDER, folder)
    (folder / "tip_new.toml").write_text(INDICATOR, encoding="utf-8")
    added: Indicator = catalogue(folder)["tip_new"]
    known = vars(snapshot(Home(released_home), AS_OF, tmp_path).inputs)
    inputs = build.Inputs(**{**known, "indicators": list(catalogue(folder).values())})
    model_build.build(tmp_path / "built.duckdb", inputs)
    db = duckdb.connect(tmp_path / "built.duckdb", read_only=True)
    listed = db.execute("SELECT name_es, data FROM baseline.catalogue WHERE indicator = 'tip_new'")
    assert listed.fetchall() == [(added.name.es, "available")]
    assert db.execute("SELECT count(*) FROM analysis.trends WHERE indicator = 'tip_new'").fetchone() > (0,)


def test_every_table_and_column_is_commented_in_both_languages() -> None:
    for table in TABLES:
        for text in [(table.es, table.en), *((c.es, c.en) for c in table.columns)]:
            assert all(text), table.full_name
    names = [t.full_name for t in TABLES]
    assert len(names) == len(set(names))


def test_the_released_file_carries_every_comment(released: duckdb.DuckDBPyConnection) -> None:
    bare = released.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
        "WHERE NOT internal AND comment IS NULL"
    )
    assert bare.fetchall() == []


def test_the_released_tables_are_the_declared_ones(released: duckdb.DuckDBPyConnection) -> None:
    declared = {
        (t.schema, t.name, c.name, c.type)
        for t in TABLES
        if t.visibility != "internal"
        for c in t.public().columns
    }
    found = released.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    )
    assert set(found.fetchall()) == declared


def test_models_fill_declared_tables_only() -> None:
    names = {t.full_name for t in TABLES}
    assert set(models.models()) <= names


@pytest.mark.statistics("4", "no false upper bound")
@pytest.mark.parametrize("path", sorted(models.SQL.rglob("*.sql")), ids=lambda p: p.stem)
def test_an_unbounded_value_makes_its_sum_unbounded(path: Path) -> None:
    """`sum(x_high)` drops NULLs, so it may stand only where one NULL makes the whole NULL."""
    text = " ".join(path.read_text(encoding="utf-8").split())
    assert re.findall(r"sum\([^)]*high\)", _without_safe_sums(text)) == []


def _without_safe_sums(text: str) -> str:
    safe = r"WHEN count\(\*\)(| OVER \w+) = count\(([\w.]+)\)\1 THEN sum\(\2\)\1 END"
    return re.sub(safe, "", text).replace("sum_high(", "")


def test_the_ban_on_unsafe_sums_bites() -> None:
    assert "sum(b_high)" in _without_safe_sums("CASE WHEN count(*) = count(a_high) THEN sum(b_high) END")
    assert "sum(" not in _without_safe_sums("CASE WHEN count(*) = count(a_high) THEN sum(a_high) END")


FLAG_AS_TEXT = re.compile(
    r"""flag\w*.{0,20}\b(?:LIKE|ILIKE|SIMILAR|GLOB)\b|(?:contains|position|strpos|replace)\(\w*\.?flag""",
    re.I,
)
FLAG_IN_FRAMES = re.compile(
    r"""flags?"?\]?\.str\.(?:contains|replace|find)|flag\w*\.find\(|(?<![=!])"[a-z_]+" in \w*flags?\b"""
)


def test_a_flag_is_asked_for_by_name_and_never_as_a_part_of_a_text() -> None:
    """`suspected_partial` is not `partial`: has_flag in SQL (sql/macros.sql) and Python (schemas/flags.py)."""
    texts = [
        p
        for package in PACKAGES
        for end in ("sql", "toml", "py")
        for p in (CHECKOUT / package).rglob(f"*.{end}")
    ]
    found = [
        (str(path.relative_to(CHECKOUT)), line.strip())
        for path in texts
        for line in path.read_text(encoding="utf-8").splitlines()
        if FLAG_AS_TEXT.search(line) or (path.suffix == ".py" and FLAG_IN_FRAMES.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "coalesce(flag LIKE '%partial%', false)",
        "bool_or('+' || l.flag || '+' LIKE '%+partial+%')",
        "coalesce(flag, '') NOT LIKE '%partial%'",
        "replace(o.flag, 'suspect_value', 'confirmed_value')",
        'frame["flag"].str.contains("partial")',
        'if "partial" in flags:',
    ],
)
def test_the_ban_on_flags_as_text_bites(line: str) -> None:
    assert FLAG_AS_TEXT.search(line) or FLAG_IN_FRAMES.search(line)


def test_gitignore_keeps_received_files_out_and_shipped_ones_in() -> None:
    assert (CHECKOUT / ".gitignore").read_text(encoding="utf-8") == render_gitignore()
    for name in shipped_submissions():
        assert (CHECKOUT / "raw" / name).is_dir(), name
