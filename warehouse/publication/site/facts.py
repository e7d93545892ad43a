"""Read the tables of a release once, as rows for the pages. Computes nothing.

A value that the release does not have is None. The network's tables are those that the release has.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from schemas.code_names import code_name
from schemas.codelists import TOTAL, codelist, fold
from schemas.groupings import DEFAULT_GROUPING
from schemas.tables import table, total_rows
from schemas.words import CONTRACT_LANGUAGES, column_text, say
from warehouse.home.deployment import DEFAULT_DEPLOYMENT, Deployment
from warehouse.publication.bundle.sheets import Remarks, judgement_sentences, remarks
from warehouse.publication.origin_years import Years, years_of
from warehouse.reading.client import Warehouse
from warehouse.reading.rows import Record, row_dicts
from warehouse.statements import series_sentences
from warehouse.statements.judgement_sentences import OF_FIGURES, Sentences

if TYPE_CHECKING:
    from schemas.tables.rows import (
        CatalogueRow,
        ChangesRow,
        CoverageRow,
        DecompositionRow,
        HeadlineExploitationRow,
        HeadlineOriginRow,
        HeadlineRegionRow,
        HeadlineRow,
        IndicatorValuesRow,
        LabelledFigure,
        MonthlyRow,
        NationalsAbroadRow,
        OpenQuestionsRow,
        OriginProfileRow,
        ReleaseRow,
        RevisionOutlookRow,
        RevisionsRow,
        StatementsRow,
        SubmissionsRow,
        TrendsRow,
    )
    from warehouse.publication.site.query_rows import (
        CollectionOfRelease,
        DrawnFigure,
        FigureKey,
        IndicatorSource,
        JudgedPair,
        KindWithPassport,
        OriginFlow,
        OtherTotal,
        RevisionCount,
        TotalOnDay,
        Vintage,
    )

Parts = Mapping[tuple[str, str], "Sequence[LabelledFigure]"]
"""Labelled figures of an indicator by codelist and code."""
ByCountry = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]
"""Values by country, then by key."""
Differences = Counter[str]
"""Numbers of values that are `new`, `changed` or `gone` since the release before."""
COUNTRY = "reporting_country"
VALUES = ("value", "value_low", "value_high", "flag")
"""Columns that are compared between two releases."""
PAGE_SERIES: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("page_series.toml").read_text(encoding="utf-8")
)
"""The indicators, measures and families that the pages lead with, by their role."""
NETWORK = "network"
"""The schema of the network's records (Design §9)."""
_PARTS_OF_FIGURE = ("origin_class", "exploitation")
"""Columns that name the part of a labelled figure, in the tables that have them."""


class Facts:
    """A release as rows, each table read when a page first needs it."""

    def __init__(
        self,
        warehouse: Warehouse,
        before: Facts | None = None,
        deployment: Deployment = DEFAULT_DEPLOYMENT,
        workbooks: Sequence[Path] = (),
    ) -> None:
        """Take a release; `before` is the previous release, if any, `deployment` the one that publishes it,
        `workbooks` those that the release's bundle has already.
        """
        self.warehouse, self.before, self.deployment = warehouse, before, deployment
        self.workbooks = workbooks
        self._years: dict[tuple[str, ...], Years] = {}
        self._members: dict[tuple[str, date], list[str]] = {}

    def rows(self, sql: str, **parameters: Any) -> list[Any]:
        """Return the rows of a SELECT, whose class the caller names."""
        return row_dicts(self._execute(sql, **parameters))

    def _execute(self, sql: str, **parameters: Any) -> duckdb.DuckDBPyConnection:
        return self.warehouse.connection.execute(sql, parameters)

    @cached_property
    def release(self) -> ReleaseRow:
        """The release's name, its day and the day it was built."""
        row: ReleaseRow
        [row] = self.rows("SELECT * FROM registry.release")
        return row

    @cached_property
    def members(self) -> list[str]:
        """Members of the region on the release's day, by code."""
        return self.members_of(DEFAULT_GROUPING, self.release["as_of"])

    def members_of(self, grouping: str, day: date) -> list[str]:
        """Return the members of a grouping on a day, by code, read once."""
        if (grouping, day) not in self._members:
            rows = self.rows(
                "SELECT DISTINCT member FROM reference.groupings WHERE grouping = $grouping "
                "AND $day BETWEEN valid_from AND coalesce(valid_to, $day) ORDER BY 1",
                grouping=grouping,
                day=day,
            )
            self._members[grouping, day] = [row["member"] for row in rows]
        return self._members[grouping, day]

    def name(self, country: str, lang: str) -> str:
        """Return the name of a country or grouping; its code if it has no name."""
        return code_name("grouping", "country", country, lang)

    def sort_name(self, country: str, lang: str) -> str:
        """Return the name of a country as an alphabet sorts it: without accents, in small letters."""
        return fold(self.name(country, lang))

    def members_by_name(self, lang: str) -> list[str]:
        """Return the members in the reader's alphabetical order."""
        return sorted(self.members, key=lambda member: self.sort_name(member, lang))

    def names_of(self, countries: Iterable[str], lang: str) -> list[str]:
        """Return the names of countries in the reader's alphabetical order."""
        return [self.name(c, lang) for c in sorted(countries, key=lambda c: self.sort_name(c, lang))]

    @cached_property
    def catalogue(self) -> dict[str, CatalogueRow]:
        """The indicators by id."""
        rows = self.rows("SELECT * FROM baseline.catalogue ORDER BY indicator")
        return {row["indicator"]: row for row in rows}

    @cached_property
    def headlines(self) -> dict[str, list[HeadlineRow]]:
        """Labelled figures of members by indicator, sorted by country and year."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline ORDER BY ALL"))

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, int], HeadlineRow]:
        return {
            (row["indicator"], row["reporting_country"], row["year"]): row
            for rows in self.headlines.values()
            for row in rows
        }

    @cached_property
    def numeric_values(self) -> dict[tuple[str, str, int], tuple[str, float, float | None]]:
        """Labelled figures that are numbers, by indicator, country and year."""
        return {
            key: (row["how"], row["value_low"], row["value_high"])
            for key, row in self._by_key.items()
            if row["value_low"] is not None
        }

    @cached_property
    def values(self) -> ByCountry:
        """Every value of the indicators by country and key, with quarters, breakdowns and origins."""
        return self._by_country("baseline.indicator_values")

    @cached_property
    def protected_counts(self) -> ByCountry:
        """Published counts of protected collections, by country, then by key."""
        return self._by_country("baseline.protected_counts")

    def read_compared_tables(self) -> None:
        """Read the tables that the next release is compared with, while the file is open."""
        _ = (self.release, self.submissions, self.numeric_values, self.values, self.protected_counts)

    def _by_country(self, name: str) -> ByCountry:
        """Return the values of a table by country, then by the rest of its key.

        Empty if the release does not have the table.
        """
        try:
            columns = [name for name, *_ in self._execute(f"SELECT * FROM {name} LIMIT 0").description or ()]
        except duckdb.CatalogException:  # a release of earlier tables
            return {}
        key = [column if column in columns else "NULL" for column in table(name).key if column != COUNTRY]
        values = [column for column in columns if column in VALUES]
        rows = self._execute(f"SELECT {', '.join([COUNTRY, *key, *values])} FROM {name}").fetchall()
        grouped: ByCountry = defaultdict(dict)
        for country, *row in rows:
            grouped[country][tuple(row[: len(key)])] = tuple(row[len(key) :])
        return grouped

    @cached_property
    def differences(self) -> dict[str, dict[str, Differences]]:
        """Numbers of new, changed and gone values since the release before, by kind and country."""
        if self.before is None:
            return {}
        return {
            "figures": _differences(
                _figures_by_country(self.before.numeric_values), _figures_by_country(self.numeric_values)
            ),
            "values": _differences(self.before.values, self.values),
            "protected": _differences(self.before.protected_counts, self.protected_counts),
        }

    def is_protected(self, row: LabelledFigure) -> bool:
        """Return whether a figure comes from a collection that is not open."""
        names = (row["collection"] or "").split()
        return any(self.collections[name]["confidentiality"] != "open" for name in names)

    @cached_property
    def cited_submissions(self) -> set[str]:
        """Submissions of protected collections that the published protected counts cite."""
        rows = self.rows("SELECT DISTINCT submissions FROM baseline.protected_counts")
        return {name for row in rows for name in (row["submissions"] or "").split()}

    @property
    def is_empty(self) -> bool:
        """Whether the release has no figure at all."""
        return not self.numeric_values

    def headline(self, indicator: str, country: str, year: int) -> HeadlineRow | None:
        """Return the labelled figure of an indicator, a country and a year, or None."""
        return self._by_key.get((indicator, country, year))

    @cached_property
    def origins(self) -> dict[str, list[HeadlineOriginRow]]:
        """Labelled figures of classes of origin, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_origin ORDER BY ALL"))

    @cached_property
    def forms(self) -> dict[str, list[HeadlineExploitationRow]]:
        """Labelled shares of forms of exploitation, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_exploitation ORDER BY ALL"))

    def parts(self, indicator: str) -> Parts:
        """Return the labelled figures of an indicator by codelist and code.

        Totals have the key ("", ""). An indicator without totals has a key for each class of origin or form.
        """
        if totals := self.headlines.get(indicator):
            return {} if self._is_of_regions(indicator, totals) else {("", ""): totals}
        by_class = _by("origin_class", self.origins.get(indicator, []))
        by_form = _by("exploitation", self.forms.get(indicator, []))
        return {
            (codes, code): rows[code]
            for codes, rows in {"origin_class": by_class, "exploitation": by_form}.items()
            for code in codelist(codes)
            if code in rows
        }

    def _is_of_regions(self, indicator: str, totals: Sequence[HeadlineRow]) -> bool:
        """Return whether only regions have the figure.

        The pages would otherwise state for each country that it did not report it.
        """
        return indicator in self.regions and all(row["how"] == "not_reported" for row in totals)

    @cached_property
    def regions(self) -> dict[str, list[HeadlineRegionRow]]:
        """Labelled figures of regions, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_region ORDER BY ALL"))

    @cached_property
    def _series_kinds(self) -> dict[tuple[str, str, str], list[KindWithPassport]]:
        """Spans of each series with kind and columns of the passport, by collection, country, measure."""
        return series_sentences.kinds_by_series(
            self.rows(
                "SELECT k.*, s.authority, s.what_es, s.what_en, s.source FROM core.series_kinds AS k "
                "JOIN registry.series AS s USING (collection, reporting_country, measure) "
                "WHERE k.valid_from BETWEEN s.valid_from AND coalesce(s.valid_to, k.valid_from) ORDER BY ALL"
            )
        )

    def series_kind(self, row: DrawnFigure) -> KindWithPassport | None:
        """Return what the series of a country's figure counts in its year, or None if it is of no series."""
        for measure in self.measures.get(row["indicator"], []):
            key = (row["collection"] or "", row["reporting_country"], measure)
            series = self._series_kinds.get(key, [])
            if kind := series_sentences.kind_in_year(series, row["year"]):
                return kind
        return None

    @cached_property
    def counts(self) -> dict[tuple[str, str], str]:
        """The indicator that counts a family and measure, if its figures are in the tables of totals."""
        return {
            (entry["family"], str(entry["numerator"])): name
            for name, entry in self.catalogue.items()
            if entry["denominator"] is None
        }

    @cached_property
    def sums(self) -> dict[tuple[str, str, str, int], dict[str, IndicatorValuesRow]]:
        """Sums and shares of groupings by indicator, grouping, panel and year, then by class of origin."""
        rows = self.rows(
            "SELECT * FROM baseline.indicator_values "
            "WHERE panel <> '_Z' AND frequency = 'A' AND pooled_years = 1 "
            "AND denominator_basis IN ('_Z', 'all') "
            f"AND {total_rows('baseline.indicator_values', besides=['origin_class'])} ORDER BY ALL"
        )
        grouped: dict[tuple[str, str, str, int], dict[str, IndicatorValuesRow]] = defaultdict(dict)
        for row in rows:
            key = (row["indicator"], row["reporting_country"], row["panel"], row["year"])
            grouped[key][row["origin_class"]] = row
        return grouped

    @cached_property
    def other_totals(self) -> dict[tuple[str, str, int], list[OtherTotal]]:
        """Totals of sources that are not preferred, by country, indicator and year."""
        rows = self.rows(
            "SELECT DISTINCT reporting_country, indicator, year, period, collection, value_low, value_high "
            "FROM baseline.indicator_values "
            "WHERE NOT preferred AND panel = '_Z' AND frequency = 'A' AND pooled_years = 1 "
            f"AND {total_rows('baseline.indicator_values')} "
            "AND value_low IS NOT NULL ORDER BY ALL"
        )
        return _by_key(("reporting_country", "indicator", "year"), rows)

    @cached_property
    def other_sources(self) -> dict[tuple[str, str, int], list[str]]:
        """Names of the sources that are not preferred and report a total, by the same key."""
        return {key: sorted({row["collection"] for row in rows}) for key, rows in self.other_totals.items()}

    @cached_property
    def collections(self) -> dict[str, CollectionOfRelease]:
        """The collections by name, with the day of the newest extract in force."""
        rows = self.rows(
            "SELECT c.*, s.received_on FROM registry.collections AS c LEFT JOIN ("
            "  SELECT collection, max(received_on) AS received_on FROM registry.submissions"
            "  WHERE status = 'accepted' GROUP BY ALL"
            ") AS s USING (collection) ORDER BY c.collection"
        )
        return {row["collection"]: row for row in rows}

    def citation(self, collection: str, lang: str) -> str:
        """Return the citation of a collection in the reader's language."""
        row = self.collections[collection]
        title, received_on = column_text(row, "title", lang), row["received_on"]
        return say("chart.source", lang, title=title, received=received_on, citation=row["citation"])

    def years(self, collection: str, country: str, measure: str) -> Years:
        """Return the years of a table of origins, read once."""
        key = (collection, country, measure)
        if key not in self._years:
            self._years[key] = years_of(self.warehouse, *key)
        return self._years[key]

    @cached_property
    def coverage(self) -> dict[str, list[CoverageRow]]:
        """Reported, late, missing and not required measures: a row per source and year, by country."""
        rows = self.rows(
            "SELECT * FROM analysis.coverage "
            "ORDER BY reporting_country, family, measure, collection, year, status"
        )
        return _by("reporting_country", rows)

    @cached_property
    def reports(self) -> dict[tuple[str, str, str, int], StatementsRow]:
        """What is known of each year, by country, family, measure and year."""
        return {
            (row["reporting_country"], self._family(row), str(row["measure"]), row["year"]): row
            for row in self._of_kind("report")
        }

    @cached_property
    def last_reports(self) -> dict[tuple[str, str], list[StatementsRow]]:
        """The same of the last year in which each source was due, by country and family."""
        rows = sorted(self._of_kind("last_report"), key=lambda row: (row["collection"], str(row["measure"])))
        grouped: dict[tuple[str, str], list[StatementsRow]] = defaultdict(list)
        for row in rows:
            grouped[row["reporting_country"], self._family(row)].append(row)
        return grouped

    def _family(self, row: StatementsRow) -> str:
        return str(self.collections[row["collection"]]["family"])

    def _of_kind(self, kind: str) -> Iterator[StatementsRow]:
        """Yield the judgements of a kind about any figure."""
        return (row for rows in self._judgements.values() for row in rows if row["kind"] == kind)

    @cached_property
    def questions(self) -> dict[str, list[OpenQuestionsRow]]:
        """Open questions, by country."""
        return _by(
            "reporting_country",
            self.rows(
                "SELECT * FROM analysis.open_questions "
                "ORDER BY period_start DESC, question, collection, measure, breakdown, citizenship"
            ),
        )

    @cached_property
    def nationals_abroad(self) -> dict[str, list[NationalsAbroadRow]]:
        """Nationals detected in other members, by origin."""
        return _by(
            "origin",
            self.rows(
                "SELECT * FROM analysis.nationals_abroad WHERE measure = $measure ORDER BY origin, year",
                measure=PAGE_SERIES["measure"],
            ),
        )

    @cached_property
    def nationals_elsewhere(self) -> dict[str, StatementsRow]:
        """The member whose newest table names most nationals of each country."""
        return {
            row["reporting_country"]: row
            for row in self._of_kind("nationals_elsewhere")
            if row["indicator"] == PAGE_SERIES["victims"]
        }

    @cached_property
    def flows(self) -> list[OriginFlow]:
        """Detected persons by origin, reporting country and year, from the preferred source."""
        return self.rows(
            "SELECT origin, origin_class, reporting_country, year(period_end) AS year, persons_low, "
            "persons_high, possible_high, flag FROM baseline.origin_flows "
            "WHERE preferred AND measure = $measure ORDER BY ALL",
            measure=PAGE_SERIES["measure"],
        )

    @cached_property
    def classes(self) -> dict[tuple[str, int], list[OriginProfileRow]]:
        """Classes of origin behind the flows, parts and parents, by country and year."""
        rows = self.rows(
            "SELECT * FROM baseline.origin_profile SEMI JOIN ("
            "SELECT collection, reporting_country, measure, period_start, period_end "
            "FROM baseline.origin_flows WHERE preferred) "
            "USING (collection, reporting_country, measure, period_start, period_end) "
            "WHERE measure = $measure "
            "ORDER BY reporting_country, year, collection, origin_class, class_level, persons_low",
            measure=PAGE_SERIES["measure"],
        )
        return _by_key(("reporting_country", "year"), rows)

    @cached_property
    def origin_collections(self) -> dict[str, str]:
        """The collection with the table of origins of detected victims, by country; the first of several."""
        sql = (
            "SELECT reporting_country, min(collection) FROM baseline.origin_profile "
            "WHERE measure = $measure GROUP BY ALL"
        )
        return dict(self._execute(sql, measure=PAGE_SERIES["measure"]).fetchall())

    @cached_property
    def months(self) -> dict[str, list[MonthlyRow]]:
        """Monthly totals, by country."""
        return _by(
            "reporting_country",
            self.rows(
                "SELECT * FROM analysis.monthly "
                f"WHERE {total_rows('analysis.monthly')} ORDER BY collection, measure, period_start"
            ),
        )

    @cached_property
    def changes(self) -> dict[tuple[str, str], list[ChangesRow]]:
        """Changes of totals between two windows by indicator and country or region, the first to show first.

        Monthly series have the indicator `_Z`.
        """
        rows = self.rows(
            "SELECT * FROM analysis.changes "
            f"WHERE preferred AND {total_rows('analysis.changes')} "
            "ORDER BY NOT is_first, comparison, collection"
        )
        return _by_key(("indicator", "reporting_country"), rows)

    @cached_property
    def agreement(self) -> dict[str, list[JudgedPair]]:
        """Pairs of sources that report the same total of a year, by country, with the judgement if any."""
        return _by(
            "reporting_country",
            self.rows(
                "SELECT * FROM analysis.source_agreement "
                "LEFT JOIN (SELECT DISTINCT reporting_country, year, measure, "
                "least(collection, other_collection) AS collection_a, "
                "greatest(collection, other_collection) AS collection_b, code "
                "FROM analysis.statements WHERE kind = 'agreement') "
                "USING (reporting_country, year, measure, collection_a, collection_b) "
                "WHERE frequency = 'A' AND ratio_low IS NOT NULL "
                f"AND {total_rows('analysis.source_agreement')} ORDER BY reporting_country, year, measure, "
                "collection_a, value_a_low, value_a_high, collection_b, value_b_low, value_b_high"
            ),
        )

    @cached_property
    def revisions(self) -> dict[str, list[RevisionCount]]:
        """Number of values that each last submission changed, by kind and submission, by country.

        What a transcription of publications restates is no delivery of the country.
        """
        return _by(
            "reporting_country",
            self.rows(
                "SELECT reporting_country, new_submission, old_submission, kind, count(*) AS n "
                "FROM analysis.revisions JOIN (SELECT max_by(submission, (received_on, "
                "CAST(regexp_extract(submission, '(\\d+)$', 1) AS BIGINT))) AS new_submission "
                "FROM registry.submissions JOIN registry.collections USING (collection) "
                "WHERE NOT transcribed AND submission IN (SELECT new_submission FROM analysis.revisions) "
                "GROUP BY collection) AS last USING (new_submission) GROUP BY ALL ORDER BY ALL"
            ),
        )

    @cached_property
    def revised_totals(self) -> list[RevisionsRow]:
        """Totals of years that a later submission changed."""
        return self.rows(
            "SELECT * FROM analysis.revisions "
            f"WHERE frequency = 'A' AND kind <> 'new' AND {total_rows('analysis.revisions')} "
            "ORDER BY reporting_country, collection, measure, year, old_low, old_high, new_low, new_high, "
            "old_submission, new_submission, kind"
        )

    @cached_property
    def shifts(self) -> list[StatementsRow]:
        """Series that a later submission shows moved by a year, by country and measure."""
        return self._shifts("shift")

    @cached_property
    def shifted_totals(self) -> set[tuple[str, str, int, str | None]]:
        """Country, measure, year and submission of each total that such a series changed."""
        return {
            (row["reporting_country"], str(row["measure"]), row["year"], row["new_submission"])
            for row in self._shifts("shift_of_year")
        }

    def _shifts(self, kind: str) -> list[StatementsRow]:
        return sorted(
            self._of_kind(kind),
            key=lambda row: (row["reporting_country"], row["collection"], str(row["measure"])),
        )

    @cached_property
    def victim_shares(self) -> dict[tuple[str, str], list[IndicatorValuesRow]]:
        """Shares that describe the victims, of all victims, by indicator and country, newest year first."""
        rows = self.rows(
            "SELECT v.* FROM baseline.indicator_values AS v "
            "WHERE v.preferred AND v.denominator_basis = 'all' "
            "AND v.panel = '_Z' AND v.frequency = 'A' AND v.pooled_years = 1 "
            "AND v.indicator IN (SELECT indicator FROM baseline.catalogue "
            "WHERE unit = 'share' AND kind = 'outcome' AND family = 'trafficking') "
            f"AND {total_rows('baseline.indicator_values', besides=['exploitation'], alias='v')} "
            "ORDER BY v.year DESC, v.indicator, v.reporting_country, v.exploitation"
        )
        return _by_key(("indicator", "reporting_country"), rows)

    @cached_property
    def sources(self) -> dict[str, list[IndicatorSource]]:
        """The sources of each indicator: countries, years, and the countries where each is preferred."""
        return _by(
            "indicator",
            self.rows(
                "SELECT indicator, collection, min(year) AS first, max(year) AS last, "
                "list(DISTINCT reporting_country ORDER BY reporting_country) AS countries, "
                "list(DISTINCT reporting_country ORDER BY reporting_country) FILTER (preferred) AS preferred "
                "FROM baseline.indicator_values WHERE panel = '_Z' AND collection IS NOT NULL "
                "GROUP BY indicator, collection ORDER BY indicator, collection"
            ),
        )

    @cached_property
    def measures(self) -> dict[str, list[str]]:
        """The measures of each indicator."""
        sql = (
            "SELECT indicator, list(DISTINCT measure ORDER BY measure) "
            "FROM baseline.indicator_values GROUP BY ALL ORDER BY indicator"
        )
        return dict(self._execute(sql).fetchall())

    def uses(self, indicator: str, collection: str, measure: str | None) -> bool:
        """Return whether an indicator uses a measure of a collection.

        The family is checked because families may share a measure.
        """
        family = self.collections[collection]["family"]
        is_its_family = family == self.catalogue[indicator]["family"]
        return is_its_family and measure in self.measures.get(indicator, [])

    @cached_property
    def decomposition(self) -> list[DecompositionRow]:
        """Contribution of each member to the latest yearly change of the regional sum of the same members."""
        return self.rows(
            "SELECT * FROM analysis.decomposition WHERE indicator = $indicator "
            "AND reporting_country = $grouping AND origin_class = '_T' AND panel = 'fixed' "
            "AND to_year - from_year = 1 QUALIFY to_year = max(to_year) OVER () ORDER BY member",
            indicator=PAGE_SERIES["victims"],
            grouping=DEFAULT_GROUPING,
        )

    @cached_property
    def _judgements(self) -> dict[tuple[Any, ...], list[StatementsRow]]:
        """The judgements about labelled figures, by figure, in the order in which they are read."""
        rows = self.rows(
            f"SELECT * FROM analysis.statements ORDER BY {', '.join(table('analysis.statements').key)}"
        )
        return _by_key((*_PARTS_OF_FIGURE, "indicator", "reporting_country", "year"), rows)

    def judgements(self, row: FigureKey, *kinds: str) -> list[StatementsRow]:
        """Return the judgements of these kinds about a labelled figure, or about all parts of it."""
        parts = (row.get(name, TOTAL) for name in _PARTS_OF_FIGURE)
        key = (*parts, row["indicator"], row["reporting_country"], row["year"])
        return [judgement for judgement in self._judgements.get(key, []) if judgement["kind"] in kinds]

    def remarks(self, row: LabelledFigure, lang: str) -> Remarks:
        """Return what is judged of a labelled figure, in words, as its sheet shows it."""
        own = [one for one in self.judgements(row, *OF_FIGURES) if one["collection"] == row["collection"]]
        return remarks(own, self._sentences[lang])

    @cached_property
    def _sentences(self) -> dict[str, Sentences]:
        return {lang: judgement_sentences(self.warehouse, lang) for lang in CONTRACT_LANGUAGES}

    def judgement(self, indicator: str, country: str, year: int, kind: str) -> StatementsRow | None:
        """Return the one judgement of a kind about all parts of a figure, or None."""
        subject: FigureKey = {"indicator": indicator, "reporting_country": country, "year": year}
        return next(iter(self.judgements(subject, kind)), None)

    @cached_property
    def _agreements(self) -> dict[tuple[str, str, str], list[StatementsRow]]:
        """How totals agree with other sources, by indicator, country and own source, the oldest first."""
        return _by_key(("indicator", "reporting_country", "collection"), self._of_kind("agreement"))

    def agreements(self, indicator: str, country: str, collection: str | None) -> list[StatementsRow]:
        """Return how the series of a figure agrees with those of other sources, the oldest year first."""
        return self._agreements.get((indicator, country, collection or ""), [])

    @cached_property
    def vintages(self) -> list[Vintage]:
        """Totals of detected victims with the days between which each was known, by country and year."""
        return self.rows(
            "SELECT reporting_country, year(period_end) AS year, value_low, value_high, flag, known_from, "
            "known_to FROM core.observations WHERE measure = $measure AND breakdown = 'total' "
            "AND frequency = 'A' AND collection IN (SELECT DISTINCT collection FROM baseline.headline "
            "WHERE indicator = $indicator AND collection IS NOT NULL) ORDER BY ALL",
            measure=PAGE_SERIES["measure"],
            indicator=PAGE_SERIES["victims"],
        )

    @cached_property
    def outlook(self) -> list[RevisionOutlookRow]:
        """How many values of each collection and age changed later, where enough are known."""
        return self.rows("SELECT * FROM analysis.revision_outlook WHERE why_not IS NULL ORDER BY ALL")

    @cached_property
    def histories(self) -> list[list[TotalOnDay]]:
        """Totals that changed between submissions, newest first: a row for each day on which one was known.

        Where a collection has no totals, they are the sums of its countries of origin.
        """
        rows = self.rows(
            "WITH sums AS ("
            "  SELECT collection, measure, reporting_country, frequency, period, period_start, known_from,"
            "    sum(value_low) AS value_low,"
            "    CASE WHEN count(*) = count(value_high) THEN sum(value_high) END AS value_high"
            "  FROM core.observations SEMI JOIN ("
            "    SELECT collection, measure,"
            "      CASE WHEN bool_or(breakdown = 'total') THEN 'total' ELSE 'citizenship' END AS breakdown"
            "    FROM core.observations GROUP BY ALL) USING (collection, measure, breakdown)"
            f"  WHERE {total_rows('core.observations', besides=['citizenship', 'origin_class'])}"
            "  GROUP BY ALL) "
            "SELECT * FROM sums QUALIFY count(DISTINCT (value_low, value_high)) OVER ("
            "  PARTITION BY collection, measure, reporting_country, frequency, period_start) > 1 "
            "ORDER BY period_start DESC, collection, measure, reporting_country, frequency, known_from"
        )
        key = ("collection", "measure", "reporting_country", "frequency", "period_start")
        return [*_by_key(key, rows).values()]

    @cached_property
    def _trends(self) -> dict[str, TrendsRow]:
        return {row["sentence_es"]: row for row in self.rows("SELECT * FROM analysis.trends")}

    def trend(self, row: LabelledFigure) -> TrendsRow | None:
        """Return the verdict on the series of a labelled figure, found by its sentence, or None."""
        return self._trends.get(row["sentence_es"] or "")

    @cached_property
    def submissions(self) -> list[SubmissionsRow]:
        """Received submissions, the newest first."""
        return self.rows("SELECT * FROM registry.submissions ORDER BY received_on DESC, submission")

    # ---- the network's records ---------------------------------------------------------------------

    @cached_property
    def records(self) -> list[str]:
        """The tables of the network's records that this release has."""
        rows = self.rows(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = $schema ORDER BY 1", schema=NETWORK
        )
        return [row["table_name"] for row in rows]

    def record_rows(self, table: str) -> list[Record]:
        """Return the records in force of a table of the network."""
        return self.rows(f'SELECT * FROM {NETWORK}."{table}" WHERE known_to IS NULL ORDER BY ALL')


def _figures_by_country(figures: Mapping[tuple[str, str, int], tuple[Any, ...]]) -> ByCountry:
    grouped: ByCountry = defaultdict(dict)
    for (indicator, country, year), figure in figures.items():
        grouped[country][indicator, year] = figure
    return grouped


def _differences(old: ByCountry, new: ByCountry) -> dict[str, Differences]:
    """Return the numbers of new, changed and gone values of each country in either release."""
    return {country: _changes(old.get(country, {}), new.get(country, {})) for country in {*old, *new}}


def _changes(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> Differences:
    return Counter(
        new=len(new.keys() - old.keys()),
        changed=sum(old[key] != new[key] for key in new.keys() & old.keys()),
        gone=len(old.keys() - new.keys()),
    )


def columns_of(row: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
    """Return some columns of a row, for a file of data."""
    return {name: row[name] for name in names}


def _by(column: str, rows: Iterable[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    return grouped


def _by_key(columns: Sequence[str], rows: Iterable[Any]) -> dict[Any, list[Any]]:
    """Return the rows by a tuple of columns."""
    grouped: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        grouped[tuple(row[column] for column in columns)].append(row)
    return grouped
