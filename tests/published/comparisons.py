"""What is compared: for each publisher, the cells of its file and the table of a release that shows them.

The printed side is tests/published/publishers.py; the other side is asked of the released file.
"""

from collections.abc import Iterator

import duckdb
import pandas as pd

from tests.published import publishers, shares
from tests.published.comparison import Comparison, compare
from tests.published.publishers import CLASSES, DOUBTED, GROUPINGS, HOLDERS, INDICATORS

Release = duckdb.DuckDBPyConnection

WHOLE = (
    "sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T' AND origin_class = '_T'"
)
BELOW_20 = "fewer than 20 victims: the count is shown, the rate withheld"
FEW = "fewer than half of the members reported: no sum"
REPEATED = "the key stands twice in the file: in quarantine"
FORBIDDEN = "added up, more than the total leaves: from the largest to what is left"
A_CODE, A_MILLION = "a question's code stands as the value: in quarantine", 1_000_000
TOLD_TWICE = "one number under two measures: no ratio is built on it"
CHANGED = "a documented change within the three years: not pooled"
OTHER_KIND = "documented to be of another kind than its measure: no ratio is built on it"
IN_DOUBT = "a value that nobody has confirmed: no ratio is built on it"
NOT_AVAILABLE = "“NA” in the file: no value"


def everything(release: Release) -> Iterator[Comparison]:
    """All comparisons, in the order of the document."""
    for indicator in INDICATORS.values():
        yield unodc_totals(release, indicator)
        for grouping in GROUPINGS:
            for panel in ("reporting", "without_largest"):
                yield unodc_regional(release, indicator, grouping, panel)
    for grouping in GROUPINGS:
        yield regional_rate(release, grouping)
    for indicator in shares.SHARES:
        yield from shares_of_unodc(release, indicator)
    yield from origin_of_unodc(release)
    yield unodc_flows(release)
    yield pooled(
        release, "tip_convicted_per_100_prosecuted", "tip_persons_convicted", "tip_persons_prosecuted", 100
    )
    yield pooled(
        release, "tip_victims_per_person_convicted", "tip_victims_detected", "tip_persons_convicted", 1
    )
    yield unodc_by_sex_age_form(release)
    yield sdg_16_2_2(release)
    yield sdg_16_2_2_pooled(release)
    yield canada(release)
    yield canada_beside(release)
    yield from every_source(release)
    yield from sesnsp(release)
    yield sesnsp_beside(release)
    yield from origin(
        release, "PAN-SNM/darien_nationality", "Darién", publishers.darien(), "PAN", year_starts=1
    )
    yield from origin(release, "MEX-UPMRIP/nationality", "UPMRIP", publishers.upmrip(), "MEX", year_starts=1)
    yield from origin(release, "USA-CBP/encounters", "CBP", publishers.cbp(), "USA", year_starts=10)
    yield from origin(
        release,
        "USA-CBP/southwest_border",
        "CBP, south-west border",
        publishers.southwest_border(),
        "USA",
        year_starts=10,
    )
    yield from origin(release, "HND-INM/nationality", "Honduras", publishers.honduras(), "HND", year_starts=1)
    yield honduras_by_sex_and_age(release)
    yield guatemala(release)
    yield from federal_files(release)
    yield corett_smuggled(release)
    yield corett_beside(release)
    yield incidents_beside(release)
    yield dhs(release)
    yield convictions(release)


def indicator_values(
    release: Release,
    indicator: str,
    panel: str = "_Z",
    pooled_years: int = 1,
    collection: str = "UNODC/glotip",
) -> pd.DataFrame:
    """Totals of an indicator by year: of a collection's countries, or of a panel of members, who have what they
    reported.
    """
    return release.execute(
        f"""
        SELECT rowid AS row, reporting_country AS country, year(period_start) AS year, value_low AS low, value_high AS high,
            numerator_low, numerator_high, flag, members_reporting, members_total, population_share, members
        FROM baseline.indicator_values
        WHERE {WHOLE} AND frequency = 'A' AND indicator = $indicator AND panel = $panel AND pooled_years = $pooled_years
            AND (panel <> '_Z' OR collection = $collection)
        """,
        {"indicator": indicator, "panel": panel, "pooled_years": pooled_years, "collection": collection},
    ).df()


def every_source(release: Release) -> Iterator[Comparison]:
    """The series of sources beside the preferred one, by years and months as they were sent."""
    files = publishers.sesnsp().groupby(["year", "month"])["n"].sum().reset_index()
    yield _series(release, "tip_victims_detected", "MEX-SESNSP/victimas", files, "M")
    yield _series(release, "tip_victims_detected", "MEX-SESNSP/victimas", files, "A")
    victims = publishers.corett_victims().rename(columns={"low": "n"})
    yield _series(release, "tip_victims_detected", "CORETT/trafficking", victims, "A")
    rates = publishers.canada().rename(columns={"low": "n"})
    yield _series(release, "tip_victims_detected_rate", "CAN-STATCAN/sdg_16_2_2", rates, "A")
    offences = publishers.incidents().rename(columns={"low": "n"})
    yield _series(release, "tip_offences_recorded", "CAN-STATCAN/35100177", offences, "A")
    for indicator, collection, rows in (
        ("mobility_returns", "GTM-IGM/returns", publishers.tidied("gtm_igm_returns_2025-06.csv")),
        ("mobility_irregular_entries", "HND-INM/sex_age", publishers.tidied("hnd_inm_sex_age_2025-06.csv")),
        ("mobility_irregular_entries", "PAN-SNM/darien_nationality", publishers.darien()),
        ("mobility_irregular_entries", "HND-INM/nationality", publishers.honduras()),
        ("mobility_irregular_encounters", "MEX-UPMRIP/nationality", publishers.upmrip()),
    ):
        months = rows.groupby(["year", "month"])["n"].sum().reset_index()
        yield _series(release, indicator, collection, months, "M")


def _series(
    release: Release, indicator: str, collection: str, rows: pd.DataFrame, frequency: str
) -> Comparison:
    """A source's own series of an indicator, summed to the frequency; the groups that report together left out."""
    keys = [
        key for key in ("country", "year", "month") if key in rows and (key != "month" or frequency == "M")
    ]
    printed = rows.groupby(keys)["n"].sum().reset_index(name="low")
    shown = release.execute(
        f"""
        SELECT rowid AS row, reporting_country AS country, year(period_start) AS year, month(period_start) AS month,
            value_low AS low, value_high AS high
        FROM baseline.indicator_values
        WHERE {WHOLE} AND frequency = $frequency AND indicator = $indicator AND collection = $collection
            AND pooled_years = 1 AND panel = '_Z' AND length(reporting_country) = 3
        """,
        {"frequency": frequency, "indicator": indicator, "collection": collection},
    ).df()
    name = f"{collection}, `{indicator}`: {'months' if frequency == 'M' else 'years'} as a series of its own"
    return compare(name, printed.assign(high=printed["low"]), shown, keys)


def unodc_totals(release: Release, indicator: str) -> Comparison:
    """Every total of every member and year."""
    return compare(
        f"UNODC, `{indicator}`: members and years",
        publishers.unodc_totals(indicator),
        indicator_values(release, indicator),
        ["country", "year"],
    )


def regional_cells(indicator: str, grouping: str, *, all_kinds: bool = False) -> pd.DataFrame:
    """The members' totals, without what nobody has confirmed, other kinds, and the years before a member joined."""
    cells = publishers.unodc_totals(indicator)
    assert cells["year"].min() > 2000
    if indicator == "tip_victims_detected":
        places = pd.MultiIndex.from_frame(cells[["country", "year"]])
        cells = cells[~places.isin(list(DOUBTED))]
    places = pd.MultiIndex.from_frame(cells[["country", "year"]])
    if not all_kinds:
        cells = cells[~places.isin(list(publishers.OTHER_KINDS.get(indicator, ())))]
    since = cells["country"].map(GROUPINGS[grouping])
    return cells[since < cells["year"]]


def unodc_regional(release: Release, indicator: str, grouping: str, panel: str) -> Comparison:
    """What the members reported in a year; of fewer than half of them no sum is told."""
    cells = regional_cells(indicator, grouping)
    joined = pd.Series(GROUPINGS[grouping])
    few = [(year,) for year, n in cells.groupby("year").size().items() if 2 * n < (joined < year).sum()]
    if panel == "without_largest":
        order = cells.sort_values(["year", "low", "country"], ascending=[True, False, True])
        cells = order[order.duplicated("year")]
    sums = cells.groupby("year")[["low", "high"]].sum().reset_index()
    shown = indicator_values(release, indicator, panel).query("country == @grouping")
    name = f"UNODC, `{indicator}`: {grouping}, {panel.replace('_', ' ')}"
    few = [place for place in few if place[0] in set(sums["year"])]
    return compare(name, sums, shown, ["year"], dict.fromkeys(few, FEW))


def regional_rate(release: Release, grouping: str) -> Comparison:
    """Victims per 100,000 people of the members that reported, together."""
    cells = regional_cells("tip_victims_detected", grouping).merge(
        publishers.population(), on=["country", "year"]
    )
    sums = cells.groupby("year")[["low", "high", "people"]].sum().reset_index()
    joined = pd.Series(GROUPINGS[grouping])
    told = cells.groupby("year").size()
    few = [(year,) for year, n in told.items() if 2 * n < (joined < year).sum()]
    printed = sums.assign(**{bound: 100_000 * sums[bound] / sums["people"] for bound in ("low", "high")})
    shown = indicator_values(release, "tip_victims_detected_rate", "reporting").query("country == @grouping")
    name = f"UNODC, `tip_victims_detected_rate` of the {grouping}, `reporting`: years"
    return compare(name, printed, shown, ["year"], dict.fromkeys(few, FEW))


def shares_of_unodc(release: Release, indicator: str) -> Iterator[Comparison]:
    """Shares of the known and of all: the members' by year, then the regions', told and without the largest."""
    dimension, parts = shares.SHARES[indicator]
    in_quarantine = shares.in_quarantine(dimension)
    printed = shares.of_members(indicator)
    shown = _shares(release, indicator, "_Z")
    repeated = [(*place, part, basis) for place in in_quarantine for part in parts for basis in shares.BASES]
    keys = ["country", "year", "part", "basis"]
    yield compare(
        f"UNODC, `{indicator}`: members and years", printed, shown, keys, dict.fromkeys(repeated, REPEATED)
    )
    for grouping in GROUPINGS:
        waiting = {year for country, year in in_quarantine if country in GROUPINGS[grouping]}
        for panel in ("reporting", "without_largest"):
            told = shares.of_region(indicator, grouping, panel)
            causes = {}
            for row in told.itertuples(index=False):
                if row.year in waiting:
                    causes[row.year, row.part, row.basis] = REPEATED
                elif 2 * row.members < row.of:
                    causes[row.year, row.part, row.basis] = FEW
            yield compare(
                f"UNODC, `{indicator}`: {grouping}, {panel.replace('_', ' ')}",
                told,
                _shares(release, indicator, panel).query("country == @grouping"),
                ["year", "part", "basis"],
                causes,
            )


def _shares(release: Release, indicator: str, panel: str) -> pd.DataFrame:
    """What is shown of a share; without what the release withholds of a country."""
    [whole] = shares.SHARES[indicator][1][:1]
    return release.execute(
        """
        SELECT rowid AS row, reporting_country AS country, year, denominator_basis AS basis, value_low AS low, value_high AS high,
            CASE exploitation WHEN '_T' THEN $whole ELSE exploitation END AS part
        FROM baseline.indicator_values
        WHERE indicator = $indicator AND panel = $panel AND (panel <> '_Z' OR collection = 'UNODC/glotip')
            AND (panel <> '_Z' OR value_low IS NOT NULL)
        """,
        {"indicator": indicator, "panel": panel, "whole": whole},
    ).df()


def origin_of_unodc(release: Release) -> Iterator[Comparison]:
    """Shares of each class of origin, with joint bounds: the members' by year, then the regions'."""
    shown = release.execute(
        """
        SELECT rowid AS row, reporting_country AS country, year, origin_class, panel, value_low AS low, value_high AS high
        FROM baseline.indicator_values
        WHERE indicator = 'tip_origin_share_all' AND origin_class NOT IN ('stateless', 'indeterminate', 'not_detailed')
            AND (panel <> '_Z' OR collection = 'UNODC/glotip')
        """
    ).df()
    members = shown[(shown["panel"] == "_Z") & shown["low"].notna()]
    keys = ["country", "year", "origin_class"]
    yield compare(
        "UNODC, `tip_origin_share_all`: members, years and classes", shares.origin_of_members(), members, keys
    )
    for grouping in GROUPINGS:
        for panel in ("reporting", "without_largest"):
            told = shares.origin_of_region(grouping, panel)
            few = told[2 * told["members"] < told["of"]][keys[1:]].itertuples(index=False, name=None)
            yield compare(
                f"UNODC, `tip_origin_share_all`: {grouping}, {panel.replace('_', ' ')}",
                told,
                shown[(shown["panel"] == panel) & (shown["country"] == grouping)],
                keys[1:],
                dict.fromkeys(few, FEW),
            )


def pooled(release: Release, indicator: str, above: str, below: str, per: float) -> Comparison:
    """Three years of one measure over three of another, by their first year."""
    printed = publishers.pooled(above, below, per)
    causes = {}
    for row in printed.itertuples(index=False):
        if row.changed or row.same or row.doubted or row.other:
            reasons = (
                (row.changed, CHANGED),
                (row.same, TOLD_TWICE),
                (row.doubted, IN_DOUBT),
                (True, OTHER_KIND),
            )
            causes[row.country, row.year] = next(reason for applies, reason in reasons if applies)
    shown = indicator_values(release, indicator, pooled_years=3)
    shown["high"] = shown["high"].fillna(float("inf"))
    name = f"UNODC, `{indicator}`, three years together: members and windows"
    return compare(name, printed, shown, ["country", "year"], causes)


def unodc_flows(release: Release) -> Comparison:
    """Who was recorded where: victims and persons convicted by citizenship, as the tables name them."""
    measures = {"victims_detected": "tip_victims_detected", "persons_convicted": "tip_persons_convicted"}
    keys = ["indicator", "country", "year", "origin"]
    printed = publishers.unodc_flows()
    shown = release.execute(
        "SELECT measure, reporting_country AS country, year, origin, persons_low AS low, persons_high AS high "
        "FROM baseline.origin_flows WHERE collection = 'UNODC/glotip'"
    ).df()
    shown["indicator"] = shown["measure"].map(measures)
    is_named = pd.MultiIndex.from_frame(shown[keys]).isin(pd.MultiIndex.from_frame(printed[keys]))
    codes = printed[printed["low"] > A_MILLION][keys].itertuples(index=False, name=None)
    return compare(
        "UNODC: flows by origin, member and year",
        printed,
        shown[is_named | (shown["low"] > 0)],
        keys,
        dict.fromkeys(codes, A_CODE),
    )


def unodc_by_sex_age_form(release: Release) -> Comparison:
    """Every figure by sex, age and form of exploitation. The form's several “other” are added up."""
    rows = publishers.unodc()
    rows = rows[rows["Dimension"].isin(["Total", "by form of exploitation"])]
    forms = {
        "Total": "_T",
        "Sexual exploitation": "SEX",
        "Forced labour": "LAB",
        "Other forms of exploitation": "OTH",
    }
    sexes = {"Total": "_T", "Female": "F", "Male": "M", "Other": "_O", "Unknown": "_U"}
    ages = {"Total": "_T", "0 to 17 years": "Y0T17", "18 years or over": "Y_GE18", "Unknown": "_U"}
    keys = ["indicator", "country", "year", "form", "sex", "age"]
    rows = rows.assign(
        form=rows["Category"].map(forms), sex=rows["Sex"].map(sexes), age=rows["Age"].map(ages)
    )
    assert rows[keys].notna().all(axis=None)
    repeated = rows[rows.duplicated(keys) & (rows["form"] != "OTH")]
    cells = rows.groupby(keys)[["low", "high"]].sum().reset_index()
    measures = {
        "victims_detected": "tip_victims_detected",
        "offences_recorded": "tip_offences_recorded",
        "persons_in_contact": "tip_persons_in_contact",
        "persons_prosecuted": "tip_persons_prosecuted",
        "persons_convicted": "tip_persons_convicted",
    }
    shown = release.execute(
        "SELECT measure, reporting_country AS country, year(period_start) AS year, exploitation AS form, sex, "
        "age_group AS age, value_low AS low, value_high AS high FROM core.current "
        "WHERE collection = 'UNODC/glotip' AND citizenship = '_T' AND counterpart_country = '_Z'"
    ).df()
    shown["indicator"] = shown["measure"].map(measures)
    causes = dict.fromkeys(repeated[keys].itertuples(index=False, name=None), REPEATED)
    causes |= dict.fromkeys(_forbidden(cells, rows), FORBIDDEN)
    return compare("UNODC: every figure by sex, age and form", cells, shown, keys, causes)


def _forbidden(cells: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[object, ...]]:
    """Other forms of which all are more than the total leaves beside the forms that are named, and the largest not."""
    whole = cells[(cells["sex"] == "_T") & (cells["age"] == "_T")]
    wide = whole.pivot_table(index=["indicator", "country", "year"], columns="form", values=["low", "high"])
    low = wide["low"].fillna({"SEX": 0, "LAB": 0})
    room = wide["high"]["_T"] - low["SEX"] - low["LAB"]
    others = rows[(rows["form"] == "OTH") & (rows["sex"] == "_T") & (rows["age"] == "_T")]
    largest = others.groupby(["indicator", "country", "year"])["low"].max()
    more = wide.index[(low["OTH"] > room) & (largest.reindex(wide.index) <= room)]
    return [(*place, "OTH", "_T", "_T") for place in more]


def sdg_16_2_2(release: Release) -> Comparison:
    """Victims per 100,000 of the population of that year."""
    cells = publishers.unodc_totals("tip_victims_detected").merge(
        publishers.population(), on=["country", "year"]
    )
    small = cells.loc[cells["low"] < 20, ["country", "year"]].itertuples(index=False, name=None)
    low, high = (100_000 * cells[end] / cells["people"] for end in ("low", "high"))
    return compare(
        "SDG 16.2.2 from UNODC's victims and the population: members and years",
        cells.assign(low=low, high=high),
        indicator_values(release, "tip_victims_detected_rate"),
        ["country", "year"],
        dict.fromkeys(small, BELOW_20),
    )


def sdg_16_2_2_pooled(release: Release) -> Comparison:
    """Three years together, none of them in doubt, that end in one with fewer than 20; by their first year."""
    cells = publishers.unodc_totals("tip_victims_detected").merge(
        publishers.population(), on=["country", "year"]
    )
    places = pd.MultiIndex.from_frame(cells[["country", "year"]])
    told = cells[~places.isin(list(DOUBTED))].set_index(["country", "year"]).to_dict("index")
    rows, small = [], []
    for (country, year), cell in told.items():
        years = [told.get((country, y)) for y in (year - 2, year - 1, year)]
        if cell["low"] >= 20 or None in years:
            continue
        if publishers.holds_change("tip_victims_detected", country, year - 2, year):
            continue
        low, high, people = (sum(y[what] for y in years) for what in ("low", "high", "people"))
        rows.append((country, year - 2, 100_000 * low / people, 100_000 * high / people))
        small += [(country, year - 2)] if low < 20 else []
    return compare(
        "SDG 16.2.2, three years together: members and windows",
        pd.DataFrame(rows, columns=["country", "year", "low", "high"]),
        indicator_values(release, "tip_victims_detected_rate", pooled_years=3),
        ["country", "year"],
        dict.fromkeys(small, BELOW_20),
    )


def _beside(release: Release, collection: str, measure: str, columns: str) -> pd.DataFrame:
    low, high = columns.split()
    return release.execute(
        f"SELECT reporting_country AS country, year(period_start) AS year, {low} AS low, {high} AS high "
        "FROM analysis.source_agreement "
        f"WHERE collection_a = $collection AND measure = $measure AND frequency = 'A' AND {low} IS NOT NULL "
        "AND collection_b = 'UNODC/glotip'",
        {"collection": collection, "measure": measure},
    ).df()


def canada(release: Release) -> Comparison:
    """The rate that Canada publishes, beside."""
    shown = _beside(
        release, "CAN-STATCAN/sdg_16_2_2", "victims_detected_rate_published", "value_a_low value_a_high"
    )
    return compare("Canada: its own published rate, beside", publishers.canada(), shown, ["year"])


def canada_beside(release: Release) -> Comparison:
    """Canada's published rate over the one from UNODC's victims."""
    victims = publishers.unodc_totals("tip_victims_detected").query("country == 'CAN'")
    victims = victims.merge(publishers.population(), on=["country", "year"])
    both = publishers.canada().merge(victims, on="year", suffixes=("", "_unodc"))
    ratio = both["low"] / (100_000 * both["low_unodc"] / both["people"])
    printed = pd.DataFrame({"year": both["year"], "low": ratio, "high": ratio})
    shown = _beside(
        release, "CAN-STATCAN/sdg_16_2_2", "victims_detected_rate_published", "ratio_low ratio_high"
    )
    return compare("Canada: ratio of its rate to UNODC's", printed, shown, ["year"])


def sesnsp(release: Release) -> Iterator[Comparison]:
    """Victims in state files: every cell, then sums. All are of one type and one modality, “Trata de personas”."""
    rows = publishers.sesnsp()
    shown = release.execute(
        "SELECT year(period_start) AS year, month(period_start) AS month, area, sex, age_group AS age, "
        "value_low, value_high FROM core.current WHERE collection = 'MEX-SESNSP/victimas'"
    ).df()
    some = int((rows["n"] > 0).sum())
    for what, keys in (
        (f"months, states, sexes and ages ({some:,} not zero)", ["year", "month", "area", "sex", "age"]),
        ("months", ["year", "month"]),
        ("years and sexes", ["year", "sex"]),
        ("years and age groups", ["year", "age"]),
    ):
        printed = rows.groupby(keys)["n"].sum().reset_index(name="low")
        sums = shown.groupby(keys)[["value_low", "value_high"]].sum().reset_index()
        sums = sums.rename(columns={"value_low": "low", "value_high": "high"})
        yield compare(f"SESNSP: {what}", printed.assign(high=printed["low"]), sums, keys)
    years = rows.groupby("year")["n"].sum().reset_index(name="low")
    beside = _beside(release, "MEX-SESNSP/victimas", "victims_detected", "value_a_low value_a_high")
    yield compare("SESNSP: years", years.assign(high=years["low"]), beside, ["year"])


def sesnsp_beside(release: Release) -> Comparison:
    """SESNSP's count over UNODC's, where both have the year."""
    ours = publishers.sesnsp().groupby("year")["n"].sum().reset_index()
    victims = publishers.unodc_totals("tip_victims_detected").query("country == 'MEX'")
    both = victims.merge(ours, on="year")
    assert (both["low"] == both["high"]).all()
    ratio = both["n"] / both["low"]
    printed = pd.DataFrame({"year": both["year"], "low": ratio, "high": ratio})
    shown = _beside(release, "MEX-SESNSP/victimas", "victims_detected", "ratio_low ratio_high")
    return compare("SESNSP: ratio to UNODC's count of Mexico", printed, shown, ["year"])


def origin(
    release: Release, collection: str, name: str, rows: pd.DataFrame, reporting: str, year_starts: int
) -> Iterator[Comparison]:
    """Persons of each class and the most there may be, by year and month; shares by year, with their bounds."""
    years = publishers.by_class(rows, reporting, ["year"])
    monthly = rows.dropna(subset="month").astype({"month": int})
    calendar = monthly["year"] - (monthly["month"] >= year_starts) * (year_starts > 1)
    months = publishers.by_class(monthly.assign(year=calendar), reporting, ["year", "month"])
    year = "year(period_end)"
    profile = _profile(
        release, f"baseline.origin_profile WHERE collection = '{collection}'", f"{year} AS year"
    )
    sub = _profile(
        release,
        f"baseline.origin_profile_sub WHERE collection = '{collection}' AND frequency = 'M'",
        "year(period_start) AS year, month(period_start) AS month",
    )
    yield compare(
        f"{name}: persons by class and year", _persons(years), profile, ["year", "origin_class", "what"]
    )
    yield compare(
        f"{name}: persons by class and month",
        _persons(months),
        sub,
        ["year", "month", "origin_class", "what"],
    )
    shares = release.execute(
        f"SELECT rowid AS row, {year} AS year, origin_class, value_low AS low, value_high AS high FROM baseline.indicator_values "
        f"WHERE indicator = 'mobility_origin_share' AND frequency = 'A' AND collection = '{collection}'"
    ).df()
    yield _flows(release, collection, name, rows)
    low, high = years["n"] / years["total"], _possible(years) / years["total"]
    yield compare(
        f"{name}: share of each class by year",
        years.assign(low=low, high=high),
        shares,
        ["year", "origin_class"],
    )


def _flows(release: Release, collection: str, name: str, rows: pd.DataFrame) -> Comparison:
    """Persons of each origin that a year's table names, and the most that there may be."""
    printed = publishers.flows(rows)
    named = printed.assign(what="named", low=printed["n"], high=printed["n"])
    possible = printed.assign(what="possible", low=printed["n"], high=printed["n"] + printed["unclear"])
    shown = _named_and_possible(
        release.execute(
            "SELECT year, origin, persons_low, persons_high, possible_high FROM baseline.origin_flows "
            "WHERE collection = $collection AND persons_high > 0",
            {"collection": collection},
        ).df()
    )
    return compare(
        f"{name}: flows by origin and year", pd.concat([named, possible]), shown, ["year", "origin", "what"]
    )


def _named_and_possible(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row twice: from the named to the named, and to the possible."""
    return pd.concat(
        [
            rows.assign(what=what, low=rows["persons_low"], high=rows[end])
            for what, end in (("named", "persons_high"), ("possible", "possible_high"))
        ]
    )


def _possible(cells: pd.DataFrame) -> pd.Series:
    """A class with all of unclear origin; those of unclear origin are no more than they are."""
    return cells["n"] + cells["unclear"].where(cells["origin_class"] != "indeterminate", 0)


def _persons(cells: pd.DataFrame) -> pd.DataFrame:
    """For each class: persons named, from there to the most there may be, and the total of all classes."""
    whats = {"named": (cells["n"], cells["n"]), "possible": (cells["n"], _possible(cells))}
    whats["total"] = (cells["total"], cells["total"])
    return pd.concat([cells.assign(what=w, low=low, high=high) for w, (low, high) in whats.items()])


def _profile(release: Release, where: str, when: str) -> pd.DataFrame:
    rows = release.execute(f"SELECT {when}, * FROM {where}").df()
    assert set(rows["origin_class"]) <= {*CLASSES, *HOLDERS}
    whats = {"named": "persons_low persons_high", "possible": "persons_low possible_high"}
    whats["total"] = "total_low total_high"
    return pd.concat(
        [
            rows.assign(what=what, low=rows[ends.split()[0]], high=rows[ends.split()[1]])
            for what, ends in whats.items()
        ]
    )


def honduras_by_sex_and_age(release: Release) -> Comparison:
    """Every figure of men, women, boys and girls."""
    groups = {"men": "M Y_GE18", "women": "F Y_GE18", "boys": "M Y0T17", "girls": "F Y0T17"}
    rows = publishers.tidied("hnd_inm_sex_age_2025-06.csv")
    printed = rows.assign(who=rows["demog"].map(groups), low=rows["n"], high=rows["n"])
    shown = _months(release, "HND-INM/sex_age", "sex || ' ' || age_group AS who")
    return compare("Honduras: months, sex and age", printed, shown, ["year", "month", "who"])


def guatemala(release: Release) -> Comparison:
    """Every figure of returns: who, and from where; a blank is a country that nobody names."""
    groups = {"adult": "Y_GE18 _Z", "accompanied child": "Y0T17 ACC", "unaccompanied child": "Y0T17 UNACC"}
    rows = publishers.tidied("gtm_igm_returns_2025-06.csv")
    who = rows["sex"].map({"male": "M", "female": "F"}) + " " + rows["age"].map(groups)
    printed = rows.assign(who=who, origin=rows["origin"].replace({"": "_U"}), low=rows["n"], high=rows["n"])
    shown = _months(
        release,
        "GTM-IGM/returns",
        "sex || ' ' || age_group || ' ' || accompaniment AS who, counterpart_country AS origin",
    )
    keys = ["year", "month", "who", "origin"]
    return compare("Guatemala: returns by month, sex, age and country", printed, shown, keys)


def _months(release: Release, collection: str, columns: str) -> pd.DataFrame:
    return release.execute(
        f"SELECT year(period_start) AS year, month(period_start) AS month, {columns}, value_low AS low, "
        f"value_high AS high FROM core.current WHERE collection = '{collection}'"
    ).df()


def federal_files(release: Release) -> Iterator[Comparison]:
    """Files by month, and by whole year."""
    rows = publishers.federal_files()
    for what, keys, frequency in (("months", ["year", "month"], "M"), ("years", ["year"], "A")):
        printed = rows.groupby(keys)["n"].sum().reset_index(name="low")
        shown = release.execute(
            "SELECT rowid AS row, year(period_start) AS year, month(period_start) AS month, value_low AS low, "
            f"value_high AS high FROM baseline.indicator_values WHERE {WHOLE} AND indicator = 'som_cases_recorded' "
            f"AND collection = 'MEX-SESNSP/federal_files' AND panel = '_Z' AND frequency = '{frequency}'"
        ).df()
        yield compare(
            f"SESNSP, federal files, `som_cases_recorded`: {what}",
            printed.assign(high=printed["low"]),
            shown,
            keys,
        )


def corett_smuggled(release: Release) -> Comparison:
    """Smuggled migrants identified in three members."""
    shown = indicator_values(release, "som_migrants_smuggled", collection="CORETT/smuggled")
    printed = publishers.corett_smuggled()
    return compare("CORETT, `som_migrants_smuggled`: members and years", printed, shown, ["country", "year"])


def corett_beside(release: Release) -> Comparison:
    """Victims identified in nine members, beside UNODC's."""
    shown = _beside(release, "CORETT/trafficking", "victims_detected", "value_a_low value_a_high")
    name = "CORETT: victims identified, beside UNODC's: members and years"
    return compare(name, publishers.corett_victims(), shown, ["country", "year"])


def incidents_beside(release: Release) -> Comparison:
    """Canada's police-reported incidents, beside the offences that UNODC has."""
    shown = _beside(release, "CAN-STATCAN/35100177", "offences_recorded", "value_a_low value_a_high")
    return compare("Canada: police-reported incidents, beside", publishers.incidents(), shown, ["year"])


def dhs(release: Release) -> Comparison:
    """The five rows on smuggling of table 61."""
    printed = publishers.dhs()
    absent = printed.loc[printed["low"].isna(), ["measure", "year"]].itertuples(index=False, name=None)
    shown = release.execute(
        "SELECT measure, year(period_end) AS year, value_low AS low, value_high AS high FROM core.current "
        "WHERE collection = 'USA-DHS/table61'"
    ).df()
    causes = dict.fromkeys(absent, NOT_AVAILABLE)
    return compare(
        "DHS, table 61: five rows on smuggling, 1992–2001", printed, shown, ["measure", "year"], causes
    )


def convictions(release: Release) -> Comparison:
    """The row of table 50, as the indicator shows it, by fiscal year."""
    shown = release.execute(
        "SELECT rowid AS row, year(period_end) AS year, value_low AS low, value_high AS high FROM baseline.indicator_values "
        f"WHERE {WHOLE} AND indicator = 'som_persons_convicted' AND collection = 'USA-DHS/table50' AND panel = '_Z'"
    ).df()
    name = "DHS, table 50, `som_persons_convicted`: 1992–2004"
    return compare(name, publishers.convictions(), shown, ["year"])
