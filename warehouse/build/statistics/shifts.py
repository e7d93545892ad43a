"""When a series looks shifted by a year against the previous submission.

Used for two submissions when the later submission is received (assets/intake/comparison.py), and for the
revisions in a release (core.judged_shifts), so that readers see a single shift instead of many revisions.
"""

from __future__ import annotations

MIN_COUNT = 10
"""From this count on, two equal values are hardly a coincidence."""
MIN_SHIFTED_VALUES = 3
"""Values of a series that must be shifted by a year; they must also be half of the compared ones."""
