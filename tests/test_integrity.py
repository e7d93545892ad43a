"""What is kept is what was received, made and published: hashes where they are used, checksums, signatures, modes."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
from datetime import date
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from assets.intake.privacy.guard import RefusedFile
from assets.intake.processing import process
from assets.intake.step import FileInMemory
from assets.intake.submission import receive
from tests import faults
from tests.bad_input import build
from tests.hard_times import receiving
from warehouse.build.inputs import snapshot
from warehouse.home import EVENTS_FILE, Home, durable, events, receipts, step_results
from warehouse.release import release_store, signing
from warehouse.release.contents import hash_contents, hash_tables, other_content


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return receiving.made(tmp_path / "home")


@pytest.fixture(scope="module")
def released(sound_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return faults.copy(Home(sound_home), tmp_path_factory.mktemp("released") / "home")


@pytest.fixture
def release(released: Home, tmp_path: Path) -> Path:
    """A copy of the release's folder."""
    folder = release_store.folder_in_force(released)
    assert folder is not None
    return Path(shutil.copytree(folder, tmp_path / folder.name))


def received(home: Home, n: str = "7", memory: FileInMemory | None = None):
    file = build.write(home.root / "sent", build.with_cell(2, "victimas", n))
    return receive(home, file, build.COLLECTION, build.RECEIVED, memory=memory)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- what was received ---------------------------------------------------------------------------------


@pytest.mark.operator("3", "read-only")
def test_a_received_file_is_its_owners_alone_and_read_only(home: Home) -> None:
    kept = received(home)
    assert (mode(kept.folder), mode(kept.file)) == (0o700, 0o400)


@pytest.mark.operator("3", "raw bytes")
def test_a_file_that_was_changed_is_not_read_and_is_once_it_is_put_back(home: Home) -> None:
    kept = received(home)
    was = kept.file.read_bytes()
    kept.file.chmod(0o600)
    kept.file.write_bytes(was.replace(b",7\n", b",8\n"))
    fresh = home.submission(kept.id)
    outcome = process(home, fresh)
    assert ([f.rule for f in outcome.findings], outcome.status) == (["bytes_changed"], "rejected")
    fresh.file.write_bytes(was)
    assert process(home, home.submission(kept.id)).status == "accepted"


def test_without_a_backup_the_file_that_was_damaged_may_be_sent_again(home: Home) -> None:
    """As docs/operations says: withdrawn, and asked for again; the same bytes are no repetition of damaged ones."""
    damaged = received(home)
    with pytest.raises(RefusedFile):
        received(home)
    faults.overwrite(damaged.file)
    receipts.withdraw(home, damaged, build.RECEIVED, office="secretaria", reason="dañado")
    again = received(home)
    assert again.n == damaged.n + 1
    assert home.repeated_submissions() == {}
    assert process(home, home.submission(damaged.id)).status == "rejected"
    assert process(home, again).status == "accepted"
    (home.root / "kept").mkdir()
    registered = snapshot(home, date(2022, 12, 31), home.root / "kept").inputs.submissions
    assert registered.set_index("submission")["status"].to_dict() == {
        damaged.id: "rejected",
        again.id: "accepted",
    }
    assert registered[["file_name", "sha256", "bytes"]].notna().all(axis=None)


def test_the_same_bytes_are_known_again_by_the_hash_that_was_noted(home: Home) -> None:
    """Also when what lies there is another thing now: the file is the one that was received."""
    kept = received(home)
    faults.overwrite(kept.file)
    with pytest.raises(receipts.AlreadyReceived):
        receipts.keep(
            home,
            build.write(home.root, build.with_cell(2, "victimas", "7")),
            build.COLLECTION,
            date(2022, 4, 30),
            sha256=kept.noted_sha256,
        )


def test_what_was_just_received_is_not_hashed_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []
    memory = FileInMemory()
    kept = received(home, memory=memory)
    monkeypatch.setattr("warehouse.home.submissions.hash_now", lambda path: hashed.append(path) or "")
    process(home, kept, memory)
    assert hashed == []


@pytest.mark.operator("3", "on disk")
def test_a_receipt_is_on_disk_before_it_is_acknowledged(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and its history, then their folder's names, and only then the name by which it counts, and its folder's names."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting(handle: int) -> None:
        done.append(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append(f"{a} → {b}"), replace(a, b)))
    kept = received(home)
    monkeypatch.undo()
    (named,) = [step for step in done if step.endswith(f"→ {kept.folder}")]
    before, after = done[: done.index(named)], done[done.index(named) :]
    unnamed = named.split(" → ")[0]
    assert {f"{unnamed}/{kept.file.name}", f"{unnamed}/{EVENTS_FILE}", unnamed} <= set(before)
    assert str(kept.folder.parent) in after


@pytest.mark.operator("3", "read-only")
def test_what_the_steps_leave_is_as_private_as_what_was_received(home: Home) -> None:
    kept = received(home)
    process(home, kept)
    assert mode(home.staged_folder(kept.id)) == mode(kept.folder) == 0o700
    assert {mode(path) for path in home.staged_folder(kept.id).glob("*.parquet")} == {0o600}


# ---- histories ------------------------------------------------------------------------------------------


@pytest.mark.operator("3", "without us")
def test_a_line_s_checksum_is_found_as_the_page_says(home: Home) -> None:
    """docs/operations.md: the first 16 digits of the sha256 of the line up to, and without, `, "check"`."""
    line = (received(home).folder / EVENTS_FILE).read_bytes().splitlines()[0]
    told, _, _ = line.partition(b', "check"')
    assert json.loads(line)["check"] == hashlib.sha256(told).hexdigest()[:16]


@pytest.mark.operator("4", "torn lines")
def test_each_line_carries_a_checksum_that_a_changed_letter_breaks(home: Home) -> None:
    path = received(home).folder / EVENTS_FILE
    assert '"check": "' in path.read_text(encoding="utf-8").splitlines()[0]
    assert "check" not in events.read(path)[0]
    path.write_text(path.read_text(encoding="utf-8").replace("received", "receivid"), encoding="utf-8")
    with pytest.raises(events.DamagedHistory, match=r"events\.jsonl.*1.*operations"):
        events.read(path)


def test_lines_of_earlier_versions_have_none_and_are_read(home: Home) -> None:
    path = home.raw / EVENTS_FILE
    path.write_text('{"event": "received", "on": "2022-03-31", "sha256": "ab"}\n', encoding="utf-8")
    events.append(path, event="withdrawn", on="2022-05-01", office="demo", why="prueba")
    assert [e["event"] for e in events.read(path)] == ["received", "withdrawn"]


@pytest.mark.operator("4", "torn lines")
def test_half_a_line_is_cut_off_and_the_next_one_says_so(home: Home) -> None:
    path = home.raw / EVENTS_FILE
    half = events.line(event="withdrawn", on="2022-05-01")[:-9]
    path.write_bytes(events.line(event="received", on="2022-03-31") + half)
    assert events.torn_bytes(path) == len(half)
    assert [e["event"] for e in events.read(path)] == ["received"]
    events.append(path, event="withdrawn", on="2022-05-02")
    assert events.read(path)[1] == {"event": "withdrawn", "on": "2022-05-02", "torn_before": str(len(half))}
    assert events.torn_bytes(path) == 0


@pytest.mark.parametrize(
    "line", ['{"event": "withdrawn", "on": "ayer"}', '{"event": "held", "on": "2022-01-01"}', "[]"]
)
def test_a_line_that_cannot_be_what_was_written_is_damage(home: Home, line: str) -> None:
    path = home.raw / EVENTS_FILE
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(events.DamagedHistory):
        events.read(path)


# ---- what the steps left --------------------------------------------------------------------------------


@pytest.mark.operator("3", "staged tables")
def test_the_last_step_notes_size_and_hash_of_every_staged_table(home: Home) -> None:
    kept = received(home)
    process(home, kept)
    last = step_results.read_result(home, kept.id, step_results.LAST_STEP)
    assert last is not None
    tables = {path.stem: path for path in home.staged_folder(kept.id).glob("*.parquet")}
    assert last.files == {name: (p.stat().st_size, durable.file_hash(p)) for name, p in tables.items()}
    tables["quarantined"].unlink()
    assert step_results.find_damaged_tables(home, last) == [tables["quarantined"]]


def test_a_step_that_broke_off_is_made_again_and_those_after_it_too(home: Home, monkeypatch) -> None:
    """As before only the one that broke was: what came after it stayed rejected for good."""
    kept = received(home)
    with monkeypatch.context() as patched:
        patched.setattr("assets.intake.runner.judge", lambda *_: 1 / 0)
        assert process(home, kept).status == "rejected"
    assert process(home, kept).status == "accepted"


# ---- what was published ---------------------------------------------------------------------------------


@pytest.mark.operator("3", "read-only")
def test_a_release_and_the_file_in_force_are_read_only_and_the_same(released: Home) -> None:
    folder = release_store.folder_in_force(released)
    assert folder is not None
    paths = [folder / release_store.FILE, folder / release_store.MANIFEST, released.current]
    assert {mode(path) for path in paths} == {0o444}
    facts = release_store.manifest(folder)
    assert facts["sha256"] == durable.file_hash(released.current)
    assert facts["bytes"] == released.current.stat().st_size
    assert release_store.published_names(released) == [folder.name]


@pytest.mark.operator("3", "on disk")
def test_files_and_folders_are_on_disk_before_a_release_is_in_force(
    released: Home, tmp_path: Path, monkeypatch
) -> None:
    """Every file of the release, its folder and the folder above are synchronised before current.duckdb changes."""
    home = faults.copy(released, tmp_path / "home")
    folder = release_store.folder_in_force(home)
    assert folder is not None
    synced: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(os, "replace", lambda a, b: (synced.append(f"→ {Path(b).name}"), replace(a, b)))
    release_store.put_in_force(home, folder)
    assert synced.index(str(home.warehouse / "current.duckdb.new")) < synced.index("→ current.duckdb")
    assert synced.index("→ in_force.json") < synced.index("→ current.duckdb")
    assert synced[-1] == str(home.warehouse)


@pytest.mark.operator("3", "releases")
def test_verify_knows_a_release_by_hash_and_by_contents(release: Path) -> None:
    assert other_content(release) == []
    facts = release_store.manifest(release)
    (release / release_store.MANIFEST).chmod(0o600)
    table = max(facts["rows"], key=facts["rows"].get)
    told = facts | {"rows": facts["rows"] | {table: 1}}
    (release / release_store.MANIFEST).write_text(json.dumps(told), encoding="utf-8")
    assert other_content(release) == [table]
    (release / release_store.MANIFEST).write_text(json.dumps(facts | {"content": "ab"}), encoding="utf-8")
    assert other_content(release) == ["*"]
    (release / release_store.MANIFEST).write_text(
        json.dumps(facts | {"content": "ab", "duckdb": "0.0.1"}), encoding="utf-8"
    )
    assert (
        other_content(release) == []
    )  # another DuckDB may hash otherwise: the rows are counted all the same


@pytest.mark.slow
def test_a_release_of_an_earlier_program_which_had_other_columns_is_verified(release: Path) -> None:
    file, path = release / release_store.FILE, release / release_store.MANIFEST
    for one in (file, path):
        one.chmod(0o600)
    with duckdb.connect(file) as db:
        db.execute("ALTER TABLE analysis.origins DROP COLUMN rank; DROP TABLE registry.exhaustive")
    facts = release_store.manifest(release)
    facts["rows"].pop("registry.exhaustive")
    facts["content"] = hash_contents(hash_tables(file, facts["rows"]))
    path.write_text(json.dumps(facts), encoding="utf-8")
    assert other_content(release) == []
    with duckdb.connect(file) as db:
        db.execute("UPDATE registry.collections SET citation = 'x'")
    assert other_content(release) == ["*"]


def test_a_release_of_a_program_that_made_fewer_tables_and_counted_no_rows_is_verified(release: Path) -> None:
    file, path = release / release_store.FILE, release / release_store.MANIFEST
    for one in (file, path):
        one.chmod(0o600)
    facts = release_store.manifest(release)
    path.write_text(json.dumps({k: v for k, v in facts.items() if k != "rows"}), encoding="utf-8")
    assert other_content(release) == []
    with duckdb.connect(file) as db:
        db.execute("DROP TABLE registry.waivers")
    assert other_content(release) == []
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(duckdb.Error):
        other_content(release)


@pytest.mark.operator("3", "verify")
def test_verify_speaks_of_a_release_and_of_a_whole_home(released: Home, release: Path) -> None:
    code, said = faults.run(released, "verify", "--lang", "en")
    assert (code, "unsigned" in said, "Everything is what it was" in said) == (0, True, True)
    assert faults.run(released, "verify", str(release), "--json")[0] == 0
    faults.overwrite(release / release_store.FILE)
    code, said = faults.run(released, "verify", str(release), "--lang", "en")
    assert (code, "it is not what was published" in said) == (1, True)
    code, said = faults.run(released, "verify", str(release.parent / "sent"), "--lang", "en")
    assert (code, "neither a release, nor a bundle" in said) == (2, True)


@pytest.mark.parametrize("fault", ["received_byte_changed", "staged_doubled", "current_overwritten"])
@pytest.mark.operator("3", "verify")
def test_verify_names_what_is_not_what_it_was_in_a_home(fault: str, released: Home, tmp_path: Path) -> None:
    home = faults.copy(released, tmp_path / "home")
    made = next(one for one in faults.FAULTS if one.name == fault)
    made.make(home)
    code, said = faults.run(home, "verify", "--lang", "en")
    assert (code, made.points_at in said, "Not everything is what it was" in said) == (1, True, True)


@pytest.mark.parametrize("command", ["doctor", "verify"])
@pytest.mark.operator("3", "verify")
def test_of_a_changed_file_that_was_withdrawn_nobody_is_asked_to_withdraw_it(
    command: str, released: Home, tmp_path: Path
) -> None:
    home = faults.copy(released, tmp_path / "home")
    faults.overwrite(faults.raw_file(home))
    assert "lineabase withdraw" in faults.run(home, command, "--lang", "en")[1]
    receipts.withdraw(home, home.submissions()[0], build.RECEIVED, office="secretaria", reason="dañado")
    code, said = faults.run(home, command, "--lang", "en")
    assert (code, "lineabase withdraw" in said, "is withdrawn and does not count" in said) == (0, False, True)


# ---- signatures -----------------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pair of keys; the environment names the private one. The path of the public one."""
    private = Ed25519PrivateKey.generate()
    named = tmp_path / "key.pem"
    named.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = tmp_path / "key.pub"
    public.write_bytes(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    monkeypatch.setenv(signing.SIGNING_KEY, str(named))
    return public


def signed(release: Path) -> Path:
    facts = release_store.manifest(release)
    (release / release_store.MANIFEST).unlink()
    release_store.write_manifest(release, facts)
    return release


@pytest.mark.operator("3", "signed")
def test_a_manifest_is_signed_where_there_is_a_key_and_the_public_one_verifies_it(
    release: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release_store.signature(release) == "unsigned"
    signed(release)
    assert release_store.signature(release) == "signed"
    monkeypatch.delenv(signing.SIGNING_KEY)
    assert release_store.signature(release) == "unknown"
    assert release_store.signature(release, key) == "signed"


@pytest.mark.operator("3", "signed")
def test_whoever_writes_file_and_hash_cannot_write_the_signature(
    released: Home, release: Path, key: Path
) -> None:
    signed(release)
    faults.overwrite(release / release_store.FILE)
    facts = release_store.manifest(release) | {"sha256": durable.file_hash(release / release_store.FILE)}
    (release / release_store.MANIFEST).chmod(0o600)
    (release / release_store.MANIFEST).write_text(json.dumps(facts), encoding="utf-8")
    assert [f.key for f in release_store.find_faults(release)] == ["released.wrong_signature"]
    code, said = faults.run(released, "verify", str(release), "--key", str(key), "--lang", "en")
    assert (code, "Do not trust this release" in said) == (1, True)


@pytest.mark.operator("3", "without us")
def test_openssl_says_the_same_as_the_page_shows(release: Path, key: Path) -> None:
    """docs/operations.md, “Verify without this program”."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("no openssl here")
    signed(release)
    call = [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
    call += ["-in", str(release / "manifest.json"), "-sigfile", str(release / "manifest.sig")]
    assert subprocess.run(call, capture_output=True, check=False).returncode == 0
    (release / "manifest.json").chmod(0o600)
    with (release / "manifest.json").open("a") as more:
        more.write(" ")
    assert subprocess.run(call, capture_output=True, check=False).returncode != 0


def test_a_key_that_is_none_is_said_before_anything_is_built(
    released: Home, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "key.pem").write_text("no es una clave", encoding="utf-8")
    monkeypatch.setenv(signing.SIGNING_KEY, str(tmp_path / "key.pem"))
    code, said = faults.run(released, "refresh", "--lang", "en")
    assert (code, "cannot be read as an Ed25519 key" in said) == (1, True)
    code, said = faults.run(released, "doctor", "--lang", "en")
    assert (code, "cannot be read as an Ed25519 key" in said) == (3, True)


@pytest.mark.operator("3", "before it speaks")
def test_export_does_not_speak_of_what_is_not_what_was_published(released: Home, tmp_path: Path) -> None:
    home = faults.copy(released, tmp_path / "home")
    out = str(tmp_path / "x.csv")
    export = ("export", "--indicator", "tip_victims_detected", "-o", out, "--lang", "en")
    faults.overwrite(home.current)
    code, said = faults.run(home, *export)
    assert (code, "it was copied again from" in said) == (0, True)
    faults.both_cut(home)
    code, said = faults.run(home, *export)
    assert (code, "is what was published" in said) == (1, True)
