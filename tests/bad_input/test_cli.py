"""What a steward sees at the command line: a sentence, an exit code, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import pipelines.cli.main  # noqa: F401  (registers the commands)
from pipelines.cli.app import app
from tests.bad_input import build
from tests.bad_input.cases import CARDS

BAD = build.with_cell(3, "victimas", "doce")
HEADLESS = build.file(header=build.HEADER.replace("victimas", "total"))
IN_JSON = {"status", "rows", "findings"}


class Steward:
    """Runs commands in a home of their own and keeps what was said, in one line."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, card: str = build.BASE) -> None:
        self.root, self.home = root, build.home(root / "home", card)
        monkeypatch.setenv("LINEABASE_HOME", str(self.home.root))
        monkeypatch.delenv("LINEABASE_LANG", raising=False)
        monkeypatch.setenv("COLUMNS", "400")

    def run(self, command: str, content: str | bytes, *options: str, name: str = "datos.csv") -> Result:
        path = build.write(self.root / "in", content, name)
        told = ["--collection", build.COLLECTION, "--received", str(build.RECEIVED)]
        return self.run_plain(command, str(path), *told, *options)

    def run_plain(self, *arguments: str) -> Result:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output + result.stderr
        return result


@pytest.fixture
def steward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Steward:
    return Steward(tmp_path, monkeypatch)


def said(result: Result) -> str:
    return " ".join((result.stdout + " " + result.stderr).split())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "submit"])
@pytest.mark.parametrize(
    ("content", "code", "es", "en"),
    [
        (build.file(), 0, "cept", "ccepted"),
        (
            BAD,
            1,
            "«doce» en «victimas» no es un número. Escriba",
            "“doce” in “victimas” is not a number. Write",
        ),
        (HEADLESS, 1, "parece un cambio de nombre. Devuélvale el nombre «victimas»", "Give it back the name"),
        (b"\xff\xfe\x00", 1, "no está en UTF-8", "is not in UTF-8"),
        (b"", 1, "El archivo está vacío. Vuelva a exportarlo", "The file is empty. Export it again"),
        (build.file(*build.LINES, "x,persona@ejemplo.org"), 1, "datos de personas", "personal data"),
    ],
    ids=["good", "a bad row", "a bad header", "bytes", "empty", "personal data"],
)
def test_a_file_gets_its_exit_code_and_a_sentence_in_either_language(
    command: str,
    content: str | bytes,
    code: int,
    es: str,
    en: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for lang, sentence in ((), es), (("--lang", "en"), en):
        steward = Steward(tmp_path / "-".join(lang), monkeypatch)
        result = steward.run(command, content, *lang)
        assert (result.exit_code, sentence in said(result)) == (code, True), said(result)


@pytest.mark.slow
def test_the_finding_s_cell_stands_in_the_list(steward: Steward) -> None:
    assert "J3" in said(steward.run("check", BAD))
    assert "text_in_number" in said(steward.run("check", BAD))


@pytest.mark.parametrize(
    ("content", "status"), [(build.file(), "accepted"), (BAD, "accepted"), (HEADLESS, "rejected")]
)
def test_a_machine_gets_one_document(content: str, status: str, steward: Steward) -> None:
    told = json.loads(steward.run("check", content, "--json").stdout)
    assert set(told) == IN_JSON
    assert (told["status"], sum(told["rows"].values())) == (status, 5)
    for finding in told["findings"]:
        assert {"rule", "severity", "message_es", "message_en"} <= set(finding)


def test_a_machine_hears_of_a_refusal(steward: Steward) -> None:
    assert steward.run("submit", build.file()).exit_code == 0
    result = steward.run("submit", build.file(), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["status"]) == (1, "refused")
    assert [f["rule"] for f in told["findings"]] == ["duplicate_file"]


@pytest.mark.slow
def test_a_mended_file_is_accepted_after_the_bad_one(steward: Steward) -> None:
    assert steward.run("submit", BAD).exit_code == 1
    assert steward.run("submit", build.file()).exit_code == 0
    assert [s.n for s in steward.home.submissions()] == [1, 2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "no_such_file.csv", "--collection", build.COLLECTION),
        ("check", ".", "--collection", build.COLLECTION),
        ("check", __file__),
        ("check", __file__, "--collection", "DEMO/otra"),
        ("check", __file__, "--collection", build.COLLECTION, "--received", "ayer"),
        ("check", __file__, "--collection", build.COLLECTION, "--received", "2999-01-01"),
        ("check", __file__, "--collection", build.COLLECTION, "--lang", "de"),
        ("submit", __file__, "--colection", build.COLLECTION),
        ("no_such_command",),
    ],
)
def test_a_slip_in_the_command_is_a_usage_error(arguments: tuple[str, ...], steward: Steward) -> None:
    assert steward.run_plain(*arguments).exit_code == 2
    assert steward.home.submissions() == []


@pytest.mark.parametrize(("card", "sentence"), [pytest.param(*told, id=id_) for id_, told in CARDS.items()])
def test_a_card_that_cannot_be_used_says_where_and_what(
    card: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steward = Steward(tmp_path, monkeypatch, card)
    result = steward.run("submit", build.file())
    assert (result.exit_code, steward.home.submissions()) == (1, [])
    assert str(steward.home.raw / build.COLLECTION / "format.toml") in said(result)
    assert sentence in said(result)
    assert sentence in said(steward.run("check", build.file()))


def test_a_card_that_is_no_toml_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steward = Steward(tmp_path, monkeypatch)
    (steward.home.raw / build.COLLECTION / "format.toml").write_text("[collection\n", encoding="utf-8")
    result = steward.run("check", build.file())
    assert (result.exit_code, "no es TOML válido / is not valid TOML" in said(result)) == (1, True)


def test_a_file_s_own_text_cannot_steer_the_terminal(steward: Steward) -> None:
    """Neither Rich's markup nor control codes of a cell reach the screen as such."""
    result = steward.run("check", build.with_cell(3, "victimas", "[red]x[/red]\x1b[31m"))
    assert "[red]x[/red]" in said(result)
    assert "\x1b" not in result.output


def test_a_template_serves_every_collection(steward: Steward) -> None:
    template = "measure,reporting_country,period,citizenship,value\nvictims_detected,GTM,2020,Honduras,<5\n"
    assert steward.run("check", template.replace("<5", "4")).exit_code == 0
    assert steward.run("check", template.replace("Honduras", "Congo")).exit_code == 1
