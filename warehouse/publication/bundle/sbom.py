"""sbom.cdx.json of a bundle: the program and the packages that it needs, as CycloneDX 1.5.

It lists the packages installed on this machine, without times, addresses or random numbers, so the same
packages give the same file. Licences come from each package's metadata, if stated there.
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
_EXTRA_MARKER = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_LONGEST_NAME = 100
"""Longest licence name; some packages put the whole text of their licence there."""


def write(folder: Path) -> None:
    """Write the file."""
    (folder / SBOM).write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def document() -> dict[str, Any]:
    """Return the document: the program, the packages by name, and their dependencies."""
    program = metadata(PROGRAM)
    packages = dict(sorted(_needed_packages(program).items()))
    packages_with_extra = {"": (program, EXTRA)} | {name: (package, "") for name, package in packages.items()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": _component(program, "application")},
        "components": [_component(package, "library") for package in packages.values()],
        "dependencies": [
            {
                "ref": _reference(package),
                "dependsOn": sorted(_reference(packages[n]) for n in _requirements(package, extra, packages)),
            }
            for package, extra in packages_with_extra.values()
        ],
    }


def _needed_packages(program: PackageMetadata) -> dict[str, PackageMetadata]:
    """Return the installed packages that the program needs, directly or indirectly, by name.

    The metadata of each package are read once, because parsing them takes longer than writing the document.
    """
    packages: dict[str, PackageMetadata] = {}
    waiting = [*_requirements(program, EXTRA)]
    while waiting:
        name = waiting.pop()
        if name in packages:
            continue
        try:
            packages[name] = metadata(name)
        except PackageNotFoundError:
            continue
        waiting += _requirements(packages[name])
    return packages


def _requirements(package: PackageMetadata, extra: str = "", installed: Any = None) -> Iterator[str]:
    """Yield the names of a package's requirements, without those of other extras."""
    names = set()
    for line in package.get_all("Requires-Dist") or []:
        requirement, _, marker = line.partition(";")
        marked_extra = _EXTRA_MARKER.search(marker)
        if marked_extra is None or marked_extra[1] == extra:
            names.add(_normal_name(_NAME.match(requirement.strip())[0]))  # type: ignore[index]
    yield from sorted(names if installed is None else names & set(installed))


def _normal_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _reference(package: PackageMetadata) -> str:
    return f"pkg:pypi/{_normal_name(package['Name'])}@{package['Version']}"


def _component(package: PackageMetadata, kind: str) -> dict[str, Any]:
    component = {
        "type": kind,
        "bom-ref": _reference(package),
        "name": package["Name"],
        "version": package["Version"],
        "purl": _reference(package),
    }
    licences = [*_licences(package)]
    return component | ({"licenses": licences} if licences else {})


def _licences(package: PackageMetadata) -> Iterator[dict[str, Any]]:
    if expressions := package.get_all("License-Expression"):
        yield {"expression": expressions[0]}
        return
    classifier_names = [
        c.rpartition(" :: ")[2] for c in package.get_all("Classifier") or [] if c.startswith("License ::")
    ]
    stated_name = (package.get_all("License") or [""])[0].strip()
    names = (
        [stated_name]
        if stated_name and "\n" not in stated_name and len(stated_name) <= _LONGEST_NAME
        else classifier_names
    )
    yield from ({"license": {"name": name}} for name in names if "://" not in name and name != "UNKNOWN")
