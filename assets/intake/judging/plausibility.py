"""What figures say against each other within one submission: values that look like something else, periods
that are missing or counted twice, one number told as two. Says, and mends nothing; rows are judged elsewhere.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from assets.intake.reading.rounds import FEWEST_ORDERS
from schemas import codelists
from schemas.codelists import NOT_APPLICABLE, OTHER, TOTAL, UNKNOWN
from schemas.findings import Finding
from schemas.flags import add_flag
from schemas.intervals import in_words
from schemas.periods import MONTHS_IN, add_months
from schemas.tables import DIMENSIONS, KEY

_SERIES = ["measure", "reporting_country", "breakdown"]
LARGE, TIMES = 1_000, 100
"""A value of so much, and so many times every other value of its series, is out of proportion."""
NO_CHANCE = 10
"""From so many on, two equal numbers are hardly chance (STATISTICS, section 2)."""


def suspects(lines: pd.DataFrame, parts: pd.Series) -> dict[str, pd.Series]:
    """By rule, the accepted lines whose value may be something else than a count.

    A year is that of the period or one beside it: a form of one year asks about the year before, and a
    fiscal year has two. Of `parts`, cells that are added up to figures, some equal it by chance.
    """
    year = pd.to_datetime(lines["period_start"]).dt.year
    value, exact = lines["value_low"], lines["value_low"] == lines["value_high"]
    return {
        "value_equals_year": exact & ~parts & ((value - year).abs() <= 1),
        "value_ends_in_year": exact & ~parts & (value >= 10_000) & ((value % 10_000 - year).abs() <= 1),
        "value_out_of_proportion": exact & (value >= LARGE) & _out_of_proportion(lines),
    }


def _out_of_proportion(lines: pd.DataFrame) -> pd.Series:
    """Lines TIMES as large as every other of their series, of which there must be two."""
    here = pd.Series(False, index=lines.index)
    if not (lines["value_low"] >= LARGE).any():
        return here
    series = pd.util.hash_pandas_object(lines[[k for k in KEY if k != "period_start"]], index=False)
    high = lines["value_high"].fillna(np.inf)
    tops = high.groupby(series).idxmax()
    others = high.drop(tops).groupby(series).agg(["max", "size"])
    known = tops[others.index[others["size"] >= 2]]
    largest = others.loc[known.index, "max"].to_numpy()
    here.loc[known[lines.loc[known, "value_low"].to_numpy() >= TIMES * largest]] = True
    return here


_REMARKED = (*KEY, "breakdown", "period_end", "value_low", "value_high")
"""What of a figure is remarked on."""


def remarks(observed: pd.DataFrame) -> list[Finding]:
    """What is odd about the harmonised figures of a submission taken together."""
    observed = observed[list(_REMARKED)]
    return [
        *_above_total(observed),
        *_missing_periods(observed),
        *_overlaps(observed),
        *_running_totals(observed),
        *_all_round(observed),
        *_other_is_unknown(observed),
        *_same_across_units(observed),
        *_totals_in_few(observed),
        *_counterparts_without_role(observed),
    ]


def _label(start: pd.Timestamp, frequency: str) -> str:
    months = MONTHS_IN[frequency]
    last = add_months(start, months - 1)
    return {"A": f"{last:%Y}", "Q": f"{start:%Y}-Q{(start.month + 2) // 3}"}.get(frequency, f"{start:%Y-%m}")


def _missing_periods(observed: pd.DataFrame) -> list[Finding]:
    """Months and quarters between the first and the last of a series for which nothing was sent."""
    series = ["measure", "reporting_country", "frequency"]
    within_years = observed.loc[observed["frequency"] != "A", [*series, "period_start"]].drop_duplicates()
    starts: dict[tuple, set] = {}
    for *names, start in within_years.itertuples(index=False):
        starts.setdefault(tuple(names), set()).add(start)
    findings = []
    for (measure, country, frequency), sent in sorted(starts.items()):
        missing = []
        day, last = min(sent), max(sent)
        while day < last:
            if day not in sent:
                missing.append(_label(day, frequency))
            day = add_months(day, MONTHS_IN[frequency])
        if missing:
            value = ", ".join(missing)
            findings.append(Finding("periods_missing", column_name=f"{country} · {measure}", value=value))
    return findings


def _overlaps(observed: pd.DataFrame) -> list[Finding]:
    """Periods that stand in one series beside parts of themselves."""
    if observed["frequency"].nunique() < 2:
        return []
    spans = observed[[*_SERIES, "frequency", "period_start", "period_end"]].drop_duplicates()
    longer, shorter = spans[spans["frequency"] != "M"], spans[spans["frequency"] != "A"]
    pairs = longer.merge(shorter, on=_SERIES, suffixes=("", "_part"))
    pairs = pairs[_is_part_of(pairs)]
    findings = []
    place: Any
    for place, parts in pairs.groupby([*_SERIES, "period_start", "frequency"]):
        measure, country, breakdown, start, frequency = place
        within = [_label(*p) for p in zip(parts["period_start_part"], parts["frequency_part"], strict=True)]
        where = f"{country} · {measure} · {breakdown}"
        value, expected = _label(start, frequency), ", ".join(sorted(within))
        findings.append(Finding("overlapping_periods", column_name=where, value=value, expected=expected))
    return findings


def _running_totals(observed: pd.DataFrame) -> list[Finding]:
    """Months or quarters that never fall within a year and begin anew with the next, as sums to date do."""
    shorter = observed[(observed["frequency"] != "A") & observed["measure"].isin(_summable())]
    findings = []
    place: Any
    for place, rows in shorter.groupby(["reporting_country", "measure", "frequency"]):
        whole = rows[rows["breakdown"] == "total"]
        of_one = whole if len(whole) else rows[rows["breakdown"] == rows["breakdown"].iloc[0]]
        starts = pd.to_datetime(of_one["period_start"])
        values = of_one["value_low"].groupby(starts.to_numpy()).sum()
        began = pd.DatetimeIndex(values.index).year
        years = [year.to_numpy() for _, year in values.groupby(began)]
        if len(years) > 1 and _never_fall(years) and all(b[0] < a[-1] for a, b in itertools.pairwise(years)):
            country, measure, _ = place
            said = f"{began.min()}–{began.max()}"
            findings.append(Finding("running_totals", column_name=f"{country} · {measure}", value=said))
    return findings


def _never_fall(years: list[Any]) -> bool:
    """Whether no figure of a year is less than the one before, and few of its other orders would be so."""
    orders = math.prod(math.factorial(len(np.unique(year))) for year in years)
    return orders >= FEWEST_ORDERS and all((np.diff(year) >= 0).all() for year in years)


ROUND = (1_000, 100, 10, 5)
FEWEST_ROUND = 6
"""Of so many different numbers all are multiples of ten by chance once in a million times."""


def _all_round(observed: pd.DataFrame) -> list[Finding]:
    """Measures whose exact figures are all multiples of a round number: rounded, or with a zero too many."""
    exact = observed["value_low"] == observed["value_high"]
    counted = observed[exact & (observed["value_low"] != 0) & observed["measure"].isin(_summable())]
    findings = []
    for measure, values in counted.groupby("measure")["value_low"]:
        numbers = values.unique()
        step = next((step for step in ROUND if (numbers % step == 0).all()), 1)
        if len(numbers) >= FEWEST_ROUND and step ** len(numbers) >= 10**FEWEST_ROUND:
            findings.append(Finding("values_all_round", column_name=str(measure), value=str(step)))
    return findings


_IN_A_SERIES = [name for name in KEY if name not in ("period_start", "frequency")]


def within_total(observed: pd.DataFrame) -> pd.DataFrame:
    """Sums of repeated keys held against the total: what it forbids is none.

    Rows that are one group under several labels may be told again among each other. Such a sum then runs
    from the largest of its rows to what the total leaves beside the other rows of its table; where that is
    less than the largest, it stays. Both are flagged.
    """
    added_up = observed["largest"].notna()
    if not added_up.any():
        return observed
    place = [*_TABLE, "breakdown"]
    total = observed[observed["breakdown"] == "total"].drop_duplicates(_TABLE)
    most = total.set_index(_TABLE)["value_high"].rename("total")
    room = observed[_TABLE].join(most, on=_TABLE)["total"] - (
        observed.groupby(place)["value_low"].transform("sum") - observed["value_low"]
    )
    forbidden = added_up & (observed["value_low"] > room)
    here = forbidden & (observed["largest"] <= room)
    low = observed["value_low"].mask(here, observed["largest"])
    flags = observed["flag"].where(
        ~forbidden, observed["flag"].fillna("").map(lambda f: add_flag(f, "repeats_exceed_total"))
    )
    return observed.assign(value_low=low, value_high=observed["value_high"].mask(here, room), flag=flags)


def held_against_parts(observed: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Years and quarters that are not the sum of their months: flagged, as are those months, and said."""
    if observed["frequency"].nunique() < 2:
        return observed, []
    compared = [*_IN_A_SERIES, "frequency", "period_start", "period_end", "value_low", "value_high"]
    figures = observed.loc[observed["measure"].isin(_summable()), compared].reset_index()
    wholes, parts = figures[figures["frequency"] != "M"], figures[figures["frequency"] != "A"]
    pairs = wholes.merge(parts, on=_IN_A_SERIES, suffixes=("", "_part"))
    pairs = pairs[_is_part_of(pairs)]
    doubted: set[int] = set()
    findings = []
    for _, parts in pairs.groupby(["index", "frequency_part"]):
        whole = parts.iloc[0]
        low, high = parts["value_low_part"].sum(), parts["value_high_part"].fillna(np.inf).sum()
        most = np.inf if pd.isna(whole["value_high"]) else whole["value_high"]
        all_there = len(parts) == MONTHS_IN[whole["frequency"]] // MONTHS_IN[whole["frequency_part"]]
        if low > most or (all_there and high < whole["value_low"]):
            doubted |= {whole["index"], *parts["index_part"]}
            findings.append(_parts_differ(whole, low, high))
    here = observed.index.isin(doubted)
    flags = observed["flag"].copy()
    flags[here] = [add_flag(flag, "parts_differ") for flag in flags[here].fillna("")]
    return observed.assign(flag=flags), findings


def _parts_differ(whole: pd.Series, low: float, high: float) -> Finding:
    names = ("reporting_country", "measure", *(d.name for d in DIMENSIONS))
    said = [whole[name] for name in names if whole[name] not in (TOTAL, NOT_APPLICABLE)]
    period = _label(whole["period_start"], whole["frequency"])
    value = f"{period} ({in_words(whole['value_low'], whole['value_high'])})"
    return Finding("parts_differ", column_name=" · ".join(said), value=value, expected=in_words(low, high))


def _is_part_of(pairs: pd.DataFrame) -> pd.Series:
    """Where the period of the second lies within that of the first, and is shorter."""
    shorter = pairs["frequency_part"].map(MONTHS_IN) < pairs["frequency"].map(MONTHS_IN)
    later = pairs["period_start_part"] >= pairs["period_start"]
    return shorter & later & (pairs["period_end_part"] <= pairs["period_end"])


def _summable() -> list[str]:
    """The measures of which parts may be added up: counts, not rates."""
    measures = codelists.codelist("measure").values()
    return [m.code for m in measures if m.attributes["summable"] == "true"]


_TABLE = ["measure", "reporting_country", "period_start", "frequency"]


def _above_total(observed: pd.DataFrame) -> list[Finding]:
    """Tables, of one dimension or several, that surely add up to more than the total sent with them."""
    is_total = (observed["breakdown"] == "total") & observed["measure"].isin(_summable())
    if not is_total.any():
        return []
    number = observed.groupby(_TABLE).ngroup()
    totals = observed.loc[is_total, [*_TABLE, "value_high"]].set_index(number[is_total])
    details = observed[(observed["breakdown"] != "total") & number.isin(totals.index)]
    findings = []
    for breakdown, table in details.groupby("breakdown"):
        sums = _without_subgroups(table, str(breakdown).split("+")).groupby(number)["value_low"].sum()
        compared = totals.assign(low=sums)
        is_above = compared["low"] > compared["value_high"]
        for above in compared[is_above].sort_index().itertuples() if is_above.any() else ():
            place = f"{above.reporting_country} · {above.measure} · {above.period_start:%Y-%m} · {breakdown}"
            sums_to, stated = f"{above.low:,.0f}", f"{above.value_high:,.0f}"
            findings.append(
                Finding("breakdown_above_total", column_name=place, value=sums_to, expected=stated)
            )
    return findings


def _without_subgroups(table: pd.DataFrame, dimensions: list[str]) -> pd.DataFrame:
    """The table without rows whose wider group stands in it too: their persons are counted there."""
    for name in dimensions:
        if name in codelists.names():
            wider = table[name].map({c.code: c.parent for c in codelists.codelist(name).values()})
            key = [*_TABLE, *dimensions]
            rows, groups = pd.MultiIndex.from_frame(table.assign(**{name: wider})[key]), table[key]
            table = table[~rows.isin(pd.MultiIndex.from_frame(groups))]
    return table


def _other_is_unknown(observed: pd.DataFrame) -> list[Finding]:
    """Persons of another sex as many as those of unknown sex: one group told twice."""
    if not (observed["sex"] == OTHER).any():
        return []
    exact = observed[_is_exact(observed)]
    other = exact[(exact["sex"] == OTHER) & (exact["breakdown"] == "sex")]
    unknown = exact[
        (exact["sex"] == UNKNOWN)
        & exact["age_group"].isin([TOTAL, UNKNOWN])
        & exact["breakdown"].isin(["sex", "age_group+sex"])
    ]
    same = other.merge(unknown, on=[*_TABLE, "value_low"])[[*_TABLE, "value_low"]].drop_duplicates()
    return [
        Finding("other_equals_unknown", column_name=_where(row), value=f"{row.value_low:.12g}")
        for row in same.itertuples(index=False)
    ]


def _is_exact(observed: pd.DataFrame) -> pd.Series:
    """The figures that are one number, and too large to equal another by chance."""
    return (observed["value_low"] == observed["value_high"]) & (observed["value_low"] >= NO_CHANCE)


def _where(row: Any) -> str:
    return f"{row.reporting_country} · {row.measure} · {_label(row.period_start, row.frequency)}"


def _same_across_units(observed: pd.DataFrame) -> list[Finding]:
    """Totals of one country and period that are one number, though they count different things.

    Persons and cases, or persons at two stages; but all may be of a part (as core.totals has it).
    """
    if observed["measure"].nunique() < 2:
        return []
    totals = observed[_is_exact(observed) & (observed["breakdown"] == "total")]
    findings = []
    place: Any
    for place, same in totals.groupby(["reporting_country", "period_start", "frequency", "value_low"]):
        country, start, frequency, value = place
        if alike := _not_of_one_another(set(same["measure"])):
            where = f"{country} · {_label(start, frequency)}"
            number, measures = f"{value:.12g}", ", ".join(alike)
            findings.append(
                Finding("same_value_across_units", column_name=where, value=number, expected=measures)
            )
    return findings


def _not_of_one_another(measures: set[str]) -> list[str]:
    """The measures beside another that is neither their whole nor a part of them."""
    listed = codelists.codelist("measure")
    related = {frozenset((name, listed[name].attributes["part_of"])) for name in measures}
    return sorted({a for a in measures for b in measures if a != b and frozenset((a, b)) not in related})


FEW, ENOUGH = 0.05, 20
"""Of so many tables, totals that stand in less than this share are hardly meant."""


def _totals_in_few(observed: pd.DataFrame) -> list[Finding]:
    """Values not broken down by a dimension that nearly all others like them are broken down by.

    A cell left blank by mistake reads so: a part that passes for the total of its table.
    """
    findings = []
    for name in (d.name for d in DIMENSIONS if d.default == TOTAL and observed[d.name].nunique() > 1):
        is_total = (observed[name] == TOTAL).to_numpy()
        if not is_total.any() or len(observed) - is_total.sum() < ENOUGH:
            continue
        table = pd.util.hash_pandas_object(observed[[k for k in KEY if k != name]], index=False)
        detailed = set(table[~is_total])
        beside = [t in detailed for t in table[is_total]]
        if len(detailed) >= ENOUGH and 0 < sum(beside) < FEW * len(detailed):
            n, of = str(sum(beside)), str(len(detailed))
            findings.append(Finding("totals_in_few", column_name=name, value=n, expected=of))
    return findings


def without_complete_table(observed: pd.DataFrame, complete: Sequence[str]) -> list[Finding]:
    """Tables in which everybody stands, as the card says, and of which the submission has no row."""
    if not complete or observed.empty or observed["breakdown"].isin([*complete, "total"]).any():
        return []
    return [Finding("complete_table_absent", expected=" / ".join(complete))]


def _counterparts_without_role(observed: pd.DataFrame) -> list[Finding]:
    """Other countries of which nothing says what they are to the persons counted."""
    given = ~observed["counterpart_country"].isin([NOT_APPLICABLE, TOTAL])
    number = int((given & (observed["counterpart_role"] == NOT_APPLICABLE)).sum())
    return [Finding("counterpart_without_role", value=str(number))] if number else []
