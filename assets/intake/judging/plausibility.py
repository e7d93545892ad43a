"""Plausibility of a submission's values: values that may be something else, periods that are missing or
counted twice, numbers reported twice.

It reports findings and corrects nothing. Rows are judged elsewhere.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from assets.intake.reading.rounds import FEWEST_ORDERS
from schemas import codelists
from schemas.codelists import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.intervals import interval_text
from schemas.periods import MONTHS_IN, add_months, name_of_period
from schemas.tables import DIMENSIONS, OBSERVATION_KEY

_SERIES = ["measure", "reporting_country", "breakdown"]
LARGE, TIMES = 1_000, 100
"""A value of at least LARGE that is TIMES as large as every other value of its series is out of
proportion."""
LEAST_SIGNIFICANT = 10
"""From this value on, two equal numbers are hardly chance (STATISTICS, section 2)."""


def suspects(lines: pd.DataFrame, parts: pd.Series) -> dict[str, pd.Series]:
    """Return, by rule, the accepted lines whose value may be something other than a count.

    A year counts as a match if it is that of the period or next to it: an annual form asks for the year
    before, and a fiscal year has two. Lines marked in `parts` are added up later, so some equal a year by
    chance.
    """
    year = pd.to_datetime(lines["period_start"]).dt.year
    value, exact = lines["value_low"], lines["value_low"] == lines["value_high"]
    return {
        "value_equals_year": exact & ~parts & ((value - year).abs() <= 1),
        "value_ends_in_year": exact & ~parts & (value >= 10_000) & ((value % 10_000 - year).abs() <= 1),
        "value_out_of_proportion": exact & (value >= LARGE) & _out_of_proportion(lines),
    }


def _out_of_proportion(lines: pd.DataFrame) -> pd.Series:
    """Mark lines TIMES as large as every other line of their series, of which there must be two."""
    is_out_of_proportion = pd.Series(False, index=lines.index)
    if not (lines["value_low"] >= LARGE).any():
        return is_out_of_proportion
    series = pd.util.hash_pandas_object(
        lines[[k for k in OBSERVATION_KEY if k != "period_start"]], index=False
    )
    high = lines["value_high"].fillna(np.inf)
    tops = high.groupby(series).idxmax()
    others = high.drop(tops).groupby(series).agg(["max", "size"])
    comparable = tops[others.index[others["size"] >= 2]]
    largest = others.loc[comparable.index, "max"].to_numpy()
    is_out_of_proportion.loc[comparable[lines.loc[comparable, "value_low"].to_numpy() >= TIMES * largest]] = (
        True
    )
    return is_out_of_proportion


_REMARK_COLUMNS = (*OBSERVATION_KEY, "breakdown", "period_end", "value_low", "value_high")
"""Columns that the remarks use."""


def remarks(values: pd.DataFrame) -> list[Finding]:
    """Return findings on the harmonised values of a submission taken together."""
    values = values[list(_REMARK_COLUMNS)]
    return [
        *_above_total(values),
        *_missing_periods(values),
        *_overlaps(values),
        *_running_totals(values),
        *_all_round(values),
        *_other_is_unknown(values),
        *_other_is_foreigners(values),
        *_other_is_all_sexes(values),
        *_same_across_units(values),
        *_totals_in_few(values),
        *_counterparts_without_role(values),
    ]


def _missing_periods(values: pd.DataFrame) -> list[Finding]:
    """Report months and quarters without data between the first and the last period of a series."""
    series = ["measure", "reporting_country", "frequency"]
    shorter_than_year = values.loc[values["frequency"] != "A", [*series, "period_start"]].drop_duplicates()
    starts: dict[tuple, set] = {}
    for *names, start in shorter_than_year.itertuples(index=False):
        starts.setdefault(tuple(names), set()).add(start)
    findings = []
    for (measure, country, frequency), present in sorted(starts.items()):
        missing = []
        day, last = min(present), max(present)
        while day < last:
            if day not in present:
                missing.append(name_of_period(day, frequency))
            day = add_months(day, MONTHS_IN[frequency])
        if missing:
            value = ", ".join(missing)
            findings.append(Finding("periods_missing", column_name=f"{country} · {measure}", value=value))
    return findings


def _overlaps(values: pd.DataFrame) -> list[Finding]:
    """Report periods that appear in a series together with parts of themselves."""
    if values["frequency"].nunique() < 2:
        return []
    spans = values[[*_SERIES, "frequency", "period_start", "period_end"]].drop_duplicates()
    longer, shorter = spans[spans["frequency"] != "M"], spans[spans["frequency"] != "A"]
    pairs = longer.merge(shorter, on=_SERIES, suffixes=("", "_part"))
    pairs = pairs[_is_part_of(pairs)]
    findings = []
    key: Any
    for key, parts in pairs.groupby([*_SERIES, "period_start", "frequency"]):
        measure, country, breakdown, start, frequency = key
        part_labels = [
            name_of_period(*p) for p in zip(parts["period_start_part"], parts["frequency_part"], strict=True)
        ]
        where = f"{country} · {measure} · {breakdown}"
        value, expected = name_of_period(start, frequency), ", ".join(sorted(part_labels))
        findings.append(Finding("overlapping_periods", column_name=where, value=value, expected=expected))
    return findings


def _running_totals(values: pd.DataFrame) -> list[Finding]:
    """Report months or quarters that never fall within a year and start again in the next, as running
    totals do."""
    shorter = values[(values["frequency"] != "A") & values["measure"].isin(_summable())]
    findings = []
    key: Any
    for key, rows in shorter.groupby(["reporting_country", "measure", "frequency"]):
        totals = rows[rows["breakdown"] == "total"]
        one_table = totals if len(totals) else rows[rows["breakdown"] == rows["breakdown"].iloc[0]]
        starts = pd.to_datetime(one_table["period_start"])
        sums = one_table["value_low"].groupby(starts.to_numpy()).sum()
        start_years = pd.DatetimeIndex(sums.index).year
        years = [year.to_numpy() for _, year in sums.groupby(start_years)]
        if len(years) > 1 and _never_fall(years) and all(b[0] < a[-1] for a, b in itertools.pairwise(years)):
            country, measure, _ = key
            span = f"{start_years.min()}–{start_years.max()}"
            findings.append(Finding("running_totals", column_name=f"{country} · {measure}", value=span))
    return findings


def _never_fall(years: list[Any]) -> bool:
    """Check that no value is less than the value before in its year, and that few other orders would look
    so."""
    orders = math.prod(math.factorial(len(np.unique(year))) for year in years)
    return orders >= FEWEST_ORDERS and all((np.diff(year) >= 0).all() for year in years)


ROUND = (1_000, 100, 10, 5)
FEWEST_ROUND = 6
"""This many different numbers are all multiples of ten by chance once in a million times."""


def _all_round(observations: pd.DataFrame) -> list[Finding]:
    """Report measures whose exact values are all multiples of a round number: rounded, or with an extra
    zero."""
    is_exact = observations["value_low"] == observations["value_high"]
    exact_counts = observations[
        is_exact & (observations["value_low"] != 0) & observations["measure"].isin(_summable())
    ]
    findings = []
    for measure, values in exact_counts.groupby("measure")["value_low"]:
        numbers = values.unique()
        step = next((step for step in ROUND if (numbers % step == 0).all()), 1)
        if len(numbers) >= FEWEST_ROUND and step ** len(numbers) >= 10**FEWEST_ROUND:
            findings.append(Finding("values_all_round", column_name=str(measure), value=str(step)))
    return findings


_IN_A_SERIES = [name for name in OBSERVATION_KEY if name not in ("period_start", "frequency")]


def limit_by_total(values: pd.DataFrame) -> pd.DataFrame:
    """Limit sums of repeated keys by the total, as values cannot exceed it.

    Rows of the same group under several labels may repeat each other. The sum is then an interval, from its
    largest row to what the total leaves for it after the other rows of its table. If that is less than the
    largest row, the sum stays. Both are flagged.
    """
    is_sum = values["largest"].notna()
    if not is_sum.any():
        return values
    table_key = [*_TABLE, "breakdown"]
    total = values[values["breakdown"] == "total"].drop_duplicates(_TABLE)
    total_high = total.set_index(_TABLE)["value_high"].rename("total")
    room = values[_TABLE].join(total_high, on=_TABLE)["total"] - (
        values.groupby(table_key)["value_low"].transform("sum") - values["value_low"]
    )
    exceeds_total = is_sum & (values["value_low"] > room)
    is_limited = exceeds_total & (values["largest"] <= room)
    low = values["value_low"].mask(is_limited, values["largest"])
    flags = values["flag"].where(
        ~exceeds_total, values["flag"].fillna("").map(lambda f: add_flag(f, "repeats_exceed_total"))
    )
    return values.assign(value_low=low, value_high=values["value_high"].mask(is_limited, room), flag=flags)


def compare_with_parts(observations: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Compare years and quarters with the sums of their months. Flag both and report them where they
    differ."""
    if observations["frequency"].nunique() < 2:
        return observations, []
    columns = [*_IN_A_SERIES, "frequency", "period_start", "period_end", "value_low", "value_high"]
    summable_values = observations.loc[observations["measure"].isin(_summable()), columns].reset_index()
    longer_periods, parts = (
        summable_values[summable_values["frequency"] != "M"],
        summable_values[summable_values["frequency"] != "A"],
    )
    pairs = longer_periods.merge(parts, on=_IN_A_SERIES, suffixes=("", "_part"))
    pairs = pairs[_is_part_of(pairs)]
    flagged_rows: set[int] = set()
    findings = []
    for _, parts in pairs.groupby(["index", "frequency_part"]):
        longer = parts.iloc[0]
        low, high = parts["value_low_part"].sum(), parts["value_high_part"].fillna(np.inf).sum()
        high_or_open = np.inf if pd.isna(longer["value_high"]) else longer["value_high"]
        is_complete = len(parts) == MONTHS_IN[longer["frequency"]] // MONTHS_IN[longer["frequency_part"]]
        if low > high_or_open or (is_complete and high < longer["value_low"]):
            flagged_rows |= {longer["index"], *parts["index_part"]}
            findings.append(_parts_differ(longer, low, high))
    is_flagged = observations.index.isin(flagged_rows)
    flags = observations["flag"].copy()
    flags[is_flagged] = [add_flag(flag, "parts_differ") for flag in flags[is_flagged].fillna("")]
    return observations.assign(flag=flags), findings


def _parts_differ(longer: pd.Series, low: float, high: float) -> Finding:
    names = ("reporting_country", "measure", *(d.name for d in DIMENSIONS))
    labels = [longer[name] for name in names if longer[name] not in (TOTAL, NOT_APPLICABLE)]
    period = name_of_period(longer["period_start"], longer["frequency"])
    value = f"{period} ({interval_text(longer['value_low'], longer['value_high'])})"
    return Finding(
        "parts_differ", column_name=" · ".join(labels), value=value, expected=interval_text(low, high)
    )


def _is_part_of(pairs: pd.DataFrame) -> pd.Series:
    """Mark pairs in which the second period lies within the first and is shorter."""
    shorter = pairs["frequency_part"].map(MONTHS_IN) < pairs["frequency"].map(MONTHS_IN)
    later = pairs["period_start_part"] >= pairs["period_start"]
    return shorter & later & (pairs["period_end_part"] <= pairs["period_end"])


def _summable() -> list[str]:
    """Return the measures whose parts may be added up: counts, not rates."""
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["summable"] == "true"]


_TABLE = ["measure", "reporting_country", "period_start", "frequency"]


def _above_total(values: pd.DataFrame) -> list[Finding]:
    """Report tables, of any dimensions, whose lower bounds add up to more than the reported total."""
    is_total = (values["breakdown"] == "total") & values["measure"].isin(_summable())
    if not is_total.any():
        return []
    number = values.groupby(_TABLE).ngroup()
    totals = values.loc[is_total, [*_TABLE, "value_high"]].set_index(number[is_total])
    details = values[(values["breakdown"] != "total") & number.isin(totals.index)]
    findings = []
    for breakdown, table in details.groupby("breakdown"):
        sums = _without_subgroups(table, str(breakdown).split("+")).groupby(number)["value_low"].sum()
        comparison = totals.assign(low=sums)
        is_above = comparison["low"] > comparison["value_high"]
        for above in comparison[is_above].sort_index().itertuples() if is_above.any() else ():
            label = f"{above.reporting_country} · {above.measure} · {above.period_start:%Y-%m} · {breakdown}"
            sums_to, total_text = f"{above.low:,.0f}", f"{above.value_high:,.0f}"
            findings.append(
                Finding("breakdown_above_total", column_name=label, value=sums_to, expected=total_text)
            )
    return findings


def _without_subgroups(table: pd.DataFrame, dimensions: list[str]) -> pd.DataFrame:
    """Remove rows whose wider group is in the table, too: their persons are counted there."""
    for name in dimensions:
        if name in codelists.names():
            wider = table[name].map({c.code: c.parent for c in codelists.codelist(name).values()})
            key = [*_TABLE, *dimensions]
            rows, groups = pd.MultiIndex.from_frame(table.assign(**{name: wider})[key]), table[key]
            table = table[~rows.isin(pd.MultiIndex.from_frame(groups))]
    return table


def _other_is_unknown(values: pd.DataFrame) -> list[Finding]:
    """Report persons of another sex that are as many as those of unknown sex: a group reported twice."""
    if not (values["sex"] == OTHER).any():
        return []
    exact = values[_is_exact(values)]
    other_sex = exact[(exact["sex"] == OTHER) & (exact["breakdown"] == "sex")]
    unknown_sex = exact[
        (exact["sex"] == UNKNOWN)
        & exact["age_group"].isin([TOTAL, UNKNOWN])
        & exact["breakdown"].isin(["sex", "age_group+sex"])
    ]
    matches = other_sex.merge(unknown_sex, on=[*_TABLE, "value_low"])[
        [*_TABLE, "value_low"]
    ].drop_duplicates()
    return [
        Finding("other_equals_unknown", column_name=_where(row), value=f"{row.value_low:.12g}")
        for row in matches.itertuples(index=False)
    ]


def _other_is_foreigners(values: pd.DataFrame) -> list[Finding]:
    """Report other nationalities that are as many as all named foreigners: a subtotal among its parts."""
    table = values[values["breakdown"] == "citizenship"]
    series = table["citizenship"]
    is_named = ~series.isin([OTHER, UNKNOWN, TOTAL, NOT_APPLICABLE]) & (series != table["reporting_country"])
    return _others_like(table, "citizenship", (is_named,), "other_equals_foreigners")


def _other_is_all_sexes(values: pd.DataFrame) -> list[Finding]:
    """Report persons of another sex that are as many as women and men, or as all others."""
    table = values[values["breakdown"].str.split("+").map(lambda names: "sex" in names)]
    is_named, is_rest = ~table["sex"].isin([OTHER, UNKNOWN, TOTAL]), ~table["sex"].isin([OTHER, TOTAL])
    return _others_like(table, "sex", (is_named, is_rest), "other_equals_sexes")


def _others_like(table: pd.DataFrame, name: str, parts: Iterable[pd.Series], rule: str) -> list[Finding]:
    """Report the residual category where it is, in all cells of a period, the sum of these parts."""
    if not (table[name] == OTHER).any():
        return []
    exact = table["value_low"] == table["value_high"]
    cell = ["breakdown", *_TABLE, *(d.name for d in DIMENSIONS if d.name != name)]
    others = table[exact & (table[name] == OTHER)].set_index(cell)["value_low"].rename("other")
    where_found: dict[str, Finding] = {}
    for is_part in parts:
        sums = table[exact & is_part].groupby(cell)["value_low"].agg(["sum", "size"])
        pairs = sums.join(others, how="inner").query("other > 0").reset_index()
        pairs["is_sum"] = (pairs["other"] == pairs["sum"]) & (pairs["size"] > 1)
        is_table_of_sums = pairs.groupby(["breakdown", *_TABLE])["is_sum"].transform("all")
        for (measure, country), rows in pairs[is_table_of_sums].groupby(["measure", "reporting_country"]):
            if float(np.log10(rows["other"]).sum()) >= LEAST_SUM_POWER:
                where = f"{country} · {measure}"
                value = f"{rows['other'].max():.12g}"
                where_found.setdefault(where, Finding(rule, column_name=where, value=value))
    return list(where_found.values())


LEAST_SUM_POWER = 1.3
"""Power of ten from which a sum hardly equals its parts by chance: a single value of twenty."""


def _is_exact(values: pd.DataFrame) -> pd.Series:
    """Mark values that are a single number, and too large to equal another by chance."""
    return (values["value_low"] == values["value_high"]) & (values["value_low"] >= LEAST_SIGNIFICANT)


def _where(row: Any) -> str:
    return f"{row.reporting_country} · {row.measure} · {name_of_period(row.period_start, row.frequency)}"


def _same_across_units(values: pd.DataFrame) -> list[Finding]:
    """Report totals of a country and period that are equal though they count different things.

    Examples are persons and cases, or persons at two stages. If the first is part of the second, all may
    belong to the part (as core.totals has it).
    """
    if values["measure"].nunique() < 2:
        return []
    totals = values[_is_exact(values) & (values["breakdown"] == "total")]
    findings = []
    key: Any
    for key, equal_totals in totals.groupby(["reporting_country", "period_start", "frequency", "value_low"]):
        country, start, frequency, value = key
        if unrelated_measures := _unrelated_measures(set(equal_totals["measure"])):
            where = f"{country} · {name_of_period(start, frequency)}"
            number, measures = f"{value:.12g}", ", ".join(unrelated_measures)
            findings.append(
                Finding("same_value_across_units", column_name=where, value=number, expected=measures)
            )
    return findings


def _unrelated_measures(measures: set[str]) -> list[str]:
    """Return the measures that have a counterpart which is neither their whole nor a part of them."""
    measure_list = codelists.codelist("measure")
    related = {frozenset((name, measure_list[name].attributes["part_of"])) for name in measures}
    return sorted({a for a in measures for b in measures if a != b and frozenset((a, b)) not in related})


LEAST_SHARE, FEWEST_TABLES = 0.05, 20
"""With at least FEWEST_TABLES tables, totals in less than LEAST_SHARE of them are hardly intended."""


def _totals_in_few(values: pd.DataFrame) -> list[Finding]:
    """Report values that are not broken down by a dimension, while nearly all values like them are.

    This happens if a cell was left blank by mistake: a part looks like the total of its table.
    """
    findings = []
    for name in (d.name for d in DIMENSIONS if d.default == TOTAL and values[d.name].nunique() > 1):
        is_total = (values[name] == TOTAL).to_numpy()
        if not is_total.any() or len(values) - is_total.sum() < FEWEST_TABLES:
            continue
        table = pd.util.hash_pandas_object(values[[k for k in OBSERVATION_KEY if k != name]], index=False)
        detailed_tables = set(table[~is_total])
        has_details = [t in detailed_tables for t in table[is_total]]
        if len(detailed_tables) >= FEWEST_TABLES and 0 < sum(has_details) < LEAST_SHARE * len(
            detailed_tables
        ):
            total_count, table_count = str(sum(has_details)), str(len(detailed_tables))
            findings.append(
                Finding("totals_in_few", column_name=name, value=total_count, expected=table_count)
            )
    return findings


def missing_complete_table(values: pd.DataFrame, complete: Sequence[str]) -> list[Finding]:
    """Report that the submission has no row of a table that covers all persons according to the card."""
    if not complete or values.empty or values["breakdown"].isin([*complete, "total"]).any():
        return []
    return [Finding("complete_table_absent", expected=" / ".join(complete))]


def _counterparts_without_role(values: pd.DataFrame) -> list[Finding]:
    """Report other countries whose relation to the counted persons is not given."""
    has_country = ~values["counterpart_country"].isin([NOT_APPLICABLE, TOTAL])
    number = int((has_country & (values["counterpart_role"] == NOT_APPLICABLE)).sum())
    return [Finding("counterpart_without_role", value=str(number))] if number else []
