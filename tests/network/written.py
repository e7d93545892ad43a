"""What people read after a round: pages, bundle, answers to senders, beside the released tables and the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import duckdb

from schemas.words import say
from tests.network.checks import Seen
from warehouse.release import release_store

LANGUAGES = ("es", "en")
COMPARED = (
    "registry.submissions",
    "baseline.protected_counts",
    "baseline.indicator_values",
    "network.treaties",
)
"""Tables whose change a page may not deny."""


def check_written(seen: Seen) -> Iterator[str]:
    """Pages, bundle and answers."""
    yield from _pages_show_the_newest_figures(seen)
    yield from _pages_are_of_the_release(seen)
    yield from _no_page_denies_a_change(seen)
    yield from _no_page_denies_the_release_before(seen)
    yield from _no_page_denies_a_source(seen)
    yield from _bundle_tells_the_changes(seen)
    yield from _answers_are_true(seen)
    yield from _inbox_is_answered(seen)
    yield from _desk_knows_the_release(seen)


def text_of(path: Path) -> str:
    """What a page says, without its marks."""
    return _text_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _text_of(path: Path, written: int) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))).split())


def _pages_are_of_the_release(seen: Seen) -> Iterator[str]:
    [release] = seen.rows("SELECT release FROM registry.release")
    for lang in LANGUAGES:
        page = seen.home.site / lang / "index.html"
        if not page.is_file():
            yield f"there is no page {lang}/index.html"
        elif release["release"] not in text_of(page):
            yield f"the page {lang}/index.html is not of {release['release']}"


def _pages_show_the_newest_figures(seen: Seen) -> Iterator[str]:
    """The newest figure of detected victims of each member stands on its page, in the page's language."""
    rows = seen.rows(
        "SELECT reporting_country, period, value_es, value_en FROM baseline.headline "
        "WHERE indicator = 'tip_victims_detected' AND value_low IS NOT NULL "
        "QUALIFY year = max(year) OVER (PARTITION BY reporting_country)"
    )
    for row in rows:
        for lang in LANGUAGES:
            page = seen.home.site / lang / f"{row['reporting_country']}.html"
            text = text_of(page) if page.is_file() else ""
            if row[f"value_{lang}"] not in text or row["period"] not in text:
                yield f"{lang}/{page.name} does not show {row[f'value_{lang}']} of {row['period']}"


def _sentence(key: str, lang: str, *facts: str) -> str:
    """A sentence of the pages up to its first fact."""
    return re.escape(say(key, lang, **dict.fromkeys(facts, "\0")).split("\0")[0])


def _no_page_denies_a_change(seen: Seen) -> Iterator[str]:
    """ "Nothing changed since …" stands on no page where something changed since that release."""
    for lang in LANGUAGES:
        for page in sorted((seen.home.site / lang).rglob("*.html")):
            pattern = _sentence("site.nothing_since", lang, "release") + r"(\S+?)[:.,]"
            for release in set(re.findall(pattern, text_of(page))):
                member = page.stem if page.stem.isupper() and len(page.stem) == 3 else ""
                file = seen.home.releases / release / release_store.FILE
                if file.is_file() and (tables := differing(file, seen.home.current, member)):
                    yield f"{lang}/{page.name} says that nothing changed since {release}: {', '.join(tables)} did"


def _no_page_denies_the_release_before(seen: Seen) -> Iterator[str]:
    """That it is the first release stands on no page after the first."""
    if seen.before is None:
        return
    for lang in LANGUAGES:
        for page in sorted((seen.home.site / lang).rglob("*.html")):
            if say("site.first_release", lang) in text_of(page):
                yield f"{lang}/{page.name} says that this is the first release"


def differing(old: Path, new: Path, member: str = "") -> list[str]:
    """The tables of which rows are new, gone or other; of a member its own rows alone."""
    found = []
    with duckdb.connect() as db:
        db.execute(f"ATTACH '{old}' AS old (READ_ONLY); ATTACH '{new}' AS new (READ_ONLY)")
        for table in COMPARED:
            sides = [_columns(db, side, table) for side in ("old", "new")]
            shared = [name for name in sides[1] if name in sides[0]]
            place = next((name for name in ("reporting_country", "country") if name in shared), "")
            if member and not place:
                continue
            only = f" WHERE {place} = '{member}'" if member else ""
            rows = [
                set(db.execute(f"SELECT {', '.join(shared)} FROM {s}.{table}{only}").fetchall())
                for s in ("old", "new")
            ]
            if rows[0] != rows[1]:
                found.append(f"{table} ({len(rows[0] ^ rows[1])} rows)")
    return found


def _columns(db: duckdb.DuckDBPyConnection, side: str, table: str) -> list[str]:
    try:
        return [name for name, *_ in db.execute(f"SELECT * FROM {side}.{table} LIMIT 0").description or ()]
    except duckdb.CatalogException:
        return []


def _no_page_denies_a_source(seen: Seen) -> Iterator[str]:
    """That no other source has the total of a year stands on no member's page where another has it."""
    told: dict[tuple[str, int], set[str]] = {}
    for row in _totals(seen):
        told.setdefault((row["reporting_country"], row["year"]), set()).add(row["collection"])
    for lang in LANGUAGES:
        pattern = _sentence("site.no_other_source", lang, "year") + r"(\d{4})"
        for page in sorted((seen.home.site / lang).rglob("???.html")):
            for year in set(re.findall(pattern, text_of(page))):
                sources = told.get((page.stem, int(year)), set())
                if len(sources) > 1:
                    yield f"{lang}/{page.name} says that no other source has {year}: {', '.join(sorted(sources))} have"


def _totals(seen: Seen) -> list[dict[str, Any]]:
    return seen.rows(
        "SELECT DISTINCT reporting_country, year, collection FROM baseline.indicator_values "
        "WHERE measure = 'victims_detected' AND panel = '_Z' AND frequency = 'A' AND pooled_years = 1 "
        "AND (sex, age_group, exploitation, citizenship, origin_class) = ('_T', '_T', '_T', '_T', '_T') "
        "AND value_low IS NOT NULL AND collection IS NOT NULL AND unit <> 'share'"
    )


def _bundle_tells_the_changes(seen: Seen) -> Iterator[str]:
    folder = release_store.folder_in_force(seen.home)
    readme = folder / release_store.BUNDLE / "README.md" if folder else None
    if readme is None or not readme.is_file():
        yield "the release has no bundle"
        return
    text = readme.read_text(encoding="utf-8")
    says_none = any(say("bundle.no_change", lang) in text for lang in LANGUAGES)
    before = _release_before(seen, folder.name) if folder else None
    if (
        says_none
        and before
        and (tables := [t for t in differing(before, seen.home.current) if "registry" not in t])
    ):
        yield f"the bundle says that nothing changed: {', '.join(tables)} did"


def _release_before(seen: Seen, name: str) -> Path | None:
    names = seen.doors.releases()
    earlier = names[: names.index(name)] if name in names else []
    files = [seen.home.releases / one / release_store.FILE for one in earlier]
    return files[-1] if files and files[-1].is_file() else None


@cache
def _denials() -> re.Pattern[str]:
    """Ways to say that values of a collection are not published."""
    return re.compile(r"neither released|not (?:be )?released|no se publican|are not published", re.I)


def _answers_are_true(seen: Seen) -> Iterator[str]:
    """No sender is told that the values of a file are not published while they are."""
    cited = {
        one
        for row in seen.rows("SELECT DISTINCT submissions FROM baseline.protected_counts")
        for one in (row["submissions"] or "").split()
    }
    last = [one for one in seen.truth.deliveries if one.submission and one.received_on == seen.round.arrival][
        -4:
    ]
    kept = {one.submission: one for one in last}
    answers = seen.doors.answers([seen.home.submission(name) for name in kept])
    for name, said in answers.items():
        if (found := _denials().search(said)) and name in cited:
            yield f"the answer on {name} says “{found[0]}”, and the release tells its values"
        earlier = [
            one for one in seen.truth.in_force(kept[name].file.collection, seen.day) if one.submission != name
        ]
        if say("answer.first", "en") in said and earlier:
            yield f"the answer on {name} says that it is the first of its collection; {earlier[-1].submission} is in force"


def _inbox_is_answered(seen: Seen) -> Iterator[str]:
    """Beside where each file of the inbox lay stands its answer, which names the submission."""
    if seen.round.door != "inbox":
        return
    for one in seen.truth.deliveries:
        if one.received_on != seen.round.arrival or not one.submission:
            continue
        answers = list(seen.home.inbox.rglob(f"{one.file.name}.respuesta.html"))
        if not any(one.submission in text_of(path) for path in answers):
            yield f"no answer in the inbox names {one.submission} ({one.file.key})"


def _desk_knows_the_release(seen: Seen) -> Iterator[str]:
    """The steward's page of the release names that in force, and what is held."""
    [release] = seen.rows("SELECT release FROM registry.release")
    said = seen.doors.desk_pages("/release", "/standing")
    held = [one.submission for one in seen.truth.deliveries if one.fate == "held"]
    for name in (release["release"], *held):
        if name not in said["/release"]:
            yield f"the desk's page of the release does not name {name}"
    yield from (
        f"the desk does not say that {name} is held" for name in held if name not in said["/standing"]
    )
