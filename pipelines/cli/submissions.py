"""Commands on a submitted file: `check` tries it, `submit` keeps it, `report` shows its result again."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as Grid

from assets.answers.answer import Answer, answer_to_refusal, answer_to_submission, answer_to_trial
from assets.decisions.justifications import check_justifications, record_justifications
from assets.decisions.personal_data_decisions import check_decisions
from assets.intake import admission, runner
from assets.intake.privacy.decidable import decision_for
from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import confirm_if_held, process, try_file
from assets.intake.step import FileInMemory
from assets.intake.submission import receive
from pipelines.cli.app import JsonOption, LangOption, day, require_files
from pipelines.cli.decisions import required_confirmation
from pipelines.cli.errors import BAD_INPUT, MACHINE, OK, USAGE, Stop
from pipelines.cli.output import err, out, print_json, print_sentence, refuse_program_path
from pipelines.dagster.machine_errors import disk_sentence
from schemas.findings import Finding, count_by_rule
from schemas.words import DEFAULT_LANGUAGE, Sentence, UserError, number, say
from warehouse.home import Home, Submission
from warehouse.home.calendar import today

if TYPE_CHECKING:
    from assets.intake.processing import Outcome


FileArgument = Annotated[Path, typer.Argument()]
CollectionOption = Annotated[str, typer.Option("--collection", "-c")]
ReceivedOption = Annotated[str | None, typer.Option("--received")]


def check(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    report: Annotated[Path | None, typer.Option("--report")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Try a file as `submit` would receive it. With `report`, write the answer to a file as well."""
    home, received_on = Home.default(), _day_of_receipt(file, received)
    if report:
        _check_answer_path(home, report, file)
    try:
        with try_file(home, file, collection, received_on) as tried_file:
            code = _print_outcome(tried_file.outcome, lang, as_json, is_kept=False)
            if report:
                _write_answer(report, answer_to_trial(tried_file, file), file, lang)
    except RefusedFile as refusal:
        code = _print_refusal(refusal.finding, lang, as_json)
        if report:
            answer = answer_to_refusal(home, file, collection, received_on, refusal.finding)
            _write_answer(report, answer, file, lang)
    if report and not as_json:
        print_sentence(say("cli.report_written", lang, file=report))
    return code


def _day_of_receipt(file: Path, day_text: str | None) -> date:
    """Return the given day, else today. Raises Stop if the file is missing or the day is in the future."""
    require_files(file)
    return day(day_text, not_after=today()) or today()


def submit(
    file: FileArgument,
    collection: CollectionOption,
    received: ReceivedOption = None,
    confirm: Annotated[bool, typer.Option("--confirm")] = False,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    office: Annotated[str | None, typer.Option("--office")] = None,
    justify: Annotated[list[str] | None, typer.Option("--justify")] = None,
    not_personal: Annotated[list[str] | None, typer.Option("--not-personal")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Keep a file as a new submission and process it. With --confirm, confirm it if it is held.

    With --justify, record an explanation of a finding. With --not-personal, decide that a
    finding of the guard is no personal data.
    """
    reasons = _justifications(justify or [], office)
    decisions = _decisions(not_personal or [], office)
    home, received_on = Home.default(), _day_of_receipt(file, received)
    confirmation = required_confirmation(office, reason) if confirm else None
    submission, memory = None, FileInMemory()
    try:
        deciding_office = (office or "") if decisions else ""
        submission = receive(
            home, file, collection, received_on, office=deciding_office, decisions=decisions, memory=memory
        )
        outcome = process(home, submission, memory)
        findings = outcome.all_findings
        unused_rules = record_justifications(home, submission, findings, reasons, office=office or "")
        if confirmation:
            outcome = confirm_if_held(home, submission, outcome, **confirmation)
    except RefusedFile as refusal:
        return _print_refusal(refusal.finding, lang, as_json)
    except UserError:
        raise
    except Exception as error:
        if (disk_problem := disk_sentence(error)) is None:
            raise
        raise _full_disk_error(file, submission, disk_problem) from error
    code = _print_outcome(outcome, lang, as_json, is_kept=True)
    for rule in reasons:
        key = "cli.nothing_to_justify" if rule in unused_rules else "cli.justified"
        print_sentence(say(key, lang, rule=rule), err)
    return code


def _justifications(options: list[str], office: str | None) -> dict[str, str]:
    """Return the explanations by rule, from options RULE=TEXT. Raises Stop, InvalidJustification."""
    reasons = _reasons(options, office, "cli.justify_needs")
    check_justifications(reasons)
    return reasons


def _decisions(options: list[str], office: str | None) -> dict[str, str]:
    """Return the reasons by finding, from options PLACE:KIND=TEXT. Raises Stop, InvalidDecision."""
    reasons = _reasons(options, office, "cli.not_personal_needs")
    check_decisions(reasons)
    return reasons


def _reasons(options: list[str], office: str | None, error: str) -> dict[str, str]:
    """Return the texts by the word before the first =. Raises Stop if a text or the office is missing."""
    parts = [option.partition("=") for option in options]
    if options and not (all(mark for _, mark, _ in parts) and (office or "").strip()):
        raise Stop(USAGE, error)
    return {word.strip(): reason.strip() for word, _, reason in parts}


def _full_disk_error(file: Path, submission: Submission | None, reason: Sentence) -> Stop:
    """Return an error that explains if the file was received before the disk was full."""
    if submission is None:
        return Stop(MACHINE, "cli.not_received", file=file.name, why=reason)
    return Stop(MACHINE, "cli.received_and_not_processed", submission=submission.id, why=reason)


def report(
    submission: Annotated[str, typer.Argument()],
    output: Annotated[Path | None, typer.Option("--output")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Print the result of a submission again, and the values that it changed."""
    home = Home.default()
    kept_submission = home.submission(submission)
    if output:
        _check_answer_path(home, output, kept_submission.file)
    outcome = process(home, kept_submission)
    _print_outcome(outcome, lang, as_json, is_kept=True)
    if output:
        judge = partial(
            admission.compare_submission, home, kept_submission, home, partial(runner.run_all_steps, home)
        )
        answer = answer_to_submission(home, kept_submission, outcome, judge, kept_submission.file.name)
        _write_answer(output, answer, kept_submission.file, lang)
        if not as_json:
            print_sentence(say("cli.report_written", lang, file=output))
    return OK


ANSWER_TYPES = (".html", ".xlsx")


def _check_answer_path(home: Home, report: Path, file: Path) -> None:
    """Check the path of an answer.

    Raises Stop for an unknown type, for the submitted file itself, and for the program's own folders.
    """
    if report.suffix.lower() not in ANSWER_TYPES:
        raise Stop(USAGE, "cli.no_report_type", value=report.name, known=", ".join(ANSWER_TYPES))
    if report.resolve() == file.resolve():
        raise Stop(USAGE, "cli.report_is_the_file", file=file)
    refuse_program_path(home, report)


def _write_answer(report: Path, answer: Answer, file: Path, lang: str) -> None:
    """Write the answer. An existing file of that name is replaced."""
    report.parent.mkdir(parents=True, exist_ok=True)
    if report.suffix.lower() == ".xlsx":
        from assets.answers.workbook import render_workbook  # imported here because it loads large libraries

        render_workbook(answer, file, lang).save(report)
    else:
        from assets.answers.page import render_page

        report.write_text(render_page(answer, [lang]), encoding="utf-8")


FINDINGS_SHOWN = 10
"""Number of findings of a rule that are shown. Further findings are only counted."""


def _print_refusal(finding: Finding, lang: str, as_json: bool) -> int:
    """Print the reason why a file was refused. Returns the exit code."""
    if as_json:
        print_json({"status": "refused", "findings": [_as_json(finding)]})
    else:
        print_sentence(say("cli.refused", lang, message=finding.message(lang)), err)
        if decision := decision_for(finding):
            print_sentence(say("cli.may_decide", lang, finding=decision), err)
    return BAD_INPUT


def _print_outcome(outcome: Outcome, lang: str, as_json: bool, *, is_kept: bool) -> int:
    """Print the result of a received file, or of a trial if not `is_kept`. Returns the exit code."""
    if as_json:
        findings = [_as_json(finding, outcome.collection) for finding in outcome.all_findings]
        identity = {"submission": outcome.submission} if is_kept else {}
        reference = outcome.admission.compared_with
        counts = {} if outcome.is_protected else outcome.admission.counts
        comparison = {"compared": {"with": reference, **counts}} if reference else {}
        answer = {"status": outcome.status, **identity, "rows": outcome.rows, "findings": findings}
        print_json(answer | comparison)
    else:
        _print_findings(outcome.all_findings, lang, outcome.collection)
        by_status = {status: number(n, lang) for status, n in outcome.rows.items()}
        rows = " · ".join(
            f"{say(f'fate.{status}', lang)} {by_status[status]}" for status, n in outcome.rows.items() if n
        )
        print_sentence(
            say("cli.rows", lang, rows=number(sum(outcome.rows.values()), lang), by_fate=rows or 0)
        )
        if outcome.is_protected and not is_kept:
            print_sentence(say("cli.tried_protected", lang))
        elif outcome.admission.compared_with:
            print_sentence(_comparison(outcome, lang))
        conclusion = f"cli.{'' if is_kept else 'would_be_'}{outcome.conclusion}"
        print_sentence(say(conclusion, lang, submission=outcome.submission, **by_status))
        if is_kept:
            print_sentence(say("cli.kept_as", lang, submission=outcome.submission))
    return OK if outcome.is_clean else BAD_INPUT


def _comparison(outcome: Outcome, lang: str) -> str:
    reference = outcome.admission.compared_with
    if outcome.is_protected:
        return say("cli.compared_protected", lang, beside=reference)
    counts = {name: number(n, lang) for name, n in outcome.admission.counts.items()}
    return say("cli.compared", lang, beside=reference, **counts)


def _as_json(finding: Finding, collection: str = "") -> dict[str, Any]:
    facts = {k: v for k, v in vars(finding).items() if v is not None}
    return facts | {
        "severity": finding.severity,
        "message_es": finding.message("es", collection=collection),
        "message_en": finding.message("en", collection=collection),
    }


def _print_findings(findings: list[Finding], lang: str, collection: str) -> None:
    if not findings:
        return
    grid = Grid(box=None, padding=(0, 2, 0, 0))
    for key in ("column.place", "column.rule", "column.message"):
        grid.add_column(say(key, lang))
    n_shown: dict[str, int] = {}
    totals = count_by_rule(findings)
    for finding in findings:
        n_shown[finding.rule] = n_shown.get(finding.rule, 0) + 1
        if n_shown[finding.rule] <= FINDINGS_SHOWN:
            grid.add_row(
                _position(finding, lang), _coloured_rule(finding), escape(_message(finding, lang, collection))
            )
        if n_shown[finding.rule] == FINDINGS_SHOWN and totals[finding.rule] > FINDINGS_SHOWN:
            grid.add_row("", "", say("cli.more_like_it", lang, n=totals[finding.rule] - FINDINGS_SHOWN))
    out.print(grid)


def _position(finding: Finding, lang: str) -> str:
    """Return sheet and cell, or row. Findings on the whole file have a word for it."""
    parts = [finding.sheet, finding.cell or str(finding.source_row or "")]
    return escape(" ".join(filter(None, parts)) or say("cli.file_level", lang))


def _coloured_rule(finding: Finding) -> str:
    colour = "red" if finding.severity == "error" else "yellow"
    return f"[{colour}]{finding.rule}[/{colour}]"


def _message(finding: Finding, lang: str, collection: str) -> str:
    hint = say("cli.suggestion", lang, suggestion=finding.suggestion) if finding.suggestion else ""
    return f"{finding.message(lang, collection=collection)} {hint}".strip()
