"""Files that are accepted and seem older than what is in force, each after its own history; rules: tests/test_older_files.py."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from assets.intake.submission import receive
from schemas.findings import Finding
from tests import faults
from tests.bad_input import build
from tests.bad_input.held import GOOD, LATER, STRICT, Values, one_more, table
from tests.conftest import accept
from warehouse.home import Home, receipts

NEXT, LAST = LATER + timedelta(days=30), LATER + timedelta(days=60)
REVISED: Values = GOOD | {("GTM", 2014, "F"): one_more(GOOD["GTM", 2014, "F"])}
ONE_YEAR_MORE: Values = {(c, int(LATER.year), s): v for (c, y, s), v in GOOD.items() if y == 2020}


def again(values: Values) -> str:
    """The same values in other bytes, as a file that is saved once more."""
    return table({key: f"{value}.0" for key, value in values.items()})


@dataclass(frozen=True)
class Older:
    """What came before, one after the other, the file that comes now, and what is said of it."""

    id: str
    rule: str
    before: tuple[str, ...]
    now: str
    damaged: bool = False


OLDER = (
    Older("the bytes of a damaged file come again with a later day", "sent_before", (table(GOOD), table(REVISED)), table(GOOD), True),
    Older("the file ends before what is in force", "ends_earlier", (table(GOOD | ONE_YEAR_MORE),), again(GOOD)),
    Older("what changed says again what an earlier file said", "goes_back", (table(GOOD), table(REVISED)), again(GOOD)),
)  # fmt: skip


@cache
def remark(case: Older) -> Finding:
    """What is said of the file, once it is in force."""
    with tempfile.TemporaryDirectory() as folder:
        home = build.home(Path(folder) / "home", STRICT)
        days = (build.RECEIVED, LATER, NEXT)
        for number, (what, day) in enumerate(zip(case.before, days, strict=False)):
            accept(
                home, receive(home, build.write(Path(folder), what, f"{number}.csv"), build.COLLECTION, day)
            )
        if case.damaged:
            _damage_and_withdraw(home)
        late = receive(home, build.write(Path(folder), case.now, "otra.csv"), build.COLLECTION, LAST)
        assert accept(home, late).status == "accepted"
        [said] = [finding for finding in late.admission_state.remarks if finding.rule == case.rule]
        return said


def _damage_and_withdraw(home: Home) -> None:
    first = home.submissions()[0]
    faults.overwrite(first.file)
    receipts.withdraw(home, home.submission(first.id), NEXT, office="oficina", reason="dañado")
