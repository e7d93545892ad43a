"""`verify`: whether what is kept is what was received, made and published: hashes, contents, signatures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import print_json, tell
from schemas.words import DEFAULT, Sentence, UserError, say
from warehouse.home import Home
from warehouse.publication import bundle
from warehouse.releases import published, signing, verification
from warehouse.releases.contents import other_content
from warehouse.releases.verification import Fault


def verify(
    directory: Annotated[Path | None, typer.Argument()] = None,
    key: Annotated[Path | None, typer.Option("--key")] = None,
    lang: LangOption = DEFAULT,
    as_json: JsonOption = False,
) -> int:
    """Verify a release's folder, a bundle, or everything that a home keeps. Nothing is changed."""
    place = directory or Home.default().root
    results = list(_results(place, key))
    holds = all(verification.holds(result["faults"]) for result in results)
    if as_json:
        said = [r | {"faults": [f.sentence.said(lang) for f in r["faults"]]} for r in results]
        print_json({"holds": holds, "verified": said})
        return OK if holds else BAD_INPUT
    for result in results:
        tell(_line(result, lang))
        for fault in result["faults"]:
            tell(f"    {fault.sentence.said(lang)}")
    tell(say("verify.holds" if holds else "verify.fails", lang, place=place))
    return OK if holds else BAD_INPUT


def _results(place: Path, key: Path | None) -> Iterator[dict[str, Any]]:
    """What was verified, each with its faults."""
    if (place / published.MANIFEST).exists() or (place / published.FILE).exists():
        yield _release(place, key)
        return
    if (place / bundle.MANIFEST).exists():
        faults = [Fault(sentence) for sentence in bundle.faults(place)]
        yield {"what": "bundle", "faults": faults}
        return
    if not any((place / name).is_dir() for name in ("raw", "warehouse")):
        raise Stop(USAGE, "verify.nothing", place=place)
    home = Home(place.resolve())
    for name in ("cards", "received", "staged", "in_force", "notes"):
        yield {"what": name, "faults": list(verification.QUESTIONS[name](home))}
    for folder in published.releases(home):
        yield _release(folder, key)
    yield {"what": "releases", "faults": list(verification.beside_releases(home))}


def _release(folder: Path, key: Path | None) -> dict[str, Any]:
    """A release: its hash, its signature, and, where those hold, its contents."""
    try:
        faults = [Fault(sentence) for sentence in published.faults(folder, key)]
        faults += [] if faults else _contents(folder)
        signature = published.signature(folder, key)
    except signing.UnusableKey as unusable:
        raise Stop(USAGE, unusable.sentence.key, **unusable.sentence.facts) from unusable
    return {"what": "release", "release": folder.name, "signature": signature, "faults": faults}


def _contents(folder: Path) -> list[Fault]:
    try:
        other = other_content(folder)
    except duckdb.Error as error:
        return [Fault(Sentence("released.cannot_open", {"file": folder / published.FILE, "error": error}))]
    except UserError as error:
        return [Fault(error.sentence)]
    facts = {"file": folder / published.FILE, "tables": ", ".join(other)}
    return [Fault(Sentence("released.other_content", facts))] if other else []


def _line(result: dict[str, Any], lang: str) -> str:
    mark = "✓" if verification.holds(result["faults"]) else "✗"
    if result["what"] != "release":
        return f"{mark} {say('verify.' + result['what'], lang)}"
    signature = say(f"verify.{result['signature']}", lang)
    return f"{mark} {say('verify.release', lang, release=result['release'], signature=signature)}"
