"""The figures of docs/confidentiality: methods of protection on made-up cases, attacked. Rendered, never by hand.

`python -m tests.protection_figures` measures and writes them; about half a minute of the processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests import synthetic_cases
from warehouse.audit.attack import Puzzle, intervals
from warehouse.disclosure.protection import eliminated, protect
from warehouse.disclosure.system import System

DOCS = Path(__file__).parents[1] / "docs"
MARKS = "<!-- python -m tests.protection_figures -->\n", "<!-- end -->\n"
Method = Callable[[System, int], np.ndarray]

METHODS: dict[str, tuple[str, str, int, Method]] = {
    "alone": ("solo los pequeños", "small counts alone", 5, lambda s, k: s.primaries(k)),
    "eliminated": (
        "eliminación", "elimination", 5, lambda s, k: eliminated(s, s.primaries(k), s.primaries(k)),
    ),
    "built": ("eliminación y reparación", "elimination and repair", 5, lambda s, k: protect(s, k).withheld),
    "repair": ("reparación sola", "repair alone", 5, lambda s, k: protect(s, k, eliminate=False).withheld),
    "eleven": ("ambas, k = 11", "both, k = 11", 11, lambda s, k: protect(s, k).withheld),
}  # fmt: skip
HEADS = {
    "es": (
        "método",
        "celdas",
        "pequeñas",
        "suprimidas",
        "personas en ellas",
        "se deducen",
        "muy estrechas",
        "segundos",
        "ataque, s",
    ),
    "en": (
        "method",
        "cells",
        "small",
        "withheld",
        "persons in these",
        "follow exactly",
        "too narrow",
        "seconds",
        "attack, s",
    ),
}


def measured() -> Iterator[tuple[str, str, list[str]]]:
    """Of each method its names and what was measured."""
    systems = [System(v, synthetic_cases.sums()) for v in synthetic_cases.of_years(synthetic_cases.cases())]
    for es, en, threshold, method in METHODS.values():
        start = time.process_time()
        patterns = [method(system, threshold) for system in systems]
        took = time.process_time() - start
        start = time.process_time()
        exact = narrow = 0
        for system, withheld in zip(systems, patterns, strict=True):
            known = {n: system.values[n] for n, w in zip(system.names, withheld, strict=True) if not w}
            small = [n for n, v in system.values.items() if 1 <= v < threshold]
            found = intervals(Puzzle(system.names, system.relations, known), small, enough=threshold - 1)
            exact += sum(i.is_exact for i in found.values())
            narrow += sum(not i.is_exact and not i.covers(1, threshold - 1) for i in found.values())
        attack = time.process_time() - start
        persons = sum(int(s.numbers[w].sum()) for s, w in zip(systems, patterns, strict=True))
        counted = sum(int(s.numbers.sum()) for s in systems)
        numbers = [
            sum(len(s.names) for s in systems), sum(int(s.primaries(threshold).sum()) for s in systems),
            sum(int(w.sum()) for w in patterns), f"{100 * persons / counted:.1f} %", exact, narrow,
            f"{took:.1f}", f"{attack:.1f}",
        ]  # fmt: skip
        yield es, en, [str(number) for number in numbers]


def write() -> None:
    """Put the table into both pages, between its marks."""
    rows = list(measured())
    for place, lang in enumerate(("es", "en")):
        page = DOCS / f"confidentiality.{lang}.md"
        before, _, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
        _, _, after = rest.partition(MARKS[1])
        lines = [HEADS[lang], ("---",) * len(HEADS[lang]), *([row[place], *row[2]] for row in rows)]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        page.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
