"""The history of what was received: one JSON line an event. What an event brings about is not here.

events.jsonl lies in a submission's folder (received, compared, held, confirmed, withdrawn, purged),
refused.jsonl in a collection's.
"""

from __future__ import annotations

import json
from pathlib import Path

from schemas.words import Wrong
from warehouse.home import durable

EVENTS, REFUSED = "events.jsonl", "refused.jsonl"

Event = dict[str, str]
"""Its name (`event`), its day (`on`), and what belongs to it: office, reason, hash, rule; a list as JSON."""


class DamagedHistory(Wrong):
    """A line of a history cannot be read; `path` and `line` say which."""

    def __init__(self, path: Path, line: int) -> None:
        self.path, self.line = path, line
        super().__init__("home.damaged_history", path=path, line=line)


def append(path: Path, **event: object) -> None:
    """Add an event; it is on disk when this returns. The caller holds raw.lock.

    Half a last line was left by a writer that was killed: it was never acknowledged and is cut off, so that
    the new line is not glued onto it.
    """
    whole, half = _halves(path)
    line = json.dumps(event, ensure_ascii=False).encode() + b"\n"
    if half and _event(half) is not None:  # written by hand, its line break forgotten
        durable.append(path, b"\n" + line, keep=len(whole) + len(half))
    else:
        durable.append(path, line, keep=len(whole))


def read(path: Path) -> list[Event]:
    """Every event, oldest first; none where there is no file. Raises DamagedHistory.

    Half a last line is no event.
    """
    whole, half = _halves(path)
    numbered = [(number, line) for number, line in enumerate(whole.split(b"\n"), start=1) if line.strip()]
    events = [(number, _event(line)) for number, line in numbered]
    if damaged := [number for number, event in events if event is None]:
        raise DamagedHistory(path, damaged[0])
    return [event for _, event in [*events, (0, _event(half))] if event is not None]


def _halves(path: Path) -> tuple[bytes, bytes]:
    """A history up to its last line break, and what is left behind it by a writer that did not finish."""
    content = path.read_bytes() if path.exists() else b""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
        return {str(key): _text(value) for key, value in event.items()}
    except (ValueError, AttributeError):
        return None


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
