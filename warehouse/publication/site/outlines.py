"""Render outlines.json, the countries of the map, from Natural Earth's outlines (npm package world-atlas).

For maintainers: run `python -m warehouse.publication.site.outlines FOLDER` with the folder of the package's
countries-*.json. The result has paths in the pixels of two panels: the continent, and an enlarged panel
of its centre and the Caribbean.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.countries.table import all_countries

FILE = Path(__file__).with_name("outlines.json")
LEAST_NAMED_WIDTH = 12.0
"""The least width in pixels of a country whose name fits in it."""
Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """A part of the world: its degrees, width in pixels, source file, and the least distance of points."""

    west: float
    east: float
    south: float
    north: float
    width: int
    source: str
    finest: float

    @property
    def scale(self) -> float:
        """Pixels of a degree of longitude."""
        return self.width / (self.east - self.west)

    @property
    def height(self) -> int:
        """Pixels from south to north."""
        return round(self._y(self.south))

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the pixel of a point. A point outside is moved to the edge."""
        x = (min(max(lon, self.west), self.east) - self.west) * self.scale
        return round(x, 1), round(self._y(min(max(lat, self.south), self.north)), 1)

    def holds(self, ring: Ring) -> bool:
        """Return whether part of a ring lies inside; otherwise only the panel's edge would be drawn."""
        is_inside = [self.west < x < self.east and self.south < y < self.north for x, y in ring]
        return 20 * sum(is_inside) > len(is_inside)

    def _y(self, lat: float) -> float:
        return (_mercator(self.north) - _mercator(lat)) * self.scale


def _mercator(lat: float) -> float:
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


PANELS = {
    "continent": Panel(-168, -52, 5, 71, 420, "countries-110m.json", 1.0),
    "centre": Panel(-93.5, -67.5, 6.5, 20.5, 480, "countries-50m.json", 0.8),
}


def render(folder: Path) -> dict[str, Any]:
    """Return both panels: their size, and each country's path and the position of its name."""
    codes = {country.m49: country.code for country in all_countries() if country.m49}
    return {name: _panel(panel, folder, codes) for name, panel in PANELS.items()}


def _panel(panel: Panel, folder: Path, codes: dict[str, str]) -> dict[str, Any]:
    world = json.loads((folder / panel.source).read_text(encoding="utf-8"))
    arcs = _arcs(world)
    countries = {}
    for shape in world["objects"]["countries"]["geometries"]:
        code = codes.get(str(shape.get("id", "")).zfill(3))
        visible = [ring for ring in _rings(shape, arcs) if panel.holds(ring)]
        rings = [_thin_ring([panel.pixel(*p) for p in ring], panel.finest) for ring in visible]
        rings = [ring for ring in rings if len(ring) > 3 and _area(ring) > 2]
        if code and rings:
            largest = max(rings, key=_area)
            middle, width = _middle(largest)
            countries[code] = {
                "path": "".join(map(_path, rings)),
                "at": middle,
                "named": width >= LEAST_NAMED_WIDTH,
            }
    return {"width": panel.width, "height": panel.height, "countries": dict(sorted(countries.items()))}


def _arcs(world: dict[str, Any]) -> list[Ring]:
    """Return the lines of a TopoJSON file, in degrees."""
    (sx, sy), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    lines = []
    for arc in world["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        lines.append(line)
    return lines


def _rings(shape: dict[str, Any], arcs: list[Ring]) -> list[Ring]:
    polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape.get("arcs", [])
    return [_join_arcs(ring, arcs) for polygon in polygons for ring in polygon[:1]]


def _join_arcs(numbers: list[int], arcs: list[Ring]) -> Ring:
    ring: Ring = []
    for number in numbers:
        line = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += line[1:] if ring else line
    return ring


def _thin_ring(ring: Ring, finest: float) -> Ring:
    """Return the ring without points that are too near to the previous point."""
    points = ring[:1]
    for point in ring[1:]:
        if math.dist(point, points[-1]) >= finest:
            points.append(point)
    return points


def _area(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def _middle(ring: Ring) -> tuple[list[float], float]:
    """Return the position of a ring's name, and the width of the ring."""
    xs, ys = zip(*ring, strict=True)
    return [round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1)], max(xs) - min(xs)


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in ring) + "Z"


if __name__ == "__main__":
    FILE.write_text(json.dumps(render(Path(sys.argv[1])), indent=0) + "\n", encoding="utf-8")
