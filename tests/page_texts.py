"""Texts of pages read back: the templates of schemas/words, the texts of a release's rows, numbers. Judges nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path

import duckdb

from schemas.tables import TABLES
from schemas.words import FOLDER, words
from tests.sentence_facts import pattern

NO_TEXTS = re.compile("table|svg|script|style|nav|footer|select|code|pre|head|button|label|form")
INLINE = re.compile("a|span|b|strong|small|em")
WITHOUT_END = re.compile("br|img|input|hr|meta|link|source|wbr|path")
"""Elements: what is no text for a reader, what is within a text, what has no end. All others begin a text."""
SEAM = "\N{INVISIBLE SEPARATOR}"
"""Stands where a link or another mark begins or ends: there a template may end."""
OF_OTHER_ROOMS = re.compile(
    "(?:rule|cli|doctor|help|option|usage|desk|home|inbox|draft|card|decide|gate|ui|verify|dagster|machine|answers"
    r"|api|explain|workbook)\."
)
"""Words that no page shows; without them a text is read back faster."""


class Page(HTMLParser):
    """The headings and sentences of a page, in order, with seams; no tables, pictures and menus."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[str] = []
        self._parts: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))
        self.close()
        self._end_block()

    def _is_skipped(self) -> bool:
        return any(NO_TEXTS.fullmatch(tag) for tag in self._open)

    def _end_block(self) -> None:
        text = " ".join("".join(self._parts).split())
        if bare(text):
            self.texts.append(text)
        self._parts = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if WITHOUT_END.fullmatch(tag):
            return
        if not INLINE.fullmatch(tag) and not self._is_skipped():
            self._end_block()
        self._open.append(tag)
        self._parts += [SEAM] if INLINE.fullmatch(tag) else []

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        if not INLINE.fullmatch(tag) and not self._is_skipped():
            self._end_block()
        self._parts += [SEAM] if INLINE.fullmatch(tag) else []
        while self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_skipped():
            self._parts.append(data)


def bare(text: str) -> str:
    """The text without seams, with single blanks."""
    return " ".join(text.replace(SEAM, "").split())


NUMBER = r"[-\N{MINUS SIGN}+]?\d[\d,.\u202f\u00a0]*(?:\s?%)?"
NO_WORDS = re.compile(
    rf"{NUMBER}(?:\s?[–-]\s?{NUMBER})?|\d{{4}}-\d\d-\d\d(?:–\d{{4}}-\d\d-\d\d)?|[A-Z]{{3}}|Excel|(?:S|SDG|ODS)\.? ?\d[\w.]*|\w|\W+"
)
"""Numbers, spans, days, the letter of a note, marks, paragraphs of the standards of metadata."""
JOINTS = re.compile(
    rf"{SEAM}|(?<=[.;:])\s+|,\s+| and | y | e |\s+·\s+|\s*\(|\)|\s+→\s+|\s+–\s+|\s+— |[“”«»]|›|^\S\s"
    rf"| \d[\d,.–-]*%?(?=[),;]|\.?$|\.\s)|(?<=\d) (?=[^\W\d])| (?=\d{{4}}\b)"
)
"""Where one template or text may end and the next begin."""
LONGEST_LABEL = 90
"""Characters of a text at most that is split at each blank."""


@dataclass(frozen=True)
class Template:
    """A template: its key, its fixed parts, its pattern."""

    key: str
    parts: list[str]
    lang: str

    @cached_property
    def needle(self) -> str:
        """The longest part without its first letter and its marks: each text of the template has it."""
        return max((part.strip(" .;:,")[1:] for part in self.parts), key=len, default="")

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """The pattern without marks of Markdown, its facts as short or as long as may be, or empty."""
        short = pattern(self.key, self.lang).pattern.replace("`", "").replace(".+?", ".*?")
        return re.compile(short), re.compile(short.replace(".*?", ".*"))

    def facts(self, text: str) -> Iterator[dict[str, str]]:
        """The facts of a text that is this template. A pattern alone would take long to say no."""
        at = 0
        for part in self.parts:
            at = text.find(part, at)
            if at < 0:
                return
            at += len(part)
        yield from (match.groupdict() for p in self.patterns if (match := p.fullmatch(text)))


@dataclass
class TextReader:
    """The texts that pages may have, in one language."""

    lang: str
    row_texts: frozenset[str]
    _is_read: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def templates(self) -> list[Template]:
        """The templates with facts that pages may show."""
        return [
            Template(
                key,
                [part.replace("`", "") for part in re.split(r"\{[^}]*\}", text) if part.strip()],
                self.lang,
            )
            for key, text in words(self.lang).items()
            if "{" in text and not OF_OTHER_ROOMS.match(key) and re.search(r"[^\W\d]", _fixed(text))
        ]

    @cached_property
    def texts(self) -> frozenset[str]:
        """Texts without facts: those of rows, and templates that are a sentence, a label or the forms of a word."""
        own = {text for text in words(self.lang).values() if "{" not in text}
        for text in words(self.lang).values():
            own |= {form for forms in re.findall(r"\{\w+:([^}]*)\}", text) for form in forms.split("|")}
        return frozenset(form for text in own | self.row_texts for form in _spellings(bare(text)))

    def reads(self, text: str) -> bool:
        """Whether a text is made of templates, texts of rows and numbers alone."""
        text = text.strip()
        if text not in self._is_read:
            self._is_read[text] = self._is_one(bare(text)) or self._is_row_of_several(text)
        return self._is_read[text]

    def _is_row_of_several(self, text: str) -> bool:
        """Whether a text can be cut at its joints into pieces of which each is one text."""
        cuts = [(match.start(), match.end()) for match in JOINTS.finditer(text)]
        starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
        reached = {0}
        for i, start in enumerate(starts):
            if i not in reached:
                continue
            for j in range(len(ends) - 1, i - 1, -1):
                if j + 1 in reached or (i, j) == (0, len(ends) - 1):
                    continue
                pieces = [
                    text[start : ends[j]],
                    *([text[start : starts[j + 1]]] if j + 1 < len(starts) else []),
                ]
                if any(self._is_one(bare(piece)) for piece in pieces):
                    reached.add(j + 1)
        return len(ends) in reached

    def _is_one(self, text: str) -> bool:
        key = f"{SEAM}{text}"
        if key not in self._is_read:
            self._is_read[key] = self._is_fixed(text) or self._is_template(text) or self._is_label(text)
        return self._is_read[key]

    def _is_fixed(self, text: str) -> bool:
        plain = text.rstrip(".;:, ")
        return not plain or bool(NO_WORDS.fullmatch(plain)) or text in self.texts or plain in self.texts

    def _is_template(self, text: str) -> bool:
        plain = text.rstrip(".;:, ")
        spellings = dict.fromkeys(
            first + rest
            for rest in (text[1:], plain[1:], f"{plain[1:]}.")
            for first in (text[0], text[0].upper())
        )
        for template in self.templates:
            for spelling in spellings if template.needle in text else ():
                if any(all(map(self.reads, facts.values())) for facts in template.facts(spelling)):
                    return True
        return False

    def _is_label(self, text: str) -> bool:
        blanks = [at for at, sign in enumerate(text) if sign == " "] if len(text) < LONGEST_LABEL else []
        return any(self._is_fixed(text[:at]) and self._is_one(text[at + 1 :]) for at in blanks)


def _fixed(template: str) -> str:
    """The fixed part of a template, with the forms of words that agree with a number."""
    return re.sub(r"\{\w+(?::([^}]*))?\}", r" \1 ", template)


def _spellings(text: str) -> set[str]:
    """A text as it stands at the beginning or within a sentence, with or without its period."""
    return {
        first + rest
        for first in (text[:1].lower(), text[:1].upper(), text[:1])
        for rest in (text[1:], text[1:].rstrip("."))
    }


def texts_of_rows(release: Path) -> frozenset[str]:
    """All texts in the tables of a release, and those that the files of schemas/ declare."""
    texts: set[str] = set()
    with duckdb.connect(release, read_only=True) as db:
        for table in (t.public() for t in TABLES if t.visibility != "internal"):
            for column in (c.name for c in table.columns if c.type == "VARCHAR"):
                rows = db.execute(f"SELECT DISTINCT {column} FROM {table.full_name}").fetchall()
                texts |= {text for (text,) in rows if text}
        titles = db.execute("SELECT collection, title_es, title_en FROM registry.collections").fetchall()
    for file in FOLDER.parent.rglob("*.toml"):
        if file.parent != FOLDER:
            texts |= set(_leaves(tomllib.loads(file.read_text(encoding="utf-8"))))
    for collection, *names in titles:
        for text in [text for text in texts if collection in text]:
            texts |= {text.replace(collection, name) for name in names}
    return frozenset(texts)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(part)
