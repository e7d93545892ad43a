"""Reading a form that was sent, its file in memory: what must not be kept is never written by the reading."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

LARGEST = 64 * 2**20
"""Bytes of a form; a larger file comes through the inbox."""


class TooLarge(Exception):
    """More was sent than a form takes."""


@dataclass(frozen=True)
class Sent:
    """The fields of a form, and its file with its name."""

    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    content: bytes = b""

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "").strip()


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST + 1


async def read(request: Request) -> Sent:
    """What a form sent. Raises TooLarge; a form that cannot be read is an empty one."""
    try:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            parser: MultiPartParser | FormParser = _InMemory(
                request.headers, _limited(request), max_files=1, max_fields=50
            )
        else:
            parser = FormParser(request.headers, _limited(request))
        form = await parser.parse()
    except (MultiPartException, KeyError):
        return Sent()
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    files = [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
    if not files:
        return Sent(fields)
    content = await files[0].read()
    await files[0].close()
    return Sent(fields, files[0].filename or "", content)


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge
        yield chunk
