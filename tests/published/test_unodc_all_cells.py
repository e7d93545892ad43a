"""Every total that UNODC prints for the members, and every year's sum by origin class, computed here apart.

Nothing of the project reads or classifies on this side: pandas over the publishers' files, a table of a few
lines for origin, the M49 list for the Americas. With `-s` it says how many cells it compared.
"""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.conftest import SHARED
from warehouse.home import Home

pytestmark = pytest.mark.shared

MEMBERS = ["BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "USA"]
COUNTS = {
    "Detected trafficking victims": "tip_victims_detected",
    "Persons prosecuted": "tip_persons_prosecuted",
    "Persons convicted": "tip_persons_convicted",
}
DOUBTED = {("MEX", 2015): "suspect_value", ("MEX", 2021): "suspected_partial"}  # STATISTICS section 2
SPECIAL = {"OOO": "indeterminate", "OTHER": "indeterminate", "STL": "stateless"}
READ_AS = {"TIB": "CHN", "PRI": "USA"}  # Tibet as its card says, Puerto Rico as its sovereign state
CBP_NAMES = {
    "BRAZIL": "BRA",
    "CANADA": "CAN",
    "CHINA, PEOPLES REPUBLIC OF": "CHN",
    "COLOMBIA": "COL",
    "CUBA": "CUB",
    "ECUADOR": "ECU",
    "EL SALVADOR": "SLV",
    "GUATEMALA": "GTM",
    "HAITI": "HTI",
    "HONDURAS": "HND",
    "INDIA": "IND",
    "MEXICO": "MEX",
    "MYANMAR (BURMA)": "MMR",
    "NICARAGUA": "NIC",
    "OTHER": "OTHER",
    "PERU": "PER",
    "PHILIPPINES": "PHL",
    "ROMANIA": "ROU",
    "RUSSIA": "RUS",
    "TURKEY": "TUR",
    "UKRAINE": "UKR",
    "VENEZUELA": "VEN",
}
WHOLE = (
    "sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T' AND origin_class = '_T'"
)


@pytest.fixture(scope="module")
def release(published_home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(Home(published_home).current, read_only=True)


@pytest.fixture(scope="module")
def printed() -> pd.DataFrame:
    """Totals of the eleven members as UNODC prints them: indicator, country, year, text, low, high."""
    book = SHARED / "data" / "unodc_glotip_2023-05-30.xlsx"
    cells = pd.read_excel(book, engine="calamine", header=2, dtype=str, keep_default_na=False)
    cells = cells[cells["Iso3_code"].isin(MEMBERS) & cells["Indicator"].isin(COUNTS)]
    cells = cells[(cells[["Dimension", "Category", "Sex", "Age"]] == "Total").all(axis=1)]
    text = cells["txtVALUE"].str.replace(",", "")
    return pd.DataFrame(
        {
            "indicator": cells["Indicator"].map(COUNTS),
            "country": cells["Iso3_code"],
            "year": cells["Year"].astype(int),
            "text": cells["txtVALUE"],
            "low": text.replace("<5", "0").astype(float),
            "high": text.replace("<5", "4").astype(float),
        }
    )


def _shown(release: duckdb.DuckDBPyConnection, indicator: str) -> pd.DataFrame:
    return release.execute(
        "SELECT reporting_country AS country, year(period_start) AS year, numerator_low, numerator_high, value_low, "
        "value_high, flag, basis, panel, members_reporting, members_total FROM baseline.indicator_values "
        f"WHERE {WHOLE} AND frequency = 'A' AND indicator = $indicator",
        {"indicator": indicator},
    ).df()


@pytest.mark.parametrize("indicator", COUNTS.values())
def test_every_total_of_every_member_and_year(
    release: duckdb.DuckDBPyConnection, printed: pd.DataFrame, indicator: str
) -> None:
    cells = printed[printed["indicator"] == indicator]
    national = _shown(release, indicator).query("country in @MEMBERS")
    both = cells.merge(national, on=["country", "year"], how="outer", indicator=True)
    equal = (both["low"] == both["value_low"]) & (both["high"] == both["value_high"])
    exact = both["low"] == both["high"]
    different = both[~equal | (both["_merge"] != "both")]
    print(
        f"\n{indicator}: {len(both)} cells, {sum(equal & exact)} equal, {sum(equal & ~exact)} inside (<5 is 0-4), "
        f"{len(different)} different"
    )
    assert different.to_dict("records") == []
    assert not cells.duplicated(["country", "year"]).any()
    doubted = both[both["flag"].fillna("").str.contains("suspect")]
    found = {(c, y): f for c, y, f in doubted[["country", "year", "flag"]].itertuples(index=False)}
    assert found == (DOUBTED if indicator == "tip_victims_detected" else {})


@pytest.mark.parametrize("indicator", COUNTS.values())
def test_every_regional_sum(
    release: duckdb.DuckDBPyConnection, printed: pd.DataFrame, indicator: str
) -> None:
    """The members' cells of a year, without the two that nobody has confirmed; DOM is a member from 2001 on."""
    cells = printed[printed["indicator"] == indicator]
    sure = [
        indicator != "tip_victims_detected" or key not in DOUBTED
        for key in zip(cells["country"], cells["year"], strict=True)
    ]
    sums = cells[sure].groupby("year").agg(low=("low", "sum"), high=("high", "sum"), n=("country", "size"))
    region = _shown(release, indicator).query("country == 'CRM' and panel == 'reporting'")
    region = region.set_index("year").sort_index()
    assert cells["year"].min() > 2000
    assert region.index.tolist() == sums.index.tolist()
    assert (
        region[["numerator_low", "numerator_high", "members_reporting"]].values.tolist()
        == sums.values.tolist()
    )
    covered = (region["members_reporting"] * 2 >= region["members_total"]).astype(bool)
    assert region["value_low"].notna().equals(covered)
    assert region["flag"].fillna("").str.contains("low_coverage").equals(~covered)
    print(f"\n{indicator}: {len(sums)} regional sums, all equal")


def test_every_rate_of_sdg_16_2_2(release: duckdb.DuckDBPyConnection, printed: pd.DataFrame) -> None:
    """Victims per 100,000 of the population of that year; none where the count is below 20."""
    people = pd.read_csv(SHARED / "reference" / "population.csv")
    people = people.rename(columns={"iso3": "country"})[["country", "year", "population_wpp2024_midyear"]]
    cells = printed[printed["indicator"] == "tip_victims_detected"].merge(people, on=["country", "year"])
    shown = _shown(release, "tip_victims_detected_rate").query("basis == 'all'")
    both = cells.merge(shown, on=["country", "year"], how="outer", indicator=True)
    assert set(both["_merge"]) == {"both"}
    rate = (100_000 * both["low"] / both["population_wpp2024_midyear"]).where(both["low"] >= 20)
    pd.testing.assert_series_equal(both["value_low"], rate, check_names=False, rtol=1e-12)
    pd.testing.assert_series_equal(both["value_high"], rate, check_names=False, rtol=1e-12)
    assert both["flag"].fillna("").str.contains("small_numerator").equals(both["low"] < 20)
    print(
        f"\nSDG 16.2.2: {rate.notna().sum()} rates, all equal; {rate.isna().sum()} withheld, numerator below 20"
    )


def test_every_pooled_rate(release: duckdb.DuckDBPyConnection, printed: pd.DataFrame) -> None:
    """Three years together, none of them doubted, that end in a year with fewer than 20."""
    people = pd.read_csv(SHARED / "reference" / "population.csv")
    people = people.rename(columns={"iso3": "country"})[["country", "year", "population_wpp2024_midyear"]]
    cells = printed[printed["indicator"] == "tip_victims_detected"].merge(people, on=["country", "year"])
    told = {
        (c, y): (low, n)
        for c, y, low, n in cells[["country", "year", "low", "population_wpp2024_midyear"]].itertuples(
            index=False
        )
        if (c, y) not in DOUBTED
    }
    expected = {}
    for (country, year), (low, _) in told.items():
        years = [told.get((country, y)) for y in (year - 2, year - 1, year)]
        if low < 20 and None not in years:
            victims, persons = (sum(y[i] for y in years) for i in (0, 1))
            expected[country, year - 2] = (
                pytest.approx(100_000 * victims / persons) if victims >= 20 else None
            )
    shown = _shown(release, "tip_victims_detected_rate").query("basis == 'pooled'")
    found = {
        (c, y): None if pd.isna(v) else v
        for c, y, v in shown[["country", "year", "value_low"]].itertuples(index=False)
    }
    assert found == expected
    print(f"\nSDG 16.2.2, three years together: {len(found)} rates, all equal or withheld below 20")


def _americas() -> set[str]:
    m49 = pd.read_csv(SHARED / "reference" / "unsd_m49_en.csv", dtype=str, encoding="utf-8-sig")
    return set(m49.loc[m49["Region Code"] == "019", "ISO-alpha3 Code"])


def _class(code: str, reporting: str, americas: set[str]) -> str:
    code = READ_AS.get(code, code)
    if code in SPECIAL:
        return SPECIAL[code]
    if code == reporting:
        return "own_national"
    if code in MEMBERS:
        return "intra_regional"
    return "extra_regional_americas" if code in americas else "extra_continental"


def _darien() -> pd.DataFrame:
    rows = pd.read_csv(SHARED / "data" / "pan_darien_nationality_2025-06.csv", keep_default_na=False)
    return pd.DataFrame({"year": rows["t"].str[:4].astype(int), "code": rows["nat"], "n": rows["n"]})


def _upmrip() -> pd.DataFrame:
    rows = pd.read_csv(SHARED / "data" / "mex_upmrip_nationality_2025-04.csv", keep_default_na=False)
    return pd.DataFrame({"year": rows["t"].str[:4].astype(int), "code": rows["nat"], "n": rows["n"]})


def _cbp() -> pd.DataFrame:
    rows = pd.read_csv(SHARED / "data" / "usa_cbp_encounters_fy2020-2023.csv", keep_default_na=False)
    year = rows["Fiscal Year"].astype(str).str[:4].astype(int)
    return pd.DataFrame(
        {"year": year, "code": rows["Citizenship"].map(CBP_NAMES), "n": rows["Encounter Count"]}
    )


@pytest.mark.parametrize(
    ("collection", "reporting", "read"),
    [
        ("PAN-SNM/darien_nationality", "PAN", _darien),
        ("MEX-UPMRIP/nationality", "MEX", _upmrip),
        ("USA-CBP/encounters", "USA", _cbp),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_every_year_by_origin_class(
    release: duckdb.DuckDBPyConnection, collection: str, reporting: str, read
) -> None:
    rows = read()
    assert rows.notna().all(axis=None)
    americas = _americas()
    sums = rows.groupby(["year", rows["code"].map(lambda code: _class(code, reporting, americas))])["n"].sum()
    shown = release.execute(
        "SELECT year(period_end) AS year, origin_class AS code, persons_low, persons_high, total_low, total_high "
        "FROM baseline.origin_profile WHERE collection = $collection AND persons_high > 0",
        {"collection": collection},
    ).df()
    assert (shown["persons_low"] == shown["persons_high"]).all()
    assert (shown["total_low"] == shown["total_high"]).all()
    assert shown.set_index(["year", "code"])["persons_low"].to_dict() == sums[sums > 0].to_dict()
    totals = shown.groupby("year")["total_low"].agg(["min", "max"])
    assert totals["min"].to_dict() == totals["max"].to_dict() == rows.groupby("year")["n"].sum().to_dict()
    print(f"\n{collection}: {len(sums)} sums of class and year over {len(totals)} years, all equal")
