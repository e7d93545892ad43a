"""Facts in words and pictures, for several pages: a value, a status, a year's mark, a table of origin."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from schemas.flags import has_flag
from schemas.licences import licence
from schemas.origin import EXTRA_REGIONAL, INTRA_REGIONAL, OWN_NATIONAL
from schemas.words import number, say
from warehouse.publication.bundle.catalogued import author
from warehouse.publication.charts import COLOURS, counted
from warehouse.publication.site import drawing
from warehouse.publication.site.drawing import Point, Share
from warehouse.publication.site.facts import Facts, Row

Say = Callable[..., str]
CLASSES = (OWN_NATIONAL, INTRA_REGIONAL, EXTRA_REGIONAL)
MARKS = {"not_reported": "–", "withheld": "×", "says_nothing": "?", "in_doubt": "?"}
"""What stands in a small frame for a figure that is no number."""
SAID = MARKS.keys() - {"not_reported"}
"""What of these is said all the same: something was told."""


def told(row: Row, lang: str) -> str:
    """A labelled figure with its year, its value and its warnings."""
    flags = row[f"flags_{lang}"]
    value = f"{row['period']}: {row[f'value_{lang}']}"
    return f"{value}. {flags}" if flags else value


def is_told(row: Row) -> bool:
    """Whether a labelled figure is a number that counts."""
    return row["value_low"] is not None and row["how"] not in MARKS


def latest(rows: Sequence[Row]) -> Row | None:
    """The newest labelled figure that is a number."""
    return max((row for row in rows if is_told(row)), key=lambda row: row["year"], default=None)


def points(rows: Sequence[Row], lang: str) -> list[Point]:
    """Labelled figures as points of a small frame."""
    return [
        Point(
            at=row["year"],
            low=row["value_low"] if is_told(row) else None,
            high=None if row["value_high"] is None or math.isinf(row["value_high"]) else row["value_high"],
            told=told(row, lang),
            mark=MARKS.get(row["how"], ""),
        )
        for row in rows
    ]


def multiples(facts: Facts, rows: Sequence[Row], unit: str, lang: str) -> list[dict[str, Any]]:
    """The frames of every member on one scale: shares straight, counts by tens. Of no row there is none."""
    if not rows:
        return []
    figures = [r["value_high"] for r in rows if is_told(r) and not math.isinf(r["value_high"])]
    figures += [r["value_low"] for r in rows if is_told(r)]
    by_tens = unit != "share"
    most = 1.0 if unit == "share" else max(figures, default=1.0)
    scale = drawing.multiple_scale(most, by_tens=by_tens and most > 20)
    labels = {tick: tick_label(tick, unit, lang) for tick in scale.ticks}
    years = (min(row["year"] for row in rows), max(row["year"] for row in rows))
    frames = []
    for member in facts.members:
        own = [row for row in rows if row["reporting_country"] == member]
        newest = latest(own)
        shown = newest or max((r for r in own if r["how"] in SAID), key=lambda r: r["year"], default=None)
        said = shown and f"{shown['period']}: {shown[f'value_{lang}']}"
        name = facts.name(member, lang)
        frames.append(
            {
                "country": member,
                "name": name,
                "latest": said or say("headline.not_reported", lang),
                "is_told": newest is not None,
                "svg": drawing.multiple(
                    points(own, lang), scale, labels, years=years, label=f"{name}. {said or ''}"
                ),
            }
        )
    return frames


def tick_label(tick: float, unit: str, lang: str) -> str:
    """A value at an axis: a share in percent."""
    if unit == "share":
        return say("headline.percent", lang, number=number(round(100 * tick), lang))
    return number(round(tick, 2), lang)


def origin_shares(rows: Sequence[Row], lang: str) -> list[Share]:
    """Nationals, of other members, from outside: one labelled figure of each."""
    by_class = {row["origin_class"]: row for row in rows}
    return [
        Share(
            name=say(f"site.plain.{name}", lang),
            low=by_class[name]["value_low"],
            high=by_class[name]["value_high"],
            said=by_class[name][f"value_{lang}"],
            colour=COLOURS[name],
        )
        for name in CLASSES
        if name in by_class
    ]


def newest_origins(rows: Sequence[Row]) -> list[Row]:
    """The labelled shares of the newest year in which a class of origin has one."""
    years = [row["year"] for row in rows if is_told(row)]
    return [row for row in rows if row["year"] == max(years)] if years else []


def bounds(low: float | None, high: float | None, lang: str) -> str:
    """Persons from bound to bound."""
    least, most = (float("nan") if n is None or math.isinf(n) else n for n in (low, high))
    return counted(least, most, lang)


def told_or_not(row: Row, which: str, lang: str) -> str:
    """One of the two values of a revised total, or that it was not reported."""
    low, high = row[f"{which}_low"], row[f"{which}_high"]
    return say("headline.not_reported", lang) if low is None else bounds(low, high, lang)


def figure(row: Row | None, lang: str) -> str:
    """A labelled figure in words; one of which there is no row was not reported."""
    return str(row[f"value_{lang}"]) if row else say("headline.not_reported", lang)


def noted(cells: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Give each cell with warnings the letter of its text; the letters with their texts."""
    texts = list(dict.fromkeys(cell["flags"] for cell in cells if cell["flags"]))
    letters = {text: _letter(n) for n, text in enumerate(texts)}
    for cell in cells:
        cell["note"] = letters.get(cell["flags"], "")
    return [(letter, text) for text, letter in letters.items()]


def _letter(n: int) -> str:
    """`a` … `z`, then `aa`: no number, which would be taken for a figure's."""
    first, last = divmod(n, 26)
    return ("" if not first else chr(96 + first)) + chr(97 + last)


def ratio(low: float | None, high: float | None, lang: str) -> str:
    """A ratio from bound to bound; where the other source may be zero it has no upper one."""
    least, most = ("" if n is None else number(round(n, 2), lang) for n in (low, high))
    if not (least and most):
        return f"≥ {least}" if least else f"≤ {most}"
    return least if least == most else f"{least}–{most}"


def title(facts: Facts, collection: str, lang: str) -> str:
    """What a collection is called."""
    return str(facts.collections[collection][f"title_{lang}"])


def of_source(facts: Facts, row: Row, side: str, lang: str) -> str:
    """One of two sources of a total, `a` or `b`, by its title, with what it tells."""
    told = bounds(row[f"value_{side}_low"], row[f"value_{side}_high"], lang)
    return f"{title(facts, row[f'collection_{side}'], lang)}: {told}"


def of_total(facts: Facts, row: Row, lang: str) -> str:
    """A total by the title of its source, with its year where that begins on another day."""
    year = "" if row["period"] == str(row["year"]) else f", {row['period']}"
    told = bounds(row["value_low"], row["value_high"], lang)
    return f"{title(facts, row['collection'], lang)}{year}: {told}"


def sources(facts: Facts, lang: str) -> list[dict[str, str]]:
    """The collections with an extract, with their citation and licence."""
    return [
        {
            "collection": name,
            "title": title(facts, name, lang),
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
    """How the release is cited: who publishes, as its deployment says, title, day, and an address if any."""
    return say(
        "site.citation",
        lang,
        author=author(facts.by, lang),
        year=facts.release["as_of"].year,
        title=say("bundle.title", lang, release=facts.release["release"]),
        day=facts.release["as_of"],
        address=f" {facts.by.address}" if facts.by.address else "",
    )


def named(facts: Facts, text: str, lang: str) -> str:
    """A sentence of the release with the titles of collections for their codes."""
    for name in sorted(facts.collections, key=len, reverse=True):
        text = text.replace(name, title(facts, name, lang))
    return text


def sentences(facts: Facts, rows: Sequence[Row], lang: str) -> list[str]:
    """The sentences of trends of labelled figures, each once."""
    told = dict.fromkeys(row[f"sentence_{lang}"] for row in rows if row[f"sentence_{lang}"])
    return [named(facts, text, lang) for text in told]


def last_alerts(rows: Sequence[Row], lang: str) -> list[Row]:
    """The alerts of monthly series that are of the last year of their series: older ones are over."""
    ends: dict[tuple[str, str], date] = {}
    for row in rows:
        key = (row["collection"], row["measure"])
        ends[key] = max(row["period_start"], ends.get(key, row["period_start"]))
    return [
        row
        for row in rows
        if row["alert"] is not None
        and row[f"sentence_{lang}"]
        and _months(row["period_start"]) > _months(ends[row["collection"], row["measure"]]) - 12
    ]


def usual(alerts: Sequence[Row], lang: str) -> list[str]:
    """What is called usual in alerts of a surge, where there is one that looks at the season."""
    surges = [row for row in alerts if has_flag(row["alert"], "surge") and row["years_compared"]]
    return [say("site.alerts_usual", lang)] if surges else []


def _months(day: date) -> int:
    return 12 * day.year + day.month


def verdicts(facts: Facts, rows: Sequence[Row], lang: str) -> dict[str, list[str]]:
    """Members by the direction of their series; of a rise and a fall with the years tested."""
    found: dict[str, list[str]] = {}
    for member in facts.members:
        row = next((r for r in rows if r["reporting_country"] == member and r["direction"]), None)
        direction = row["direction"] if row else "none"
        name = facts.name(member, lang)
        if row and direction in ("rising", "falling"):
            name = f"{name} ({row['tested_from']}–{row['tested_to']})"
        found.setdefault(direction, []).append(name)
    return found


def claims(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """Who rose and who fell, of how many others it cannot be said, and of how many no trend is claimed."""
    found = verdicts(facts, rows, lang)
    claimed, unclear = _claimed(found, lang), len(found.get("no_clear_change", []))
    told = unclear + sum(len(found.get(direction, [])) for direction in ("rising", "falling"))
    said = [*claimed, say("site.cannot_be_said", lang, n=unclear)] if unclear else claimed
    if n := len(facts.members) - told:
        said = [*said, say("site.others_unclaimed" if said else "site.none_claimed", lang, n=n)]
    return " ".join(said)


def _claimed(found: dict[str, list[str]], lang: str) -> list[str]:
    return [
        say(f"site.verdict.{direction}", lang, members=", ".join(found[direction]))
        for direction in ("rising", "falling")
        if direction in found
    ]


def verdict_title(facts: Facts, rows: Sequence[Row], lang: str) -> str:
    """What a picture of every member may say: who rose, who fell, of whom neither is known. No more."""
    found = verdicts(facts, rows, lang)
    parts = _claimed(found, lang)
    sure = {*found.get("rising", []), *found.get("falling", [])}
    unclear = found.get("no_clear_change", [])
    untold = [name for names in found.values() for name in names if name not in {*sure, *unclear}]
    if unclear:
        parts.append(say("site.verdict.no_clear_change", lang, members=", ".join(unclear)))
    if untold:
        parts.append(say("site.verdict.untold", lang, members=", ".join(untold)))
    return " ".join(parts)


def span(first: int, last: int) -> str:
    """From a year to another; a single one is said once."""
    return str(first) if first == last else f"{first}–{last}"


def phrase(text: str) -> str:
    """A sentence within another: without its stop and its capital, but for a word in capitals."""
    bare = text.removesuffix(".")
    return bare if bare[:2].isupper() else bare[:1].lower() + bare[1:]


def html(text: str) -> Markup:
    """Text that is markup already."""
    return Markup(text)
