"""`publish --audit`: the protected counts that a release publishes, and the results of an attack on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import print_json, print_sentence
from schemas.code_names import code_name, name_in_list
from schemas.words import number, say
from warehouse.audit.findings import Finding, attack_release
from warehouse.audit.relations import Limits
from warehouse.home import Home
from warehouse.home.deployment import read_deployment
from warehouse.release import release_store


def print_audit(home: Home, lang: str, as_json: bool) -> int:
    """Print the audit of the protected tables. Returns 1 if a small count is narrowed. Raises Stop."""
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
                "audited": [_facts(finding) for finding in findings],
                "left_out": unpublished_rows,
            }
        )
        return BAD_INPUT if leaks else OK
    for finding in findings:
        print_sentence(_line(finding, lang))
    for row in unpublished_rows:
        print_sentence(say("audit.left_out", lang, **_suppression_facts(row, lang)))
    outcome = "leaks" if leaks else "holds" if findings else "nothing"
    print_sentence(say(f"audit.{outcome}", lang, release=folder.name))
    return BAD_INPUT if leaks else OK


def _facts(finding: Finding) -> dict[str, Any]:
    """Return a finding for programs: the cells whose count is narrowed, but not their bounds."""
    facts = {k: v for k, v in finding.__dict__.items() if k != "narrow"}
    narrow = [" ".join(map(str, cell)) for cell in finding.narrow]
    return facts | {"narrow": narrow, "leaks": finding.has_leaks}


def _line(finding: Finding, lang: str) -> str:
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
