"""Judgements about who is in a table of origin or a sum (analysis.statements), each from a few rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_statements import COUNT, KNOWN, ORIGINS, OTHER, codes, judged, origins

OUT_OF_SUMS: list[dict[str, Any]] = [
    {"flag": "contradicted", "out_of_sums": True},
    {"flag": "suspect_value", "out_of_sums": True},
    {"flag": "partial", "out_of_sums": False},
]


def test_a_table_in_doubt_has_each_flag_that_keeps_it_out_of_sums() -> None:
    for flag, found in (
        ("contradicted+partial+suspect_value", ["contradicted", "suspect_value"]),
        ("partial", []),
        (None, []),
    ):
        tables = [*origins(2020, flag=flag), *origins(2021)]
        judgements = judged([{}], baseline__origin_profile=tables, reference__flags=OUT_OF_SUMS)
        assert codes(judgements, "doubt_of_table") == found
    of_other = [row | {"collection": OTHER} for row in origins(2020, flag="contradicted")]
    judgements = judged([{}], baseline__origin_profile=[*of_other, ORIGINS], reference__flags=OUT_OF_SUMS)
    [doubt] = judgements[judgements["kind"] == "doubt_of_table"].to_dict("records")
    assert (doubt["indicator"], doubt["collection"], doubt["year"]) == (COUNT, OTHER, 2020)


@pytest.mark.parametrize(
    ("figure", "found"),
    [
        ({"value_low": 0.0}, ["nobody_named"]),
        ({"value_low": 0.0, "value_high": 0.0}, ["nobody_named"]),
        ({"value_low": 0.01}, []),
        ({"value_low": None, "value_high": None}, []),
        ({"value_low": 0.0, "area_type": "region", "members": "HND"}, []),
        ({"value_low": 0.0, "indicator": COUNT}, []),
    ],
)
def test_a_table_names_nobody_if_the_least_known_share_is_none(
    figure: dict[str, Any], found: list[str]
) -> None:
    known = {"indicator": KNOWN, "unit": "share", "value_high": 1.0}
    assert codes(judged([known | figure]), "known_origin") == found
