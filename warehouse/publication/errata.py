"""Errata of a release for readers, and the page docs/errata.*.md. The errata are in each series.toml.

`make docs` renders the page; a test fails if it is out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from schemas.pages import Lang, table
from schemas.words import column_text, say
from warehouse.publication.quality.wording import announced_days, country_name, measure_name, span_text
from warehouse.reading.rows import row_dicts

if TYPE_CHECKING:
    from schemas.tables.rows import ErrataRow

_ERRATA = """
SELECT * FROM registry.errata ORDER BY corrected_on DESC, collection, reporting_country, measure, valid_from
"""


@dataclass(frozen=True)
class ErratumText:
    """An erratum in a language."""

    collection: str
    series: str
    days: str
    published_text: str
    correct_text: str

    def sentence(self, lang: str) -> str:
        """Return what was published and what is right."""
        return say("errata.sentence", lang, published=self.published_text, correct=self.correct_text)

    def cells(self) -> list[str]:
        """Return the cells of its row."""
        return [self.series, self.collection, self.days, self.published_text, self.correct_text]


def columns(lang: str) -> list[str]:
    """Return the names of the columns of a table of errata."""
    names = {key: say(f"errata.{key}", lang) for key in ("series", "days", "published", "correct")}
    return [
        names["series"],
        say("errata.collection", lang),
        names["days"],
        names["published"],
        names["correct"],
    ]


def errata(release: duckdb.DuckDBPyConnection, lang: str) -> list[ErratumText]:
    """Return the errata of a release, the newest first."""
    rows: list[ErrataRow] = row_dicts(release.execute(_ERRATA))
    return [
        ErratumText(
            row["collection"],
            f"{country_name(row['reporting_country'], lang)}, {measure_name(row['measure'], lang)}, "
            f"{span_text(row['valid_from'], row['valid_to'], lang)}",
            say("errata.both_days", lang, **{day: row[day] for day in ("published_on", "corrected_on")}),
            column_text(row, "published", lang),
            column_text(row, "correct", lang),
        )
        for row in rows
    ]


def policies(release: duckdb.DuckDBPyConnection, lang: str) -> dict[str, str]:
    """Return the policy of corrections and that of releases, with the next release days."""
    [(as_of,)] = release.execute("SELECT as_of FROM registry.release").fetchall()
    return {
        "policy": say("errata.policy", lang),
        "calendar_policy": say("errata.calendar_policy", lang, days=announced_days(as_of)),
    }


def page(release: duckdb.DuckDBPyConnection, lang: Lang) -> str:
    """Return the whole page of docs/ in a language."""
    policy = policies(release, lang)
    lines = [
        f"# {say('errata.title', lang)}",
        policy["policy"],
        say("errata.rendered", lang),
        table(columns(lang), [erratum.cells() for erratum in errata(release, lang)]),
        f"## {say('errata.calendar', lang)}",
        policy["calendar_policy"],
    ]
    return "\n\n".join(lines) + "\n"
