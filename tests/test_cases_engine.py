"""Files of one row a person: what is judged by distinct text equals the contract on the whole frame, row by row."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.intake import observations, records
from assets.intake.judging import cases, validation
from assets.intake.judging.decoding import tidy
from assets.intake.reading.columns import Column, take_texts
from assets.intake.records import Records
from schemas.cards.format_card import Card, Format, read_card
from schemas.contracts import counts_contract, failures
from schemas.tables import OBSERVATION_KEY, OPENINGS, STAGED_TABLE
from warehouse.home import CHECKOUT

CARD = read_card(CHECKOUT / "raw" / "CRM-TS" / "victim_cases" / "format.toml")
DAY = date(2025, 1, 1)
TEXTS = {
    "case_id": ["c1", "c2", "c3", " c3", "", "x9"],
    "reporting_country": ["CRI", "Costa Rica", "MEX", "XX", "Congo", ""],
    "identified_in": ["2024-05", "2024", "2024-Q1", "2026-01", "mayo", "", "2024-06 "],
    "sex": ["F", "M", "Mujer", "H", "?", ""],
    "age_group": ["Y0T17", "0-17", "zz", ""],
    "citizenship": ["NIC", "Nicaragua", "HND", "Atlantis", "Guinea", "", "Dominican"],
    "exploitation": ["SexualExploitation", "ForcedLabour", "", "bad"],
    "note": ["a", "b"],
}


def made_up(seed: int) -> Records:
    """Some rows of some columns, each with few or many texts, good and bad; in some, rows of another width."""
    chance = random.Random(seed)
    rows = chance.choice([1, 3, 10, 60])
    columns = {}
    for name, texts in TEXTS.items():
        if name in ("case_id", "identified_in") or chance.random() < 0.9:
            used = chance.sample(texts, max(1, int(len(texts) * chance.choice([0.2, 0.5, 1]))))
            own = name == "case_id" and chance.random() < 0.7
            columns[name] = Column.from_texts(
                [f"u{n}" if own and chance.random() < 0.7 else chance.choice(used) for n in range(rows)]
            )
    surplus = np.array(
        [chance.choice([0, 0, 0, 0, 0, 1, -2]) if seed % 3 == 0 else 0 for _ in range(rows)], np.int32
    )
    numbers = np.arange(2, rows + 2, dtype=np.int32)
    return Records(columns, [None], np.zeros(rows, np.int16), numbers, surplus, np.zeros(rows, bool))


def own_format() -> Format:
    return CARD.formats()[-1]


def told(values) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in values.to_numpy()]


@pytest.mark.parametrize("seed", range(8))
def test_distinct_texts_are_judged_as_whole_rows_are(seed: int) -> None:
    scope = validation.find_scope(made_up(seed), own_format())
    whole, distinct = (judge(scope, CARD, DAY) for judge in (validation.judge_counts, cases.judge))
    assert (whole.status, whole.rows) == (distinct.status, distinct.rows)
    assert whole.findings.table.to_pylist() == distinct.findings.table.to_pylist()
    assert whole.findings.examples == distinct.findings.examples
    assert whole.findings.by_rule == distinct.findings.by_rule
    of_figures, of_persons = (
        told(q[list(OBSERVATION_KEY)]) for q in (whole.quarantined_keys, distinct.quarantined_keys)
    )
    assert sorted(set(of_figures)) == sorted(of_persons)  # each once, and once for each country it may mean
    assert whole.accepted_lines.empty == distinct.accepted_lines.empty
    if whole.accepted_lines.empty:
        return
    origin = observations.Origin("CRM-TS.victim_cases.2025-01-01.1", "CRM-TS/victim_cases", DAY)
    read = [
        c for c in OPENINGS.column_names if c not in ("is_number", "value_high")
    ]  # a row is one person, come what may
    openings = [
        observations.complete_openings(j.waiting, j.accepted_lines, origin, CARD.collection)
        for j in (whole, distinct)
    ]
    assert sorted(told(openings[0][read])) == sorted(told(openings[1][read]))
    assert openings[1]["value_high"].sum() == distinct.rows["quarantined"]
    by_row = observations.observe(whole.accepted_lines, origin, CARD.collection)
    assert distinct.case_rows is not None
    counted = observations.observe_cases(distinct.accepted_lines, origin, CARD.collection)
    assert told(by_row.values[STAGED_TABLE.column_names]) == told(counted.values[STAGED_TABLE.column_names])
    assert by_row.findings == counted.findings
    cells = ["observation", "source_row", "source_column", "cell"]
    sources = distinct.case_rows.to_pandas().merge(counted.sources, on="line", validate="many_to_one")
    sources["cell"] = sources["letters"] + sources["source_row"].astype(
        str
    )  # as warehouse/build/database.py joins them
    assert told(by_row.sources[cells]) == told(sources[cells])


@pytest.mark.parametrize("rows", [[], [2], [1, 1, 3], [0, 1, 2, 3]])
def test_texts_that_no_row_holds_are_left_out_and_the_rows_say_the_same(rows: list[int]) -> None:
    column = Column.from_texts(["a", "b", "c", "d"]).take(np.array(rows, int))
    used = column.drop_unused()
    assert used.series().tolist() == column.series().tolist() == ["abcd"[n] for n in rows]
    assert used.texts.to_pylist() == sorted({"abcd"[n] for n in rows})


MONTHS = ("identified_in", 2, "C2")
"""What is remarked once: the card speaks of quarters, the file of months."""
BAD = {"sex": "?", "age_group": "zz", "citizenship": "Atlantis", "identified_in": "2031-01", "case_id": ""}
"""A text that is wrong in each column."""


def planted_file(path: Path, rows: int) -> list[tuple[str, int, str]]:
    """A file of so many cases, and what is wrong in it: rule's column, row and cell, in row order."""
    chance = random.Random(11)
    good = {
        "reporting_country": ["CRI", "Costa Rica", "MEX", "GTM"],
        "identified_in": [f"20{y}-{m:02}" for y in range(15, 25) for m in range(1, 13)],
        "sex": ["F", "M", "Mujer", ""],
        "age_group": ["Y0T17", "Adultos", ""],
        "exploitation": ["SexualExploitation", "ForcedLabour", ""],
        "citizenship": ["NIC", "Nicaragua", "HND", "COL", "China"],
    }
    names, wrong = ["case_id", *good], []
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for n in range(rows):
            cells = [f"C{n * 7919 % 100_000_007:09}", *(chance.choice(texts) for texts in good.values())]
            if n % 97 == 5:
                name = chance.choice(sorted(BAD))
                cells[names.index(name)] = BAD[name]
                wrong.append((name, n + 2, f"{'ABCDEFG'[names.index(name)]}{n + 2}"))
            file.write(",".join(cells) + "\n")
    return wrong


def _finds_what_is_planted(folder: Path, rows: int) -> records.ReadResult:
    path = folder / "cases.csv"
    wrong = planted_file(path, rows)
    found = records.read(path, CARD)
    judged = cases.judge(validation.find_scope(found.records, own_format()), CARD, DAY)
    table = judged.findings.table.select(["column_name", "source_row", "cell"]).to_pylist()
    assert [tuple(row.values()) for row in table] == [*wrong, MONTHS]
    assert judged.rows == {
        **dict.fromkeys(judged.rows, 0),
        "accepted": rows - len(wrong),
        "quarantined": len(wrong),
    }
    assert judged.case_rows is not None
    bad_rows = {row for _, row, _ in wrong}
    assert judged.case_rows["source_row"].to_pylist() == [n for n in range(2, rows + 2) if n not in bad_rows]
    lines = Counter(judged.case_rows["line"].to_pylist())
    assert [lines[n] for n in range(len(judged.accepted_lines))] == judged.accepted_lines[
        "value_low"
    ].tolist()
    return found


def test_every_planted_defect_is_found_at_its_cell(tmp_path: Path) -> None:
    _finds_what_is_planted(tmp_path, 3_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [pytest.param(200_000), pytest.param(1_000_000, marks=pytest.mark.hard)], ids=str
)
def test_many_rows_have_the_findings_of_pandera_on_the_whole_frame(tmp_path: Path, number: int) -> None:
    """Read by several threads, of several blocks: right rows, not only right numbers of them."""
    found = _finds_what_is_planted(tmp_path, number)
    scope = validation.find_scope(found.records, own_format())
    judged = cases.judge(scope, CARD, DAY)
    lines = validation.prepare_lines(
        tidy(validation.to_frame(scope.records), CARD, scope.format), scope.format
    )
    contract = counts_contract(scope.format, lines.columns, received_on=DAY, collection=CARD.collection)
    broken = failures(contract, lines)
    expected = list(zip(broken["rule"], lines["_row"].to_numpy()[broken["index"]], strict=True))
    table = judged.findings.table
    found_rules = list(zip(table["rule"].to_pylist(), table["source_row"].to_pylist(), strict=True))
    assert found_rules == [*expected, ("another_frequency", 2)]


def test_columns_that_are_read_together_are_one_facet() -> None:
    card: Card = read_card(CHECKOUT / "raw" / "MEX-SESNSP" / "victimas" / "format.toml")
    together = cases.group_columns(card.formats()[0], card.formats()[0].columns)
    assert ("n_year", "n_month") in together
    assert all(len(names) == 1 for names in cases.group_columns(own_format(), own_format().columns))


def test_keys_of_many_columns_do_not_outgrow_a_number() -> None:
    """Four columns of 2³¹ texts each: multiplied out in 64 bits, what the first column says would be lost."""
    length = 2**31
    columns = [np.array(c) for c in ([0, 1, 0, 1], [0, 0, 1, 0], [5, 5, 5, 5], [7, 7, 7, 7])]
    packed, size = cases._combine_numbers([(column, length) for column in columns], 4)
    codes, first, often = cases._number_keys(packed, size)
    assert codes.tolist() == [0, 1, 2, 1]
    assert (first.tolist(), often.tolist()) == ([0, 1, 2], [1, 2, 1])


def test_an_identifier_is_the_same_whoever_hashes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few keys are hashed without DuckDB."""
    lines = validation.judge_counts(
        validation.find_scope(made_up(12), own_format()), CARD, DAY
    ).accepted_lines
    assert len(lines) > 1
    few = observations.identifiers(lines, "X.c.2025-01-01.1")
    monkeypatch.setattr(observations, "HASHED_IN_PYTHON", 0)
    many = observations.identifiers(lines, "X.c.2025-01-01.1")
    assert (few.tolist(), few.dtype, list(few.index)) == (many.tolist(), many.dtype, list(many.index))


@pytest.mark.slow
def test_several_files_are_judged_at_once_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the desk: DuckDB's own connection of the process refuses a second thread, so each has one of its own."""
    monkeypatch.setattr(observations, "HASHED_IN_PYTHON", 0)
    lines = validation.judge_counts(
        validation.find_scope(made_up(12), own_format()), CARD, DAY
    ).accepted_lines
    texts = [f"case {n % 90_000}" for n in range(100_000)]
    column, among = Column(pa.chunked_array([texts], pa.string())), np.ones(100_000, bool)

    def looked_at(_: int) -> tuple[list[str], list[bool]]:
        same = column.find_repeated(among, column.rows_to_compare())
        return observations.identifiers(lines, "X.c.2025-01-01.1").tolist(), same.tolist()

    alone = looked_at(0)
    assert sum(alone[1]) == 20_000
    with ThreadPoolExecutor(4) as pool:
        assert all(found == alone for found in pool.map(looked_at, range(16)))


@pytest.mark.parametrize("rows", [[], [0], [2, 3], [0, 2, 4, 6], [6, 0, 3]])
def test_texts_of_many_chunks_are_taken_as_of_one(rows: list[int]) -> None:
    """Few rows of a hundred chunks, in order or not."""
    chunks = [[f"{c}.{n}" for n in range(c % 3)] for c in range(100)]
    texts = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks])
    whole = [text for chunk in chunks for text in chunk]
    found = take_texts(texts, np.array(rows, np.int64))
    assert found.to_pylist() == [whole[row] for row in rows]
