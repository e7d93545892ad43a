"""What is in force, and who decides it: over a refusal of the gate, back to an earlier release, what is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import Result

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.desk.access import Access
from pipelines.desk.release_page import refresh_of
from schemas.words import InvalidValue
from tests import faults
from tests.conftest import release
from tests.test_desk import Browser, served
from tests.test_held import run
from tests.test_side_by_side import held_by_another
from tests.test_vintages import FEB, JAN, MAR, new_home, send
from warehouse import Warehouse
from warehouse.build import freshness
from warehouse.gate import all_questions
from warehouse.home import Home, durable, events, verdicts
from warehouse.home import calendar as days
from warehouse.home.waivers import Waiver, add_waiver, read_waivers
from warehouse.publication import site
from warehouse.publication.bundle import workbook
from warehouse.publication.publishing import publish
from warehouse.publication.site import downloads
from warehouse.publication.site.facts import Facts
from warehouse.release import release_store, retention, rollback

GOOD = {("CRI", 2021): "10", ("CRI", 2022): "20"}
TWO_OFFICES = (
    "--reason",
    "la ficha cambió",
    "--office",
    "Secretaría Técnica",
    "--second-office",
    "Auditoría",
)
REFUSED = "accepted_stays_accepted"


@pytest.fixture(scope="module")
def kept_homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    """Homes to be copied, each made from the one before: with one release; with two; with one that was refused."""
    one = new_home(tmp_path_factory.mktemp("one") / "home")
    send(one, JAN, GOOD)
    released(one)
    two = faults.copy(one, tmp_path_factory.mktemp("two") / "home")
    send(two, FEB, GOOD | {("CRI", 2022): "21"})
    released(two)
    refused = faults.copy(one, tmp_path_factory.mktemp("refused") / "home")
    ask_for_a_measure(refused, "X/c")
    assert run(refused, "refresh").exit_code == 1
    assert verdicts.read_summary(refused.verdict)["refused"] == [REFUSED]
    return {"one": one, "two": two, "refused": refused}


@pytest.fixture
def home(kept_homes: dict[str, Home], tmp_path: Path) -> Home:
    """A home with one release."""
    return faults.copy(kept_homes["one"], tmp_path / "home")


@pytest.fixture
def two(kept_homes: dict[str, Home], tmp_path: Path) -> Home:
    """A home with two releases, the second of other values."""
    return faults.copy(kept_homes["two"], tmp_path / "home")


@pytest.fixture
def refused(kept_homes: dict[str, Home], tmp_path: Path) -> Home:
    """A home whose card does not say the measure any more, so that the accepted file lacks it: the gate refused."""
    return faults.copy(kept_homes["refused"], tmp_path / "home")


def ask_for_a_measure(home: Home, collection: str) -> None:
    card = home.raw / collection / "format.toml"
    said = card.read_text(encoding="utf-8")
    card.write_text(said.replace('measure = "victims_detected"\n', ""), encoding="utf-8")


def released(home: Home) -> str:
    """Build, gate and publish; the name of the release in force."""
    release(home, days.today())
    freshness.note_released(home)
    return in_force(home)


def in_force(home: Home) -> str:
    """The release that current.duckdb says it is."""
    named = release_store.read_release_name(home.current)
    assert named is not None
    return named[0]


def waived(home: Home) -> list[tuple]:
    with duckdb.connect(home.current, read_only=True) as db:
        return db.execute(
            "SELECT question, violations, reason, decided_by, second_office FROM registry.waivers"
        ).fetchall()


# ---- over a refusal ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_offices_release_over_a_named_refusal_and_that_is_published(refused: Home) -> None:
    before = in_force(refused)
    told = run(refused, "publish", "--over", REFUSED, *TWO_OFFICES)
    assert told.exit_code == 0, told.output
    assert in_force(refused) != before
    assert waived(refused) == [(REFUSED, 1, "la ficha cambió", "Secretaría Técnica", "Auditoría")]
    folder = release_store.folder_in_force(refused)
    assert folder is not None
    [said] = release_store.manifest(folder)["waivers"]
    assert (said["question"], said["second_office"]) == (REFUSED, "Auditoría")
    assert "publicado por decisión de dos oficinas" in (refused.verdict / "es.html").read_text(
        encoding="utf-8"
    )
    assert verdicts.read_summary(refused.verdict)["waived"] == [REFUSED]
    assert json.loads(run(refused, "refresh", "--json").stdout)["new"] is False


@pytest.mark.parametrize("left_out", ["--reason", "--office", "--second-office"])
def test_without_a_reason_and_two_offices_nothing_is_waived(refused: Home, left_out: str) -> None:
    words = list(TWO_OFFICES)
    words[words.index(left_out) + 1] = " "
    _nothing_is_waived(refused, run(refused, "publish", "--over", REFUSED, *words), "dos oficinas distintas")


def test_one_office_under_two_spellings_is_one(refused: Home) -> None:
    words = [*TWO_OFFICES[:-1], " secretaría  técnica"]
    _nothing_is_waived(refused, run(refused, "publish", "--over", REFUSED, *words), "dos oficinas distintas")


def test_only_what_the_gate_refused_can_be_waived(refused: Home) -> None:
    told = run(refused, "publish", "--over", "few_values_change", *TWO_OFFICES)
    _nothing_is_waived(refused, told, f"Rechazó: {REFUSED}")


def test_of_several_none_is_waived_where_one_cannot_be(refused: Home) -> None:
    told = run(refused, "publish", "--over", REFUSED, "--over", "nonsense", *TWO_OFFICES)
    _nothing_is_waived(refused, told, "nonsense")


def test_an_absolute_question_knows_no_exception(refused: Home) -> None:
    summary = verdicts.read_summary(refused.verdict)
    summary["violations"] |= {"rows_add_up": [1, "x"]}
    (refused.verdict / verdicts.SUMMARY).write_text(json.dumps(summary), encoding="utf-8")
    told = run(refused, "publish", "--over", "rows_add_up", *TWO_OFFICES)
    _nothing_is_waived(refused, told, "no admite excepción")


@pytest.mark.slow
def test_a_waiver_of_an_absolute_question_lets_nothing_pass(home: Home) -> None:
    from warehouse.gate import examine

    with duckdb.connect(home.internal) as db:
        db.execute("UPDATE registry.submissions SET rows_accepted = rows_accepted + 1")
    [failed] = examine(home.internal).failed
    waiver = Waiver("rows_add_up", failed.digest, 1, "x", "a", "b", MAR)
    assert not examine(home.internal, waivers=[waiver]).has_passed


def _nothing_is_waived(home: Home, told: Result, because: str) -> None:
    before = in_force(home)
    assert told.exit_code != 0
    assert because in told.stderr
    assert read_waivers(home) == []
    assert in_force(home) == before


def test_keys_row_identity_and_protection_are_absolute() -> None:
    absolute = {question.id for question in all_questions() if question.absolute}
    assert {"rows_add_up", "nothing_protected", "one_value_per_key_and_day"} <= absolute
    assert {question.id for question in all_questions() if question.id.endswith("_key")} <= absolute


@pytest.mark.slow
def test_a_waiver_holds_for_the_very_violations_it_was_given_for(refused: Home) -> None:
    run(refused, "publish", "--over", REFUSED, *TWO_OFFICES)
    other = refused.raw / "X" / "d"
    other.mkdir()
    (other / "format.toml").write_bytes(
        (new_home(refused.root / "copy").raw / "X/c/format.toml").read_bytes()
    )
    send(refused, FEB, {("PAN", 2021): "7"}, "X/d")
    released(refused)
    ask_for_a_measure(refused, "X/d")
    told = run(refused, "refresh")
    assert told.exit_code == 1
    assert "X.d.2024-02-10.1" in told.stderr
    assert "X.c." not in told.stderr


def test_a_waiver_is_a_line_with_its_own_checksum(home: Home) -> None:
    waiver = Waiver(REFUSED, "ab", 3, "porque", "una", "otra", MAR)
    add_waiver(home, waiver)
    assert read_waivers(home) == [waiver]
    line = (home.releases / "waivers.jsonl").read_text(encoding="utf-8")
    (home.releases / "waivers.jsonl").write_text(line.replace("porque", "purque"), encoding="utf-8")
    with pytest.raises(events.DamagedHistory):
        read_waivers(home)


@pytest.mark.slow
def test_a_release_made_alone_after_a_refusal_bears_the_verdict_of_its_own_build(refused: Home) -> None:
    """It bore the last verdict: that of the build that was refused."""
    assert verdicts.read_summary(refused.verdict)["passed"] is False
    made = publish(refused, days.today(), always=True)
    gate = release_store.manifest(made.folder)["gate"]
    assert (gate["passed"], gate["refused"]) == (True, [])


@pytest.mark.parametrize("spoil", ["no_note", "other_bytes", "earlier_program"])
def test_a_build_without_a_verdict_of_its_own_is_never_released(home: Home, spoil: str) -> None:
    note = home.warehouse / "internal.json"
    if spoil == "no_note":
        note.unlink()
    elif spoil == "other_bytes":
        with duckdb.connect(home.internal) as db:
            db.execute("UPDATE registry.submissions SET rows_accepted = rows_accepted + 1")
    else:
        told = json.loads(note.read_text(encoding="utf-8"))
        note.write_text(json.dumps({name: told[name] for name in ("as_of", "parts")}), encoding="utf-8")
    before = in_force(home)
    with pytest.raises(InvalidValue) as refusal:
        publish(home, days.today(), always=True)
    assert "no tiene un veredicto de la compuerta" in refusal.value.render("es")
    assert in_force(home) == before
    assert len(release_store.releases(home)) == 1


# ---- back, and forth again -----------------------------------------------------------------------------


BACK = ("--reason", "la cifra de 2022 era un error", "--office", "Secretaría Técnica")


def test_a_rollback_puts_the_one_before_in_force_and_says_why(two: Home) -> None:
    first, second = (folder.name for folder in release_store.releases(two))
    told = run(two, "rollback", *BACK)
    assert (told.exit_code, in_force(two)) == (0, first)
    event = rollback.rollback_in_effect(two)
    assert event is not None
    assert (event["release"], event["to"], event["reason"], event["office"]) == (second, first, *BACK[1::2])
    assert run(two, "verify").exit_code == 0


@pytest.mark.slow
def test_the_pages_are_of_what_a_rollback_puts_in_force(two: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINEABASE_SITE", "yes")
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # no PDF: it takes seconds
    first, second = (folder.name for folder in release_store.releases(two))
    assert site.write_current(two) is not None
    about = two.site / "en" / "about.html"
    assert second in about.read_text(encoding="utf-8")
    home = two.site / "en" / "index.html"
    assert f"Compared with {first} (as known on " in home.read_text(encoding="utf-8")
    told = run(two, "rollback", *BACK)
    assert told.exit_code == 0, told.output
    text = about.read_text(encoding="utf-8")
    assert first in text
    assert second not in text
    assert "This is the first release: there is no earlier one to compare it with." in home.read_text(
        encoding="utf-8"
    )
    assert site.write_current(two) is None  # they are there


@pytest.mark.slow
def test_refresh_changes_nothing_while_a_rollback_holds_and_says_so(two: Home) -> None:
    first, second = (folder.name for folder in release_store.releases(two))
    run(two, "rollback", *BACK)
    told = run(two, "refresh")
    assert (told.exit_code, in_force(two)) == (0, first)
    assert second in told.stderr
    assert BACK[1] in told.stderr
    assert released(two) == first


@pytest.mark.slow
def test_a_quarter_that_closes_does_not_end_a_rollback(two: Home) -> None:
    first, _ = (folder.name for folder in release_store.releases(two))
    run(two, "rollback", *BACK)
    release(two, days.today() + timedelta(days=100))
    assert (in_force(two), len(release_store.releases(two))) == (first, 2)


@pytest.mark.slow
def test_something_new_ends_a_rollback_with_a_new_release(two: Home) -> None:
    run(two, "rollback", *BACK)
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    name = released(two)
    assert (in_force(two), len(release_store.releases(two))) == (name, 3)
    assert rollback.rollback_in_effect(two) is None


def test_publish_ends_a_rollback(two: Home) -> None:
    _, second = (folder.name for folder in release_store.releases(two))
    run(two, "rollback", *BACK)
    told = run(two, "publish")
    assert (told.exit_code, in_force(two), rollback.rollback_in_effect(two)) == (0, second, None)
    assert second in told.stderr


@pytest.mark.slow
def test_back_by_two_and_forth_to_the_newest(two: Home) -> None:
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    newest = released(two)
    run(two, "rollback", *BACK)
    run(two, "rollback", *BACK)
    assert in_force(two) == release_store.releases(two)[0].name
    run(two, "publish")
    assert in_force(two) == newest


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (("rollback", "--reason", " ", "--office", "x"), "ninguno vacío"),
        (("rollback", "1999-Q1.r1", *BACK), "Se puede volver a"),
    ],
)
def test_a_rollback_that_cannot_be_says_why_and_changes_nothing(
    two: Home, arguments: tuple[str, ...], because: str
) -> None:
    before = in_force(two)
    told = run(two, *arguments)
    assert told.exit_code == 1
    assert because in told.stderr
    assert in_force(two) == before
    assert rollback.rollback_in_effect(two) is None


def test_from_the_first_release_there_is_no_way_back(home: Home) -> None:
    told = run(home, "rollback", *BACK)
    assert told.exit_code == 1
    assert "No hay una publicación anterior" in told.stderr


def test_nobody_goes_back_to_a_release_that_is_not_what_was_published(two: Home) -> None:
    first = release_store.releases(two)[0] / release_store.FILE
    first.chmod(0o600)
    first.write_bytes(first.read_bytes() + b"x")
    before = in_force(two)
    told = run(two, "rollback", *BACK)
    assert told.exit_code == 1
    assert "no es lo que se publicó" in told.stderr
    assert in_force(two) == before


@pytest.mark.parametrize("command", [("publish",), ("rollback", *BACK)])
def test_who_comes_second_is_told_who_publishes(two: Home, command: tuple[str, ...]) -> None:
    run(two, "rollback", *BACK)
    before = in_force(two)
    with held_by_another(two):
        told = run(two, *command)
    assert told.exit_code == 3
    assert in_force(two) == before


# ---- what is kept --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_quarters_last_the_one_in_force_and_the_one_before_stay(
    two: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    released(two)
    first, second, third = release_store.releases(two)
    later = days.today() + timedelta(days=93)
    assert retention.folders_to_keep(two, days.today()) == {first, second, third}
    assert retention.folders_to_keep(two, later) == {second, third}
    run(two, "rollback", first.name, *BACK)
    assert retention.folders_to_keep(two, later) == {first, third}


@pytest.mark.slow
def test_a_release_stays_while_the_ledger_lacks_its_protected_counts(
    two: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kept a copy of it may join it with every later one, and so must the protection."""
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    released(two)
    first, later = release_store.releases(two)[0], days.today() + timedelta(days=93)
    assert first not in retention.folders_to_keep(two, later)
    read = release_store.manifest

    def with_protected(folder: Path) -> dict[str, Any]:
        facts = dict(read(folder))
        if folder == first:
            facts["rows"] = facts["rows"] | {"baseline.protected_counts": 3}
        return facts

    monkeypatch.setattr(release_store, "manifest", with_protected)
    assert first in retention.folders_to_keep(two, later)
    two.ledger_file(first.name).write_bytes(b"")
    assert first not in retention.folders_to_keep(two, later)


@pytest.mark.slow
def test_what_goes_stays_in_the_list_and_verify_does_not_miss_it(
    two: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    first = release_store.releases(two)[0]
    sha256 = release_store.manifest(first)["sha256"]
    monkeypatch.setattr(retention, "today", lambda: days.today() + timedelta(days=93))
    released(two)
    assert not first.exists()
    assert retention.retired_names(two) == {first.name}
    [gone] = [
        e for e in events.read(release_store.list_path(two)) if e["event"] == retention.RETIREMENT_EVENT
    ]
    assert gone["sha256"] == sha256
    monkeypatch.undo()
    told = run(two, "verify")
    assert told.exit_code == 0
    assert first.name not in told.output


@pytest.mark.slow
def test_a_deployment_says_how_long_releases_stay(two: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    monkeypatch.setenv("LINEABASE_RELEASE_DAYS", "4000")
    monkeypatch.setattr(retention, "today", lambda: days.today() + timedelta(days=3000))
    released(two)
    assert len(release_store.releases(two)) == 3


@pytest.mark.slow
def test_of_a_release_whose_manifest_cannot_be_read_nothing_goes(two: Home) -> None:
    send(two, MAR, GOOD | {("CRI", 2022): "22"})
    released(two)
    first = release_store.releases(two)[0]
    (first / release_store.MANIFEST).chmod(0o600)
    durable.replace(first / release_store.MANIFEST, b"{")
    assert first in retention.folders_to_keep(two, date(2999, 1, 1))


# ---- on the steward's page -----------------------------------------------------------------------------


@contextmanager
def page_of(home: Home) -> Iterator[Browser]:
    """The page on releases, as this machine's person sees it."""
    access = Access()
    with served(home, access) as base:
        browser = Browser(base)
        browser.open(f"/?token={access.new_token()}")
        browser.open("/release")
        yield browser


@pytest.mark.slow
def test_the_page_releases_over_a_refusal_as_two_offices_decide(refused: Home) -> None:
    said = {"question": REFUSED, "reason": "la ficha cambió", "office": "Secretaría Técnica"}
    with page_of(refused) as browser:
        assert not browser.fill("/release/over", second_office="secretaría técnica", **said).ok
        assert read_waivers(refused) == []
        browser.open("/release")
        browser.fill("/release/over", second_office="Auditoría", **said)
        refresh_of(refused).thread.join()
        assert waived(refused) == [(REFUSED, 1, "la ficha cambió", "Secretaría Técnica", "Auditoría")]
        assert 'action="/release/over"' not in browser.open("/release").text


def test_the_page_goes_back_and_forth_and_says_why(two: Home) -> None:
    first, second = (folder.name for folder in release_store.releases(two))
    with page_of(two) as browser:
        browser.fill("/release/back", release=first, reason=BACK[1], office=BACK[3])
        assert in_force(two) == first
        assert f"{first} está en vigor" in browser.said
        assert BACK[1] in browser.said
        browser.fill("/release/forth")
        assert in_force(two) == second
        assert BACK[1] not in browser.said


# ---- the workbooks of the bundle serve the pages ---------------------------------------------------------


def test_files_of_a_bundle_are_those_of_its_manifest_or_none(tmp_path: Path) -> None:
    home, names = Home(tmp_path), ["a.xlsx", "b.xlsx"]
    folder = home.releases / "2026-Q1.r1"
    paths = [folder / release_store.BUNDLE / name for name in names]
    paths[0].parent.mkdir(parents=True)
    assert release_store.bundle_files(home, folder.name, names) == []  # no manifest
    for path in paths:
        path.write_bytes(path.name.encode())
    hashes = {path.name: durable.hash_now(path) for path in paths}
    facts = dict.fromkeys(("release", "as_of", "sha256", "content"), "") | {"bundle": hashes}
    (folder / release_store.MANIFEST).write_text(json.dumps(facts), encoding="utf-8")
    assert release_store.bundle_files(home, folder.name, names) == paths
    paths[1].write_bytes(b"changed")
    assert release_store.bundle_files(home, folder.name, names) == []
    paths[1].unlink()
    assert release_store.bundle_files(home, folder.name, names) == []
    assert release_store.bundle_files(home, "2026-Q1.r2", names) == []


@pytest.mark.slow
def test_workbooks_of_the_bundle_are_the_bytes_that_the_pages_would_write(
    released_home: Path, released_bundle: Path, tmp_path: Path
) -> None:
    with Warehouse.open(Home(released_home).current) as warehouse:
        facts = Facts(warehouse, workbooks=[released_bundle / name for name in workbook.FILES])
        for name in ("copied", "written"):
            (tmp_path / name).mkdir()
        downloads.write_whole(facts, tmp_path / "copied")
        facts.workbooks = ()
        downloads.write_whole(facts, tmp_path / "written")
    copied, written = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("copied", "written")
    )
    assert copied == written
    assert copied.keys() > set(workbook.FILES)
