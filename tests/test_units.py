"""The unit files of docs/operations: systemd accepts them, and its timer goes off when the schedule does."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from pipelines.dagster.schedules import quarterly
from warehouse.home import CHECKOUT

ANALYZE = shutil.which("systemd-analyze")
PROGRAM = "/srv/lineabase/program/.venv/bin/lineabase"
PAGES = ("operations.md", "operations.es.md")
pytestmark = [
    pytest.mark.skipif(ANALYZE is None, reason="not installed: apt-get install systemd"),
]


def told(page: str) -> tuple[str, str, str]:
    """The service of the page, the timer, and the service that the timer starts, as the page describes it."""
    text = (CHECKOUT / "docs" / page).read_text(encoding="utf-8")
    service, timer = map(textwrap.dedent, re.findall(r"```ini\n(.*?)```", text, re.S))
    (once,) = re.findall(rf"`ExecStart=({PROGRAM} refresh --unattended)`", text)
    own = [line for line in service.splitlines() if line.startswith(("User=", "EnvironmentFile="))]
    return service, timer, "\n".join(["[Service]", "Type=oneshot", *own, f"ExecStart={once}", ""])


def verified(folder: Path, **units: str) -> str:
    """What systemd says of units, the program standing where a program is."""
    paths = []
    for name, text in units.items():
        path = folder / name.replace("_", "-").replace("--", ".")
        path.write_text(text.replace(PROGRAM, "/bin/true"), encoding="utf-8")
        paths.append(path)
    ended = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *paths], capture_output=True, text=True, check=False
    )
    return f"{ended.returncode} {ended.stdout}{ended.stderr}".strip()


@pytest.mark.operator("4", "units")
@pytest.mark.parametrize("page", PAGES)
def test_systemd_accepts_the_unit_files_of_the_page(page: str, tmp_path: Path) -> None:
    service, timer, once = told(page)
    units = {
        "lineabase__service": service,
        "lineabase_refresh__timer": timer,
        "lineabase_refresh__service": once,
    }
    assert verified(tmp_path, **units) == "0"
    wrong = service.replace("KillMode=control-group", "KillMode=everything")
    assert "kill mode" in verified(tmp_path, lineabase__service=wrong)


@pytest.mark.operator("4", "units")
def test_the_timer_goes_off_when_the_schedule_does() -> None:
    """15 January, April, July and October, at six in Guatemala: in both pages."""
    days = {re.search(r"^OnCalendar=(.+)$", told(page)[1], re.M)[1] for page in PAGES}
    assert days == {"*-01,04,07,10-15 06:00 America/Guatemala"}
    said = subprocess.run([str(ANALYZE), "calendar", days.pop()], capture_output=True, text=True, check=True)
    assert "*-01,04,07,10-15 06:00:00 America/Guatemala" in said.stdout
    minute, hour, day, months, _ = quarterly.cron_schedule.split()
    assert (int(minute), int(hour), int(day), months) == (0, 6, 15, "1,4,7,10")
