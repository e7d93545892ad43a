"""What `make bench` runs must run: its own figures, in small. No test asserts a time."""

import pytest

from tests import bench_dagster


@pytest.mark.slow
def test_dagster_s_own_cost_is_measured():
    told = bench_dagster.figures(submissions=2, known=1)
    assert told["name"] == "dagster_own_2_1"
    assert told["floor_seconds"] > 0
