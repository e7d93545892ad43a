"""History of receipts: an event for each line, as JSON. The effects of an event are not here.

events.jsonl lies in a folder of a submission (received, not_personal, corrected, compared, held, justified,
confirmed, withdrawn, purged), refused.jsonl in a collection's. A line ends with a checksum of itself. Lines
of earlier versions, and lines that a person wrote, have none and are read unchecked.
"""

from __future__ import annotations

import json
import re
from datetime import date
from hashlib import sha256
from pathlib import Path

from schemas.words import InvalidValue
from warehouse.home import durable

EVENTS_FILE, REFUSALS_FILE = "events.jsonl", "refused.jsonl"
"""Name of a submission's history, and of a collection's list of refused files."""

Event = dict[str, str]
"""Name (`event`), day (`on`) and further facts of an event: office, reason, hash, rule; a list as JSON."""

TORN_KEY = "torn_before"
"""Key in a line: bytes of an incomplete line that were cut off before it."""

_LINE_WITH_CHECKSUM = re.compile(rb'(?P<content>\{.*), "(?P<key>.{5})": "(?P<check>[0-9a-f]{16})"\}', re.S)
"""A line with its checksum. With another key it is a damaged line, not a line without a checksum."""


class DamagedHistory(InvalidValue):
    """A line of a history cannot be read: number `line` of the file `path`."""

    def __init__(self, path: Path, line: int) -> None:
        self.path, self.line = path, line
        super().__init__("home.damaged_history", path=path, line=line)


def append(path: Path, **event: object) -> None:
    """Append an event; it is on disk when this returns. The caller holds raw.lock.

    An incomplete last line comes from a writer that was killed. It was never acknowledged and is cut off, so
    that the new line does not continue it; the new line records this.
    """
    whole_lines, partial_line = _split_last_line(path)
    if partial_line and _parse_event(partial_line) is not None:  # written by hand, without a line break
        durable.append(path, b"\n" + line(**event), keep=len(whole_lines) + len(partial_line))
    else:
        torn_note = {TORN_KEY: str(len(partial_line))} if partial_line else {}
        durable.append(path, line(**event, **torn_note), keep=len(whole_lines))


def line(**event: object) -> bytes:
    """Write an event as a line with its checksum."""
    content = json.dumps(event, ensure_ascii=False).encode()[:-1]
    return content + f', "check": "{_checksum(content)}"}}\n'.encode()


def read(path: Path) -> list[Event]:
    """List the events, oldest first; [] if there is no file. Raises DamagedHistory.

    An incomplete last line is no event.
    """
    whole_lines, partial_line = _split_last_line(path)
    lines = [(number, text) for number, text in enumerate(whole_lines.split(b"\n"), start=1) if text.strip()]
    events = [(number, _parse_event(text)) for number, text in lines]
    if damaged_lines := [number for number, event in events if event is None]:
        raise DamagedHistory(path, damaged_lines[0])
    return [event for _, event in [*events, (0, _parse_event(partial_line))] if event is not None]


def torn_bytes(path: Path) -> int:
    """Return the bytes of an incomplete last line; 0 if all lines are complete."""
    _, partial_line = _split_last_line(path)
    return len(partial_line) if partial_line.strip() and _parse_event(partial_line) is None else 0


def _split_last_line(path: Path) -> tuple[bytes, bytes]:
    """Split a history at its last line break: complete lines, and an incomplete rest."""
    content = path.read_bytes() if path.exists() else b""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _parse_event(text: bytes) -> Event | None:
    """Parse a line into an event without its checksum. Returns None for a damaged line."""
    try:
        if match := _LINE_WITH_CHECKSUM.fullmatch(text.strip()):
            if match["key"] != b"check" or _checksum(match["content"]) != match["check"].decode():
                return None
            text = match["content"] + b"}"
        event = {str(key): _as_text(value) for key, value in json.loads(text).items()}
        date.fromisoformat(event.get("on", _ANY_DAY))
    except (ValueError, AttributeError):
        return None
    required_keys = _REQUIRED_KEYS.get(event.get("event", ""), set())
    return event if required_keys <= set(event) and "check" not in event else None


_ANY_DAY = "2000-01-01"
_REQUIRED_KEYS = {
    "": {"event"},
    "withdrawn": {"on"},
    "held": {"on", "office", "reason"},
    "confirmed": {"on", "office", "reason"},
    "justified": {"on", "office", "reason", "rule"},
    "not_personal": {"on", "office", "reason", "finding"},
    "corrected": {"on", "office", "reason", "of"},
    "purged": {"on", "office", "reason"},
}
"""Keys that a line must have, by its event."""


def _checksum(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def _as_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
