"""The history of what was received: one JSON line an event. What an event brings about is not here.

events.jsonl lies in a submission's folder (received, compared, held, confirmed, withdrawn, purged),
refused.jsonl in a collection's. A line ends with a checksum of itself; lines of earlier versions, and those
that a person wrote, have none and are read as they stand.
"""

from __future__ import annotations

import json
import re
from datetime import date
from hashlib import sha256
from pathlib import Path

from schemas.words import Wrong
from warehouse.home import durable

EVENTS, REFUSED = "events.jsonl", "refused.jsonl"

Event = dict[str, str]
"""Its name (`event`), its day (`on`), and what belongs to it: office, reason, hash, rule; a list as JSON."""

TORN = "torn_before"
"""In a line: so many bytes of a half line stood before it and were cut off."""

_CHECKED = re.compile(rb'(?P<told>\{.*), "(?P<key>.{5})": "(?P<check>[0-9a-f]{16})"\}', re.S)
"""A line with its checksum; under another key it is a damaged one, not a line without."""


class DamagedHistory(Wrong):
    """A line of a history cannot be read; `path` and `line` say which."""

    def __init__(self, path: Path, line: int) -> None:
        self.path, self.line = path, line
        super().__init__("home.damaged_history", path=path, line=line)


def append(path: Path, **event: object) -> None:
    """Add an event; it is on disk when this returns. The caller holds raw.lock.

    Half a last line was left by a writer that was killed: it was never acknowledged and is cut off, so that
    the new line is not glued onto it; the new line says so.
    """
    whole, half = _halves(path)
    if half and _event(half) is not None:  # written by hand, its line break forgotten
        durable.append(path, b"\n" + line(**event), keep=len(whole) + len(half))
    else:
        cut = {TORN: str(len(half))} if half else {}
        durable.append(path, line(**event, **cut), keep=len(whole))


def line(**event: object) -> bytes:
    """An event as its line, with its checksum."""
    told = json.dumps(event, ensure_ascii=False).encode()[:-1]
    return told + f', "check": "{_checksum(told)}"}}\n'.encode()


def read(path: Path) -> list[Event]:
    """Every event, oldest first; none where there is no file. Raises DamagedHistory.

    Half a last line is no event.
    """
    whole, half = _halves(path)
    numbered = [(number, text) for number, text in enumerate(whole.split(b"\n"), start=1) if text.strip()]
    events = [(number, _event(text)) for number, text in numbered]
    if damaged := [number for number, event in events if event is None]:
        raise DamagedHistory(path, damaged[0])
    return [event for _, event in [*events, (0, _event(half))] if event is not None]


def torn(path: Path) -> int:
    """Bytes of half a last line, which is no event; 0 where all lines are whole."""
    _, half = _halves(path)
    return len(half) if half.strip() and _event(half) is None else 0


def _halves(path: Path) -> tuple[bytes, bytes]:
    """A history up to its last line break, and what is left behind it by a writer that did not finish."""
    content = path.read_bytes() if path.exists() else b""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _event(text: bytes) -> Event | None:
    """The event of a line, without its checksum; None where the line cannot be what was written."""
    try:
        if checked := _CHECKED.fullmatch(text.strip()):
            if checked["key"] != b"check" or _checksum(checked["told"]) != checked["check"].decode():
                return None
            text = checked["told"] + b"}"
        event = {str(key): _text(value) for key, value in json.loads(text).items()}
        date.fromisoformat(event.get("on", _ANY_DAY))
    except (ValueError, AttributeError):
        return None
    needed = _NEEDED.get(event.get("event", ""), set())
    return event if needed <= set(event) and "check" not in event else None


_ANY_DAY = "2000-01-01"
_NEEDED = {
    "": {"event"},
    "withdrawn": {"on"},
    "held": {"on", "office", "reason"},
    "confirmed": {"on", "office", "reason"},
    "purged": {"on", "office", "reason"},
}
"""What a line must tell, by its event."""


def _checksum(told: bytes) -> str:
    return sha256(told).hexdigest()[:16]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
