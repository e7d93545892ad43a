"""What publishers print, read off their own files by pandas and small maps of its own; nothing of the project.

Countries: the eleven members by name of the region, the Americas by the M49 list, the few codes and names that
the files need. Where a figure is an interval, `low` and `high` are its ends.
"""

import csv
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
_OTHER_KINDS = {  # by hand from the passports: first and last year
    "tip_victims_detected": [("USA", 2007, 2022), ("CAN", 2017, 2018), ("BLZ", 2018, 2018), ("CRI", 2018, 2018)],
    "tip_offences_recorded": [("CAN", 2010, 2011), ("CAN", 2017, 2022), ("HND", 2016, 2016), ("PAN", 2014, 2017)],
    "tip_persons_prosecuted": [
        ("CRI", 2014, 2015), ("CRI", 2018, 2022), ("DOM", 2017, 2017), ("DOM", 2019, 2019), ("SLV", 2018, 2018),
    ],
    "tip_persons_in_contact": [("USA", 2015, 2022)],
    "som_persons_prosecuted": [("USA", 1992, 2001)],
    "som_persons_convicted": [("USA", 1992, 2004)],
}  # fmt: skip
OTHER_KINDS = {
    indicator: {(country, year) for country, first, last in spans for year in range(first, last + 1)}
    for indicator, spans in _OTHER_KINDS.items()
}
"""Totals of UNODC's file that count letters, clients, incidents, cases, sentences, persons served or open at a day."""
CHANGED = {
    "tip_victims_detected": {
        ("BLZ", 2021), ("CAN", 2017), ("CAN", 2019), ("DOM", 2021), ("GTM", 2019), ("GTM", 2020), ("PAN", 2020),
        ("USA", 2013),
    },
    "CORETT/trafficking": {("BLZ", 2021), ("CRI", 2019), ("DOM", 2021), ("GTM", 2020)},
    "tip_persons_prosecuted": {("CRI", 2019), ("DOM", 2017), ("DOM", 2018), ("DOM", 2019), ("PAN", 2016)},
}  # fmt: skip
"""First years after a documented change of UNODC's series, and of a collection's, by hand from the passports."""


def csv_rows(name: str) -> list[dict[str, str]]:
    """The rows of a publisher's csv, as texts."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holds_change(series: str, country: str, first: int, last: int) -> bool:
    """Whether a documented change lies between two of the years."""
    return any((country, year) in CHANGED.get(series, ()) for year in range(first + 1, last + 1))


SPECIAL = {"OOO": "indeterminate", "OTHER": "indeterminate", "STL": "stateless"}
READ_AS = {"TIB": "CHN", "PRI": "USA"}  # Tibet as its card says, Puerto Rico as its sovereign state
STATES = {
    "ABW": "NLD",
    "CCK": "AUS",
    "COK": "NZL",
    "CUW": "NLD",
    "FLK": "GBR",
    "GIB": "GBR",
    "GLP": "FRA",
    "GUF": "FRA",
    "HKG": "CHN",
    "MAC": "CHN",
    "MTQ": "FRA",
}
"""Territories in the files and their states: a flow is of the state's nationals."""
UNODC_LABELS = {
    "ARG": ["ARGENTINA", "Argentinian"],
    "BLZ": ["Belizean", "BELICE", "BELICEÑA", "BELICE\ufffdA"],
    "BRA": ["Brazilian"],
    "CHL": ["Chilean"],
    "CHN": ["Chinese", "China, Hong Kong SAR"],
    "COL": ["Colombian", "COLOMBIA"],
    "CRI": ["COSTA RICA"],
    "CUB": ["CUBA"],
    "DEU": ["Alemania", "Germans"],
    "DOM": ["Rep\ufffdblica Dominicana", "Rep. Dominicana", "DOMINICANA"],
    "ECU": ["Ecuadorean"],
    "GBR": ["United Kingdom"],
    "GIN": ["GUINEANA"],
    "GTM": ["GUATEMALTECA", "Guatemalean", "GUATEMALA"],
    "HND": ["Honduranian", "Hodruanian", "HONDUREÑA", "HONDURE\ufffdA", "Hondureans", "HONDURAS"],
    "HTI": ["Haitiana", "Hait\ufffd"],
    "KHM": ["CAMBOYA"],
    "MEX": ["MEXICANA", "Mexican"],
    "NGA": ["NIGERIANA"],
    "NIC": ["Nicaraguense", "NICARAGUENSE"],
    "PAN": ["Panamá", "Panam\ufffd"],
    "PER": ["Peruvian"],
    "PRY": ["Paraguayian"],
    "SLV": ["SALVADOREÑA", "SALVADORE\ufffdA", "EL SALVADOR", "Salvadore\ufffdas", "Salvadore\ufffdos"],
    "TWN": ["China, Taiwan Province of China"],
    "USA": ["Estados Unidos", "USA"],
    "VEN": ["Venezuela", "Venezolana", "VENEZOLANA", "Venezuelan", "VENEZUELA"],
    "XKX": ["Kosovo under UNSCR 1244"],
    "own": ["Nationals", "Ciudadanos de su pa\ufffds"],
    "nobody": [
        "",
        "Unknown",
        "DESCONOCIDA",
        "NO DETERMINADA",
        "NO DETERMINADAS",
        "Nationality",
        "(especifique otras nacionalidades)",
    ],
}
"""Labels of UNODC's tables by citizenship that are no name of the M49 list; of nobody nothing is told."""
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


FIRST_EXTRACT, LATER_EXTRACT = "unodc_glotip_2023-05-30.xlsx", "unodc_glotip_2025-04-14.xlsx"
"""UNODC's, by the day that each states: the later one is in force."""


@cache
def unodc(extract: str = LATER_EXTRACT) -> pd.DataFrame:
    """Every row of the eleven members, the value as an interval ("<5" is 0 to 4)."""
    rows = pd.read_excel(DATA / extract, engine="calamine", header=2, dtype=str, keep_default_na=False)
    rows = rows[rows["Iso3_code"].isin(MEMBERS)]
    text = rows["txtVALUE"].str.replace(",", "")
    return rows.assign(
        indicator=rows["Indicator"].map(INDICATORS),
        country=rows["Iso3_code"],
        year=rows["Year"].astype(int),
        low=text.replace("<5", "0").astype(float),
        high=text.replace("<5", "4").astype(float),
    )


def unodc_totals(indicator: str, extract: str = LATER_EXTRACT) -> pd.DataFrame:
    """Totals of one indicator: country, year, low, high."""
    rows = unodc(extract)
    whole = (rows[["Dimension", "Category", "Sex", "Age"]] == "Total").all(axis=1)
    return rows.loc[whole & (rows["indicator"] == indicator), ["country", "year", "low", "high"]]


def unodc_by_citizenship() -> pd.DataFrame:
    """The rows of UNODC's tables by citizenship, each with its `origin`: a state's code, or `nobody`."""
    m49 = pd.read_csv(REFERENCE / "unsd_m49_en.csv", dtype=str, encoding="utf-8-sig")
    named = dict(zip(m49["Country or Area"], m49["ISO-alpha3 Code"], strict=True))
    named |= {label: code for code, labels in UNODC_LABELS.items() for label in labels}
    rows = unodc()
    rows = rows[rows["Dimension"] == "by citizenship"]
    origin = rows["Category"].map(named).replace(STATES)
    assert origin.notna().all(), rows.loc[origin.isna(), "Category"].unique()
    return rows.assign(origin=origin.where(origin != "own", rows["country"]))


def unodc_by_class() -> pd.DataFrame:
    """Victims by class of origin, as the tables name them: country, year, origin_class, low, high."""
    rows = unodc_by_citizenship()
    rows = rows[rows["indicator"] == "tip_victims_detected"]
    americas, special = _americas(), {"nobody": "indeterminate"}
    classes = [
        special.get(origin) or _class(origin, country, americas)
        for origin, country in zip(rows["origin"], rows["country"], strict=True)
    ]
    keys = ["country", "year", "origin_class"]
    return rows.assign(origin_class=classes).groupby(keys)[["low", "high"]].sum().reset_index()


def unodc_flows() -> pd.DataFrame:
    """Victims and persons convicted by citizenship: indicator, country, year, origin, low, high.

    No more than the total leaves beside all others that the table names, where it does not name more.
    """
    rows = unodc_by_citizenship()
    keys = ["indicator", "country", "year", "origin"]
    cells = rows[rows["origin"] != "nobody"].groupby(keys)[["low", "high"]].sum().reset_index()
    totals = pd.concat([unodc_totals(i).assign(indicator=i) for i in sorted(set(cells["indicator"]))])
    cells = cells.merge(totals, on=keys[:-1], how="left", suffixes=("", "_total"))
    listed = cells.groupby(keys[:-1])["low"].transform("sum")
    left = (cells["high_total"] - (listed - cells["low"])).where(listed <= cells["high_total"])
    return cells.assign(high=cells["high"].clip(upper=left.fillna(float("inf"))))


def pooled(above: str, below: str, per: float) -> pd.DataFrame:
    """Three years together of two of UNODC's measures: country, first year, low, high (infinite where below may be 0).

    `same`: whether one of both is in some year the number, of 10 or more, of another measure too; `doubted`;
    `other`: of another kind in some year; `changed`: a documented change lies between the years.
    """
    totals = {i: _by_place(unodc_totals(i)) for i in INDICATORS.values()}
    rows = []
    for country, year in totals[above]:
        years = [(country, y) for y in range(year, year + 3)]
        if all(place in totals[above] and place in totals[below] for place in years):
            least, most = (sum(totals[above][place][end] for place in years) for end in (0, 1))
            fewest, many = (sum(totals[below][place][end] for place in years) for end in (0, 1))
            low, high = per * least / many if many else 0.0, per * most / fewest if fewest else float("inf")
            same = any(_is_told_twice(totals, one, place) for one in (above, below) for place in years)
            doubted = "tip_victims_detected" in (above, below) and bool({*years} & {*DOUBTED})
            other = any({*years} & OTHER_KINDS.get(one, set()) for one in (above, below))
            changed = any(holds_change(one, country, year, year + 2) for one in (above, below))
            rows.append((country, year, low, high, same, doubted, other, changed))
    return pd.DataFrame(
        rows, columns=["country", "year", "low", "high", "same", "doubted", "other", "changed"]
    )


def _by_place(rows: pd.DataFrame) -> dict[tuple[str, int], tuple[float, float]]:
    return {(row.country, row.year): (row.low, row.high) for row in rows.itertuples(index=False)}


def _is_told_twice(
    totals: dict[str, dict[tuple[str, int], tuple[float, float]]], indicator: str, place: tuple[str, int]
) -> bool:
    low, high = totals[indicator][place]
    return low == high >= 10 and any(
        other != indicator and cells.get(place) == (low, high) for other, cells in totals.items()
    )


def flows(rows: pd.DataFrame) -> pd.DataFrame:
    """Of a file by code: year, origin, `n` persons, and `unclear`, whom the year's table names of no country."""
    rows = rows.assign(origin=rows["code"].replace(READ_AS | STATES))
    is_named = ~rows["origin"].isin(SPECIAL)
    named = rows[is_named & (rows["n"] > 0)].groupby(["year", "origin"])["n"].sum().reset_index()
    unclear = rows[rows["origin"].map(SPECIAL) == "indeterminate"].groupby("year")["n"].sum()
    return named.assign(unclear=named["year"].map(unclear).fillna(0))


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
    return _by_month("mex_upmrip_nationality_2025-06-19.csv")


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


def honduras() -> pd.DataFrame:
    """Irregular entries by year, month, code, n."""
    rows = tidied("hnd_inm_nationality_2025-06.csv")
    return rows.rename(columns={"nat": "code"})[["year", "month", "code", "n"]]


def southwest_border() -> pd.DataFrame:
    """Encounters that name a nationality, from fiscal year 2020 on, by fiscal year, calendar month, code, n."""
    rows = tidied("usa_southwest_border_2025-06.csv")
    rows = rows[rows["nat"] != ""].assign(year=rows["year"] + (rows["month"] >= 10))
    return rows.rename(columns={"nat": "code"})[["year", "month", "code", "n"]]


def tidied(file: str) -> pd.DataFrame:
    """A file tidied by IOM whose `t` is days since 1970: year, month, `n` persons; a blank is an empty text."""
    rows = pd.read_csv(DATA / file, keep_default_na=False)
    day = pd.Timestamp("1970-01-01") + pd.to_timedelta(rows["t"].astype(float), unit="D")
    return rows.assign(year=day.dt.year, month=day.dt.month, n=rows["n"].astype(float))


def federal_files() -> pd.DataFrame:
    """Files under the migration law by year, month, area, n; a month that is blank has no row."""
    file = DATA / "mex_sesnsp_federal_files_2012-2025-07.csv"
    rows = pd.read_csv(file, encoding="latin-1", dtype=str, keep_default_na=False)
    rows = rows[rows["TIPO"] == "LEY DE MIGRACION"]
    names = list(rows.columns[6:])
    long = rows.melt(["AÑO", "ENTIDAD"], names, "month", "n")
    long = long[long["n"] != ""]
    month = long["month"].map({name: n for n, name in enumerate(names, start=1)})
    return pd.DataFrame(
        {
            "year": long["AÑO"].astype(int),
            "month": month,
            "area": long["ENTIDAD"],
            "n": long["n"].astype(float),
        }
    )


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


def convictions() -> pd.DataFrame:
    """Table 50, bringing in, transporting and harboring: fiscal year, low, high."""
    sheet = pd.read_excel(DATA / "usa_dhs_table50_convictions_1992-2004.xls", engine="calamine")
    row = sheet[sheet["Violations"].str.strip() == "Bringing in, transporting, harboring illegal aliens"]
    low = row.iloc[0, 1:].astype(float).tolist()
    return pd.DataFrame({"year": [int(str(c)[:4]) for c in row.columns[1:]], "low": low, "high": low})


def corett_smuggled() -> pd.DataFrame:
    """Smuggled migrants of three members: country, year, low, high; shares and stated totals left out."""
    rows = pd.read_csv(DATA / "corett_smuggled_migrants_2020-2023.csv")
    rows = rows[(rows["indicator"] == "smuggled_migrants_identified") & rows["detail"].isna()]
    cells = pd.DataFrame({"country": rows["geo"], "year": rows["year"].astype(int), "low": rows["value"]})
    return cells.assign(high=cells["low"])


def corett_victims() -> pd.DataFrame:
    """Victims identified in nine members: country, year, low, high."""
    rows = pd.read_csv(DATA / "corett_trafficking_2018-2021.csv")
    rows = rows[(rows["indicator"] == "victims_identified") & (rows["geo"] != "CORETT9")]
    cells = rows.rename(columns={"geo": "country", "value": "low"})[["country", "year", "low"]]
    return cells.assign(high=cells["low"])


def incidents() -> pd.DataFrame:
    """Police-reported incidents of Canada: year, low, high."""
    rows = pd.read_csv(DATA / "can_statcan_35100177_trafficking_2006-2024.csv")
    return pd.DataFrame({"year": rows["year"], "low": rows["count"], "high": rows["count"]})


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
