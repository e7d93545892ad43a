"""The map of what is table: a tile for each member, about where it lies, with the newest year of two figures.

The places of the tiles are in tiles.csv. A member without a place stands in a row below the others.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

from schemas.words import say
from warehouse.publication.site.card import LETTERS, NOTES, Body, Width
from warehouse.publication.site.drawing import box, text, wrap
from warehouse.publication.site.tokens import token

FILE = Path(__file__).with_name("tiles.csv")
RECENT = 2
"""Years before the newest that still have the middle shade."""
GAP, PAD = 4.0, 5.0
"""Pixels between tiles, and from a tile's edge to its words."""


@dataclass(frozen=True)
class Tile:
    """A member with the newest year of its total and of its origins; None if the release has none."""

    code: str
    name: str
    total: int | None
    origin: int | None


@dataclass(frozen=True)
class TilePlace:
    """Column, row and width of a tile, in tiles."""

    column: int
    row: int
    width: int = 1


def tile_places(codes: Sequence[str]) -> dict[str, TilePlace]:
    """Return the place of each member; those without one in tiles.csv stand in rows below."""
    with FILE.open(encoding="utf-8", newline="") as file:
        table = {
            row["country"]: TilePlace(int(row["column"]), int(row["row"]), int(row["width"]))
            for row in csv.DictReader(file)
        }
    across = max(spot.column + spot.width for spot in table.values())
    below = max(spot.row for spot in table.values()) + 1
    others = [code for code in codes if code not in table]
    return {code: table[code] for code in codes if code in table} | {
        code: TilePlace(n % across, below + n // across) for n, code in enumerate(others)
    }


def tiles_body(tiles: Sequence[Tile], lang: str) -> Body:
    """Return the tiles with their legend: as dark as the newest year is near to the newest of all."""

    def draw_tiles(width: Width) -> tuple[list[str], float]:
        where = tile_places([tile.code for tile in tiles])
        across = max(spot.column + spot.width for spot in where.values())
        step = (width.inner * (1 if width.is_narrow else 0.78) + GAP) / across
        line_height = 17.0
        letters = NOTES if width.is_narrow else LETTERS
        names = [
            len(wrap(tile.name, step * where[tile.code].width - GAP - 2 * PAD, letters * 1.08))
            for tile in tiles
        ]
        head = line_height * (max(names) + 1) + 6
        height = head + line_height + 6
        newest = max((year for tile in tiles for year in (tile.total, tile.origin) if year), default=0)
        legend, legend_height = _legend(newest, width, lang)
        parts, top = (legend, legend_height) if width.is_narrow else ([], 0.0)
        for tile in tiles:
            spot = where[tile.code]
            x, y = spot.column * step, top + spot.row * (height + GAP)
            parts += _tile(tile, (x, y, step * spot.width - GAP), (head, height), newest, letters, lang)
        rows = 1 + max(spot.row for spot in where.values())
        if not width.is_narrow:
            parts.append(f'<g transform="translate({width.inner * 0.8:.1f},0)">{"".join(legend)}</g>')
        return parts, top + rows * (height + GAP)

    return draw_tiles


def _tile(
    tile: Tile,
    spot: tuple[float, float, float],
    heights: tuple[float, float],
    newest: int,
    letters: float,
    lang: str,
) -> list[str]:
    (x, y, width), (head, height) = spot, heights
    total, origin = (
        say(f"site.front.tile_{name}", lang, year=year) if year else say(f"site.front.tile_no_{name}", lang)
        for name, year in (("total", tile.total), ("origin", tile.origin))
    )
    title = f"<title>{escape(f'{tile.name}: {total}; {origin}')}</title>"
    fills = shade(tile.total, newest), shade(tile.origin, newest)
    parts = [
        box(x, y, width, head, fills[0][0], edge_colour=token("count-mid")),
        box(x, y + head + 1, width, height - head - 1, fills[1][0], edge_colour=token("count-mid")),
    ]
    names = wrap(tile.name, width - 2 * PAD, letters * 1.08)
    for n, words in enumerate(names):
        parts.append(
            text(
                x + PAD, y + 15 + 16 * n, words, anchor="start", size=letters, is_bold=True, fill=fills[0][1]
            )
        )
    parts.append(
        text(
            x + PAD,
            y + 15 + 16 * len(names),
            str(tile.total or total) if letters < LETTERS else total,
            anchor="start",
            size=NOTES,
            fill=fills[0][1],
        )
    )
    parts.append(
        text(
            x + PAD,
            y + head + 17,
            str(tile.origin or origin) if letters < LETTERS else origin,
            anchor="start",
            size=NOTES,
            fill=fills[1][1],
        )
    )
    return [f"<g>{title}{''.join(parts)}</g>"]


def shade(year: int | None, newest: int) -> tuple[str, str]:
    """Return the fill of a year, and the colour of letters on it."""
    if year is None:
        return token("sheet"), token("ink")
    if year == newest:
        return token("count"), token("sheet")
    return (
        (token("count-mid"), token("ink")) if newest - year <= RECENT else (token("count-pale"), token("ink"))
    )


def _legend(newest: int, width: Width, lang: str) -> tuple[list[str], float]:
    """Return the shades with their years, in two columns on a telephone."""
    rows = {
        token("count"): str(newest),
        token("count-mid"): f"{newest - RECENT}–{newest - 1}",
        token("count-pale"): say("site.front.tile_older", lang, year=newest - RECENT),
        token("sheet"): say("site.front.tile_none", lang),
    }
    parts = [text(0, 12, say("site.front.tile_legend", lang), anchor="start", size=NOTES, is_bold=True)]
    across, step = (2, width.inner / 2) if width.is_narrow else (1, 0.0)
    for n, (fill, words) in enumerate(rows.items()):
        x, y = n % across * step, 22 + n // across * 22
        parts.append(box(x, y, 14, 14, fill, edge_colour=token("count-mid")))
        parts.append(text(x + 21, y + 12, words, anchor="start", size=NOTES))
    return parts, 22.0 + 22 * -(-len(rows) // across) + 8
