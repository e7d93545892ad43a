"""What a monthly alert says, in a language (Statistics §7.9), and which alerts are new. No judging."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from schemas.codelists import codelist
from schemas.tables import MONTHLY
from schemas.words import CONTRACT, number, say
from warehouse.build.statistics.months import SHIFT_DOWN, SHIFT_UP, SURGE
from warehouse.home import quoted
from warehouse.statements.sentences import subject

_SERIES = [column for column in MONTHLY.key if column != "period_start"]


def with_alert_sentences(monthly: pd.DataFrame) -> pd.DataFrame:
    """Rows of `analysis.monthly`, those with an alert with what it says in the contract's languages."""
    said = monthly[monthly["alert"].notna()]
    rows = [dict(zip(monthly.columns, row, strict=True)) for row in said.itertuples(index=False)]
    sentences = {
        f"sentence_{lang}": pd.Series([sentence(row, lang) for row in rows], index=said.index, dtype=object)
        for lang in CONTRACT
    }
    return monthly.assign(
        **{
            name: told.reindex(monthly.index).where(monthly["alert"].notna(), None)
            for name, told in sentences.items()
        }
    )


def sentence(row: Mapping[str, Any], lang: str) -> str:
    """An alert with its evidence, as an officer may copy it: `monthly.…` in the language's file."""
    facts = {
        "month": _month(row["period_start"]),
        "since": _month(row["surge_from"]),
        "unit": say(f"monthly.unit.{row['count_unit']}", lang),
        "value": _rounded(row["value_low"], lang),
        "expected": _rounded(row["expected"], lang),
        "above": _rounded(row["surge_above"], lang),
        "years": _rounded(row["years_compared"], lang),
        "before": _rounded(row["level_before"], lang),
        "after": _rounded(row["level_after"], lang),
    }
    alerts = str(row["alert"]).split("+")
    kinds = ["last_months" if a == SURGE and not row["years_compared"] else a for a in alerts]
    of = subject(row, lang, codelist("measure")[row["measure"]].name(lang))
    told = [say(f"monthly.{kind}", lang, **facts) for kind in kinds]
    return " ".join([f"{of}.", *told, say("monthly.no_verdict", lang)])


def _month(day: object) -> str:
    return "" if pd.isna(day) else f"{pd.Timestamp(day):%Y-%m}"  # type: ignore[call-overload, arg-type]


def _rounded(value: float, lang: str) -> str:
    return "" if pd.isna(value) else number(round(value), lang)


_SAME = " AND ".join(f"o.{column} = n.{column}" for column in _SERIES)
_NEW = f"""
    SELECT n.*
    FROM now.analysis.monthly AS n
    WHERE n.alert IS NOT NULL
      AND (   -- of months in a row above what was expected the last one speaks
          list_has_any(string_split(n.alert, '+'), ['{SHIFT_UP}', '{SHIFT_DOWN}'])
          OR NOT EXISTS (SELECT 1 FROM now.analysis.monthly AS o WHERE {_SAME}
                         AND o.surge_from = n.surge_from AND o.period_start > n.period_start)
      )
      AND NOT EXISTS (
          SELECT 1 FROM before.analysis.monthly AS o WHERE {_SAME}
          AND ((o.period_start = n.period_start AND o.alert = n.alert)
               OR (n.alert = '{SURGE}' AND o.surge_from = n.surge_from))
      )
    ORDER BY n.period_start DESC, n.origin_class <> '_T', n.citizenship <> '_T', n.value_low DESC,
        n.collection, n.origin_class, n.citizenship
"""


def new_alerts(file: Path, before: Path) -> list[dict[str, Any]]:
    """The alerts of a release that the one before did not tell, the latest first; none if it could not."""
    with duckdb.connect() as db:
        for name, path in (("now", file), ("before", before)):
            db.execute(f"ATTACH {quoted(path)} AS {name} (READ_ONLY)")
        told = db.execute("SELECT DISTINCT database_name FROM duckdb_tables() WHERE table_name = 'monthly'")
        if len(told.fetchall()) < 2:
            return []
        try:
            frame = db.execute(_NEW).df()
        except duckdb.BinderException:  # the release before is of an earlier version of the program
            return []
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]
