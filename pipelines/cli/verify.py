"""`verify`: check that all kept data is unchanged: hashes, contents, signatures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines.cli.app import JsonOption, LangOption
from pipelines.cli.errors import BAD_INPUT, OK, USAGE, Stop
from pipelines.cli.output import print_json, print_sentence
from schemas.words import DEFAULT_LANGUAGE, Sentence, UserError, say
from warehouse.home import Home
from warehouse.publication import bundle
from warehouse.release import release_store, signing, verification
from warehouse.release.contents import other_content
from warehouse.release.verification import Fault


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
        print_sentence(_line(result, lang))
        for fault in result["faults"]:
            print_sentence(f"    {fault.sentence.render(lang)}")
    print_sentence(say("verify.holds" if holds else "verify.fails", lang, place=folder))
    return OK if holds else BAD_INPUT


def _check_folder(folder: Path, key: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the result of each check, with its faults."""
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
    try:
        faults = [Fault(sentence) for sentence in release_store.find_faults(folder, key)]
        faults += [] if faults else _content_faults(folder)
        signature = release_store.signature(folder, key)
    except signing.UnusableKey as error:
        raise Stop(USAGE, error.sentence.key, **error.sentence.facts) from error
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


def _line(result: dict[str, Any], lang: str) -> str:
    mark = "✓" if verification.has_only_remarks(result["faults"]) else "✗"
    if result["what"] != "release":
        return f"{mark} {say('verify.' + result['what'], lang)}"
    signature = say(f"verify.{result['signature']}", lang)
    return f"{mark} {say('verify.release', lang, release=result['release'], signature=signature)}"
