"""Writes the pages: which there are, how each is rendered, what can be searched and downloaded."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from schemas.code_names import coded
from schemas.words import CONTRACT, DEFAULT, Sentence, say
from warehouse.home import Home
from warehouse.home.deployment import EMBEDDED, Deployment, deployment
from warehouse.publication import exports
from warehouse.publication.bundle import workbook
from warehouse.publication.site import (
    downloads,
    drawing,
    indicator,
    inside,
    member,
    paper,
    records,
    region,
    trust,
    wording,
)
from warehouse.publication.site.facts import FIRST, Facts, Row
from warehouse.reading.client import Warehouse
from warehouse.releases import published

HERE = Path(__file__).parent
ASSETS = ("site.css", "site.js")
INDEX, PICTURES, BULLETIN, DATA = "index.html", "pictures", "bulletin.html", "data"
MARK = ".lineabase-site"
"""Lies in a folder that a site was written to: such a folder may be written anew."""


@dataclass(frozen=True)
class Written:
    """What was written: where it begins, how many pages and bytes; why the bulletin is no PDF, if so."""

    index: Path
    pages: int
    bytes: int
    no_paper: Sentence | None = None


@dataclass(frozen=True)
class Page:
    """A page of one language: its file, its template, its facts, and what finds it."""

    file: str
    template: str
    title: str
    facts: dict[str, Any]
    found_by: str = ""
    about: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def write(
    warehouse: Warehouse,
    folder: Path,
    *,
    on_paper: bool = True,
    before: Path | None = None,
    by: Deployment = EMBEDDED,
) -> Written:
    """Write the whole site. What lay there of an earlier one is gone; nothing else is touched.

    `on_paper`: the bulletin as PDF, too, where that can be made. `before`: the file of the release before, to
    say what changed since. `by`: whose deployment it is, for citations.
    """
    earlier = _earlier(before) if before else None
    return _write(Facts(warehouse, earlier, by), folder, on_paper)


def _earlier(file: Path) -> Facts | None:
    """What the release before told; None where it is of a version that had other tables."""
    try:
        with Warehouse.open(file) as opened:
            facts = Facts(opened)
            facts.read_what_is_compared()
            return facts if facts.submissions else None
    except (duckdb.CatalogException, duckdb.BinderException, KeyError):
        return None


def _write(facts: Facts, folder: Path, on_paper: bool) -> Written:
    no_paper = paper.missing() if on_paper else None
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        try:
            count = _write_all(facts, building, on_paper and no_paper is None)
        except paper.Failed as error:  # the pages do not want for their print
            no_paper = Sentence("site.no_pdf", {"why": str(error)})
            shutil.rmtree(building)
            building.mkdir()
            count = _write_all(facts, building, False)
        _put(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Written(folder / INDEX, count, size, no_paper)


def _write_all(facts: Facts, folder: Path, on_paper: bool) -> int:
    """Write everything into an empty folder; how many pages."""
    for name in ASSETS:
        shutil.copyfile(HERE / name, folder / name)
    files = _downloads(facts, folder / DATA)
    whole = downloads.write_whole(facts, folder / DATA)
    environment = _environment()
    count = 0
    for lang in CONTRACT:
        pages = list(_pages(facts, lang, files, on_paper))
        (folder / lang).mkdir()
        (folder / PICTURES / lang).mkdir(parents=True)
        for page in pages:
            _render(environment, facts, page, lang, folder / lang / page.file, "../", whole)
            for name, drawn in page.pictures.items():
                (folder / PICTURES / lang / f"{name}.svg").write_text(drawn, encoding="utf-8")
        if on_paper:
            paper.write(folder / lang / BULLETIN, f"{facts.release['release']} {lang}")
        _write_search(pages, lang, folder)
        count += len(pages)
        if lang == DEFAULT:
            for page in pages:
                _write_data(page.data, folder / DATA)
            _render(environment, facts, pages[0], lang, folder / INDEX, "", whole)
            count += 1
    (folder / MARK).write_text(f"{facts.release['release']}\n", encoding="utf-8")
    return count


def write_current(home: Home) -> Written | None:
    """Write the home's own site from the release in force; None where it is there already."""
    with Warehouse.open(home.current) as warehouse:
        mark = home.site / MARK
        if mark.is_file() and mark.read_text(encoding="utf-8").strip() == warehouse.release:
            return None
        return write_of(home, warehouse, home.site)


def write_of(home: Home, warehouse: Warehouse, folder: Path) -> Written:
    """Write a home's pages: what changed since its release before, cited as its deployment says."""
    before = published.before(home, warehouse.release)
    return write(warehouse, folder, before=before, by=deployment(home.root))


def is_free(folder: Path) -> bool:
    """Whether a site may be written there: nothing is there, or an earlier site."""
    return not folder.exists() or (folder / MARK).is_file() or not any(folder.iterdir())


def _put(building: Path, folder: Path) -> None:
    """Put the finished site in the place of the earlier one."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


# ---- which pages there are -------------------------------------------------------------------------


def _pages(facts: Facts, lang: str, files: dict[str, list[str]], on_paper: bool) -> Iterator[Page]:
    """Every page of a language, the region's first."""

    def said(key: str) -> str:
        return say(f"site.{key}", lang)

    members = {code: member.page(facts, code, lang) for code in facts.members}
    shown = region.page(facts, lang) | {"leads": [_lead(own) for own in members.values()]}
    drawn = _of_region(shown)
    flows = list(shown["flows"]["cells"].values()) if shown["flows"] else []
    yield Page(
        INDEX,
        "region.html.jinja",
        said("region"),
        shown,
        said("region_words"),
        pictures=drawn,
        data={"map": flows} if flows else {},
    )
    for code, own in members.items():
        words = " ".join([own["name"], code, said("member_words")])
        yield Page(
            f"{code}.html",
            "member.html.jinja",
            own["name"],
            own,
            words,
            own["lead"],
            _of_member(own),
            _data_of_member(own),
        )
    with_data_first = sorted(
        facts.catalogue.items(), key=lambda pair: (pair[1]["data"] != "available", pair[0])
    )
    for name, entry in with_data_first:
        own = indicator.page(facts, name, lang) | {"files": downloads.of_language(files.get(name, []), lang)}
        words = " ".join(str(entry[f"{column}_{lang}"]) for column in ("name", "definition", "caveat"))
        yield Page(
            f"{name}.html",
            "indicator.html.jinja",
            own["name"],
            own,
            f"{name} {words}",
            own["definition"],
            _of_indicator(own),
        )
    tables = records.shown_tables(facts)
    for table in tables:
        own = records.page(facts, table, lang)
        yield Page(f"{table}.html", "records.html.jinja", own["title"], own, records.found_by(own))
    if tables:
        listed = {"tables": [(table, records.title(table, lang)) for table in tables]}
        yield Page("network.html", "network.html.jinja", said("network"), listed)
    yield Page("indicators.html", "indicators.html.jinja", said("indicators"), _listed(facts, lang))
    first = inside.newest_total(facts)
    each = {
        "lines": downloads.listed(facts, files, lang),
        "first_source": trust.source(first, lang) if first else "",
    }
    yield Page("download.html", "download.html.jinja", said("download"), each, said("download_words"))
    yield Page("about.html", "about.html.jinja", said("about"), _about(facts, lang), said("about_words"))
    frames = wording.multiples(facts, facts.headlines.get(FIRST["victims"], []), "persons", lang)
    bulletin = shown | {"frames": frames, "on_paper": on_paper}
    yield Page(BULLETIN, "bulletin.html.jinja", said("bulletin"), bulletin)


def _lead(own: Mapping[str, Any]) -> dict[str, str]:
    """What a member's page says first: its last figure, and where victims come from."""
    return {name: own[name] for name in ("code", "name", "lead")} | {"origin": own["origin_in_short"]}


def _of_member(own: Mapping[str, Any]) -> dict[str, str]:
    """The pictures of a member's page, by name."""
    origin, composition = own["origin"] or {}, own["composition"] or {}
    drawn = {
        "origin": origin.get("svg"),
        "shares": origin.get("shares"),
        "composition": composition.get("svg"),
        "months": next((series["svg"] for series in own["months"]), None),
    }
    return {f"{own['code']}-{name}": svg for name, svg in drawn.items() if svg}


def _data_of_member(own: Mapping[str, Any]) -> dict[str, list[Row]]:
    """The data of pictures of a member's page that are of no indicator alone, by name."""
    found = {f"{own['code']}-months": series["data"] for series in own["months"]}
    return found | ({f"{own['code']}-composition": own["composition"]["data"]} if own["composition"] else {})


def _of_indicator(own: Mapping[str, Any]) -> dict[str, str]:
    """The frames of an indicator's page as one picture each, by name."""
    return {
        group["picture"]: drawing.sheet(
            [(frame["name"], frame["svg"]) for frame in group["frames"]], f"{own['name']}. {group['title']}"
        )
        for group in own["groups"]
    }


def _of_region(shown: Mapping[str, Any]) -> dict[str, str]:
    """The pictures of the region's page, by name."""
    drawn = {"region-origin": (shown["origin"] or {}).get("svg"), "map": shown["map"]}
    return {name: svg for name, svg in drawn.items() if svg}


def _listed(facts: Facts, lang: str) -> dict[str, Any]:
    """The indicators by family."""
    families: dict[str, list[dict[str, Any]]] = {}
    for name, entry in facts.catalogue.items():
        line = {
            "id": name,
            "name": entry[f"name_{lang}"],
            "definition": entry[f"definition_{lang}"],
            "has_data": entry["data"] == "available",
        }
        families.setdefault(entry["family"], []).append(line)
    return {"families": [(say(f"site.family.{family}", lang), lines) for family, lines in families.items()]}


def _about(facts: Facts, lang: str) -> dict[str, Any]:
    """How to read, to trust and to cite; what each warning means."""
    flags = facts.rows(
        f"SELECT code, name_{lang} AS name FROM reference.codes WHERE codelist = 'obs_flag' ORDER BY position"
    )
    return {
        "flags": [row["name"] for row in flags],
        "collections": wording.sources(facts, lang),
    }


# ---- how they are written --------------------------------------------------------------------------


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(
    environment: Environment,
    facts: Facts,
    page: Page,
    lang: str,
    path: Path,
    root: str,
    whole: downloads.Whole,
) -> None:
    other = next(name for name in CONTRACT if name != lang)
    shown = environment.get_template(page.template).render(
        page=page,
        first=FIRST,
        lang=lang,
        other=other,
        root=root,
        here=f"{root}{lang}/",
        elsewhere=f"{root}{other}/{page.file}",
        w=lambda key, **facts_of: say(f"site.{key}", lang, **facts_of),
        say=lambda key, **facts_of: say(key, lang, **facts_of),
        release={name: str(value) for name, value in facts.release.items()},
        cited=wording.citation(facts, lang),
        cited_as_said=bool(facts.by.institution and facts.by.address),
        whole_book=whole.books.get(lang, ""),
        whole_tables=whole.tables,
        has_records=bool(records.shown_tables(facts)),
        as_json=lambda value: Markup(json.dumps(value, ensure_ascii=False).replace("</", "<\\/")),
        **page.facts,
    )
    path.write_text(_unbroken(shown), encoding="utf-8")


def _unbroken(text: str) -> str:
    """A text in which no line ends between a number and its percent sign."""
    return re.sub(r"(?<=\d) %", "\u00a0%", text)


def _write_data(data: Mapping[str, Sequence[Row]], folder: Path) -> None:
    """What a picture shows, as a file beside the indicators': codes and numbers, in no language."""
    for name, rows in data.items():
        folder.mkdir(exist_ok=True)
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _write_search(pages: list[Page], lang: str, folder: Path) -> None:
    """What the search looks through: a classic script, since a page of a folder may fetch nothing."""
    entries = [[page.title, page.file, page.about, page.found_by] for page in pages]
    text = json.dumps(entries, ensure_ascii=False, indent=0)
    script = f"window.lineabaseSearch = {text};\n"
    (folder / f"search.{lang}.js").write_text(script, encoding="utf-8")


def _downloads(facts: Facts, folder: Path) -> dict[str, list[str]]:
    """Each indicator with data in every format there is, its metadata beside; the names of the files."""
    files: dict[str, list[str]] = {}
    for name in sorted(facts.sources.keys() | facts.regions.keys()):
        for ending, export in exports.FORMATS.items():
            path = folder / f"{name}.{ending}"
            _, meta = export(facts.warehouse, name, path, True)
            files.setdefault(name, []).extend([path.name, meta.name])
        for lang in CONTRACT:
            if sheets := _sheets(facts, name, lang):
                path = folder / f"{name}.{lang}.xlsx"
                workbook.write_one(path, facts.catalogue[name], sheets, lang, facts.release["as_of"])
                files[name].append(path.name)
    return {name: list(dict.fromkeys(listed)) for name, listed in files.items()}


def _sheets(facts: Facts, name: str, lang: str) -> dict[str, list[Row]]:
    """The labelled figures of an indicator's workbook: of totals, or a sheet a class of origin or form."""
    parts = facts.parts(name) or {("", ""): facts.regions.get(name, [])}
    return {
        coded(codes, code, lang) if codes else name: rows for (codes, code), rows in parts.items() if rows
    }
