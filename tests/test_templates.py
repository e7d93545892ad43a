"""The network's own collections, which no file shows yet: each takes the template, and gives what its example says."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from assets.intake.processing import check, process
from assets.intake.submission import receive
from schemas.cards.format_card import read_card
from schemas.grammar import CardError
from tests.conftest import release
from warehouse.build.inputs import snapshot
from warehouse.home import CHECKOUT, Home
from warehouse.statements.model_build import build

DAY = date(2024, 8, 1)

EXAMPLES = {
    "victims": (
        "reporting_country,period,sex,age_group,exploitation,citizenship,value\n"
        "CRI,2024-Q1,,,,,12\n"
        "Costa Rica,2024-Q1,,,,Nicaragua,7\n"
        "CRI,2024-Q1,Mujeres,,,,9\n",
        [
            ("total", "_T", "_T", "_T", 12),
            ("citizenship", "_T", "NIC", "intra_regional", 7),
            ("sex", "F", "_T", "_T", 9),
        ],
    ),
    "smuggled_migrants": (
        "reporting_country,period,citizenship,value\nMEX,2024-Q1,,40\nMEX,2024-Q1,Guatemala,25\nMEX,2024-Q1,India,15\n",
        [
            ("total", "_T", "_T", "_T", 40),
            ("citizenship", "_T", "GTM", "intra_regional", 25),
            ("citizenship", "_T", "IND", "extra_continental", 15),
        ],
    ),
    "trafficking_proceedings": (
        "measure,reporting_country,period,value\npersons_prosecuted,HND,2024-Q1,30\nPersonas condenadas,HND,2024-Q1,8\n",
        [("total", "_T", "_T", "_T", 30), ("total", "_T", "_T", "_T", 8)],
    ),
    "smuggling_proceedings": (
        "measure,reporting_country,period,value\nsmugglers_arrested,PAN,2024-Q1,14\n",
        [("total", "_T", "_T", "_T", 14)],
    ),
    "returns": (
        "measure,reporting_country,period,citizenship,accompaniment,counterpart_country,counterpart_role,value\n"
        "children_returned,MEX,2024-Q1,SLV,No acompañados,El Salvador,returned_to,5\n",
        [("accompaniment+citizenship+counterpart_country", "_T", "SLV", "intra_regional", 5)],
    ),
    "repatriations": (
        "reporting_country,period,citizenship,counterpart_country,counterpart_role,value\n"
        "DOM,2024-Q1,DOM,Colombia,Repatriadas desde,3\n",
        [("citizenship+counterpart_country", "_T", "DOM", "own_national", 3)],
    ),
    "mobility": (
        "measure,reporting_country,period,citizenship,value\n"
        "irregular_entries,HND,2024-01,Cuba,900\nirregular_entries,HND,2024-01,Apátrida,2\n",
        [
            ("citizenship", "_T", "CUB", "extra_regional_americas", 900),
            ("citizenship", "_T", "STLS", "stateless", 2),
        ],
    ),
}

CASES = (
    "case_id,reporting_country,identified_in,sex,age_group,exploitation,citizenship\n"
    "secret-1,CRI,2024-05,Feminine,0-17,SexualExploitation,Nicaragua\n"
    "secret-2,CRI,2024-05,F,Y0T17,SexualExploitation,NIC\n"
    "secret-3,CRI,2024-06,Masculine,Adultos,ForcedLabour,Costa Rica\n"
)


def sent(root: Path, collection: str, text: str) -> tuple[Home, Path]:
    """A home, and a file of that text."""
    file = root / "envio.csv"
    file.write_text(text, encoding="utf-8")
    return Home(root / "home"), file


def observed(home: Home, submission: str) -> pd.DataFrame:
    return pd.read_parquet(home.staged_folder(submission) / "observations.parquet")


def test_there_is_an_example_of_every_collection_of_the_network() -> None:
    cards = {path.parent.name for path in (CHECKOUT / "raw" / "CRM-TS").glob("*/format.toml")}
    assert cards == {*EXAMPLES, "victim_cases"}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_collection_of_the_network_takes_the_template(name: str, tmp_path: Path) -> None:
    text, expected = EXAMPLES[name]
    home, file = sent(tmp_path, name, text)
    outcome = process(home, receive(home, file, f"CRM-TS/{name}", DAY))
    assert outcome.is_clean, outcome.findings
    rows = observed(home, outcome.submission)[
        ["breakdown", "sex", "citizenship", "origin_class", "value_low"]
    ]
    assert sorted(map(tuple, rows.values.tolist())) == sorted(expected)


@pytest.mark.parametrize("name", ["victims", "smuggled_migrants"])
def test_the_good_twin_of_another_family_is_quarantined(name: str, tmp_path: Path) -> None:
    home, file = sent(
        tmp_path, name, "measure,reporting_country,period,value\nirregular_entries,MEX,2024-Q1,4\n"
    )
    assert [f.rule for f in check(home, file, f"CRM-TS/{name}", DAY).findings if f.source_row] == [
        "measure_of_another_family"
    ]


def test_cases_leave_the_step_as_counts(tmp_path: Path) -> None:
    home, file = sent(tmp_path, "victim_cases", CASES)
    outcome = process(home, receive(home, file, "CRM-TS/victim_cases", DAY))
    assert (outcome.status, outcome.rows["accepted"]) == ("accepted", 3)
    rows = observed(home, outcome.submission)
    assert sorted(rows[["sex", "age_group", "exploitation", "citizenship", "value_low"]].values.tolist()) == [
        ["F", "Y0T17", "SexualExploitation", "NIC", 2.0],
        ["M", "Y_GE18", "ForcedLabour", "CRI", 1.0],
    ]


@pytest.mark.parametrize(
    ("row", "rule", "cell"),
    [
        ("secret-1,CRI,2024-07,F,Y0T17,,NIC", "case_id_repeated", "A2"),
        (",CRI,2024-07,F,Y0T17,,NIC", "case_id_missing", "A5"),
        ("secret-4,CRI,2024-07-16,F,Y0T17,,NIC", "unreadable_period", "C5"),
    ],
)
def test_a_case_that_cannot_be_counted_once_is_quarantined(
    row: str, rule: str, cell: str, tmp_path: Path
) -> None:
    home, file = sent(tmp_path, "victim_cases", f"{CASES}{row}\n")
    found = check(home, file, "CRM-TS/victim_cases", DAY).findings
    assert (found[0].rule, found[0].cell) == (rule, cell)


@pytest.mark.slow
def test_no_case_is_seen_in_a_release_a_log_or_a_message_of_the_steps(tmp_path: Path, caplog) -> None:
    home, file = sent(tmp_path, "victim_cases", f"{CASES}secret-1,CRI,2024-07,F,Y0T17,,Atlantis\n")
    process(home, receive(home, file, "CRM-TS/victim_cases", DAY))
    release(home, DAY)
    with duckdb.connect(home.current, read_only=True) as db:
        for (name,) in db.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall():
            rows = db.execute(f"SELECT * FROM {name}").fetchall()
            assert not any("secret-" in str(row) or "Atlantis" in str(row) for row in rows), name
        for name in ("core.observations", "core.sources", "registry.findings", "baseline.indicator_values"):
            assert db.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
    assert "secret-" not in caplog.text
    assert b"secret-" not in home.current.read_bytes()
    assert home.staged_folder("CRM-TS.victim_cases.2024-08-01.1").stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_dagster_is_told_counts_and_no_case(tmp_path: Path) -> None:
    import dagster as dg

    from pipelines.dagster.launch import RunStatus, run_refresh

    home, file = sent(tmp_path, "victim_cases", f"{CASES}secret-1,CRI,2024-07,F,Y0T17,,Atlantis\n")
    receive(home, file, "CRM-TS/victim_cases", DAY)
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_refresh(home, instance, DAY).status is RunStatus.RELEASED
        (run,) = instance.get_runs()
        told = json.dumps([str(record) for record in instance.all_logs(run.run_id)])
    assert "rows_quarantined" in told
    assert "secret-" not in told
    assert "Atlantis" not in told


def test_case_files_must_be_protected(tmp_path: Path) -> None:
    card = (CHECKOUT / "raw/CRM-TS/victim_cases/format.toml").read_text(encoding="utf-8")
    path = tmp_path / "format.toml"
    path.write_text(card.replace('confidentiality = "cases"', 'confidentiality = "open"'), encoding="utf-8")
    with pytest.raises(CardError, match='needs confidentiality = "cases"'):
        read_card(path)


@pytest.mark.slow
def test_a_build_leads_from_each_counted_case_back_to_its_cell(tmp_path: Path) -> None:
    home, file = sent(tmp_path, "victim_cases", CASES)
    process(home, receive(home, file, "CRM-TS/victim_cases", DAY))
    build(tmp_path / "built.duckdb", snapshot(home, DAY, tmp_path).inputs)
    with duckdb.connect(tmp_path / "built.duckdb") as db:
        cells = db.execute(
            "SELECT observation, source_row, source_column, cell FROM core.sources ORDER BY source_row"
        ).fetchall()
        values = dict(db.execute("SELECT observation, value_low FROM core.observations").fetchall())
    assert [cell[1:] for cell in cells] == [(n, "case_id", f"A{n}") for n in range(2, CASES.count("\n") + 1)]
    assert Counter(observation for observation, *_ in cells) == values
