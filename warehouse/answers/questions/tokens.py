"""Words of a question, and the patterns that they fit. Knows no country and no indicator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.codelists import fold
from schemas.questions import Patterns

_TOKEN = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")


@dataclass
class Tokens:
    """Words of a question as written and folded, and the positions of those that were used."""

    text: str
    originals: list[str]
    folded: list[str]
    used_positions: set[int] = field(default_factory=set)

    @classmethod
    def from_text(cls, text: str) -> Tokens:
        """Return the words of a text."""
        originals = _TOKEN.findall(text)
        return cls(text, originals, [fold(word).replace(".", "") for word in originals])

    def find(self, pattern: Sequence[str]) -> set[int] | None:
        """Return the positions of the words of a pattern, in any order, or None if one is missing."""
        positions: set[int] = set()
        for part in pattern:
            fitting = (i for i, word in enumerate(self.folded) if i not in positions and fits(word, part))
            position = next(fitting, None)
            if position is None:
                return None
            positions.add(position)
        return positions

    def find_best(self, patterns: Patterns, excluding: Iterable[int] = ()) -> tuple[str, set[int]] | None:
        """Return the code whose pattern has most words in the question, with their positions.

        Of equal patterns the first listed wins. Patterns that need a position of `excluding` are left out.
        """
        best: tuple[str, set[int]] | None = None
        for code, of_code in patterns.items():
            for pattern in of_code:
                positions = self.find(pattern)
                if not positions or positions & set(excluding):
                    continue
                if best is None or len(positions) > len(best[1]):
                    best = code, positions
        return best

    def find_all(self, patterns: Patterns) -> set[int]:
        """Return the positions of every pattern that fits."""
        matches = (self.find(pattern) for of_code in patterns.values() for pattern in of_code)
        return {position for positions in matches for position in positions or ()}

    def find_words(self, parts: Sequence[str]) -> set[int]:
        """Return the positions of the words that fit one of some words."""
        return {i for i, word in enumerate(self.folded) if fits_any(word, parts)}

    def use(self, positions: Iterable[int]) -> None:
        """Mark words as used."""
        self.used_positions |= set(positions)


def fits(word: str, part: str) -> bool:
    """Return whether a word is one of the words of a pattern's part; one that ends in * is a beginning."""
    return any(
        word.startswith(single[:-1]) if single.endswith("*") else word == single for single in part.split("|")
    )


def fits_any(word: str, parts: Iterable[str]) -> bool:
    """Return whether a word fits one of some parts."""
    return any(fits(word, part) for part in parts)
