"""Faults of the inbox, each beside a good file that must be taken all the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from pipelines.sensors import take
from warehouse.home import Home


def measure(short: bool) -> dict[str, Any]:
    """Each fault laid into an inbox of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        unknown = home.inbox / "NO-SUCH" / "table"
        unknown.mkdir(parents=True)
        (unknown / "a.csv").write_text("a,b\n1,2\n")
        taken, refused = take(home)
    failed = [] if (not taken and len(refused) == 1) else ["a collection without a card is not refused"]
    return {"rows": [{"fault": "no card", "became": "refused"}], "failed": failed}
