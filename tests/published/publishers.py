"""What publishers print, read off their own files by pandas and small maps of its own; nothing of the project.

Countries: the eleven members by name of the region, the Americas by the M49 list, the few codes and names that
the files need. Where a figure is an interval, `low` and `high` are its ends.
"""

from functools import cache

import pandas as pd

from tests.conftest import SHARED

DATA, REFERENCE = SHARED / "data", SHARED / "reference"
MEMBERS = ["BLZ", "CAN", "CRI", "DOM", "GTM", "HND", "MEX", "NIC", "PAN", "SLV", "USA"]
GROUPINGS = {
    "CRM": dict.fromkeys(MEMBERS, 1996) | {"DOM": 2000},
    "SICA": dict.fromkeys(["CRI", "GTM", "HND", "NIC", "PAN", "SLV"], 1993) | {"BLZ": 2000, "DOM": 2013},
}
"""The year in which each member joined: communiqués of the Conference; SICA's list of member states."""
CLASSES = [
    "own_national",
    "intra_regional",
    "extra_regional_americas",
    "extra_continental",
    "stateless",
    "indeterminate",
]
HOLDERS = {
    "extra_regional": ["extra_regional_americas", "extra_continental"],
    "foreign": ["intra_regional", "extra_regional_americas", "extra_continental", "stateless"],
}
INDICATORS = {
    "Detected trafficking victims": "tip_victims_detected",
    "Offences of trafficking in persons": "tip_offences_recorded",
    "Persons brought into formal contact": "tip_persons_in_contact",
    "Persons prosecuted": "tip_persons_prosecuted",
    "Persons convicted": "tip_persons_convicted",
}
DOUBTED = {("MEX", 2015): "suspect_value", ("MEX", 2021): "suspected_partial"}
"""Victims that nobody has confirmed (STATISTICS, section 2)."""

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
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@cache
def unodc() -> pd.DataFrame:
    """Every row of the eleven members, the value as an interval ("<5" is 0 to 4)."""
    book = DATA / "unodc_glotip_2023-05-30.xlsx"
    rows = pd.read_excel(book, engine="calamine", header=2, dtype=str, keep_default_na=False)
    rows = rows[rows["Iso3_code"].isin(MEMBERS)]
    text = rows["txtVALUE"].str.replace(",", "")
    return rows.assign(
        indicator=rows["Indicator"].map(INDICATORS),
        country=rows["Iso3_code"],
        year=rows["Year"].astype(int),
        low=text.replace("<5", "0").astype(float),
        high=text.replace("<5", "4").astype(float),
    )


def unodc_totals(indicator: str) -> pd.DataFrame:
    """Totals of one indicator: country, year, low, high."""
    rows = unodc()
    whole = (rows[["Dimension", "Category", "Sex", "Age"]] == "Total").all(axis=1)
    return rows.loc[whole & (rows["indicator"] == indicator), ["country", "year", "low", "high"]]


def population() -> pd.DataFrame:
    """UN WPP 2024, mid-year: country, year, people."""
    rows = pd.read_csv(REFERENCE / "population.csv")
    return rows.rename(columns={"iso3": "country", "population_wpp2024_midyear": "people"})[
        ["country", "year", "people"]
    ]


def canada() -> pd.DataFrame:
    """The rate that Statistics Canada publishes: year, low, high."""
    rows = pd.read_csv(DATA / "can_sdg_16-2-2.csv")
    return pd.DataFrame({"year": rows["Year"], "low": rows["Value"], "high": rows["Value"]})


@cache
def sesnsp() -> pd.DataFrame:
    """Victims of trafficking by month, state, sex, age group; two labels of unknown age are one group."""
    rows = pd.read_csv(
        DATA / "mex_sesnsp_victimas_2025-06.csv.bz2",
        dtype=str,
        usecols=["n_year", "n_month", "cve_ent", "tipo_de_delito", "genero", "rango_de_edad", "n_victimas"],
    )
    rows = rows[rows["tipo_de_delito"] == "Trata de personas"]
    ages = {"Menores de edad (0-17)": "Y0T17", "Adultos (18 y más)": "Y_GE18"}
    return pd.DataFrame(
        {
            "year": rows["n_year"].astype(int),
            "month": rows["n_month"].astype(int),
            "area": rows["cve_ent"],
            "sex": rows["genero"].map({"Mujer": "F", "Hombre": "M"}).fillna("_U"),
            "age": rows["rango_de_edad"].map(ages).fillna("_U"),
            "n": rows["n_victimas"].astype(float),
        }
    )


def darien() -> pd.DataFrame:
    """Entries by year, month (none before 2020), code, n."""
    rows = _by_month("pan_darien_nationality_2025-06.csv")
    return rows.assign(month=rows["month"].where(rows["year"] >= 2020))


def upmrip() -> pd.DataFrame:
    """Encounters by year, month, code, n."""
    return _by_month("mex_upmrip_nationality_2025-04.csv")


def _by_month(file: str) -> pd.DataFrame:
    rows = pd.read_csv(DATA / file, keep_default_na=False)
    year, month = (rows["t"].str[part].astype(int) for part in (slice(4), slice(5, 7)))
    return pd.DataFrame({"year": year, "month": month, "code": rows["nat"], "n": rows["n"]})


def cbp() -> pd.DataFrame:
    """Encounters by fiscal year, calendar month, code, n."""
    rows = pd.read_csv(DATA / "usa_cbp_encounters_fy2020-2023.csv", keep_default_na=False)
    month = rows["Month (abbv)"].map({name: n for n, name in enumerate(MONTHS, start=1)})
    year = rows["Fiscal Year"].astype(str).str[:4].astype(int)
    code = rows["Citizenship"].map(CBP_NAMES)
    return pd.DataFrame({"year": year, "month": month, "code": code, "n": rows["Encounter Count"]})


def by_class(rows: pd.DataFrame, reporting: str, when: list[str]) -> pd.DataFrame:
    """Persons of every class in every period: `n`, all persons `total`, those of unclear origin `unclear`."""
    assert rows.drop(columns="month").notna().all(axis=None)
    americas = _americas()
    classes = rows["code"].map(lambda code: _class(code, reporting, americas))
    sums = rows.groupby([*when, classes.rename("origin_class")])["n"].sum().unstack(fill_value=0)
    sums = sums.reindex(columns=CLASSES, fill_value=0)
    held = {name: sums[parts].sum(axis=1) for name, parts in HOLDERS.items()}
    long = sums.assign(**held).rename_axis(columns="origin_class").stack().rename("n").reset_index()
    apart = pd.DataFrame({"total": sums.sum(axis=1), "unclear": sums["indeterminate"]}).reset_index()
    return long.merge(apart, on=when)


def _americas() -> set[str]:
    m49 = pd.read_csv(REFERENCE / "unsd_m49_en.csv", dtype=str, encoding="utf-8-sig")
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


def dhs() -> pd.DataFrame:
    """The five rows on smuggling of table 61 by fiscal year; what is not available has no value."""
    wanted = {
        "Smuggling cases": "cases_recorded",
        "Smugglers arrested": "smugglers_arrested",
        "Smuggled aliens arrested": "migrants_smuggled",
        "Smuggling prosecutions": "persons_prosecuted",
        "Smuggling convictions": "persons_convicted",
    }
    table = pd.read_excel(DATA / "usa_dhs_table61_smuggling_1992-2001.xls", engine="calamine", dtype=str)
    table = table[table["Activities"].str.strip().isin(wanted)]
    long = table.melt("Activities", var_name="year", value_name="low")
    low = long["low"].astype(float)
    measure = long["Activities"].str.strip().map(wanted)
    return pd.DataFrame({"measure": measure, "year": long["year"].astype(int), "low": low, "high": low})
