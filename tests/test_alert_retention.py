"""How long it is remembered that an alert was sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.dagster.alert_retention import forget_old_alerts
from warehouse.environment.settings import RUN_DAYS


def _sent(path: Path, **days_ago: int) -> Path:
    now = datetime.now(UTC)
    lines = [
        json.dumps({"alert": key, "on": (now - timedelta(days=days)).isoformat(timespec="seconds")})
        for key, days in days_ago.items()
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _keys(path: Path) -> list[str]:
    return [json.loads(line)["alert"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_old_and_stands_no_more_is_forgotten(tmp_path: Path) -> None:
    path = _sent(tmp_path / "alerts.jsonl", old=93, stands=400, young=91)
    forget_old_alerts(path, {"stands"})
    assert _keys(path) == ["stands", "young"]


def test_the_setting_says_how_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUN_DAYS, "400")
    path = _sent(tmp_path / "alerts.jsonl", old=401, younger=399)
    forget_old_alerts(path, set())
    assert _keys(path) == ["younger"]


def test_half_a_line_of_a_writer_that_was_killed_is_left_out(tmp_path: Path) -> None:
    path = _sent(tmp_path / "alerts.jsonl", young=1)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"alert": "half')
    forget_old_alerts(path, set())
    assert _keys(path) == ["young"]
