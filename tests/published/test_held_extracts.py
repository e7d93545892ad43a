"""What publishers' own files would do to each other at receipt. Expected counts are taken from the files by pandas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from assets.intake.processing import Outcome, check, process
from assets.intake.submission import receive
from tests.conftest import SHARED
from tests.published.publishers import MEMBERS
from warehouse.home import CARD, CHECKOUT, Home

pytestmark = [pytest.mark.shared, pytest.mark.slow]  # it reads publishers' files whole

DATA = SHARED / "data"
PANAMA, HONDURAS, GLOTIP = "PAN-SNM/darien_nationality", "HND-INM/encounters", "UNODC/glotip"
FIRST, LATER = date(2025, 6, 30), date(2025, 9, 30)


def breaches(outcome: Outcome) -> set[tuple]:
    """What the file is held for."""
    assert outcome.status == "held"
    return {(b.rule, b.column_name, b.value, b.expected) for b in outcome.admission.breaches}


def beside(home: Home, collection: str, first: Path, second: Path) -> Outcome:
    """What `check` says of the second file, the first one being in force."""
    assert process(home, receive(home, first, collection, FIRST)).status == "accepted"
    return check(home, second, collection, LATER)


def write(path: Path, rows: pd.DataFrame) -> Path:
    rows.to_csv(path, index=False)
    return path


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / name, dtype=str, keep_default_na=False)


@pytest.fixture
def panama(tmp_path: Path) -> pd.DataFrame:
    return read("pan_darien_nationality_2025-06.csv")


def counted(rows: pd.DataFrame) -> pd.Series:
    """Persons by period and nationality as the card counts them: Tibet with China, no zeros, closed months."""
    told = rows.assign(n=rows["n"].astype(int), nat=rows["nat"].replace({"TIB": "CHN"}))
    by_key = told.groupby(["t", "nat"])["n"].sum()
    return by_key[(by_key > 0) & (by_key.index.get_level_values("t") < "2025-06-01")]


def test_ten_times_every_value(panama: pd.DataFrame, tmp_path: Path) -> None:
    tenfold = write(tmp_path / "tenfold.csv", panama.assign(n=panama["n"] + "0"))
    found = breaches(beside(Home(tmp_path), PANAMA, DATA / "pan_darien_nationality_2025-06.csv", tenfold))
    values = counted(panama)
    n, large = str(len(values)), str(int((values >= 10).sum()))
    of_level = {breach for breach in found if breach[0] == "level_unlike_past"}
    assert of_level
    assert found - of_level == {("values_changed", None, n, n), ("scale_changed", "PAN", large, "10")}


def test_a_third_of_the_rows(panama: pd.DataFrame, tmp_path: Path) -> None:
    left = panama[panama.index % 3 != 1]
    outcome = beside(
        Home(tmp_path), PANAMA, DATA / "pan_darien_nationality_2025-06.csv", write(tmp_path / "l.csv", left)
    )
    before, after = counted(panama), counted(left)
    gone = len(before.index.difference(after.index))
    assert 0.33 < gone / len(before) < 0.34
    assert ("values_gone", None, str(gone), str(len(before))) in breaches(outcome)


def test_a_neighbour_s_file_in_the_collection(tmp_path: Path) -> None:
    """Mexico's table has the columns of Honduras's; both count by month and nationality."""
    home = Home(tmp_path)
    card = (CHECKOUT / "raw" / "MEX-UPMRIP" / "nationality" / CARD).read_text(encoding="utf-8")
    (home.raw / HONDURAS).mkdir(parents=True)
    here = card.replace('"MEX"', '"HND"').replace('where = { nat = ["GIN", "FRA"] }\n', "")
    (home.raw / HONDURAS / CARD).write_text(here, encoding="utf-8")
    rows = read("hnd_inm_nationality_2025-06.csv").replace({"nat": {"": "OOO"}})
    days = pd.to_timedelta(rows["t"].astype(float), unit="D")
    honduras = rows.assign(t=(pd.Timestamp("1970-01-01") + days).dt.strftime("%Y-%m-%d"))
    honduras["n"] = honduras["n"].astype(float).astype(int).astype(str)
    outcome = beside(
        home, HONDURAS, write(tmp_path / "h.csv", honduras), DATA / "mex_upmrip_nationality_2025-06-19.csv"
    )
    mine, theirs = counted(honduras), counted(read("mex_upmrip_nationality_2025-06-19.csv"))
    both = mine.index.intersection(theirs.index)
    changed = int((mine[both] != theirs[both]).sum())
    gone = len(mine) - len(both)
    found = breaches(outcome)
    assert ("values_changed", None, str(changed), str(len(mine))) in found
    assert ("values_gone", None, str(gone), str(len(mine))) in found
    assert changed + gone > 0.9 * len(mine)


def members(name: str, path: Path) -> Path:
    """The members' rows of an extract of UNODC's, as a workbook of its layout."""
    cells = pd.read_excel(DATA / name, engine="calamine", header=None, dtype=str, keep_default_na=False)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data_glotip_1")
    of_members = cells.iloc[3:][cells.iloc[3:][0].isin(MEMBERS)]
    for row in [*cells.head(3).values.tolist(), *of_members.values.tolist()]:
        sheet.append(row)
    book.save(path)
    return path


def test_the_later_extract_of_the_united_nations(tmp_path: Path) -> None:
    """110 values of Panama and the Dominican Republic's shift by a year were seen by nobody.

    New rows, 878 of them, are in no denominator: Panama had 308 values, 110 of which the later extract has not.
    """
    outcome = beside(
        Home(tmp_path),
        GLOTIP,
        members("unodc_glotip_2023-05-30.xlsx", tmp_path / "first.xlsx"),
        members("unodc_glotip_2025-04-14.xlsx", tmp_path / "later.xlsx"),
    )
    found = breaches(outcome)
    [(gone, of)] = [b[2:] for b in found if b[:2] == ("values_gone_in_country", "PAN")]
    assert int(gone) - 110 in range(3)  # "Abroad", read as a total since, adds one or two of its years
    assert int(of) - 308 in range(3)
    assert {b[3] for b in found if b[:2] == ("series_shifted", "DOM · victims_detected")} == {"-1"}
    assert {b[1] for b in found if b[0] == "values_changed_in_country"} >= {"DOM", "SLV", "CRI", "USA"}
    assert not {b[1] for b in found if b[0].startswith("values_")} & {"CAN", "HND", "NIC", "BLZ"}
    assert {b[0] for b in found} >= {"values_changed", "values_gone"}


def test_the_later_workbook_is_received_as_it_was_published(tmp_path: Path) -> None:
    """Both addresses that UNODC writes above its table are an office's, not a person's."""
    folder = tmp_path / "raw" / GLOTIP
    folder.mkdir(parents=True)
    (folder / CARD).write_bytes((CHECKOUT / "raw" / GLOTIP / CARD).read_bytes())
    outcome = check(Home(tmp_path), DATA / "unodc_glotip_2025-04-14.xlsx", GLOTIP, FIRST)
    assert outcome.status == "accepted"
