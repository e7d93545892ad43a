"""Sentences of monthly alerts in a language (Statistics §7.9), and the selection of new alerts."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from schemas.codelists import codelist
from schemas.tables import MONTHLY
from schemas.words import CONTRACT_LANGUAGES, number, say
from warehouse.build.statistics.months import GROWTH, SHIFT_DOWN, SHIFT_UP, SURGE
from warehouse.home import quote_path
from warehouse.statements.sentences import subject

if TYPE_CHECKING:
    from schemas.tables.rows import MonthlyRow

_SERIES = [column for column in MONTHLY.key if column != "period_start"]


def add_alert_sentences(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `analysis.monthly`; rows with an alert get its sentence in each language."""
    alerts = monthly[monthly["alert"].notna()]
    rows: list[Any] = [dict(zip(monthly.columns, row, strict=True)) for row in alerts.itertuples(index=False)]
    sentences = {
        f"sentence_{lang}": pd.Series(
            [alert_sentence(row, lang) for row in rows], index=alerts.index, dtype=object
        )
        for lang in CONTRACT_LANGUAGES
    }
    return monthly.assign(
        **{
            name: texts.reindex(monthly.index).where(monthly["alert"].notna(), None)
            for name, texts in sentences.items()
        }
    )


def alert_sentence(row: MonthlyRow, lang: str) -> str:
    """Return an alert with its evidence, for officers to copy, from the keys `monthly.…`."""
    facts = {
        "month": _month(row["period_start"]),
        "since": _month(row["surge_from"]),
        "unit": say(f"monthly.unit.{row['count_unit']}", lang),
        "value": _rounded_text(row["value_low"], lang),
        "expected": _rounded_text(row["expected"], lang),
        "above": _rounded_text(row["surge_above"], lang),
        "years": _rounded_text(row["years_compared"], lang),
        "before": _rounded_text(row["level_before"], lang),
        "after": _rounded_text(row["level_after"], lang),
        "growing_since": _month(row["growth_from"]),
        "growth_before": _rounded_text(row["growth_before"], lang),
        "growth_above": _whole_text(row["growth_above"], lang),
        "spreads": _tenths_text(row["growth_spreads"], lang),
    }
    alerts = str(row["alert"]).split("+")
    kinds = ["last_months" if alert == SURGE and not row["years_compared"] else alert for alert in alerts]
    series = subject(row, lang, codelist("measure")[row["measure"]].name(lang))
    sentences = [say(f"monthly.{kind}", lang, **facts) for kind in kinds]
    return " ".join([f"{series}.", *sentences, say("monthly.no_verdict", lang)])


def _month(day: object) -> str:
    return "" if pd.isna(day) else f"{pd.Timestamp(day):%Y-%m}"  # type: ignore[call-overload, arg-type]


def _whole_text(value: float | None, lang: str) -> str:
    """Return the largest whole number that is not above a bound; an error of the last digits moves none."""
    return "" if pd.isna(value) else number(math.floor(value + 1e-6), lang)


def _tenths_text(value: float | None, lang: str) -> str:
    return "" if pd.isna(value) else number(round(value, 1), lang)


def _rounded_text(value: float | None, lang: str) -> str:
    return "" if pd.isna(value) else number(round(value), lang)


_SAME_SERIES = " AND ".join(f"o.{column} = n.{column}" for column in _SERIES)
_NEW = f"""
    SELECT n.*
    FROM now.analysis.monthly AS n
    WHERE n.alert IS NOT NULL
      AND (   -- of consecutive months above the expected value only the last one counts
          list_has_any(string_split(n.alert, '+'), ['{SHIFT_UP}', '{SHIFT_DOWN}'])
          OR NOT EXISTS (SELECT 1 FROM now.analysis.monthly AS o WHERE {_SAME_SERIES}
                         AND (o.surge_from = n.surge_from OR o.growth_from = n.growth_from)
                         AND o.period_start > n.period_start)
      )
      AND NOT EXISTS (
          SELECT 1 FROM before.analysis.monthly AS o WHERE {_SAME_SERIES}
          AND ((o.period_start = n.period_start AND o.alert = n.alert)
               OR (n.alert = '{SURGE}' AND o.surge_from = n.surge_from)
               OR (n.alert IN ('{GROWTH}', '{SURGE}+{GROWTH}') AND o.growth_from = n.growth_from))
      )
    ORDER BY n.period_start DESC, n.origin_class <> '_T', n.citizenship <> '_T', n.value_low DESC,
        n.collection, n.origin_class, n.citizenship
"""


def new_alerts(file: Path, before: Path) -> list[MonthlyRow]:
    """Return the alerts of a release that the previous one did not have, the latest first.

    Empty if the previous release is too old to have alerts.
    """
    with duckdb.connect() as db:
        for name, path in (("now", file), ("before", before)):
            db.execute(f"ATTACH {quote_path(path)} AS {name} (READ_ONLY)")
        databases = db.execute(
            "SELECT DISTINCT database_name FROM duckdb_tables() WHERE table_name = 'monthly'"
        )
        if len(databases.fetchall()) < 2:
            return []
        try:
            frame = db.execute(_NEW).df()
        except duckdb.BinderException:  # an earlier version of the program made the previous release
            return []
    rows: list[Any] = [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]
    return rows
