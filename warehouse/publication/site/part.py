"""A part of a page: a picture, one sentence, one caveat, and links to more. Every page is a row of parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from warehouse.publication.site.facts import Row

Link = tuple[str, str]
"""An address and its words."""


@dataclass(frozen=True)
class Part:
    """A question with its answer: the picture at two widths, its file and its rows, the texts and links."""

    id: str
    question: str
    sentence: str
    caveat: str = ""
    picture: Mapping[str, Markup] = field(default_factory=dict)
    file: str = ""
    rows: Sequence[Row] = ()
    links: Sequence[Link] = ()
    countries: Sequence[Link] = ()
    choices: Sequence[tuple[str, str]] = ()
    """Countries of the picture by code and name, of which a reader may choose."""


def pictures(parts: Sequence[Part]) -> dict[str, str]:
    """Return the pictures of parts as they are given away, by file."""
    return {part.file: part.picture["svg"] for part in parts if part.picture}


def data(parts: Sequence[Part]) -> dict[str, Sequence[Row]]:
    """Return the rows of the pictures of parts, by file."""
    return {part.file: part.rows for part in parts if part.rows}
