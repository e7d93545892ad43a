"""The report of 2009, paragraph by paragraph: what was asked, where it is, what is missing and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from schemas.words import contract_language
from warehouse.publication.site.part import Content
from warehouse.publication.site.template_downloads import template_file


@cache
def paragraphs() -> list[dict[str, Any]]:
    """Return the paragraphs as report_2009.toml has them."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["paragraph"])


def paragraph_lines(titles: Mapping[str, str], lang: str) -> list[Content]:
    """Return each paragraph with links to those of its pages that this site has, by their titles."""
    language = contract_language(lang)
    return [
        {
            "id": paragraph["id"],
            "asked": paragraph["asked"][language],
            "pages": [(f"{name}.html", titles[name]) for name in paragraph["pages"] if name in titles],
            "why_not": paragraph.get("why_not", {}).get(language, ""),
            "template": template_file(paragraph["template"], lang) if "template" in paragraph else "",
        }
        for paragraph in paragraphs()
    ]


def templates() -> set[str]:
    """Return the collections whose templates the paragraphs lead to."""
    return {paragraph["template"] for paragraph in paragraphs() if "template" in paragraph}
