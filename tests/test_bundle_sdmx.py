"""The release in SDMX: pysdmx's own reader and sdmx1 read what stands in it, and codes that are none stop it."""

import csv
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from schemas.tables import table
from warehouse.home import Home
from warehouse.publication.bundle import sdmx as written
from warehouse.reading.client import Warehouse

pytestmark = pytest.mark.slow  # for its price alone

LABELLED = written.TABLES[:3]
IDS = {"reporting_country": "REF_AREA", "frequency": "FREQ", "age_group": "AGE", "unit": "UNIT_MEASURE"}
IN_NO_FLOW = {"year", "period", "citation"}


@pytest.fixture(scope="module")
def folder(released_bundle: Path) -> Path:
    """The release in SDMX."""
    return released_bundle / "sdmx"


@pytest.fixture(scope="module")
def structures(folder: Path) -> Any:
    """The structures as pysdmx reads them: valid against SDMX's own schema."""
    from pysdmx.io import read_sdmx

    return read_sdmx(folder / "structures.xml", validate=True)


@pytest.fixture(scope="module")
def release(released_home: Path) -> Callable[[str], list[dict[str, Any]]]:
    """The rows of a table of the release, read with DuckDB alone."""

    def rows(name: str) -> list[dict[str, Any]]:
        with duckdb.connect(Home(released_home).current, read_only=True) as db:
            cursor = db.execute(f"SELECT * FROM {name}")
            names = [c[0] for c in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return rows


def flow(name: str) -> str:
    return name.partition(".")[2].upper()


def period(row: dict[str, Any]) -> str:
    """The time period of a row as SDMX's standard writes it, from the release's years."""
    written = row["period"].replace("FY", "")
    first, _, last = written.partition("-")
    if not re.fullmatch(r"\d{4}", last):
        return str(written)
    return f"{first}-01-01/P{int(last) - int(first) + 1}Y"


def number(text: str) -> float | None:
    return float(text) if text else None


def finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else value


def own_codes(structures: Any) -> dict[tuple[str, str], str]:
    """The release's own spelling of the codes that SDMX must write otherwise, by list and code."""
    return {
        (listed.id, code.id): note.title
        for listed in structures.get_codelists()
        for code in listed.items
        for note in code.annotations
        if note.type == "release_code"
    }


def component_lists(structures: Any, name: str) -> dict[str, Any]:
    """The lists of a structure's coded components, as they were read."""
    by_id = {f"{c.agency}:{c.id}({c.version})": c for c in structures.get_codelists()}
    (found,) = [d for d in structures.get_data_structure_definitions() if d.id == f"DSD_{flow(name)}"]
    named = {c.id: c.local_codes or c.local_enum_ref for c in found.components}
    return {i: by_id[n.partition("Codelist=")[2]] if isinstance(n, str) else n for i, n in named.items() if n}


@pytest.mark.parametrize("name", written.TABLES)
def test_pysdmx_reads_every_row_of_the_release_with_both_bounds(
    name: str, folder: Path, structures: Any, release: Callable[[str], list[dict[str, Any]]]
) -> None:
    from pysdmx.io import read_sdmx

    (read,) = read_sdmx(folder / f"{flow(name)}.csv").data
    assert read.structure == f"Dataflow=LINEABASE:{flow(name)}(2025.4.1)"
    spelled, lists = own_codes(structures), component_lists(structures, name)
    told = read.data.astype(str)
    for component, listed in lists.items():
        own = {cell: spelled.get((listed.id, cell), cell) for cell in told[component].unique()}
        told[component] = told[component].map(own)
    columns = {c.name: IDS.get(c.name, c.name.upper()) for c in table(name).columns}
    columns = {c: i for c, i in columns.items() if c not in IN_NO_FLOW and not c.endswith(("_es", "_en"))}
    assert set(columns.values()) | {"FREQ", "TIME_PERIOD", "HOW", "CONF_STATUS"} == set(told.columns)

    doubles = {c.name for c in table(name).columns if c.type == "DOUBLE"}

    def said(row: dict[str, Any]) -> list[Any]:
        return [period(row), *(as_said(row, c) for c in columns)]

    def as_said(row: dict[str, Any], column: str) -> Any:
        value = row[column]
        if column in doubles:
            return finite(value)
        if column == "obs_status" and row["value_low"] is None:
            return "O"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)

    heard = [
        [row["TIME_PERIOD"], *(number(row[i]) if c in doubles else row[i] for c, i in columns.items())]
        for row in told.to_dict("records")
    ]
    expected = [said(row) for row in release(name)]
    assert len(heard) > 500
    assert sorted(heard, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("name", written.TABLES)
def test_pysdmx_writes_what_it_reads_in_the_same_bytes(name: str, folder: Path) -> None:
    from pysdmx.io import get_datasets, write_sdmx
    from pysdmx.io.format import Format

    path = folder / f"{flow(name)}.csv"
    (data,) = get_datasets(path, folder / "structures.xml")
    again = write_sdmx(data, Format.DATA_SDMX_CSV_2_0_0)
    assert "NaN" not in path.read_text(encoding="utf-8")
    # it takes every measure for required and writes NaN for one that is empty
    assert str(again).replace("NaN", "").encode() == path.read_bytes()


@pytest.mark.parametrize("name", LABELLED)
def test_sdmx1_reads_both_bounds_of_every_row(
    name: str, folder: Path, release: Callable[[str], list[dict[str, Any]]], tmp_path: Path
) -> None:
    import sdmx as sdmx1

    message = sdmx1.read_sdmx(folder / "structures.xml")
    dataflow = message.dataflow[flow(name)]
    assert [m.id for m in dataflow.structure.measures] == ["VALUE_LOW", "VALUE_HIGH"]
    key = [IDS.get(c, c.upper()) for c in table(name).key if c != "year"]
    assert [d.id for d in dataflow.structure.dimensions] == ["FREQ", *key, "TIME_PERIOD"]
    for bound in ("value_low", "value_high"):  # of several measures it keeps the last one that it meets
        path = tmp_path / f"{bound}.csv"
        cells = pd.read_csv(folder / f"{flow(name)}.csv", dtype=str, keep_default_na=False)
        rest = [c for c in cells.columns if c != ("VALUE_HIGH" if bound == "value_low" else "VALUE_LOW")]
        cells[rest].to_csv(path, index=False)
        (read,) = sdmx1.read_sdmx(path, structure=dataflow).data
        heard = {
            tuple(str(o.dimension[i].value) for i in (*key, "TIME_PERIOD")): number(str(o.value))
            for o in read.obs
        }
        columns = [c for c in table(name).key if c != "year"]
        assert heard == {
            (*(row[c] for c in columns), period(row)): finite(row[bound]) for row in release(name)
        }


@pytest.mark.parametrize("name", written.TABLES)
def test_every_code_is_in_its_list(name: str, folder: Path, structures: Any) -> None:
    cells = pd.read_csv(folder / f"{flow(name)}.csv", dtype=str, keep_default_na=False)
    lists = component_lists(structures, name)
    assert {"REF_AREA", "INDICATOR", "FREQ", "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "HOW"} <= set(lists)
    for component, listed in lists.items():
        assert set(cells[component]) - {""} <= {code.id for code in listed.items}, component
    for component, listed, mark in (("FLAG", "CL_OBS_FLAG", "+"), ("MEMBERS", "CL_AREA", " ")):
        if component in cells:
            (codes,) = [c for c in structures.get_codelists() if c.id == listed]
            assert {c for cell in set(cells[component]) - {""} for c in cell.split(mark)} <= {
                c.id for c in codes.items
            }


def test_an_open_bound_is_an_empty_cell_and_says_so(
    folder: Path, release: Callable[[str], list[dict[str, Any]]]
) -> None:
    open_rows = [r for name in LABELLED for r in release(name) if r["value_high"] == math.inf]
    assert len(open_rows) > 10
    open_said = []
    for name in written.TABLES:
        with (folder / f"{flow(name)}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cells = {row[i] for i in row if i.startswith(("VALUE", "NUMER", "DENOM", "KNOWN", "LARGEST"))}
                assert not cells & {"inf", "Infinity", "nan", "NaN", "None"}
                assert row["TIME_PERIOD"][:4].isdigit()
                assert (row["VALUE_LOW"] == "") == (row["OBS_STATUS"] == "O")
                assert row["CONF_STATUS"] == "F"  # all of the shipped collections are open
                if row["VALUE_LOW"] and not row["VALUE_HIGH"]:
                    open_said.append((name, row["HOW"]))
    assert len([1 for name, _ in open_said if name in LABELLED]) == len(open_rows)
    assert {how for _, how in open_said} == {"at_least", "says_nothing"}


def test_fiscal_years_are_years_and_an_attribute_says_of_which_kind(folder: Path) -> None:
    cells = pd.read_csv(folder / "HEADLINE.csv", dtype=str, keep_default_na=False)
    kinds = cells[cells["COLLECTION"] == "USA-CBP_encounters"]
    assert set(kinds["PERIOD_BASIS"]) == {"fiscal"}
    assert kinds["TIME_PERIOD"].str.fullmatch(r"\d{4}").all()
    assert cells["TIME_PERIOD"].str.fullmatch(r"\d{4}-01-01/P3Y").any()


def test_names_are_english_and_the_spanish_ones_stand_beside(structures: Any, released_home: Path) -> None:
    def spanish(code: Any) -> str:
        return next(note.title for note in code.annotations if note.type == "es")

    with duckdb.connect(Home(released_home).current, read_only=True) as db:
        areas = db.sql("SELECT country, name_en, name_es FROM reference.countries").fetchall()
        indicators = db.sql("SELECT indicator, name_en, name_es FROM baseline.catalogue").fetchall()
    lists = {listed.id: listed for listed in structures.get_codelists()}
    told = {c.id: (c.id, c.name, spanish(c)) for c in lists["CL_AREA"].items}
    assert [told[code] for code, *_ in areas] == areas  # with every apostrophe and accent
    assert told["CRM"][1:] == ("Regional Conference on Migration", "Conferencia Regional sobre Migración")
    assert sorted((c.id, c.name, spanish(c)) for c in lists["CL_INDICATOR"].items) == sorted(indicators)
    (concepts,) = structures.get_concept_schemes()
    assert {c.id for c in concepts.items} >= {"REF_AREA", "TIME_PERIOD", "VALUE_LOW", "OBS_STATUS"}
    assert all(c.description and spanish(c) for c in concepts.items)


def test_the_same_release_gives_the_same_bytes(
    released_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "TABLES", written.TABLES[:1])
    with Warehouse.open(Home(released_home).current) as warehouse:
        once, again = (written.write(warehouse, tmp_path / name) for name in ("once", "again"))
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in again]
    assert sorted(once) == sorted((tmp_path / "once").iterdir())


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("UPDATE baseline.headline SET unit = 'furlongs' WHERE year = 2020", "'furlongs'"),
        ("UPDATE baseline.headline SET reporting_country = 'XXX' WHERE year = 2020", "'XXX'"),
        ("UPDATE baseline.headline SET flag = 'no_total+no_such_flag' WHERE year = 2020", "'no_such_flag'"),
        ("UPDATE baseline.headline SET indicator = '' WHERE year = 2020", "INDICATOR"),
        ("UPDATE baseline.headline SET period = '2020-Q5' WHERE year = 2020", "'2020-Q5'"),
        ("INSERT INTO baseline.headline SELECT * FROM baseline.headline LIMIT 1", "baseline.headline"),
    ],
)
def test_what_sdmx_cannot_say_is_refused_and_nothing_is_written(
    planted: str, said: str, released_home: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "copied.duckdb"
    shutil.copyfile(Home(released_home).current, copied)
    with duckdb.connect(copied) as db:
        db.execute(planted)
    with (
        Warehouse.open(copied) as warehouse,
        pytest.raises(written.NotSdmx, match=re.escape(said)) as refused,
    ):
        written.write(warehouse, tmp_path / "sdmx")
    assert refused.value.render("es") != refused.value.render("en")
    assert list((tmp_path / "sdmx").iterdir()) == []


def test_codes_that_sdmx_would_write_alike_are_refused(
    released_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = "SELECT * FROM (VALUES ('a/b', 'A', 'A', NULL, NULL), ('a b', 'B', 'B', NULL, NULL))"
    monkeypatch.setitem(written._RELEASE_LISTS, "collection", alike)
    with Warehouse.open(Home(released_home).current) as warehouse, pytest.raises(written.NotSdmx):
        written._codes_of_list(warehouse, "collection")
