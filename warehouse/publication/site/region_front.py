"""The first page: the region in five pictures, each with a sentence and a caveat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.groupings import DEFAULT_GROUPING
from schemas.origin import INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import column_text, number, say
from warehouse.build.statistics.rows import bound, needed_number
from warehouse.publication.site import (
    card,
    caveats,
    changes,
    country_plots,
    member_summary,
    origin_bars,
    origin_summary,
    region,
    revision_picture,
    series_picture,
    tile_map,
    wording,
)
from warehouse.publication.site.card import Card
from warehouse.publication.site.facts import PAGE_SERIES, Facts, columns_of
from warehouse.publication.site.origin_bars import OriginBar
from warehouse.publication.site.part import Content, DataRow, Part
from warehouse.publication.site.revision_picture import RevisedTotal
from warehouse.publication.site.tile_map import Tile
from warehouse.statements import series_sentences

if TYPE_CHECKING:
    from schemas.tables.rows import (
        HeadlineOriginRow,
        HeadlineRegionRow,
        HeadlineRow,
        RevisionsRow,
        StatementsRow,
    )
    from warehouse.publication.site.query_rows import FigureKey, OriginFigure

DETAIL, VICTIMS_PAGE = "region.html", f"{PAGE_SERIES['victims']}.html"
REVISED_SHOWN = 8


def page(facts: Facts, lang: str) -> Content:
    """Return everything that the first page shows."""
    sections = (_series_part, _origin_part, _map_part, _countries_part, _changes_part)
    parts = [part for section in sections if (part := section(facts, lang))]
    return {
        "parts": parts,
        "has_total": parts[0].id == "series",
        "nothing": region.no_figures_sentence(facts, lang),
        "region_is": say(
            "site.front.region_is",
            lang,
            n=len(facts.members),
            name=name_in_list("grouping", DEFAULT_GROUPING, lang),
        ),
    }


def _victims(facts: Facts, member: str) -> list[HeadlineRow]:
    rows = facts.headlines.get(PAGE_SERIES["victims"], [])
    return [row for row in rows if row["reporting_country"] == member]


def _other_unit_members(facts: Facts, lang: str) -> list[str]:
    """Return the members whose newest figure counts another thing than the others."""
    members = []
    for member in facts.members_by_name(lang):
        newest = wording.latest_number(_victims(facts, member))
        if newest and series_picture.counted_unit(facts, newest) is not None:
            members.append(member)
    return members


# ---- the series ------------------------------------------------------------------------------------


def _series_part(facts: Facts, lang: str) -> Part | None:
    """Return the sum of each year with its bounds, how many countries are in it, and other units apart."""
    newest = origin_summary.newest_regional_total(facts)
    if newest is None:
        return None
    rows = [
        row
        for row in facts.regions[PAGE_SERIES["victims"]]
        if row["reporting_country"] == DEFAULT_GROUPING and row["origin_class"] == "_T"
    ]
    apart_plots = [
        series_picture.small_plot(facts, member, _victims(facts, member), lang)
        for member in _other_unit_members(facts, lang)
    ]
    n, value, year = newest["members_reporting"], column_text(newest, "value", lang), newest["period"]
    picture = card.draw_card(
        Card(
            title=_series_title(facts, newest, lang),
            subtitle=say("site.front.series_counted", lang, first=rows[0]["year"], last=rows[-1]["year"]),
            note=_series_note(rows, lang),
            source=card.source_lines(facts, card.collections_of(rows), lang),
        ),
        series_picture.region_body(rows, apart_plots, lang, "series"),
        description="; ".join(wording.period_and_value(row, lang) for row in rows),
    )
    return Part(
        id="series",
        question=say("site.front.title", lang, n=n, value=value, year=year),
        sentence=" ".join(
            filter(
                None,
                [
                    "" if newest["direction"] else say("site.front.no_trend", lang),
                    caveats.left_out_sentence(facts, newest, lang),
                ],
            )
        ),
        caveat=say("caveat.trafficking", lang),
        picture=picture,
        file="region-series",
        rows=[_values(row, "members", "members_reporting") for row in rows],
        links=[
            (f"{VICTIMS_PAGE}#two-windows", say("site.changed_may_say", lang)),
            (f"{DETAIL}#trust", say("site.trust_sum", lang)),
        ],
    )


def _series_title(facts: Facts, newest: HeadlineRegionRow, lang: str) -> str:
    """State whether the years of a sum have the same countries."""
    members = facts.judgement(
        newest["indicator"], newest["reporting_country"], newest["year"], "members_of_years"
    )
    if members is None:
        return ""
    least, most = (number(bound(members[name]), lang) for name in ("value_low", "value_high"))
    if members["code"] == "same_members":
        return say("site.front.series_same", lang, n=most)
    return say("site.front.series_changing", lang, least=least, most=most)


def _series_note(rows: Sequence[HeadlineRegionRow], lang: str) -> str:
    """Explain the hatched part and the years without a sum, where they occur."""
    has_bounds = any(wording.is_number(row) and row["value_high"] != row["value_low"] for row in rows)
    is_withheld = any(not wording.is_number(row) for row in rows)
    notes = {"hatched": has_bounds, "no_sum": is_withheld}
    return " ".join(say(f"site.front.{name}", lang) for name, occurs in notes.items() if occurs)


def _values(row: DataRow, *columns_added: str) -> DataRow:
    """Return the columns of a row that its picture draws."""
    names = ("indicator", "reporting_country", "year", "value_low", "value_high", *columns_added)
    return columns_of(row, names)


# ---- inside or outside -----------------------------------------------------------------------------


def _origin_part(facts: Facts, lang: str) -> Part | None:
    """Return the bars of where victims are from: the region's newest year, and other units apart."""
    rows = [
        row
        for row in facts.regions.get(PAGE_SERIES["origin_shares"], [])
        if row["reporting_country"] == DEFAULT_GROUPING
    ]
    newest = wording.newest_origins(rows)
    majority = origin_summary.majority_with_bounds(facts, newest[0]) if newest else None
    if majority is None:
        return None
    first = newest[0]
    side, minimum = origin_summary.majority_side(majority)
    names = ", ".join(facts.names_of((first["members"] or "").split(), lang))
    parameters = {"year": first["period"], "n": first["members_reporting"]}
    bars = [_bar(majority, newest, say("site.front.bar_of", lang, **parameters), names, lang)]
    drawn_rows: list[OriginFigure] = [*newest]
    for member in _other_unit_members(facts, lang):
        shares = member_summary.newest_origin_shares(facts, member)
        if shares and (of_member := origin_summary.majority_with_bounds(facts, shares[0])):
            drawn_rows += shares
            bars.append(_bar_apart(facts, of_member, shares, lang))
    picture = card.draw_card(
        Card(
            title=say(
                f"site.front.origin.{side}",
                lang,
                least=origin_summary.share_text(minimum, minimum, lang),
                **parameters,
            ),
            subtitle=say("site.front.origin_counted", lang),
            note=_later_years(facts, rows, first["year"], lang),
            source=card.source_lines(facts, card.collections_of(drawn_rows), lang),
        ),
        origin_bars.bars_body(bars, lang, "origin"),
        description="; ".join(f"{bar.heading}: {bar.inside_text}, {bar.outside_text}" for bar in bars),
    )
    return Part(
        id="origin",
        question=say("site.front.origin_question", lang),
        sentence=_origin_counts(facts, first, lang),
        caveat=" ".join(
            filter(
                None,
                [
                    origin_summary.dominant_member_sentence(
                        facts, PAGE_SERIES["origin_shares"], DEFAULT_GROUPING, first["year"], lang
                    ),
                    say("site.front.citizenship", lang),
                ],
            )
        ),
        picture=picture,
        file="region-origin",
        rows=[_values(row, "origin_class") for row in drawn_rows],
        links=[
            (f"{DETAIL}#answer", say("site.who_and_what", lang)),
            (f"{DETAIL}#trust-origin", say("site.trust_of_origin", lang)),
        ],
    )


def _origin_counts(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """Return the victims in numbers: at least how many from inside, and of these from their own country."""
    figure: FigureKey = {
        "indicator": row["indicator"],
        "reporting_country": row["reporting_country"],
        "year": row["year"],
    }
    persons = {judgement["code"]: judgement for judgement in facts.judgements(figure, "persons_of_origin")}
    if not persons:
        return ""
    return say(
        "site.front.origin_counts",
        lang,
        year=row["period"],
        n=row["members_reporting"],
        total=number(bound(persons["inside"]["other_low"]), lang),
        least=number(bound(persons["inside"]["value_low"]), lang),
        own=number(bound(persons["own_national"]["value_low"]), lang),
    )


def _bar(
    majority: StatementsRow,
    rows: Sequence[OriginFigure],
    heading: str,
    whole: str,
    lang: str,
    *,
    is_other_unit: bool = False,
) -> OriginBar:
    """Return the bar of the shares of a whole."""
    by_class = origin_summary.rows_by_class(rows)
    return OriginBar(
        heading=heading,
        whole=whole,
        own=needed_number(by_class[OWN_NATIONAL]["value_low"]),
        others=needed_number(by_class[INTRA_REGIONAL]["value_low"]),
        outside=needed_number(majority["other_low"]),
        inside_text=origin_summary.inside_text(majority, lang),
        outside_text=origin_summary.outside_text(majority, lang),
        is_other_unit=is_other_unit,
    )


def _bar_apart(
    facts: Facts, majority: StatementsRow, shares: Sequence[HeadlineOriginRow], lang: str
) -> OriginBar:
    """Return the bar of a member that counts another thing."""
    member, year = majority["reporting_country"], majority["year"]
    name = facts.name(member, lang)
    total = facts.headline(PAGE_SERIES["victims"], member, year)
    kind = facts.series_kind(total) if total else None
    whole_text = ""
    if total and kind:
        whole_text = say(
            "site.front.other_whole",
            lang,
            value=column_text(total, "value", lang),
            unit=series_sentences.unit(kind, lang),
        )
    heading = say("site.front.apart_in", lang, name=name, year=shares[0]["period"])
    return _bar(majority, shares, heading, whole_text, lang, is_other_unit=True)


def _later_years(facts: Facts, rows: Sequence[HeadlineRegionRow], year: int, lang: str) -> str:
    """State for which later years too few countries have a table of origin for a share."""
    later = {row["year"]: row for row in rows if row["year"] > year and not wording.is_number(row)}
    return " ".join(
        say("site.front.later", lang, year=of_year, n=row["members_reporting"], all=row["members_total"])
        for of_year, row in sorted(later.items())
    )


# ---- what is known of each country -----------------------------------------------------------------


def _map_part(facts: Facts, lang: str) -> Part | None:
    """Return the tile map: the newest year of each country's total, and of the origin of its victims."""
    tiles, rows = [], []
    for member in facts.members_by_name(lang):
        newest = wording.latest_number(_victims(facts, member))
        shares = member_summary.newest_origin_shares(facts, member)
        tiles.append(
            Tile(
                member,
                facts.name(member, lang),
                newest["year"] if newest else None,
                shares[0]["year"] if shares else None,
            )
        )
        rows.append({"country": member, "newest_total": tiles[-1].total, "newest_origin": tiles[-1].origin})
    years = [tile.total for tile in tiles if tile.total]
    if not years:
        return None
    year = max(years)
    figures = facts.headlines[PAGE_SERIES["victims"]]
    picture = card.draw_card(
        Card(
            title=say(
                "site.front.map_title",
                lang,
                year=year,
                n=sum(tile.total == year for tile in tiles),
                all=len(tiles),
                origins=sum(tile.origin == year for tile in tiles),
            ),
            subtitle=say("site.front.map_counted", lang),
            source=card.source_lines(facts, card.collections_of(figures), lang),
        ),
        tile_map.tiles_body(tiles, lang),
    )
    older = [f"{tile.name} ({tile.total})" for tile in tiles if tile.total and tile.total < year]
    nameless = [tile.name for tile in tiles if tile.total is None]
    sentences = [
        say("site.front.older", lang, names=", ".join(older)) if older else "",
        say("site.front.without_total", lang, names=", ".join(nameless)) if nameless else "",
    ]
    return Part(
        id="map",
        question=say("site.front.map_question", lang),
        sentence=" ".join(filter(None, sentences)),
        caveat=say("site.front.map_mind", lang),
        picture=picture,
        file="region-map",
        rows=rows,
        links=[
            (f"{changes.TABLES}#coverage", say("site.coverage", lang)),
            (f"{changes.TABLES}#flows", say("site.front.flows", lang)),
        ],
    )


def _countries_part(facts: Facts, lang: str) -> Part:
    """Return a small plot for each country, with the verdicts of the tests in numbers."""
    members = facts.members_by_name(lang)
    figures = facts.headlines.get(PAGE_SERIES["victims"], [])
    smalls = [series_picture.small_plot(facts, member, _victims(facts, member), lang) for member in members]
    links = [(f"{member}.html", facts.name(member, lang)) for member in members]
    question = say("site.front.countries_question", lang)
    if not any(wording.is_number(row) for row in figures):
        return Part(id="members", question=question, sentence="", countries=links)
    picture = card.draw_card(
        Card(
            title=say("site.front.countries_title", lang, n=len(members)),
            subtitle=say(
                "site.front.countries_counted",
                lang,
                first=min(row["year"] for row in figures),
                last=max(row["year"] for row in figures),
            ),
            note=country_plots.note(smalls, lang),
            source=card.source_lines(facts, card.collections_of(figures), lang),
        ),
        series_picture.multiples_body(smalls, lang, "countries"),
        description="; ".join(f"{small.name}: {small.newest}, {small.verdict}" for small in smalls),
    )
    return Part(
        id="members",
        question=question,
        sentence=_verdict_counts(facts, figures, lang),
        caveat=say("site.front.countries_mind", lang),
        picture=picture,
        file="region-countries",
        rows=[_values(row, "how") for row in figures],
        countries=links,
    )


def _verdict_counts(facts: Facts, figures: Sequence[HeadlineRow], lang: str) -> str:
    """Return how many series show no clear change, how many are not tested, and which rose or fell."""
    members = wording.members_by_direction(facts, figures, lang)
    parts = [
        say(f"site.front.{direction}", lang, members="; ".join(members[direction]))
        for direction in changes.CLAIMED_DIRECTIONS
        if direction in members
    ]
    return " ".join([wording.verdict_counts(facts, members, lang), *parts])


# ---- what changed ----------------------------------------------------------------------------------


def _changes_part(facts: Facts, lang: str) -> Part | None:
    """Return the totals that the last revising delivery changed, and the change since the release before."""
    if facts.is_empty:
        return None
    lines = {line["name"]: line["text"] for line in changes.region_lines(facts, None, lang)}
    since = lines.get(say("site.changed_since_release", lang), "")
    links = [
        (f"{changes.TABLES}#revised", say("site.front.all_changes", lang)),
        (f"{DETAIL}#changed", say("site.region_detail", lang)),
    ]
    revision = changes.last_revision(facts)
    if revision is None:
        return Part(id="changed", question=say("site.changed", lang), sentence=since, links=links)
    new, old, rows = revision
    rows = sorted(rows, key=lambda row: (-row["year"], facts.sort_name(row["reporting_country"], lang)))
    shown_rows = rows[:REVISED_SHOWN]
    parameters = {"n": len(rows), "new": new["received_on"], "old": old["received_on"]}
    picture = card.draw_card(
        Card(
            title=say("site.front.revised_title", lang, **parameters),
            subtitle=say("site.front.revised_counted", lang, shown=len(shown_rows)),
            note=say("site.front.withdrawn", lang)
            if any(row["new_low"] is None for row in shown_rows)
            else "",
            source=card.source_lines(facts, {new["collection"]}, lang),
        ),
        revision_picture.revisions_body([_revised_total(facts, row, lang) for row in shown_rows], lang),
    )
    shifted = dict.fromkeys(
        facts.name(row["reporting_country"], lang)
        for row in facts.shifts
        if row["new_submission"] == new["submission"]
    )
    return Part(
        id="changed",
        question=say("site.changed", lang),
        sentence=since,
        caveat=say("site.some_shifted", lang, countries=", ".join(shifted)) if shifted else "",
        picture=picture,
        file="region-revised",
        rows=[columns_of(row, REVISED_COLUMNS) for row in shown_rows],
        links=links,
    )


REVISED_COLUMNS = (
    "reporting_country",
    "collection",
    "measure",
    "year",
    "old_low",
    "old_high",
    "new_low",
    "new_high",
)


def _revised_total(facts: Facts, row: RevisionsRow, lang: str) -> RevisedTotal:
    """Return a changed total as its picture shows it; an interval at its lower bound, with its text."""
    old, new = changes.old_and_new(row, lang)
    return RevisedTotal(
        name=f"{facts.name(row['reporting_country'], lang)}, {row['year']}",
        old=needed_number(row["old_low"]),
        new=row["new_low"],
        old_text=old,
        new_text=new,
    )
