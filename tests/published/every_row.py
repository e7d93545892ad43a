"""The rest of the released indicators, recomputed from the publishers' files: what tests/published/comparisons.py leaves.

Every row of baseline.indicator_values is compared here or there; an indicator without a row is in NOT_RECOMPUTED.
"""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from schemas.indicators import catalogue
from tests.published import publishers, shares
from tests.published.comparison import Comparison, compare, together
from tests.published.comparisons import (
    FORBIDDEN,
    WHOLE,
    Release,
    _forbidden,
    regional_cells,
)
from tests.published.publishers import DOUBTED, GROUPINGS, INDICATORS, MEMBERS

NO_RELEASE = "no submission that is shipped fills it (`data = no_data`)"
NOT_RECOMPUTED = dict.fromkeys(
    [
        "child_victims_returned_with_bid", "repatriation_directory_coverage", "som_law_elements_in_force",
        "som_migrants_smuggled_origin_share", "tip_domestic_exploitation_share", "tip_law_elements_in_force",
        "training_replications_held", "unaccompanied_children_returned_with_bid",
    ],
    NO_RELEASE,
)  # fmt: skip
"""Indicators without a released row, and why. Of fixed panels the choice of members is not recomputed (tests/test_regional.py)."""

COUNTS_ALONE = (
    "MEX-UPMRIP/returns", "UNODC/cts_smuggling", "USA-DOS/tip_report", "USA-OVC/clients", "USA-OVC/clients_2012",
)  # fmt: skip
"""Collections of which tests/published/test_new_sources.py compares each count. Their shares, rates and ratios, and the
regional sums of smuggling offences, are not recomputed."""
SUMS_NOT_RECOMPUTED = "som_offences_recorded"
COUNTS_ONLY = ("som_offences_recorded", "tip_investigations_opened")
"""Indicators that these collections alone fill: their counts are compared, no sum of them is recomputed."""
RECOMPUTED = (
    f"coalesce(collection NOT IN {COUNTS_ALONE}, indicator <> '{SUMS_NOT_RECOMPUTED}') "
    "AND NOT (indicator = 'mobility_returns' AND age_group <> '_T')"
)
"""Rows that are recomputed here or in comparisons.py; returns by age are not."""

WITHHELD = -1.0
"""Stands on both sides where no value is told."""

PERIODS = {"A": ["year"], "Q": ["year", "quarter"], "M": ["year", "month"]}


def shown(release: Release, where: str, more: str = "", **parameters: object) -> pd.DataFrame:
    """Released rows, numbered: a fiscal year by that of its end, a quarter and a month by their own."""
    return release.execute(
        f"""
        SELECT rowid AS row, reporting_country AS country, year(period_end) AS year,
            quarter(period_start) AS quarter, month(period_start) AS month,
            coalesce(value_low, {WITHHELD}) AS low,
            CASE WHEN value_low IS NULL THEN {WITHHELD} ELSE coalesce(value_high, CAST('inf' AS DOUBLE)) END AS high {more}
        FROM baseline.indicator_values WHERE {where}
        """,
        parameters,
    ).df()


def everything(release: Release) -> Iterator[Comparison]:
    """One comparison for each indicator, and for what is made of several."""
    parts = list(each(release))
    subjects = [re.findall(r"`([^`]+)`", one.name) or [one.name] for one in parts]
    for subject in dict.fromkeys(subject for subject, *_ in subjects):
        mine = [one for one, (first, *_) in zip(parts, subjects, strict=True) if first == subject]
        name = f"every other row of `{subject}`" if subject in catalogue() else subject
        yield together(name if "." not in subject else f"`{subject}`", mine)


def each(release: Release) -> Iterator[Comparison]:
    """All comparisons, in the order of the document."""
    for one in SERIES:
        yield from series(release, *one)
    for one in MOBILITY:
        yield from origins(release, *one)
    yield returns_of_own(release)
    yield from sesnsp(release)
    yield from corett(release)
    yield from table_61(release)
    yield from too_few_of_smuggling(release)
    yield from repatriated(release)
    yield from withheld(release)
    yield from rates_without_largest(release)
    yield from details_of_unodc(release)
    yield from classes_of_unodc(release)
    yield completeness(release)
    for grouping in GROUPINGS:
        yield coverage(release, grouping)
    yield from fixed_panels(release)
    yield from flows(release)
    yield from nationals_abroad(release)


# ---- sources' own series -------------------------------------------------------------------------


def _periods(rows: pd.DataFrame, frequency: str, year_starts: int = 1) -> pd.DataFrame:
    """The rows with year, month and quarter: a fiscal year where years are asked for, else the calendar's."""
    if frequency == "A":
        return rows
    rows = rows.dropna(subset="month").astype({"month": int})
    calendar = rows["year"] - (rows["month"] >= year_starts) * (year_starts > 1)
    return rows.assign(year=calendar, quarter=(rows["month"] - 1) // 3 + 1)


def _upmrip_by_sex() -> pd.DataFrame:
    rows = pd.read_csv(publishers.DATA / "mex_upmrip_sex_age_2025-04.csv", keep_default_na=False)
    year, month = (rows["t"].str[part].astype(int) for part in (slice(4), slice(5, 7)))
    return pd.DataFrame({"year": year, "month": month, "n": rows["n"].astype(float)})


def _darien_by_sex() -> pd.DataFrame:
    rows = pd.read_csv(publishers.DATA / "pan_darien_sex_age_2025-06.csv", keep_default_na=False)
    year, month = (rows["t"].str[part].astype(int) for part in (slice(4), slice(5, 7)))
    return pd.DataFrame({"year": year, "month": month, "n": rows["n"].astype(float)})


def _all_of_southwest() -> pd.DataFrame:
    rows = publishers.tidied("usa_southwest_border_2025-06.csv")
    return rows.assign(year=rows["year"] + (rows["month"] >= 10))


ENTRIES, ENCOUNTERS, RETURNS = (
    "mobility_irregular_entries",
    "mobility_irregular_encounters",
    "mobility_returns",
)
SERIES = (
    (ENTRIES, "HND-INM/nationality", publishers.honduras, 1),
    (ENTRIES, "HND-INM/sex_age", lambda: publishers.tidied("hnd_inm_sex_age_2025-06.csv"), 1),
    (ENTRIES, "PAN-SNM/darien_nationality", publishers.darien, 1),
    (ENTRIES, "PAN-SNM/darien_sex_age", _darien_by_sex, 1),
    (ENCOUNTERS, "MEX-UPMRIP/nationality", publishers.upmrip, 1),
    (ENCOUNTERS, "MEX-UPMRIP/sex_age", _upmrip_by_sex, 1),
    (ENCOUNTERS, "USA-CBP/encounters", publishers.cbp, 10),
    (ENCOUNTERS, "USA-CBP/southwest_border", _all_of_southwest, 10),
    (RETURNS, "GTM-IGM/returns", lambda: publishers.tidied("gtm_igm_returns_2025-06.csv"), 1),
    ("tip_victims_detected", "MEX-SESNSP/victimas", publishers.sesnsp, 1),
    ("som_cases_recorded", "MEX-SESNSP/federal_files", publishers.federal_files, 1),
)
"""Of each source the indicator it fills, what its file says, and in which month its year starts."""


def series(release: Release, indicator: str, collection: str, rows, year_starts: int) -> Iterator[Comparison]:
    """Totals by year, quarter and month."""
    printed_rows = rows()
    for frequency, keys in PERIODS.items():
        printed = (
            _periods(printed_rows, frequency, year_starts).groupby(keys)["n"].sum().reset_index(name="low")
        )
        told = shown(
            release,
            f"{WHOLE} AND indicator = $indicator AND collection = $collection AND frequency = $frequency "
            "AND panel = '_Z' AND pooled_years = 1",
            indicator=indicator, collection=collection, frequency=frequency,
        )  # fmt: skip
        yield compare(
            f"{collection}, `{indicator}`: {frequency}", printed.assign(high=printed["low"]), told, keys
        )


# ---- origin in the mobility files ------------------------------------------------------------------

MOBILITY = (
    (ENTRIES, "HND-INM/nationality", publishers.honduras, "HND", 1),
    (ENTRIES, "PAN-SNM/darien_nationality", publishers.darien, "PAN", 1),
    (ENCOUNTERS, "MEX-UPMRIP/nationality", publishers.upmrip, "MEX", 1),
    (ENCOUNTERS, "USA-CBP/encounters", publishers.cbp, "USA", 10),
    (ENCOUNTERS, "USA-CBP/southwest_border", publishers.southwest_border, "USA", 10),
)
AS_RELEASED = {"OOO": "_U", "OTHER": "_U", "STL": "STLS", "TIB": "CHN"}
"""Another country that is not said is here one of whom nothing is known."""


def origins(
    release: Release, indicator: str, collection: str, rows, reporting: str, year_starts: int
) -> Iterator[Comparison]:
    """Persons of each citizenship with its class, and the shares of each class of all, by year, quarter and month."""
    americas, printed_rows = publishers._americas(), rows()
    for frequency, keys in PERIODS.items():
        mine = _periods(printed_rows, frequency, year_starts)
        mine = mine.assign(
            citizenship=mine["code"].replace(AS_RELEASED),
            origin_class=[publishers._class(code, reporting, americas) for code in mine["code"]],
        )
        of_class = [*keys, "citizenship", "origin_class"]
        printed = mine.groupby(of_class)["n"].sum().reset_index(name="low")
        where = "collection = $collection AND frequency = $frequency"
        told = shown(
            release, f"{where} AND indicator = $indicator AND citizenship <> '_T'",
            ", citizenship, origin_class", indicator=indicator, collection=collection, frequency=frequency,
        )  # fmt: skip
        told["citizenship"] = told["citizenship"].replace({"_O": "_U"})
        yield compare(
            f"{collection}, `{indicator}` by citizenship: {frequency}",
            printed.assign(high=printed["low"]), told, of_class,
        )  # fmt: skip
        if frequency != "A":
            classes = publishers.by_class(
                mine[[*keys, "code", "n"]].assign(month=mine["month"]), reporting, keys
            )
            unclear = classes["unclear"].where(classes["origin_class"] != "indeterminate", 0)
            low, high = (
                classes["n"] / classes["total"],
                (classes["n"] + unclear) / classes["total"],
            )
            yield compare(
                f"{collection}, `mobility_origin_share`: {frequency}",
                classes.assign(low=low, high=high),
                shown(
                    release, f"{where} AND indicator = 'mobility_origin_share'", ", origin_class",
                    collection=collection, frequency=frequency,
                ),
                [*keys, "origin_class"],
            )  # fmt: skip


def returns_of_own(release: Release) -> Comparison:
    """Guatemala's returns are of its own nationals, all of them."""
    parts = []
    for frequency, keys in PERIODS.items():
        rows = _periods(publishers.tidied("gtm_igm_returns_2025-06.csv"), frequency)
        parts.append(rows.groupby(keys)["n"].sum().reset_index(name="low").assign(frequency=frequency))
    printed = pd.concat(parts).fillna({"quarter": 0, "month": 0})
    told = shown(
        release, "indicator = 'mobility_returns' AND citizenship = 'GTM' AND origin_class = 'own_national'",
        ", frequency",
    )  # fmt: skip
    told["quarter"] = told["quarter"].where(told["frequency"] == "Q", 0)
    told["month"] = told["month"].where(told["frequency"] == "M", 0)
    keys = ["frequency", "year", "quarter", "month"]
    return compare(
        "Guatemala, `mobility_returns` of own nationals", printed.assign(high=printed["low"]), told, keys
    )


# ---- victims in Mexico's state files ----------------------------------------------------------------


def sesnsp(release: Release) -> Iterator[Comparison]:
    """Victims by sex and age, shares of the known and of all, and the rate."""
    where = "collection = 'MEX-SESNSP/victimas' AND frequency = $frequency"
    for frequency, keys in PERIODS.items():
        rows = _periods(publishers.sesnsp(), frequency)
        by_both = [*keys, "sex", "age"]
        alone = [rows.assign(age="_T"), rows.assign(sex="_T")]
        printed = pd.concat([rows, *alone]).groupby(by_both)["n"].sum().reset_index(name="low")
        told = shown(
            release, f"{where} AND indicator = 'tip_victims_detected' AND (sex <> '_T' OR age_group <> '_T')",
            ", sex, age_group AS age", frequency=frequency,
        )  # fmt: skip
        is_told = pd.MultiIndex.from_frame(printed[by_both]).isin(pd.MultiIndex.from_frame(told[by_both]))
        yield compare(
            f"SESNSP, `tip_victims_detected` by sex and age: {frequency}",
            printed.assign(high=printed["low"])[is_told], told, by_both,
        )  # fmt: skip
        for indicator, dimension, part in (
            ("tip_female_share_known_sex", "sex", "F"), ("tip_child_share_known_age", "age", "Y0T17"),
        ):  # fmt: skip
            counted = rows.pivot_table(index=keys, columns=dimension, values="n", aggfunc="sum", fill_value=0)
            all_of, known = counted.sum(axis=1), counted.sum(axis=1) - counted["_U"]
            ends = {"known": (counted[part] / known, counted[part] / known)}
            ends["all"] = (counted[part] / all_of, (counted[part] + counted["_U"]) / all_of)
            printed = pd.concat(
                pd.DataFrame({"low": low, "high": high}).assign(basis=basis).reset_index()
                for basis, (low, high) in ends.items()
            )
            told = shown(
                release, f"{where} AND indicator = $indicator", ", denominator_basis AS basis",
                frequency=frequency, indicator=indicator,
            )  # fmt: skip
            yield compare(f"SESNSP, `{indicator}`: {frequency}", printed, told, [*keys, "basis"])
    years = publishers.sesnsp().groupby("year")["n"].sum().reset_index(name="victims")
    yield _rate(release, "MEX-SESNSP/victimas", years.assign(country="MEX"))


def _rate(release: Release, collection: str, victims: pd.DataFrame, years: int = 1) -> Comparison:
    """Victims per 100,000 people, of a year or of those that end with it; of fewer than 20 victims none."""
    cells = victims.merge(publishers.population(), on=["country", "year"]).set_index(["country", "year"])
    rows = []
    for country, year in cells.index:
        window = [(country, y) for y in range(year - years + 1, year + 1)]
        if publishers.holds_change(collection, country, year - years + 1, year):
            continue
        if all(place in cells.index for place in window) and (
            years == 1 or cells.loc[(country, year), "victims"] < 20
        ):
            sums = cells.loc[window].sum()
            rate = 100_000 * sums["victims"] / sums["people"] if sums["victims"] >= 20 else WITHHELD
            rows.append((country, year, rate, rate))
    told = shown(
        release, "indicator = 'tip_victims_detected_rate' AND collection = $collection AND pooled_years = $years",
        collection=collection, years=years,
    )  # fmt: skip
    printed = pd.DataFrame(rows, columns=["country", "year", "low", "high"])
    return compare(
        f"{collection}, `tip_victims_detected_rate`, {years} years", printed, told, ["country", "year"]
    )


# ---- CORETT, and the United States' older tables ------------------------------------------------------


def corett(release: Release) -> Iterator[Comparison]:
    """The nine members together: counts, and assisted victims per identified one; each member's rate."""
    file = publishers.DATA / "corett_trafficking_2018-2021.csv"
    rows = pd.read_csv(file).rename(columns={"geo": "country"})
    counts = rows.pivot_table(index=["country", "year"], columns="indicator", values="value").reset_index()
    for indicator, column in CORETT.items():
        cells = counts[["country", "year", column]].dropna().rename(columns={column: "low"})
        yield _of_corett(release, indicator, cells)
    both = counts.dropna(subset=["victims_assisted", "victims_identified"])
    ratio = both["victims_assisted"] / both["victims_identified"]
    yield _of_corett(release, "tip_victims_assisted_share", both.assign(low=ratio))
    members = counts[counts["country"].isin(MEMBERS)].rename(columns={"victims_identified": "victims"})
    for years in (1, 3):
        yield _rate(release, "CORETT/trafficking", members[["country", "year", "victims"]], years)


CORETT = {
    "tip_victims_assisted": "victims_assisted",
    "tip_victims_detected": "victims_identified",
    "tip_nationals_repatriated": "repatriations_returns_resettlements",
}


def _of_corett(release: Release, indicator: str, cells: pd.DataFrame) -> Comparison:
    told = shown(release, "collection = 'CORETT/trafficking' AND indicator = $indicator", indicator=indicator)
    return compare(f"CORETT, `{indicator}`", cells.assign(high=cells["low"]), told, ["country", "year"])


TABLE_61 = {
    "som_cases_recorded": "cases_recorded",
    "som_migrants_smuggled": "migrants_smuggled",
    "som_persons_prosecuted": "persons_prosecuted",
    "som_persons_convicted": "persons_convicted",
}


def table_61(release: Release) -> Iterator[Comparison]:
    """Its indicators by fiscal year."""
    rows = publishers.dhs().dropna(subset="low")
    for indicator, measure in TABLE_61.items():
        told = shown(
            release, "collection = 'USA-DHS/table61' AND panel = '_Z' AND indicator = $indicator",
            indicator=indicator,
        )  # fmt: skip
        yield compare(f"DHS, table 61, `{indicator}`", rows[rows["measure"] == measure], told, ["year"])


def too_few_of_smuggling(release: Release) -> Iterator[Comparison]:
    """No region's sum of smuggling: in no year did half of the members tell one."""
    old = publishers.dhs().dropna(subset="low").assign(country="USA")
    files = publishers.federal_files()
    whole = files.groupby("year")["month"].nunique() == 12
    ours = files.groupby("year")["n"].sum()[whole].reset_index(name="low").assign(country="MEX")
    told = {
        "som_cases_recorded": [old[old["measure"] == "cases_recorded"], ours],
        "som_migrants_smuggled": [old[old["measure"] == "migrants_smuggled"], publishers.corett_smuggled()],
        "som_persons_prosecuted": [old[old["measure"] == "persons_prosecuted"]],
        "som_persons_convicted": [publishers.convictions().assign(country="USA")],
    }
    for indicator, parts in told.items():
        cells = pd.concat(parts)[["country", "year", "low"]]
        yield from of_regions(release, indicator, cells.assign(high=cells["low"]))


# ---- UNODC: brought home -------------------------------------------------------------------------------


@cache
def brought_home() -> pd.DataFrame:
    """Own nationals by member and year: “Abroad”, where it is told, else the sum of whoever is named and of unknown ones.

    What stands under 2003 is a placeholder of the form (STATISTICS, section 1).
    """
    rows = publishers.unodc()
    rows = rows[(rows["Dimension"] == "by country of repatriation") & (rows["year"] != 2003)]
    rows = rows[rows["Category"] != "TOTAL POR AÑO"]
    sums = (
        rows.assign(part=rows["Category"] != "Abroad")
        .groupby(["country", "year", "part"])[["low", "high"]]
        .sum()
    )
    return sums.reset_index().drop_duplicates(["country", "year"])[["country", "year", "low", "high"]]


def repatriated(release: Release) -> Iterator[Comparison]:
    """Members and years, and the regions' sums."""
    cells, name = brought_home(), "tip_nationals_repatriated"
    told = shown(
        release, "indicator = $indicator AND collection = 'UNODC/glotip' AND panel = '_Z'", indicator=name
    )
    yield compare(f"UNODC, `{name}`: members and years", cells, told, ["country", "year"])
    yield from of_regions(release, name, cells)


def of_regions(release: Release, indicator: str, cells: pd.DataFrame) -> Iterator[Comparison]:
    """Sums of the members that told a year, of all but the largest; of fewer than half of the members none.

    Members that count another thing are in the panel of all kinds only, which is there in no other year.
    """
    is_other = pd.MultiIndex.from_frame(cells[["country", "year"]]).isin(
        list(publishers.OTHER_KINDS.get(indicator, ()))
    )
    with_others = cells["year"].isin(cells.loc[is_other, "year"])
    for grouping, since in GROUPINGS.items():
        for panel in ("reporting", "without_largest", "all_kinds"):
            is_member = cells["country"].map(since) < cells["year"]
            mine = cells[is_member & (with_others if panel == "all_kinds" else ~is_other)]
            order = mine.sort_values(["year", "low", "country"], ascending=[True, False, True])
            in_panel = order[order.duplicated("year")] if panel == "without_largest" else order
            sums = in_panel.groupby("year")[["low", "high"]].sum().reset_index()
            joined = pd.Series(since)
            few = [2 * (mine["year"] == year).sum() < (joined < year).sum() for year in sums["year"]]
            sums.loc[few, ["low", "high"]] = WITHHELD
            told = shown(
                release, "indicator = $indicator AND panel = $panel AND reporting_country = $grouping",
                indicator=indicator, panel=panel, grouping=grouping,
            )  # fmt: skip
            if len(sums) or len(told):
                yield compare(f"`{indicator}`: {grouping}, {panel.replace('_', ' ')}", sums, told, ["year"])


# ---- UNODC: shares that are withheld, rates without the largest ---------------------------------------


def withheld(release: Release) -> Iterator[Comparison]:
    """Shares of what a table names, withheld: no completion of it is as the file says, or there is no total."""
    for indicator, (dimension, parts) in shares.SHARES.items():
        keys = ["country", "year", "part", "basis"]
        told = set(shares.of_members(indicator)[keys].itertuples(index=False, name=None))
        rows = [
            (*place, part, basis)
            for place in shares.places() for part in parts for basis in shares.BASES
            if (part,) in shares.tables(place).get((dimension,), {}) and (*place, part, basis) not in told
            and (basis == "known" or () in shares.tables(place))  # without a total there is no row of all
        ]  # fmt: skip
        yield _none(
            release,
            indicator,
            rows,
            keys,
            f"CASE exploitation WHEN '_T' THEN '{parts[0]}' ELSE exploitation END",
        )
    rows = [
        (*place, name, "all")
        for place in shares.origins() if not shares.persons_of_origin(place, "own_national")
        for name in classes_of(place) if name not in (UNKNOWN, NOT_DETAILED)
    ]  # fmt: skip
    yield _none(release, "tip_origin_share_all", rows, keys, "origin_class")


def _none(release: Release, indicator: str, rows: list[tuple], keys: list[str], part: str) -> Comparison:
    told = shown(
        release,
        "indicator = $indicator AND panel = '_Z' AND collection = 'UNODC/glotip' AND value_low IS NULL "
        f"AND origin_class NOT IN ('{UNKNOWN}', '{NOT_DETAILED}')",
        f", {part} AS part, denominator_basis AS basis", indicator=indicator,
    )  # fmt: skip
    printed = pd.DataFrame(rows, columns=keys).assign(low=WITHHELD, high=WITHHELD)
    return compare(f"UNODC, `{indicator}`: withheld", printed, told, keys)


def rates_without_largest(release: Release) -> Iterator[Comparison]:
    """Victims per 100,000 people of the members that told them but the one with most victims."""
    for grouping, since in GROUPINGS.items():
        cells = regional_cells("tip_victims_detected", grouping)
        cells = cells.merge(publishers.population(), on=["country", "year"])
        order = cells.sort_values(["year", "low", "country"], ascending=[True, False, True])
        sums = order[order.duplicated("year")].groupby("year")[["low", "high", "people"]].sum().reset_index()
        joined, told = pd.Series(since), cells.groupby("year").size()
        for end in ("low", "high"):
            sums[end] = 100_000 * sums[end] / sums["people"]
        few = [2 * told[year] < (joined < year).sum() for year in sums["year"]]
        sums.loc[few, ["low", "high"]] = WITHHELD
        rows = shown(
            release,
            "indicator = 'tip_victims_detected_rate' AND panel = 'without_largest' AND reporting_country = $grouping",
            grouping=grouping,
        )
        yield compare(
            f"UNODC, `tip_victims_detected_rate`: {grouping}, without largest", sums, rows, ["year"]
        )


# ---- UNODC: by sex, age and form, and by citizenship -------------------------------------------------------


def details_of_unodc(release: Release) -> Iterator[Comparison]:
    """Counts of each indicator by sex and age, of victims by form, too; then by citizenship, of the state."""
    rows = publishers.unodc()
    rows = rows[rows["Dimension"].isin(["Total", "by form of exploitation"])]
    rows = rows.assign(
        form=rows["Category"].map(shares.FORMS),
        sex=rows["Sex"].map(shares.SEXES),
        age=rows["Age"].map(shares.AGES),
    )
    keys = ["indicator", "country", "year", "form", "sex", "age"]
    repeated = rows[rows.duplicated(keys) & (rows["form"] != "OTH")]
    cells = rows.groupby(keys)[["low", "high"]].sum().reset_index()
    is_repeated = pd.MultiIndex.from_frame(cells[keys]).isin(pd.MultiIndex.from_frame(repeated[keys]))
    cells.loc[is_repeated, "low"] = 0  # of a repeated key up to the sum of its rows
    causes = dict.fromkeys(_forbidden(cells, rows), FORBIDDEN)
    of_victims = (cells["form"] == "_T") | (cells["indicator"] == "tip_victims_detected")
    cells = cells[(cells[["form", "sex", "age"]] != "_T").any(axis=1) & of_victims]
    told = shown(
        release,
        f"indicator IN {tuple(INDICATORS.values())} AND collection = 'UNODC/glotip' AND citizenship = '_T' "
        "AND (sex <> '_T' OR age_group <> '_T' OR exploitation <> '_T')",
        ", indicator, exploitation AS form, sex, age_group AS age",
    )  # fmt: skip
    yield compare("UNODC, counts by sex, age and form as indicators", cells, told, keys, causes)
    keys = ["indicator", "country", "year", "origin"]
    named = publishers.unodc_by_citizenship().query("indicator == 'tip_victims_detected'")
    printed = (
        named.assign(origin=named["origin"].replace("nobody", "_U")).groupby(keys)[["low", "high"]].sum()
    )
    told = shown(
        release, "collection = 'UNODC/glotip' AND citizenship <> '_T'", ", indicator, citizenship AS origin"
    )
    sums = told.assign(origin=told["origin"].replace(publishers.STATES)).groupby(keys)[["low", "high"]].sum()
    yield compare(
        "UNODC, counts by citizenship as indicators",
        printed.reset_index(), sums.reset_index(), keys, rows=told["row"],
    )  # fmt: skip


# ---- UNODC: classes of origin ------------------------------------------------------------------------------


def classes_of_unodc(release: Release) -> Iterator[Comparison]:
    """Counts of each class with joint bounds, of members and regions; the unknown and whom no table details, as shares too."""
    told = shown(
        release,
        "indicator = 'tip_victims_detected_origin' AND panel = '_Z' AND collection = 'UNODC/glotip'",
        ", origin_class",
    )
    keys = ["country", "year", "origin_class"]
    printed = pd.DataFrame(
        [(*place, name, *ends) for place in shares.origins() for name, ends in classes_of(place).items()],
        columns=[*keys, "low", "high"],
    )
    yield compare("UNODC, `tip_victims_detected_origin`: members and years", printed, told, keys)

    yield from classes_of_regions(release)
    yield from unnamed_of_all(release)


def classes_of(place: shares.Place) -> dict[str, shares.Interval]:
    """Of each class the least and the most that there are; of tables that surely name more than all, what they name."""
    table, whole = shares.origins()[place], shares.tables(place).get((), {}).get((), (0.0, np.inf))
    least, most = (sum(ends[n] for ends in table.values()) for n in (0, 1))
    unknown = table.get(UNKNOWN, (0.0, 0.0))
    found = {}
    for name, parts in CLASSES_TOLD.items():
        named = shares._sum(table[c] for c in parts if c in table)
        others = sum(low for c, (low, _) in table.items() if c not in (*parts, UNKNOWN))
        if least > whole[1]:
            high = named[1] + unknown[1] * (name != UNKNOWN)
        else:
            high = whole[1] - others if name != UNKNOWN else min(named[1], whole[1] - others)
        if high > 0 or any(c in table for c in parts):
            found[name] = (named[0], high)
    if least <= whole[1]:
        found[NOT_DETAILED] = (max(0.0, whole[0] - most), whole[1] - least)
    return found


UNKNOWN, NOT_DETAILED = "indeterminate", "not_detailed"
CLASSES_TOLD = shares.ORIGINS | {UNKNOWN: [UNKNOWN]}


def summed(year: int, grouping: str, needs_total: bool, *, all_kinds: bool = False) -> list[shares.Place]:
    """The members of a year whose tables by citizenship may be added up; without other kinds unless asked for."""
    other_kinds = set() if all_kinds else publishers.OTHER_KINDS["tip_victims_detected"]
    joined = [(country, year) for country, since in GROUPINGS[grouping].items() if since < year]
    return [
        place for place in joined
        if place in shares.origins() and place not in {*DOUBTED, *other_kinds} and not names_more_than_all(place)
        and (not needs_total or () in shares.tables(place))
    ]  # fmt: skip


def names_more_than_all(place: shares.Place) -> bool:
    """Whether a table surely names more than all."""
    whole = shares.tables(place).get((), {}).get((), (0.0, np.inf))
    return sum(low for low, _ in shares.origins()[place].values()) > whole[1]


def _of_regions(ends_of, largest, *, needs_total: bool) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Of each region and panel the years with what `ends_of` gives of the members' tables; withheld where too few reported.

    `largest`: by what, of a class, the largest member is the largest. The panel of all kinds has a year only where
    a table of another kind is in it.
    """
    for grouping, since in GROUPINGS.items():
        for panel in ("reporting", "without_largest", "all_kinds"):
            rows = []
            for year in sorted({year for _, year in shares.origins()}):
                told = summed(year, grouping, needs_total, all_kinds=panel == "all_kinds")
                if panel == "all_kinds" and told == summed(year, grouping, needs_total):
                    continue
                is_few = 2 * len(told) < sum(joined < year for joined in since.values())
                for name in sorted({name for place in told for name in classes_of(place)}):
                    order = sorted(told, key=lambda place: (-largest(place, name), place))
                    in_panel = order[panel == "without_largest" :]
                    ends = ends_of(in_panel, name) if in_panel else None
                    if ends:
                        rows.append((year, name, *((WITHHELD, WITHHELD) if is_few else ends)))
            yield grouping, panel, pd.DataFrame(rows, columns=["year", "origin_class", "low", "high"])


def _sum_of(in_panel: list[shares.Place], name: str) -> shares.Interval:
    return shares._sum(classes_of(place).get(name, (0.0, 0.0)) for place in in_panel)


def classes_of_regions(release: Release) -> Iterator[Comparison]:
    """Sums of each class."""

    def largest(place, name):
        return classes_of(place).get(name, (0.0, 0.0))[0]

    for grouping, panel, printed in _of_regions(_sum_of, largest, needs_total=False):
        told = shown(
            release, "indicator = 'tip_victims_detected_origin' AND panel = $panel AND reporting_country = $grouping",
            ", origin_class", panel=panel, grouping=grouping,
        )  # fmt: skip
        name = f"UNODC, `tip_victims_detected_origin`: {grouping}, {panel.replace('_', ' ')}"
        yield compare(name, printed, told, ["year", "origin_class"])


def _unnamed_share(in_panel: list[shares.Place], name: str) -> shares.Interval | None:
    """Of all, those whose citizenship the tables call unknown, or those whom they leave out."""
    if name not in (UNKNOWN, NOT_DETAILED):
        return None
    part = _sum_of(in_panel, name)
    wholes = [shares.tables(place)[()][()] for place in in_panel]
    least = [sum(low for low, _ in shares.origins()[place].values()) for place in in_panel]
    fewest, most = sum(map(max, (low for low, _ in wholes), least)), sum(high for _, high in wholes)
    low, high = (most, fewest) if name == UNKNOWN else (fewest, most)
    return part[0] / low if low else 0.0, part[1] / high if high else 0.0


def unnamed_of_all(release: Release) -> Iterator[Comparison]:
    """Shares of all: of whom the tables call unknown, and of whom they leave out."""
    where = f"indicator = 'tip_origin_share_all' AND origin_class IN ('{UNKNOWN}', '{NOT_DETAILED}')"
    rows = []
    for place in shares.origins():
        is_told = () in shares.tables(place) and not names_more_than_all(place)
        for name in {UNKNOWN, NOT_DETAILED} & set(classes_of(place)):
            rows.append((*place, name, *(_unnamed_share([place], name) if is_told else (WITHHELD, WITHHELD))))
    keys = ["country", "year", "origin_class"]
    told = shown(release, f"{where} AND panel = '_Z' AND collection = 'UNODC/glotip'", ", origin_class")
    yield compare(
        "UNODC, `tip_origin_share_all`: whom no table names", pd.DataFrame(rows, columns=[*keys, "low", "high"]),
        told, keys,
    )  # fmt: skip

    def largest(place, _):
        return shares._size(shares.persons_of_origin(place, "own_national"), "all")

    for grouping, panel, printed in _of_regions(_unnamed_share, largest, needs_total=True):
        told = shown(
            release, f"{where} AND panel = $panel AND reporting_country = $grouping", ", origin_class",
            panel=panel, grouping=grouping,
        )  # fmt: skip
        name = f"UNODC, `tip_origin_share_all`: whom no table names, {grouping}, {panel.replace('_', ' ')}"
        yield compare(name, printed, told, keys[1:])


def completeness(release: Release) -> Comparison:
    """Victims whose citizenship a table names, of all; withheld without a total or where it names more."""
    rows = []
    for place in shares.origins():
        table, whole = shares.origins()[place], shares.tables(place).get((), {}).get(())
        named = shares._sum(ends for name, ends in table.items() if name != UNKNOWN)
        unknown = table.get(UNKNOWN, (0, 0))[0]
        if whole is None or named[0] + unknown > whole[1]:
            rows.append((*place, WITHHELD, WITHHELD))
        else:
            most = min(named[1], whole[1] - unknown)
            high = most / max(whole[0], most + unknown) if most else 0.0
            rows.append((*place, named[0] / whole[1] if whole[1] else np.nan, high))
    told = shown(release, "indicator = 'data_origin_completeness' AND collection = 'UNODC/glotip'")
    printed = pd.DataFrame(rows, columns=["country", "year", "low", "high"])
    return compare("UNODC, `data_origin_completeness`", printed, told, ["country", "year"])


def coverage(release: Release, grouping: str) -> Comparison:
    """Members whose victims are told, of all."""
    since = pd.Series(GROUPINGS[grouping])
    told = regional_cells("tip_victims_detected", grouping, all_kinds=True).groupby("year").size()
    printed = pd.DataFrame(
        {"year": told.index, "low": [n / (since < year).sum() for year, n in told.items()]}
    )
    rows = shown(
        release, "indicator = 'data_reporting_coverage' AND reporting_country = $grouping", grouping=grouping
    )
    return compare(
        f"`data_reporting_coverage`: {grouping}", printed.assign(high=printed["low"]), rows, ["year"]
    )


# ---- fixed panels ------------------------------------------------------------------------------------------


def fixed_panels(release: Release) -> Iterator[Comparison]:
    """Sums of the members that each panel names; which ones these are is not recomputed here."""
    told = shown(
        release,
        f"panel = 'fixed' AND indicator <> '{SUMS_NOT_RECOMPUTED}'",
        ", indicator, origin_class, members",
    )
    keys, rows = ["country", "year", "indicator", "origin_class"], []
    people = publishers.population().set_index(["country", "year"])["people"]
    for row in told.itertuples(index=False):
        places = [(member, row.year) for member in row.members.split()]
        if row.origin_class != "_T":
            is_share = row.indicator == "tip_origin_share_all"
            ends = (_unnamed_share if is_share else _sum_of)(places, row.origin_class)
        else:
            is_rate = row.indicator == "tip_victims_detected_rate"
            counts = "tip_victims_detected" if is_rate else row.indicator
            cells = (
                brought_home() if counts == "tip_nationals_repatriated" else publishers.unodc_totals(counts)
            )
            mine = cells.set_index(["country", "year"]).loc[places]
            per = 100_000 / people.loc[places].sum() if is_rate else 1
            ends = tuple(mine[["low", "high"]].sum() * per)
        rows.append((row.country, row.year, row.indicator, row.origin_class, *ends))
    yield compare(
        "fixed panels: sums of their members", pd.DataFrame(rows, columns=[*keys, "low", "high"]), told, keys
    )


# ---- the members' nationals elsewhere ---------------------------------------------------------------------


def flows(release: Release) -> Iterator[Comparison]:
    """Every flow of victims and migrants, of origins that a table does not name, too."""
    tables = {"UNODC/glotip": victims_by_origin()}
    tables |= {source: migrants_by_origin(rows(), reporting) for _, source, rows, reporting, _ in MOBILITY}
    keys = ["country", "year", "origin"]
    for collection, of_places in tables.items():
        told = release.execute(
            "SELECT reporting_country AS country, year, origin, persons_low AS low, "
            "coalesce(persons_high, CAST('inf' AS DOUBLE)) AS high, "
            "coalesce(possible_high, CAST('inf' AS DOUBLE)) AS possible FROM baseline.origin_flows "
            "WHERE collection = $collection AND whose <> 'offender'",
            {"collection": collection},
        ).df()
        listed = {
            (*place, origin) for place, flows in of_places.items() for origin in flows if origin != "unnamed"
        }
        listed |= set(told[keys].itertuples(index=False, name=None))
        rows = [(*cell, *of_places[cell[:2]].get(cell[2], of_places[cell[:2]]["unnamed"])) for cell in listed]
        printed = pd.DataFrame(rows, columns=[*keys, "low", "high", "possible"])
        for what in ("high", "possible"):
            yield compare(
                f"`baseline.origin_flows`: {collection}, {what}",
                printed.assign(high=printed[what]), told.assign(high=told[what]), keys,
            )  # fmt: skip


def nationals_abroad(release: Release) -> Iterator[Comparison]:
    """Of each member those whom the others recorded: named, and as many as there may be."""
    flows = {"victims_detected": victims_by_origin()}
    for indicator, measure in ((ENTRIES, "irregular_entries"), (ENCOUNTERS, "irregular_encounters")):
        found: dict = {}
        for told_by, collection, rows, reporting, _ in MOBILITY:
            if told_by == indicator and collection != BESIDE:
                found |= migrants_by_origin(rows(), reporting)
        flows[measure] = found
    keys = ["origin", "year"]
    for measure, tables in flows.items():
        rows = []
        for origin in MEMBERS:
            for year in sorted({year for _, year in tables}):
                joined = [m for m in MEMBERS if (m, year) in tables and m != origin]
                if GROUPINGS["CRM"][origin] < year and joined:
                    ends = [tables[m, year].get(origin, tables[m, year]["unnamed"]) for m in joined]
                    rows.append((origin, year, *map(sum, zip(*ends, strict=True)), " ".join(joined)))
        printed = pd.DataFrame(rows, columns=[*keys, "low", "high", "possible", "members"])
        told = release.execute(
            "SELECT origin, year, persons_low AS low, coalesce(persons_high, CAST('inf' AS DOUBLE)) AS high, "
            "coalesce(possible_high, CAST('inf' AS DOUBLE)) AS possible, members FROM analysis.nationals_abroad "
            "WHERE measure = $measure AND \"grouping\" = 'CRM'",
            {"measure": measure},
        ).df()
        for what in ("high", "possible"):
            yield compare(
                f"`analysis.nationals_abroad`, {measure}: {what}",
                printed.assign(high=printed[what]), told.assign(high=told[what]), [*keys, "members"],
            )  # fmt: skip


BESIDE = "USA-CBP/southwest_border"
"""Of the two files of the United States the one of a part of its borders, which no sum takes."""
Flow = tuple[float, float, float]
"""Of an origin at least, at most as named, and at most with whoever is not named."""


def victims_by_origin() -> dict[shares.Place, dict[str, Flow]]:
    """Of each table of victims by citizenship its origins, and one that it does not name."""
    rows = publishers.unodc_by_citizenship().query("indicator == 'tip_victims_detected'")
    sums = rows.groupby(["country", "year", "origin"])[["low", "high"]].sum()
    found: dict[shares.Place, dict[str, Flow]] = {}
    for place, table in sums.groupby(level=["country", "year"]):
        table = table.droplevel(["country", "year"])
        _, whole = shares.tables(place).get((), {}).get((), (0.0, np.inf))
        least = table["low"].sum()
        unknown = table.loc["nobody"] if "nobody" in table.index else pd.Series({"low": 0.0, "high": 0.0})
        fits = least <= whole
        hidden = whole - least + unknown["low"] if fits else unknown["high"]
        flows = {"unnamed": (0.0, hidden, hidden)}
        for origin, (low, high) in table.drop("nobody", errors="ignore").iterrows():
            room = whole - (least - unknown["low"] - low)  # beside all others that the table names
            flows[origin] = (low, min(high, room), room) if fits else (low, high, high + unknown["high"])
        found[place] = flows
    return found


def migrants_by_origin(rows: pd.DataFrame, reporting: str) -> dict[shares.Place, dict[str, Flow]]:
    """The same of a file of persons by code."""
    rows = rows.assign(origin=rows["code"].replace(publishers.READ_AS | publishers.STATES))
    special = rows["origin"].map(publishers.SPECIAL)
    found: dict[shares.Place, dict[str, Flow]] = {}
    for year, mine in rows.groupby("year"):
        unclear = mine.loc[special == "indeterminate", "n"].sum()
        named = mine[special.loc[mine.index].isna()].groupby("origin")["n"].sum()
        flows = {origin: (n, n, n + unclear) for origin, n in named.items() if n}
        found[reporting, year] = flows | {"unnamed": (0.0, 0.0, unclear)}  # the file names whoever there is
    return found


# ---- treaties: the shipped submission, a release of its own -------------------------------------------------

IN_FORCE = {
    "tip_protocol_in_force": ("un_treaty_tip_protocol_2015-03.csv", pd.Timestamp(2003, 12, 25)),
    "som_protocol_in_force": ("un_treaty_smuggling_protocol_2015-03.csv", pd.Timestamp(2004, 1, 28)),
}
"""The depositary's file, and the day on which the protocol itself came into force."""
PARTICIPANTS = {
    "Belize": "BLZ", "Canada": "CAN", "Costa Rica": "CRI", "Dominican Republic": "DOM", "El Salvador": "SLV",
    "Guatemala": "GTM", "Honduras": "HND", "Mexico": "MEX", "Nicaragua": "NIC", "Panama": "PAN",
    "United States of America": "USA",
}  # fmt: skip


def treaties(release: Release) -> Iterator[Comparison]:
    """Whether a protocol is in force at the end of a year: thirty days after the deposit, and after its own beginning."""
    for indicator, (file, began) in IN_FORCE.items():
        rows = pd.read_csv(publishers.DATA / file)
        deposited = (
            rows.set_index(rows["Participant"].map(PARTICIPANTS)).iloc[:, 2].loc[list(PARTICIPANTS.values())]
        )
        days = pd.to_datetime(deposited.str.replace(r"\s*[A-Za]{1,2}$", "", regex=True), format="%d %b %Y")
        since = (days + pd.Timedelta(days=30)).clip(lower=began)
        years = range(began.year, 2016)
        cells = [(m, y, float(day <= pd.Timestamp(y, 12, 31))) for m, day in since.items() for y in years]
        printed = pd.DataFrame(cells, columns=["country", "year", "low"])
        told = shown(release, "indicator = $indicator AND panel = '_Z'", indicator=indicator)
        yield compare(
            f"UN Treaty Collection, `{indicator}`",
            printed.assign(high=printed["low"]),
            told,
            ["country", "year"],
        )
        for grouping, joined in GROUPINGS.items():
            for panel in ("reporting", "without_largest", "fixed"):
                told = shown(
                    release, "indicator = $indicator AND panel = $panel AND reporting_country = $grouping",
                    ", members", indicator=indicator, panel=panel, grouping=grouping,
                )  # fmt: skip
                mine = printed[(printed["country"].map(joined) < printed["year"]) & (printed["year"] < 2015)]
                if panel == "without_largest":  # all count alike: the first by name
                    mine = mine.sort_values("country")[lambda rows: rows.duplicated("year")]
                if panel == "fixed":
                    mine = mine[mine["country"].isin(told["members"].iloc[0].split())]
                parts = mine.groupby("year")["low"].mean().reset_index()
                yield compare(
                    f"UN Treaty Collection, `{indicator}`: {grouping}, {panel.replace('_', ' ')}",
                    parts.assign(high=parts["low"]), told, ["year"],
                )  # fmt: skip
