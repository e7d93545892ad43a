"""`python -m tests.reader_tasks HOME [--site DIR]`: five readers' tasks in Chromium, at a telephone's size, in both languages.

A reader begins at the first page and has nothing but the pages: links, the search, touches. Each answer is compared with the
release by SQL; the run ends with 1 where one is wrong, late or too many presses away. The clock counts what a person
needs: the links that it presses and all words from the top of the screen to the end of the answer (without menu and pictures) at 220
words a minute, 1.5 seconds a press and a screen that is scrolled, 0.3 seconds a letter that is typed.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

from schemas.words import CONTRACT_LANGUAGES, say
from tests import browser
from tests.browser import Tab
from warehouse import Warehouse
from warehouse.home import Home
from warehouse.publication import site

WIDTH, HEIGHT = 390, 844
WORDS_A_MINUTE, SECONDS_A_PRESS, SECONDS_A_LETTER = 220, 1.5, 0.3
VICTIMS = "tip_victims_detected"


@dataclass
class Reader:
    """A reader with a telephone: what was pressed, scrolled, typed and read since the first page."""

    tab: Tab
    folder: Path
    lang: str
    presses: int = 0
    screens: int = 0
    letters: int = 0
    words: int = 0

    def begin(self) -> None:
        """Open the first page."""
        self.tab.sized(WIDTH, HEIGHT)
        self.tab.open((self.folder / self.lang / "index.html").as_uri())

    def press(self, link: str) -> None:
        """Scroll to a link, unfolding the menu that holds it, read it and press it."""
        folded = f"({link}).closest('details:not([open])')"
        if self.tab.run(f"Boolean({folded})"):
            self.presses += 1
            self.tab.run(f"{folded}.querySelector('summary').click()")
        self._scroll_to(link)
        self.words += len(str(self.tab.run(f"({link}).textContent")).split())
        self.presses += 1
        self.tab.run("document.documentElement.dataset.old = 1")
        is_here = self.tab.run(
            f"(() => {{ const a = {link}, before = location.pathname; a.click(); return a.pathname === before; }})()"
        )
        if not is_here:
            self.tab.arrived()

    def press_button(self, button: str) -> None:
        """Scroll to a button and press it; the page stays."""
        self._scroll_to(button)
        self.presses += 1
        assert self.tab.run(f"!({button}).hidden"), button
        self.tab.run(f"({button}).click()")

    def search(self, text: str) -> None:
        """Touch the search field and type into it."""
        self._scroll_to("document.getElementById('search')")
        self.presses += 1
        self.letters += len(text)
        self.tab.run("document.querySelector('.search').dispatchEvent(new Event('focusin'))")
        self.tab.run(
            "new Promise(done => { const look = () => window.lineabaseFigures ? done() : setTimeout(look, 20); look(); })"
        )
        self.tab.run(
            f"(() => {{ const f = document.getElementById('search'); f.value = {json.dumps(text)}; f.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
        )

    def read(self, element: str) -> str:
        """Scroll to an element and read it."""
        self.words += self._count_words(element)
        self._scroll_to(element)
        return str(self.tab.run(f"({element}).innerText")).replace("\u00a0", " ")

    def seconds(self) -> float:
        """Seconds that a person needs so far."""
        reading = self.words / WORDS_A_MINUTE * 60
        return reading + (self.presses + self.screens) * SECONDS_A_PRESS + self.letters * SECONDS_A_LETTER

    def _count_words(self, end: str) -> int:
        """Count the words that are visible from the top of the screen to the end of an element, without menu."""
        script = f"""(() => {{ const end = {end}, walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT); let n = 0;
          while (walker.nextNode()) {{ const node = walker.currentNode, range = document.createRange(); range.selectNodeContents(node);
            const box = range.getBoundingClientRect(), order = end.compareDocumentPosition(node);
            if (order & Node.DOCUMENT_POSITION_FOLLOWING && !end.contains(node)) break;
            if (box.height && box.bottom > 0 && !node.parentElement.closest('script, style, svg, nav, .take, .found'))
              n += node.textContent.trim().split(/\\s+/).filter(Boolean).length; }}
          return n; }})()"""
        return int(self.tab.run(script))

    def _scroll_to(self, element: str) -> None:
        """Bring an element onto the screen, and count the screens that are scrolled."""
        script = f"(() => {{ const e = {element}, before = scrollY; e.scrollIntoView({{block: 'nearest'}}); return Math.abs(scrollY - before); }})()"
        self.screens += math.ceil(round(self.tab.run(script)) / HEIGHT)


@dataclass(frozen=True)
class Task:
    """A task: its name, how it is done, the seconds and the presses that it may take."""

    name: str
    do: Callable[[Reader, Warehouse], str]
    most_seconds: float = 30.0
    most_presses: int = 4


@dataclass(frozen=True)
class Result:
    """How a task went: what was wrong with the answer (nothing if it is right), and what it took."""

    task: Task
    lang: str
    fault: str
    presses: int
    screens: int
    seconds: float
    words: int = 0

    @property
    def is_good(self) -> bool:
        return (
            not self.fault
            and self.seconds <= self.task.most_seconds
            and self.presses <= self.task.most_presses
        )

    def line(self) -> str:
        mark = "ok" if self.is_good else f"FAILS {self.fault}"
        return f"{self.task.name:<22} {self.lang}  presses {self.presses}  screens {self.screens}  words {self.words:3}  {self.seconds:4.0f} s of {self.task.most_seconds:.0f}  {mark}"


def _link(selector: str, text: str) -> str:
    return f"[...document.querySelectorAll({json.dumps(selector)})].find(a => a.textContent.trim() === {json.dumps(text)})"


# ---- the tasks of ../shared/findings/readers.md ------------------------------------------------------------


def journalist(reader: Reader, warehouse: Warehouse) -> str:
    """Are the victims in Honduras foreigners? The heading's years, and no others, have own nationals above a half."""
    reader.search("honduras")
    reader.press("document.querySelector('.found a')")
    heading = reader.tab.run("document.querySelector('#origin h2').textContent").replace("\u00a0", " ")
    lead = reader.read("document.querySelector('#origin .lead')")
    rows = warehouse.query(
        "SELECT year, value_low FROM baseline.headline_origin WHERE reporting_country = 'HND' AND origin_class = 'own_national' "
        "AND indicator = 'tip_origin_share_all' ORDER BY year DESC"
    )
    last, earlier = rows.iloc[0], rows[rows["value_low"] > 0.5]["year"].astype(int).tolist()
    said = [int(year) for year in re.findall(r"\b\d{4}\b", heading)]
    years = list(range(min(said), max(said) + 1)) if said else []
    if "nacionales" not in heading and "nationals" not in heading:
        return f"no answer: {heading}"
    if not years or not set(years) <= set(earlier):
        return f"{years} are not all of {earlier}"
    is_open = math.isnan(last["value_low"])
    return (
        ""
        if not is_open or str(int(last["year"])) in lead
        else f"{last['year']} is open and not named: {lead}"
    )


def adviser(reader: Reader, warehouse: Warehouse) -> str:
    """Is it rising in the region, and may I say so? The answer of the release on its two windows."""
    reader.press(_link("#series a", say("site.changed_may_say", reader.lang)))
    text = reader.read("document.querySelector('#two-windows dd')")
    [(answer,)] = warehouse.query(
        f"SELECT DISTINCT answer_{reader.lang} FROM baseline.headline_region WHERE indicator = '{VICTIMS}' "
        f"AND reporting_country = 'CRM' AND answer_{reader.lang} IS NOT NULL"
    ).itertuples(index=False)
    plain = answer.replace("\u00a0", " ")
    return "" if plain in text else f"{text!r} is not {plain!r}"


def writer(reader: Reader, warehouse: Warehouse) -> str:
    """Take a picture for a report: it holds its title, source, day, release and licence, and is a PNG."""
    reader.search("honduras")
    reader.press("document.querySelector('.found a')")
    button = "document.querySelector('#origin .take .png')"
    reader.press_button(button)
    text = reader.tab.run(
        "[...document.querySelectorAll('#origin .narrow text')].map(t => t.textContent).join(' ')"
    ).replace("\u00a0", " ")
    [(citation, day)] = warehouse.query(
        f"SELECT DISTINCT citation, received_on FROM baseline.headline WHERE reporting_country = 'HND' AND indicator = '{VICTIMS}' AND citation IS NOT NULL"
    ).itertuples(index=False)
    lacks = [part for part in (citation, str(day)[:10], warehouse.release) if part not in text]
    return f"the picture lacks {lacks}: {text[-400:]}" if lacks else ""


def student(reader: Reader, warehouse: Warehouse) -> str:
    """Take the whole table with its documentation: the file holds README, codebook, licences, citation, every row."""
    reader.press(
        'document.querySelector(\'nav a[href*="download"], .menu a[href*="download"], a[href*="download.html"]\')'
    )
    link = "document.querySelector('main a[download][href$=\".zip\"]')"
    reader.read(link)
    reader.presses += 1
    path = Path(unquote(urlparse(reader.tab.run(f"({link}).href")).path))
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        wanted = [
            word for word in ("README", "columns", "codes", "icen") if not any(word in name for name in names)
        ]
        if wanted:
            return f"the zip lacks {wanted}: {names[:12]}"
        table = next(name for name in names if name.endswith(f"{VICTIMS}.csv"))
        rows = archive.read(table).decode("utf-8-sig").count("\r\n") or archive.read(table).decode().count(
            "\n"
        )
    [(n,)] = warehouse.query(
        f"SELECT count(*) FROM baseline.indicator_values WHERE indicator = '{VICTIMS}'"
    ).itertuples(index=False)
    return "" if rows - 1 == n else f"{table} has {rows - 1} rows, the release {n}"


def reviewer(reader: Reader, warehouse: Warehouse) -> str:
    """Follow the United States' 16,390 of 2022 to its cell and to its publisher."""
    reader.search({"es": "víctimas Estados Unidos 2022", "en": "victims United States 2022"}[reader.lang])
    reader.press("document.querySelector('.found a')")
    [(cell, value)] = warehouse.query(
        "SELECT s.cell, o.value_text FROM core.current AS o JOIN core.sources AS s USING (submission, observation) "
        "WHERE o.collection = 'UNODC/glotip' AND o.reporting_country = 'USA' AND o.measure = 'victims_detected' "
        "AND o.breakdown = 'total' AND year(o.period_end) = 2022"
    ).itertuples(index=False)
    quoted = f"{cell} “{value}”"
    parts = "[...document.querySelectorAll(location.hash + ' dd, ' + location.hash + ' li, ' + location.hash + ' p')]"
    part = f"{parts}.find(e => e.innerText.replace(/\\u00a0/g, ' ').includes({json.dumps(quoted)}))"
    if not reader.tab.run(f"Boolean({part})"):
        return f"{quoted} is not there"
    reader.read(part)
    links = reader.tab.run("[...document.querySelectorAll(location.hash + ' a')].map(a => a.href)")
    return "" if any(link.startswith("https://") for link in links) else "no link leads to the publisher"


TASKS = (
    Task("journalist: origin", journalist),
    Task("adviser: may I say", adviser),
    Task("writer: picture", writer, most_seconds=45.0),
    Task("student: whole table", student),
    Task("reviewer: cell", reviewer, most_presses=2),
)


def attempt(task: Task, tab: Tab, folder: Path, warehouse: Warehouse, lang: str) -> Result:
    """Do a task from the first page on."""
    reader = Reader(tab, folder, lang)
    reader.begin()
    fault = task.do(reader, warehouse)
    return Result(task, lang, fault, reader.presses, reader.screens, reader.seconds(), reader.words)


def run(tab: Tab, folder: Path, warehouses: dict[str, Warehouse]) -> Iterator[Result]:
    """Do every task in both languages."""
    for lang in CONTRACT_LANGUAGES:
        for task in TASKS:
            yield attempt(task, tab, folder, warehouses[lang], lang)


@contextmanager
def pages(home: Home, folder: Path | None) -> Iterator[Path]:
    """The pages of a home's release: those of a folder, or written for this run."""
    if folder:
        yield folder
        return
    with tempfile.TemporaryDirectory() as written:
        with Warehouse.open(home.current) as warehouse:
            site.write_home_site(home, warehouse, Path(written) / "site")
        yield Path(written) / "site"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--site", type=Path, help="pages of that release, written before")
    given = parser.parse_args()
    if browser.CHROMIUM is None:
        print("Chromium is not installed, so nothing was tried.")
        return 2
    home = Home(given.home)
    with pages(home, given.site) as folder, browser.tab() as tab:
        warehouses = {lang: Warehouse.open(home.current, lang=lang) for lang in CONTRACT_LANGUAGES}
        results = list(map(_print, run(tab, folder, warehouses)))
        for warehouse in warehouses.values():
            warehouse.close()
    return 0 if all(result.is_good for result in results) else 1


def _print(result: Result) -> Result:
    print(result.line(), flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
