"""Facts read back from sentences: the templates of schemas/words as patterns. Judges nothing."""

from __future__ import annotations

import re
from functools import cache

from schemas.words import words

_SLOT = re.compile(r"\{(\w+)(?::([^}]*))?\}")


@cache
def pattern(key: str, lang: str) -> re.Pattern[str]:
    """The template of a key as a pattern with a group for each fact; words that agree with a number may be either."""
    text, parts, at, named = words(lang)[key], [], 0, set()
    for slot in _SLOT.finditer(text):
        parts.append(re.escape(text[at : slot.start()]))
        name, forms = slot.groups()
        if forms is not None:
            parts.append(f"(?:{'|'.join(map(re.escape, forms.split('|')))})")
        elif name in named:
            parts.append(f"(?P={name})")
        else:
            parts.append(f"(?P<{name}>.+?)")
            named.add(name)
        at = slot.end()
    return re.compile("".join(parts) + re.escape(text[at:]) + r"(?=\s|$)")  # no decimal point is an end


def facts(key: str, lang: str, text: str) -> dict[str, str] | None:
    """The facts of a text that is a template as a whole; None if it is not."""
    match = pattern(key, lang).fullmatch(text)
    return match.groupdict() if match else None


def taken_out(key: str, lang: str, text: str) -> tuple[dict[str, str] | None, str]:
    """The facts of a template's first sentence in a text, and the text without it."""
    match = pattern(key, lang).search(text)
    if match is None:
        return None, text
    return match.groupdict(), text[: match.start()] + text[match.end() :]


def figure(text: str) -> float:
    """The one number of a text, such as `12,971` or `5.3 %`."""
    [found] = re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)
    return float(found.replace(",", ""))


def is_rounded(text: str, value: float, step: float = 1) -> bool:
    """Whether the number of a text is a value at a step."""
    told = figure(text)
    return abs(told - value) <= step / 2 + 1e-9 and abs(told / step - round(told / step)) < 1e-6
