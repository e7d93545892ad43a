"""Second sources, read by code of its own from the publishers' files and compared with the release."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date

import duckdb
import pytest
import python_calamine

from tests.published import vintages
from tests.published.publishers import DATA, MEMBERS, csv_rows

Release = duckdb.DuckDBPyConnection


# ---- four extracts of one file ---------------------------------------------------------------------


def extract(day: str) -> Counter[tuple[str, str]]:
    """Encounters by month and nationality, repeated rows added up."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in csv_rows(f"mex_upmrip_nationality_{day}.csv"):
        counted[row["t"], row["nat"]] += int(row["n"])
    return counted


EXTRACTS = ("2025-02-07", "2025-05-13", "2025-06-04", "2025-06-19")
REVISED = {("2025-02-07", "2025-05-13"): (6, 326), ("2025-05-13", "2025-06-04"): (71, 0)}
REVISED[("2025-06-04", "2025-06-19")] = (83, 7)


def changed(old: Counter[tuple[str, str]], new: Counter[tuple[str, str]]) -> set[tuple[str, str]]:
    """The keys of both whose value differs."""
    return {key for key in old.keys() & new.keys() if old[key] != new[key]}


@pytest.mark.shared
def test_seventy_one_values_of_june_return_to_those_of_may() -> None:
    may, early, late = (extract(day) for day in EXTRACTS[1:])
    assert len(changed(early, late)) == 83
    back = {key for key in changed(may, early) if late[key] == may[key]}
    assert len(back) == 71
    assert [e["2025-01-01", "AFG"] for e in (may, early, late)] == [205, 254, 205]


@pytest.mark.shared
@pytest.mark.parametrize(("old", "new"), REVISED)
def test_the_extracts_differ_as_their_publisher_changed_them(old: str, new: str) -> None:
    before, after = extract(old), extract(new)
    assert (len(changed(before, after)), len(before.keys() - after.keys())) == REVISED[old, new]


def test_the_release_has_the_revisions_of_four_extracts(released: Release) -> None:
    told = released.execute(
        "SELECT right(old_submission, 12)[:10], right(new_submission, 12)[:10], "
        "count(*) FILTER (WHERE kind = 'revised'), count(*) FILTER (WHERE kind = 'withdrawn') "
        "FROM analysis.revisions WHERE collection = 'MEX-UPMRIP/nationality' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert told == [(old, new, *counts) for (old, new), counts in sorted(REVISED.items())]


# ---- offences of smuggling -------------------------------------------------------------------------


def cts() -> dict[tuple[str, int], int]:
    """Counts of smuggling of migrants by member and year."""
    book = python_calamine.CalamineWorkbook.from_path(DATA / "unodc_cts_corruption_economic_2024-05-16.xlsx")
    rows = book.get_sheet_by_index(0).to_python()
    at = next(n for n, row in enumerate(rows) if row[0] == "Iso3_code")
    told = [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]
    kept = [r for r in told if r["Category"] == "Smuggling of migrants" and r["Iso3_code"] in MEMBERS]
    counts = [r for r in kept if r["Unit of measurement"] == "Counts"]
    return {(str(r["Iso3_code"]), int(float(str(r["Year"])))): int(float(str(r["VALUE"]))) for r in counts}


@pytest.mark.shared
def test_offences_of_smuggling_are_the_counts_of_the_file(released: Release) -> None:
    told = released.execute(
        "SELECT reporting_country, year, value_low FROM core.current WHERE collection = 'UNODC/cts_smuggling' "
        "AND measure = 'offences_recorded' AND value_low = value_high"
    ).fetchall()
    assert {(country, year): value for country, year, value in told} == cts()
    assert len(told) == 62
    assert len({country for country, _, _ in told}) == 9


def test_only_one_year_of_mexico_stands_far_from_its_federal_files(released: Release) -> None:
    told = released.execute(
        "SELECT year, value_a_low, counted_unit_a, counted_unit_b, value_b_low FROM analysis.source_agreement "
        "WHERE collection_a = 'MEX-SESNSP/federal_files' AND collection_b = 'UNODC/cts_smuggling' "
        "AND value_a_low IS NOT NULL AND value_b_low IS NOT NULL ORDER BY year"
    ).fetchall()
    assert {(a, b) for _, _, a, b, _ in told} == {("files", "offences")}
    differences = {year: offences - files for year, files, *_, offences in told}
    assert differences == {2016: -800, 2017: 3, 2018: 3, 2019: 7, 2020: 3, 2021: 2, 2022: 2}
    asked = released.execute(
        "SELECT before_low, value_low FROM analysis.open_questions "
        "WHERE collection = 'UNODC/cts_smuggling' AND reporting_country = 'MEX' AND year = 2017"
    ).fetchall()
    assert asked == [(1, 500)]


def test_that_year_is_asked_although_files_are_no_offences(released: Release) -> None:
    """In the other years both units have nearly the same number, so the unit does not explain this one."""
    told = released.execute(
        "SELECT year, differs, explained_by FROM analysis.source_agreement WHERE measure = 'offences_recorded' "
        "AND reporting_country = 'MEX' AND collection_b = 'UNODC/cts_smuggling' AND value_b_low IS NOT NULL ORDER BY year"
    ).fetchall()
    assert told == [(2016, True, None), *((year, False, None) for year in range(2017, 2023))]
    [(year, value, question)] = released.execute(
        "SELECT year, value_low, says_en FROM analysis.open_questions WHERE question = 'sources_differ' "
        "AND collection = 'UNODC/cts_smuggling'"
    ).fetchall()
    assert (year, value) == (2016, 1)
    assert "MEX-SESNSP/federal_files differ by more than a tenth: 2016, 1 and 801." in question


def test_sources_are_compared_within_a_family_alone(released: Release) -> None:
    across = released.execute(
        "SELECT count(*) FROM analysis.source_agreement AS s "
        "JOIN registry.collections AS a ON a.collection = s.collection_a "
        "JOIN registry.collections AS b ON b.collection = s.collection_b WHERE a.family <> b.family"
    ).fetchone()
    assert across == (0,)


# ---- returns, clients ------------------------------------------------------------------------------

CHILDREN = {"GTM": 100_829, "HND": 83_145, "SLV": 33_560, "NIC": 1_699}


@pytest.mark.shared
def test_returns_from_mexico_are_those_of_the_file(released: Release) -> None:
    counted = {
        (r["t"], r["nat"], r["type"]): int(r["n"])
        for r in csv_rows("mex_inm_returns_nationality_2025-06.csv")
    }
    told = released.execute(
        "SELECT strftime(period_start, '%Y-%m-%d'), citizenship, legal_basis, value_low FROM core.current "
        "WHERE collection = 'MEX-UPMRIP/returns'"
    ).fetchall()
    assert {(month, nat, kind): value for month, nat, kind, value in told} == counted
    assert len(told) == 5_251


def test_children_returned_from_mexico(released: Release) -> None:
    told = dict(
        released.execute(
            "SELECT citizenship, sum(value_low) FROM core.current WHERE collection = 'MEX-UPMRIP/returns' "
            "AND age_group = 'Y0T17' GROUP BY 1"
        ).fetchall()
    )
    assert sum(told.values()) == 223_584
    assert {country: told[country] for country in CHILDREN} == CHILDREN


def test_returns_of_a_year_are_of_all_ages_and_types(released: Release) -> None:
    sums = "sum(value_low) FROM core.current WHERE collection = 'MEX-UPMRIP/returns' AND year = 2023"
    [(all_of_them, guatemalans)] = released.execute(
        f"SELECT (SELECT {sums}), (SELECT {sums} AND citizenship = 'GTM')"
    ).fetchall()
    told = released.execute(
        "SELECT citizenship, value_low FROM baseline.indicator_values WHERE indicator = 'mobility_returns' "
        "AND collection = 'MEX-UPMRIP/returns' AND year = 2023 AND frequency = 'A' AND age_group = '_T' "
        "AND citizenship IN ('_T', 'GTM') AND (origin_class = '_T' OR citizenship = 'GTM') ORDER BY 1"
    ).fetchall()
    assert told == [("GTM", guatemalans), ("_T", all_of_them)]


def test_clients_of_grantees_are_what_unodc_calls_detected(released: Release) -> None:
    served = released.execute(
        "SELECT period_start, value_low FROM core.current "
        "WHERE collection IN ('USA-OVC/clients', 'USA-OVC/clients_2012') ORDER BY 1"
    ).fetchall()
    assert served == [
        (date(2012, 1, 1), 1_462),
        (date(2015, 7, 1), 5_655),
        (date(2016, 7, 1), 8_003),
        (date(2017, 7, 1), 8_913),
        (date(2018, 7, 1), 8_375),
    ]
    detected = released.execute(
        "SELECT year, value_low FROM core.current WHERE collection = 'UNODC/glotip' AND breakdown = 'total' "
        "AND reporting_country = 'USA' AND measure = 'victims_detected' AND year BETWEEN 2017 AND 2019 ORDER BY 1"
    ).fetchall()
    assert detected == [(2017, 8_003), (2018, 8_913), (2019, 8_375)]


@pytest.mark.shared
def test_clients_are_those_of_the_transcription(released: Release) -> None:
    told = released.execute(
        "SELECT strftime(period_start, '%Y-%m-%d'), strftime(period_end, '%Y-%m-%d'), value_low FROM core.current "
        "WHERE collection IN ('USA-OVC/clients', 'USA-OVC/clients_2012') ORDER BY 1"
    ).fetchall()
    rows = csv_rows("usa_ovc_clients_2012-2019.csv")
    assert told == [(r["period_start"], r["period_end"], int(r["clients_served"])) for r in rows]


# ---- the Trafficking in Persons Reports ------------------------------------------------------------

MEASURES = {
    "victims_identified": "victims_detected",
    "victims_assisted": "victims_assisted",
    "victims_repatriated": "victims_repatriated",
    "investigations_cases": "investigations_opened",
    "investigations_suspects": "persons_investigated",
    "prosecutions_cases": "proceedings_opened",
    "prosecutions_persons": "persons_prosecuted",
    "convictions_persons": "persons_convicted",
    "convictions_cases": "cases_with_conviction",
}
PARTS = {
    "form": ("exploitation", {"sexual": "SEX", "labour": "LAB", "begging": "ForcedBegging", "sexual and labour": "SeveralForms"}),
    "sex": ("sex", {"F": "F", "M": "M"}),
    "age": ("age_group", {"adult": "Y_GE18", "child": "Y0T17"}),
    "status": ("identification_status", {"potential": "presumed", "confirmed": "identified"}),
}  # fmt: skip
PARTS["form"][1].update({"other": "Other", "unspecified": "_U"})
AUTHORITIES = {"RCMP": "police", "Technical Judicial Police": "police", "police": "police", "NGO": "ngo"}
AUTHORITIES |= {"CBSA": "migration", "immigration officials": "migration"}
AUTHORITIES |= {"Attorney General": "prosecutor", "prosecutors": "prosecutor"}
DETAILS = ("exploitation", "sex", "age_group", "identification_status", "authority_kind", "citizenship")

Figure = tuple[str, ...]


def figure(row: dict[str, str]) -> Figure | None:
    """Country, year, measure and codes of a transcribed figure; None of one that no code tells."""
    said = dict.fromkeys(DETAILS, "_T")
    for part in filter(None, row["dimension"].split("; ")):
        kind, _, text = part.partition("=")
        if kind in PARTS and text in PARTS[kind][1]:
            said[PARTS[kind][0]] = PARTS[kind][1][text]
        elif kind in ("by", "source", "identified_by") and text in AUTHORITIES:
            said["authority_kind"] = AUTHORITIES[text]
        elif kind == "citizenship" and (text == "national" or text.isupper()):
            said["citizenship"] = row["country"] if text == "national" else text
        else:
            return None
    if row["measure"] not in MEASURES or not row["value"]:
        return None
    return (row["country"], row["reference_year"], MEASURES[row["measure"]], *said.values())


def reported(year: int) -> dict[Figure, tuple[int, int | None]]:
    """What the reports up to a year say."""
    latest = {}
    for row in sorted(vintages.transcribed(DATA), key=lambda r: int(r["report_year"])):
        if int(row["report_year"]) <= year and (key := figure(row)):
            low = int(row["value"])
            latest[key] = (low, None if row["qualifier"] == "at_least" else low)
    return latest


@pytest.mark.shared
@pytest.mark.parametrize("year", [2005, 2017, 2019, 2021, 2022, 2025])
def test_each_report_says_what_was_transcribed(released: Release, year: int) -> None:
    told = released.execute(
        f"SELECT DISTINCT reporting_country, CAST(year AS VARCHAR), measure, {', '.join(DETAILS)}, value_low, value_high "
        f"FROM core.observations WHERE submission = 'USA-DOS.tip_report.{year}-12-31.1'"
    ).fetchall()
    assert {row[:-2]: row[-2:] for row in told} == reported(year)


PAIRS = """
    SELECT reporting_country, year, measure,
        CASE WHEN collection_a = 'UNODC/glotip' THEN value_b_low ELSE value_a_low END AS theirs,
        CASE WHEN collection_a = 'UNODC/glotip' THEN value_a_low ELSE value_b_low END AS unodc, same_kind
    FROM analysis.source_agreement
    WHERE 'USA-DOS/tip_report' IN (collection_a, collection_b) AND 'UNODC/glotip' IN (collection_a, collection_b)
      AND value_a_low IS NOT NULL AND value_b_low IS NOT NULL
"""


@pytest.mark.shared
def test_each_total_of_the_reports_stands_beside_that_of_unodc(released: Release) -> None:
    """What the latest report says of a whole, wherever UNODC has the same; of its parts alone UNODC has a sum."""
    totals = {
        (country, int(year), measure): low
        for (country, year, measure, *parts), (low, _) in reported(2025).items()
        if set(parts) == {"_T"} and year.isdigit()
    }
    unodc = released.execute(
        "SELECT DISTINCT reporting_country, year, measure FROM core.current WHERE collection = 'UNODC/glotip' "
        "AND sex = '_T' AND age_group = '_T' AND exploitation = '_T' AND citizenship = '_T'"
    ).fetchall()
    told = {row[:3]: row[3] for row in released.execute(PAIRS).fetchall()}
    assert {key: totals[key] for key in told} == told
    assert {*totals} & {*unodc} <= {*told}
    assert len(told) > 60


def test_each_pair_that_differs_is_explained_by_a_passport_or_asked(released: Release) -> None:
    """No passport of the reports states anything, so all are asked: one question a country and measure, with its years."""
    sides = "value_a_low, value_a_high, value_b_low, value_b_high"
    pairs = released.execute(PAIRS.replace("same_kind", f"same_kind, {sides}")).fetchall()
    apart = {
        (country, measure, year)
        for country, year, measure, *_, a_low, a_high, b_low, b_high in pairs
        if (b_high is not None and a_low > 1.1 * b_high) or (a_high is not None and b_low > 1.1 * a_high)
    }
    assert len(apart) > 30
    asked = released.execute(
        "SELECT reporting_country, measure, says_en FROM analysis.open_questions WHERE question = 'sources_differ' "
        "AND collection = 'USA-DOS/tip_report' AND says_en LIKE '% UNODC/glotip differ %'"
    ).fetchall()
    assert {
        (country, measure, int(year))
        for country, measure, question in asked
        for year in re.findall(r"\b(\d{4}), \d", question)
    } == apart
    assert len(asked) == len({(country, measure) for country, measure, _ in apart})


def test_what_a_third_party_says_is_never_preferred(released: Release) -> None:
    preferred = released.execute(
        "SELECT count(*) FILTER (WHERE preferred), count(*) > 100 FROM baseline.indicator_values "
        "WHERE collection = 'USA-DOS/tip_report'"
    ).fetchone()
    assert preferred == (0, True)


def test_every_member_but_one_has_two_sources_of_victims(released: Release) -> None:
    sources = defaultdict(set)
    for country, collection in released.execute(
        "SELECT DISTINCT reporting_country, collection FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected'"
    ).fetchall():
        sources[country].add(collection)
    assert {country for country in MEMBERS if len(sources[country]) < 2} == {"USA"}


def test_at_least_is_open_above(released: Release) -> None:
    told = released.execute(
        "SELECT value_low, value_high FROM core.current WHERE collection = 'USA-DOS/tip_report' "
        "AND reporting_country = 'HND' AND year = 2016 AND measure = 'investigations_opened'"
    ).fetchall()
    assert told == [(41, None)]


def test_a_transcription_owes_nothing_and_appears_in_no_coverage(released: Release) -> None:
    transcribed = {
        name for (name,) in released.execute(
            "SELECT collection FROM registry.collections WHERE transcribed"
        ).fetchall()
    }  # fmt: skip
    assert transcribed == {"USA-DOS/tip_report", "USA-OVC/clients", "USA-OVC/clients_2012"}
    covered = released.execute("SELECT DISTINCT collection FROM analysis.coverage").fetchall()
    assert {name for (name,) in covered}.isdisjoint(transcribed)
    assert ("UNODC/glotip",) in covered
