"""What a step is, and what it gives. No step's work is here, and nothing is read or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.findings import Finding

if TYPE_CHECKING:
    from warehouse.home.frames import Frame


@dataclass(frozen=True)
class Step:
    """A step of the flow: its name and the libraries its result depends on."""

    order: int
    name: str
    libraries: tuple[str, ...] = ()
    after: Step | None = None


SUBMISSION = Step(1, "submission")
RECORDS = Step(2, "records", ("pandas", "pyarrow", "python-calamine"), after=SUBMISSION)
VALIDATED = Step(3, "validated", ("pandas", "pandera"), after=RECORDS)
OBSERVATIONS = Step(4, "observations", ("pandas",), after=VALIDATED)
WAITING = "waiting"
"""Frame that validated leaves: what of the quarantined lines can be read; of records, their keys."""
STEPS = (SUBMISSION, RECORDS, VALIDATED, OBSERVATIONS)


@dataclass(frozen=True)
class Made:
    """What a step says of one submission, and the frames it leaves, by name; whether that holds for good."""

    status: str
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    frames: Mapping[str, Frame] = field(default_factory=dict)
    lasts: bool = True
