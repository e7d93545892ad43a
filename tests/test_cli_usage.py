"""How a command is written: help pages and slips, in the user's language, without loading the engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.intake.processing import process
from pipelines.cli.app import COMMANDS, app
from schemas.words import languages, say
from tests.bad_input import build
from warehouse.home import CHECKOUT

SHARED_MODULES = {"app", "errors", "main", "output"}
HEAVY = (
    *("dagster", "pandas", "pyarrow", "duckdb", "pandera", "scipy", "great_expectations", "rich"),
    *("warehouse", "assets"),  # they read what the tables declare: a fifth of a second
)


def run(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(app, arguments, env={"LINEABASE_LANG": "", **environment})
    assert "Traceback" not in result.output
    return result


def test_every_file_has_commands_or_is_shared_by_commands() -> None:
    files = {path.stem for path in (CHECKOUT / "pipelines" / "cli").glob("[!_]*.py")}
    assert files == {*COMMANDS.values(), *SHARED_MODULES}


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize(
    "command", [*([name] for name in COMMANDS), ["catalog", "countries"], ["laws", "check"]], ids="-".join
)
def test_every_command_has_its_page_in_every_language(command: list[str], lang: str) -> None:
    result = run(*command, "--help", "--lang", lang)
    assert result.exit_code == 0
    assert " ".join(say(f"help.{'_'.join(command)}", lang).split()) in " ".join(result.output.split())
    assert say("option.help", lang) in result.output


@pytest.mark.parametrize("lang", languages())
def test_the_first_page_lists_every_command(lang: str) -> None:
    page = " ".join(run("--lang", lang, "--help").output.split())
    assert page.startswith(f"{' '.join(say('help.usage', lang).split())} lineabase ")
    for name in COMMANDS:
        assert " ".join(say(f"help.{name}", lang).split()) in page


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize(
    ("arguments", "key", "facts"),
    [
        (["chekc"], "usage.command", {"value": "chekc", "likely": "check", "command": "lineabase"}),
        (["check"], "usage.missing", {"name": "FILE", "command": "lineabase check"}),
        (["query", "-0"], "usage.option", {"name": "-0", "likely": "", "command": "lineabase query"}),
        (["query", "SELECT 1", "x"], "usage.extra", {"value": "x", "command": "lineabase query"}),
        (["ui", "--port", "x"], "usage.value", {"name": "--port", "command": "lineabase ui"}),
        (["ui", "--port"], "usage.no_value", {"name": "--port", "command": "lineabase"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.operator("6", "in words")
def test_a_slip_is_a_sentence_in_every_language(
    arguments: list[str], key: str, facts: dict[str, str], lang: str
) -> None:
    result = run("--lang", lang, *arguments)
    assert (result.exit_code, result.stderr.strip()) == (2, say(key, lang, **facts))


def test_an_option_that_is_none_is_named_with_its_like() -> None:
    result = run("check", __file__, "--colection", "A/b")
    assert result.exit_code == 2
    assert "No hay opción «--colection». ¿Quiso decir --collection?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--lang", "en", "status", "x"), ""),
        (("status", "x", "--lang", "en"), ""),
        (("status", "x", "--lang=en"), ""),
        (("status", "x"), "en"),
        (("status", "x", "--lang", "en"), "es"),
    ],
)
def test_the_language_is_said_before_or_after_the_command_or_in_the_environment(
    arguments: tuple[str, ...], environment: str
) -> None:
    result = run(*arguments, LINEABASE_LANG=environment)
    assert "is one argument too many" in result.stderr


@pytest.mark.parametrize("arguments", [("--lang", "tlh"), ("status", "--lang=tlh")])
def test_a_language_that_is_none_is_a_slip(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, "No hay idioma «tlh»" in result.stderr) == (2, True)
    assert run("status", LINEABASE_LANG="tlh").exit_code == 2


def test_the_first_page_loads_no_engine() -> None:
    """What makes `lineabase --help` answer at once: a command's libraries are loaded with the command."""
    code = "import sys; import pipelines.cli.main; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert [name for name in HEAVY if name in said.split()] == []


def test_status_names_a_submission_that_was_laid_in_twice(tmp_path: Path) -> None:
    """The same bytes in two folders, by hand: the second one is not received, and status goes on."""
    home = build.home(tmp_path / "home", build.card())
    for number in (1, 2):
        folder = home.raw / build.COLLECTION / f"{build.RECEIVED}.{number}"
        folder.mkdir()
        (folder / "datos.csv").write_text(build.file(), encoding="utf-8")
    for submission in home.submissions():
        process(home, submission)
    for lang, word in (("es", "no recibido"), ("en", "not received")):
        shown = run("status", "--lang", lang, LINEABASE_HOME=str(home.root))
        assert (shown.exit_code, word in shown.stdout) == (0, True), shown.output


def test_a_screen_without_accents_ends_no_command(tmp_path: Path) -> None:
    """Once the release was in force and `refresh` fell over the í of «Envíos»."""
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    call = [sys.executable, "-m", "pipelines.cli.main", "status"]
    environment = os.environ | bare | {"LINEABASE_HOME": str(tmp_path)}
    done = subprocess.run(call, env=environment, cwd=CHECKOUT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Colecci?n" in done.stdout
