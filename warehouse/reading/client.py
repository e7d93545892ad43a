"""The analyst's door to a released file: open it, ask it a question, take the answer out. Reads only.

What is asked by name is asked.py's, the answers frames.py's, their cells cells.py's, files taking_out.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import duckdb

from schemas.tables import DATES, KEY, table
from schemas.words import DEFAULT, UserError, Wrong, contract_language, languages
from warehouse.home import RELEASED, Home, quoted
from warehouse.reading import asked, cells, frames, network, taking_out, vintages
from warehouse.reading.frames import PREFERRED, Names
from warehouse.releases import older

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_KEY = ", ".join(("collection", *DATES, *KEY))
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
SELECT indicator, name_{lang} AS name, definition_{lang} AS definition, unit, family, data
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


_Method = TypeVar("_Method", bound=Callable[..., Any])


def _answer(method: _Method) -> _Method:
    """A question to the release. Raises OlderRelease for what an earlier version of the program left out."""

    @wraps(method)
    def answered(self: Warehouse, *args: Any, **named: Any) -> Any:
        with older.asked(self.connection):
            return method(self, *args, **named)

    return cast(_Method, answered)


class Warehouse:
    """A released DuckDB file, open for reading. Use as a context manager or call close().

    Every method that gives a frame labels it in the language chosen at opening (`lang`), and tells in its
    `attrs` what must stand beside it: caveat, citation, licence, release. Countries are given by code or by
    name, one or several, a grouping too; a name that is none is an error that names the nearest.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        lang: str = DEFAULT,
        built: TemporaryDirectory[str] | None = None,
    ) -> None:
        self.connection = connection
        self.path = path
        self.lang = lang
        self._built = built

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        release: str | None = None,
        as_of: date | None = None,
        lang: str = DEFAULT,
    ) -> Self:
        """Open `path`, or the home's current release. FileNotFoundError says what to do if there is none.

        `release`, a release's name, opens what readers saw then. `as_of` builds what was known on that day,
        every table of it, from the home's received files as today's cards and program read them; it takes
        seconds. The two are never mixed. `lang`: of the names and words (es, en, fr).
        """
        asked.one_of(lang, languages(), "lang")
        file = Path(path) if path is not None else Home.default().current
        if release is not None and as_of is not None:
            raise Wrong("home.seen_or_known")
        if release is not None:
            file = vintages.seen(file, release)
        if not file.exists():
            raise NoRelease("home.no_release", file=file)
        if as_of is None:
            return cls(_connected(file), file, lang)
        folder = vintages.known(file, as_of)
        built = Path(folder.name) / RELEASED
        return cls(_connected(built), built, lang, folder)

    @property
    def release(self) -> str:
        """The release's name, `2026-Q3.r1`."""
        row: Any = self.connection.execute("SELECT release FROM registry.release").fetchone()
        return str(row[0])

    @_answer
    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
        """The result of a SELECT as a DataFrame. It reads the release and nothing else: no file, no network,
        no other database, no extension, no setting, no variable of the program. Raises OlderRelease for what
        the release lacks, since an earlier version of the program made it.
        """
        return self.connection.execute(sql, parameters or {}).df()

    @_answer
    def search(self, text: str) -> pd.DataFrame:
        """The indicators that have every word of `text` in their names and definitions, accents or not."""
        return self.query(_SEARCH.format(lang=contract_language(self.lang)), {"text": text})

    @_answer
    def headline(self, indicator: str, *, countries: Names = (), since: int | None = None) -> pd.DataFrame:
        """The rows of `baseline.headline`: each country and year, members without a figure, too.

        Of groupings, where `countries` names them, those of `baseline.headline_region`.
        """
        return frames.headlines(self.connection, self.lang, indicator, countries=countries, since=since)

    @_answer
    def indicator(
        self,
        indicator: str,
        *,
        countries: Names = (),
        since: int | None = None,
        by: Names = (),
        source: str = PREFERRED,
        frequency: str = "A",
    ) -> pd.DataFrame:
        """An indicator's values by country and year, of the source to take for each country.

        `by`: `sex`, `age_group`, `exploitation`, `origin`, `citizenship`, or several of them that are told
        together; rows detail these and nothing else. `source="all"` gives every source, each a series that is
        never added to another. Groupings are given where `countries` names them (`countries="CRM"`).
        `frequency`: A, Q or M. Raises NoData where nobody told it, and says what would fill it.
        """
        return frames.values(
            self.connection,
            self.lang,
            indicator,
            countries=countries,
            since=since,
            by=by,
            source=source,
            frequency=frequency,
        )

    @_answer
    def origin(
        self,
        family: str = "trafficking",
        *,
        countries: Names = (),
        since: int | None = None,
        measure: str | None = None,
        source: str = PREFERRED,
    ) -> pd.DataFrame:
        """Persons by class of origin: inside the region, outside, own nationals, unknown, left out.

        `value_low` to `value_high`: from those that surely are of the class to those that may be. Rows of
        `class_level` part add up to the total, as intervals; a parent holds several of them.
        """
        return frames.origin(
            self.connection,
            self.lang,
            family,
            countries=countries,
            since=since,
            measure=measure,
            source=source,
        )

    @_answer
    def flows(
        self,
        family: str = "trafficking",
        *,
        origins: Names = (),
        countries: Names = (),
        since: int | None = None,
        measure: str | None = None,
    ) -> pd.DataFrame:
        """Who was recorded where: each origin in each country's table of origins of a year."""
        return frames.flows(
            self.connection,
            self.lang,
            family,
            origins=origins,
            countries=countries,
            since=since,
            measure=measure,
        )

    @_answer
    def trend(
        self, indicator: str, *, countries: Names = (), by: Names = (), source: str = PREFERRED
    ) -> pd.DataFrame:
        """Baseline, last years, direction and level of each annual series, and what may be said of it."""
        return frames.trends(self.connection, self.lang, indicator, countries=countries, by=by, source=source)

    @_answer
    def coverage(
        self, family: str | None = None, *, countries: Names = (), since: int | None = None
    ) -> pd.DataFrame:
        """Which country reported what in which year, and why what is missing is missing."""
        return frames.coverage(self.connection, self.lang, family, countries=countries, since=since)

    @_answer
    def agreement(self, indicator: str, *, countries: Names = (), since: int | None = None) -> pd.DataFrame:
        """What two sources say of the same country and year, side by side: they are never merged."""
        return frames.agreement(self.connection, self.lang, indicator, countries=countries, since=since)

    @_answer
    def revisions(
        self,
        old: str | None = None,
        new: str | None = None,
        *,
        countries: Names = (),
        since: int | None = None,
    ) -> pd.DataFrame:
        """What changed between each submission and the next of its collection.

        Or, of any two submissions of a collection that were ever in force, what `new` changed against `old`.
        Of a collection delivered by period, a period that `new` leaves out is not withdrawn.
        """
        if old is None and new is None:
            changed = self.query("SELECT * FROM analysis.revisions ORDER BY ALL")
        else:
            changed = self._between(str(old), str(new))
        return frames.revisions(self.connection, self.lang, changed, countries=countries, since=since)

    def _between(self, old: str, new: str) -> pd.DataFrame:
        known = self.query(
            "SELECT DISTINCT submission, collection, delivery FROM core.observations "
            "JOIN registry.collections USING (collection) WHERE submission IN ($old, $new)",
            {"old": old, "new": new},
        )
        if set(known["submission"]) != {old, new} or known["collection"].nunique() != 1:
            raise Wrong("home.not_two_submissions", old=old, new=new)
        is_full = bool((known["delivery"] == "full").all())
        return self.query(_CHANGES, {"old": old, "new": new, "full": is_full})

    @_answer
    def sources(self, value: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
        """The received values that a row of `indicator`, `origin` or `flows` rests on, each with its cell.

        With the file's hash, the day it was received, sheet, row and cell.
        """
        return cells.behind(self.connection, self.lang, dict(value))

    @_answer
    def records(self, name: str, *, on: date | None = None, text: str = "", **of: str) -> pd.DataFrame:
        """The network's records of a collection (`treaties`, `measures` …) as they were known on a day.

        `text`: those that hold every word, accents or not. `of`: those whose column holds this: a code
        (`kind="good_practice"`), a country by code or name, words (`place="frontera"`).
        """
        return network.records(self.connection, self.lang, name, on=on, text=text, of=of)

    @_answer
    def changes(self, name: str, old: date, new: date) -> pd.DataFrame:
        """Which records of a collection are new, changed or gone between two days, column by column."""
        return network.changes(self.connection, self.lang, name, old, new)

    @_answer
    def matrix(
        self, name: str, *, on: date | None = None, known: date | None = None, **apart: str
    ) -> pd.DataFrame:
        """The comparative matrix of a day, in codes: countries across; what has no record is not reported.

        `on`: what held that day; `known`: as it was known that day. `apart` says which one is meant of what
        is never mixed: `family="trafficking", assessment=…`.
        """
        return network.matrix(self.connection, self.lang, name, on=on, known=known, apart=apart)

    @_answer
    def gaps(
        self, name: str, *, on: date | None = None, known: date | None = None, **apart: str
    ) -> pd.DataFrame:
        """By country how many cells of the matrix say what, and how many nothing."""
        return network.gaps(self.connection, self.lang, name, on=on, known=known, apart=apart)

    @_answer
    def matrix_to_excel(
        self,
        name: str,
        path: Path | str,
        *,
        on: date | None = None,
        known: date | None = None,
        **apart: str,
    ) -> Path:
        """Write the matrix as a workbook with a sheet a language: countries across, elements down."""
        return network.write_matrix(self.connection, Path(path), name, on=on, known=known, apart=apart)

    def to_excel(self, frame: pd.DataFrame, path: Path | str) -> Path:
        """Write a frame as a workbook: the figures, and a sheet of what they may not say and whom to cite."""
        return taking_out.to_excel(frame, Path(path), self.lang)

    def to_arrow(self, frame: pd.DataFrame) -> pa.Table:
        """A frame as an Arrow table, `attrs` in the metadata of its schema."""
        return taking_out.to_arrow(frame)

    def close(self) -> None:
        """Close the file: a new connection in this process then sees a newer release."""
        self.connection.close()
        if self._built is not None:
            self._built.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Close the file. Raises OlderRelease where what failed asked for what the release lacks."""
        found = error and older.explained(error, self.connection)
        self.close()
        if found:
            raise found from error


def _connected(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection of its own that reads this file alone: no other one, no extension, no setting.

    The file is attached to an empty database: whoever else reads it in this process is held to nothing.
    """
    connection = duckdb.connect()
    connection.execute(f"ATTACH {quoted(file)} AS release (READ_ONLY)")
    connection.execute("USE release")
    for setting in _LOCKED:
        connection.execute(f"SET {setting}")
    return connection
