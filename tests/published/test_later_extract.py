"""A later extract of a publisher's own file: the first stays as it was, and what changed is what was edited.

The later extracts are made here from UNODC's workbook: the members' rows, with the edits below. The expected
revisions are those edits; how many values a country has is counted in the first vintage.
"""

from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from assets.dagster.build import build_database
from assets.intake.submission import receive
from schemas.tables import TABLES
from tests.conftest import SHARED, accept, release
from tests.published.publishers import FIRST_EXTRACT, MEMBERS
from warehouse import Warehouse
from warehouse.gate import Verdict
from warehouse.home import Home, quote_path
from warehouse.publication.publishing import publish

pytestmark = [pytest.mark.shared, pytest.mark.slow]

COLLECTION = "UNODC/glotip"
FIRST, SECOND, THIRD = date(2023, 5, 30), date(2024, 5, 30), date(2025, 5, 30)
AFTER_FIRST, AFTER_SECOND, AFTER_THIRD = date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31)
VICTIMS, OFFENCES = "Detected trafficking victims", "Offences of trafficking in persons"
RESPELT = {
    "Guatemala": "guatemalteca",
    "Mexico": "Méjico",
    "Nicaragua": "Nicaraguan",
    "United States of America": "Estados Unidos",
    "Venezuela (Bolivarian Republic of)": "venezolanos",
}


def _workbook() -> pd.DataFrame:
    """Every row of the publisher's workbook as text, its two banners and header first."""
    book = SHARED / "data" / FIRST_EXTRACT
    return pd.read_excel(book, engine="calamine", header=None, dtype=str, keep_default_na=False)


def _total(rows: pd.DataFrame, country: str, indicator: str, year: str | None = None) -> pd.Series:
    """Where the totals of a country stand, of one year or of all."""
    whole = (rows[["Dimension", "Category", "Sex", "Age"]] == "Total").all(axis=1)
    here = whole & (rows["Iso3_code"] == country) & (rows["Indicator"] == indicator)
    return here if year is None else here & (rows["Year"] == year)


def _second(rows: pd.DataFrame) -> pd.DataFrame:
    """Two figures revised, one hidden, labels respelt, Belize left out, a year added for Guatemala."""
    rows = rows[rows["Iso3_code"] != "BLZ"].copy()
    rows.loc[_total(rows, "CRI", VICTIMS, "2010"), "txtVALUE"] = "80"
    rows.loc[_total(rows, "CRI", VICTIMS, "2017"), "txtVALUE"] = "<5"
    rows.loc[_total(rows, "CAN", VICTIMS, "2019"), "txtVALUE"] = "1,382"
    rows["Category"] = rows["Category"].replace(RESPELT)
    added = rows[_total(rows, "GTM", VICTIMS, "2020")].assign(Year="2022", txtVALUE="500")
    return pd.concat([rows, added])


def _third(rows: pd.DataFrame) -> pd.DataFrame:
    """The second with Costa Rica's offences one year late, and every plain figure of two countries one higher."""
    rows = rows.copy()
    late = _total(rows, "CRI", OFFENCES)
    rows.loc[late, "Year"] = rows.loc[late, "Year"].map(lambda year: str(int(year) + 1))
    plain = rows["Iso3_code"].isin(["SLV", "USA"]) & rows["txtVALUE"].str.replace(",", "").str.isdigit()
    more = rows.loc[plain, "txtVALUE"].str.replace(",", "").astype(int) + 1
    rows.loc[plain, "txtVALUE"] = more.astype(str)
    return rows


def _write(path: Path, banners: list[list[str]], rows: pd.DataFrame) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data_glotip_1")
    for row in [*banners, list(rows.columns), *rows.values.tolist()]:
        sheet.append(row)
    book.save(path)
    return path


def _receive(home: Home, path: Path, day: date) -> str:
    submission = receive(home, path, COLLECTION, day)
    accept(home, submission)
    return submission.id


def _ask(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as db:
        return db.execute(sql).fetchall()


class Extracts:
    """A home that got the publisher's file and two later extracts, each released before the next came."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        cells = _workbook()
        banners = cells.head(2).values.tolist()
        rows = cells.iloc[3:].set_axis(cells.iloc[2], axis=1)
        rows = rows[rows["Iso3_code"].isin(MEMBERS)]
        second = _second(rows)
        self.first = _receive(self.home, SHARED / "data" / FIRST_EXTRACT, FIRST)
        self.released_first, _ = self._release(AFTER_FIRST)
        self.bytes_first = sha256(self.released_first.read_bytes()).hexdigest()
        self.second = _receive(self.home, _write(root / "second.xlsx", banners, second), SECOND)
        self.released_second, self.said_of_second = self._release(AFTER_SECOND)
        self.third = _receive(self.home, _write(root / "third.xlsx", banners, _third(second)), THIRD)
        self.released_third, self.said_of_third = self._release(AFTER_THIRD)

    def _release(self, as_of: date) -> tuple[Path, Verdict]:
        built = build_database(self.home, as_of)
        assert built.verdict.has_passed
        return publish(self.home, as_of).folder / "lineabase.duckdb", built.verdict


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Extracts:
    return Extracts(tmp_path_factory.mktemp("extracts"))


def _remarks(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    return {answer.question.id: answer.examples for answer in verdict.remarks}


VALUES = "SELECT * EXCLUDE (known_from, known_to) FROM {} ORDER BY ALL"


def test_the_first_stays_readable_as_it_was(extracts: Extracts) -> None:
    """Cell for cell: by the predicate, as of a day of the first, and as that day's release file."""
    then = _ask(extracts.released_first, VALUES.format("core.current"))
    day = f"DATE '{AFTER_FIRST}'"
    known = f"core.observations WHERE known_from <= {day} AND (known_to IS NULL OR known_to > {day})"
    assert len(then) > 4_000
    assert _ask(extracts.released_third, VALUES.format(known)) == then
    with Warehouse.open(extracts.released_third, as_of=AFTER_FIRST) as looking_back:
        assert looking_back.connection.execute(VALUES.format("core.current")).fetchall() == then
    assert sha256(extracts.released_first.read_bytes()).hexdigest() == extracts.bytes_first


def test_revisions_are_the_edits_and_a_label_respelt_is_none(extracts: Extracts) -> None:
    belize = _ask(
        extracts.released_first, "SELECT count(*) FROM core.current WHERE reporting_country = 'BLZ'"
    )
    told = _ask(
        extracts.released_second,
        "SELECT reporting_country, measure, year(period_start), kind, old_low, old_high, new_low, new_high, change_low, "
        "change_high FROM analysis.revisions WHERE reporting_country <> 'BLZ' ORDER BY ALL",
    )
    assert told == [
        ("CAN", "victims_detected", 2019, "revised", 382, 382, 1382, 1382, 1000, 1000),
        ("CRI", "victims_detected", 2010, "revised", 83, 83, 80, 80, -3, -3),
        ("CRI", "victims_detected", 2017, "revised", 60, 60, 0, 4, -60, -56),
        ("GTM", "victims_detected", 2022, "new", None, None, 500, 500, None, None),
    ]
    gone = "SELECT kind, count(*) FROM analysis.revisions WHERE reporting_country = 'BLZ' GROUP BY 1"
    assert _ask(extracts.released_second, gone) == [("withdrawn", *belize[0])]
    respelt = "SELECT DISTINCT citizenship_reported FROM core.current WHERE citizenship IN ('GTM', 'USA') ORDER BY 1"
    assert {"guatemalteca", "Estados Unidos"} <= {text for (text,) in _ask(extracts.released_second, respelt)}


def test_any_two_of_the_three_are_compared(extracts: Extracts) -> None:
    """First and third: the edits of both, the series that came a year late, the figures one higher."""
    with Warehouse.open(extracts.released_third) as warehouse:
        successive = warehouse.revisions(extracts.first, extracts.second)
        listed = warehouse.query(
            "SELECT * FROM analysis.revisions WHERE new_submission = $new ORDER BY ALL",
            {"new": extracts.second},
        )
        changed = warehouse.revisions(extracts.first, extracts.third)
    shared = [
        name for name in listed if name in successive
    ]  # names stand beside; what says nothing is left out
    pd.testing.assert_frame_equal(successive[shared], listed[shared])
    assert listed.drop(columns=shared).isin(["_T", "_Z"]).all(axis=None)
    assert {"measure", "old_low", "new_high", "kind"} <= set(shared)
    assert set(changed["reporting_country"]) == {"BLZ", "CAN", "CRI", "GTM", "SLV", "USA"}
    higher = changed[changed["reporting_country"].isin(["SLV", "USA"])]
    sent_once = higher[higher["change_low"] == 1]
    assert len(sent_once) > 0.9 * len(higher)  # the others add up several cells
    offences = changed[(changed["reporting_country"] == "CRI") & (changed["measure"] == "offences_recorded")]
    assert offences["kind"].value_counts().to_dict() == {"revised": 10, "new": 1, "withdrawn": 1}


def test_a_mass_change_is_said(extracts: Extracts) -> None:
    """Of the second, the country left out; of the third, a fifth changed and the series shifted by a year."""
    second, third = _remarks(extracts.said_of_second), _remarks(extracts.said_of_third)
    assert set(second) == {"no_country_vanishes"}
    assert "BLZ" in second["no_country_vanishes"][0]
    assert set(third) == {"few_values_change", "series_stay_in_their_years"}
    [shifted] = third["series_stay_in_their_years"]
    assert "CRI" in shifted
    assert "offences_recorded" in shifted


def test_indicators_are_rebuilt_as_known_then(extracts: Extracts) -> None:
    """A release as of the first's day holds the tables of the release of that day, row for row."""
    release(extracts.home, AFTER_FIRST)
    with duckdb.connect() as db:
        db.execute(f"ATTACH {quote_path(extracts.released_first)} AS was (READ_ONLY)")
        db.execute(f"ATTACH {quote_path(extracts.home.current)} AS is_now (READ_ONLY)")
        for table in (t.full_name for t in TABLES if t.schema in ("baseline", "analysis")):
            for one, other in (("was", "is_now"), ("is_now", "was")):
                rows = db.execute(f"SELECT * FROM {one}.{table} EXCEPT ALL SELECT * FROM {other}.{table}")
                assert rows.fetchall() == [], table
    assert sha256(extracts.released_first.read_bytes()).hexdigest() == extracts.bytes_first
