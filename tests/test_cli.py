"""The command line as people meet it: refresh, status, export, doctor. check and submit: tests/bad_input."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from assets.intake import freshness
from pipelines.cli.app import app
from tests.conftest import shipped_rows
from warehouse.home import CHECKOUT, Home
from warehouse.publication.shipping import shipped_submissions

WIDE = {"COLUMNS": "300", "NO_COLOR": "1"}


def run(home: Path, *arguments: str) -> Result:
    """Run a command on a home; its standard output and error are apart."""
    return CliRunner().invoke(app, arguments, env={"LINEABASE_HOME": str(home), **WIDE})


@pytest.fixture(scope="module", params=[pytest.param("refreshed", marks=pytest.mark.slow)])
def home(released_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home refreshed from the command line: all but the monthly files of Panama and Honduras was read already."""
    root = tmp_path_factory.mktemp("cli")
    shutil.copytree(released_home / "raw", root / "raw")
    unread = shutil.ignore_patterns("PAN-SNM.*", "HND-INM.*")
    shutil.copytree(released_home / "staged", root / "staged", ignore=unread)
    result = run(root, "refresh", "--lang", "en")
    assert result.exit_code == 0, result.output
    rows, waiting, banners = shipped_rows()
    for words in (
        "Released",
        f"accepted {len(shipped_submissions())}",
        f"{rows + waiting + banners:,} = accepted {rows:,} · quarantined {waiting:,} · layout {banners:,}",
        "of 33 indicators (5 without data)",
        "1991–2025, 11 countries: BLZ CAN CRI DOM GTM HND MEX NIC PAN SLV USA",
        "warnings",
        "current.duckdb",
        "Warehouse.open().query(",
    ):
        assert words in result.stdout, words
    assert "Reading" in result.stderr  # progress
    return root


@pytest.mark.slow
def test_a_second_refresh_does_no_work_and_says_so(home: Path) -> None:
    before = Home(home).current.stat().st_mtime_ns
    result = run(home, "refresh")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Nada nuevo: {len(shipped_submissions())} envíos ya están en")
    assert Home(home).current.stat().st_mtime_ns == before


ENGINES = ["dagster", "great_expectations", "scipy", "altair"]
SLOW_TO_LOAD = ["duckdb", "hypothesis"]
FRAMES = ["pandas", "pandera", "pyarrow"]
LOADED = """
import sys
from pipelines.cli.main import main
try:
    main()
except SystemExit as ended:
    print(ended.code, *(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


def loaded(home: Path, *arguments: str) -> list[str]:
    """What a process has imported when a command of it has ended well."""
    command = [sys.executable, "-c", LOADED, *arguments]
    environment = {**os.environ, "LINEABASE_HOME": str(home), **WIDE}
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr
    code, *names = said.splitlines()[-1].split()
    assert code == "0", said
    return names


@pytest.mark.parametrize("command", ["status", "refresh"])
def test_what_tells_that_nothing_is_new_loads_no_engine(home: Path, command: str) -> None:
    """What makes it answer within a second: it reads notes and asks DuckDB, and works with no table."""
    before = Home(home).current.stat().st_mtime_ns
    names = loaded(home, command)
    assert [name for name in (*ENGINES, *FRAMES) if name in names] == []
    assert Home(home).current.stat().st_mtime_ns == before


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "submit"])
def test_trying_a_file_loads_no_engine_of_the_build(tmp_path: Path, command: str) -> None:
    collection = "PAN-SNM/darien_nationality"
    file = next(path for path in (CHECKOUT / "raw" / collection).glob("*/*.csv"))
    names = loaded(tmp_path, command, str(file), "--collection", collection)
    assert [name for name in (*ENGINES, *SLOW_TO_LOAD) if name in names] == []


def test_a_command_lets_go_of_what_it_needs_no_more(tmp_path: Path) -> None:
    """While its libraries are imported there is nothing to let go of; from then on there is."""
    code = LOADED.replace("import sys", "import gc, sys").replace("ended.code,", "gc.isenabled(),")
    environment = {**os.environ, "LINEABASE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, "status"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stderr
    assert said.splitlines()[-1].split()[0] == "True"


def test_a_sentence_for_people_makes_no_step_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that weighs otherwise does."""
    shutil.copytree(CHECKOUT / "schemas", tmp_path / "schemas")
    monkeypatch.setattr(freshness, "CHECKOUT", tmp_path)
    digest = freshness.schemas_digest.__wrapped__
    before = digest()
    (tmp_path / "schemas/words/en.toml").write_text("", encoding="utf-8")
    assert digest() == before
    (tmp_path / "schemas/rules.toml").write_text("", encoding="utf-8")
    freshness._text.cache_clear()
    assert digest() != before


def test_the_query_of_the_summary_runs(home: Path) -> None:
    from pipelines.cli.releases import EXAMPLE

    lines = textwrap.dedent(EXAMPLE).replace(
        "Warehouse.open()", f"Warehouse.open({str(Home(home).current)!r})"
    )
    names: dict = {}
    exec(lines.replace("print(", "result = (", 1), names)
    assert len(names["result"]) > 50
    assert not names["result"].duplicated(["reporting_country", "collection", "year"]).any()


def test_refresh_for_machines_is_one_json_document(home: Path) -> None:
    told = json.loads(run(home, "refresh", "--json").stdout)
    assert told["new"] is False
    assert told["submissions"] == len(shipped_submissions())


def test_a_broken_card_stops_refresh_and_the_last_release_stays(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    card = tmp_path / "home/raw/UNODC/glotip/format.toml"
    card.write_text(card.read_text(encoding="utf-8").replace("due_days", "due_day"), encoding="utf-8")
    before = Home(tmp_path / "home").current.read_bytes()
    result = run(tmp_path / "home", "refresh")
    assert result.exit_code == 1
    assert "format.toml: [collection.due_day]" in result.stderr
    assert "did you mean 'due_days'?" in result.stderr
    assert "Traceback" not in result.output
    assert Home(tmp_path / "home").current.read_bytes() == before


def test_status_tells_each_collection_and_what_waits(home: Path) -> None:
    text = run(home, "status").stdout
    assert "UNODC/glotip" in text
    assert "2025-04-14" in text  # the later of two
    assert "aceptado" in text
    rows = json.loads(run(home, "status", "--json").stdout)
    assert rows["waiting"] == 0
    assert rows["shown_nowhere"] == []
    assert rows["questions"] == len(json.loads(run(home, "questions", "--json").stdout)) > 0
    assert {r["collection"]: r["rows_accepted"] for r in rows["collections"]}["PAN-SNM/darien_sex_age"] == 160


def test_questions_show_what_waits_and_the_lines_that_answer(home: Path) -> None:
    text = run(home, "questions", "--collection", "UNODC/glotip", "--lang", "en").stdout
    assert "MEX · victims_detected · total · 2015-01-01: 2,015" in text
    assert "Is the value what was counted? It looks like a year or a code" in text
    assert str(home / "raw" / "UNODC" / "glotip" / "decisions.toml") in text
    assert '    value = 2015\n    reason = { es = "", en = "" }\n' in text
    assert "[[confirmed_origin]]" in text
    assert "43 → 340" in text
    nothing = run(home, "questions", "--collection", "CAN-STATCAN/35100177", "--lang", "en").stdout
    assert "Nothing waits" in nothing
    unknown = run(home, "questions", "--collection", "UNODC/glotipp")
    assert unknown.exit_code == 2
    assert "UNODC/glotip," in unknown.stderr


def test_broken_decisions_stop_refresh_and_the_last_release_stays(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    decided = tmp_path / "home/raw/UNODC/glotip/decisions.toml"
    decided.write_text(
        '[[break]]\nperiod = "2016"\nreason = { es = "a", en = "b" }\nsource = "c"\ndecided_by = "d"\n'
        "decided_on = 2100-01-01\n",
        encoding="utf-8",
    )
    assert "lleva una fecha que no ha llegado, 2100-01-01" in run(tmp_path / "home", "refresh").stderr
    decided.write_text('[[break]]\nperiode = "2016"\n', encoding="utf-8")
    before = Home(tmp_path / "home").current.read_bytes()
    result = run(tmp_path / "home", "refresh")
    assert result.exit_code == 1
    assert "decisions.toml: [break (1).periode] clave desconocida / unknown key 'periode'" in result.stderr
    assert "did you mean 'period'?" in result.stderr
    assert "Traceback" not in result.output
    assert Home(tmp_path / "home").current.read_bytes() == before


def test_export_writes_the_values_and_their_caveats(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "victims.csv"
    arguments = ("export", "--indicator", "tip_victims_detected", "--format", "csv", "--output", str(out))
    assert run(home, *arguments).exit_code == 0
    values = pd.read_csv(out)
    assert ",TRUE," in out.read_text(encoding="utf-8")
    with duckdb.connect(Home(home).current, read_only=True) as db:
        expected = db.execute(
            "SELECT count(*), sum(value_low) FROM baseline.indicator_values "
            "WHERE indicator = 'tip_victims_detected' AND preferred"
        ).fetchone()
    assert (len(values), values["value_low"].sum()) == expected
    meta = json.loads(out.with_name("victims.csv-metadata.json").read_text(encoding="utf-8"))
    assert [c["name"] for c in meta["tableSchema"]["columns"]] == values.columns.tolist()
    assert "more may mean more effort" in meta["dc:description"][1]["@value"]
    assert meta["@context"] == ["http://www.w3.org/ns/csvw", {"@language": "es"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("export", "--indicator", "no_such", "--output", "x.csv"), "No hay indicador «no_such»"),
        (
            ("export", "--indicator", "tip_victims_detected", "--format", "pdf", "--output", "x"),
            "No se exporta en «pdf»",
        ),
        (("refresh", "--as-of", "mañana"), "no es una fecha"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run(home, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_folder_that_is_no_submission_is_said_every_time(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    for name in ("2025-13-99.1", "2025-01-01.1"):  # no day of the calendar; no file
        (tmp_path / "home/raw/UNODC/glotip" / name).mkdir()
    for command, stream in (("refresh", "stderr"), ("status", "stdout")):
        result = run(tmp_path / "home", command)
        assert result.exit_code == 0
        assert getattr(result, stream).count("Se pasó por alto") == 2
    assert run(tmp_path / "home", "doctor").exit_code == 3


def test_export_without_a_release_says_what_to_do(tmp_path: Path) -> None:
    result = run(tmp_path, "export", "--indicator", "x", "--output", "y", "--lang", "en")
    assert result.exit_code == 2
    assert "Run “lineabase refresh”" in result.stderr


def test_a_query_reads_and_cannot_change_the_release(home: Path) -> None:
    rows = json.loads(run(home, "query", "SELECT count(*) AS n FROM registry.submissions", "--json").stdout)
    assert rows == [{"n": len(shipped_submissions())}]
    assert "UNODC/glotip" in run(home, "query", "SELECT collection FROM registry.collections").stdout
    for wrong in ("SELECT nothing FROM nowhere", "DELETE FROM registry.submissions"):
        result = run(home, "query", wrong, "--lang", "en")
        assert (result.exit_code, "The query cannot be run" in result.stderr) == (2, True)


def test_doctor_finds_a_sound_home_well(home: Path) -> None:
    result = run(home, "doctor", "--lang", "en")
    assert result.exit_code == 0
    assert "All is well." in result.stdout
    assert "✗" not in result.stdout


def test_doctor_finds_an_internal_database_that_others_may_read(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    Home(tmp_path / "home").internal.chmod(0o644)
    result = run(tmp_path / "home", "doctor")
    assert result.exit_code == 3
    assert "✗ La base interna" in result.stdout


def test_the_internal_database_is_for_its_owner_only(home: Path) -> None:
    assert Home(home).internal.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_as_of_releases_what_was_known_then(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home")
    result = run(tmp_path / "home", "refresh", "--as-of", "2024-02-01", "--json")
    told = json.loads(result.stdout)
    assert told["release"] == "2023-Q4.r1"
    assert told["new"] is True
    days = [name.rsplit("/", 1)[1][:10] for name in shipped_submissions()]
    assert told["submissions"] == {"accepted": sum(day <= "2024-02-01" for day in days)}


def test_a_defect_is_a_sentence_and_leaves_its_trace_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.cli.home.outdated_submissions", lambda home: 1 / 0)
    result = run(tmp_path, "status", "--lang", "en")
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    trace = re.search(r"Send (\S+) to", result.stderr)
    assert trace is not None
    assert "ZeroDivisionError" in Path(trace[1]).read_text()
    Path(trace[1]).unlink()
