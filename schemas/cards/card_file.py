"""Of a format card what says how a file is laid out. The rest of its grammar: format_card.py.

It stands apart, so that the process that reads workbooks loads no table, code list or country.
"""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from schemas.words import Wrong


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def as_list(value: Any) -> Any:
    """A list of one for a single value."""
    return value if isinstance(value, list) else [value]


OneOrMany = Annotated[list[str], BeforeValidator(as_list)]


class TemplateSheets(_Strict):
    """The sheets of the project's own template: the one to fill, those for people, the one with its version.

    A workbook with the sheet of the version gives the one to fill and no other; one without it, a person's
    own, gives all that are not for people.
    """

    instructions: str
    fill: str
    example: str
    lists: str
    stamp: str

    @property
    def passed_over(self) -> set[str]:
        """The sheets that are the template's own and hold no rows: nobody need be told of them."""
        return {self.instructions, self.example, self.lists, self.stamp}


class File(_Strict):
    """How the file is laid out."""

    type: Literal["csv", "xlsx", "xls", "ods", "any"] = Field(
        description="`any`, for the project's own template: whatever a person saved it as"
    )
    template: TemplateSheets | None = Field(default=None, description="the sheets of the project's template")
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    compression: Literal["none", "bz2", "gzip", "xz", "zip"] = "none"
    sheets: list[str] = []
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=3, description="levels of the header, from header_row on")
    footnotes: OneOrMany = Field(default=[], description="marks at the end of cells that say nothing")

    @field_validator("footnotes")
    @classmethod
    def _are_marks(cls, marks: list[str]) -> list[str]:
        if wrong := [mark for mark in marks if all(map(str.isalnum, mark))]:
            raise Wrong("card.no_mark", names=", ".join(wrong))
        return marks

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError as error:
            raise Wrong("card.no_encoding", value=name) from error
        return name

    banner: OneOrMany = Field(default=[], description="rows whose first cell starts so are layout")
