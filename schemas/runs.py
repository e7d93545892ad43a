"""Runs of consecutive whole numbers, such as years or rows. Knows no calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def runs(numbers: Iterable[int]) -> list[tuple[int, ...]]:
    """Return the first and last number of each run; one that stands alone is alone in its run."""
    ends: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ends and ends[-1][-1] == number - 1:
            ends[-1][1:] = [number]
        else:
            ends.append([number])
    return [tuple(run) for run in ends]


def runs_text(numbers: Iterable[int], name: Callable[[int], str] = str, *, joint: str = "–") -> str:
    """Return the numbers as text that joins consecutive ones: `3, 5–7`."""
    return ", ".join(joint.join(map(name, run)) for run in runs(numbers))
