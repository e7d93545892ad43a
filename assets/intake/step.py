"""The steps, and the output of a step. No step's work is done here, and nothing is read or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.findings import Finding

if TYPE_CHECKING:
    from assets.intake.reading.sheets import Sheet
    from assets.intake.records import Records
    from warehouse.home.frames import Frame


@dataclass(frozen=True)
class Step:
    """A step of the flow: its name and the libraries that its result depends on."""

    order: int
    name: str
    libraries: tuple[str, ...] = ()
    after: Step | None = None


SUBMISSION = Step(1, "submission")
RECORDS = Step(2, "records", ("pandas", "pyarrow", "python-calamine"), after=SUBMISSION)
VALIDATED = Step(3, "validated", ("pandas", "pandera"), after=RECORDS)
OBSERVATIONS = Step(4, "observations", ("pandas",), after=VALIDATED)
WAITING = "waiting"
"""Frame that the step `validated` leaves: readable content of the quarantined lines; for records, their
keys."""
STEPS = (SUBMISSION, RECORDS, VALIDATED, OBSERVATIONS)


@dataclass
class FileInMemory:
    """Parts of a received file that one step leaves in memory for the next, which else reads them again."""

    text: Sheet | None = None
    """A regular text, as the search for personal data read it."""
    records: Records | None = None
    is_intact: bool = False
    """True if the file was copied just now, so that its hash is known."""


@dataclass(frozen=True)
class StepOutput:
    """Result of a step for a submission, and the frames it leaves, by name.

    `lasts` is False if the step must run again next time.
    """

    status: str
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    frames: Mapping[str, Frame] = field(default_factory=dict)
    lasts: bool = True
