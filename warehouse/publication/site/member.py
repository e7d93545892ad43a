"""The page of a member: reports, gaps, changes, origins, profile of victims, justice, open questions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from schemas.code_names import name_in_list
from schemas.codelists import NOT_APPLICABLE
from schemas.words import column_text, say
from warehouse.publication import charts, origin_years
from warehouse.publication.chart_titles import origin_title
from warehouse.publication.origin_years import Years
from warehouse.publication.site import (
    card,
    caveats,
    changes,
    columns,
    country_plots,
    coverage,
    drawing,
    evidence,
    member_summary,
    open_questions,
    origin_picture,
    records,
    region,
    series_picture,
    trust,
    wording,
)
from warehouse.publication.site.card import Card
from warehouse.publication.site.drawing import Share
from warehouse.publication.site.facts import PAGE_SERIES, Facts, columns_of
from warehouse.publication.site.month_picture import Month, months_body
from warehouse.publication.site.part import Content, Part
from warehouse.reading.replies import reply_lines
from warehouse.statements import series_sentences
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineOriginRow, HeadlineRow, IndicatorValuesRow, MonthlyRow
    from warehouse.publication.site.query_rows import WithSource

YEARS_SHOWN, JUSTICE_YEARS, ABROAD_YEARS, QUESTIONS_SHOWN, ALERTS_SHOWN = 12, 6, 5, 3, 1
MISSING_YEARS_SHOWN = 6
MONTH_COLUMNS = (
    "collection",
    "measure",
    "reporting_country",
    "period_start",
    "value_low",
    "value_high",
    "alert",
    "flag",
)
"""Columns of the data file of the monthly picture."""
COMPOSITION_COLUMNS = (
    "indicator",
    "reporting_country",
    "exploitation",
    "year",
    "value_low",
    "value_high",
    "collection",
)
"""Columns of the data file of the profile of victims."""
MISSING = (*coverage.WITHOUT_TOTAL, "late", "partial", "only_areas", "in_quarantine", "withdrawn")
"""Statuses that the page explains in words."""


def page(facts: Facts, member: str, lang: str) -> Content:
    """Return everything that the page of a member shows."""
    figures = {
        indicator: [row for row in rows if row["reporting_country"] == member]
        for indicator, rows in facts.headlines.items()
    }
    months = _monthly_series(facts, member, lang)
    newest = wording.latest_number(figures.get(PAGE_SERIES["victims"], []))
    sections = {
        "changed": changes.revision_lines(facts, member, lang),
        "trust": trust.figure_lines(facts, newest, lang) if newest else [],
        "test": changes.verdict_paragraph(facts, newest, lang) if newest else "",
        "origin": _origin_section(facts, member, lang),
        "sent": _coverage_table(facts, member, lang),
        "composition": _composition_section(facts, member, lang),
        "abroad": _abroad_rows(facts, member, lang),
    }
    lines = [] if facts.is_empty else member_summary.member_lines(facts, member, newest, lang)
    for line in lines:  # no link may lead to a section that is absent
        if not sections[line["more"]] and line["more"] != "changed":
            line["more"] = ""
    return sections | {
        "code": member,
        "name": facts.name(member, lang),
        "lead": region.no_figures_sentence(facts, lang) or _lead_sentence(facts, newest, lang),
        "how": f"{name_in_list('headline_how', newest['how'], lang)}."
        if newest and newest["how"] != "exact"
        else "",
        "known": lines,
        "origin_in_short": member_summary.short_origin_text(facts, member, newest, lang),
        "changes": changes.member_lines(facts, member, lang),
        "headline": wording.period_and_value(newest, lang) if newest else "",
        "missing": _missing_sentences(facts, member, lang),
        "justice": _justice_section(facts, figures, lang),
        "months": months,
        "records_of": records.member_records(facts, member, lang),
        "replies": reply_lines(facts.warehouse.connection, lang, members=[member]),
        "records_missing": records.missing_records_sentence(facts, member, lang),
        "questions": None if facts.is_empty else _question_texts(facts, member, lang),
        "compared": _compared_sentence(facts, member, lang),
        "sources": _citations(facts, member, {series["collection"] for series in months}, lang),
    }


def _lead_sentence(facts: Facts, row: HeadlineRow | None, lang: str) -> str:
    """Return the newest figure, and what it counts if that is another thing than elsewhere."""
    if row is None:
        return say("site.no_figure", lang)
    texts = {name: column_text(row, name, lang) for name in ("value", "source")}
    sentence, kind = say("site.last_figure", lang, period=row["period"], **texts), facts.series_kind(row)
    return (
        f"{sentence} {caveats.series_caveat(facts, row, lang)}"
        if kind and kind["is_other_kind"]
        else sentence
    )


# ---- reports and gaps ------------------------------------------------------------------------------


def _coverage_table(facts: Facts, member: str, lang: str) -> Content:
    """Return the map of measures by years. The most informative of several sources counts."""
    rows = [row for row in facts.coverage.get(member, []) if row["family"] in PAGE_SERIES["reported"]]
    years = sorted({row["year"] for row in rows})[-YEARS_SHOWN:]
    series = sorted({(name_in_list("measure", r["measure"], lang), r["family"], r["measure"]) for r in rows})
    names = [name for name, *_ in series]
    lines: list[Content] = []
    for name, family, measure in series:
        cells = [
            coverage.map_cell(coverage.status(facts, member, family, measure, year), lang) for year in years
        ]
        if any(cell["status"] for cell in cells):
            family_suffix = f" ({say(f'site.family.{family}', lang)})" if names.count(name) > 1 else ""
            lines.append({"name": name + family_suffix, "cells": cells})
    return {"years": years, "lines": lines, "key": coverage.map_key(lines, lang)}


def _missing_sentences(facts: Facts, member: str, lang: str) -> list[str]:
    """List measures and years that are late, quarantined, or in no table.

    The words blame nobody.
    """
    years_by_status: dict[str, dict[tuple[str, str], set[int]]] = {}
    for row in facts.coverage.get(member, []):
        if row["family"] == PAGE_SERIES["context"]:
            continue
        series_key = (row["family"], row["measure"])
        year_status = coverage.status(facts, member, *series_key, row["year"])
        status = year_status if year_status in coverage.WITHOUT_TOTAL else row["status"]
        if status in MISSING:
            years_by_status.setdefault(status, {}).setdefault(series_key, set()).add(row["year"])
    return [
        say("site.missing", lang, status=coverage.status_text(status, lang), series="; ".join(series))
        for status in MISSING
        if (
            series := [
                _measure_years(facts, member, *series_key, years, status, lang)
                for series_key, years in sorted(years_by_status.get(status, {}).items())
            ]
        )
    ]


def _measure_years(
    facts: Facts, member: str, family: str, measure: str, years: set[int], status: str, lang: str
) -> str:
    """Return a measure with its last years of a status, and the other source that reports them, if any."""
    last = sorted(years)[-MISSING_YEARS_SHOWN:]
    text = f"{name_in_list('measure', measure, lang)} {', '.join(map(str, last))}"
    if status != coverage.OTHER_SOURCE:
        return text
    return f"{text} ({coverage.other_source_titles(facts, member, family, measure, last, lang)})"


# ---- victims ---------------------------------------------------------------------------------------


def _origin_section(facts: Facts, member: str, lang: str) -> Content | None:
    """Return the picture of origins with its texts and notes, and the shares of the newest year."""
    years = member_summary.origin_years(facts, member)
    if years is None:
        return None
    shares = member_summary.newest_origin_shares(facts, member)
    most = wording.phrase(member_summary.majority_sentence(years, lang))
    return {
        "part": Part(
            id="origin",
            question=say("site.origin_heading", lang, most=most),
            sentence=member_summary.unknown_origins_sentence(years, "last_unknown", lang),
            caveat=say("caveat.trafficking", lang),
            picture=_origin_card(facts, member, years, lang),
            file=f"{member}-origin",
            rows=[row._asdict() for row in origin_years.rows(years.parts)],
        ),
        "notes": charts.notes(years, lang),
        "shares": _shares_part(facts, member, shares, lang) if shares else None,
    }


def _shares_part(facts: Facts, member: str, shares: Sequence[HeadlineOriginRow], lang: str) -> Part:
    """Return the shares of origin of the newest year that has any."""
    bars, year = wording.origin_shares(shares, lang), shares[0]["period"]
    title = say("site.shares_of", lang, year=year)
    return Part(
        id="shares",
        question=title,
        sentence="",
        picture=_bars_card(
            facts,
            f"{facts.name(member, lang)}: {wording.phrase(title)}",
            say("site.card.shares_counted", lang),
            bars,
            shares,
            lang,
        ),
        file=f"{member}-shares",
        rows=country_plots.picture_rows(shares, "origin_class"),
    )


def _bars_card(
    facts: Facts, title: str, subtitle: str, bars: Sequence[Share], rows: Sequence[WithSource], lang: str
) -> dict[str, Markup]:
    """Return a picture of bars of shares."""
    return card.draw_card(
        Card(
            title=title, subtitle=subtitle, source=card.source_lines(facts, card.collections_of(rows), lang)
        ),
        lambda width: (
            drawing.narrow_share_bars(bars)
            if width.is_narrow
            else drawing.share_bars(bars, width.inner, letters=card.NOTES)
        ),
        description="; ".join(f"{bar.name} {bar.text}" for bar in bars),
    )


def _origin_card(facts: Facts, member: str, years: Years, lang: str) -> dict[str, Markup]:
    """Return the picture of origins by year. A year of another unit than the newest has a mark."""
    figures = [r for r in facts.headlines.get(PAGE_SERIES["victims"], []) if r["reporting_country"] == member]
    newest = wording.latest_number(figures)
    unit = series_picture.counted_unit(facts, newest) if newest else None
    other_unit = {
        row["year"]
        for row in figures
        if wording.is_number(row) and series_picture.counted_unit(facts, row) != unit
    }
    kind = facts.series_kind(newest) if newest and unit else None
    unit_text = series_sentences.unit(kind, lang) if kind else say("site.card.persons", lang)
    marks = {origin_picture.year_mark(row, other_unit) for row in origin_years.rows(years.totals)}
    notes = [say(f"site.front.mark.{name}", lang) for name, mark in NOTED_MARKS.items() if mark in marks]
    return card.draw_card(
        Card(
            title=origin_title(years, lang),
            subtitle=say("site.card.by_origin", lang, unit=unit_text, first=years.all[0], last=years.all[-1]),
            note=" ".join(notes),
            source=card.source_lines(facts, [years.facts["collection"]], lang),
        ),
        origin_picture.origin_body(years, lang, other_unit=other_unit),
        description=origin_picture.describe_years(years, lang),
    )


NOTED_MARKS = {"in_doubt": columns.IN_DOUBT, "other_unit": columns.OTHER_UNIT}
"""Marks of the picture of origins that its note explains."""


def _composition_section(facts: Facts, member: str, lang: str) -> Content | None:
    """Return the profile of victims, as shares of all of them, so that the unknown part shows."""
    profile = member_summary.composition_rows(facts, member)
    if not profile:
        return None
    years = sorted({row["year"] for row in profile})
    title = say("site.composition_of", lang, years=", ".join(map(str, years)))
    bars = [_composition_share(facts, row, lang) for row in profile]
    picture = _bars_card(
        facts,
        f"{facts.name(member, lang)}: {wording.phrase(title)}",
        say("site.composition_sub", lang),
        bars,
        profile,
        lang,
    )
    part = Part(
        id="composition",
        question=title,
        sentence="",
        caveat=say("site.who_overlap", lang) if len(profile) > 1 else "",
        picture=picture,
        file=f"{member}-composition",
        rows=[columns_of(row, COMPOSITION_COLUMNS) for row in profile],
    )
    return {"title": title, "part": part}


def _composition_share(facts: Facts, row: IndicatorValuesRow, lang: str) -> Share:
    low, high = member_summary.share_bounds(row)
    text = f"{row['year']}: {member_summary.share_text(row, lang)}"
    return Share(name=member_summary.share_name(facts, row, lang), low=low, high=high, text=text)


def _justice_section(facts: Facts, figures: dict[str, list[HeadlineRow]], lang: str) -> Content | None:
    """Return counts of offences, suspects, prosecutions and convictions by year.

    No share is computed from them.
    """
    indicators = [
        name
        for name, entry in facts.catalogue.items()
        if entry["family"] == PAGE_SERIES["family"]
        and entry["kind"] == "process"
        and entry["unit"] in ("persons", "offences")
    ]
    rows = {name: {row["year"]: row for row in figures.get(name, [])} for name in indicators}
    years = sorted(
        {year for by_year in rows.values() for year, row in by_year.items() if wording.is_number(row)}
    )
    years = years[-JUSTICE_YEARS:]
    if not years:
        return None
    lines: list[Content] = [
        {
            "name": column_text(facts.catalogue[name], "name", lang),
            "indicator": name,
            "cells": [_value_cell(rows[name].get(year), lang) for year in years],
        }
        for name in indicators
        if any(year in rows[name] and wording.is_number(rows[name][year]) for year in years)
    ]
    notes = wording.add_footnotes([cell for line in lines for cell in line["cells"]])
    ends = say("site.justice_ends", lang, year=years[-1])
    return {
        "years": years,
        "lines": lines,
        "notes": notes,
        "ends": ends,
        "hidden": _suppressed_sentence(facts, rows, years, lang),
    }


def _suppressed_sentence(
    facts: Facts, rows: dict[str, dict[int, HeadlineRow]], years: Sequence[int], lang: str
) -> str:
    """Explain counts between zero and a bound: the source suppresses such cells."""
    figures = [by_year[year] for by_year in rows.values() for year in years if year in by_year]
    suppressed_rows = [row for row in figures if facts.judgements(row, "hidden_count")]
    values = dict.fromkeys(column_text(row, "value", lang) for row in suppressed_rows)
    return say("site.justice_hidden", lang, values=", ".join(values)) if values else ""


def _value_cell(row: HeadlineRow | None, lang: str) -> Content:
    if row is None:
        return {"value": say("headline.not_reported", lang), "flags": "", "to": ""}
    return {
        "value": column_text(row, "value", lang),
        "flags": column_text(row, "flags", lang),
        "to": evidence.link(row),
    }


# ---- nationals abroad, months, records, questions --------------------------------------------------


def _abroad_rows(facts: Facts, member: str, lang: str) -> list[Content]:
    """Return nationals detected in other members: year, bounds, countries, and how many report."""
    lines = []
    for row in facts.nationals_abroad.get(member, [])[-ABROAD_YEARS:]:
        countries = [
            {
                "text": f"{facts.name(flow['reporting_country'], lang)} "
                f"{persons_text(flow['persons_low'], flow['persons_high'], lang)}",
                "to": evidence.origins_link(facts, flow["reporting_country"], row["year"]),
            }
            for flow in member_summary.flows_abroad(facts, member, row["year"])
        ]
        reporting = say("site.of_members", lang, n=row["members_reporting"], all=row["members_total"])
        lines.append(
            {
                "year": str(row["year"]),
                "persons": persons_text(row["persons_low"], row["persons_high"], lang),
                "where": countries,
                "members": reporting,
            }
        )
    return lines


def _monthly_series(facts: Facts, member: str, lang: str) -> list[Content]:
    """Return the monthly series of mobility, which are context only: the longest of the first measure."""
    rows = [row for row in facts.months.get(member, []) if row["family"] == PAGE_SERIES["context"]]
    series = [
        list(rows_of_series)
        for _, rows_of_series in groupby(rows, key=lambda r: (r["collection"], r["measure"]))
    ]
    longest: dict[str, list[MonthlyRow]] = {}
    for rows_of_series in sorted(series, key=len):
        longest[rows_of_series[0]["measure"]] = rows_of_series
    return [
        _series_section(facts, rows_of_series, [row for row in rows if row["measure"] == measure], lang)
        for measure, rows_of_series in longest.items()
    ][:1]


def _series_section(
    facts: Facts, rows: list[MonthlyRow], measure_rows: list[MonthlyRow], lang: str
) -> Content:
    """Return a series as shown, with the alerts of all series of its measure."""
    first, last = rows[0]["period_start"], rows[-1]["period_start"]
    collection, member = facts.collections[rows[0]["collection"]], rows[0]["reporting_country"]
    measure = name_in_list("measure", rows[0]["measure"], lang)
    title = f"{measure}, {first:%Y-%m} – {last:%Y-%m}"
    return {
        "collection": collection["collection"],
        "part": Part(
            id="months",
            question=f"{say('site.context', lang)}: {wording.phrase(measure)}",
            sentence="",
            caveat=say(f"caveat.{collection['family']}", lang),
            picture=_months_card(facts, rows, f"{facts.name(member, lang)}: {wording.phrase(title)}", lang),
            file=f"{member}-months",
            rows=[columns_of(row, MONTH_COLUMNS) for row in rows],
        ),
        "alerts": _alert_sentences(facts, measure_rows, lang),
        "change": _twelve_month_sentences(facts, rows[0], lang),
    }


def _months_card(facts: Facts, rows: Sequence[MonthlyRow], title: str, lang: str) -> dict[str, Markup]:
    """Return the picture of a monthly series."""
    months = [
        Month(
            start=row["period_start"],
            low=row["value_low"],
            high=row["value_high"],
            words=persons_text(row["value_low"], row["value_high"], lang),
            is_alert=row["alert"] is not None,
        )
        for row in rows
    ]
    collection = wording.collection_title(facts, rows[0]["collection"], lang)
    has_alert, has_bounds = any(month.is_alert for month in months), any(m.high != m.low for m in months)
    notes = {"alert": has_alert, "bounds": has_bounds}
    return card.draw_card(
        Card(
            title=title,
            subtitle=say("site.card.months_counted", lang, title=collection),
            note=" ".join(say(f"site.card.months_{name}", lang) for name, occurs in notes.items() if occurs),
            source=card.source_lines(facts, [rows[0]["collection"]], lang),
        ),
        months_body(months, lang),
        description=f"{months[-1].start:%Y-%m}: {months[-1].words}",
    )


def _twelve_month_sentences(facts: Facts, row: MonthlyRow, lang: str) -> str:
    """Return the change of a monthly series over twelve months, and whether it may be said to be rising."""
    series = [
        change
        for change in facts.changes.get((NOT_APPLICABLE, row["reporting_country"]), [])
        if (change["collection"], change["measure"]) == (row["collection"], row["measure"])
    ]
    texts = [changes.window_change(facts, change, lang) for change in series]
    return " ".join(f"{text['text']} {text['answer']}" for text in texts)


def _alert_sentences(facts: Facts, rows: list[MonthlyRow], lang: str) -> list[str]:
    """Return the recent alerts of a series, else the month of the last older one."""
    last = [row for row in rows if row["is_recent_alert"]][-ALERTS_SHOWN:]
    if last:
        return [
            wording.with_collection_titles(facts, column_text(row, "sentence", lang), lang) for row in last
        ] + wording.surge_notes(last, lang)
    older = [row["period_start"] for row in rows if row["alert"] is not None]
    return [say("site.alerts_over", lang, month=f"{max(older):%Y-%m}")] if older else []


def _question_texts(facts: Facts, member: str, lang: str) -> Content:
    """Return the open questions on its figures by measure and year, the newest first."""
    questions = open_questions.questions_by_figure(facts, member)
    texts = []
    for (measure, year), rows in questions.items():
        text = open_questions.questions_text(facts, rows, lang)
        texts.append(f"{name_in_list('measure', measure, lang)}, {year}: {text}")
    return {"all": len(texts), "shown": texts[:QUESTIONS_SHOWN], "more": texts[QUESTIONS_SHOWN:]}


def _citations(facts: Facts, member: str, context: set[str], lang: str) -> list[str]:
    """Return the citations of its figures and of the context."""
    collections = context | {
        row["collection"]
        for rows in facts.headlines.values()
        for row in rows
        if row["reporting_country"] == member and row["collection"]
    }
    return [facts.citation(name, lang) for name in sorted(collections)]


def _compared_sentence(facts: Facts, member: str, lang: str) -> str:
    """Name the other sources that its figures are compared with."""
    names = {
        name
        for (country, *_), sources in facts.other_sources.items()
        if country == member
        for name in sources
    }
    titles = "; ".join(wording.collection_title(facts, name, lang) for name in sorted(names))
    return say("site.compared_with", lang, titles=titles) if titles else ""
