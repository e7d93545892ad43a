"""The way of a submitted file through the modules is short, as docs/architecture.md says ("The way of a file")."""

import re
import subprocess
import sys

import pytest

from warehouse.home import CHECKOUT

FILE = "raw/CAN-STATCAN/sdg_16_2_2/2025-12-31.1/can_sdg_16-2-2.csv"
MOST_MODULES, MOST_RETURNS = 15, 4


@pytest.mark.slow
def test_a_file_passes_few_modules_until_its_rows_are_read_and_seldom_returns() -> None:
    call = [sys.executable, "-m", "tests.walk", FILE, "CAN-STATCAN/sdg_16_2_2"]
    printed = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    counts = {
        forms: (int(modules), int(returns))
        for forms, modules, returns in re.findall(r"^([\w, ]+): (\d+) modules, (\d+) returns$", printed, re.M)
    }
    modules, returns = counts["file, sheets"]
    assert 8 < modules <= MOST_MODULES, printed
    assert returns <= MOST_RETURNS, printed
    assert counts["file, sheets, rows"][1] <= MOST_RETURNS, printed
    assert "→ assets.intake.judging.judging.judge" in printed
    page = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.split("### The way of a file")[1].split("### ")[0]
    rows = re.findall(r"(?:^|; )([\w, ]+): (\d+) modules, (\d+) returns", section, re.M)
    assert {forms: (int(m), int(r)) for forms, m, r in rows} == counts
