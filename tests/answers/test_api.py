"""The static API: its documents against the release's rows, its addresses with the programs that read them."""

import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import duckdb
import jsonschema
import pytest

from assets.dagster import pages
from schemas.words import CONTRACT_LANGUAGES
from tests.answers.web_server import serve
from tests.test_query import run
from warehouse import Warehouse
from warehouse.answers.answers import Answers
from warehouse.answers.questions.asking import ask
from warehouse.home import Home
from warehouse.publication import api
from warehouse.publication.api import sdmx_paths
from warehouse.publication.bundle import sdmx

READERS = os.environ.get("LINEABASE_API_READERS", "")
"""Folder of programs in an environment of their own: schemathesis, and Python with DuckDB 1.5 and its httpfs."""

VICTIMS = "tip_victims_detected"


@pytest.fixture(scope="module")
def file(released_home: Path) -> Path:
    return Home(released_home).current


@pytest.fixture(scope="module")
def folder(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The API of the shipped release."""
    written = tmp_path_factory.mktemp("api")
    api.write(file, written)
    return written / api.ROOT


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serve(folder.parent) as root:
        yield f"{root}/{api.ROOT}"


def read(path: Path | str) -> Any:
    """A JSON document; NaN and infinity are errors."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{path}: {constant}")

    content = urlopen(path).read() if isinstance(path, str) else path.read_bytes()
    return json.loads(content, parse_constant=refuse)


def documents(folder: Path) -> Iterator[tuple[str, str, Any]]:
    """Indicator, country and document of every series in the latest catalogue."""
    for entry in read(folder / "latest/catalogue.json")["indicators"]:
        for country, path in entry["series"].items():
            yield entry["indicator"], country, read(folder / "latest" / path)


def expected_value(how: str, low: float | None, high: float | None) -> dict[str, Any]:
    """The value of a row, by the rules of the contract."""
    if how in ("in_doubt", "withheld"):
        return {"kind": "no_number", "reason": how}
    assert low is not None
    if high is None or math.isinf(high):
        return {"kind": "at_least", "low": low}
    return {"kind": "exact", "value": low} if low == high else {"kind": "between", "low": low, "high": high}


# ---- documents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_every_number_is_the_row_of_the_labelled_layer(lang: str, folder: Path, released: Any) -> None:
    layers = ["headline", "headline_region", "headline_origin", "headline_exploitation"]
    rows = [
        row
        for layer in layers
        for row in released.execute(
            f"SELECT indicator, reporting_country, period, {'origin_class' if layer in layers[1:3] else repr('_T')}, "
            f"{'exploitation' if layer in layers[1::2] else repr('_T')}, how, value_low, value_high, value_{lang}, "
            f"unit, coalesce(flag, ''), collection FROM baseline.{layer} WHERE how <> 'not_reported'"
        ).fetchall()
    ]
    expected = {
        (*key, json.dumps(expected_value(how, low, high)), text, unit, flag, collection)
        for *key, how, low, high, text, unit, flag, collection in rows
    }
    published = {
        (
            figure["indicator"]["code"],
            figure["country"]["code"],
            figure["period"],
            figure["breakdown"].get("origin_class", {"code": "_T"})["code"],
            figure["breakdown"].get("exploitation", {"code": "_T"})["code"],
            json.dumps(figure["value"]),
            figure["text"],
            figure["unit"],
            "+".join(flag["code"] for flag in figure["flags"]),
            figure["source"]["code"],
        )
        for _, _, document in documents(folder)
        for figure in document[lang].get("figures", ())
    }
    assert len(expected) == len(rows) > 2_500
    assert published == expected


@pytest.mark.slow
def test_every_document_fits_its_description_and_cites_its_sources(folder: Path) -> None:
    description = read(folder / "openapi.json")
    schema = {"$ref": "#/components/schemas/SeriesReplies", "components": description["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    release = read(folder / "releases.json")["latest"]
    kinds = set()
    for indicator, country, document in documents(folder):
        validator.validate(document)
        for lang, reply in document.items():
            kinds.add(reply["kind"])
            assert (reply["lang"], reply["release"]) == (lang, release)
            assert reply["call"] == {
                "tool": "series",
                "arguments": {"indicator": indicator, "country": country},
            }
            if reply["kind"] == "answer":
                sources = {name for figure in reply["figures"] for name in figure["source"]["code"].split()}
                assert set(reply["licences"]) == sources
                assert reply["citation"]
            else:
                assert "figures" not in reply
    assert kinds == {"answer", "no_data"}


def test_address_tool_and_question_give_the_same_figure(address: str, file: Path, released: Any) -> None:
    row = released.execute(
        "SELECT value_low, value_high, value_es FROM baseline.headline WHERE indicator = $1 "
        "AND reporting_country = 'HND' AND period = '2022'",
        [VICTIMS],
    ).fetchone()
    by_address = read(f"{address}/latest/figures/{VICTIMS}/HND.json")["es"]
    (published,) = [figure for figure in by_address["figures"] if figure["period"] == "2022"]
    with Warehouse.open(file, lang="es") as warehouse:
        answers = Answers(warehouse)
        by_tool = answers.series(VICTIMS, "Honduras").model_dump(mode="json", exclude_none=True)
        by_figure = (
            answers.figure(VICTIMS, "Honduras", "2022").figures[0].model_dump(mode="json", exclude_none=True)
        )
        asked = ask(answers, "¿Cuántas víctimas detectó Honduras en 2022?").replies[0]
    assert by_address == by_tool | {"call": by_address["call"]}
    assert published == by_figure == asked.figures[0].model_dump(mode="json", exclude_none=True)  # type: ignore[union-attr]
    assert (published["value"], published["text"]) == ({"kind": "exact", "value": row[0]}, row[2])
    assert row[0] == row[1]


# ---- releases --------------------------------------------------------------------------------------


def next_release(file: Path, folder: Path, name: str) -> Path:
    """A copy of a release file under another release's name."""
    copied = Path(shutil.copyfile(file, folder / f"{name}.duckdb"))
    copied.chmod(0o600)
    with duckdb.connect(copied) as db:
        db.execute("UPDATE registry.release SET release = $1, as_of = as_of + INTERVAL 90 DAY", [name])
    return copied


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.slow
def test_an_earlier_release_stays_and_latest_moves(file: Path, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / api.ROOT)
    root = tmp_path / api.ROOT
    first = read(root / "releases.json")["latest"]
    before = tree(root / first)
    assert tree(root / "latest") == before
    assert api.write(next_release(file, tmp_path, "2026-Q2.r1"), tmp_path) == "2026-Q2.r1"
    listed = read(root / "releases.json")
    assert [entry["release"] for entry in listed["releases"]] == [first, "2026-Q2.r1"]
    assert listed["latest"] == read(root / "latest/catalogue.json")["release"] == "2026-Q2.r1"
    assert tree(root / first) == before
    (release,) = [
        parameter["schema"]["enum"]
        for parameter in read(root / "openapi.json")["paths"]["/{release}/catalogue.json"]["get"][
            "parameters"
        ]
    ]
    assert release == ["latest", first, "2026-Q2.r1"]
    api.write(file, tmp_path)  # a rollback: latest is again the first, and nothing is lost
    assert read(root / "latest/catalogue.json")["release"] == first
    assert len(read(root / "releases.json")["releases"]) == 2


@pytest.mark.slow
def test_an_interrupted_write_leaves_what_was_served(
    file: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / api.ROOT)
    before = tree(tmp_path / api.ROOT)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(sdmx_paths, "write", fail)
    with pytest.raises(OSError, match="disk full"):
        api.write(next_release(file, tmp_path, "2026-Q2.r1"), tmp_path)
    after = tree(tmp_path / api.ROOT)
    assert {name: content for name, content in after.items() if not name.startswith(".")} == before


@pytest.mark.slow
def test_the_command_and_a_release_write_it(
    released_home: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(released_home, "export", "--api", str(tmp_path / "out"), "--lang", "en")
    assert (result.exit_code, "openapi.json" in result.stdout) == (0, True)
    assert tree(tmp_path / "out" / api.ROOT) == tree(folder)
    home = Home(tmp_path / "home")
    home.current.parent.mkdir(parents=True)
    shutil.copyfile(Home(released_home).current, home.current)
    assert pages.renew_pages(home) is None
    assert not home.api.exists()
    monkeypatch.setenv("LINEABASE_API", "yes")
    assert pages.renew_pages(home) is None
    assert tree(home.api / api.ROOT) == tree(folder)
    both = run(released_home, "export", "--api", str(tmp_path), "--bundle", str(tmp_path), "--lang", "en")
    assert (both.exit_code, "--api" in both.stderr) == (2, True), both.stderr


# ---- programs that read it -------------------------------------------------------------------------


def sdmx_rows(released: Any, condition: str) -> list[tuple[Any, ...]]:
    return sorted(
        (country, period.replace("FY", ""), low, None if high is None or math.isinf(high) else high)
        for country, period, low, high in released.execute(
            f"SELECT reporting_country, period, value_low, value_high FROM baseline.headline WHERE {condition}"
        ).fetchall()
    )


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        (f"A.{VICTIMS}.HND", f"indicator = '{VICTIMS}' AND reporting_country = 'HND'"),
        (f"A.{VICTIMS}.", f"indicator = '{VICTIMS}'"),
    ],
)
def test_pysdmx_reads_structures_and_data(key: str, condition: str, address: str, released: Any) -> None:
    from pysdmx.api import qb
    from pysdmx.io import read_sdmx

    service = qb.RestService(
        f"{address}/latest/sdmx",
        qb.ApiVersion.V1_5_0,
        data_format=qb.DataFormat.SDMX_CSV_2_0_0,
        structure_format=qb.StructureFormat.SDMX_ML_3_0,
    )
    version = sdmx.version(read(f"{address}/releases.json")["latest"])
    asked = qb.StructureQuery(
        qb.StructureType.DATAFLOW, sdmx.AGENCY, "HEADLINE", version, references=qb.StructureReference.ALL
    )
    structures = read_sdmx(BytesIO(service.structure(asked)), validate=True)
    assert "HEADLINE" in {flow.id for flow in structures.get_dataflows()}
    query = qb.DataQuery(context=qb.DataContext.DATAFLOW, agency_id="*", resource_id="HEADLINE", key=key)
    (data,) = read_sdmx(BytesIO(service.data(query)), validate=True).data
    cells = data.data.astype(object).where(data.data.notna(), None)
    got = [
        (row["REF_AREA"], row["TIME_PERIOD"], number(row["VALUE_LOW"]), number(row["VALUE_HIGH"]))
        for row in cells.to_dict("records")
    ]
    assert sorted(got, key=str) == sorted(sdmx_rows(released, condition), key=str)
    assert len(got) > 10


def number(cell: Any) -> float | None:
    return None if cell in (None, "") else float(cell)


def test_sdmx1_reads_structures_and_data(address: str, released: Any, tmp_path: Path) -> None:
    """Its client asks for data at the address, but drops the structure that its reader of CSV needs (2.28)."""
    import sdmx as sdmx1

    source = {"id": "LINEABASE_TEST", "url": f"{address}/latest/sdmx", "name": "lineabase"}
    sdmx1.add_source(source, override=True)
    client = sdmx1.Client("LINEABASE_TEST")
    listed = client.dataflow(agency_id=sdmx.AGENCY)
    assert set(listed.dataflow) == {name.partition(".")[2].upper() for name in sdmx_paths.FLOWS}
    flow = client.dataflow("HEADLINE", agency_id=sdmx.AGENCY).dataflow["HEADLINE"]
    asked = client.data("HEADLINE", key=f"A.{VICTIMS}.HND", dry_run=True)
    answer = client.session.send(asked)
    assert answer.headers["content-type"].startswith("application/vnd.sdmx.data+csv")
    (tmp_path / "data.csv").write_bytes(answer.content)
    (data,) = sdmx1.read_sdmx(tmp_path / "data.csv", structure=flow).data
    years = {str(one.dimension["TIME_PERIOD"].value) for one in data.obs}
    rows = sdmx_rows(released, f"indicator = '{VICTIMS}' AND reporting_country = 'HND'")
    assert years == {period for _, period, *_ in rows}
    bounds = {
        str(one.dimension["TIME_PERIOD"].value): number(str(one.value)) for one in data.obs if one.value != ""
    }
    assert bounds == {period: high for _, period, _, high in rows if high is not None}


@pytest.mark.skipif(not READERS, reason="schemathesis is not here (LINEABASE_API_READERS)")
@pytest.mark.slow
def test_schemathesis_finds_the_description_true(address: str, tmp_path: Path) -> None:
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [
        f"{READERS}/bin/schemathesis", "run", f"{address}/openapi.json", "--url", address, "--phases", "examples,coverage,fuzzing",
        "--mode", "positive", "--checks", checks, "--max-examples", "60", "--seed", "1", "--no-color",
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, cwd=tmp_path)
    assert result.returncode == 0, result.stdout[-3000:]
    assert "No issues found" in result.stdout


@pytest.mark.skipif(not READERS, reason="DuckDB 1.5 with httpfs is not here (LINEABASE_API_READERS)")
@pytest.mark.slow
def test_duckdb_reads_parquet_over_http(address: str, released: Any) -> None:
    code = f"""
import duckdb, json
from duckdb_extensions import import_extension
import_extension("httpfs")
db = duckdb.connect()
db.execute("LOAD httpfs; SET force_download = true")
assert duckdb.__version__.startswith("1.5"), duckdb.__version__
rows = db.execute("SELECT period, value_low, value_high FROM read_parquet('{address}/latest/parquet/"
    "baseline.headline.parquet') WHERE indicator = '{VICTIMS}' AND reporting_country = 'HND' ORDER BY period").fetchall()
print(json.dumps(rows))
"""
    done = subprocess.run([f"{READERS}/bin/python", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    expected = released.execute(
        "SELECT period, value_low, value_high FROM baseline.headline WHERE indicator = $1 "
        "AND reporting_country = 'HND' ORDER BY period",
        [VICTIMS],
    ).fetchall()
    assert [tuple(row) for row in json.loads(done.stdout)] == expected
