"""Explanation of one figure of a release: value, what it counts, doubts, change, outlook, source cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from schemas import periods
from schemas.code_names import code_name, name_in_list
from schemas.codelists import NOT_APPLICABLE, TOTAL, find
from schemas.tables import OBSERVATION_KEY, SLICES
from schemas.words import InvalidValue, contract_language, say
from warehouse.build.statistics.rows import frame_rows
from warehouse.reading import arguments, cells, frames
from warehouse.reading.arguments import CITIZENSHIP, ORIGIN, NoData
from warehouse.reading.certificates import certificate_of
from warehouse.reading.frames import FigureRow
from warehouse.reading.rows import row_dicts, text

if TYPE_CHECKING:
    import pandas as pd

    from schemas.tables.rows import RevisionOutlookRow

CELLS_SHOWN = 10
"""How many source cells the text of an explanation lists; `cells` has all."""


@dataclass(frozen=True)
class Cell:
    """A source cell of a figure: submission, day of receipt, SHA-256 of the file, place, received text."""

    submission: str
    received_on: date
    sha256: str
    sheet: str | None
    cell: str
    value_text: str


@dataclass(frozen=True)
class Explanation:
    """All that a release states about one figure, in a language. `str()` is the text for people.

    `low` and `high` are the bounds (NaN: not stated as a number, infinite: unknown); the texts are empty if
    the release states nothing. `joint` is what the other tables of the country and year force;
    `change` and `may_say` compare two windows, `verdict` is that of the test.
    """

    title: str
    value: str
    low: float
    high: float
    unit: str
    members: str
    counts: str
    evidence: str
    warnings: str
    joint: str
    caveat: str
    verdict: str
    change: str
    may_say: str
    alert: str
    outlook: str
    citation: str
    release: str
    cells: tuple[Cell, ...]
    lang: str

    def __str__(self) -> str:
        """Return the title with the value, a line for each text, and the first source cells."""
        lines = [f"{self.title}: {self.value}"]
        for name in _TEXTS:
            if sentence := getattr(self, name):
                lines.append(f"{say(f'explain.{name}', self.lang)}: {sentence}")
        if self.cells:
            lines.append(say("explain.cells", self.lang, n=len(self.cells)))
        lines += [f"  {_cell_text(cell, self.lang)}" for cell in self.cells[:CELLS_SHOWN]]
        if (rest := len(self.cells) - CELLS_SHOWN) > 0:
            lines.append(f"  {say('explain.more_cells', self.lang, n=rest)}")
        return "\n".join(lines)


_TEXTS = (
    "members", "counts", "evidence", "warnings", "joint", "caveat", "verdict", "change", "may_say", "alert",
    "outlook", "citation", "release",
)  # fmt: skip
"""Texts of an explanation, in the order in which they are printed."""


def explain(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    indicator: str,
    country: str,
    period: int | str,
    *,
    by: Mapping[str, str],
    collection: str | None,
) -> Explanation:
    """Return the explanation of a figure. `by` is its breakdown, as `{"sex": "F"}`.

    Raises NoData if there is no such figure, and InvalidValue if the breakdown leaves several.
    """
    frame = figure_rows(db, lang, indicator, country, period, by=by, collection=collection)
    return explain_figure(db, lang, frame)


def explain_figure(db: duckdb.DuckDBPyConnection, lang: str, frame: pd.DataFrame) -> Explanation:
    """Return the explanation of the figure of `figure_rows`. Raises InvalidValue if there are several."""
    if len(frame) > 1:
        raise InvalidValue("home.several_figures", n=len(frame), details=_open_details(frame))
    row: FigureRow = frame_rows(frame)[0]
    cell_rows = cells.received_values(db, row)
    context = _series_texts(db, lang, row)
    return Explanation(
        title=_title(frame.attrs["title"], row, lang),
        value=row["value"],
        low=float(row["value_low"]),
        high=float(row["value_high"]),
        unit=row["unit"],
        members=", ".join(_country_name(code, lang) for code in text(row["members"]).split()),
        **_passport_texts(db, row, lang),
        warnings=text(row["warnings"]),
        joint=_joint_text(db, row, lang),
        caveat=frame.attrs["caveat"],
        **context,
        outlook=_outlook_text(db, lang, row, cell_rows),
        citation=" ".join(frame.attrs["citation"]),
        release=say("explain.release_of", lang, release=frame.attrs["release"], day=frame.attrs["as_of"]),
        cells=tuple(_cell(values) for values in cell_rows.to_dict("records")),
        lang=lang,
    )


# ---- the figure ------------------------------------------------------------------------------------


def figure_rows(
    db: duckdb.DuckDBPyConnection,
    lang: str,
    indicator: str,
    country: str,
    period: int | str | None,
    *,
    by: Mapping[str, str],
    collection: str | None,
) -> pd.DataFrame:
    """Return the figures of a country and period, a row each, with the `attrs` of their frame.

    If `period` is None, of the newest year. A dimension of `by` without a code is not selected by. Raises
    NoData if there is no such figure.
    """
    label = str(period or "")
    frame = frames.values(
        db,
        lang,
        indicator,
        countries=country,
        since=None,
        by=list(by),
        source=frames.ALL if collection else frames.PREFERRED,
        frequency=frequency_of(label),
    )
    if collection:
        arguments.check_choice(collection, sorted(set(frame["collection"])) or [collection], "collection")
        frame = frame[frame["collection"] == collection]
    for name, value in [(name, value) for name, value in by.items() if value]:
        column = arguments.dimension_of(name)
        code = code_of(column, value, lang)
        frame = frame[frame[column] == arguments.check_choice(code, sorted(set(frame[column])), name)]
    if period is None and not frame.empty:
        label = frame["period"].iloc[-1]
    rows = frame[is_of_period(frame, label)]
    if rows.empty:
        raise _no_figure(frame, country, label, lang)
    rows.attrs = frame.attrs
    return rows


def is_of_period(frame: pd.DataFrame, label: str) -> pd.Series:
    """Return which rows are of a period, given by its label or its year."""
    return (frame["period"] == label) | (frame["year"].astype(str) == label)


def frequency_of(label: str) -> str:
    """Return the frequency of a period; several years are annual."""
    period = periods.read(label)
    return period.frequency if period else "A"


def code_of(column: str, value: str, lang: str) -> str:
    """Return the code that a name or code means; the value itself if the list has none."""
    if column == CITIZENSHIP:
        return arguments.origin_codes(value, lang)[0]
    return find(column, value) or value


def _no_figure(frame: pd.DataFrame, country: str, period: str, lang: str) -> NoData:
    ends = [] if frame.empty else [frame["period"].iloc[0], frame["period"].iloc[-1]]
    facts = {"what": frame.attrs["title"], "country": country, "period": period}
    return NoData("home.no_figure", **facts, known=" – ".join(dict.fromkeys(ends)) or "—")


def _open_details(rows: pd.DataFrame) -> str:
    """Return the columns by which rows of one period differ, with their codes."""
    columns = [name for name in (*SLICES, ORIGIN, "collection", "measure") if name in rows]
    codes = {name: sorted(set(rows[name])) for name in columns}
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in codes.items() if len(values) > 1)


def _title(indicator: str, row: Mapping[str, object], lang: str) -> str:
    from warehouse.statements.sentences import subject

    return f"{subject(row, lang, indicator)}, {row['period']}"


def _country_name(code: str, lang: str) -> str:
    return code_name("grouping", "country", code, lang)


# ---- the series ------------------------------------------------------------------------------------


def _parameters(row: Mapping[str, object]) -> dict[str, object]:
    columns = ("indicator", "measure", "reporting_country", "collection", "period_start", "denominator_basis")
    details = {name: row.get(name, TOTAL) for name in (*SLICES, ORIGIN)}
    return {name: row[name] for name in columns} | details


_SERIES = " AND ".join(f"{name} = ${name}" for name in ("measure", "reporting_country", *SLICES, ORIGIN))
_BREAK = """
    break_id = (
        SELECT any_value(break_id) FROM baseline.indicator_values
        WHERE indicator = $indicator AND measure = $measure AND reporting_country = $reporting_country
          AND collection = $collection AND period_start = $period_start
    )
"""
_TREND = f"""
    SELECT sentence_{{lang}} AS verdict FROM analysis.trends
    WHERE {_SERIES} AND indicator = $indicator AND denominator_basis = $denominator_basis
      AND (collection = $collection OR panel = 'fixed') AND frequency = 'A' AND {_BREAK}
    ORDER BY pooled_years, class_level = 'parent' DESC LIMIT 1
"""
_CHANGE = f"""
    SELECT sentence_{{lang}} AS change, answer_{{lang}} AS may_say FROM analysis.changes
    WHERE {_SERIES} AND indicator = $indicator AND is_first
      AND (collection = $collection OR panel = 'fixed') AND {_BREAK}
    ORDER BY class_level = 'parent' DESC LIMIT 1
"""
_TWELVE_MONTHS = f"""
    SELECT sentence_{{lang}} AS change, answer_{{lang}} AS may_say FROM analysis.changes
    WHERE {_SERIES} AND comparison = 'twelve_months' AND collection = $collection LIMIT 1
"""
_ALERT = """
    SELECT sentence_{lang} AS alert FROM analysis.monthly
    WHERE measure = $measure AND reporting_country = $reporting_country AND collection = $collection
      AND origin_class = $origin_class AND citizenship = $citizenship AND period_start = $period_start
    LIMIT 1
"""


def _series_texts(db: duckdb.DuckDBPyConnection, lang: str, row: FigureRow) -> dict[str, str]:
    """Return verdict, change, its answer and the alert of the figure's series; empty where there is none."""
    parameters = _parameters(row)
    texts = dict.fromkeys(("verdict", "change", "may_say", "alert"), "")
    for query in (_TREND, _CHANGE) if frequency_of(row["period"]) == "A" else (_TWELVE_MONTHS, _ALERT):
        sql = query.format(lang=contract_language(lang))
        of_sql = {name: value for name, value in parameters.items() if f"${name}" in sql}
        for answer in row_dicts(db.execute(sql, of_sql)):
            texts |= {name: text(sentence) for name, sentence in answer.items()}
    return texts


def _passport_texts(db: duckdb.DuckDBPyConnection, row: FigureRow, lang: str) -> dict[str, str]:
    """Return what the series counts and who counts it, and the evidence. Empty for a sum of series."""
    sql = f"""
        SELECT authority, what_{contract_language(lang)} AS content, source FROM registry.series
        WHERE collection = $1 AND reporting_country = $2 AND measure = $3
          AND $4 BETWEEN valid_from AND coalesce(valid_to, $4)
    """
    key = [row["collection"], row["reporting_country"], row["measure"], row["period_start"]]
    passports = row_dicts(db.execute(sql, key))
    counts = [text(row["series"])]
    for passport in passports:
        authority, content = passport["authority"], passport["content"]
        counts.append(say("series.by", lang, authority=authority) if authority else "")
        counts.append(f"{content.rstrip('.')}." if content else "")
    evidence = [passport["source"] for passport in passports]
    return {"counts": " ".join(filter(None, counts)), "evidence": " ".join(filter(None, evidence))}


def _joint_text(db: duckdb.DuckDBPyConnection, row: FigureRow, lang: str) -> str:
    """Return the certificate of a count that other tables narrow or contradict; empty for other figures."""
    if row["denominator_basis"] != NOT_APPLICABLE:  # a share or rate of the same cell
        return ""
    return str(certificate_of(db, lang, row) or "")


# ---- outlook and cells -----------------------------------------------------------------------------

_STATE_KEY = ", ".join(
    dict.fromkeys(("collection", "breakdown", "period_start", "frequency", *OBSERVATION_KEY))
)
_STATES = f"""
    SELECT r.state, count(*) AS values, list(DISTINCT r.age_months) AS ages
    FROM core.current AS o JOIN analysis.revision_states AS r USING ({_STATE_KEY})
    WHERE list_contains($1, o.observation)
    GROUP BY r.state ORDER BY r.state
"""
_OUTLOOKS = """
    SELECT l.*, c.title_{lang} AS title
    FROM analysis.revision_outlook AS l JOIN registry.collections AS c USING (collection)
    WHERE list_contains($1, l.collection) AND l.measure = $2 ORDER BY l.collection, l.frequency, l.age_from
"""


def _outlook_text(db: duckdb.DuckDBPyConnection, lang: str, row: FigureRow, cell_rows: pd.DataFrame) -> str:
    """Return how many values behind the figure still change, and how much values of their age do."""
    from warehouse.statements.outlook_sentences import outlook_sentences

    states = row_dicts(db.execute(_STATES, [cell_rows["observation"].tolist()]))
    sql = _OUTLOOKS.format(lang=contract_language(lang))
    outlooks = row_dicts(db.execute(sql, [row["collection"].split(), row["measure"]]))
    if not states:
        reasons = {name_in_list("outlook_reason", o["why_not"], lang) for o in outlooks if o["why_not"]}
        return say("outlook.unknown", lang, reason="; ".join(sorted(reasons))) if reasons else ""
    all_values = sum(state["values"] for state in states)
    texts = [
        say(
            "outlook.values",
            lang,
            state=name_in_list("revision_state", state["state"], lang),
            n=state["values"],
            all=all_values,
        )
        for state in states
    ]
    ages = [age for state in states for age in state["ages"]]
    texts += [outlook_sentences(o, lang, title=o["title"]) for o in outlooks if _holds_an_age(o, ages)]
    return " ".join(texts)


def _holds_an_age(outlook: RevisionOutlookRow, ages: Sequence[int]) -> bool:
    """Return whether an outlook is stated and has one of the ages, in months."""
    last = outlook["age_to"]
    return outlook["why_not"] is None and any(
        outlook["age_from"] <= age and (last is None or age <= last) for age in ages
    )


def _cell(values: Mapping[Any, Any]) -> Cell:
    return Cell(
        submission=values["submission"],
        received_on=values["received_on"].date(),
        sha256=values["sha256"],
        sheet=values["sheet"],
        cell=values["cell"],
        value_text=values["value_text"],
    )


def _cell_text(cell: Cell, lang: str) -> str:
    location = f"{cell.sheet}!{cell.cell}" if cell.sheet else cell.cell
    facts = {"submission": cell.submission, "received": cell.received_on, "cell": location}
    return say("explain.cell", lang, **facts, value=cell.value_text)
