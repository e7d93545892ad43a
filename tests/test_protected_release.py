"""Protected collections through a home: what is published, what an attacker of the files finds, what stays.

Made-up members send counts and case files; expected cells are counted here from what was sent.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from assets.intake.submission import receive
from schemas.protected_tables import settings
from tests import faults, older_homes
from tests.agreements import agree
from tests.answers import doors
from tests.conftest import accept, release
from tests.test_public_text import released
from tests.test_vintages import CARD
from warehouse import Warehouse, charts
from warehouse.audit.attack import Interval
from warehouse.audit.findings import Finding, attack_release
from warehouse.audit.relations import CellKey, Limits, Snapshot, find_leaks
from warehouse.audit.released_counts import collect_knowledge, read_snapshots
from warehouse.gate import confidentiality, examine
from warehouse.home import Home, Submission
from warehouse.protection import ledger, tables
from warehouse.publication import bundle, collection_pages
from warehouse.release import release_store

pytestmark = pytest.mark.slow  # it takes releases of its own

CASES, COUNTS, RETURNS = "CRM-TS/victim_cases", "CRM-TS/victims", "CRM-TS/returns"
MEMBERS = ("BLZ", "CRI", "DOM", "SLV", "GTM", "HND", "MEX", "NIC", "PAN")
AS_OF, LATER, NEXT_YEAR = date(2024, 4, 15), date(2024, 7, 15), date(2025, 1, 15)


def people(persons: int, seed: int, year: int = 2023) -> pd.DataFrame:
    """One row a person, in the template's columns; few members have most of them."""
    rng = np.random.default_rng(seed)
    weight = np.array([0.3, 30, 8, 3, 12, 6, 60, 1, 2])
    frame = pd.DataFrame(
        {
            "reporting_country": rng.choice(MEMBERS, persons, p=weight / weight.sum()),
            "identified_in": [f"{year}-{month:02}" for month in rng.integers(1, 13, persons)],
            "sex": rng.choice(["F", "M", "_U"], persons, p=[0.68, 0.31, 0.01]),
            "age_group": rng.choice(["Y0T17", "Y_GE18", "_U"], persons, p=[0.28, 0.7, 0.02]),
            "exploitation": rng.choice(
                ["SEX", "LAB", "ForcedBegging", "_U"], persons, p=[0.6, 0.25, 0.05, 0.1]
            ),
            "citizenship": rng.choice(
                ["HND", "MEX", "VEN", "CHN", "_U"], persons, p=[0.5, 0.3, 0.15, 0.02, 0.03]
            ),
        }
    )
    frame.insert(0, "case_id", [f"{frame['reporting_country'][n]}-{n:06}" for n in range(persons)])
    return frame


def send(home: Home, frame: pd.DataFrame, day: date, collection: str = CASES) -> Submission:
    """Hand in a table as a file and let it in."""
    file = home.root / "sent.csv"
    frame.to_csv(file, index=False)
    submission = receive(home, file, collection, day)
    outcome = accept(home, submission)
    assert outcome.status == "accepted", [f.message("en") for f in outcome.findings]
    file.unlink()
    return submission


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """4,000 persons of nine members in 2023, released."""
    home = Home(tmp_path_factory.mktemp("protected"))
    send(home, people(4000, 1), date(2024, 2, 1))
    release(home, AS_OF)
    return home


def cells_of(home: Home, file: Path | None = None) -> dict[tuple[str, str, str, str], dict]:
    """The published cells: where, period, dimension, code."""
    with duckdb.connect(file or home.current, read_only=True) as db:
        rows = db.execute("SELECT * FROM baseline.protected_counts").df()
    rows = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {(r["reporting_country"], r["period"], r["dimension"], r["code"]): r for r in rows}


def bounds(home: Home, file: Path | None = None) -> dict[tuple[str, str, str, str], tuple]:
    return {cell: (row["value_low"], row["value_high"]) for cell, row in cells_of(home, file).items()}


def counted(frame: pd.DataFrame) -> Counter:
    """Persons by country, year, quarter or month, dimension and code, counted here.

    Belize has no year: nobody is in one of its quarters, and no file of persons reports that.
    """
    form = {"ForcedBegging": "OTH"}
    quarter = frame["identified_in"].map(lambda month: f"2023-Q{(int(month[5:]) + 2) // 3}")
    cells: Counter = Counter()
    for person, of_quarter in zip(frame.itertuples(index=False), quarter, strict=True):
        own = person.citizenship == person.reporting_country
        origin = {"HND": "intra_regional", "MEX": "intra_regional", "_U": "indeterminate"}
        for area in (person.reporting_country, "CRM"):
            cells[area, of_quarter, "_T", "_T"] += 1
            cells[area, person.identified_in, "_T", "_T"] += 1
            if person.reporting_country == "BLZ":
                continue
            cells[area, "2023", "_T", "_T"] += 1
            cells[area, "2023", "sex", person.sex] += 1
            cells[area, "2023", "age_group", person.age_group] += 1
            cells[area, "2023", "exploitation", form.get(person.exploitation, person.exploitation)] += 1
            origin_class = "own_national" if own else origin.get(person.citizenship, "extra_regional")
            cells[area, "2023", "origin_class", origin_class] += 1
            cells[area, "2023", "age_group+sex", f"{person.age_group}+{person.sex}"] += 1
            of_form = form.get(person.exploitation, person.exploitation)
            cells[area, "2023", "exploitation+origin_class", f"{of_form}+{origin_class}"] += 1
            if not own and person.citizenship != "_U":
                cells[area, "2023", "citizenship", person.citizenship] += 1
    return cells


# ---- one release -----------------------------------------------------------------------------------


def test_every_published_interval_contains_the_true_count(home: Home) -> None:
    """(a): 4,000 persons counted here; the annual totals are exact, and nothing else of one member is."""
    true, cells = counted(people(4000, 1)), cells_of(home)
    assert len(cells) > 500
    for cell, row in cells.items():
        assert row["value_low"] <= true[cell] <= row["value_high"], cell
        if row["members"] is None:
            is_total = (cell[1], cell[2]) == ("2023", "_T")
            assert (row["value_low"] == row["value_high"]) == is_total, cell
            assert (row["flag"] == "perturbed") == (row["value_published"] is not None) == (not is_total)
    unlisted = {cell for cell in true if cell not in cells and (cell[0], cell[2]) != ("BLZ", "_T")}
    assert {cell[2] for cell in unlisted} <= {"citizenship"}
    assert all(true[cell] <= 5 for cell in unlisted if cell[0] != "CRM")
    assert ("CRM", "2023", "sex", "F") in cells


def test_an_attacker_of_the_public_file_narrows_no_count(home: Home) -> None:
    """(b), by the attack on the file; and it reports the naive release below."""
    findings = attack_release(home.current, [], all_members=True)
    assert {f.answer for f in findings} == {"attacked"}
    assert len(findings) == len(MEMBERS)
    assert not any(f.has_leaks for f in findings)


def intervals_of_doors(home: Home, folder: Path) -> dict[tuple[str, ...], tuple[float, float]]:
    """The tightest interval that any answer, question or file at an address gives of each cell."""
    periods = ["2023", *(f"2023-Q{n}" for n in range(1, 5)), *(f"2023-{n:02}" for n in range(1, 13))]
    replies = doors.all_replies(home.current, "tip_victims_detected", ("CRI", "GTM"), periods)
    figures = doors.figures_of(dict(doors.by_address(home.current, folder)), replies)
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    for figure in figures:
        value, details = figure["value"], figure["breakdown"]
        if figure["indicator"]["code"] not in COUNTS_OF_PERSONS or value["kind"] == "no_number":
            continue
        details = {name: code["code"] for name, code in sorted(details.items())}
        cell = (
            figure["country"]["code"],
            figure["period"],
            "+".join(details) or "_T",
            "+".join(details.values()) or "_T",
        )
        low, high = (value[name] if name in value else value.get("value", np.inf) for name in ("low", "high"))
        before = found.get(cell, (0, np.inf))
        found[cell] = (max(low, before[0]), min(high, before[1]))
    return found


COUNTS_OF_PERSONS = ("tip_victims_detected", "tip_victims_detected_origin")


def cell_of(key: CellKey) -> tuple[str, str, str, str]:
    """A cell as the tests name it: where, period, dimension, code."""
    period = {
        "A": f"{key.start:%Y}",
        "Q": f"{key.start:%Y}-Q{key.start.month // 3 + 1}",
        "M": f"{key.start:%Y-%m}",
    }
    return key.area, period[key.frequency], key.dimension, key.code


def tightest_of_file(home: Home) -> dict[tuple[str, ...], tuple[float, float]]:
    """The tightest interval that the other tables of the release's file give of each citizenship."""
    rows = asked_of(
        home,
        "SELECT reporting_country, period, citizenship, value_low, value_high FROM baseline.indicator_values "
        f"WHERE indicator IN {COUNTS_OF_PERSONS} AND citizenship <> '_T' AND sex = '_T' AND age_group = '_T' "
        "UNION ALL SELECT reporting_country, period, origin, persons_low, possible_high FROM baseline.origin_flows "
        "WHERE measure = 'victims_detected'",
    )
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    for area, period, code, low, high in rows.itertuples(index=False):
        before = found.get((area, period, "citizenship", code), (0, np.inf))
        upper = before[1] if pd.isna(high) else min(high, before[1])
        found[area, period, "citizenship", code] = (max(low, before[0]), upper)
    return found


def test_an_attacker_with_every_door_narrows_no_count(home: Home, tmp_path: Path) -> None:
    """The attack on the file's cells, each with the tightest interval that tools, questions and addresses give.

    One small count that a door gave away would be found.
    """
    found, published = intervals_of_doors(home, tmp_path), bounds(home)
    assert {cell[2] for cell in found} >= {"_T", "sex", "age_group", "origin_class", "citizenship"}
    limits = Limits(settings().feasible_values, settings().threshold, settings().most_absent)
    true, narrowed, given_away = counted(people(4000, 1)), 0, 0
    for member in (("trafficking", "CRI"), ("trafficking", "GTM")):
        snapshot = read_snapshots(home.current)[member]
        with duckdb.connect(home.current, read_only=True) as db:
            knowledge = collect_knowledge(db, member)
        cells = dict(snapshot.cells)
        for key, cell in snapshot.cells.items():
            low, high = found.get(cell_of(key), (cell.low, np.inf))
            upper = (
                cell.high if np.isinf(high) else min(int(high), int(high) if cell.high is None else cell.high)
            )
            cells[key] = cell._replace(low=max(int(low), cell.low), high=upper)
            narrowed += cell_of(key) in found
        assert cells == snapshot.cells
        assert find_leaks(knowledge, Snapshot(snapshot.as_of, cells), limits) == {}
        for key, cell in snapshot.cells.items():
            truth = true[cell_of(key)]
            if cell.low != cell.high and 1 <= truth < settings().threshold:
                leak = {**cells, key: cell._replace(low=truth, high=truth)}
                assert find_leaks(knowledge, Snapshot(snapshot.as_of, leak), limits) != {}, key
                given_away += 1
                break
    assert narrowed > 30
    assert given_away > 0
    beyond = {
        cell: interval
        for cell, interval in found.items()
        if cell not in published and cell[0] in ("CRI", "GTM")
    }
    assert beyond == {cell: interval for cell, interval in tightest_of_file(home).items() if cell in beyond}


def naive_build(home: Home, folder: Path) -> Path:
    """The build with every count published within one of the truth."""
    built = Path(shutil.copyfile(home.internal, folder / "built.duckdb"))
    with duckdb.connect(built) as db:
        db.execute(
            """
            UPDATE baseline.protected_counts AS p
            SET value_low = greatest(c.value - 1, 0), value_high = c.value + 1
            FROM core.protected_cells AS c
            WHERE (p.reporting_country, p.measure, p.frequency, p.period_start, p.dimension, p.code)
                = (c.reporting_country, c.measure, c.frequency, c.period_start, c.dimension, c.code)
              AND c.status = 'shown' AND p.value_published IS NOT NULL
            """
        )
    return built


def test_the_gate_refuses_counts_without_noise(home: Home, tmp_path: Path) -> None:
    """(c) at the gate: it says where, no value, and nobody releases over it."""
    verdict = examine(naive_build(home, tmp_path))
    [failed] = [a for a in verdict.failed if a.question.id == "confidentiality_audit"]
    assert failed.question.absolute
    assert failed.violations > 20
    assert all(
        re.fullmatch(r"collection=\S+, measure=victims_detected, .*problem=narrow", e)
        for e in failed.examples
    )
    assert not any("value" in example for example in failed.examples)


BROKEN = {
    "a bound that excludes the truth": "UPDATE baseline.protected_counts SET value_high = value_low, "
    "value_low = value_low - 1 WHERE value_published IS NOT NULL AND value_low > 20",
    "an exact detail": "UPDATE baseline.protected_counts SET value_low = 30, value_high = 30 WHERE dimension = 'sex' "
    "AND members IS NULL",
    "an exact small total": "UPDATE baseline.protected_counts SET value_low = 3, value_high = 3 WHERE dimension = '_T' "
    "AND frequency = 'A' AND members IS NULL AND reporting_country = 'PAN'",
}


@pytest.mark.parametrize("broken", BROKEN)
def test_the_gate_refuses_a_broken_table(home: Home, tmp_path: Path, broken: str) -> None:
    built = Path(shutil.copyfile(home.internal, tmp_path / "built.duckdb"))
    with duckdb.connect(built) as db:
        assert db.execute(BROKEN[broken]).fetchall() > [(0,)]
    assert "confidentiality_audit" in {answer.question.id for answer in examine(built).failed}


def test_what_was_known_on_a_day_is_built_without_protected_counts(home: Home) -> None:
    """A draw of its own would narrow what the releases publish."""
    with Warehouse.open(home.current, as_of=date(2024, 3, 1)) as then:
        assert then.query("SELECT count(*) AS n FROM baseline.protected_counts")["n"].tolist() == [0]


# ---- through time ----------------------------------------------------------------------------------


def table(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["reporting_country", "period", "value"])


def test_the_second_quarter_of_several_members_is_released(tmp_path: Path) -> None:
    """▶ C1, D1: once the second quarter, and every refresh after it, broke off with a KeyError."""
    home = Home(tmp_path)
    send(home, table([("PAN", "2024-Q1", 40), ("HND", "2024-Q1", 60)]), date(2024, 5, 1), COUNTS)
    release(home, date(2024, 5, 15))
    first = bounds(home)
    send(home, table([("PAN", "2024-Q2", 33), ("HND", "2024-Q2", 70)]), date(2024, 8, 1), COUNTS)
    release(home, date(2024, 8, 15))
    second = bounds(home)
    assert first.items() <= second.items()
    for cell, true in {("PAN", "2024-Q2"): 33, ("HND", "2024-Q2"): 70, ("CRM", "2024-Q2"): 103}.items():
        low, high = second[(*cell, "_T", "_T")]
        assert low <= true <= high


def test_a_correction_is_in_the_total_at_once_and_in_the_details_next_year(tmp_path: Path) -> None:
    """▶ C2 and staleness: 25 more in a quarter; a page never shows an old detail without its mark."""
    home = Home(tmp_path)
    quarters = [("CRI", f"2023-Q{n}", 100) for n in range(1, 5)]
    send(home, table(quarters), date(2024, 2, 1), COUNTS)
    release(home, AS_OF)
    before = cells_of(home)
    send(home, table([("CRI", "2023-Q1", 125)]), date(2024, 5, 1), COUNTS)
    release(home, LATER)
    after = cells_of(home)
    total, quarter = ("CRI", "2023", "_T", "_T"), ("CRI", "2023-Q1", "_T", "_T")
    assert (before[total]["value_low"], after[total]["value_low"]) == (400, 425)
    assert after[quarter]["value_low"] == before[quarter]["value_low"]
    assert after[quarter]["flag"] == "perturbed+details_await_revision"
    assert str(after[quarter]["details_as_of"])[:10] == str(AS_OF)
    assert str(after[quarter]["revised_on"])[:10] == "2025-01-01"
    assert after[total]["revised_on"] is None
    release(home, NEXT_YEAR)
    revised = cells_of(home)[quarter]
    assert (revised["flag"], str(revised["details_as_of"])[:10]) == ("perturbed", str(NEXT_YEAR))
    assert revised["value_low"] <= 125 <= revised["value_high"]
    files = release_store.protected_files(home)
    assert not any(f.has_leaks for f in attack_release(files[-1], files[:-1], all_members=True))


def test_one_member_that_cannot_be_protected_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be drawn is left out by name, with a reason; the release is there."""
    home = Home(tmp_path)
    rows = [(member, f"2023-Q{n}", 50) for member in ("CRI", "PAN") for n in range(1, 5)]
    send(home, table(rows), date(2024, 2, 1), COUNTS)
    leaks = tables.Drawing._find_leaks

    def narrow(self: tables.Drawing, entries: list) -> dict:
        if self.member.area == "CRI":
            return {
                subject: {"_T"} for subject in self.member.counts if any(e.high is not None for e in entries)
            }
        return leaks(self, entries)

    monkeypatch.setattr(tables.Drawing, "_find_leaks", narrow)
    release(home, AS_OF)
    assert {cell[0] for cell in bounds(home)} == {"PAN"}
    with duckdb.connect(home.current, read_only=True) as db:
        missing = db.execute(
            "SELECT DISTINCT reporting_country, status FROM baseline.protected_years WHERE status <> 'shown'"
        ).fetchall()
    assert missing == [("CRI", "not_protectable")]


def test_a_lost_key_is_named_and_leaves_out_only_protected_counts(tmp_path: Path) -> None:
    home = Home(tmp_path)
    send(home, table([("CRI", "2024-Q1", 40)]), date(2024, 5, 1), COUNTS)
    release(home, date(2024, 5, 15))
    (home.protection / "key").unlink()
    send(home, table([("CRI", "2024-Q2", 40)]), date(2024, 8, 1), COUNTS)
    release(home, date(2024, 8, 15))
    with duckdb.connect(home.current, read_only=True) as db:
        assert db.execute("SELECT DISTINCT status FROM baseline.protected_years").fetchall() == [("no_key",)]


def test_the_ledger_and_the_key_are_for_their_owner_and_a_rebuild_draws_the_same(
    home: Home, tmp_path: Path
) -> None:
    files = sorted(home.protection.iterdir())
    assert [f.name for f in files] == ["2024-Q1.r1.parquet", "key"]
    assert all(f.stat().st_mode & 0o077 == 0 for f in files)
    again = Home(shutil.copytree(home.root, tmp_path / "again"))
    again.internal.unlink()
    release(again, AS_OF)
    assert bounds(again) == bounds(home)


def test_a_home_of_the_former_method_goes_over_without_a_leak(home: Home, tmp_path: Path) -> None:
    """Its release told large counts and withheld the others: it stays, is attacked, and the stewards get a note."""
    older = older_homes.aged(home, tmp_path / "older", "059c6ea")
    shutil.rmtree(older.protection)
    folder = release_store.folder_in_force(older)
    assert folder is not None
    file = folder / release_store.FILE
    file.chmod(0o600)
    with duckdb.connect(file) as db:
        db.execute(f"ATTACH '{home.internal}' AS inside (READ_ONLY)")
        db.execute("ALTER TABLE baseline.protected_counts ALTER COLUMN value TYPE DOUBLE")
        db.execute(
            """
            UPDATE baseline.protected_counts AS p SET value = c.value FROM inside.core.protected_cells AS c
            WHERE (p.reporting_country, p.frequency, p.period_start, p.dimension, p.code)
                = (c.reporting_country, c.frequency, c.period_start, c.dimension, c.code) AND c.value >= 20
            """
        )
        [(told,)] = db.execute("SELECT count(value) FROM baseline.protected_counts").fetchall()
    older_homes._seal(older, folder, older_homes.OF_COMMITS["059c6ea"]["released"])
    assert told > 50
    known = ledger.read_ledger(older, release_store.list_files(older))
    for (family, area), snapshot in read_snapshots(file).items():
        assert known.snapshots(family, area) == [snapshot]  # the protection knows what the attacker reads
    more = pd.concat([people(4000, 1), people(30, 7, 2022)]).assign(
        case_id=lambda f: [f"P{n:06}" for n in range(len(f))]
    )
    send(older, more, date(2024, 5, 1))
    code, text = faults.run(older, "refresh", "--unattended", "--as-of", str(LATER), "--lang", "en")
    assert code == 0, text
    assert "stays as it is" in text
    files = release_store.protected_files(older)
    assert len(files) == 2
    findings = attack_release(files[-1], files[:-1], all_members=True)
    assert not any(f.has_leaks for f in findings)
    assert any(row["value_published"] for row in cells_of(older).values())
    code, text = faults.run(older, "refresh", "--unattended", "--as-of", str(LATER), "--lang", "en")
    assert "stays as it is" not in text


# ---- what is made of them --------------------------------------------------------------------------------


def asked_of(home: Home, query: str) -> pd.DataFrame:
    with duckdb.connect(home.current, read_only=True) as db:
        return db.execute(query).df()


def test_indicators_have_the_bounds_of_the_protected_tables(home: Home) -> None:
    cells = bounds(home)
    totals = asked_of(
        home, "SELECT * FROM baseline.headline WHERE indicator = 'tip_victims_detected' AND year = 2023"
    )
    shown = totals[totals["how"] == "exact"].set_index("reporting_country")["value_low"]
    assert shown.to_dict() == {a: cells[a, "2023", "_T", "_T"][0] for a in MEMBERS if a != "BLZ"}
    rows = asked_of(
        home,
        "SELECT * FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = '_Z' AND frequency = 'A'",
    )
    seen = 0
    for row in rows.to_dict("records"):
        for dimension in ("sex", "age_group"):
            if row[dimension] != "_T":
                own = cells[row["reporting_country"], "2023", dimension, row[dimension]]
                assert (row["value_low"], row["value_high"], row["flag"]) == (*own, "perturbed")
                seen += 1
    assert seen > 10


def test_shares_and_classes_of_origin_contain_the_truth(home: Home) -> None:
    true = counted(people(4000, 1))
    rows = asked_of(
        home, "SELECT * FROM baseline.headline_origin WHERE indicator = 'tip_victims_detected_origin'"
    )
    rows = rows[rows["how"] != "not_reported"]
    assert set(rows["how"]) <= {"between", "exact"}
    for row in rows.itertuples():
        assert (
            row.value_low
            <= true[row.reporting_country, "2023", "origin_class", row.origin_class]
            <= row.value_high
        )
    shares = asked_of(
        home,
        "SELECT * FROM baseline.headline WHERE indicator = 'tip_female_share_known_sex' AND value_low >= 0",
    )
    assert len(shares) > 5
    for row in shares.itertuples():
        women, men, unknown = (true[row.reporting_country, "2023", "sex", code] for code in ("F", "M", "_U"))
        of = women + men + (unknown if row.denominator_basis == "all" else 0)
        assert row.value_low - 1e-9 <= women / of <= row.value_high + 1e-9


def test_stale_details_are_in_no_share_and_no_trend(tmp_path: Path) -> None:
    home = Home(tmp_path)
    columns = ["reporting_country", "period", "sex", "value"]
    rows = [("CRI", "2023", "", 100), ("CRI", "2023", "F", 70), ("CRI", "2023", "M", 30)]
    send(home, pd.DataFrame(rows, columns=columns), date(2024, 2, 1), COUNTS)
    release(home, AS_OF)
    share = "SELECT value_low, flag FROM baseline.headline WHERE indicator = 'tip_female_share_known_sex' AND year = 2023 AND reporting_country = 'CRI'"
    assert asked_of(home, share)["value_low"].notna().all()
    more = [("CRI", "2023", "", 200), ("CRI", "2023", "F", 70), ("CRI", "2023", "M", 130)]
    send(home, pd.DataFrame(more, columns=columns), date(2024, 5, 1), COUNTS)
    release(home, LATER)
    stale = asked_of(home, share)
    assert stale["value_low"].isna().all()
    shares = "SELECT value_low, flag FROM baseline.indicator_values WHERE indicator = 'tip_female_share_known_sex' AND reporting_country = 'CRI'"
    assert asked_of(home, shares)["value_low"].isna().all()  # 70 of 200 would be no share of any day
    assert set(asked_of(home, shares)["flag"].str.contains("details_await_revision")) == {True}
    assert stale["flag"].dropna().str.contains("details_await_revision").all()


# ---- the audit as a command ------------------------------------------------------------------------------


def test_the_command_prints_what_is_exact_what_is_an_interval_and_what_is_missing(home: Home) -> None:
    code, text = faults.run(home, "publish", "--audit", "--lang", "en")
    assert code == 0
    assert "Costa Rica, " in text
    assert "exact annual totals: 1" in text
    assert "No small count can be narrowed." in text
    code, text = faults.run(home, "publish", "--audit", "--json")
    assert (code, json.loads(text)["holds"]) == (0, True)


# ---- values planted inside ------------------------------------------------------------------------------

PLANTED = (6173, 6199, 6211, 6221)
"""Women of each quarter of one member; the year's total, with a man each, is 24,808."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Counts of a year of one member, by sex and by citizenship, and of another, whose counts are intervals."""
    home = Home(tmp_path_factory.mktemp("planted"))
    home.protection.mkdir(parents=True)
    (home.protection / ledger.KEY).write_bytes(bytes(range(ledger.KEY_BYTES)))  # the same draws in each run
    rows = []
    for quarter, (women, men) in enumerate(zip(PLANTED, (1, 1, 1, 1), strict=True), start=1):
        for sex, citizenship, value in (
            ("", "", women + men), ("F", "", women), ("M", "", men), ("", "HND", women), ("", "VEN", men),
        ):  # fmt: skip
            rows.append(("CRI", f"2023-Q{quarter}", sex, citizenship, value))
        rows.append(("HND", f"2023-Q{quarter}", "", "", "8101-8111"))
    columns = ["reporting_country", "period", "sex", "citizenship", "value"]
    send(home, pd.DataFrame(rows, columns=columns), date(2024, 2, 1), COUNTS)
    returned = [
        ("GTM", f"2023-Q{q}", m, n)
        for q in range(1, 5)
        for m, n in (("returns", 60), ("children_returned", 9))
    ]
    columns = ["reporting_country", "period", "measure", "value"]
    send(home, pd.DataFrame(returned, columns=columns), date(2024, 2, 1), RETURNS)
    release(home, AS_OF)
    return home


def everything(home: Home) -> dict[str, str]:
    """All that goes out: tables, exports, templates, the manifest; a chart, pages, the gate's, the bundle."""
    out = released(home)
    with Warehouse.open(home.current) as warehouse:
        for lang in ("es", "en"):
            out[f"collections.{lang}"] = collection_pages.page(warehouse.connection, lang)
            chart = charts.origin_by_year(warehouse, COUNTS, lang, reporting_country="CRI")
            out[f"chart.{lang}"] = chart.to_json()
    code, said = faults.run(home, "site", str(home.root.parent / "site-of-planted"))
    assert code == 0, said
    pages = [path for path in (home.root.parent / "site-of-planted").rglob("*") if path.is_file()]
    out |= {str(path): unpacked(path) for path in pages}
    out |= {path.name: path.read_text(encoding="utf-8") for path in home.verdict.iterdir()}
    asked = doors.all_replies(
        home.current, "tip_victims_detected", ("CRI", "HND"), ("2023", "2023-Q1", "2023-Q4")
    )
    out |= {f"reply {n}": json.dumps(reply) for n, reply in enumerate(asked)}
    written = doors.by_address(home.current, home.root.parent / "api-of-planted")
    out |= {name: content.decode() for name, content in written if not name.endswith(".parquet")}
    return out | bundled(home, home.root.parent / "bundle-of-planted")


def bundled(home: Home, folder: Path) -> dict[str, str]:
    """The files of the bundle as text; hashes and reference tables are no figures."""
    bundle.write(home.current, folder)
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != bundle.MANIFEST]
    return {path.name if path.name.startswith("reference.") else str(path): unpacked(path) for path in paths}


def unpacked(path: Path) -> str:
    """What a file says."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv()
    if path.suffix == ".xlsx":
        cells = [row for sheet in load_workbook(path) for row in sheet.iter_rows(values_only=True)]
        return "\n".join(str(row) for row in cells)
    return path.read_text(encoding="utf-8", errors="replace")


def test_an_exact_protected_count_stands_nowhere(planted: Home) -> None:
    """(g): the women of the year and of each quarter, and the interval of the other member, in all that goes out."""
    cells = bounds(planted)
    assert cells["CRI", "2023", "_T", "_T"] == (24808, 24808)
    out = everything(planted)
    assert any("24808" in text for text in out.values())  # what is exact is seen
    drawn = {str(int(row["value_published"])) for row in cells_of(planted).values() if row["value_published"]}
    near = {str(int(n)) for pair in cells.values() for n in pair}
    secret = [str(sum(PLANTED)), *map(str, PLANTED), *(str(n + 1) for n in PLANTED), "8101", "8111", "8106"]
    secret = [v for v in secret if v not in drawn | near]
    assert len(secret) > 8
    secret += [f"{int(v):,}" for v in secret]
    sent = {name: text for name, text in out.items() if not name.startswith("reference.")}
    found = [(name, v) for name, text in sent.items() for v in secret if re.search(rf"\b{v}\b", text)]
    assert found == []
    for file in (planted.current, planted.releases / "2024-Q1.r1" / "lineabase.duckdb"):
        with duckdb.connect(file, read_only=True) as db:
            names = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert not {"protected_cells", "protected_figures"} & names
        key = (planted.protection / "key").read_bytes()
        assert key.hex() not in "".join(out.values())


def test_why_a_year_is_not_published_is_said(planted: Home) -> None:
    with duckdb.connect(planted.current, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, measure, period, dimension, status FROM baseline.protected_years "
            "WHERE frequency = 'A' ORDER BY ALL"
        ).fetchall()
    assert rows == [
        ("CRI", "victims_detected", "2023", "_T", "shown"),
        ("GTM", "children_returned", "2023", "_T", "shown"),
        ("GTM", "returns", "2023", "_T", "shown"),
        ("HND", "victims_detected", "2023", "_T", "not_whole"),
    ]


def test_a_deployment_s_own_threshold_holds_in_the_gate_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Totals below 11 are intervals, and what the gate's attack counts as small is below 11."""
    home = Home(tmp_path)
    own = settings().model_copy(update={"threshold": 11, "reason": "open dumps"})
    lines = [f"{name} = {json.dumps(value)}" for name, value in own.model_dump().items()]
    (home.root / "lineabase.toml").write_text("\n".join(["[protection]", *lines]) + "\n", encoding="utf-8")
    asked = []
    attack = confidentiality.attack_release
    monkeypatch.setattr(
        confidentiality,
        "attack_release",
        lambda *a, limits: asked.append(limits) or attack(*a, limits=limits),
    )
    send(home, table([("CRI", "2023", 7), ("PAN", "2023", 11)]), date(2024, 2, 1), COUNTS)
    release(home, AS_OF)
    assert [limits.small for limits in asked] == [11]
    totals = {area: pair for (area, *_), pair in bounds(home).items() if area != "CRM"}
    assert totals == {"CRI": (1, 10), "PAN": (11, 11)}


# ---- oracles -------------------------------------------------------------------------------------------


def test_no_answer_tells_whether_a_guess_is_right(tmp_path: Path) -> None:
    """▶ L6, A12: `check` said "of 1 value: 0 changed" of the right guess; bytes sent before were named, too."""
    home = Home(tmp_path)
    rows = [("CRI", f"2023-Q{n}", value) for n, value in enumerate((40, 3, 50, 60), start=1)]
    send(home, table(rows), date(2024, 2, 1), COUNTS)
    answers = set()
    for guess in (3, 4, 40):
        file = tmp_path / "guess.csv"
        table([("CRI", "2023-Q2", guess)]).to_csv(file, index=False)
        for form in ([], ["--json"], ["--lang", "en"]):
            code, text = faults.run(home, "check", str(file), "--collection", COUNTS, *form)
            answers.add((code, *form, text))
        report = tmp_path / f"report-{guess}.html"
        faults.run(home, "check", str(file), "--collection", COUNTS, "--report", str(report))
        assert "2024-02-01" not in report.read_text(encoding="utf-8")
    assert len(answers) == 3  # one a form, whatever the guess
    table(rows).to_csv(tmp_path / "all.csv", index=False)
    code, text = faults.run(home, "check", str(tmp_path / "all.csv"), "--collection", COUNTS, "--lang", "en")
    assert (code, "is not compared" in text) == (0, True)
    table([("CRI", "2023-Q2", 4)]).to_csv(tmp_path / "new.csv", index=False)
    code, text = faults.run(home, "submit", str(tmp_path / "new.csv"), "--collection", COUNTS, "--lang", "en")
    assert "gives no numbers of changes" in text


def test_what_only_the_gate_finds_is_left_out_and_the_rest_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its attack reads the public file by itself: one member that it narrows stops no other."""
    home = Home(tmp_path)
    rows = [(member, f"2023-Q{n}", 50) for member in ("CRI", "PAN") for n in range(1, 5)]
    send(home, table(rows), date(2024, 2, 1), COUNTS)
    agree(home)
    attack = confidentiality.attack_release

    def attack_release(file: Path, earlier: list[Path], **limits: object) -> list[Finding]:
        return [
            replace(f, narrow={next(iter(read_snapshots(file)[f.family, f.area].cells)): Interval(1, 2)})
            if f.area == "CRI"
            else f
            for f in attack(file, earlier, **limits)
        ]

    monkeypatch.setattr(confidentiality, "attack_release", attack_release)
    code, text = faults.run(home, "refresh", "--unattended", "--as-of", str(AS_OF), "--lang", "en")
    assert code == 0, text
    assert {cell[0] for cell in bounds(home)} == {"PAN"}
    code, text = faults.run(home, "status", "--lang", "en")
    assert "CRM-TS/victims, CRI, 2023: No draw leaves" in text


# ---- joint bounds of open tables ---------------------------------------------------------------------

OPEN = "X/open"
TIGHTEN = """
    UPDATE core.observations AS o SET value_low = j.joint_low, value_high = j.joint_high
    FROM analysis.joint_bounds AS j
    WHERE (o.collection, o.measure, o.reporting_country, o.period_start, o.breakdown, o.sex)
        = (j.collection, j.measure, j.reporting_country, j.period_start, j.breakdown, j.sex) AND o.frequency = 'A'
"""


def open_tables(frame: pd.DataFrame) -> str:
    """Open tables by sex: of a protected member the persons of its file, of another member made-up ones."""
    women, men, unknown = (int((frame["sex"] == sex).sum()) for sex in ("F", "M", "_U"))
    rows = {
        "HND": {"_T": women + men + unknown, "F": women, "M": men, "_U": "<5"},
        "USA": {"_T": 153, "F": 150, "M": "<5"},
    }
    lines = [f"{country},2023,{sex},{value}" for country, own in rows.items() for sex, value in own.items()]
    return "\n".join(["reporting_country,period,sex,value", *lines]) + "\n"


def test_joint_bounds_give_an_attacker_of_protected_counts_nothing(home: Home, tmp_path: Path) -> None:
    """There are none of a protected member; with all others in hand the attack finds what it finds without them."""
    shutil.copytree(home.root, tmp_path / "home")
    again = Home(tmp_path / "home")
    (again.raw / OPEN).mkdir(parents=True)
    card = CARD.format(delivery="full", confidentiality="open") + 'intervals = { "<5" = [0, 4] }\n'
    (again.raw / OPEN / "format.toml").write_text(card, encoding="utf-8")
    file = again.root / "open.csv"
    frame = people(4000, 1)
    file.write_text(open_tables(frame[frame["reporting_country"] == "HND"]), encoding="utf-8")
    accept(again, receive(again, file, OPEN, date(2024, 2, 2)))
    release(again, LATER)
    tightened = tmp_path / "tightened.duckdb"
    shutil.copyfile(again.current, tightened)
    with duckdb.connect(tightened) as db:
        joint = db.execute(
            "SELECT reporting_country, sex, joint_low, joint_high FROM analysis.joint_bounds"
        ).fetchall()
        assert joint == [("USA", "M", 0, 3)]
        db.execute(TIGHTEN)
        seen = "SELECT value_low, value_high FROM core.current WHERE reporting_country = 'USA' AND sex = 'M'"
        assert db.execute(seen).fetchall() == [(0, 3)]
    assert attack_release(tightened, [], all_members=True) == attack_release(
        again.current, [], all_members=True
    )
