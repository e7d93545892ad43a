"""What the real steps make of a case: once a session for its spoilt file, since several tests ask."""

from __future__ import annotations

import gzip
import tempfile
from functools import cache
from pathlib import Path

from assets.intake.processing import Outcome, check
from assets.intake.submission import RefusedFile
from assets.intake.submission import receive as receive_file
from schemas.findings import Finding
from tests.bad_input import build
from tests.bad_input.cases import CASES, OF_PERSONS, UNSEARCHED, Case, content

_MADE: dict[str, Outcome] = {}


def outcome(case: Case, folder: Path, what: str | bytes) -> Outcome:
    """What the steps make of a file under the case's card."""
    home = build.home(folder / "home", case.card)
    return check(home, build.write(folder / "in", what, case.name), build.COLLECTION, build.RECEIVED)


def spoilt(case: Case) -> Outcome:
    """What the steps make of the case's own spoilt file."""
    if case.id not in _MADE:
        with tempfile.TemporaryDirectory() as folder:
            _MADE[case.id] = outcome(case, Path(folder), content(case.bad))
    return _MADE[case.id]


def every() -> dict[str, Outcome]:
    """All cases by their names."""
    return {case.id: spoilt(case) for case in CASES}


PERSONS = build.file(*(f"{line},María" for line in build.LINES), header=f"{build.HEADER},nombre_victima")
WITH_BLANKS = "a case number has blanks"
REFUSED = {
    "the same bytes are sent again": build.file(),
    "a small file unpacks to a huge one": gzip.compress(bytes(140 * 1024**2), 9),
    "a column holds names of persons": PERSONS,
    "a photograph is called .csv": UNSEARCHED["a photograph is called .csv"][1],
    "there are more than 1,000 columns": "x," * 1_000 + "x\n",
    WITH_BLANKS: "case_id,sexo\nC 12,F\n",
}
"""Files of which nothing is kept, sent after the good one."""


@cache
def refusals() -> dict[str, Finding]:
    """Why each of them is refused."""
    with tempfile.TemporaryDirectory() as folder:
        home = build.home(Path(folder) / "home")
        receive_file(home, build.write(Path(folder), build.file()), build.COLLECTION, build.RECEIVED)
        of_persons = build.home(Path(folder) / "cases", OF_PERSONS)
        homes = {name: of_persons if name == WITH_BLANKS else home for name in REFUSED}
        return {name: _refused(homes[name], Path(folder), what) for name, what in REFUSED.items()}


def _refused(home, folder: Path, what: str | bytes) -> Finding:
    try:
        receive_file(home, build.write(folder, what, "otra.csv"), build.COLLECTION, build.RECEIVED)
    except RefusedFile as refused:
        return refused.finding
    raise AssertionError("nothing was wrong")
