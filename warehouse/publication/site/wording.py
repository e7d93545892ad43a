"""Text and frames that several pages share: values, ratios, titles, citations, verdicts, small charts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from markupsafe import Markup

from schemas.flags import has_flag
from schemas.licences import licence
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import column_text, number, say
from warehouse.build.statistics.rows import needed_number
from warehouse.publication.bundle.catalogue_metadata import author
from warehouse.publication.charts import COLOURS
from warehouse.publication.quality.wording import within_sentence
from warehouse.publication.site import drawing
from warehouse.publication.site.drawing import Point, Share
from warehouse.publication.site.facts import Facts
from warehouse.publication.site.part import Content
from warehouse.statements import series_sentences
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import LabelledFigure, MonthlyRow
    from warehouse.publication.site.query_rows import DrawnFigure, JudgedPair, OriginFigure, OtherTotal

Figure = TypeVar("Figure", bound="DrawnFigure")
"""A row of any table of labelled figures, or of a slice."""
CLASSES = (OWN_NATIONAL, INTRA_REGIONAL, EXTRA_REGIONAL)
MARKS = {"not_reported": "–", "withheld": "×", "says_nothing": "?", "in_doubt": "?"}
"""Marks that replace a figure without a number in a small frame."""
REPORTED_MARKS = MARKS.keys() - {"not_reported"}
"""Marks whose figure is still shown in words, because something was reported."""


def figure_with_year(row: DrawnFigure, lang: str) -> str:
    """Return a labelled figure with its year, value and warnings."""
    flags = column_text(row, "flags", lang)
    value = period_and_value(row, lang)
    return f"{value}. {flags}" if flags else value


def period_and_value(row: DrawnFigure, lang: str) -> str:
    """Return a labelled figure with its year."""
    return f"{row['period']}: {column_text(row, 'value', lang)}"


def is_number(row: DrawnFigure) -> bool:
    """Return whether a labelled figure is a number that counts."""
    return row["value_low"] is not None and row["how"] not in MARKS


def latest_number(rows: Sequence[Figure]) -> Figure | None:
    """Return the newest labelled figure that is a number."""
    return max((row for row in rows if is_number(row)), key=lambda row: row["year"], default=None)


def frame_points(rows: Sequence[LabelledFigure], lang: str) -> list[Point]:
    """Convert labelled figures to points of a small frame."""
    return [
        Point(
            at=row["year"],
            low=row["value_low"] if is_number(row) else None,
            high=None if row["value_high"] is None or math.isinf(row["value_high"]) else row["value_high"],
            tooltip=figure_with_year(row, lang),
            mark=MARKS.get(row["how"], ""),
        )
        for row in rows
    ]


def member_frames(facts: Facts, rows: Sequence[LabelledFigure], unit: str, lang: str) -> list[Content]:
    """Return a small frame for each member, all on the same scale. Empty if there are no rows.

    Shares use a linear scale, counts a scale in powers of ten.
    """
    if not rows:
        return []
    numbers = [row for row in rows if is_number(row)]
    bounds = [needed_number(row[name]) for row in numbers for name in ("value_low", "value_high")]
    figures = [number for number in bounds if not math.isinf(number)]
    by_tens = unit != "share"
    highest = 1.0 if unit == "share" else max(figures, default=1.0)
    scale = drawing.frame_scale(highest, by_tens=by_tens and highest > 20)
    labels = {tick: tick_label(tick, unit, lang) for tick in scale.ticks}
    years = (min(row["year"] for row in rows), max(row["year"] for row in rows))
    frames = []
    for member in facts.members_by_name(lang):
        member_rows = [row for row in rows if row["reporting_country"] == member]
        newest = latest_number(member_rows)
        shown_row = newest or max(
            (r for r in member_rows if r["how"] in REPORTED_MARKS), key=lambda r: r["year"], default=None
        )
        value = period_and_value(shown_row, lang) if shown_row else ""
        name = facts.name(member, lang)
        frames.append(
            {
                "country": member,
                "name": name,
                "latest": value or say("headline.not_reported", lang),
                "is_told": newest is not None,
                "svg": drawing.small_frame(
                    frame_points(member_rows, lang),
                    scale,
                    labels,
                    years=years,
                    label=f"{name}. {value}",
                ),
            }
        )
    return frames


def tick_label(tick: float, unit: str, lang: str) -> str:
    """Return the label of an axis value. A share is in percent."""
    if unit == "share":
        return say("headline.percent", lang, number=number(round(100 * tick), lang))
    return number(round(tick, 2), lang)


def origin_shares(rows: Sequence[OriginFigure], lang: str) -> list[Share]:
    """Return the shares of own nationals, other members and outside, as the picture needs them."""
    by_class = {row["origin_class"]: row for row in rows}
    return [
        Share(
            name=say(f"site.plain.{name}", lang),
            low=by_class[name]["value_low"],
            high=by_class[name]["value_high"],
            text=column_text(by_class[name], "value", lang),
            colour=COLOURS[name],
        )
        for name in CLASSES
        if name in by_class
    ]


def newest_origins(rows: Sequence[Figure]) -> list[Figure]:
    """Return the labelled shares of the newest year in which a class of origin has a number."""
    years = [row["year"] for row in rows if is_number(row)]
    return [row for row in rows if row["year"] == max(years)] if years else []


def figure_text(row: LabelledFigure | None, lang: str) -> str:
    """Return a labelled figure in words. A figure without a row was not reported."""
    return column_text(row, "value", lang) if row else say("headline.not_reported", lang)


def add_footnotes(cells: Sequence[Content]) -> list[tuple[str, str]]:
    """Add a footnote letter to each cell with warnings. Return the letters with their texts."""
    texts = list(dict.fromkeys(cell["flags"] for cell in cells if cell["flags"]))
    letters = {text: _letter(n) for n, text in enumerate(texts)}
    for cell in cells:
        cell["note"] = letters.get(cell["flags"], "")
    return [(letter, text) for text, letter in letters.items()]


def _letter(n: int) -> str:
    """Return `a` … `z`, then `aa`. A digit could be mistaken for part of a figure."""
    first, last = divmod(n, 26)
    return ("" if not first else chr(96 + first)) + chr(97 + last)


def ratio_text(low: float | None, high: float | None, lang: str) -> str:
    """Return a ratio, from bound to bound. It has no upper bound if the other source may be zero."""
    lower, upper = ("" if n is None else number(round(n, 2), lang) for n in (low, high))
    if not (lower and upper):
        return f"≥ {lower}" if lower else f"≤ {upper}"
    return lower if lower == upper else f"{lower}–{upper}"


def collection_title(facts: Facts, collection: str, lang: str) -> str:
    """Return the title of a collection."""
    return column_text(facts.collections[collection], "title", lang)


def source_values(facts: Facts, row: JudgedPair, lang: str) -> tuple[str, str]:
    """Return title and value of each of the two sources of a total."""
    titles = [collection_title(facts, row[name], lang) for name in ("collection_a", "collection_b")]
    return (
        f"{titles[0]}: {persons_text(row['value_a_low'], row['value_a_high'], lang)}",
        f"{titles[1]}: {persons_text(row['value_b_low'], row['value_b_high'], lang)}",
    )


def total_with_source(facts: Facts, row: OtherTotal, lang: str) -> str:
    """Return a total after its source's title, with its period if the year begins on another day."""
    year = "" if row["period"] == str(row["year"]) else f", {row['period']}"
    value = persons_text(row["value_low"], row["value_high"], lang)
    return f"{collection_title(facts, row['collection'], lang)}{year}: {value}"


def source_rows(facts: Facts, lang: str) -> list[dict[str, str]]:
    """Return the collections with an extract, with their citation and licence."""
    return [
        {
            "collection": name,
            "title": collection_title(facts, name, lang),
            "citation": row["citation"],
            "licence": licence(row["licence"], lang)
            if row["licence"]
            else say("site.licence_not_stated", lang),
            "received": str(row["received_on"]),
        }
        for name, row in facts.collections.items()
        if row["received_on"]
    ]


def citation(facts: Facts, lang: str) -> str:
    """Return the citation of the release: publisher, year, title, day, and address if any."""
    return say(
        "site.citation",
        lang,
        author=author(facts.deployment, lang),
        year=facts.release["as_of"].year,
        title=say("bundle.title", lang, release=facts.release["release"]),
        day=facts.release["as_of"],
        address=f" {facts.deployment.address}" if facts.deployment.address else "",
    )


def with_collection_titles(facts: Facts, text: str, lang: str) -> str:
    """Replace codes of collections in a sentence of the release with their titles."""
    if not facts.collections:
        return text

    def titles(codes: re.Match[str]) -> str:
        return "; ".join(collection_title(facts, name, lang) for name in codes[0].split())

    return _collection_codes(tuple(facts.collections)).sub(titles, text)


@lru_cache(maxsize=1)
def _collection_codes(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of one code of a collection or several, the longest first."""
    code = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(f"(?:{code})(?: (?:{code}))*")


def trend_sentences(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> list[str]:
    """Return the distinct trend sentences of labelled figures."""
    sentences = dict.fromkeys(column_text(row, "sentence", lang) for row in rows)
    return [with_collection_titles(facts, text, lang) for text in sentences if text]


def surge_notes(alerts: Sequence[MonthlyRow], lang: str) -> list[str]:
    """Explain the usual level, if a surge alert compares with earlier years."""
    surges = [row for row in alerts if has_flag(row["alert"], "surge") and row["years_compared"]]
    return [say("site.alerts_usual", lang)] if surges else []


def members_by_direction(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> dict[str, list[str]]:
    """Return the members by the direction of their newest series.

    Rises and falls have the tested years, what the series counts, and on what evidence.
    """
    members: dict[str, list[str]] = {}
    judged = {row["reporting_country"]: row for row in rows if facts.judgements(row, "direction")}
    for member in facts.members_by_name(lang):
        row = judged.get(member)
        direction = (row["direction"] if row else None) or "none"
        name = facts.name(member, lang)
        if row and direction in ("rising", "falling"):
            kind = facts.series_kind(row)
            years = f"{row['tested_from']}–{row['tested_to']}"
            caveat = f"; {series_sentences.short_caveat(kind, lang)}" if kind else ""
            name = f"{name} ({years}{caveat})"
        members.setdefault(direction, []).append(name)
    return members


def claims_sentence(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> str:
    """List rises and falls, then count unclear series and members without a verdict."""
    members = members_by_direction(facts, rows, lang)
    claims, unclear = claim_sentences(members, lang), len(members.get("no_clear_change", []))
    with_verdict = unclear + sum(len(members.get(direction, [])) for direction in ("rising", "falling"))
    sentences = [*claims, say("site.cannot_be_said", lang, n=unclear)] if unclear else claims
    if n := len(facts.members) - with_verdict:
        sentences = [
            *sentences,
            say("site.others_unclaimed" if sentences else "site.none_claimed", lang, n=n),
        ]
    return " ".join(sentences)


def verdict_counts(facts: Facts, members: Mapping[str, Sequence[str]], lang: str) -> str:
    """Return how many series show no clear change, and how many are not tested."""
    unclear = len(members.get("no_clear_change", []))
    claims = sum(len(members.get(direction, [])) for direction in ("rising", "falling"))
    return say("site.front.verdicts", lang, unclear=unclear, untested=len(facts.members) - unclear - claims)


def claim_sentences(members: Mapping[str, Sequence[str]], lang: str) -> list[str]:
    """Return a sentence on the members that rose, and one on those that fell."""
    return [
        say(f"site.verdict.{direction}", lang, members="; ".join(members[direction]))
        for direction in ("rising", "falling")
        if direction in members
    ]


def verdict_title(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> str:
    """Return the title of a picture of all members: rises, falls, and members with no verdict."""
    members = members_by_direction(facts, rows, lang)
    parts = claim_sentences(members, lang)
    with_claim = {*members.get("rising", []), *members.get("falling", [])}
    unclear = members.get("no_clear_change", [])
    without_verdict = [
        name for names in members.values() for name in names if name not in {*with_claim, *unclear}
    ]
    if unclear:
        parts.append(say("site.verdict.no_clear_change", lang, members=", ".join(unclear)))
    if without_verdict:
        parts.append(say("site.verdict.untold", lang, members=", ".join(without_verdict)))
    return " ".join(parts)


def span(first: int, last: int) -> str:
    """Return a range of years. A single year appears once."""
    return str(first) if first == last else f"{first}–{last}"


def phrase(text: str) -> str:
    """Return a sentence for use within another: without full stop and first capital. Acronyms stay."""
    return within_sentence(text.removesuffix("."))


def html(text: str) -> Markup:
    """Mark a text as safe HTML."""
    return Markup(text)
