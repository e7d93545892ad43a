"""Sums of repeated keys are held against the total. Expected values are worked out by hand."""

from pathlib import Path

from assets.intake import observations
from tests import in_memory
from tests.test_quarantine import DAY, Rows, judged

COLLECTION = "X/years"


def table(sexes: dict[str, str], total: str) -> Rows:
    """Costa Rica's 2021 by sex, and its total."""
    rows = [
        {"reporting_country": "CRI", "period": "2021", "sex": sex, "value": n} for sex, n in sexes.items()
    ]
    return [*rows, rows[0] | {"sex": "", "value": total}]


def test_a_sum_of_one_key_is_no_more_than_the_total_leaves(tmp_path: Path) -> None:
    """UNODC, CRI 2017–20: 27 and 40 under «other forms», of 62 in all of whom 5 are of another form."""

    def observed(total: str) -> tuple[float, float, str | None]:
        rows = table({"F": "27", "M": "40", "_U": "5"}, total)
        result, card = judged(rows, COLLECTION, tmp_path)
        lines = result.accepted_lines.assign(sex=result.accepted_lines["sex"].replace({"M": "F"}))
        origin = observations.Origin(in_memory.submission_of(COLLECTION, DAY), COLLECTION, DAY)
        values = observations.observe(lines, origin, card.collection).values
        (row,) = values[values["sex"] == "F"].to_dict("records")
        return row["value_low"], row["value_high"], row["flag"] if isinstance(row["flag"], str) else None

    assert observed("72") == (67, 67, None)
    assert observed("62") == (40, 57, "repeats_exceed_total")
    assert observed("41") == (67, 67, "repeats_exceed_total")
