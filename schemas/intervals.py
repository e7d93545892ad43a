"""Text of an interval. No arithmetic."""

from __future__ import annotations

import math


def interval_text(low: float, high: float | None) -> str:
    """Return `9`, `7–11`, or `12–` without an upper bound."""
    if high is None or math.isnan(high) or math.isinf(high):
        return f"{low:.12g}–"
    return f"{low:.12g}" if low == high else f"{low:.12g}–{high:.12g}"
