"""Parsing of submitted forms. Files stay in memory, so that a file that must not be kept is never written."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

LARGEST = 64 * 2**20
"""Largest size of a form in bytes. Larger files come through the inbox."""


class TooLarge(Exception):
    """A form is larger than the limit."""


@dataclass(frozen=True)
class FormData:
    """Fields of a form, and its file with its name."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    content: bytes = b""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "").strip()


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST + 1


async def read_form(request: Request) -> FormData:
    """Read a form. Raises TooLarge. A form that cannot be parsed is read as empty."""
    try:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            parser: MultiPartParser | FormParser = _InMemory(
                request.headers, _limited_stream(request), max_files=1, max_fields=50
            )
        else:
            parser = FormParser(request.headers, _limited_stream(request))
        form = await parser.parse()
    except (MultiPartException, KeyError):
        return FormData()
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    files = [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
    if not files:
        return FormData(fields)
    content = await files[0].read()
    await files[0].close()
    return FormData(fields, files[0].filename or "", content)


async def _limited_stream(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge
        yield chunk
