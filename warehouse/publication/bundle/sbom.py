"""sbom.cdx.json of a bundle: the program that made it and the packages that it needs, as CycloneDX 1.5.

As they are installed where it is made. No time, no address, no number drawn by lot: the same packages give
the same file. Licences are what each package says of itself; where it says none, none is said.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

SBOM = "sbom.cdx.json"
PROGRAM, EXTRA = "lineabase", "pipeline"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OF_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_LONGEST_NAME = 100
"""Some packages give the whole text of their licence as its name."""


def write(folder: Path) -> None:
    """Write the file."""
    (folder / SBOM).write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def document() -> dict[str, Any]:
    """The document: the program, the packages by name, which needs which."""
    program = metadata(PROGRAM)
    packages = dict(sorted(_needed(program).items()))
    asked = {"": (program, EXTRA)} | {name: (package, "") for name, package in packages.items()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": _component(program, "application")},
        "components": [_component(package, "library") for package in packages.values()],
        "dependencies": [
            {
                "ref": _reference(package),
                "dependsOn": sorted(_reference(packages[n]) for n in _asks(package, extra, packages)),
            }
            for package, extra in asked.values()
        ],
    }


def _needed(program: PackageMetadata) -> dict[str, PackageMetadata]:
    """What the program asks for, and all that these ask for, by name, as far as they are installed.

    Read once each: it takes longer to parse what a package says of itself than to write the document.
    """
    found: dict[str, PackageMetadata] = {}
    waiting = [*_asks(program, EXTRA)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata(name)
        except PackageNotFoundError:
            continue
        waiting += _asks(found[name])
    return found


def _asks(package: PackageMetadata, extra: str = "", known: Any = None) -> Iterator[str]:
    """The names of the packages that one asks for, without extras but the one named."""
    names = set()
    for line in package.get_all("Requires-Dist") or []:
        asked, _, marker = line.partition(";")
        of_extra = _OF_EXTRA.search(marker)
        if of_extra is None or of_extra[1] == extra:
            names.add(_normal(_NAME.match(asked.strip())[0]))  # type: ignore[index]
    yield from sorted(names if known is None else names & set(known))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _reference(package: PackageMetadata) -> str:
    return f"pkg:pypi/{_normal(package['Name'])}@{package['Version']}"


def _component(package: PackageMetadata, kind: str) -> dict[str, Any]:
    told = {
        "type": kind,
        "bom-ref": _reference(package),
        "name": package["Name"],
        "version": package["Version"],
        "purl": _reference(package),
    }
    licences = [*_licences(package)]
    return told | ({"licenses": licences} if licences else {})


def _licences(package: PackageMetadata) -> Iterator[dict[str, Any]]:
    if expressions := package.get_all("License-Expression"):
        yield {"expression": expressions[0]}
        return
    classified = [
        c.rpartition(" :: ")[2] for c in package.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    said = (package.get_all("License") or [""])[0].strip()
    named = [said] if said and "\n" not in said and len(said) <= _LONGEST_NAME else classified
    yield from ({"license": {"name": name}} for name in named if "://" not in name and name != "UNKNOWN")
