"""Write the pages of the site: the list of pages, their rendering, the search index, the downloads."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from schemas.code_names import name_in_list
from schemas.groupings import DEFAULT_GROUPING
from schemas.records import replies
from schemas.words import CONTRACT_LANGUAGES, DEFAULT_LANGUAGE, Sentence, column_text, say
from warehouse.home import Home
from warehouse.home.deployment import DEFAULT_DEPLOYMENT, Deployment, read_deployment
from warehouse.publication import errata, exports
from warehouse.publication.bundle import catalogue_metadata, workbook
from warehouse.publication.site import (
    bulletin_pdf,
    card,
    changes,
    country_plots,
    downloads,
    evidence,
    indicator,
    member,
    origin_summary,
    part,
    quality_pages,
    record_pages,
    record_texts,
    records,
    region,
    region_front,
    report_2009,
    search,
    template_downloads,
    trust,
    wording,
)
from warehouse.publication.site.card import Card
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content, DataRow
from warehouse.reading.client import Warehouse
from warehouse.release import release_store

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineRegionRow
    from warehouse.publication.bundle.sheets import Figure

FOLDER = Path(__file__).parent
ASSETS = {
    "site.css": ("tokens.css", "site.css"),
    "site.js": ("site.js",),
    "favicon.svg": ("favicon.svg",),
}
"""The files beside the pages, each with the files here that it consists of."""
INDEX, PICTURES, BULLETIN, DATA = "index.html", "pictures", "bulletin.html", "data"
EVIDENCE = "evidence.html.jinja"
"""Template of the pages of evidence, whose figures answer questions."""
MARK = ".lineabase-site"
"""File that marks a folder as a site; only such a folder may be overwritten."""


@dataclass(frozen=True)
class WrittenSite:
    """A written site: its first page, number of pages and bytes, and the reason if there is no PDF."""

    index: Path
    pages: int
    bytes: int
    no_paper: Sentence | None = None


@dataclass(frozen=True)
class Page:
    """A page in a language: file, template, content, search words, pictures and data files."""

    file: str
    template: str
    title: str
    facts: Content
    search_words: str = ""
    about: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Sequence[DataRow]] = field(default_factory=dict)
    scripts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    in_search: bool = True


def write(
    warehouse: Warehouse,
    folder: Path,
    *,
    on_paper: bool = True,
    before: Path | None = None,
    by: Deployment = DEFAULT_DEPLOYMENT,
    workbooks: Sequence[Path] = (),
) -> WrittenSite:
    """Write the whole site in place of an earlier site in the folder. Nothing else is touched.

    `on_paper` also writes the bulletin as PDF, if this machine can. `before` is the file of the previous
    release, for the summary of changes. `by` is the deployment that is cited. `workbooks` are those of the
    release's bundle, which are copied; without them they are written.
    """
    earlier = _previous_facts(before) if before else None
    return _write(Facts(warehouse, earlier, by, workbooks), folder, on_paper)


def _previous_facts(file: Path) -> Facts | None:
    """Read the previous release; None if its version had other tables."""
    try:
        with Warehouse.open(file) as previous:
            facts = Facts(previous)
            facts.read_compared_tables()
            return facts if facts.submissions else None
    except (duckdb.CatalogException, duckdb.BinderException, KeyError):
        return None


def _write(facts: Facts, folder: Path, on_paper: bool) -> WrittenSite:
    no_paper = bulletin_pdf.missing_requirement() if on_paper else None
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        try:
            count = _write_all(facts, building, on_paper and no_paper is None)
        except bulletin_pdf.PdfError as error:  # the pages are complete without the PDF
            no_paper = Sentence("site.no_pdf", {"why": str(error)})
            shutil.rmtree(building)
            building.mkdir()
            count = _write_all(facts, building, False)
        _replace_site(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return WrittenSite(folder / INDEX, count, size, no_paper)


def _write_all(facts: Facts, folder: Path, on_paper: bool) -> int:
    """Write everything into an empty folder and return the number of pages."""
    for name, parts in ASSETS.items():
        texts = [(FOLDER / part_name).read_text(encoding="utf-8") for part_name in parts]
        (folder / name).write_text("".join(texts), encoding="utf-8")
    files = _write_downloads(facts, folder / DATA)
    whole_files = downloads.write_whole(facts, folder / DATA)
    records.write_workbooks(facts, folder / DATA)
    template_downloads.write_templates(
        {
            replies().collection,
            *report_2009.templates(),
            *indicator.templates_of_empty(facts).values(),
        },
        folder / DATA,
        facts.release["as_of"],
    )
    environment, cells = _environment(), evidence.Cells(facts)
    count = 0
    for lang in CONTRACT_LANGUAGES:
        pages = list(_pages(facts, cells, lang, files, on_paper))
        (folder / lang).mkdir()
        (folder / PICTURES / lang).mkdir(parents=True)
        for page in pages:
            _render(environment, facts, page, lang, folder / lang / page.file, "../", whole_files)
            _write_pictures(page, folder / PICTURES / lang)
        if on_paper:
            bulletin_pdf.write_pdf(folder / lang / BULLETIN, f"{facts.release['release']} {lang}")
        _write_search(pages, lang, folder)
        count += len(pages)
        if lang == DEFAULT_LANGUAGE:
            for page in pages:
                _write_data(page.data, folder / DATA)
            _render(environment, facts, pages[0], lang, folder / INDEX, "", whole_files)
            count += 1
    _write_sitemap(facts, folder)
    (folder / MARK).write_text(f"{facts.release['release']}\n", encoding="utf-8")
    return count


def _write_sitemap(facts: Facts, folder: Path) -> None:
    """Write the list of pages for search engines, if the deployment names the address of its pages."""
    address = facts.deployment.address.rstrip("/")
    if not address:
        return
    day = facts.release["as_of"]
    lines = [
        f"<url><loc>{escape(f'{address}/{path.relative_to(folder).as_posix()}')}</loc><lastmod>{day}</lastmod></url>"
        for path in sorted(folder.rglob("*.html"))
    ]
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    (folder / "sitemap.xml").write_text(start + "\n".join(lines) + "\n</urlset>\n", encoding="utf-8")


def write_current(home: Home) -> WrittenSite | None:
    """Write a home's own site from the release in force; None if it is up to date."""
    with Warehouse.open(home.current) as warehouse:
        mark = home.site / MARK
        if mark.is_file() and mark.read_text(encoding="utf-8").strip() == warehouse.release:
            return None
        return write_home_site(home, warehouse, home.site)


def write_home_site(home: Home, warehouse: Warehouse, folder: Path) -> WrittenSite:
    """Write a home's pages, with changes since its previous release and its deployment's citation."""
    before = release_store.file_before(home, warehouse.release)
    workbooks = release_store.bundle_files(home, warehouse.release, workbook.FILES)
    return write(warehouse, folder, before=before, by=read_deployment(home.root), workbooks=workbooks)


def is_free(folder: Path) -> bool:
    """Return whether a site may be written to a folder: it is absent, empty, or an earlier site."""
    return not folder.exists() or (folder / MARK).is_file() or not any(folder.iterdir())


def _replace_site(building: Path, folder: Path) -> None:
    """Replace the earlier site with the finished site."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    building.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


# ---- the list of pages -----------------------------------------------------------------------------


def _pages(
    facts: Facts, cells: evidence.Cells, lang: str, files: dict[str, list[str]], on_paper: bool
) -> Iterator[Page]:
    """Yield every page of a language, the region's first."""

    def site_text(key: str) -> str:
        return say(f"site.{key}", lang)

    members = {code: member.page(facts, code, lang) for code in facts.members_by_name(lang)}
    region_content = region.page(facts, lang) | {
        "leads": [_member_lead(content) for content in members.values()]
    }
    front = region_front.page(facts, lang)
    yield Page(
        INDEX,
        "region_front.html.jinja",
        site_text("region"),
        front | {"has_coverage": bool(region_content["coverage"]["years"])},
        site_text("region_words"),
        pictures=part.pictures(front["parts"]),
        data=part.data(front["parts"]),
    )
    flows = list(region_content["flows"]["cells"].values()) if region_content["flows"] else []
    yield Page(
        region_front.DETAIL,
        "region.html.jinja",
        site_text("region_detail"),
        region_content,
        site_text("region_words"),
        pictures=_region_pictures(facts, region_content, "origin", lang),
        data={"region-shares": shares}
        if (shares := country_plots.picture_rows(_region_shares(facts), "origin_class"))
        else {},
    )
    yield Page(
        changes.TABLES,
        "region_table_page.html.jinja",
        site_text("region_tables"),
        region_content,
        site_text("region_words"),
        pictures=_region_pictures(facts, region_content, "map", lang),
        data={"map": flows} if flows else {},
    )
    for code, content in members.items():
        words = " ".join([content["name"], code, site_text("member_words")])
        yield Page(
            f"{code}.html",
            "member.html.jinja",
            content["name"],
            content,
            words,
            content["lead"],
            part.pictures(_member_parts(content)),
            part.data(_member_parts(content)),
        )
    entries = sorted(facts.catalogue.items(), key=lambda pair: (pair[1]["data"] != "available", pair[0]))
    for name, entry in entries:
        content = indicator.page(facts, name, lang) | {
            "files": downloads.files_in_language(files.get(name, []), lang)
        }
        words = " ".join(column_text(entry, column, lang) for column in ("name", "definition", "caveat"))
        yield Page(
            f"{name}.html",
            "indicator.html.jinja",
            content["name"],
            content,
            f"{name} {words}",
            content["definition"],
            part.pictures(_indicator_parts(content)),
            part.data(_indicator_parts(content)),
            part.slice_scripts(_indicator_parts(content)),
        )
        yield Page(
            content["tables"],
            "indicator_tables.html.jinja",
            f"{content['name']}: {site_text('in_tables')}",
            content,
            in_search=False,
        )
        for figures in evidence.contents(facts, cells, name, lang):
            yield Page(figures["file"], EVIDENCE, figures["title"], figures, in_search=False)
    tables = records.shown_tables(facts)
    for table in tables:
        content = records.page(facts, table, lang)
        yield Page(
            f"{table}.html", "records.html.jinja", content["title"], content, records.search_words(content)
        )
        for content in record_pages.text_pages(facts, table, lang):
            yield Page(content["file"], "record.html.jinja", content["title"], content)
    if tables:
        titles = {INDEX.removesuffix(".html"): site_text("region"), "indicators": site_text("indicators")}
        titles |= {table: record_texts.collection_title(facts, table, lang) for table in tables}
        titles |= {name: column_text(entry, "name", lang) for name, entry in facts.catalogue.items()}
        records_content = {
            "tables": [(table, record_texts.records_title(table, lang)) for table in tables],
            "paragraphs": report_2009.paragraph_lines(titles, lang),
        }
        yield Page("network.html", "network.html.jinja", site_text("network"), records_content)
    yield Page(
        "indicators.html",
        "indicators.html.jinja",
        site_text("indicators"),
        _indicators_by_family(facts, lang),
    )
    newest_total = origin_summary.newest_regional_total(facts)
    download_content = {
        "lines": downloads.list_downloads(facts, files, lang),
        "publisher": catalogue_metadata.author(facts.deployment, lang),
        "first_source": trust.source_citation(newest_total, lang) if newest_total else "",
    }
    yield Page(
        "download.html",
        "download.html.jinja",
        site_text("download"),
        download_content,
        site_text("download_words"),
    )
    quality_reports = list(quality_pages.contents(facts, lang))
    yield Page(
        "about.html",
        "about.html.jinja",
        site_text("about"),
        _about_page(facts, [report["collection"] for report in quality_reports], lang),
        site_text("about_words"),
    )
    release = facts.warehouse.connection
    yield Page(
        "errata.html",
        "errata.html.jinja",
        say("errata.title", lang),
        {"errata": errata.errata(release, lang), **errata.policies(release, lang)},
        site_text("errata_words"),
    )
    for content in quality_reports:
        yield Page(
            quality_pages.quality_file(content["collection"]),
            "quality.html.jinja",
            content["heading"],
            content,
            content["collection"],
        )
    frames = wording.member_frames(facts, facts.headlines.get(PAGE_SERIES["victims"], []), "persons", lang)
    measure = name_in_list("measure", PAGE_SERIES["measure"], lang)
    disagreements = [row for row in region_content["apart"] if row["measure"] == measure]
    bulletin = region_content | {
        "frames": frames,
        "on_paper": on_paper,
        "apart": disagreements,
        "windows": changes.windows_in_short(facts, PAGE_SERIES["victims"], lang),
    }
    yield Page(BULLETIN, "bulletin.html.jinja", site_text("bulletin"), bulletin)


def _member_lead(content: Content) -> dict[str, str]:
    """Return the parts of a member's page that other pages show: last figure and origins."""
    return {name: content[name] for name in ("code", "name", "lead")} | {"origin": content["origin_in_short"]}


def _member_parts(content: Content) -> list[part.Part]:
    """Return the parts of a member's page that have a picture."""
    sections = (content["origin"], content["composition"], *content["months"])
    parts = [section["part"] for section in sections if section]
    shares = content["origin"] and content["origin"]["shares"]
    return [*parts, shares] if shares else parts


def _indicator_parts(content: Content) -> list[part.Part]:
    """Return the parts of an indicator's page: its totals, or each class or form; then its slices."""
    slices = [content["slices"]] if content["slices"] else []
    return [group["part"] for group in content["groups"] if group["part"].picture] + slices


def _region_shares(facts: Facts) -> list[HeadlineRegionRow]:
    """Return the rows of the region's shares of origin, of the newest year that has any."""
    shares = facts.regions.get(PAGE_SERIES["origin_shares"], [])
    return wording.newest_origins([row for row in shares if row["reporting_country"] == DEFAULT_GROUPING])


def _region_pictures(facts: Facts, content: Content, name: str, lang: str) -> dict[str, str]:
    """Return the picture of a page of the region, `origin` or `map`, by file, with all its texts inside."""
    if name == "origin":
        answer, rows = content["origin"], _region_shares(facts)
        if not answer or not rows:
            return {}
        texts = Card(
            title=answer["title"],
            subtitle=say("site.card.shares_counted", lang),
            source=card.source_lines(facts, card.collections_of(rows), lang),
        )
        return {"region-shares": card.frame_picture(texts, answer["svg"])}
    if not content["map"]:
        return {}
    year = content["flows"]["year"]
    figures = facts.origins.get(PAGE_SERIES["victims_by_origin"], [])
    texts = Card(
        title=say("site.map_title", lang, year=year),
        subtitle=say("site.map_caveat", lang),
        source=card.source_lines(
            facts, card.collections_of(row for row in figures if row["year"] == year), lang
        ),
    )
    return {"map": card.frame_picture(texts, content["map"])}


def _indicators_by_family(facts: Facts, lang: str) -> Content:
    """Return the indicators by family."""
    families: dict[str, list[Content]] = {}
    for name, entry in facts.catalogue.items():
        line = {
            "id": name,
            "name": column_text(entry, "name", lang),
            "definition": column_text(entry, "definition", lang),
            "has_data": entry["data"] == "available",
        }
        families.setdefault(entry["family"], []).append(line)
    return {"families": [(say(f"site.family.{family}", lang), lines) for family, lines in families.items()]}


def _about_page(facts: Facts, with_report: Collection[str], lang: str) -> Content:
    """Return the warnings with their meaning, and the sources, for the page about the release.

    `with_report`: the collections with a quality report.
    """
    flags = facts.rows(
        f"SELECT code, name_{lang} AS name FROM reference.codes WHERE codelist = 'obs_flag' ORDER BY position"
    )
    return {
        "flags": [row["name"] for row in flags],
        **errata.policies(facts.warehouse.connection, lang),
        "collections": [
            row | {"quality": quality_pages.quality_file(row["collection"])}
            if row["collection"] in with_report
            else row | {"quality": ""}
            for row in wording.source_rows(facts, lang)
        ],
    }


# ---- writing the pages -----------------------------------------------------------------------------


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
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
    whole_files: downloads.WholeFiles,
) -> None:
    other = next(name for name in CONTRACT_LANGUAGES if name != lang)
    region_name = name_in_list("grouping", DEFAULT_GROUPING, lang)
    html = environment.get_template(page.template).render(
        page=page,
        page_series=PAGE_SERIES,
        lang=lang,
        other=other,
        root=root,
        here=f"{root}{lang}/",
        elsewhere=f"{root}{other}/{page.file}",
        w=lambda key, **values: say(f"site.{key}", lang, **values),
        say=lambda key, **values: say(key, lang, **values),
        release={name: str(value) for name, value in facts.release.items()},
        cited=wording.citation(facts, lang),
        cited_as_said=bool(facts.deployment.institution and facts.deployment.address),
        whole_book=whole_files.books.get(lang, ""),
        whole_tables=whole_files.tables,
        site_address=facts.deployment.address.rstrip("/"),
        description=page.about or say("site.front.region_is", lang, n=len(facts.members), name=region_name),
        dataset=catalogue_metadata.schema_org(facts.warehouse, facts.deployment)
        if page.file in (INDEX, "download.html")
        else None,
        has_records=bool(records.shown_tables(facts)),
        as_json=lambda value: Markup(json.dumps(value, ensure_ascii=False).replace("</", "<\\/")),
        **page.facts,
    )
    path.write_text(_with_fixed_spaces(html), encoding="utf-8")


def _with_fixed_spaces(text: str) -> str:
    """Return a text in which no line breaks between a number and its percent sign."""
    return _SPACE_OF_PERCENT.sub("\u00a0%", text)


_SPACE_OF_PERCENT = re.compile(r" %(?<=\d %)")
"""A space and a percent sign after a number. The sign comes first, which is found ten times faster."""


def _write_pictures(page: Page, folder: Path) -> None:
    """Write a page's pictures, and those that a reader chooses as scripts, which any page may load."""
    for name, svg in page.pictures.items():
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    for name, widths in page.scripts.items():
        drawn = json.dumps(
            [_with_fixed_spaces(widths[width]) for width in ("svg", "narrow")], ensure_ascii=False
        )
        (folder / f"{name}.js").write_text(
            f"lineabaseDrawn({json.dumps(name)}, {drawn});\n", encoding="utf-8"
        )


def _write_data(data: Mapping[str, Sequence[DataRow]], folder: Path) -> None:
    """Write the data of pictures as CSV."""
    for name, rows in data.items():
        folder.mkdir(exist_ok=True)
        downloads.write_csv(folder / f"{name}.csv", rows)


def _write_search(pages: list[Page], lang: str, folder: Path) -> None:
    """Write the search index of a language, and the figures that answer questions."""
    entries = [(page.title, page.file, page.about, page.search_words) for page in pages if page.in_search]
    (folder / f"search.{lang}.js").write_text(search.script(entries, lang), encoding="utf-8")
    evidence_pages = [page.facts for page in pages if page.template == EVIDENCE]
    (folder / f"figures.{lang}.js").write_text(search.figures_script(evidence_pages, lang), encoding="utf-8")


def _write_downloads(facts: Facts, folder: Path) -> dict[str, list[str]]:
    """Write each indicator with data in every format, with metadata, and return the file names."""
    files: dict[str, list[str]] = {}
    for name in sorted(facts.sources.keys() | facts.regions.keys()):
        for ending, export in exports.FORMATS.items():
            path = folder / f"{name}.{ending}"
            _, meta = export(facts.warehouse, name, path, True)
            files.setdefault(name, []).extend([path.name, meta.name])
        for lang in CONTRACT_LANGUAGES:
            if sheets := _workbook_sheets(facts, name, lang):
                path = folder / f"{name}.{lang}.xlsx"
                workbook.write_one(path, facts.catalogue[name], sheets, lang, facts.release["as_of"])
                files[name].append(path.name)
    return {name: list(dict.fromkeys(paths)) for name, paths in files.items()}


def _workbook_sheets(facts: Facts, name: str, lang: str) -> dict[str, Sequence[Figure]]:
    """Return the sheets of an indicator's workbook: its totals, or a sheet per class of origin or form."""
    parts = facts.parts(name) or {("", ""): facts.regions.get(name, [])}
    return {
        name_in_list(codes, code, lang) if codes else name: [
            cast("Figure", {**row, f"remarks_{lang}": facts.remarks(row, lang)}) for row in rows
        ]
        for (codes, code), rows in parts.items()
        if rows
    }
