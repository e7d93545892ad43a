"""The analyst's door to a released file: open, query, indicators, what changed. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import duckdb

from schemas.tables import KEY, table
from schemas.words import UserError, Wrong
from warehouse.home import RELEASED, Home
from warehouse.publication import vintages

if TYPE_CHECKING:
    import pandas as pd

_KEY = ", ".join(("collection", *KEY))
_CHANGES = f"""
WITH received AS (SELECT DISTINCT submission, {_KEY}, value_low, value_high, flag FROM core.observations),
old AS (SELECT * EXCLUDE (submission) FROM received WHERE submission = $old),
new AS (SELECT * EXCLUDE (submission) FROM received WHERE submission = $new),
lost AS (   -- why the key was last lost, as analysis.revisions says of successive submissions
    SELECT {_KEY}, arg_max(kind, (received_on, new_submission)) AS kind
    FROM analysis.revisions
    JOIN (SELECT submission AS new_submission, received_on FROM registry.submissions) USING (new_submission)
    WHERE kind IN ('withdrawn', 'quarantined')
      AND received_on <= (SELECT received_on FROM registry.submissions WHERE submission = $new)
    GROUP BY ALL
),
changes AS (
    SELECT
        {_KEY}, old.value_low AS old_low, old.value_high AS old_high,
        new.value_low AS new_low, new.value_high AS new_high, old.flag AS old_flag, new.flag AS new_flag,
        new.value_low - old.value_high AS change_low, new.value_high - old.value_low AS change_high,
        $old AS old_submission, $new AS new_submission,
        CASE
            WHEN old.value_low IS NULL THEN 'new'
            WHEN new.value_low IS NOT NULL THEN 'revised'
            ELSE coalesce(lost.kind, 'withdrawn')
        END AS kind
    FROM old FULL JOIN new USING ({_KEY}) LEFT JOIN lost USING ({_KEY})
    WHERE old.value_low IS DISTINCT FROM new.value_low OR old.value_high IS DISTINCT FROM new.value_high
)
SELECT {", ".join(table("analysis.revisions").column_names)} FROM changes
WHERE $full OR new_low IS NOT NULL
   OR (reporting_country, period_start, frequency) IN (
       SELECT (reporting_country, period_start, frequency) FROM new
   )
ORDER BY ALL
"""


_SEARCH = r"""
SELECT indicator, name_es, name_en, definition_es, definition_en, unit, data
FROM baseline.catalogue
WHERE list_bool_and(list_transform(
    string_split_regex(trim(strip_accents(lower($text))), '\s+'),
    lambda word: contains(
        strip_accents(lower(concat_ws(' ', indicator, name_es, name_en, definition_es, definition_en))), word
    )
))
ORDER BY indicator
"""

_LOCKED = (
    "python_enable_replacements = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "temp_directory = ''",
    "enable_external_access = false",
    "lock_configuration = true",
)
"""What makes of a connection one that reads its own file alone; the last one holds the others fast."""


class NoRelease(UserError, FileNotFoundError):
    """Nothing was released where one looked."""


class Warehouse:
    """A released DuckDB file, open for reading. Use as a context manager or call close()."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, built: TemporaryDirectory[str] | None = None
    ) -> None:
        self.connection = connection
        self.path = path
        self._built = built

    @classmethod
    def open(
        cls, path: Path | str | None = None, *, release: str | None = None, as_of: date | None = None
    ) -> Self:
        """Open `path`, or the home's current release. FileNotFoundError says what to do if there is none.

        `release`, a release's name, opens what readers saw then. `as_of` builds what was known on that day,
        every table of it, from the home's received files as today's cards and program read them; it takes
        seconds. The two are never mixed.
        """
        file = Path(path) if path is not None else Home.default().current
        if release is not None and as_of is not None:
            raise Wrong("home.seen_or_known")
        if release is not None:
            file = vintages.seen(file, release)
        if not file.exists():
            raise NoRelease("home.no_release", file=file)
        if as_of is None:
            return cls(duckdb.connect(file, read_only=True), file)
        folder = vintages.known(file, as_of)
        built = Path(folder.name) / RELEASED
        return cls(duckdb.connect(built, read_only=True), built, folder)

    def lock(self) -> None:
        """From now on the connection reads this file alone: no other one, no extension, no setting."""
        for setting in _LOCKED:
            self.connection.execute(f"SET {setting}")

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
        """The result of a SELECT as a DataFrame."""
        return self.connection.execute(sql, parameters or {}).df()

    @property
    def release(self) -> str:
        """The release's name, `2026-Q3.r1`."""
        row: Any = self.connection.execute("SELECT release FROM registry.release").fetchone()
        return str(row[0])

    def indicator(self, indicator: str, *, every_source: bool = False) -> pd.DataFrame:
        """An indicator's values by the source preferred for each country, sorted by country and period.

        With `every_source` those of the others too, each a series that is never added to another.
        """
        self._must_exist(indicator)
        return self.query(
            "SELECT * FROM baseline.indicator_values WHERE indicator = $indicator AND (preferred OR $every) "
            "ORDER BY ALL",
            {"indicator": indicator, "every": every_source},
        )

    def headline(
        self, indicator: str, *, countries: Sequence[str] = (), since: int | None = None
    ) -> pd.DataFrame:
        """An indicator's figure of each country and year, as in `baseline.headline`."""
        self._must_exist(indicator)
        return self.query(
            "SELECT * FROM baseline.headline WHERE indicator = $indicator AND year >= $since "
            "AND (len($countries) = 0 OR list_contains($countries, reporting_country)) ORDER BY ALL",
            {"indicator": indicator, "since": since or 0, "countries": list(countries)},
        )

    def search(self, text: str) -> pd.DataFrame:
        """The indicators that have every word of `text` in their names and definitions, accents or not."""
        return self.query(_SEARCH, {"text": text})

    def _must_exist(self, indicator: str) -> None:
        """An unknown name is an error that names the nearest: an empty table reads as no data."""
        rows = self.connection.execute("SELECT indicator FROM baseline.catalogue").fetchall()
        known = [name for (name,) in rows]
        if indicator not in known:
            nearest = get_close_matches(indicator, known, n=3, cutoff=0) or known
            raise Wrong("home.no_indicator", value=indicator, nearest=", ".join(nearest))

    def revisions(self, old: str, new: str) -> pd.DataFrame:
        """What `new` changed against `old`, any two submissions of a collection that were ever in force.

        As analysis.revisions, which holds the successive ones. Of a collection delivered by period, a period
        that `new` leaves out is not withdrawn.
        """
        known = self.query(
            "SELECT DISTINCT submission, collection, delivery FROM core.observations "
            "JOIN registry.collections USING (collection) WHERE submission IN ($old, $new)",
            {"old": old, "new": new},
        )
        if set(known["submission"]) != {old, new} or known["collection"].nunique() != 1:
            raise Wrong("home.not_two_submissions", old=old, new=new)
        is_full = bool((known["delivery"] == "full").all())
        return self.query(_CHANGES, {"old": old, "new": new, "full": is_full})

    def close(self) -> None:
        """Close the file: a new connection in this process then sees a newer release."""
        self.connection.close()
        if self._built is not None:
            self._built.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
