"""`publish --audit`: what anybody finds out from the release in force and each one before. Publishes none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import print_json, tell
from schemas.code_names import coded
from schemas.words import number, say
from warehouse import published
from warehouse.audit.findings import Finding, beside_each
from warehouse.home import Home


def print_audit(home: Home, lang: str, as_json: bool) -> int:
    """Print the audit of the protected tables; 1 if somebody can be found in them. Raises Stop."""
    folder = published.in_force(home)
    if folder is None:
        raise Stop(USAGE, "cli.no_release", home=home.root)
    order = published.releases(home)
    before = [path / published.FILE for path in reversed(order[: order.index(folder)])]
    found = beside_each(folder / published.FILE, before)
    leaks = any(finding.leaks for _, findings in found for finding in findings)
    if as_json:
        told = [
            finding.__dict__ | {"leaks": finding.leaks, "beside": _name(path)}
            for path, findings in found
            for finding in findings
        ]
        print_json({"release": folder.name, "holds": not leaks, "audited": told})
        return BAD_INPUT if leaks else OK
    for path, findings in found:
        if path:
            tell(say("audit.beside", lang, release=folder.name, earlier=_name(path)))
        for finding in findings:
            tell(_line(finding, lang))
    outcome = "nothing" if not any(findings for _, findings in found) else "leaks" if leaks else "holds"
    tell(say(f"audit.{outcome}", lang, release=folder.name))
    return BAD_INPUT if leaks else OK


def _name(file: Path | None) -> str | None:
    return file.parent.name if file else None


def _line(finding: Finding, lang: str) -> str:
    family, measure, year_start = finding.component
    facts: dict[str, Any] = {
        "what": f"{coded('measure', measure, lang)}, {coded('family', family, lang)}, {year_start[:4]}",
        **{name: number(getattr(finding, name), lang) for name in ("cells", "withheld", "exact", "narrow")},
        "one": number(finding.one_category, lang),
        "zeros": number(finding.if_no_zero_is_withheld, lang),
    }
    mark = "✗" if finding.leaks else "✓"
    return f"{mark} {say('audit.unanswered' if finding.unanswered else 'audit.line', lang, **facts)}"
