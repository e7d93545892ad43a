"""Which dimensions a line details: the name of its table. Reads no text, judges nothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from schemas import codelists
from schemas.tables import DIMENSIONS

_NOT_IN_BREAKDOWN = ("counterpart_role",)


def _silent(observed: pd.DataFrame) -> dict[str, set[str]]:
    """By dimension, the codes that detail nothing in this submission."""
    names = sorted(d.name for d in DIMENSIONS if d.name not in _NOT_IN_BREAKDOWN)
    return {name: {codelists.TOTAL} | _unfilled(observed, name) for name in names}


def breakdowns(observed: pd.DataFrame, beside: pd.DataFrame | None = None) -> pd.Series:
    """Names of the dimensions that the line details, joined by `+`; `total` if none.

    What details nothing is asked of the submission's lines: these, or those that they stand beside.
    """
    silent = _silent(observed if beside is None else beside)
    detailed = {name: ~observed[name].isin(codes).to_numpy() for name, codes in silent.items()}
    number = sum((here.astype(np.int64) << n for n, here in enumerate(detailed.values())), np.int64(0))
    alone = 1 << list(detailed).index("citizenship")
    number = np.where((number == alone) & _is_implied(observed), 0, number)
    words = {n: _joined_names(detailed, n) for n in np.unique(number).tolist()}
    return pd.Series([words[n] for n in number.tolist()], observed.index, dtype="str")


def _joined_names(names: Iterable[str], bits: int) -> str:
    """The names whose bit is set, joined by `+`; `total` if none."""
    return "+".join(name for n, name in enumerate(names) if bits >> n & 1) or "total"


def _is_implied(observed: pd.DataFrame) -> pd.Series:
    """Where the citizenship is the one that all persons of the measure have: alone it details nothing."""
    own_only = [m.code for m in codelists.codelist("measure").values() if m.attributes["own_only"] == "true"]
    return observed["measure"].isin(own_only) & (observed["citizenship"] == observed["reporting_country"])


def _unfilled(observed: pd.DataFrame, dimension: str) -> set[str]:
    """`_Z` details nothing where no line of the submission fills the dimension otherwise."""
    only = set(observed[dimension].unique()) == {codelists.NOT_APPLICABLE}
    mixed = dimension.startswith("counterpart")
    return {codelists.NOT_APPLICABLE} if only or mixed else set()
