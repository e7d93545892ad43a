"""Breakdown of a line: the dimensions it details, which name its table. Reads no text and judges nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from schemas import codelists
from schemas.tables import DIMENSIONS

_NOT_IN_BREAKDOWN = ("counterpart_role",)


def _undetailed_codes(lines: pd.DataFrame) -> dict[str, set[str]]:
    """Return, for each dimension, the codes that detail nothing in this submission."""
    names = sorted(d.name for d in DIMENSIONS if d.name not in _NOT_IN_BREAKDOWN)
    return {name: {codelists.TOTAL} | _not_applicable_codes(lines, name) for name in names}


def breakdowns(lines: pd.DataFrame, all_lines: pd.DataFrame | None = None) -> pd.Series:
    """Return the names of the dimensions that each line details, joined by `+`; `total` if there are none.

    Codes that detail nothing are determined from all lines of the submission: `all_lines`, by default these.
    """
    total_codes = _undetailed_codes(lines if all_lines is None else all_lines)
    is_detailed = {name: ~lines[name].isin(codes).to_numpy() for name, codes in total_codes.items()}
    bits = sum((mask.astype(np.int64) << n for n, mask in enumerate(is_detailed.values())), np.int64(0))
    citizenship_only = 1 << list(is_detailed).index("citizenship")
    bits = np.where((bits == citizenship_only) & _is_implied(lines), 0, bits)
    names = {n: _joined_names(is_detailed, n) for n in np.unique(bits).tolist()}
    return pd.Series([names[n] for n in bits.tolist()], lines.index, dtype="str")


def _joined_names(names: Iterable[str], bits: int) -> str:
    """Join the names whose bit is set by `+`; return `total` if there are none."""
    return "+".join(name for n, name in enumerate(names) if bits >> n & 1) or "total"


def _is_implied(lines: pd.DataFrame) -> pd.Series:
    """Mark lines whose citizenship is implied by the measure. Alone it details nothing."""
    own_only = [m.code for m in codelists.codelist("measure").values() if m.attributes["own_only"] == "true"]
    return lines["measure"].isin(own_only) & (lines["citizenship"] == lines["reporting_country"])


def _not_applicable_codes(lines: pd.DataFrame, dimension: str) -> set[str]:
    """Return `_Z` if no line of the submission fills the dimension with another code, else nothing."""
    is_never_filled = set(lines[dimension].unique()) == {codelists.NOT_APPLICABLE}
    is_counterpart = dimension.startswith("counterpart")
    return {codelists.NOT_APPLICABLE} if is_never_filled or is_counterpart else set()
