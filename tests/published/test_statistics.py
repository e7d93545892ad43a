"""Rules of STATISTICS.md on the publishers' own files that no other test shows. Counts are read off the files."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from schemas.flags import has_flag
from schemas.tables import table
from tests.published import publishers
from tests.published.comparisons import regional_cells
from tests.published.publishers import INDICATORS
from warehouse.home import Home

pytestmark = [pytest.mark.shared, pytest.mark.slow]

SECTION_6 = """
tip_protocol_in_force som_protocol_in_force tip_law_elements_in_force som_law_elements_in_force
repatriation_directory_coverage tip_offences_recorded tip_persons_in_contact tip_persons_prosecuted tip_persons_convicted
tip_convicted_per_100_prosecuted tip_victims_per_person_convicted tip_victims_assisted_share tip_nationals_repatriated
child_victims_returned_with_bid unaccompanied_children_returned_with_bid training_replications_held som_cases_recorded
som_persons_prosecuted som_persons_convicted tip_victims_detected tip_victims_detected_rate tip_child_share_known_age
tip_female_share_known_sex tip_exploitation_share tip_origin_share_all tip_domestic_exploitation_share
som_migrants_smuggled_origin_share mobility_origin_share data_origin_completeness data_reporting_coverage
som_migrants_smuggled
"""
CATALOGUE = frozenset(SECTION_6.split())


@pytest.fixture(scope="module")
def release(published_home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(Home(published_home).current, read_only=True)


def of_first(dimension: str) -> pd.DataFrame:
    """Rows of a dimension in UNODC's first extract, of which STATISTICS tells."""
    printed = publishers.unodc(publishers.FIRST_EXTRACT)
    return printed[printed["Dimension"] == dimension]


def rows(release: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return release.execute(sql).fetchall()


@pytest.mark.statistics("1", "share of the known")
def test_no_share_by_origin_is_of_the_known(release: duckdb.DuckDBPyConnection) -> None:
    found = (
        "SELECT DISTINCT denominator_basis FROM baseline.indicator_values "
        "WHERE origin_class <> '_T' AND denominator_basis <> '_Z'"
    )
    assert rows(release, found) == [("all",)]


@pytest.mark.statistics("1", "inconsistent")
def test_of_an_inconsistent_year_counts_are_shown_and_shares_withheld(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """Nine member-years (section 1)."""
    found = rows(
        release,
        "SELECT count(DISTINCT (reporting_country, period_start)), count(persons_low) = count(*), count(share_low), "
        "count(share_high) FROM baseline.origin_profile WHERE measure = 'victims_detected' AND flag LIKE '%inconsistent%'",
    )
    assert found == [(9, True, 0, 0)]
    said = "SELECT DISTINCT severity FROM registry.findings WHERE rule = 'breakdown_above_total'"
    assert rows(release, said) == [("warning",)]


@pytest.mark.statistics("1", "whose origin")
@pytest.mark.statistics("1", "origin basis")
def test_whose_origin_and_what_it_rests_on_is_told(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "SELECT DISTINCT measure, whose, origin_basis FROM core.current "
        "WHERE collection = 'UNODC/glotip' AND citizenship NOT IN ('_T', '_Z') ORDER BY 1",
    )
    assert found == [
        ("persons_convicted", "offender", "citizenship"),
        ("victims_detected", "victim", "citizenship"),
        ("victims_repatriated", "victim", "citizenship"),
    ]
    history = "SELECT DISTINCT origin_basis FROM core.current WHERE collection = 'USA-DHS/table61'"
    assert rows(release, history) == [("not_stated",)]


@pytest.mark.statistics("1", "repatriation")
def test_persons_brought_home_are_no_citizenship_and_no_detection(release: duckdb.DuckDBPyConnection) -> None:
    """All rows “by country of repatriation” and nothing else; the reporting country's own nationals."""
    found = rows(
        release,
        "SELECT DISTINCT measure, counterpart_role, citizenship = reporting_country, origin_class FROM core.current "
        "WHERE counterpart_country <> '_Z' AND family = 'trafficking'",
    )
    assert found == [("victims_repatriated", "repatriated_from", True, "own_national")]
    detected = (
        "SELECT DISTINCT counterpart_country FROM core.current "
        "WHERE measure <> 'victims_repatriated' AND family = 'trafficking'"
    )
    assert rows(release, detected) == [("_Z",)]
    printed = publishers.unodc()
    printed = printed[printed["Dimension"] == "by country of repatriation"]
    assert (len(printed), len(of_first("by country of repatriation"))) == (128, 124)
    sources = rows(
        release,
        "SELECT count(*) FROM core.sources JOIN core.current USING (observation) WHERE measure = 'victims_repatriated' "
        "AND collection = 'UNODC/glotip'",
    )
    assert 0 < sources[0][0] < len(printed)  # the others repeat a key, or sum


@pytest.mark.statistics("1", "labels that are no country")
def test_abroad_is_the_total_of_the_named_countries(release: duckdb.DuckDBPyConnection) -> None:
    """World-wide it fits their sum in 39 of 41 country-years and equals it in all 9 where both are exact."""
    text = pd.read_excel(
        publishers.DATA / publishers.FIRST_EXTRACT,
        engine="calamine",
        header=2,
        dtype=str,
        keep_default_na=False,
    )
    text = text[
        (text["Dimension"] == "by country of repatriation") & ~text["Category"].str.startswith("TOTAL")
    ]
    number = text["txtVALUE"].str.replace(",", "")
    low, high = number.replace("<5", "0").astype(float), number.replace("<5", "4").astype(float)
    rows_of = text.assign(low=low, high=high, abroad=text["Category"] == "Abroad")
    sums = rows_of.groupby(["Iso3_code", "Year", "abroad"])[["low", "high"]].sum().unstack().dropna()
    sums = sums[sums["low", True] >= 5]
    fits = (sums["low", True] <= sums["high", False]) & (sums["high", True] >= sums["low", False])
    exact = (sums["low"] == sums["high"]).all(axis=1)
    assert (len(sums), fits.sum(), exact.sum()) == (41, 39, 9)
    assert (sums["low", True] == sums["low", False])[exact].all()

    home = publishers.unodc()
    home = home[(home["Dimension"] == "by country of repatriation") & (home["year"] > 2003)]
    home = home[~home["Category"].str.startswith("TOTAL")]
    has_abroad = home.groupby(["country", "year"])["Category"].transform(
        lambda labels: (labels == "Abroad").any()
    )
    home = home[(home["Category"] == "Abroad") | ~has_abroad]
    printed = home.groupby(["country", "year"])[["low", "high"]].sum()
    shown = rows(
        release,
        "SELECT reporting_country, year(period_start), value_low, value_high FROM baseline.indicator_values "
        "WHERE indicator = 'tip_nationals_repatriated' AND panel = '_Z' AND collection = 'UNODC/glotip' ORDER BY 1, 2",
    )
    assert shown == list(printed.reset_index().itertuples(index=False, name=None))
    assert ("GTM", 2019, 44, 44) in shown
    parts = "SELECT DISTINCT breakdown FROM core.current WHERE measure = 'victims_repatriated' AND counterpart_country = '_T'"
    assert rows(release, parts) == [("total",)]
    origin = "SELECT count(*) FROM baseline.origin_profile WHERE measure = 'victims_repatriated'"
    assert rows(release, origin) == [(0,)]


@pytest.mark.statistics("1", "labels that are no country")
def test_the_placeholder_of_2003_is_out_of_scope(release: duckdb.DuckDBPyConnection) -> None:
    """97 countries, seven of them members, have one cell each in that year, “Abroad”, “<5”, and nothing else."""
    printed = publishers.unodc()
    of_2003 = (printed["Dimension"] == "by country of repatriation") & (printed["year"] == 2003)
    assert printed.loc[of_2003, ["Category", "txtVALUE"]].drop_duplicates().values.tolist() == [
        ["Abroad", "<5"]
    ]
    values = "SELECT min(year(period_start)) FROM core.current WHERE measure = 'victims_repatriated'"
    assert rows(release, values) == [(2010,)]


@pytest.mark.statistics("1", "labels that are no country")
def test_a_label_that_is_no_country_is_unknown(release: duckdb.DuckDBPyConnection) -> None:
    """Of Guatemala and others: blank, “Nationals” …, and one row of totals that is only compared."""
    no_country = {"Abroad", "Unknown", "", "Nationals", "Ciudadanos de su pa\ufffds", "TOTAL POR AÑO"}

    def is_unclear(printed: pd.DataFrame) -> pd.Series:
        return printed["Category"].isin(no_country) | printed["Category"].str.startswith("(especifique")

    printed = publishers.unodc()
    printed = printed[printed["Dimension"] == "by country of repatriation"]
    unclear = is_unclear(printed)
    assert (unclear.sum(), is_unclear(of_first("by country of repatriation")).sum()) == (42, 44)
    keys = set(printed.loc[~unclear, ["country", "year"]].itertuples(index=False, name=None))
    found = rows(
        release,
        "SELECT DISTINCT reporting_country, year(period_start) FROM core.current "
        "WHERE measure = 'victims_repatriated' AND counterpart_country NOT IN ('_U', '_T') AND collection = 'UNODC/glotip'",
    )
    assert set(found) <= keys
    submission = "SELECT rows_check_only FROM registry.submissions WHERE collection = 'UNODC/glotip'"
    assert rows(release, submission) == [(1,), (1,)]


@pytest.mark.statistics("1", "suspicious origin")
def test_an_origin_of_two_years_is_shown_and_unconfirmed(release: duckdb.DuckDBPyConnection) -> None:
    """United States 2017 and 2018: Botswana 213 and 203, Hong Kong 196 and 197."""
    found = rows(
        release,
        "SELECT citizenship, year(period_start), value_low FROM baseline.indicator_values WHERE reporting_country = 'USA' "
        "AND flag LIKE '%unconfirmed_origin%' AND year(period_start) IN (2017, 2018) ORDER BY 1, 2",
    )
    assert found == [("BWA", 2017, 213), ("BWA", 2018, 203), ("HKG", 2017, 196), ("HKG", 2018, 197)]


@pytest.mark.statistics("1", "not domestic")
@pytest.mark.statistics("1", "smuggling origin")
@pytest.mark.statistics("6", "no data")
def test_what_no_file_tells_has_no_data_and_no_value(release: duckdb.DuckDBPyConnection) -> None:
    silent = {i for (i,) in rows(release, "SELECT indicator FROM baseline.catalogue WHERE data = 'no_data'")}
    assert {"tip_domestic_exploitation_share", "som_migrants_smuggled_origin_share"} <= silent
    valued = {i for (i,) in rows(release, "SELECT DISTINCT indicator FROM baseline.indicator_values")}
    assert silent.isdisjoint(valued)
    assert silent | valued >= CATALOGUE


@pytest.mark.statistics("1", "before the Protocol")
def test_history_is_no_baseline_to_compare_with(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "SELECT DISTINCT collection, split_part(baseline_period, ':', 1), last_period, flag LIKE '%stale%' "
        "FROM analysis.trends WHERE indicator LIKE 'som_%' AND reporting_country = 'USA' "
        "AND collection LIKE 'USA-DHS/%' ORDER BY ALL",
    )
    assert found == [
        ("USA-DHS/table50", "own", 2003, True),
        ("USA-DHS/table50", None, 2004, True),  # one year after the break
        ("USA-DHS/table61", "own", 2001, True),
    ]
    years = (
        "SELECT max(year(period_end)) FROM baseline.indicator_values "
        "WHERE indicator LIKE 'som_%' AND reporting_country = 'USA' AND collection LIKE 'USA-DHS/%'"
    )
    assert rows(release, years) == [(2004,)]


@pytest.mark.statistics("2", "same value across units")
def test_one_number_under_three_units_is_flagged_and_builds_no_ratio(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """Panama 2014–17: victims, offences and persons in contact are one number."""
    printed = [
        publishers.unodc_totals(i)
        .query("country == 'PAN' and 2014 <= year <= 2017")
        .set_index("year")["low"]
        .to_dict()
        for i in list(INDICATORS.values())[:3]
    ]
    assert printed[0] == printed[1] == printed[2]
    assert list(printed[0]) == [2014, 2015, 2016, 2017]
    flagged = rows(
        release,
        "SELECT DISTINCT year(period_start) FROM baseline.indicator_values WHERE reporting_country = 'PAN' "
        "AND indicator = 'tip_victims_detected' AND citizenship = '_T' AND sex = '_T' AND age_group = '_T' "
        "AND exploitation = '_T' AND flag LIKE '%same_value_across_units%' AND year(period_start) BETWEEN 2014 AND 2017",
    )
    large = {year for year, n in printed[0].items() if n >= 10}
    assert {year for (year,) in flagged} == large
    assert large
    ratios = rows(
        release,
        "SELECT year(period_end) FROM baseline.indicator_values WHERE reporting_country = 'PAN' "
        "AND indicator = 'tip_victims_per_person_convicted'",
    )
    for (last,) in ratios:  # over three years, none of them flagged
        assert large.isdisjoint({last - 2, last - 1, last})


@pytest.mark.statistics("2", "same value across units")
def test_one_number_under_two_measures_of_persons_is_flagged(release: duckdb.DuckDBPyConnection) -> None:
    """Mexico 2016: 839 persons in contact, 839 prosecuted; no ratio over years with it."""
    told = [
        publishers.unodc_totals(name).query("country == 'MEX' and year == 2016")
        for name in INDICATORS.values()
    ]
    assert [totals["low"].tolist() for totals in told[2:4]] == [[839], [839]]
    flagged = rows(
        release,
        "SELECT indicator FROM baseline.indicator_values WHERE reporting_country = 'MEX' AND year(period_start) = 2016 "
        "AND flag LIKE '%same_value_across_units%' AND sex = '_T' AND citizenship = '_T' ORDER BY 1",
    )
    assert flagged == [("tip_persons_in_contact",), ("tip_persons_prosecuted",)]
    ratios = rows(
        release,
        "SELECT count(*) FROM baseline.indicator_values WHERE reporting_country = 'MEX' "
        "AND indicator = 'tip_convicted_per_100_prosecuted' AND 2016 BETWEEN year(period_start) AND year(period_end)",
    )
    assert ratios == [(0,)]


@pytest.mark.statistics("2", "units apart")
@pytest.mark.statistics("2", "encounters are events")
def test_events_are_no_persons(release: duckdb.DuckDBPyConnection) -> None:
    mobile = "SELECT DISTINCT count_unit, recapture FROM core.current WHERE family = 'irregular_mobility'"
    assert rows(release, mobile) == [("event", "possible")]
    units = (
        "SELECT measure, count(DISTINCT (unit, count_unit)) AS n FROM core.current GROUP BY 1 HAVING n > 1"
    )
    assert rows(release, units) == []
    people = "SELECT DISTINCT count_unit FROM core.current WHERE measure = 'victims_detected'"
    assert rows(release, people) == [("person",)]


@pytest.mark.statistics("2", "breakdown above total")
def test_no_cell_above_the_total_of_its_year_is_without_its_flag(release: duckdb.DuckDBPyConnection) -> None:
    """31 counts of UNODC's extract are more than the total beside them, 12 adults of 0–4 convicted among them."""
    counts = (
        "FROM baseline.indicator_values WHERE panel = '_Z' AND denominator_basis = '_Z' AND frequency = 'A'"
    )
    above = rows(
        release,
        f"SELECT v.indicator, v.reporting_country, year(v.period_start), v.sex, v.age_group, v.value_low, v.flag FROM "
        f"(SELECT * {counts}) AS v JOIN (SELECT * {counts} AND sex = '_T' AND age_group = '_T' "
        "AND exploitation = '_T' AND citizenship = '_T' AND origin_class = '_T') AS t "
        "USING (indicator, collection, reporting_country, period_start) WHERE v.value_low > t.value_high",
    )
    assert len(above) == 31
    assert all(has_flag(flag, "inconsistent") for *_, flag in above)
    assert ("tip_persons_convicted", "SLV", 2021, "_T", "Y_GE18", 12) in {cell[:-1] for cell in above}
    printed = publishers.unodc().query("Dimension == 'Total'").set_index(["indicator", "country", "year"])
    whole = printed.query("Age == 'Total' and Sex == 'Total'")["high"]
    women = printed.query("Age == '18 years or over' and Sex == 'Female'")["low"]
    theirs = women[women > whole.reindex(women.index)]
    found = {tuple(place): low for *place, sex, age, low, _ in above if (sex, age) == ("F", "Y_GE18")}
    assert found == theirs.to_dict()


@pytest.mark.statistics("4", "two denominators")
def test_a_share_of_few_known_stands_beside_that_of_all(release: duckdb.DuckDBPyConnection) -> None:
    """United States 2021. The first extract had 3,215 sexual and 642 other forms of 10,070: 83.4 % of the known,
    31.9 to 93.6 % of all. The later one knows more, 45.0 %, which lies within.
    """

    def forms_of(extract: str) -> tuple[float, float, float, float]:
        printed = publishers.unodc(extract).query(
            "country == 'USA' and year == 2021 and Indicator == 'Detected trafficking victims' "
            "and Age == 'Total' and Sex == 'Total'"
        )
        forms = printed[printed["Dimension"] == "by form of exploitation"].set_index("Category")
        (every,) = printed[printed["Dimension"] == "Total"]["low"]
        others = forms.drop("Sexual exploitation")
        return forms.loc["Sexual exploitation", "low"], others["low"].sum(), others["high"].sum(), every

    sexual, others, _, every = forms_of(publishers.FIRST_EXTRACT)
    shares = (sexual / (sexual + others), sexual / every, (every - others) / every)
    assert [round(100 * share, 1) for share in shares] == [83.4, 31.9, 93.6]
    sexual, low, high, every = forms_of(publishers.LATER_EXTRACT)
    known = (sexual / (sexual + high), sexual / (sexual + low))
    assert [round(100 * share, 1) for share in known] == [45.0, 45.0]
    assert shares[1] < known[0] <= known[1] < shares[2]
    of_kind = "other_kind+other_unit"  # clients of services, new and continuing (series.toml)
    found = rows(
        release,
        "SELECT denominator_basis, value_low, value_high, known_share_low, flag FROM baseline.indicator_values "
        "WHERE indicator = 'tip_exploitation_share' AND reporting_country = 'USA' AND exploitation = 'SEX' "
        "AND year(period_start) = 2021 ORDER BY 1",
    )
    assert found == [
        ("all", sexual / every, (every - low) / every, None, f"contradicted+{of_kind}"),
        ("known", *known, (sexual + low) / every, f"contradicted+incomplete+{of_kind}"),
    ]


@pytest.mark.statistics("2", "detected is not existing")
def test_a_fixed_sentence_stands_beside_every_indicator(release: duckdb.DuckDBPyConnection) -> None:
    """In both languages: what authorities detected; more may mean more effort, not more crime."""
    told = rows(
        release, "SELECT indicator, caveat_es, caveat_en FROM baseline.catalogue WHERE family = 'trafficking'"
    )
    assert len(told) > 10
    for indicator, es, en in told:
        assert "más esfuerzo" in es, indicator
        assert "more effort" in en, indicator


@pytest.mark.statistics("2", "other equals unknown")
def test_other_as_many_as_unknown_is_one_group(release: duckdb.DuckDBPyConnection) -> None:
    """United States 2017: 153 and 153; the share of women is over women and men alone."""
    printed = publishers.unodc()
    cells = printed[
        (printed["country"] == "USA")
        & (printed["year"] == 2017)
        & (printed["Indicator"].str.startswith("Det"))
    ]
    cells = cells[(cells["Dimension"] == "Total") & (cells["Age"] == "Total")].set_index("Sex")["low"]
    unknown = printed[
        (printed["country"] == "USA") & (printed["year"] == 2017) & (printed["Sex"] == "Unknown")
    ]
    assert cells["Other"] == 153
    assert 153 in set(unknown["low"])
    found = rows(
        release,
        "SELECT denominator_low FROM baseline.indicator_values WHERE indicator = 'tip_female_share_known_sex' "
        "AND denominator_basis = 'known' AND reporting_country = 'USA' AND year(period_start) = 2017",
    )
    assert found == [(cells["Female"] + cells["Male"],)]


@pytest.mark.statistics("2", "changing labels")
def test_men_and_women_of_darien_are_adults_from_2023_on(release: duckdb.DuckDBPyConnection) -> None:
    """“men” and “women” until 2022 have no age; from 2023 on boys and girls stand beside them."""
    found = rows(
        release,
        "SELECT year(period_start) < 2023 AS before, list_sort(list(DISTINCT age_group)) FROM core.current "
        "WHERE collection = 'PAN-SNM/darien_sex_age' GROUP BY 1 ORDER BY 1",
    )
    assert found == [(False, ["Y0T17", "Y_GE18"]), (True, ["_T"])]


@pytest.mark.statistics("3", "no zero unsaid")
@pytest.mark.statistics("3", "annual stays annual")
def test_what_was_not_reported_by_month_has_no_month(release: duckdb.DuckDBPyConnection) -> None:
    """Darién before 2020, and April, May and July 2020."""
    months = publishers.darien().dropna(subset="month")[["year", "month"]].drop_duplicates()
    printed = set(months.astype(int).itertuples(index=False, name=None))
    assert min(printed) == (2020, 1)
    assert {(2020, 4), (2020, 5), (2020, 7)}.isdisjoint(printed)
    shown = rows(
        release,
        "SELECT DISTINCT year(period_start), month(period_start) FROM baseline.origin_profile_sub "
        "WHERE collection = 'PAN-SNM/darien_nationality' AND frequency = 'M'",
    )
    assert set(shown) == printed
    quarters = (
        "SELECT min(year(period_start)) FROM baseline.origin_profile_sub WHERE collection LIKE 'PAN-SNM/%'"
    )
    assert rows(release, quarters) == [(2020,)]
    annual = "SELECT count(*) FROM baseline.origin_profile_sub WHERE collection = 'UNODC/glotip'"
    assert rows(release, annual) == [(0,)]


@pytest.mark.statistics("3", "as reported")
def test_the_basis_of_unodc_s_years_is_as_reported(release: duckdb.DuckDBPyConnection) -> None:
    found = "SELECT DISTINCT period_basis FROM core.current WHERE collection = 'UNODC/glotip'"
    assert rows(release, found) == [("as_reported",)]


@pytest.mark.statistics("3", "no rates by sex")
def test_there_are_no_rates_by_sex_or_age(release: duckdb.DuckDBPyConnection) -> None:
    found = (
        "SELECT DISTINCT sex, age_group FROM baseline.indicator_values WHERE unit = 'per 100 000 population'"
    )
    assert rows(release, found) == [("_T", "_T")]


@pytest.mark.statistics("5", "dominated")
def test_a_sum_of_which_one_makes_over_half_is_flagged(release: duckdb.DuckDBPyConnection) -> None:
    """Where the largest member, by its highest, exceeds all others, by their lowest."""
    cells = regional_cells("tip_victims_detected", "CRM")
    expected = {
        year: any(row.high > year_cells["low"].sum() - row.low for row in year_cells.itertuples())
        for year, year_cells in cells.groupby("year")
    }
    found = rows(
        release,
        "SELECT year(period_start), coalesce(flag LIKE '%dominated%', false) FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND reporting_country = 'CRM' AND panel = 'reporting'",
    )
    assert dict(found) == expected
    assert {*expected.values()} == {True, False}


@pytest.mark.statistics("6", "thirty")
def test_the_catalogue_is_that_of_section_6(release: duckdb.DuckDBPyConnection) -> None:
    found = {i for (i,) in rows(release, "SELECT indicator FROM baseline.catalogue")}
    assert found >= CATALOGUE
    assert len(CATALOGUE) == 31  # thirty to begin with, and what came since


@pytest.mark.statistics("6", "one source each")
def test_mobility_is_told_by_each_source_alone(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "SELECT DISTINCT collection, reporting_country FROM baseline.indicator_values "
        "WHERE indicator = 'mobility_origin_share' ORDER BY 1",
    )
    assert found == [  # Guatemala counts the returns of its own nationals: no origin is told apart
        ("HND-INM/nationality", "HND"),
        ("MEX-UPMRIP/nationality", "MEX"),
        ("MEX-UPMRIP/returns", "MEX"),
        ("PAN-SNM/darien_nationality", "PAN"),
        ("USA-CBP/encounters", "USA"),
        ("USA-CBP/southwest_border", "USA"),
    ]


@pytest.mark.statistics("8", "rarer dimensions")
@pytest.mark.statistics("8", "never invented")
def test_rarer_dimensions_are_columns_and_never_invented(release: duckdb.DuckDBPyConnection) -> None:
    """UNODC's file has none of them, CBP's only accompaniment and authority; the TIP Reports name authorities and status."""
    asked = """origin_basis whose counterpart_country counterpart_role place_of_exploitation country_of_exploitation
        authority_kind identification_status legal_basis count_unit period_basis recapture completeness accompaniment"""
    assert set(asked.split()) <= set(table("core.observations").column_names)
    for name in (
        "place_of_exploitation",
        "country_of_exploitation",
        "authority_kind",
        "identification_status",
    ):
        found = rows(release, f"SELECT DISTINCT {name} FROM core.current WHERE provider <> 'USA-DOS'")
        assert {code for (code,) in found} <= {"_T", "_U", "_Z"}, name
    mapped = (
        "SELECT DISTINCT legal_basis FROM core.current "
        "WHERE provider <> 'USA-CBP' AND collection <> 'MEX-UPMRIP/returns'"
    )
    assert {code for (code,) in rows(release, mapped)} <= {"_T", "_U", "_Z"}


@pytest.mark.statistics("8", "measures")
def test_the_list_of_measures_is_closed(release: duckdb.DuckDBPyConnection) -> None:
    """That of section 8, determinations, sentences, and what the TIP Reports count; a published rate or share may not be summed."""
    listed = """victims_detected victims_assisted victims_repatriated cases_recorded offences_recorded persons_in_contact
        persons_prosecuted persons_convicted migrants_smuggled smugglers_arrested irregular_encounters irregular_entries
        returns children_returned complaints_received proceedings_opened persons_acquitted acquitting_sentences convicting_sentences
        victims_detected_rate_published victims_detected_share_published migrants_share_published child_determinations investigations_opened persons_investigated
        cases_with_conviction"""
    found = rows(release, "SELECT measure, summable, whole FROM reference.measures")
    assert {m for m, _, _ in found} == set(listed.split())
    published = (
        "migrants_share_published",
        "victims_detected_rate_published",
        "victims_detected_share_published",
    )
    assert sorted(row for row in found if not row[1] or not row[2]) == [(m, False, False) for m in published]


@pytest.mark.statistics("8", "accompaniment")
def test_children_are_told_accompanied_and_alone(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "SELECT DISTINCT accompaniment FROM core.current WHERE collection = 'MEX-UPMRIP/sex_age' AND age_group = 'Y0T11' "
        "ORDER BY 1",
    )
    assert found == [("ACC",), ("UNACC",)]


@pytest.mark.statistics("9", "OOO")
@pytest.mark.statistics("9", "STL")
@pytest.mark.statistics("9", "Kosovo")
def test_codes_of_the_tidied_files_are_read_as_what_they_are(release: duckdb.DuckDBPyConnection) -> None:
    """Each code's sum over all periods of Darién and UPMRIP, and its class. Saint Lucia is in neither."""
    printed = pd.concat([publishers.darien(), publishers.upmrip()]).groupby("code")["n"].sum()
    found = rows(
        release,
        "SELECT citizenship, any_value(origin_class), sum(value_low) FROM core.current "
        "WHERE collection IN ('PAN-SNM/darien_nationality', 'MEX-UPMRIP/nationality') "
        "AND citizenship IN ('_U', 'STLS', 'LCA', 'XKX') GROUP BY 1",
    )
    assert {code: told for code, *told in found} == {
        "_U": ["indeterminate", printed["OOO"]],
        "STLS": ["stateless", printed["STL"]],
        "XKX": ["extra_continental", printed["XKX"]],
    }


@pytest.mark.statistics("9", "Tibet")
def test_tibet_is_read_as_china_with_a_flag(release: duckdb.DuckDBPyConnection) -> None:
    printed = publishers.darien()
    periods = printed.loc[printed["code"] == "TIB", "year"].nunique()
    found = rows(
        release,
        "SELECT DISTINCT citizenship, count(DISTINCT year(period_start)) FROM core.current "
        "WHERE flag LIKE '%read_as_sovereign%' GROUP BY 1",
    )
    assert periods > 0
    assert found == [("CHN", periods)]


@pytest.mark.statistics("3", "same months")
def test_a_partial_year_stands_beside_the_same_months(release: duckdb.DuckDBPyConnection) -> None:
    """Darién's nine months of 2020 and its months of 2025, beside those very months of every other year."""
    monthly = publishers.darien().dropna(subset="month").groupby(["year", "month"])["n"].sum()
    by_year = {year: part.droplevel("year") for year, part in monthly.groupby("year")}
    expected = {}
    for year in (2020, 2025):
        months = by_year[year].index
        for other, part in by_year.items():
            if other != year and months.isin(part.index).all():
                ours, theirs = by_year[year].sum(), part[months].sum()
                expected[year, other] = (ours, theirs, pytest.approx(100 * (ours / theirs - 1)))
    shown = rows(
        release,
        "SELECT year(period_start), year(other_start), value_low, other_high, change_low FROM analysis.same_months "
        "WHERE collection = 'PAN-SNM/darien_nationality' AND frequency = 'M' AND value_low = value_high "
        "AND change_low = change_high",
    )
    assert {(year, other): tuple(rest) for year, other, *rest in shown} == expected
    assert (2020, 2025) not in expected
    assert len(expected) == 8


@pytest.mark.statistics("3", "revision named")
def test_a_rate_names_the_revision_of_its_population(release: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        release,
        "SELECT DISTINCT v.denominator_source FROM baseline.indicator_values AS v "
        "WHERE v.unit = 'per 100 000 population' AND v.preferred ORDER BY 1",
    )
    assert found == [("WPP 2024 estimate",)]
    later = rows(
        release,
        "SELECT year, denominator_source FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected_rate' "
        "AND collection = 'MEX-SESNSP/victimas' AND year >= 2023 AND pooled_years = 1 ORDER BY 1",
    )
    assert later[:2] == [(2023, "WPP 2024 estimate"), (2024, "WPP 2024 via WDI 2024")]
    others = (
        "SELECT count(*) FROM baseline.indicator_values "
        "WHERE unit <> 'per 100 000 population' AND denominator_source IS NOT NULL"
    )
    assert rows(release, others) == [(0,)]
