"""The analysts' client: open a released file, query it, and save the answers. Read-only.

arguments.py checks arguments, frames.py makes the answers, overview.py describes the release,
explanation.py explains one figure, cells.py traces figures to source cells, and frame_files.py writes files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import duckdb

from schemas.tables import DATES, OBSERVATION_KEY, table
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, UserError, contract_language, languages
from warehouse.home import RELEASE_FILE, Home, quote_path
from warehouse.reading import arguments, cells, explanation, frame_files, frames, network, overview, vintages
from warehouse.reading.explanation import Explanation
from warehouse.reading.frames import PREFERRED, Names
from warehouse.release import older_releases

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_KEY = ", ".join(("collection", *DATES, *OBSERVATION_KEY))
_CHANGES = f"""
WITH received AS (SELECT DISTINCT submission, {_KEY}, value_low, value_high, flag FROM core.observations),
old AS (SELECT * EXCLUDE (submission) FROM received WHERE submission = $old),
new AS (SELECT * EXCLUDE (submission) FROM received WHERE submission = $new),
lost AS (   -- the kind of the last loss of the key, from the revisions of successive submissions
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
        strip_accents(lower(concat_ws(' ', indicator, name_es, name_en, definition_es, definition_en))),
        CASE WHEN length(word) > 8 THEN left(word, -4) ELSE word END   -- the stem of a long word
    )
))
ORDER BY indicator
"""

_RESTRICTIONS = (
    "python_enable_replacements = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "temp_directory = ''",
    "enable_external_access = false",
    "lock_configuration = true",
)
"""Settings that restrict a connection to its own file. The last prevents changing the others."""


class NoRelease(UserError, FileNotFoundError):
    """The path has no released file."""


_Method = TypeVar("_Method", bound=Callable[..., Any])


def _explain_errors(method: _Method) -> _Method:
    """Decorate a query: its errors are in the client's language.

    Raises OlderRelease if the release was made before the queried tables existed.
    """

    @wraps(method)
    def wrapper(self: Warehouse, *args: Any, **keywords: Any) -> Any:
        try:
            with older_releases.explain_missing_tables(self.connection):
                return method(self, *args, **keywords)
        except UserError as error:
            error.lang = self.lang
            raise

    return cast(_Method, wrapper)


class Warehouse:
    """A released DuckDB file, open for reading. Use it as a context manager or call close().

    Every method that returns a frame labels it in the language chosen at opening (`lang`). The frame's
    `attrs` have the caveat, citation, licence and release that belong with it. Countries and groupings are
    given by code or by name, singly or as a list. An unknown name raises an error with the nearest names.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        lang: str = DEFAULT_LANGUAGE,
        temporary: TemporaryDirectory[str] | None = None,
    ) -> None:
        self.connection = connection
        self.path = path
        self.lang = lang
        self._temporary = temporary

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        release: str | None = None,
        as_of: date | None = None,
        lang: str = DEFAULT_LANGUAGE,
    ) -> Self:
        """Open `path`, or the home's current release. Raises NoRelease if there is none.

        `release` opens the named release as its readers saw it. `as_of` builds all tables as known on that
        day, from the home's received files with today's cards and program; this takes seconds. The two
        exclude each other. `lang` is the language of names and texts (es, en).
        """
        arguments.check_choice(lang, languages(), "lang")
        file = Path(path) if path is not None else Home.default().current
        if release is not None and as_of is not None:
            raise InvalidValue("home.seen_or_known")
        if release is not None:
            file = vintages.released_file(file, release)
        if not file.exists():
            raise NoRelease("home.no_release", file=file)
        if as_of is None:
            return cls(_connect(file), file, lang)
        folder = vintages.build_known_on(file, as_of)
        release_file = Path(folder.name) / RELEASE_FILE
        return cls(_connect(release_file), release_file, lang, folder)

    @property
    def release(self) -> str:
        """The release's name, such as `2026-Q3.r1`."""
        row: Any = self.connection.execute("SELECT release FROM registry.release").fetchone()
        return str(row[0])

    @_explain_errors
    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the result of a SELECT as a DataFrame.

        A query reads the release only: no file, network, other database, extension, setting, or variable of
        the program. Raises OlderRelease if an earlier version of the program left out what it reads.
        """
        return self.connection.execute(sql, parameters or {}).df()

    @_explain_errors
    def search(self, text: str) -> pd.DataFrame:
        """Return indicators with every word of `text` in their names or definitions.

        Accents and the endings of long words are ignored.
        """
        return self.query(_SEARCH.format(lang=contract_language(self.lang)), {"text": text})

    @_explain_errors
    def indicators(self) -> pd.DataFrame:
        """Return the catalogue: each indicator with its name, definition, unit, years and countries."""
        return overview.indicators(self.connection, self.lang)

    @_explain_errors
    def countries(self) -> pd.DataFrame:
        """Return the countries and groupings that can be asked for, with their years and indicators."""
        return overview.countries(self.connection, self.lang)

    @_explain_errors
    def cite(self, frame: pd.DataFrame | None = None) -> str:
        """Return the citation of a frame with only its sources, or of the release."""
        return overview.citation(self.connection, self.lang, frame)

    @_explain_errors
    def headline(self, indicator: str, countries: Names = (), *, since: int | None = None) -> pd.DataFrame:
        """Return the rows of `baseline.headline`: each country and year, including members without a figure.

        For groupings named in `countries`, return the rows of `baseline.headline_region`.
        """
        return frames.headlines(self.connection, self.lang, indicator, countries=countries, since=since)

    @_explain_errors
    def indicator(
        self,
        indicator: str,
        countries: Names = (),
        *,
        since: int | None = None,
        by: Names = (),
        source: str = PREFERRED,
        frequency: str = "A",
    ) -> pd.DataFrame:
        """Return an indicator's values by country and year, from the preferred source of each country.

        `by` names the breakdown: `sex`, `age_group`, `exploitation`, `origin`, `citizenship`, or several
        reported together. Rows have exactly this breakdown. `source="all"` returns every source; series of
        different sources must not be added. Groupings appear only if `countries` names them
        (`countries="CRM"`). `frequency` is A, Q or M. Raises NoData, with the missing source, if nobody
        reported the indicator, or nobody of the chosen countries and years.
        """
        frame = frames.values(
            self.connection,
            self.lang,
            indicator,
            countries=countries,
            since=since,
            by=by,
            source=source,
            frequency=frequency,
        )
        arguments.check_has_figures(self.connection, frame, indicator, frequency, self.lang)
        return frame

    @_explain_errors
    def origin(
        self,
        family: str = "trafficking",
        countries: Names = (),
        *,
        since: int | None = None,
        measure: str | None = None,
        source: str = PREFERRED,
    ) -> pd.DataFrame:
        """Return persons by class of origin: other members, outside, own nationals, unknown, not detailed.

        `value_low` counts persons who surely belong to the class, `value_high` those who may. Rows with
        `class_level` part add up to the total as intervals; a parent combines several of them.
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

    @_explain_errors
    def flows(
        self,
        family: str = "trafficking",
        *,
        origins: Names = (),
        countries: Names = (),
        since: int | None = None,
        measure: str | None = None,
    ) -> pd.DataFrame:
        """Return the persons of each origin in each country's table of origins, by year."""
        return frames.flows(
            self.connection,
            self.lang,
            family,
            origins=origins,
            countries=countries,
            since=since,
            measure=measure,
        )

    @_explain_errors
    def trend(
        self, indicator: str, countries: Names = (), *, by: Names = (), source: str = PREFERRED
    ) -> pd.DataFrame:
        """Return baseline, last years, direction and level of each annual series, with the sentence."""
        return frames.trends(self.connection, self.lang, indicator, countries=countries, by=by, source=source)

    @_explain_errors
    def change(
        self, indicator: str, countries: Names = (), *, by: Names = (), source: str = PREFERRED
    ) -> pd.DataFrame:
        """Return the change of each series of counts between two windows, without a test (analysis.changes).

        Bounds of ratio and difference hold for every completion of the figures; NaN is unbounded. `sentence`
        states the change, `answer` whether the series may be said to be rising. Monthly series of the same
        collections have the comparison `twelve_months`; `is_first` marks the row to read first.
        """
        return frames.changes(
            self.connection, self.lang, indicator, countries=countries, by=by, source=source
        )

    @_explain_errors
    def alerts(self, countries: Names = ()) -> pd.DataFrame:
        """Return the alerts that the last month of a monthly series bears (analysis.monthly).

        `since` is the first month of the alert. `sentence` states from which level to which, how unusual it
        is, what to check and when the alert ends. An alert is not a verdict.
        """
        return frames.alerts(self.connection, self.lang, countries=countries)

    @_explain_errors
    def coverage(
        self, family: str | None = None, countries: Names = (), *, since: int | None = None
    ) -> pd.DataFrame:
        """Return the reports of each country and year, with the reason for each gap."""
        return frames.coverage(self.connection, self.lang, family, countries=countries, since=since)

    @_explain_errors
    def agreement(self, indicator: str, countries: Names = (), *, since: int | None = None) -> pd.DataFrame:
        """Return two sources' values for the same country and year. They are never merged."""
        return frames.agreement(self.connection, self.lang, indicator, countries=countries, since=since)

    @_explain_errors
    def statements(self, indicator: str, countries: Names = (), *, since: int | None = None) -> pd.DataFrame:
        """Return what is judged of an indicator's figures, as the pages say it (analysis.statements).

        `kind` is what is judged: whether a figure can be taken, doubts, age, whether a later submission
        changed it, whether other sources agree, the majority by origin, the largest member of a sum. `code`
        is the judgement, `sentence` the words. `value_low` to `other_high` are what is judged and compared;
        NaN is unbounded, or not of the kind. Judgements about all parts of a figure have `_T` for each part.
        """
        return frames.judgements(self.connection, self.lang, indicator, countries=countries, since=since)

    @_explain_errors
    def revisions(
        self,
        old: str | None = None,
        new: str | None = None,
        *,
        countries: Names = (),
        since: int | None = None,
    ) -> pd.DataFrame:
        """Return the changes between each submission and the next of its collection.

        With `old` and `new`, return the changes between two submissions of a collection that were ever in
        force. If the collection is delivered by period, a period that `new` leaves out is not withdrawn.
        """
        if old is None and new is None:
            changes = self.query("SELECT * FROM analysis.revisions ORDER BY ALL")
        else:
            changes = self._changes_between(str(old), str(new))
        return frames.revisions(self.connection, self.lang, changes, countries=countries, since=since)

    def _changes_between(self, old: str, new: str) -> pd.DataFrame:
        submissions = self.query(
            "SELECT DISTINCT submission, collection, delivery FROM core.observations "
            "JOIN registry.collections USING (collection) WHERE submission IN ($old, $new)",
            {"old": old, "new": new},
        )
        if set(submissions["submission"]) != {old, new} or submissions["collection"].nunique() != 1:
            raise InvalidValue("home.not_two_submissions", old=old, new=new)
        is_full = bool((submissions["delivery"] == "full").all())
        return self.query(_CHANGES, {"old": old, "new": new, "full": is_full})

    @_explain_errors
    def outlook(self, indicator: str) -> pd.DataFrame:
        """Return how many values of each age changed later, by collection of the indicator.

        `ratio_low` and `ratio_high` hold four in five of the ratios of the value in force to that of then,
        among values that changed and are not gone. `submissions_changed` is how many submissions these are
        of. `why_no_outlook` is the reason why nothing is stated, such as fewer than three submissions.
        """
        return frames.outlook(self.connection, self.lang, indicator)

    @_explain_errors
    def explain(
        self,
        indicator: str,
        country: str,
        period: int | str,
        *,
        by: Mapping[str, str] | None = None,
        collection: str | None = None,
    ) -> Explanation:
        """Return all that the release states about one figure; `str()` of it is the text for people.

        `period` is a year (2022), quarter (`2022-Q1`) or month (`2022-03`). `by` names the breakdown with
        its codes or names: `{"sex": "F"}`, `{"origin": "intra_regional"}`. Without `collection` the figure is
        of the country's preferred source. Raises NoData if there is no such figure, and InvalidValue if the
        breakdown leaves several.
        """
        return explanation.explain(
            self.connection, self.lang, indicator, country, period, by=by or {}, collection=collection
        )

    @_explain_errors
    def sources(self, value: Mapping[str, object] | pd.Series) -> pd.DataFrame:
        """Return the received values behind a row of `indicator`, `origin` or `flows`.

        Each has its file's hash, the day it was received, sheet, row and cell. Raises InvalidValue for
        anything but one row.
        """
        return cells.received_values(self.connection, arguments.check_row(value))

    @_explain_errors
    def records(
        self, name: str, *, on: date | None = None, text: str = "", **column_values: str
    ) -> pd.DataFrame:
        """Return the network's records of a collection (`treaties`, `measures` …) as known on a day.

        `text` selects records with every word; accents are ignored. Further keywords select by column: a code
        (`kind="good_practice"`), a country by code or name, or words (`place="frontera"`).
        """
        return network.records(
            self.connection, self.lang, name, on=on, text=text, column_values=column_values
        )

    @_explain_errors
    def changes(self, name: str, old: date, new: date) -> pd.DataFrame:
        """Return records of a collection that are new, changed or removed between two days, by column."""
        return network.changes(self.connection, self.lang, name, old, new)

    @_explain_errors
    def matrix(
        self, name: str, *, on: date | None = None, known: date | None = None, **kind: str
    ) -> pd.DataFrame:
        """Return the comparative matrix of a day, in codes: countries across. Empty cells are not reported.

        `on` is the day on which a record holds, `known` the day on which it was on record. Further keywords
        choose among the matrices that are never mixed: `family="trafficking", assessment=…`.
        """
        return network.matrix(self.connection, self.lang, name, on=on, known_on=known, kind=kind)

    @_explain_errors
    def gaps(
        self, name: str, *, on: date | None = None, known: date | None = None, **kind: str
    ) -> pd.DataFrame:
        """Return, for each country, the number of matrix cells with each code and of empty cells."""
        return network.gaps(self.connection, self.lang, name, on=on, known_on=known, kind=kind)

    @_explain_errors
    def matrix_to_excel(
        self,
        name: str,
        path: Path | str,
        *,
        on: date | None = None,
        known: date | None = None,
        **kind: str,
    ) -> Path:
        """Write the matrix as a workbook with a sheet per language: countries across, elements down."""
        return network.write_matrix(self.connection, Path(path), name, on=on, known_on=known, kind=kind)

    def to_excel(self, frame: pd.DataFrame, path: Path | str) -> Path:
        """Write a frame as a workbook: the figures, and a sheet with caveats and citations."""
        return frame_files.to_excel(frame, Path(path), self.lang)

    def to_arrow(self, frame: pd.DataFrame) -> pa.Table:
        """Return a frame as an Arrow table with its `attrs` in the schema's metadata."""
        return frame_files.to_arrow(frame)

    def __repr__(self) -> str:
        return overview.plain_text(self.connection, self.lang, self.path)

    def _repr_html_(self) -> str:
        return overview.html(self.connection, self.lang)

    def close(self) -> None:
        """Close the file. A new connection in this process then sees a newer release."""
        self.connection.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Close the file. Raises OlderRelease if the error came from tables that the release lacks."""
        explanation = error and older_releases.explain_error(error, self.connection)
        self.close()
        if explanation:
            raise explanation from error


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that reads only this file, without extensions or settings.

    The file is attached to an empty database, so other readers in this process are not restricted.
    """
    connection = duckdb.connect()
    connection.execute(f"ATTACH {quote_path(file)} AS release (READ_ONLY)")
    connection.execute("USE release")
    for setting in _RESTRICTIONS:
        connection.execute(f"SET {setting}")
    return connection
