"""The tables' data: what is wrong in them is said, derived columns follow their source, and keys hold."""

import shutil
from pathlib import Path

import duckdb
import pytest

from schemas import codelists, tables
from schemas.grammar import CardError
from schemas.tables import DIMENSIONS, OBSERVATION_KEY, SLICES, TABLES, Table, default_code, table
from schemas.tables.reading import TableError, read_dimensions, read_tables
from warehouse.home.layout import Home

KEYED = [t for t in TABLES if t.key]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tables' data, to plant errors in."""
    return Path(shutil.copytree(tables.FOLDER, tmp_path / "tables"))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


MISTAKES = {
    "unknown column": ("registry.toml", '"provider_kind"', '"provider_knd"', "[collections] columns: 'provider_knd'"),
    "column named twice": ("registry.toml", '"provider_kind"', '"provider"', "[collections] columns: named twice: provider"),
    "key that is no column": ("registry.toml", 'key = ["collection"]', 'key = ["sheet"]', "[collections] key: not among its columns: sheet"),
    "no key and no reason": ("registry.toml", 'key = ["collection"]\n', "", "[collections]: say its key"),
    "no such group": ("core.toml", '"@dimensions"', '"@dimension"', "there is no group '@dimension'"),
    "like nothing": ("core.toml", 'like = "core.observations"', 'like = "core.observation"', "like: there is no table 'core.observation'"),
    "without what is not there": ("core.toml", 'without = ["year", "period", "known_from", "known_to"]', 'without = ["known"]', "core.observations has no column known"),
    "differs of no column": ("registry.toml", "[submissions.differs]\n", "[submissions.differs]\nsheet = { null = true }\n", "differs: not among the columns named here: sheet"),
    "column declared twice": ("columns.csv", "\nprovider,", "\nsex,VARCHAR,,,Sexo,Sex\nprovider,", "'sex' is declared twice"),
    "no such type": ("columns.csv", "\nprovider,VARCHAR", "\nprovider,TEXT", "'provider' has type 'TEXT'"),
    "differs by nothing": ("registry.toml", "[submissions.differs]\n", "[submissions.differs]\nsha256 = { null = false }\n", "'sha256' is already declared so"),
    "unknown attribute": ("registry.toml", "visibility =", "visible =", "unknown key 'visible'"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_data_names_its_file_and_entry(mistake: str, folder: Path) -> None:
    file, old, new, message = MISTAKES[mistake]
    _replace(folder / file, old, new)
    with pytest.raises((TableError, CardError)) as caught:
        read_tables(folder)
    assert str(caught.value).startswith(str(folder / file))
    assert message in str(caught.value)


def test_every_declared_column_is_some_tables() -> None:
    lines = (tables.FOLDER / "columns.csv").read_text(encoding="utf-8").splitlines()[1:]
    used = {name for t in TABLES for name in t.column_names}
    assert sorted({line.split(",")[0] for line in lines} - used) == []


def test_a_new_dimension_is_one_entry_and_reaches_every_table_of_figures(folder: Path) -> None:
    with (folder / "dimensions.toml").open("a", encoding="utf-8") as file:
        file.write('\n[transport]\nvalues = "codes"\ndefault = "_Z"\nes = "Medio"\nen = "Means"\n')
    assert [d.name for d in read_dimensions(folder)][-1] == "transport"
    having = {t.full_name for t in read_tables(folder) if "transport" in t.column_names}
    assert having == {t.full_name for t in TABLES if "legal_basis" in t.column_names}
    assert {t.full_name for t in read_tables(folder) if "transport" in t.key} == {
        t.full_name for t in TABLES if "legal_basis" in t.key
    }


def test_a_new_slice_reaches_the_indicators_and_their_trends(folder: Path) -> None:
    with (folder / "dimensions.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[transport]\nvalues = "codes"\ndefault = "_T"\nslice = true\nes = "Medio"\nen = "Means"\n'
        )
    having = {t.full_name for t in read_tables(folder) if "transport" in t.column_names}
    assert {"baseline.indicator_values", "analysis.trends", "analysis.source_agreement"} <= having


def test_a_dated_table_says_year_and_period_beside_its_first_day(folder: Path) -> None:
    """Declared once, by one word: every table that readers see and that has periods is dated, or like one that is."""
    for t in TABLES:
        if t.visibility != "internal" and "period_start" in t.column_names:
            assert {"year", "period"} <= set(t.column_names), t.full_name
    _replace(folder / "registry.toml", 'dated = "frequency"\n', "")
    without = next(t for t in read_tables(folder) if t.full_name == "registry.decisions")
    assert not {"year", "period"} & set(without.column_names)
    assert without.period_frequency is None


def test_dimensions_and_key_are_those_of_the_observation() -> None:
    assert set(OBSERVATION_KEY) <= set(table("core.observations").column_names)
    assert OBSERVATION_KEY[4:] == tuple(d.name for d in DIMENSIONS)
    assert set(SLICES) < set(OBSERVATION_KEY)
    for dimension in DIMENSIONS:
        assert (dimension.values == "codes") == (dimension.name in codelists.names())
        assert default_code(dimension.name) == dimension.default
        if dimension.values == "codes":
            assert dimension.default in codelists.codelist(dimension.name)


# ---- keys: declared of every table, and true ----------------------------------------------------


def _repeated(path: Path) -> dict[str, list]:
    """The keys that more than one row has, by table."""
    with duckdb.connect(path, read_only=True) as db:
        return {t.full_name: found for t in KEYED if (found := db.execute(t.repeated_keys()).fetchall())}


def test_every_table_has_a_key_or_says_why_not() -> None:
    for declared in TABLES:
        assert bool(declared.key) != bool(declared.no_key and declared.no_key.es and declared.no_key.en)


def test_the_keys_hold_in_a_build_of_the_shipped_submissions(released_home: Path) -> None:
    assert _repeated(Home(released_home).internal) == {}


@pytest.mark.slow
@pytest.mark.shared
def test_the_keys_hold_in_a_build_of_the_publishers_files(published_home: Path) -> None:
    assert _repeated(Home(published_home).internal) == {}


@pytest.fixture(scope="module")
def built(released_home: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A copy of the internal database, to plant duplicates in."""
    copy = shutil.copyfile(Home(released_home).internal, tmp_path_factory.mktemp("built") / "built.duckdb")
    return duckdb.connect(copy)


def plant_repeated_key(db: duckdb.DuckDBPyConnection, declared: Table) -> None:
    """Give one row of the table a twin; a row is made up where there is none."""
    if not db.execute(f"SELECT 1 FROM {declared.full_name} LIMIT 1").fetchall():
        some = {
            "VARCHAR": "'x'",
            "DOUBLE": "1",
            "BIGINT": "1",
            "BOOLEAN": "true",
            "DATE": "DATE '2020-01-01'",
        }
        row = ", ".join(some[c.type] for c in declared.columns)
        db.execute(f"INSERT INTO {declared.full_name} SELECT {row}")
    db.execute(f"INSERT INTO {declared.full_name} SELECT * FROM {declared.full_name} LIMIT 1")


@pytest.mark.parametrize("declared", [t for t in KEYED if not t.is_view], ids=lambda t: t.full_name)
def test_a_row_with_the_key_of_another_is_seen(declared: Table, built: duckdb.DuckDBPyConnection) -> None:
    built.execute("BEGIN")
    plant_repeated_key(built, declared)
    found = built.execute(declared.repeated_keys()).fetchall()
    built.execute("ROLLBACK")
    assert [row[-1] for row in found] == [2]


def test_a_release_has_every_row_of_a_public_table_but_the_networks_internal_ones(
    released_home: Path,
) -> None:
    """Those of no collection, too: a member without a figure is a row that nobody sent."""
    home = Home(released_home)
    with duckdb.connect() as db:
        db.execute(
            f"ATTACH '{home.internal}' AS built (READ_ONLY); ATTACH '{home.current}' AS public (READ_ONLY)"
        )
        internal = "SELECT collection FROM built.registry.collections WHERE confidentiality = 'internal'"
        for table in TABLES:
            if table.visibility != "public" or table.is_view:
                continue
            where = (
                f"WHERE collection IS NULL OR collection NOT IN ({internal})"
                if "collection" in table.column_names
                else ""
            )
            built = db.execute(f"SELECT count(*) FROM built.{table.full_name} {where}").fetchone()
            assert db.execute(f"SELECT count(*) FROM public.{table.full_name}").fetchone() == built, (
                table.full_name
            )
