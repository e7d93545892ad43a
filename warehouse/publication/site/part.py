"""A part of a page: a picture, one sentence, one caveat, and links to more. Every page is a row of parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

Content = dict[str, Any]
"""What a template shows, by name."""
DataRow = Mapping[str, object]
"""A line of a file of data, by the names of its columns."""
Link = tuple[str, str]
"""An address and its words."""


@dataclass(frozen=True)
class Slice:
    """A combination of codes by dimension, with its title, its picture at two widths, file and rows."""

    codes: Mapping[str, str]
    title: str
    file: str
    picture: Mapping[str, Markup]
    rows: Sequence[DataRow]


@dataclass(frozen=True)
class Choice:
    """A dimension with its name, and its codes with theirs."""

    dimension: str
    name: str
    codes: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A question with its answer: the picture at two widths, its file and its rows, the texts and links."""

    id: str
    question: str
    sentence: str
    caveat: str = ""
    picture: Mapping[str, Markup] = field(default_factory=dict)
    file: str = ""
    rows: Sequence[DataRow] = ()
    links: Sequence[Link] = ()
    countries: Sequence[Link] = ()
    choices: Sequence[tuple[str, str]] = ()
    """Countries of the picture by code and name, of which a reader may choose."""
    slices: Sequence[Slice] = ()
    """Pictures that may take the place of this one; the first is this one."""
    dimensions: Sequence[Choice] = ()
    """Dimensions of the slices, each with its codes."""


def pictures(parts: Sequence[Part]) -> dict[str, str]:
    """Return the pictures of parts and of their slices as they are given away, by file."""
    return {part.file: part.picture["svg"] for part in _all_pictures(parts) if part.picture}


def data(parts: Sequence[Part]) -> dict[str, Sequence[DataRow]]:
    """Return the rows of the pictures of parts and of their slices, by file."""
    return {part.file: part.rows for part in _all_pictures(parts) if part.rows}


def slice_scripts(parts: Sequence[Part]) -> dict[str, Mapping[str, Markup]]:
    """Return the pictures at two widths that a script puts in another's stead, by file."""
    return {choice.file: choice.picture for part in parts for choice in part.slices}


def _all_pictures(parts: Sequence[Part]) -> Iterator[Part | Slice]:
    """Yield each part, and each slice but the first, whose picture is the part's own."""
    for part in parts:
        yield part
        yield from part.slices[1:]
