"""Protected collections through a home: what reaches the public, what an attacker of the files finds, what stays.

Made-up members send counts and case files; expected cells are counted here from what was sent.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from assets.steps.submission import receive
from tests import faults
from tests.conftest import accept, release
from tests.test_public_text import released
from warehouse import Warehouse, build, charts, models
from warehouse.audit import derived, published
from warehouse.audit.attack import intervals
from warehouse.audit.findings import audit
from warehouse.gate import examine
from warehouse.home import Home, Submission
from warehouse.publication import bundle, shown
from warehouse.release import derive

pytestmark = pytest.mark.slow  # it takes releases of its own

CASES, COUNTS, RETURNS = "CRM-TS/victim_cases", "CRM-TS/victims", "CRM-TS/returns"
MEMBERS = ("BLZ", "CRI", "DOM", "SLV", "GTM", "HND", "MEX", "NIC", "PAN")
AS_OF, LATER = date(2024, 4, 15), date(2024, 7, 15)
K = 5


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


def told(home: Home, file: Path | None = None) -> dict[tuple, float | None]:
    """The public cells: where, period, dimension, code."""
    with duckdb.connect(file or home.current, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, period, dimension, code, value FROM baseline.protected_counts"
        ).fetchall()
    return {tuple(row[:4]): row[4] for row in rows}


def small(home: Home) -> dict[tuple, float]:
    """The true small counts, from the internal database."""
    with duckdb.connect(home.internal, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, frequency, CAST(period_start AS VARCHAR), dimension, code, value "
            f"FROM core.protected_cells WHERE value BETWEEN 1 AND {K - 1}"
        ).fetchall()
    return {tuple(row[:5]): row[5] for row in rows}


def counted(frame: pd.DataFrame) -> Counter:
    """Persons by country, year or quarter, dimension and code, counted here; the region's year without Belize,

    of which a quarter has nobody: no file of persons says that there was nobody.
    """
    form = {"ForcedBegging": "OTH"}
    quarter = frame["identified_in"].map(lambda month: f"2023-Q{(int(month[5:]) + 2) // 3}")
    cells: Counter = Counter()
    for person, of_quarter in zip(frame.itertuples(index=False), quarter, strict=True):
        own = person.citizenship == person.reporting_country
        origin = {"HND": "intra_regional", "MEX": "intra_regional", "_U": "indeterminate"}
        for area in (person.reporting_country, "CRM"):
            cells[area, of_quarter, "_T", "_T"] += 1
            if person.reporting_country == "BLZ":
                continue
            cells[area, "2023", "_T", "_T"] += 1
            cells[area, "2023", "sex", person.sex] += 1
            cells[area, "2023", "age_group", person.age_group] += 1
            cells[area, "2023", "exploitation", form.get(person.exploitation, person.exploitation)] += 1
            origin_class = "own_national" if own else origin.get(person.citizenship, "extra_regional")
            cells[area, "2023", "origin_class", origin_class] += 1
    return cells


# ---- one release -----------------------------------------------------------------------------------


def test_every_value_that_is_published_is_the_true_one(home: Home) -> None:
    """(b): of a thousand persons by hand the same; and no small count stands there."""
    true = counted(people(4000, 1))
    cells = told(home)
    assert {cell: value for cell, value in cells.items() if value is not None and value != true[cell]} == {}
    assert {cell for cell, value in cells.items() if value is not None and 1 <= value < K} == set()
    assert set(true) <= set(cells)
    assert sum(value is None for value in cells.values()) < 0.4 * len(cells)


def test_an_attacker_of_the_public_file_finds_no_small_count(home: Home) -> None:
    """(a): each of them may be 1 or less, and 4 or more."""
    found = published.attacked(home.current, None)
    cells = found.set_index(["area", "frequency", "first_day", "dimension", "code"])
    secret = small(home)
    assert len(secret) > 15
    for cell in secret:
        low, high = cells.loc[cell, ["low", "high"]]
        assert low <= 1, cell
        assert high >= K - 1, cell


def naive_build(home: Home, folder: Path) -> Path:
    """The build with small counts alone withheld."""
    built = Path(shutil.copyfile(home.internal, folder / "built.duckdb"))
    [select] = models.selects("baseline.protected_counts")
    with duckdb.connect(built) as db:
        build.define_macros(db)
        db.execute("UPDATE core.protected_cells SET is_told = NOT is_small WHERE status = 'shown'")
        db.execute("DELETE FROM baseline.protected_counts")
        db.execute(f"INSERT INTO baseline.protected_counts BY NAME {select}")
    return built


def test_the_gate_refuses_a_pattern_of_small_counts_alone(home: Home, tmp_path: Path) -> None:
    """(c) at the gate: what follows is seen, of protected collections only the names are said, and nobody releases over it."""
    built = naive_build(home, tmp_path)
    [failed] = examine(built).failed
    assert (failed.question.id, failed.question.absolute) == ("confidentiality_audit", True)
    assert failed.violations > 5
    assert set(failed.examples) <= {f"collection={name}, conf_status=C" for name in (CASES, "_Z")}


def test_what_was_known_on_a_day_is_built_without_protected_counts(home: Home) -> None:
    """A pattern of its own beside the released one would tell what that withholds."""
    with Warehouse.open(home.current, as_of=date(2024, 3, 1)) as then:
        assert then.query("SELECT count(*) AS n FROM baseline.protected_counts")["n"].tolist() == [0]


def test_a_small_revision_waits_and_the_release_says_what_it_said(home: Home, tmp_path: Path) -> None:
    """One person more in each member: of every cell the last release's value, and no difference to ask about."""
    later = Home(shutil.copytree(home.root, tmp_path / "later"))
    more = people(4000, 1)
    one_each = more.drop_duplicates("reporting_country").assign(
        case_id=lambda f: f["case_id"].str[:4] + "9" + f["case_id"].str[5:]
    )
    send(later, pd.concat([more, one_each]), date(2024, 5, 1))
    first = told(later)
    before = later.releases / "2024-Q1.r1" / "lineabase.duckdb"
    release(later, LATER)
    assert told(later) == first
    with duckdb.connect(later.internal, read_only=True) as db:
        assert db.execute("SELECT bool_and(is_held_back) FROM core.protected_cells").fetchone() == (True,)
    assert "change" not in set(published.attacked(later.current, before)["which"])


def test_a_step_back_to_nearly_what_an_earlier_release_said_waits(tmp_path: Path) -> None:
    """100 a quarter; then 150 in the first; then 101, one more than a reader of the first release has; then 110."""
    home = Home(tmp_path)
    columns = ["reporting_country", "period", "value"]
    shown = []
    days = [date(2024, 2, 1), date(2024, 5, 1), date(2024, 8, 1), date(2024, 11, 1)]
    releases = [AS_OF, LATER, date(2024, 10, 15), date(2025, 1, 15)]
    for first_quarter, day, as_of in zip((100, 150, 101, 110), days, releases, strict=True):
        values = [("CRI", "2023-Q1", first_quarter), *(("CRI", f"2023-Q{q}", 100) for q in (2, 3, 4))]
        send(home, pd.DataFrame(values, columns=columns), day, COUNTS)
        release(home, as_of)
        shown.append((told(home)["CRI", "2023-Q1", "_T", "_T"], told(home)["CRI", "2023", "_T", "_T"]))
    assert shown == [(100, 400), (150, 450), (150, 450), (110, 410)]
    code, said = faults.run(home, "publish", "--audit", "--json")
    beside = [finding["beside"] for finding in json.loads(said)["audited"]]
    assert (code, beside) == (0, ["2024-Q3.r1", "2024-Q2.r1", "2024-Q1.r1"])


# ---- what is made of them --------------------------------------------------------------------------------


def asked_of(home: Home, query: str) -> pd.DataFrame:
    with duckdb.connect(home.current, read_only=True) as db:
        return db.execute(query).df()


def test_the_labelled_layer_tells_what_the_protected_tables_tell(home: Home) -> None:
    """A total as it is; of a withheld cell what the total and the cells told leave, counted here; no other mark."""
    true, cells = counted(people(4000, 1)), told(home)
    totals = asked_of(
        home, "SELECT * FROM baseline.headline WHERE indicator = 'tip_victims_detected' AND year = 2023"
    )
    shown = totals[totals["how"] == "exact"].set_index("reporting_country")["value_low"]
    assert shown.to_dict() == {area: true[area, "2023", "_T", "_T"] for area in MEMBERS if area != "BLZ"}
    rows = asked_of(
        home,
        "SELECT * FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = '_Z' AND frequency = 'A'",
    )
    seen = Counter()
    for row in rows.to_dict("records"):
        for dimension, codes in (("sex", ("F", "M", "_U")), ("age_group", ("Y0T17", "Y_GE18", "_U"))):
            if row[dimension] != "_T":
                mine = {code: cells[row["reporting_country"], "2023", dimension, code] for code in codes}
                own = mine[row[dimension]]
                left = true[row["reporting_country"], "2023", "_T", "_T"] - sum(filter(None, mine.values()))
                assert (row["value_low"], row["value_high"]) == ((0, left) if own is None else (own, own))
                assert (row["flag"] == "withheld") == (own is None)
                seen["withheld" if own is None else "told"] += 1
    assert min(seen["withheld"], seen["told"]) > 10


def test_what_is_withheld_says_so_and_its_bounds_hold_the_truth(home: Home) -> None:
    """Shares and classes of origin: every interval holds the true figure, exact ones are made of told cells alone."""
    true = counted(people(4000, 1))
    rows = asked_of(
        home, "SELECT * FROM baseline.headline_origin WHERE indicator = 'tip_victims_detected_origin'"
    )
    rows = rows[rows["how"] != "not_reported"]
    assert "withheld" in set(rows["how"])
    for row in rows.itertuples():
        of_class = true[row.reporting_country, "2023", "origin_class", row.origin_class]
        assert row.value_low <= of_class <= row.value_high
        assert (
            (row.how == "withheld") == row.value_es.startswith("suprimido") == ("withheld" in str(row.flag))
        )
    shares = asked_of(
        home,
        "SELECT * FROM baseline.headline WHERE indicator = 'tip_female_share_known_sex' AND value_low >= 0",
    )
    assert {"exact", "withheld"} <= set(shares["how"])
    for row in shares.itertuples():
        women, men, unknown = (true[row.reporting_country, "2023", "sex", code] for code in ("F", "M", "_U"))
        of = women + men + (unknown if row.denominator_basis == "all" else 0)
        assert row.value_low - 1e-9 <= women / of <= row.value_high + 1e-9


def test_flows_name_no_country_where_classes_are_told(home: Home) -> None:
    """Own nationals at most; of another member anything between none and those of its class."""
    true = counted(people(4000, 1))
    flows = asked_of(home, "SELECT * FROM baseline.origin_flows WHERE reporting_country = 'CRI'").set_index(
        "origin"
    )
    assert set(flows["persons_low"]) == {0}
    assert flows.loc["HND", "persons_high"] >= true["CRI", "2023", "origin_class", "intra_regional"]
    assert set(asked_of(home, "SELECT citizenship FROM analysis.origins")["citizenship"]) <= {*MEMBERS, "_U"}


def test_whoever_reads_indicators_and_flows_too_finds_no_more(home: Home) -> None:
    """The attack reads them all: each tells something, and of no withheld cell less is open than by its own table."""
    said = derived.said(home.current)
    assert {"sex", "age_group", "exploitation", "origin_class", "_T"} == {
        c.dimension for one in said for c in one.cells
    }
    [pair] = published.pairs(published.read(home.current), {}).values()
    by_itself = intervals(pair.puzzle)
    [pair] = published.pairs(published.read(home.current), {}, None, (said, ())).values()
    assert len(pair.puzzle.limits) > 250
    assert intervals(pair.puzzle) == by_itself


LEAKS = {
    "a count": "UPDATE baseline.indicator_values SET numerator_low = {n}, numerator_high = {n}, value_low = {n}, "
    "value_high = {n} WHERE indicator = 'tip_victims_detected' AND reporting_country = '{c}' AND sex = '{code}'",
    "a share": "UPDATE baseline.headline SET value_low = {other} / ({other} + {n}), value_high = {other} / ({other} + {n}), "
    "denominator_basis = 'known' WHERE indicator = 'tip_female_share_known_sex' AND reporting_country = '{c}'",
    "a class": "UPDATE baseline.headline_origin SET value_low = {n}, value_high = {n} "
    "WHERE indicator = 'tip_victims_detected_origin' AND reporting_country = '{c}' AND origin_class = '{code}'",
    "a profile": "UPDATE baseline.origin_profile SET persons_low = {n}, persons_high = {n} "
    "WHERE reporting_country = '{c}' AND origin_class = '{code}'",
    "a trend": "UPDATE analysis.trends SET latest_low = {n}, latest_high = {n}, last_period = '2023' "
    "WHERE indicator = 'tip_victims_detected' AND reporting_country = '{c}' AND sex = '{code}'",
}
"""One table that tells one withheld count as it is: of two in its table, so that the other, a small one, follows."""
CLASSES = ("own_national", "intra_regional", "extra_regional")


@pytest.mark.parametrize("leak", LEAKS)
def test_the_gate_refuses_a_table_that_tells_a_withheld_count(home: Home, tmp_path: Path, leak: str) -> None:
    dimension = "origin_class" if leak in ("a class", "a profile") else "sex"
    codes = {"a share": ["M"], "a class": list(CLASSES), "a profile": list(CLASSES)}.get(
        leak, ["F", "M", "_U"]
    )
    built = Path(shutil.copyfile(home.internal, tmp_path / "built.duckdb"))
    with duckdb.connect(built) as db:
        [country, own, value] = db.execute(
            """
            SELECT reporting_country, code, value FROM core.protected_cells
            WHERE NOT is_told AND status = 'shown' AND frequency = 'A' AND dimension = $dimension AND members IS NULL
            WINDOW table_ AS (PARTITION BY reporting_country)
            QUALIFY list_contains($codes, code) AND count(*) OVER table_ = 2 AND bool_or(is_small) OVER table_
            ORDER BY reporting_country, code LIMIT 1
            """,
            {"dimension": dimension, "codes": codes},
        ).fetchall()[0]
        [(women,)] = db.execute(
            "SELECT value FROM core.protected_cells WHERE (reporting_country, dimension, code, frequency) = ($c, 'sex', 'F', 'A')",
            {"c": country},
        ).fetchall()
        changed = db.execute(LEAKS[leak].format(n=int(value), c=country, code=own, other=women)).fetchall()
        assert changed > [(0,)]
    assert "confidentiality_audit" in {answer.question.id for answer in examine(built).failed}


# ---- the audit as a command ------------------------------------------------------------------------------


def test_the_audit_of_a_release_finds_nothing_and_of_a_naive_one_much(home: Home, tmp_path: Path) -> None:
    [found] = audit(home.current)
    assert not found.leaks
    assert found.withheld > 20
    naive = naive_build(home, tmp_path)
    derive(naive, tmp_path / "public.duckdb", "naive")
    [found] = audit(tmp_path / "public.duckdb")
    assert found.leaks
    assert found.exact > 3


def test_the_command_prints_the_audit(home: Home) -> None:
    code, said = faults.run(home, "publish", "--audit", "--lang", "en")
    assert code == 0
    assert "Detected victims" in said
    assert "follow exactly: 0" in said
    code, said = faults.run(home, "publish", "--audit", "--json")
    assert (code, json.loads(said)["holds"]) == (0, True)


# ---- values planted inside ------------------------------------------------------------------------------

PLANTED = (6173, 6199, 6211, 6221)
"""Women of each quarter; with a man each the year's are withheld beside these four: 24,804 of 24,808."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Counts of a year of one member, by sex and by citizenship, and of another, whose counts are intervals."""
    home = Home(tmp_path_factory.mktemp("planted"))
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
            out[f"collections.{lang}"] = shown.page(warehouse.connection, lang)
            chart = charts.origin_by_year(warehouse, COUNTS, lang, reporting_country="CRI")
            out[f"chart.{lang}"] = chart.to_json()
    code, said = faults.run(home, "site", str(home.root.parent / "site-of-planted"))
    assert code == 0, said
    pages = [path for path in (home.root.parent / "site-of-planted").rglob("*") if path.is_file()]
    out |= {str(path): unpacked(path) for path in pages}
    out |= {path.name: path.read_text(encoding="utf-8") for path in home.verdict.iterdir()}
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


def test_a_value_that_is_withheld_stands_nowhere(planted: Home) -> None:
    """(e): the women of the year, of each quarter, and the interval of the other member, in all that goes out."""
    cells = told(planted)
    assert cells["CRI", "2023", "_T", "_T"] == 24808
    assert cells["CRI", "2023", "sex", "F"] is None
    assert cells["CRI", "2023", "sex", "M"] is None
    out = everything(planted)
    assert any("24808" in text for text in out.values())  # what is told is seen
    secret = [str(sum(PLANTED)), f"{sum(PLANTED):,}", *map(str, PLANTED), "8101", "8111", "8106"]
    sent = {name: text for name, text in out.items() if not name.startswith("reference.")}
    found = [(name, v) for name, text in sent.items() for v in secret if re.search(rf"\b{v}\b", text)]
    assert found == []
    for file in (planted.current, planted.releases / "2024-Q1.r1" / "lineabase.duckdb"):
        with duckdb.connect(file, read_only=True) as db:
            names = {name for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert not {"protected_cells", "protected_figures", "told_openly"} & names


def test_why_a_year_is_not_shown_is_said(planted: Home) -> None:
    with duckdb.connect(planted.current, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, measure, status FROM baseline.protected_years ORDER BY ALL"
        ).fetchall()
    assert rows == [
        ("CRI", "victims_detected", "shown"),
        ("GTM", "children_returned", "part_of_another"),
        ("GTM", "returns", "shown"),
        ("HND", "victims_detected", "not_whole"),
    ]
