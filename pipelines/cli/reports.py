"""Where the answer to a file is written, and in which form. What it says: assets/answers."""

from __future__ import annotations

from pathlib import Path

from assets.answers.answer import Answer
from pipelines.cli.errors import USAGE, Stop
from warehouse.home import Home

TYPES = (".html", ".xlsx")


def refuse_place(home: Home, report: Path, file: Path) -> None:
    """Raises Stop for an answer of no known type, over the file itself, or among the program's own."""
    if report.suffix.lower() not in TYPES:
        raise Stop(USAGE, "cli.no_report_type", value=report.name, known=", ".join(TYPES))
    if report.resolve() == file.resolve():
        raise Stop(USAGE, "cli.report_is_the_file", file=file)
    if home.keeps(report):
        raise Stop(USAGE, "cli.is_the_program_s", file=report)


def write(report: Path, answer: Answer, file: Path, lang: str) -> None:
    """Write the answer, in place of what bears its name."""
    report.parent.mkdir(parents=True, exist_ok=True)
    if report.suffix.lower() == ".xlsx":
        from assets.answers.workbook import workbook  # libraries for whoever asks for it

        workbook(answer, file, lang).save(report)
    else:
        from assets.answers.page import page

        report.write_text(page(answer, [lang]), encoding="utf-8")
