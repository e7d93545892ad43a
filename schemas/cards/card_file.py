"""The part of a format card that describes the layout of a file. The rest of its grammar: format_card.py.

It has a module of its own so that the process that reads workbooks loads no table, code list or country.
"""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from schemas.words import InvalidValue


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def as_list(value: Any) -> Any:
    """Wrap a single value in a list."""
    return value if isinstance(value, list) else [value]


OneOrMany = Annotated[list[str], BeforeValidator(as_list)]


class TemplateSheets(_Strict):
    """Names of the sheets of the project's own template.

    A workbook with the sheet `stamp` (the template's version) is read from the sheet `fill` only. A workbook
    without it was made by a person: all sheets are read that are not help sheets.
    """

    instructions: str
    fill: str
    example: str
    lists: str
    notes: str
    stamp: str

    @property
    def help_sheets(self) -> set[str]:
        """Sheets of the template that hold no data rows. Nobody needs a report about them."""
        return {self.instructions, self.example, self.lists, self.notes, self.stamp}


class File(_Strict):
    """Layout of a file."""

    type: Literal["csv", "xlsx", "xls", "ods", "any"] = Field(
        description="`any`, for the project's own template: any format a person may save it as"
    )
    template: TemplateSheets | None = Field(default=None, description="the sheets of the project's template")
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    compression: Literal["none", "bz2", "gzip", "xz", "zip"] = "none"
    sheets: list[str] = []
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=3, description="levels of the header, from header_row on")
    footnotes: OneOrMany = Field(default=[], description="marks at the end of cells that have no meaning")
    own_headers: bool = Field(
        default=False, description="each sheet has its own header: another row, another order of columns"
    )
    split_headers: dict[str, list[str]] = Field(
        default={}, description="a header cell that names several columns → their names"
    )

    @model_validator(mode="after")
    def _check_headers(self) -> File:
        if self.own_headers and self.type == "csv":
            raise InvalidValue("card.own_headers_of_workbooks")
        if wrong := [cell for cell, names in self.split_headers.items() if len(names) < 2 or not all(names)]:
            raise InvalidValue("card.splits_nothing", names=", ".join(wrong))
        return self

    @field_validator("footnotes")
    @classmethod
    def _check_footnotes(cls, marks: list[str]) -> list[str]:
        if wrong := [mark for mark in marks if all(map(str.isalnum, mark))]:
            raise InvalidValue("card.no_mark", names=", ".join(wrong))
        return marks

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError as error:
            raise InvalidValue("card.no_encoding", value=name) from error
        return name

    banner: OneOrMany = Field(default=[], description="rows whose first cell starts so are layout")
