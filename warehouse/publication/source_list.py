"""The list of shipped collections in README.md and README.es.md: content, source and extracts, from cards.

`python -m warehouse.publication.source_list` renders it into both. A test fails if it is out of date.
"""

from __future__ import annotations

from pathlib import Path

from schemas.pages import Lang, table
from warehouse.home import CHECKOUT, Home
from warehouse.publication.shipping import shipped_submissions

BEGIN, END = "<!-- sources -->", "<!-- end of sources -->"
READMES: dict[Lang, Path] = {"es": CHECKOUT / "README.es.md", "en": CHECKOUT / "README.md"}
COLUMNS: dict[Lang, list[str]] = {
    "es": ["colección", "contiene", "fuente", "extractos; rige el último"],
    "en": ["collection", "holds", "source", "extracts; the last is in force"],
}


def source_list(lang: Lang) -> str:
    """Return the table of shipped collections in a language."""
    home = Home(CHECKOUT)
    rows = []
    for name, days in sorted(_extracts().items()):
        collection = home.card(name).collection
        title = collection.titles.es if lang == "es" else collection.titles.en
        rows.append([f"`{name}`", title, collection.citation, ", ".join(days)])
    return table(COLUMNS[lang], rows)


def render(lang: Lang) -> str:
    """Return the text of a README with an up-to-date list."""
    text = READMES[lang].read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{source_list(lang)}\n{END}{after}"


def _extracts() -> dict[str, list[str]]:
    """Return the days of the shipped submissions by collection, the oldest first."""
    days: dict[str, list[str]] = {}
    for submission in sorted(shipped_submissions()):
        collection, _, version = submission.rpartition("/")
        days.setdefault(collection, []).append(version.rsplit(".", 1)[0])
    return days


if __name__ == "__main__":
    for lang, path in READMES.items():
        path.write_text(render(lang), encoding="utf-8")
