"""The bundle: every value of a release as other programs read it. Expected values are the release's own rows."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import duckdb
import openpyxl
import polars
import pytest
import yaml
from frictionless import Package

from schemas.codelists import codelist
from schemas.words import number, say
from tests import faults
from tests.test_held import run
from tests.test_vintages import FEB, JAN, new_home, send
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication import bundle
from warehouse.publication.bundle import readme, tables
from warehouse.release import release_store

pytestmark = pytest.mark.slow  # it takes all files of a release

OFFICE = shutil.which("soffice")
DUCKDB = Path(sys.executable).with_name("duckdb")
"""The command line of DuckDB, from the package duckdb-cli."""
OLDEST = os.environ.get("LINEABASE_OLDEST_DUCKDB")
CROISSANT = os.environ.get("LINEABASE_CROISSANT")


def differing(folder: Path) -> list[str]:
    """The files of a bundle that are not what bundle.json says, or are on one side alone."""
    noted = json.loads((folder / bundle.MANIFEST).read_text(encoding="utf-8"))["files"]
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != bundle.MANIFEST]
    there = {p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest() for p in paths}
    return sorted(name for name in {*there, *noted} if there.get(name) != noted.get(name))


@pytest.fixture(scope="module")
def file(released_home: Path) -> Path:
    return Home(released_home).current


@pytest.fixture(scope="module")
def folder(released_bundle: Path) -> Path:
    """The bundle of the shipped release."""
    return released_bundle


# ---- the same rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [t.full_name for t in tables.public_tables()])
def test_every_public_table_is_in_parquet_row_by_row(name: str, file: Path, folder: Path) -> None:
    columns = ", ".join(next(t for t in tables.public_tables() if t.full_name == name).column_names)
    with duckdb.connect(file, read_only=True) as db:
        written = f"SELECT {columns} FROM read_parquet('{folder}/parquet/{name}.parquet')"
        kept = f"SELECT {columns} FROM {name}"
        for one, other in ((written, kept), (kept, written)):
            assert db.execute(f"SELECT count(*) FROM ({one} EXCEPT ALL {other})").fetchone() == (0,)


def test_every_csv_has_the_values_of_its_table(file: Path, folder: Path) -> None:
    names = sorted(path.stem for path in (folder / "csv").glob("*.csv"))
    assert "baseline.headline" in names
    with duckdb.connect(file, read_only=True) as db:
        for name in names:
            declared = next(t for t in tables.public_tables() if t.full_name == name)
            types = {c.name: c.type for c in declared.columns}
            numbers = ", ".join(c for c, kind in types.items() if kind != "VARCHAR") or "1"
            read = f"read_csv('{folder}/csv/{name}.csv', header=true, columns={types}, strict_mode=true)"
            for one, other in ((read, name), (name, read)):
                differs = db.execute(
                    f"SELECT {numbers} FROM {one} EXCEPT ALL SELECT {numbers} FROM {other}"
                ).fetchone()
                assert differs is None, (name, differs)


def test_booleans_are_written_as_r_reads_them(folder: Path) -> None:
    """R compares `preferred == TRUE` with the text, so `true` would select nothing, silently."""
    seen = set()
    for table in tables.public_tables():
        path = folder / "csv" / f"{table.full_name}.csv"
        booleans = [column.name for column in table.columns if column.type == "BOOLEAN"]
        if path.exists() and booleans:
            with path.open(encoding="utf-8", newline="") as file:
                seen |= {row[name] for row in csv.DictReader(file) for name in booleans}
    assert {"TRUE", "FALSE"} <= seen <= {"TRUE", "FALSE", ""}


def test_an_upper_bound_that_nobody_knows_is_infinite_and_no_blank(file: Path, folder: Path) -> None:
    numbers = {"value_low": polars.Float64, "value_high": polars.Float64}
    path = folder / "csv/baseline.headline.csv"
    read = polars.read_csv(path, infer_schema_length=None, schema_overrides=numbers)
    open_ended = read.filter(polars.col("how") == "at_least")
    with duckdb.connect(file, read_only=True) as db:
        counted = db.execute("SELECT count(*) FROM baseline.headline WHERE isinf(value_high)").fetchone()
    assert (open_ended.height > 0, set(open_ended["value_high"])) == (True, {float("inf")})
    assert read.filter(polars.col("value_high").is_infinite()).height == counted[0]


def test_a_text_that_a_spreadsheet_would_run_bears_an_apostrophe(file: Path, tmp_path: Path) -> None:
    planted = Path(shutil.copyfile(file, tmp_path / "planted.duckdb"))
    planted.chmod(0o600)
    with duckdb.connect(planted) as db:
        names = [name for (name,) in db.execute("SELECT collection FROM registry.collections").fetchall()]
        texts = dict(zip(names, ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"], strict=False))
        for name, text in texts.items():
            db.execute("UPDATE registry.collections SET citation = $1 WHERE collection = $2", [text, name])
    out = tmp_path / "out"
    out.mkdir()
    tables.write(planted, out)
    with duckdb.connect() as db:
        cells, kept = (
            dict(db.execute(f"SELECT collection, citation FROM '{out}/{path}'").fetchall())
            for path in ("csv/registry.collections.csv", "parquet/registry.collections.parquet")
        )
    assert {name: cells[name] for name in texts} == {name: f"'{text}" for name, text in texts.items()}
    assert {name: kept[name] for name in texts} == texts
    assert len(texts) == 6


# ---- what officers read --------------------------------------------------------------------------------


def figures(path: Path, heads: tuple[str, ...] = ("País", "Country")) -> dict[tuple[str, str, int], object]:
    """Every cell of the sheets below such a head: by the sheet's heading, the country's name, the year."""
    found: dict[tuple[str, str, int], object] = {}
    for sheet in openpyxl.load_workbook(path).worksheets[1:]:
        years: tuple = ()
        for name, *cells in sheet.iter_rows(values_only=True):
            if name in heads:
                years = tuple(cells)
            elif name is None:
                years = ()
            found |= {
                (sheet["A1"].value, name, year): cell
                for year, cell in zip(years, cells, strict=False)
                if cell is not None and cell != year
            }
    return found


def same(found: dict, expected: dict) -> bool:
    return found.keys() == expected.keys() and all(
        cell
        == (pytest.approx(expected[where], rel=1e-12) if isinstance(cell, float | int) else expected[where])
        for where, cell in found.items()
    )


@pytest.mark.parametrize(("lang", "name"), [("es", "indicadores"), ("en", "indicators")])
def test_the_workbook_has_every_figure_numbers_where_exact_and_words_else(
    lang: str, name: str, file: Path, folder: Path
) -> None:
    """Totals, classes of origin, regions; of an indicator of regions alone no country is said to have told nothing."""
    with Warehouse.open(file) as release:
        tables = {
            one: release.query(f"SELECT * FROM baseline.{one}").to_dict("records")
            for one in ("headline", "headline_origin", "headline_exploitation", "headline_region")
        }
    told = {row["indicator"] for row in tables["headline"] if row["how"] != "not_reported"}
    regional = {row["indicator"] for row in tables["headline_region"]} - told

    def cells(*rows: dict) -> dict[tuple[str, str, int], object]:
        return {
            (
                row[f"indicator_{lang}"]
                + (f": {row[f'origin_{lang}']}" if row.get("origin_class", "_T") != "_T" else "")
                + (f": {row[f'exploitation_{lang}']}" if row.get("exploitation", "_T") != "_T" else ""),
                row[f"country_{lang}"],
                int(row["year"]),
            ): row["value_low"] if row["how"] == "exact" else row[f"value_{lang}"]
            for row in rows
        }

    members = [row for row in tables["headline"] if row["indicator"] not in regional]
    members += tables["headline_origin"] + tables["headline_exploitation"]
    assert same(figures(folder / f"{name}.xlsx"), cells(*members))
    of_regions = {
        k: v
        for k, v in figures(folder / f"{name}.xlsx", ("Región", "Region")).items()
        if not k[1].endswith((": miembros en la suma", ": members in the sum"))
    }
    assert same(of_regions, cells(*tables["headline_region"]))


def test_forms_of_exploitation_have_their_sheets_with_what_nobody_told_as_that(folder: Path) -> None:
    """Honduras 2022: 45 of 56 sexual, 11 forced labour, as the publisher's extract has them; of 2023 nobody knows."""
    cells = figures(folder / "indicators.xlsx")
    told = {
        k[0]: v
        for k, v in cells.items()
        if k[0].startswith("Forms of exploitation: ") and k[1:] == ("Honduras", 2022)
    }
    assert sorted(v for v in told.values() if isinstance(v, float | int)) == pytest.approx(
        [0, 11 / 56, 45 / 56]
    )
    assert len({k[0] for k in cells if k[0].startswith("Forms of exploitation: ")}) == 3
    missing = [v for k, v in cells.items() if k[0].startswith("Forms of") and k[1:] == ("Honduras", 2008)]
    assert missing == ["no figure"] * 3


def test_the_cover_says_no_figure_of_no_indicator_that_has_one(file: Path, folder: Path) -> None:
    with Warehouse.open(file) as release:
        told = set(
            release.query(
                "SELECT name_en FROM baseline.catalogue WHERE indicator IN "
                "(SELECT indicator FROM baseline.indicator_values WHERE value_low IS NOT NULL)"
            )["name_en"]
        )
    cover = openpyxl.load_workbook(folder / "indicators.xlsx").worksheets[0]
    without = {row[1] for row in cover.iter_rows(values_only=True) if row[0] == "no figure"}
    assert without
    assert not without & told
    victims = next(
        s
        for s in openpyxl.load_workbook(folder / "indicators.xlsx")
        if s["A1"].value == "Detected victims of trafficking"
    )
    lines = {row[0]: row for row in victims.iter_rows(values_only=True)}
    with Warehouse.open(file) as release:
        summed = release.query(
            "SELECT members FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' "
            "AND reporting_country = 'CRM' AND panel = 'reporting' AND sex = '_T' AND age_group = '_T' "
            "AND frequency = 'A' ORDER BY period_start"
        )["members"]
    in_the_sum = [cell for cell in lines["Regional Conference on Migration: members in the sum"][1:] if cell]
    assert in_the_sum == [f"{len(members.split())}/11" for members in summed]
    assert "9/11" in in_the_sum


@pytest.mark.parametrize(("lang", "name"), [("es", "indicadores"), ("en", "indicators")])
def test_a_sheet_has_every_change_with_its_answer_and_what_may_still_change(
    lang: str, name: str, file: Path, folder: Path
) -> None:
    with Warehouse.open(file) as release:
        rows = release.query(
            f"SELECT indicator_{lang} AS indicator, country_{lang} AS country, change_{lang} AS change, "
            f"answer_{lang} AS answer FROM baseline.headline WHERE change_{lang} IS NOT NULL UNION ALL "
            f"SELECT indicator_{lang}, country_{lang}, change_{lang}, answer_{lang} FROM baseline.headline_region "
            f"WHERE change_{lang} IS NOT NULL AND origin_class = '_T' AND exploitation = '_T'"
        )
        states = release.query(
            f"SELECT DISTINCT indicator_{lang} AS indicator, revision_state AS state FROM baseline.headline "
            "WHERE revision_state IS NOT NULL"
        )
    assert len(rows) > 40
    sheets = {
        sheet["A1"].value: [row[:3] for row in sheet.iter_rows(values_only=True)]
        for sheet in openpyxl.load_workbook(folder / f"{name}.xlsx")
    }
    for indicator, country, change, answer in rows.itertuples(index=False):
        assert (country, change, answer) in sheets[indicator]
    for indicator, state in states.itertuples(index=False):
        lines = {row[1]: row[0] for row in sheets[indicator]}
        assert lines[codelist("revision_state")[state].name(lang)]
    assert {"provisional", "settled"} <= set(states["state"])


@pytest.mark.parametrize(("lang", "name"), [("es", "indicadores"), ("en", "indicators")])
def test_a_sheet_has_what_is_judged_of_its_figures(lang: str, name: str, file: Path, folder: Path) -> None:
    """Of victims: the years that no later submission changed, and each total that one changed."""
    with Warehouse.open(file) as release:
        rows = release.query(
            f"SELECT h.country_{lang} AS country, h.period, s.code, s.value_low, s.other_low, s.year "
            "FROM analysis.statements AS s JOIN baseline.headline AS h "
            "USING (indicator, reporting_country, year, collection) "
            "WHERE s.indicator = 'tip_victims_detected' AND s.kind = 'revision' AND s.origin_class = '_T'"
        )
        [title] = release.query(
            f"SELECT name_{lang} AS name FROM baseline.catalogue WHERE indicator = 'tip_victims_detected'"
        )["name"]
    [sheet] = [s for s in openpyxl.load_workbook(folder / f"{name}.xlsx") if s["A1"].value == title]
    where = {row[1]: row[0] for row in sheet.iter_rows(values_only=True)}
    left = where[say("site.not_revised", lang)]
    changed = rows[rows["code"] == "changed"]
    assert len(changed) > 5
    for row in rows[rows["code"] == "left"].itertuples():
        of_country = next(part for part in left.split("; ") if part.startswith(f"{row.country} "))
        spans = [span.split("–") for span in of_country.removeprefix(f"{row.country} ").split(", ")]
        assert any(span[0] <= row.period <= span[-1] for span in spans)
    for row in changed.dropna().itertuples():
        text = say(
            "site.revised_total",
            lang,
            measure=codelist("measure")["victims_detected"].name(lang),
            year=row.year,
            old=number(row.value_low, lang),
            new=number(row.other_low, lang),
        )
        assert f"{row.country} {row.period}" in where[f"{row.country}: {text}"].split("; ")


def test_the_cover_says_what_each_indicator_is_and_leads_to_its_sheet(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "indicators.xlsx")
    cover = book.worksheets[0]
    linked = {
        cell.hyperlink.location or cell.hyperlink.target
        for row in cover
        for cell in row[:1]
        if cell.hyperlink
    }
    assert {link.removeprefix("#") for link in linked} == {f"'{name}'!A1" for name in book.sheetnames[1:]}
    assert all(len(name) <= 31 for name in book.sheetnames)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not here")
def test_libreoffice_opens_the_workbook(folder: Path, tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path)}
    command = [
        OFFICE,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
    ]
    subprocess.run(
        [*command, "--outdir", tmp_path, folder / "indicators.xlsx"],
        check=True,
        capture_output=True,
        env=environment,
    )
    [sheet] = tmp_path.glob("*.csv")
    text = sheet.read_text(encoding="utf-8")
    assert "Country" in text
    assert "#REF!" not in text


# ---- what programs read --------------------------------------------------------------------------------


def test_frictionless_finds_the_package_valid(folder: Path) -> None:
    """Whole tables but for those of many rows, of which it reads the first 4,000; all of them in make hard-times."""
    report = Package(str(folder / "datapackage.json")).validate(limit_rows=4_000)
    assert report.valid, report.flatten(["title", "message"])[:5]


@pytest.mark.hard
def test_frictionless_finds_every_row_valid(folder: Path) -> None:
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "message"])[:5]


def test_croissant_names_every_file_with_its_hash_and_every_column(folder: Path) -> None:
    described = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    files = {one["@id"]: one["sha256"] for one in described["distribution"]}
    for kind in ("csv", "parquet", "sdmx"):
        assert {name for name in files if name.startswith(kind)} == {
            f"{kind}/{path.name}" for path in (folder / kind).iterdir()
        }
    assert files == {name: sha256((folder / name).read_bytes()).hexdigest() for name in files}
    for one in described["recordSet"]:
        header = (folder / f"csv/{one['name']}.csv").open(encoding="utf-8").readline().strip().split(",")
        assert [field["source"]["extract"]["column"] for field in one["field"]] == header


@pytest.mark.skipif(
    CROISSANT is None, reason="mlcroissant is not here (LINEABASE_CROISSANT names a Python that has it)"
)
def test_mlcroissant_finds_it_valid_and_reads_the_rows(file: Path, folder: Path) -> None:
    program = (
        "import itertools, json, mlcroissant as ml; data = ml.Dataset('croissant.json'); "
        "assert not data.metadata.issues.errors, data.metadata.issues.report(); "
        "rows = list(data.records('baseline.headline')); name = 'baseline.headline/'; "
        "print(json.dumps([len(rows), [[r[name + 'period'].decode(), r[name + 'value_low'], r[name + 'value_high']] "
        "for r in rows if r[name + 'indicator'] == b'tip_victims_detected' and r[name + 'reporting_country'] == b'HND' "
        "and r[name + 'how'] != b'not_reported']]))"
    )
    done = subprocess.run([CROISSANT, "-c", program], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    count, rows = json.loads(done.stdout)
    with duckdb.connect(file, read_only=True) as db:
        (expected_count,) = db.execute("SELECT count(*) FROM baseline.headline").fetchone()
        expected = db.execute(
            "SELECT period, value_low, value_high FROM baseline.headline WHERE indicator = 'tip_victims_detected' "
            "AND reporting_country = 'HND' AND how <> 'not_reported'"
        ).fetchall()
    assert (count, sorted(map(tuple, rows))) == (expected_count, sorted(expected))


def test_metadata_that_nobody_reads_are_not_written(folder: Path) -> None:
    """docs/decisions/0005-publication.md has the reasons."""
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        "README.md", "CITATION.cff", "bundle.json", "columns.csv", "croissant.json", "datapackage.json",
        "indicadores.xlsx", "indicators.xlsx", "read_release.R",
    }  # fmt: skip


def test_catalogues_have_each_sources_own_words_on_its_licence(file: Path, folder: Path) -> None:
    with Warehouse.open(file) as release:
        licences = set(release.query("SELECT licence FROM registry.collections")["licence"])
    described = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert {one["license"] for one in described["isBasedOn"]} <= licences | {"not stated"}
    assert "license" not in described


def test_the_citation_is_yaml_and_names_the_release_and_every_source(file: Path, folder: Path) -> None:
    cited = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    with Warehouse.open(file) as release:
        assert cited["version"] == release.release
        citations = set(
            release.query(
                "SELECT citation FROM registry.collections WHERE collection IN (SELECT collection FROM registry.submissions)"
            )["citation"]
        )
    assert {one["notes"] for one in cited["references"]} == citations
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "dataset")


def test_the_command_line_of_duckdb_reads_it(folder: Path) -> None:
    select = f"SELECT count(*) FROM '{folder}/parquet/baseline.headline.parquet'"
    told_by = subprocess.run(
        [DUCKDB, "-csv", "-noheader", "-c", select], capture_output=True, text=True, check=True
    )
    assert int(told_by.stdout) > 1_000


@pytest.mark.skipif(
    OLDEST is None, reason="DuckDB 1.2.0 is not here (LINEABASE_OLDEST_DUCKDB names a Python that has it)"
)
def test_the_oldest_duckdb_reads_the_release_and_the_bundle(file: Path, folder: Path) -> None:
    program = (
        "import duckdb, sys; db = duckdb.connect(sys.argv[1], read_only=True); "
        "print(duckdb.__version__, db.execute('SELECT count(*) FROM baseline.indicator_values').fetchone()[0], "
        "db.execute(f\"SELECT count(*) FROM '{sys.argv[2]}'\").fetchone()[0])"
    )
    parquet = folder / "parquet/baseline.indicator_values.parquet"
    told_by = subprocess.run(
        [OLDEST, "-c", program, file, parquet], capture_output=True, text=True, check=True
    )
    version, *counted = told_by.stdout.split()
    with duckdb.connect(file, read_only=True) as db:
        expected = db.execute("SELECT count(*) FROM baseline.indicator_values").fetchone()
    assert version == "1.2.0"
    assert {int(n) for n in counted} == set(expected)


# ---- in every release ----------------------------------------------------------------------------------


PUBLISHED_BY = 'institution = "Secretaría Técnica"\naddress = "https://example.org/datos"\n'


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two releases that have their bundle, a value changed between them."""
    home = new_home(tmp_path_factory.mktemp("kept") / "home")
    (home.root / "lineabase.toml").write_text(PUBLISHED_BY, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("LINEABASE_BUNDLE")
        for day, value in ((JAN, "20"), (FEB, "21")):
            send(home, day, {("CRI", 2021): "10", ("CRI", 2022): value})
            assert run(home, "refresh").exit_code == 0
    return home


@pytest.fixture(scope="module")
def exported(kept: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the release in force, as `export` writes it."""
    out = tmp_path_factory.mktemp("exported") / "bundle"
    assert run(kept, "export", "--bundle", str(out)).exit_code == 0
    return out


def test_citation_and_catalogues_name_who_publishes_and_where(
    kept: Home, folder: Path, exported: Path
) -> None:
    released = release_store.folder_in_force(kept)
    assert released is not None
    for place in (exported, released / release_store.BUNDLE):
        cited = yaml.safe_load((place / "CITATION.cff").read_text(encoding="utf-8"))
        assert (cited["authors"], cited["url"]) == (
            [{"name": "Secretaría Técnica"}],
            "https://example.org/datos",
        )
        described = json.loads((place / "croissant.json").read_text(encoding="utf-8"))
        assert (described["creator"]["name"], described["url"]) == (
            "Secretaría Técnica",
            "https://example.org/datos",
        )
    unsaid = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    assert "url" not in unsaid


def test_every_release_has_its_bundle_named_in_its_manifest_and_read_only(kept: Home) -> None:
    folder = release_store.folder_in_force(kept)
    assert folder is not None
    files = release_store.manifest(folder)["bundle"]
    assert {"README.md", "datapackage.json", "indicadores.xlsx", "parquet/baseline.headline.parquet"} <= set(
        files
    )
    assert {(folder / "bundle" / name).stat().st_mode & 0o222 for name in files} == {0}
    assert differing(folder / "bundle") == []
    assert "gate" in release_store.manifest(folder)


def test_the_readme_says_what_changed_since_the_release_before(kept: Home) -> None:
    first, second = (path / release_store.FILE for path in release_store.releases(kept))
    assert ("analysis.revisions", 0, 1) in readme.changed_tables(second, first)
    assert readme.changed_tables(second, second) == []
    text = (second.parent / "bundle/README.md").read_text(encoding="utf-8")
    assert "`analysis.revisions`: 0 filas dejaron de estar así, 1 fila es nueva" in text
    assert "No hay publicación anterior." in (first.parent / "bundle/README.md").read_text(encoding="utf-8")


def test_of_a_repeated_row_only_the_difference_counts() -> None:
    with duckdb.connect() as db:
        for side, values in (
            ("old", "(1), (1), (2), (NULL), (4)"),
            ("new", "(1), (2), (2), (NULL), (3), (3)"),
        ):
            db.execute(
                f"ATTACH ':memory:' AS {side}; CREATE TABLE {side}.t AS FROM (VALUES {values}) AS v(x)"
            )
        assert readme._row_differences(db, "t") == (2, 3)  # 1 and 4; 2, 3 and 3
        db.execute("DROP TABLE old.t")
        assert readme._row_differences(db, "t") is None


def test_verify_sees_a_changed_file_of_the_bundle(kept: Home, tmp_path: Path) -> None:
    home = faults.copy(kept, tmp_path / "home")
    folder = release_store.folder_in_force(home)
    assert folder is not None
    assert run(home, "verify").exit_code == 0
    changed = folder / "bundle/csv/baseline.headline.csv"
    changed.chmod(0o600)
    changed.write_text(changed.read_text(encoding="utf-8").replace(",21,", ",22,"), encoding="utf-8")
    told_of = run(home, "verify")
    assert told_of.exit_code == 1
    assert "baseline.headline.csv" in told_of.output


def test_export_writes_the_bundle_of_the_release_in_force_and_never_over_another(
    kept: Home, exported: Path
) -> None:
    out = exported
    assert differing(out) == []
    folder = release_store.folder_in_force(kept)
    assert folder is not None
    files = [path for path in out.rglob("*") if path.is_file()]
    changed = [
        p.name for p in files if p.read_bytes() != (folder / "bundle" / p.relative_to(out)).read_bytes()
    ]
    assert set(changed) <= {
        "README.md",
        bundle.MANIFEST,
    }  # what changed since the release before is said in that one
    assert run(kept, "export", "--bundle", str(out)).exit_code == 2
    assert run(kept, "export", "--bundle", str(kept.releases / "x")).exit_code == 2
    assert run(kept, "export").exit_code == 2


def test_verify_knows_a_bundle_wherever_it_lies(kept: Home, tmp_path: Path) -> None:
    folder = release_store.folder_in_force(kept)
    assert folder is not None
    out = Path(shutil.copytree(folder / "bundle", tmp_path / "out"))
    told_of = run(kept, "verify", str(out), "--lang", "en")
    assert (told_of.exit_code, "bundle of files" in told_of.output) == (0, True)
    for path in out.rglob("*"):
        path.chmod(0o700)
    (out / "more.txt").write_text("x", encoding="utf-8")
    (out / "CITATION.cff").unlink()
    (out / "croissant.json").write_text("{}", encoding="utf-8")
    told_of = run(kept, "verify", str(out), "--json")
    assert told_of.exit_code == 1
    [result] = json.loads(told_of.stdout)["verified"]
    assert [name for fault in result["faults"] for name in ("CITATION.cff", "croissant.json", "more.txt") if name in fault] == [
        "CITATION.cff", "croissant.json", "more.txt",
    ]  # fmt: skip
    (out / bundle.MANIFEST).write_text("{", encoding="utf-8")
    assert run(kept, "verify", str(out)).exit_code == 1


def test_where_sdmx_cannot_be_written_nothing_is(
    kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "find_spec", lambda name: None)
    told_of = run(kept, "export", "--bundle", str(tmp_path / "out"), "--lang", "en")
    assert told_of.exit_code == 3
    assert 'pip install "lineabase[pipeline]"' in told_of.stderr
    assert not (tmp_path / "out").exists()


def test_a_deployment_may_leave_it_out(sound_home: Path) -> None:
    """As tests do (conftest), and so this home's refresh."""
    folder = release_store.folder_in_force(Home(sound_home))
    assert folder is not None
    assert not (folder / "bundle").exists()
    assert "bundle" not in release_store.manifest(folder)
