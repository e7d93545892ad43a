"""Where the functions of POSIX systems are missing, as on Windows: checking, the steward's page and reading work, the rest is refused by name.

The system is simulated: a process in which modules, functions and signals that Windows lacks are gone. It was never tried on Windows itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_input import build
from tests.test_deciding import make_asking
from warehouse.home import Home

MISSING = """
import os, signal, socket, sys

for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "register_at_fork", "killpg", "getpgid", "setsid", "getuid", "geteuid", "getgid", "chown", "fchmod", "fchown",
             "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "statvfs", "mkfifo", "sched_getaffinity", "pread", "pwrite"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGALRM", "SIGXCPU", "SIGXFSZ", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGQUIT", "alarm", "setitimer"):
    if hasattr(signal, name):
        delattr(signal, name)
for name in ("send_fds", "recv_fds"):
    if hasattr(socket, name):
        delattr(socket, name)

opens, syncs = os.open, os.fsync

def opened(path, flags, *more, **named):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return opens(path, flags, *more, **named)

os.open = opened

import warehouse.home.durable as durable
durable.CAN_SYNC_FOLDERS = False
"""
"""What a process of Windows has not; a folder cannot be opened there."""
COMMAND = (
    "from pipelines.cli.main import main\nimport sys\nsys.argv = ['lineabase', *{arguments!r}]\nmain()\n"
)


def run(home: Home, *arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    text = MISSING + (script or COMMAND.format(arguments=arguments))
    environment = os.environ | {"LINEABASE_HOME": str(home.root), "COLUMNS": "400"}
    ended = subprocess.run(
        [sys.executable, "-c", text],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_asking(tmp_path_factory.mktemp("asking") / "home")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "is_book"), [("datos.csv", False), ("datos.xlsx", True)])
def test_a_file_is_checked(name: str, is_book: bool, tmp_path: Path) -> None:
    """Workbooks are read in a process started for each."""
    home = build.home(
        tmp_path / "home", build.card(('type = "csv"', 'type = "xlsx"')) if is_book else build.BASE
    )
    content = build.workbook() if is_book else build.file()
    ended = run(home, "check", str(build.write(tmp_path, content, name)), "--collection", build.COLLECTION)
    assert (ended.returncode, "aceptadas 3" in ended.stdout) == (0, True), ended


@pytest.mark.slow
def test_a_damaged_workbook_is_refused_there_too(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", build.card(('type = "csv"', 'type = "xlsx"')))
    broken = build.workbook()[:2000]
    file = str(build.write(tmp_path, broken, "datos.xlsx"))
    ended = run(home, "check", file, "--collection", build.COLLECTION, "--json")
    assert (ended.returncode, json.loads(ended.stdout)["findings"][0]["rule"]) == (1, "not_searchable")


BY_THE_PAGE = """
import re
from starlette.testclient import TestClient
from pipelines.desk.access import Access
from pipelines.desk.app import application
from warehouse.home import Home

if __name__ == "__main__":
    access = Access()
    page = TestClient(application(Home.default(), access), base_url="http://127.0.0.1")
    said = page.get(f"/?token={{access.new_token()}}").text
    def form(said, path, files=None, **fields):
        csrf = re.search(r'name="csrf" value="(\\w+)"', said)[1]
        return page.post(path, data={{"csrf": csrf, **fields}}, files=files).text
    with open({file!r}, "rb") as sent:
        said = form(said, "/", files={{"file": ("datos.xlsx", sent.read())}})
    path = re.search(r'action="([^"]+/hand-in)"', said)[1]
    said = form(said, path, office="Estadística")
    print("recibo" if "/withdraw" in said else said)
    for path in ("/standing", "/questions", "/release", "/new", "/template?collection=DEMO/victimas"):
        print(path, page.get(path).status_code)
"""


@pytest.mark.slow
def test_the_steward_s_page_answers_and_takes_a_file(tmp_path: Path) -> None:
    home = build.home(tmp_path / "home", build.card(('type = "csv"', 'type = "xlsx"')))
    file = build.write(tmp_path, build.workbook(), "datos.xlsx")
    ended = run(home, script=BY_THE_PAGE.format(file=str(file)))
    told = [
        f"{path} 200"
        for path in ("/standing", "/questions", "/release", "/new", "/template?collection=DEMO/victimas")
    ]
    assert ended.stdout.split("\n")[:-1] == ["recibo", *told], ended
    (kept,) = home.submissions()
    assert not kept.admission_state.is_waiting


@pytest.mark.slow
def test_a_release_is_read(asking: Path) -> None:
    script = (
        "from lineabase import Warehouse\nwith Warehouse.open() as release:\n"
        "    print(len(release.query('SELECT * FROM baseline.indicator_values')) > 0)\n"
    )
    assert run(Home(asking), script=script).stdout == "True\n"
    assert run(Home(asking), "questions").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", [("refresh",), ("ui",)])
def test_what_needs_a_posix_system_is_refused_by_name(
    command: tuple[str, ...], asking: Path, tmp_path: Path
) -> None:
    shutil.copytree(asking, tmp_path / "home")
    ended = run(Home(tmp_path / "home"), *command)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert f"«{command[0]}» no funciona en este sistema" in ended.stderr
