"""The answers of a release, a method for each tool. Reads through the client; computes no figure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from schemas.codelists import find, fold
from schemas.groupings import DEFAULT_GROUPING
from schemas.indicators import catalogue
from schemas.runs import runs_text
from schemas.words import InvalidValue, column_text, contract_language, say
from warehouse.answers import parts, refusals, series, texts
from warehouse.answers.contract import Answer, Call, Content, Figure, Item, Missing, Reason, Refusal
from warehouse.answers.refusals import NotAnswerable
from warehouse.build.statistics.rows import frame_rows
from warehouse.reading import arguments, explanation, network
from warehouse.reading.arguments import NoData
from warehouse.reading.client import Warehouse
from warehouse.reading.replies import measures_of, reply_lines, reply_texts
from warehouse.reading.rows import row_dicts, text
from warehouse.release import older_releases
from warehouse.release.older_releases import OlderRelease

if TYPE_CHECKING:
    import pandas as pd

    from schemas.tables.rows import CatalogueRow, CollectionsRow
    from warehouse.answers.series import SeriesRow

Reply = Answer | Missing | Refusal
_P = ParamSpec("_P")

NONE: Mapping[str, str] = {}
"""No breakdown."""

_NAMES_KEPT = 1024
"""Names of indicators and countries whose codes are remembered."""

REPORTED_STATUS = "reported"
"""Status of coverage that is no gap."""


def _tool(method: Callable[Concatenate[Answers, _P], Content]) -> Callable[Concatenate[Answers, _P], Reply]:
    """Decorate a method that returns the content of an answer. Errors for users become typed replies."""
    signature = inspect.signature(method, eval_str=True)

    @wraps(method)
    def reply(self: Answers, *args: _P.args, **keywords: _P.kwargs) -> Reply:
        arguments = dict(signature.bind(self, *args, **keywords).arguments)
        call = Call(tool=method.__name__, arguments={n: v for n, v in arguments.items() if n != "self" and v})
        header: dict[str, Any] = {"call": call, "lang": self.lang, **self.edition}
        try:
            with older_releases.explain_missing_tables(self._warehouse.connection):
                return Answer(**header, **dict(method(self, *args, **keywords)))
        except NotAnswerable as refusal:
            sentence = say(f"answers.refused.{refusal.reason}", self.lang, **refusal.facts)
            return Refusal(
                **header, sentence=sentence, reason=refusal.reason, alternatives=refusal.alternatives
            )
        except OlderRelease as older:
            return Missing(**header, sentence=older.render(self.lang))
        except NoData as missing:
            filled_by = str(missing.sentence.facts.get("filled_by", ""))
            return Missing(**header, sentence=missing.render(self.lang), filled_by=filled_by.strip("—"))
        except InvalidValue as wrong:
            return Refusal(**header, sentence=wrong.render(self.lang), reason="not_understood")

    # Programs that read the signature, such as the server for assistants, must see the reply.
    vars(reply).pop("__wrapped__")
    reply.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()} | {
        "return": Reply
    }
    vars(reply)["__signature__"] = signature.replace(return_annotation=Reply)
    return cast(Callable[Concatenate["Answers", _P], Reply], reply)


class Answers:
    """Answers of an open release, in its client's language. Every tool returns a reply of the contract.

    Indicators and countries are given by code or name. Without a country the question is about the Regional
    Conference on Migration. `by` is a breakdown with its codes or names (`{"sex": "F"}`); a dimension without
    a code (`{"sex": ""}`) stands for all its codes.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.lang = contract_language(warehouse.lang)
        (self.edition,) = self._rows("SELECT release, as_of::VARCHAR AS as_of FROM registry.release")
        # A release does not change: what it has of names is read once.
        self._indicator = lru_cache(_NAMES_KEPT)(self._read_indicator)
        self._country = lru_cache(_NAMES_KEPT)(self._read_country)

    @_tool
    def refuse(self, text: str, reason: Reason = "not_understood") -> Content:
        """Refuse a question, by default because it is not understood."""
        raise NotAnswerable(reason, what=text)

    # ---- figures -------------------------------------------------------------------------------------

    @_tool
    def find(self, text: str) -> Content:
        """Find the indicators with every word of `text` in their names or definitions."""
        rows = self._warehouse.search(text).to_dict("records")
        if not rows:
            raise NotAnswerable("not_understood", what=text)
        items = [
            Item(
                code=row["indicator"],
                name=row["name"],
                text=row["definition"],
                call=refusals.figure_call(row["indicator"]),
            )
            for row in rows
        ]
        return Content(sentence=self._say("find", n=len(items), text=text), items=tuple(items))

    @_tool
    def figure(
        self,
        indicator: str,
        country: str = "",
        period: str = "",
        by: Mapping[str, str] = NONE,
        collection: str = "",
        unit: str = "",
    ) -> Content:
        """Return the figure of a country and period, or of its newest year.

        `unit` is what the question takes the figure to count: `persons` of a count of events is refused.
        """
        code = self._indicator(indicator)
        refusals.refuse_events_as_persons(code, unit, country, self.lang)
        return self._figures_content(self._figure_rows(code, country, period, by, collection))

    @_tool
    def compare(
        self,
        indicators: list[str],
        countries: Sequence[str] = (),
        period: str = "",
        by: Mapping[str, str] = NONE,
        add: bool = False,
    ) -> Content:
        """Return the figures of several countries or indicators for one period, and whether an order follows.

        Without `countries`, of every member. Without `period`, of the newest year for which all have a
        figure, or else the newest of any. Nothing is added: with `add` the reply is a refusal that names the
        published sums.
        """
        codes = [self._indicator(name) for name in indicators]
        refusals.refuse_mixture(codes)
        countries_compared = [self._country(name) for name in countries] or network.members_on(
            self._warehouse.connection, date.fromisoformat(self.edition["as_of"])
        )
        if add:
            refusals.refuse_sum(codes)
        contents, missing = [], []
        for code in codes:
            frame, absent = self._rows_of_places(code, countries_compared, period, by)
            contents += [self._figures_content(frame)] if len(frame) else []
            missing += absent
        if not contents:
            raise missing[0]
        figures = tuple(figure for content in contents for figure in content.figures)
        return Content(
            sentence=" ".join([*(c.sentence for c in contents), *(gap.render(self.lang) for gap in missing)]),
            figures=figures,
            conclusion=texts.order_of_countries(figures, self.lang),
            caveats=_distinct(text for content in contents for text in content.caveats),
            citation=_distinct(text for content in contents for text in content.citation),
            licences={name: text for content in contents for name, text in content.licences.items()},
        )

    # ---- series --------------------------------------------------------------------------------------

    @_tool
    def series(self, indicator: str, country: str = "") -> Content:
        """Return the figures of every year, the oldest first, with the change between two windows."""
        code, reporting_country = self._indicator(indicator), self._country(country)
        rows = self._rows_by_series.get((code, reporting_country), [])
        if not rows:
            raise self._no_series(code, reporting_country)
        figures = tuple(parts.figure(row, self.lang) for row in rows)
        citations = self._citations(row["collection"] for row in rows)
        replies = self._replies(code, reporting_country, citations["licences"])
        return Content(
            sentence=series.series_sentence(figures, rows, self.lang),
            figures=figures,
            conclusion=series.newest_text(rows, "answer"),
            caveats=_distinct(
                (*_doubts(figures), column_text(self._catalogue[code], "caveat", self.lang), *replies)
            ),
            **citations,
        )

    @_tool
    def change(self, indicator: str, country: str = "", by: Mapping[str, str] = NONE) -> Content:
        """Return the change between two windows, and whether the series may be said to be rising."""
        code, reporting_country = self._indicator(indicator), self._country(country)
        frame = _select_codes(
            self._warehouse.change(code, countries=reporting_country, by=list(by)), by, self.lang
        )
        self._refuse_empty(frame, code, reporting_country)
        row = frame_rows(frame.sort_values("is_first", ascending=False, kind="stable"))[0]
        is_compared = not text(row["why_not_compared"])
        return Content(
            sentence=row["sentence"],
            changes=(parts.change(row),) if is_compared else (),
            conclusion=row["answer"],
            caveats=_caveats(frame),
            **self._citations([row["collection"]]),
        )

    @_tool
    def trend(self, indicator: str, country: str = "", by: Mapping[str, str] = NONE) -> Content:
        """Return the verdict of the test of a series: it rises, falls, or shows no clear change.

        A series without a verdict is refused, with the reason; `change` then states what can be stated.
        """
        code, reporting_country = self._indicator(indicator), self._country(country)
        frame = _select_codes(
            self._warehouse.trend(code, countries=reporting_country, by=list(by)), by, self.lang
        )
        self._refuse_empty(frame, code, reporting_country)
        row = frame_rows(frame.sort_values("last_period", kind="stable"))[-1]
        if text(row["why_not"]) and text(row["why_no_level"]):
            alternatives = Call(tool="change", arguments={"indicator": code, "country": reporting_country})
            raise NotAnswerable("no_verdict", [alternatives], sentence=row["sentence"])
        verdicts = (text(row["direction_name"]), text(row["level_name"]))
        return Content(
            sentence=row["sentence"],
            conclusion="; ".join(filter(None, verdicts)),
            caveats=_caveats(frame),
            **self._citations([row["collection"]]),
        )

    @_tool
    def flows(self, indicator: str, country: str = "", origin: str = "", period: str = "") -> Content:
        """Return the persons or events of each origin in a country's table, the largest first.

        With `origin`, in each country that names it. Without `period`, of each country's newest table.
        """
        entry = catalogue()[self._indicator(indicator)]
        reporting_country = "" if country in ("", DEFAULT_GROUPING) else self._country(country)
        frame = self._warehouse.flows(
            entry.family, origins=origin or (), countries=reporting_country or (), measure=entry.measure
        )
        newest = frame["period"] == frame.groupby("reporting_country")["period"].transform("max")
        frame = frame[explanation.is_of_period(frame, period) if period else newest]
        frame = frame.sort_values(["value_low", "value_high"], ascending=False, kind="stable")
        self._refuse_empty(frame, entry.id, reporting_country or DEFAULT_GROUPING)
        content = self._figures_content(frame)
        return content.model_copy(update={"sentence": texts.origins_sentence(content.figures, self.lang)})

    # ---- sources, gaps, laws -------------------------------------------------------------------------

    @_tool
    def sources(self, indicator: str, country: str, period: str = "") -> Content:
        """Return the figures of every source for a country and year. They are never merged."""
        code, reporting_country = self._indicator(indicator), self._country(country)
        frame = self._warehouse.indicator(code, countries=reporting_country, source="all")
        frame = frame[explanation.is_of_period(frame, period or str(frame["period"].max()))]
        self._refuse_empty(frame, code, reporting_country)
        content = self._figures_content(frame)
        return content.model_copy(update={"sentence": texts.sources_sentence(content.figures, self.lang)})

    @_tool
    def gaps(self, country: str, family: str = "trafficking", since: int = 0) -> Content:
        """Return the measures and years that a country has not reported, with the reason for each gap."""
        reporting_country = self._country(country)
        frame = self._warehouse.coverage(family, countries=reporting_country, since=since or None)
        missing = frame[frame["status"] != REPORTED_STATUS]
        items = [
            Item(
                code=rows["measure"].iloc[0],
                name=str(name),
                text=f"{runs_text(rows['year'])}: {status}",
            )
            for (name, status), rows in missing.groupby(["measure_name", "status_name"], sort=True)
        ]
        facts = {
            "country": self._name(reporting_country),
            "family": parts.code_with_name("family", family, self.lang).name,
        }
        return Content(
            sentence=self._say("gaps" if items else "no_gaps", n=len(items), **facts),
            items=tuple(items),
            **self._citations(frame["collection"]),
        )

    @_tool
    def law(self, country: str, element: str = "", family: str = "trafficking") -> Content:
        """Return what the laws of a country provide on an element, with the article and the assessment."""
        reporting_country = self._country(country)
        selection = {
            "country": reporting_country,
            "family": family,
            "element": find("legal_element", element) or element,
        }
        present: dict[str, Any] = {name: code for name, code in selection.items() if code}
        frame = self._warehouse.records("legislation", **present)
        if frame.empty:
            raise NoData("answers.no_law", country=self._name(reporting_country))
        cells = tuple(parts.law_cell(row, self.lang) for row in frame_rows(frame))
        is_confirmed = all(cell.verified_on for cell in cells)
        return Content(
            sentence=texts.law_sentence(self._name(reporting_country), family, cells, self.lang),
            laws=cells,
            caveats=() if is_confirmed else (self._say("law_unconfirmed"),),
            **self._citations(frame["collection"]),
        )

    # ---- evidence ------------------------------------------------------------------------------------

    @_tool
    def explain(
        self,
        indicator: str,
        country: str,
        period: str,
        by: Mapping[str, str] = NONE,
        collection: str = "",
    ) -> Content:
        """Return all that the release states about one figure, with the cells of the received files."""
        code, reporting_country = self._indicator(indicator), self._country(country)
        frame = self._figure_rows(code, reporting_country, period, by, collection)
        result = explanation.explain_figure(self._warehouse.connection, self.lang, frame)
        content = self._figures_content(frame)
        statements = (
            result.counts,
            result.evidence,
            result.joint,
            result.verdict,
            result.change,
            result.alert,
        )
        return content.model_copy(
            update={
                "conclusion": result.may_say,
                "cells": parts.source_cells(result.cells),
                "caveats": _distinct(filter(None, (*statements, result.outlook, *content.caveats))),
            }
        )

    @_tool
    def cite(self, indicator: str, country: str, period: str = "", by: Mapping[str, str] = NONE) -> Content:
        """Return the citation of one figure, with its own sources only."""
        content = self._figures_content(
            self._figure_rows(self._indicator(indicator), country, period, by, "")
        )
        sentence = self._say(
            "cite", figure=content.sentence, sources=" ".join(content.citation), **self.edition
        )
        return content.model_copy(update={"sentence": sentence})

    # ---- arguments -----------------------------------------------------------------------------------

    def _read_indicator(self, name: str) -> str:
        """Return the code of an indicator given by code or name. Raises InvalidValue."""
        code = _codes_by_name().get(fold(name), name)
        arguments.check_indicator(self._warehouse.connection, code)
        return code

    def _read_country(self, name: str) -> str:
        """Return the code of a country or grouping. Raises NotAnswerable for a part of a country."""
        if not name:
            return DEFAULT_GROUPING
        refusals.refuse_part_of_a_country(name, self.lang)
        try:
            return arguments.country_codes(self._warehouse.connection, name, self.lang)[0]
        except InvalidValue as unknown:  # by its name, which readers know, not by its code
            raise InvalidValue(
                unknown.sentence.key, **{**unknown.sentence.facts, "value": self._name(name)}
            ) from None

    def _name(self, code: str) -> str:
        return parts.country(code, self.lang).name

    # ---- rows ----------------------------------------------------------------------------------------

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return row_dicts(self._warehouse.connection.execute(sql, list(parameters)))

    @cached_property
    def _rows_by_series(self) -> dict[tuple[str, str], list[SeriesRow]]:
        return series.rows_by_series(self._warehouse)

    @cached_property
    def _catalogue(self) -> dict[str, CatalogueRow]:
        return {row["indicator"]: row for row in self._rows("SELECT * FROM baseline.catalogue")}

    @cached_property
    def _collections(self) -> dict[str, CollectionsRow]:
        rows = self._rows("SELECT * FROM registry.collections ORDER BY collection")
        return {row["collection"]: row for row in rows}

    @cached_property
    def _has_replies(self) -> bool:
        return bool(reply_lines(self._warehouse.connection, self.lang))

    def _replies(self, indicator: str, reporting_country: str, collections: Collection[str]) -> list[str]:
        """Return the replies of a country to the figures of an indicator."""
        if not self._has_replies:
            return []
        return reply_texts(
            self._warehouse.connection,
            self.lang,
            collections=collections,
            items=measures_of(self._catalogue[indicator]),
            members=[reporting_country],
        )

    def _figure_rows(
        self, indicator: str, country: str, period: str, by: Mapping[str, str], collection: str
    ) -> pd.DataFrame:
        return explanation.figure_rows(
            self._warehouse.connection,
            self.lang,
            indicator,
            self._country(country),
            period or None,
            by=by,
            collection=collection or None,
        )

    def _rows_of_places(
        self, indicator: str, countries_compared: Sequence[str], period: str, by: Mapping[str, str]
    ) -> tuple[pd.DataFrame, list[NoData]]:
        """Return the figures of some countries for a period, and an error for each one without a figure."""
        frame = _select_codes(
            self._warehouse.indicator(
                indicator,
                countries=countries_compared,
                by=list(by),
                frequency=explanation.frequency_of(period),
            ),
            by,
            self.lang,
        )
        period = period or _common_year(frame)
        of_period = frame[explanation.is_of_period(frame, period)]
        absent = [
            reporting_country
            for reporting_country in countries_compared
            if reporting_country not in set(of_period["reporting_country"])
        ]
        name = getattr(catalogue()[indicator].name, self.lang)
        facts = [
            (self._name(reporting_country), runs_text(_years(frame, reporting_country)) or "—")
            for reporting_country in absent
        ]
        return of_period, [
            NoData("home.no_figure", what=name, country=country, period=period or "—", known=years)
            for country, years in facts
        ]

    def _refuse_empty(self, frame: pd.DataFrame, indicator: str, reporting_country: str) -> None:
        """Raise NoData if an indicator has no row for a country."""
        if frame.empty:
            raise self._no_series(indicator, reporting_country)

    def _no_series(self, indicator: str, reporting_country: str) -> NoData:
        entry = self._catalogue[indicator]
        what, filled_by = (column_text(entry, column, self.lang) for column in ("name", "filled_by"))
        if entry["data"] != "available":
            return NoData("home.no_data", what=what, filled_by=filled_by or "—")
        return NoData("answers.no_series", what=what, country=self._name(reporting_country))

    # ---- content -------------------------------------------------------------------------------------

    def _figures_content(self, frame: pd.DataFrame) -> Content:
        """Return figures with their sentence, caveats, citation and licences."""
        figures = tuple(parts.figure(row, self.lang) for row in frame_rows(frame))
        return Content(
            sentence=texts.figures_sentence(figures, self.lang),
            figures=figures,
            caveats=_distinct((*_doubts(figures), *_caveats(frame))),
            **self._citations(frame["collection"]),
        )

    def _citations(self, collections: Any) -> dict[str, Any]:
        """Return the citations and licences of collections; a cell may name several."""
        names = {name for cell in collections for name in str(cell).split()}
        rows = [row for name, row in self._collections.items() if name in names]
        return {
            "citation": _distinct(row["citation"] for row in rows),
            "licences": {row["collection"]: row["licence"] for row in rows},
        }

    def _say(self, key: str, **facts: object) -> str:
        return say(f"answers.{key}", self.lang, **facts)


@cache
def _codes_by_name() -> dict[str, str]:
    return {
        fold(name): code for code, entry in catalogue().items() for name in (entry.name.es, entry.name.en)
    }


def _select_codes(frame: pd.DataFrame, by: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Return the rows of the codes that a breakdown names."""
    for name, code in [(name, code) for name, code in by.items() if code]:
        column = arguments.dimension_of(name)
        frame = frame[frame[column] == explanation.code_of(column, code, lang)]
    return frame


def _common_year(frame: pd.DataFrame) -> str:
    """Return the newest period for which every country of a frame has a figure, or else the newest of any."""
    periods = [set(rows["period"]) for _, rows in frame.groupby("reporting_country")]
    common = set.intersection(*periods) if periods else set()
    return str(max(common or set(frame["period"]), default=""))


def _years(frame: pd.DataFrame, reporting_country: str) -> list[int]:
    return [int(year) for year in frame.loc[frame["reporting_country"] == reporting_country, "year"]]


def _doubts(figures: tuple[Figure, ...]) -> tuple[str, ...]:
    """Return what the figures count, and the names of their flags."""
    counts = [figure.counts for figure in figures if figure.counts]
    return (*counts, *(f"{flag.name}." for figure in figures for flag in figure.flags))


def _caveats(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the caveat of the indicator, and the replies of countries to its figures."""
    return tuple(filter(None, (text(frame.attrs.get("caveat")), *frame.attrs.get("replies", ()))))


def _distinct(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
