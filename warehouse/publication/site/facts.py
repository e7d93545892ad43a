"""What the pages are made of, read once from a release: its tables as rows. Nothing is computed.

A row is a mapping of column to value; what the release has not is None. Of the network's tables
there are those that the release has.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from schemas.code_names import code_name
from schemas.codelists import codelist
from schemas.flags import has_flag
from schemas.groupings import DEFAULT
from schemas.tables import table
from schemas.words import contract_language, say
from warehouse.build.statistics import shifts
from warehouse.home.deployment import EMBEDDED, Deployment
from warehouse.publication.origin_years import Years, years_of
from warehouse.reading.client import Warehouse

Row = Mapping[str, Any]
ByCountry = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]
"""Values by country, then by key."""
VALUES = ("value", "value_low", "value_high", "flag")
"""Columns in which a value changes."""
FIRST: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("first.toml").read_text(encoding="utf-8"))
"""What the pages tell first, by what it is to them."""
NETWORK = "network"
"""The schema of the network's records (Design §9)."""
YEAR = "year(if(frequency = 'A', period_start + INTERVAL 1 YEAR - INTERVAL 1 DAY, period_start))"
"""The year of a period: a fiscal year bears that of its end."""


class Facts:
    """A release, read as its pages need it."""

    def __init__(self, warehouse: Warehouse, before: Facts | None = None, by: Deployment = EMBEDDED) -> None:
        """`before`: the release before, where there is one; `by`: whose deployment it is."""
        self.warehouse, self.before, self.by = warehouse, before, by
        self._years: dict[tuple[str, ...], Years] = {}

    def rows(self, sql: str, **parameters: Any) -> list[Row]:
        """The rows of a SELECT."""
        found = self.warehouse.connection.execute(sql, parameters)
        names = [name for name, *_ in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @cached_property
    def release(self) -> Row:
        """The release's name and day."""
        [row] = self.rows("SELECT release, as_of, built_on FROM registry.release")
        return row

    @cached_property
    def members(self) -> list[str]:
        """The members on the release's day, by code."""
        return self.members_of(DEFAULT, self.release["as_of"])

    def members_of(self, grouping: str, day: date) -> list[str]:
        """The members of a grouping on a day, by code."""
        found = self.rows(
            "SELECT DISTINCT member FROM reference.groupings WHERE grouping = $grouping "
            "AND $day BETWEEN valid_from AND coalesce(valid_to, $day) ORDER BY 1",
            grouping=grouping,
            day=day,
        )
        return [row["member"] for row in found]

    def name(self, country: str, lang: str) -> str:
        """The name of a country, or of a grouping that told a figure as one; its code where it is neither."""
        return code_name("grouping", "country", country, lang)

    @cached_property
    def catalogue(self) -> dict[str, Row]:
        """The indicators by id."""
        found = self.rows("SELECT * FROM baseline.catalogue ORDER BY indicator")
        return {row["indicator"]: row for row in found}

    @cached_property
    def headlines(self) -> dict[str, list[Row]]:
        """The labelled figures of members by indicator, by country and year."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline ORDER BY ALL"))

    @cached_property
    def _by_place(self) -> dict[tuple[str, str, int], Row]:
        return {
            (row["indicator"], row["reporting_country"], row["year"]): row
            for rows in self.headlines.values()
            for row in rows
        }

    @cached_property
    def told(self) -> dict[tuple[str, str, int], tuple[str, float, float]]:
        """The labelled figures that are numbers, by indicator, country and year."""
        return {
            key: (row["how"], row["value_low"], row["value_high"])
            for key, row in self._by_place.items()
            if row["value_low"] is not None
        }

    @cached_property
    def values(self) -> ByCountry:
        """Every value of the indicators, of quarters, breakdowns and origins, too, by country and key."""
        return self._by_country("baseline.indicator_values")

    @cached_property
    def protected(self) -> ByCountry:
        """What is told of protected collections, by country, then by key."""
        return self._by_country("baseline.protected_counts")

    def read_what_is_compared(self) -> None:
        """Read all that the next release is compared with, while the file is open."""
        _ = (self.release, self.submissions, self.told, self.values, self.protected)

    def _by_country(self, name: str) -> ByCountry:
        """The values of a table by country, then by the rest of its key, as far as the release has them."""
        try:
            found = self.rows(f"SELECT * FROM {name}")
        except duckdb.CatalogException:  # a release of earlier tables
            return {}
        key = [column for column in table(name).key if column != "reporting_country"]
        grouped: ByCountry = defaultdict(dict)
        for row in found:
            place = tuple(row.get(column) for column in key)
            grouped[row["reporting_country"]][place] = tuple(row[c] for c in row if c in VALUES)
        return grouped

    def is_protected(self, row: Row) -> bool:
        """Whether a figure is of collections that are not open."""
        names = (row["collection"] or "").split()
        return any(self.collections[name]["confidentiality"] != "open" for name in names)

    @cached_property
    def cited(self) -> set[str]:
        """The submissions of protected collections that the release's protected counts are made of."""
        found = self.rows("SELECT DISTINCT submissions FROM baseline.protected_counts")
        return {name for row in found for name in (row["submissions"] or "").split()}

    @property
    def is_empty(self) -> bool:
        """Whether no figure is told of anybody."""
        return not self.told

    def headline(self, indicator: str, country: str, year: int) -> Row | None:
        """The labelled figure of an indicator, a country and a year; None where there is no such row."""
        return self._by_place.get((indicator, country, year))

    @cached_property
    def origins(self) -> dict[str, list[Row]]:
        """The labelled figures of classes of origin, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_origin ORDER BY ALL"))

    @cached_property
    def forms(self) -> dict[str, list[Row]]:
        """The labelled shares of forms of exploitation, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_exploitation ORDER BY ALL"))

    def parts(self, indicator: str) -> dict[tuple[str, str], list[Row]]:
        """The labelled figures by list and code: totals (of no list), else each class of origin or form."""
        if totals := self.headlines.get(indicator):
            return {} if self._is_of_regions(indicator, totals) else {("", ""): totals}
        tables = {"origin_class": self.origins, "exploitation": self.forms}
        return {
            (codes, code): own
            for codes, rows in tables.items()
            for code in codelist(codes)
            if (own := [row for row in rows.get(indicator, []) if row[codes] == code])
        }

    def _is_of_regions(self, indicator: str, totals: list[Row]) -> bool:
        """Whether regions alone have the figure: that no country told one would be said of each of them."""
        return indicator in self.regions and all(row["how"] == "not_reported" for row in totals)

    @cached_property
    def regions(self) -> dict[str, list[Row]]:
        """The labelled figures of regions, by indicator."""
        return _by("indicator", self.rows("SELECT * FROM baseline.headline_region ORDER BY ALL"))

    @cached_property
    def counts(self) -> dict[tuple[str, str], str]:
        """By family and measure the indicator that counts it, whose figures stand in the tables of totals."""
        return {
            (entry["family"], str(entry["numerator"])): name
            for name, entry in self.catalogue.items()
            if entry["denominator"] is None
        }

    @cached_property
    def sums(self) -> dict[tuple[str, str, str, int], dict[str, Row]]:
        """Sums and shares of groupings, by indicator, grouping, panel and year, then by class of origin."""
        found = self.rows(
            "SELECT indicator, reporting_country, panel, year, origin_class, value_low, value_high, members, "
            "members_reporting, members_total, largest_member, largest_share_low, largest_share_high, flag "
            "FROM baseline.indicator_values WHERE panel <> '_Z' AND frequency = 'A' AND pooled_years = 1 "
            "AND denominator_basis IN ('_Z', 'all') "
            "AND (sex, age_group, exploitation, citizenship) = ('_T', '_T', '_T', '_T') ORDER BY ALL"
        )
        grouped: dict[tuple[str, str, str, int], dict[str, Row]] = defaultdict(dict)
        for row in found:
            key = (row["indicator"], row["reporting_country"], row["panel"], row["year"])
            grouped[key][row["origin_class"]] = row
        return grouped

    @cached_property
    def totals_beside(self) -> dict[tuple[str, str, int], list[Row]]:
        """The totals that other sources than the one to take tell: by country, indicator and year."""
        found = self.rows(
            "SELECT DISTINCT reporting_country, indicator, year, period, collection, value_low, value_high "
            "FROM baseline.indicator_values "
            "WHERE NOT preferred AND panel = '_Z' AND frequency = 'A' AND pooled_years = 1 "
            "AND (sex, age_group, exploitation, citizenship, origin_class) = ('_T', '_T', '_T', '_T', '_T') "
            "AND value_low IS NOT NULL ORDER BY ALL"
        )
        grouped: dict[tuple[str, str, int], list[Row]] = defaultdict(list)
        for row in found:
            grouped[row["reporting_country"], row["indicator"], row["year"]].append(row)
        return grouped

    @cached_property
    def beside(self) -> dict[tuple[str, str, int], list[str]]:
        """The names of these sources."""
        return {
            place: sorted({row["collection"] for row in rows}) for place, rows in self.totals_beside.items()
        }

    @cached_property
    def collections(self) -> dict[str, Row]:
        """The collections by name, with the newest extract in force."""
        found = self.rows(
            "SELECT c.*, s.received_on FROM registry.collections AS c LEFT JOIN ("
            "  SELECT collection, max(received_on) AS received_on FROM registry.submissions"
            "  WHERE status = 'accepted' GROUP BY ALL"
            ") AS s USING (collection) ORDER BY c.collection"
        )
        return {row["collection"]: row for row in found}

    def citation(self, collection: str, lang: str) -> str:
        """Where the figures of a collection come from, in the reader's language."""
        row = self.collections[collection]
        title, received = row[f"title_{contract_language(lang)}"], row["received_on"]
        return say("chart.source", lang, title=title, received=received, citation=row["citation"])

    def years(self, collection: str, country: str, measure: str) -> Years:
        """What there is of each year of a table of origins, read once."""
        key = (collection, country, measure)
        if key not in self._years:
            self._years[key] = years_of(self.warehouse, *key)
        return self._years[key]

    @cached_property
    def coverage(self) -> dict[str, list[Row]]:
        """What was reported, late, never or not asked: one row a measure and year, by country."""
        found = self.rows(
            "SELECT reporting_country, family, measure, collection, year(period_end) AS year, "
            "list(DISTINCT status ORDER BY status) AS statuses, max(due_on) AS due_on "
            "FROM analysis.coverage GROUP BY ALL ORDER BY ALL"
        )
        return _by("reporting_country", found)

    @cached_property
    def questions(self) -> dict[str, list[Row]]:
        """What nobody has decided, by country."""
        return _by(
            "reporting_country",
            self.rows(
                f"SELECT reporting_country, question, collection, measure, {YEAR} AS year, "
                "breakdown, citizenship, value_low, value_high, says_es, says_en "
                "FROM analysis.open_questions "
                "ORDER BY period_start DESC, question, collection, measure, breakdown, citizenship"
            ),
        )

    @cached_property
    def abroad(self) -> dict[str, list[Row]]:
        """Nationals detected in other members, by origin."""
        return _by(
            "origin",
            self.rows(
                "SELECT origin, year, persons_low, persons_high, possible_high, members_reporting, "
                "members_total, members, flag FROM analysis.nationals_abroad "
                "WHERE measure = $measure ORDER BY origin, year",
                measure=FIRST["measure"],
            ),
        )

    @cached_property
    def flows(self) -> list[Row]:
        """Who was detected where: origin, reporting country, year, of the preferred source."""
        return self.rows(
            "SELECT origin, origin_class, reporting_country, year(period_end) AS year, persons_low, "
            "persons_high, possible_high, flag FROM baseline.origin_flows "
            "WHERE preferred AND measure = $measure ORDER BY ALL",
            measure=FIRST["measure"],
        )

    @cached_property
    def classes(self) -> dict[tuple[str, int], dict[str, Row]]:
        """The classes of origin of the tables that flows are of: by country and year, then by class."""
        found = self.rows(
            "SELECT reporting_country, year(period_end) AS year, origin_class, persons_low, persons_high, "
            "possible_high, total_low, total_high, flag FROM baseline.origin_profile SEMI JOIN ("
            "SELECT collection, reporting_country, measure, period_start, period_end "
            "FROM baseline.origin_flows WHERE preferred) "
            "USING (collection, reporting_country, measure, period_start, period_end) "
            "WHERE measure = $measure ORDER BY ALL",
            measure=FIRST["measure"],
        )
        grouped: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
        for row in found:
            grouped[row["reporting_country"], row["year"]][row["origin_class"]] = row
        return grouped

    @cached_property
    def profiles(self) -> list[Row]:
        """The tables of origin there are, one row a collection, country and measure."""
        return self.rows(
            "SELECT DISTINCT collection, reporting_country, measure, family FROM baseline.origin_profile "
            "ORDER BY ALL"
        )

    @cached_property
    def months(self) -> dict[str, list[Row]]:
        """The monthly totals, by country."""
        return _by(
            "reporting_country",
            self.rows(
                "SELECT collection, family, measure, reporting_country, period_start, value_low, value_high, "
                "alert, years_compared, sentence_es, sentence_en, flag FROM analysis.monthly "
                "WHERE origin_class = '_T' AND citizenship = '_T' ORDER BY collection, measure, period_start"
            ),
        )

    @cached_property
    def agreement(self) -> dict[str, list[Row]]:
        """Where two sources tell the same total of a year, by country."""
        return _by(
            "reporting_country",
            self.rows(
                f"SELECT reporting_country, {YEAR} AS year, measure, collection_a, value_a_low, "
                "value_a_high, collection_b, value_b_low, value_b_high, ratio_low, ratio_high "
                "FROM analysis.source_agreement WHERE frequency = 'A' AND ratio_low IS NOT NULL "
                "AND (sex, age_group, exploitation, citizenship) = ('_T', '_T', '_T', '_T') ORDER BY ALL"
            ),
        )

    @cached_property
    def revisions(self) -> dict[str, list[Row]]:
        """What submissions changed, counted by kind and submission, by country."""
        return _by(
            "reporting_country",
            self.rows(
                "SELECT reporting_country, new_submission, old_submission, kind, count(*) AS n "
                "FROM analysis.revisions GROUP BY ALL ORDER BY ALL"
            ),
        )

    @cached_property
    def revised_totals(self) -> list[Row]:
        """The totals of years that a later submission changed."""
        return self.rows(
            f"SELECT reporting_country, collection, measure, {YEAR} AS year, old_low, old_high, new_low, "
            "new_high, old_submission, new_submission, kind FROM analysis.revisions "
            "WHERE frequency = 'A' AND kind <> 'new' AND (sex, age_group, exploitation, citizenship, "
            "counterpart_country) = ('_T', '_T', '_T', '_T', '_Z') ORDER BY ALL"
        )

    @cached_property
    def shifts(self) -> list[Row]:
        """The series that a later submission shows a year away, by the rule of submissions."""
        return self.rows(shifts.REVISED)

    @cached_property
    def shares_known(self) -> dict[tuple[str, str], list[Row]]:
        """Who the victims are, over all of them, by indicator and country, the newest year first."""
        found = self.rows(
            "SELECT v.indicator, v.reporting_country, v.exploitation, v.year, v.value_low, v.value_high "
            "FROM baseline.indicator_values AS v WHERE v.preferred AND v.denominator_basis = 'all' "
            "AND v.panel = '_Z' AND v.frequency = 'A' AND v.pooled_years = 1 "
            "AND v.indicator IN (SELECT indicator FROM baseline.catalogue "
            "WHERE unit = 'share' AND kind = 'outcome' AND family = 'trafficking') "
            "AND (v.sex, v.age_group, v.origin_class, v.citizenship) = ('_T', '_T', '_T', '_T') "
            "ORDER BY v.year DESC, v.indicator, v.reporting_country, v.exploitation"
        )
        grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in found:
            grouped[row["indicator"], row["reporting_country"]].append(row)
        return grouped

    @cached_property
    def sources(self) -> dict[str, list[Row]]:
        """The sources of each indicator: which countries and years, and where each is the one to take."""
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
        found = self.rows(
            "SELECT indicator, list(DISTINCT measure ORDER BY measure) AS measures "
            "FROM baseline.indicator_values GROUP BY ALL"
        )
        return {row["indicator"]: row["measures"] for row in found}

    @cached_property
    def exceeded(self) -> dict[str, list[Row]]:
        """Totals that one of their own breakdowns exceeds, so that its shares are withheld, by country."""
        found = self.rows(
            "SELECT DISTINCT reporting_country, collection, measure, year, flag "
            "FROM baseline.indicator_values "
            "WHERE panel = '_Z' AND frequency = 'A' AND unit = 'share' ORDER BY ALL"
        )
        return _by("reporting_country", [row for row in found if has_flag(row["flag"], "inconsistent")])

    def is_of(self, indicator: str, row: Row, collection: str = "collection") -> bool:
        """Whether a row of a collection and a measure is of an indicator: families may share a measure."""
        family = self.collections[row[collection]]["family"]
        is_its_family = family == self.catalogue[indicator]["family"]
        return is_its_family and row["measure"] in self.measures.get(indicator, [])

    @cached_property
    def change(self) -> list[Row]:
        """By whom the regional sum of victims changed between the last two years, of the same members."""
        return self.rows(
            "SELECT * FROM analysis.decomposition WHERE indicator = $indicator "
            "AND reporting_country = $grouping AND origin_class = '_T' AND panel = 'fixed' "
            "AND to_year - from_year = 1 QUALIFY to_year = max(to_year) OVER () ORDER BY member",
            indicator=FIRST["victims"],
            grouping=DEFAULT,
        )

    @cached_property
    def vintages(self) -> list[Row]:
        """Totals of detected victims as they were known: from which day to which, by country and year."""
        return self.rows(
            "SELECT reporting_country, year(period_end) AS year, value_low, value_high, flag, known_from, "
            "known_to FROM core.observations WHERE measure = $measure AND breakdown = 'total' "
            "AND frequency = 'A' AND collection IN (SELECT DISTINCT collection FROM baseline.headline "
            "WHERE indicator = $indicator AND collection IS NOT NULL) ORDER BY ALL",
            measure=FIRST["measure"],
            indicator=FIRST["victims"],
        )

    @cached_property
    def _trends(self) -> dict[str, Row]:
        return {row["sentence_es"]: row for row in self.rows("SELECT * FROM analysis.trends")}

    def trend(self, row: Row) -> Row | None:
        """The verdict on the series of a labelled figure, which bears its sentence, if any."""
        return self._trends.get(row["sentence_es"])

    @cached_property
    def _first_known(self) -> dict[tuple[str, str, str, int], date]:
        found = self.rows(
            f"SELECT collection, reporting_country, measure, {YEAR} AS year, min(known_from) AS day "
            "FROM core.observations WHERE breakdown = 'total' AND frequency = 'A' GROUP BY ALL"
        )
        return {
            (row["collection"], row["reporting_country"], row["measure"], row["year"]): row["day"]
            for row in found
        }

    def could_be_revised(self, collection: str, country: str, measures: Iterable[str], year: int) -> bool:
        """Whether an extract of the collection was accepted after the one that first had such a total."""
        places = ((collection, country, measure, year) for measure in measures)
        days = [day for place in places if (day := self._first_known.get(place))]
        return not days or any(
            row["received_on"] > min(days)
            for row in self.submissions
            if row["collection"] == collection and row["status"] == "accepted"
        )

    @cached_property
    def submissions(self) -> list[Row]:
        """What was received, the newest first."""
        return self.rows(
            "SELECT submission, collection, received_on, status, rows_received, rows_quarantined, "
            "errors, warnings FROM registry.submissions ORDER BY received_on DESC, submission"
        )

    # ---- the network's records ----------------------------------------------------------------------

    @cached_property
    def records(self) -> list[str]:
        """The tables of the network's records that this release has."""
        found = self.rows(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = $schema ORDER BY 1", schema=NETWORK
        )
        return [row["table_name"] for row in found]

    def record_rows(self, table: str) -> list[Row]:
        """The records of one of them that are in force."""
        return self.rows(f'SELECT * FROM {NETWORK}."{table}" WHERE known_to IS NULL ORDER BY ALL')


def _by(column: str, rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row[column]].append(row)
    return grouped
