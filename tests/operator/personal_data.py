"""Personal data: ways in which they come, and harmless tables, offered to the guard (tests/people/).

`python -m tests.operator.personal_data` prints it, and of the known half the misses; of the held-out half only figures.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.intake.privacy.guard import RefusedFile, refuse_if_personal
from schemas.cards.format_card import Card
from tests.bad_input import build
from tests.people.files import HALVES, OFFICES, Line, file_of, lines

CAUGHT, FALSE_ALARMS = 0.97, 0.03
"""What must hold of the half that is only measured."""
OFFICES_CAUGHT, OFFICES_FALSE_ALARMS = 0.9, 0.08
"""The same of the second corpus, whose ways the guard did not know."""
_CARD = """[collection]
provider_kind = "national_authority"
kind = "{kind}"
family = "trafficking"
titles = {{ es = "prueba", en = "trial" }}
citation = "c"
licence = "l"
measure = "victims_detected"
reporting_country = "GTM"
frequency = "A"
delivery = "full"
on_error = "quarantine_rows"
confidentiality = "{shown}"
office_contacts = {contacts}
"""


@dataclass(frozen=True)
class Fate:
    """What became of a line: refused by which rule, or let pass."""

    line: Line
    rule: str | None

    @property
    def is_right(self) -> bool:
        """Whether it is as it must be."""
        return (self.rule is not None) == self.line.must_refuse


def fates(half: str) -> list[Fate]:
    """Offer each line of a half."""
    with tempfile.TemporaryDirectory() as folder:
        return [Fate(line, _offered(line, Path(folder) / str(n))) for n, line in enumerate(lines(half))]


def _offered(line: Line, folder: Path) -> str | None:
    name, content = file_of(line)
    try:
        refuse_if_personal(build.write(folder, content, name), card_of(line))
    except RefusedFile as refused:
        return refused.finding.rule
    return None


def card_of(line: Line) -> Card:
    """The card of the collection that a line is offered to."""
    contacts = [line.text] if line.place == "office_contact" else []
    kind = "cases" if line.place == "case_id" else "counts"
    shown = "cases" if kind == "cases" else "open"
    return Card.model_validate(
        tomllib.loads(_CARD.format(kind=kind, shown=shown, contacts=json.dumps(contacts)))
    )


def measure(short: bool) -> dict[str, Any]:
    """Of each half: ways, caught, harmless tables, false alarms; `short` is the same."""
    rows = [{"half": half.replace("_", " "), **_figures(fates(half))} for half in (*HALVES, *OFFICES)]
    failed = [
        f"{row['half']}: {row['caught share']:.0%} caught, {row['false share']:.0%} false alarms"
        for half, row in zip((*HALVES, *OFFICES), rows, strict=True)
        if row["caught share"] < floors(half)[0] or row["false share"] > floors(half)[1]
    ]
    first, second = rows[-2:]
    gap = first["caught share"] - second["caught share"]
    alarms = second["false share"] - first["false share"]
    remarks = [
        f"Offices: in the half held back {gap:.1%} less is caught, and false alarms are {alarms:.1%} more.",
        "The held-out half is only measured: tests/people/README.md says what was looked at of it.",
    ]
    return {"rows": rows, "remarks": remarks, "failed": failed}


def floors(half: str) -> tuple[float, float]:
    """The share that must be caught, and the largest share of false alarms."""
    return (OFFICES_CAUGHT, OFFICES_FALSE_ALARMS) if half in OFFICES else (CAUGHT, FALSE_ALARMS)


def _figures(told: list[Fate]) -> dict[str, Any]:
    ways = [one for one in told if one.line.must_refuse]
    harmless = [one for one in told if not one.line.must_refuse]
    caught, alarms = sum(o.is_right for o in ways), sum(not o.is_right for o in harmless)
    return {
        "kinds": len({one.line.kind for one in told}),
        "ways": len(ways),
        "caught": caught,
        "caught share": round(caught / len(ways), 4),
        "harmless": len(harmless),
        "false alarms": alarms,
        "false share": round(alarms / len(harmless), 4),
    }


def main() -> int:
    """Print the figures, and what of the known half is wrong; `--known`: of that half alone."""
    known = [*fates("known"), *fates("offices_known")]
    print(json.dumps(_figures(known) if "--known" in sys.argv else measure(False), indent=1))
    for one in known:
        if not one.is_right:
            print("missed" if one.line.must_refuse else f"false alarm ({one.rule})", one.line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
