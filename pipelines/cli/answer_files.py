"""File for the answer to a submission: its location and its format. The content is in assets/answers."""

from __future__ import annotations

from pathlib import Path

from assets.answers.answer import Answer
from pipelines.cli.errors import USAGE, Stop
from warehouse.home import Home

TYPES = (".html", ".xlsx")


def check_path(home: Home, report: Path, file: Path) -> None:
    """Check the path of an answer.

    Raises Stop for an unknown type, for the submitted file itself, and for the program's own folders.
    """
    if report.suffix.lower() not in TYPES:
        raise Stop(USAGE, "cli.no_report_type", value=report.name, known=", ".join(TYPES))
    if report.resolve() == file.resolve():
        raise Stop(USAGE, "cli.report_is_the_file", file=file)
    if home.is_program_path(report):
        raise Stop(USAGE, "cli.is_the_program_s", file=report)


def write(report: Path, answer: Answer, file: Path, lang: str) -> None:
    """Write the answer. An existing file of that name is replaced."""
    report.parent.mkdir(parents=True, exist_ok=True)
    if report.suffix.lower() == ".xlsx":
        from assets.answers.workbook import render_workbook  # imported here because it loads large libraries

        render_workbook(answer, file, lang).save(report)
    else:
        from assets.answers.page import render_page

        report.write_text(render_page(answer, [lang]), encoding="utf-8")
