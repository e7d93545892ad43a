"""Commands that check and change nothing: `doctor`, `verify`, and the audit of `publish --audit`."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, MACHINE, OK, USAGE, Stop, as_usage_error
from pipelines.cli.output import print_json, print_sentence
from pipelines.dagster import storage
from schemas.code_names import code_name, name_in_list
from schemas.indicators import catalogue
from schemas.words import DEFAULT_LANGUAGE, InvalidValue, Sentence, UserError, number, say
from warehouse.environment.settings import ReadingLimits
from warehouse.home import Home, database_locks, inbox
from warehouse.home.deployment import read_deployment
from warehouse.release import last_refresh, release_store, signing, verification
from warehouse.release.contents import other_content
from warehouse.release.verification import Fault

if TYPE_CHECKING:
    from warehouse.audit.findings import Finding


MARKS = {"well": "✓", "remark": "!", "ill": "✗"}


def doctor(lang: LangOption = DEFAULT_LANGUAGE, as_json: JsonOption = False) -> int:
    """Examine the machine, then every file that the home keeps. Nothing is changed."""
    home = Home.default()
    results = [_examine_machine(key, examine, home, lang) for key, examine in EXAMINATIONS.items()]
    results += [_examine_files(name, check, home, lang) for name, check in verification.CHECKS.items()]
    ill = [result for result in results if result["state"] == "ill"]
    if as_json:
        print_json([{"key": r["key"], "well": r["state"] != "ill", "value": r["value"]} for r in results])
        return MACHINE if ill else OK
    for result in results:
        head = say(result["key"].replace("_", ".", 1), lang, value=result["value"])
        print_sentence(f"{MARKS[result['state']]} {head}")
    print_sentence(say("doctor.ill" if ill else "doctor.well", lang, n=len(ill)))
    return MACHINE if ill else OK


Diagnosis = tuple[bool, str | Sentence]
"""True if all is well, and a text on the result."""


def _examine_machine(key: str, examine: Callable[[Home], Diagnosis], home: Home, lang: str) -> dict[str, Any]:
    """Run an examination of the machine. If it fails itself, the error is the result."""
    try:
        is_well, message = examine(home)
        value = message.render(lang) if isinstance(message, Sentence) else message
    except UserError as error:
        is_well, value = False, error.render(lang)
    except Exception as error:  # the other examinations are still made
        is_well, value = False, f"{type(error).__name__}: {error}"
    return {"key": key, "state": "well" if is_well else "ill", "value": value}


def _examine_files(name: str, check: Callable[[Home], Any], home: Home, lang: str) -> dict[str, Any]:
    """Run a check of verification.py. Each fault is on a line of its own."""
    key = f"doctor_{name}"
    try:
        faults: list[Fault] = list(check(home))
    except UserError as error:
        faults = [Fault(error.sentence)]
    except Exception as error:
        return {"key": key, "state": "ill", "value": f"{type(error).__name__}: {error}"}
    # Two checks may report the same file: each line is shown once.
    lines = dict.fromkeys(f"\n    {fault.sentence.render(lang)}" for fault in faults)
    state = "well" if not faults else "remark" if verification.has_only_remarks(faults) else "ill"
    return {"key": key, "state": state, "value": "".join(lines) or "✓"}


def _check_libraries(_: Home) -> tuple[bool, str]:
    names = ("dagster", "duckdb", "pandas", "pandera", "great-expectations", "pycountry")
    return True, ", ".join(f"{n} {version(n)}" for n in names)


def _check_write_access(home: Home) -> tuple[bool, str]:
    probe = home.root / ".lineabase-probe"
    probe.write_text("")
    probe.unlink()
    return True, str(home.root)


def _check_disk_space(home: Home) -> tuple[bool, str]:
    free = shutil.disk_usage(home.root).free / 2**30
    return free > 1, f"{free:.0f} GiB"


def _check_services(home: Home) -> tuple[bool, str]:
    """Check that the deployment's database answers."""
    database = read_deployment(home.root).database
    if database:
        # Any query of a lock needs a connection, so it shows that the database answers.
        database_locks.is_taken(database, "doctor", "doctor")
    return True, "PostgreSQL" if database else "—"


def _check_dagster_files(home: Home) -> Diagnosis:
    """Check Dagster's own files. A refresh replaces damaged files."""

    damaged_files = storage.damaged_databases(home)
    settings = home.dagster / storage.SETTINGS
    fault = storage.find_settings_fault(home) if settings.exists() else None
    if fault == "older_settings" and not damaged_files:
        return True, Sentence("doctor.older_settings", {"file": settings})
    if fault == "settings":
        damaged_files.append(settings)
    return not damaged_files, ", ".join(map(str, damaged_files)) or "✓"


def _check_reading_limits(_: Home) -> tuple[bool, str]:
    try:
        limits = ReadingLimits.from_environment()
    except InvalidValue as wrong:
        return False, str(wrong)
    return True, f"{limits.memory_mib:,} MiB, {limits.seconds:,} s"


def _check_inbox(home: Home) -> tuple[bool, str]:
    """Check that no file in the inbox needs attention."""
    names = [file.printable_path for file in inbox.list_inbox(home).remaining if not file.is_temporary]
    return not names, ", ".join(names) or "0"


def _check_release(home: Home) -> Diagnosis:
    """Check that the release in force can be opened, and describe its signature."""
    folder = release_store.folder_in_force(home)
    if folder is None and not home.current.exists():
        return True, "—"
    facts: dict[str, object] = {"release": folder.name if folder else "?", "file": home.current}
    if not home.current.exists():
        return False, Sentence("doctor.current_missing", facts)
    if not release_store.can_be_opened(home.current):
        return False, Sentence("doctor.current_unreadable", facts)
    signature = release_store.signature(folder) if folder else "unsigned"
    return True, Sentence(f"doctor.{signature}", facts)


def _check_last_refresh(home: Home) -> Diagnosis:
    """Describe the end of the last refresh. Not well if it was refused, failed or hangs."""
    last = last_refresh.read_last_refresh(home)
    return last.is_well, Sentence("doctor.last_refresh_said", {"said": last_refresh.render_sentences(last)})


def _check_signing_key(_: Home) -> tuple[bool, str]:
    signing.check_key()
    return True, "✓" if signing.sign(b"") else "—"


def _check_internal_folder(home: Home) -> tuple[bool, str]:
    """Check that no other user of the machine can read the internal folder."""
    open_to_others = stat.S_IRWXG | stat.S_IRWXO
    return not home.internal.exists() or not home.internal.stat().st_mode & open_to_others, ""


EXAMINATIONS: dict[str, Callable[[Home], Diagnosis]] = {
    "doctor_python": lambda _: (True, platform.python_version()),
    "doctor_libraries": _check_libraries,
    "doctor_home": _check_write_access,
    "doctor_disk": _check_disk_space,
    "doctor_reading": _check_reading_limits,
    "doctor_inbox": _check_inbox,
    "doctor_catalogue": lambda _: (True, str(len(catalogue()))),
    "doctor_services": _check_services,
    "doctor_store": _check_dagster_files,
    "doctor_key": _check_signing_key,
    "doctor_release": _check_release,
    "doctor_internal": _check_internal_folder,
    "doctor_last_refresh": _check_last_refresh,
}


def verify(
    directory: Annotated[Path | None, typer.Argument()] = None,
    key: Annotated[Path | None, typer.Option("--key")] = None,
    lang: LangOption = DEFAULT_LANGUAGE,
    as_json: JsonOption = False,
) -> int:
    """Verify a release's folder, a bundle, or everything that a home keeps. Nothing is changed."""
    folder = directory or Home.default().root
    results = list(_check_folder(folder, key))
    holds = all(verification.has_only_remarks(result["faults"]) for result in results)
    if as_json:
        rows = [r | {"faults": [f.sentence.render(lang) for f in r["faults"]]} for r in results]
        print_json({"holds": holds, "verified": rows})
        return OK if holds else BAD_INPUT
    for result in results:
        print_sentence(_verified_line(result, lang))
        for fault in result["faults"]:
            print_sentence(f"    {fault.sentence.render(lang)}")
    print_sentence(say("verify.holds" if holds else "verify.fails", lang, place=folder))
    return OK if holds else BAD_INPUT


def _check_folder(folder: Path, key: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the result of each check, with its faults."""
    from warehouse.publication import bundle  # imported here because it loads pandas

    if (folder / release_store.MANIFEST).exists() or (folder / release_store.FILE).exists():
        yield _verify_release(folder, key)
        return
    if (folder / bundle.MANIFEST).exists():
        faults = [Fault(sentence) for sentence in bundle.manifest_differences(folder)]
        yield {"what": "bundle", "faults": faults}
        return
    if not any((folder / name).is_dir() for name in ("raw", "warehouse")):
        raise Stop(USAGE, "verify.nothing", place=folder)
    home = Home(folder.resolve())
    for name in ("cards", "received", "staged", "in_force", "notes"):
        yield {"what": name, "faults": list(verification.CHECKS[name](home))}
    for release_folder in release_store.releases(home):
        yield _verify_release(release_folder, key)
    yield {"what": "releases", "faults": list(verification.release_list_faults(home))}


def _verify_release(folder: Path, key: Path | None) -> dict[str, Any]:
    """Check a release: its hash, its signature and, if those are valid, its contents."""
    with as_usage_error(signing.UnusableKey):
        faults = [Fault(sentence) for sentence in release_store.find_faults(folder, key)]
        faults += [] if faults else _content_faults(folder)
        signature = release_store.signature(folder, key)
    return {"what": "release", "release": folder.name, "signature": signature, "faults": faults}


def _content_faults(folder: Path) -> list[Fault]:
    try:
        other = other_content(folder)
    except duckdb.Error as error:
        return [
            Fault(Sentence("released.cannot_open", {"file": folder / release_store.FILE, "error": error}))
        ]
    except UserError as error:
        return [Fault(error.sentence)]
    facts = {"file": folder / release_store.FILE, "tables": ", ".join(other)}
    return [Fault(Sentence("released.other_content", facts))] if other else []


def _verified_line(result: dict[str, Any], lang: str) -> str:
    mark = "✓" if verification.has_only_remarks(result["faults"]) else "✗"
    if result["what"] != "release":
        return f"{mark} {say('verify.' + result['what'], lang)}"
    signature = say(f"verify.{result['signature']}", lang)
    return f"{mark} {say('verify.release', lang, release=result['release'], signature=signature)}"


def print_audit(home: Home, lang: str, as_json: bool) -> int:
    """Print the audit of the protected tables. Returns 1 if a small count is narrowed. Raises Stop."""
    from warehouse.audit.findings import attack_release  # imported here because it loads a solver
    from warehouse.audit.relations import Limits

    folder = release_store.folder_in_force(home)
    if folder is None:
        raise Stop(USAGE, "cli.no_release", home=home.root)
    file = folder / release_store.FILE
    files = release_store.protected_files(home)
    earlier = files[: files.index(file)] if file in files else files
    protection = read_deployment(home.root).protection
    limits = Limits(protection.feasible_values, protection.threshold, protection.most_absent)
    findings = attack_release(file, earlier, all_members=True, limits=limits)
    unpublished_rows = _unpublished_rows(file)
    leaks = any(finding.has_leaks for finding in findings)
    if as_json:
        print_json(
            {
                "release": folder.name,
                "holds": not leaks,
                "audited": [_audit_facts(finding) for finding in findings],
                "left_out": unpublished_rows,
            }
        )
        return BAD_INPUT if leaks else OK
    for finding in findings:
        print_sentence(_audit_line(finding, lang))
    for row in unpublished_rows:
        print_sentence(say("audit.left_out", lang, **_suppression_facts(row, lang)))
    outcome = "leaks" if leaks else "holds" if findings else "nothing"
    print_sentence(say(f"audit.{outcome}", lang, release=folder.name))
    return BAD_INPUT if leaks else OK


def _audit_facts(finding: Finding) -> dict[str, Any]:
    """Return a finding for programs: the cells whose count is narrowed, but not their bounds."""
    facts = {k: v for k, v in finding.__dict__.items() if k != "narrow"}
    narrow = [" ".join(map(str, cell)) for cell in finding.narrow]
    return facts | {"narrow": narrow, "leaks": finding.has_leaks}


def _audit_line(finding: Finding, lang: str) -> str:
    facts: dict[str, Any] = {
        "country": code_name("", "country", finding.area, lang),
        "family": name_in_list("family", finding.family, lang),
        "narrow": number(len(finding.narrow), lang),
        **{
            name: number(getattr(finding, name), lang)
            for name in ("cells", "exact_totals", "perturbed", "stale")
        },
    }
    mark = "✗" if finding.has_leaks else "✓"
    answer = "narrow" if finding.narrow else finding.answer
    return f"{mark} {say('audit.line', lang, **facts)} {say(f'audit.{answer}', lang, **facts)}"


def _unpublished_rows(file: Path) -> list[dict[str, str]]:
    """List the periods and tables that are not published, with the reason."""
    with duckdb.connect(file, read_only=True) as db:
        rows = db.execute(
            "SELECT reporting_country, measure, period, dimension, status FROM baseline.protected_years "
            "WHERE status <> 'shown' ORDER BY ALL"
        ).fetchall()
    names = ("country", "measure", "period", "dimension", "status")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _suppression_facts(row: dict[str, str], lang: str) -> dict[str, str]:
    return {
        "country": code_name("", "country", row["country"], lang),
        "measure": name_in_list("measure", row["measure"], lang),
        "period": row["period"],
        "table": say(
            "audit.whole" if row["dimension"] == "_T" else "audit.table", lang, name=row["dimension"]
        ),
        "reason": name_in_list("protected_status", row["status"], lang),
    }
