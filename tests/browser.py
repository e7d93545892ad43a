"""A real browser for tests: Chromium, headless, spoken to through its own protocol. Nothing is asserted here.

Both are optional: Chromium is a package of Debian (`chromium`), axe-core of npm. Where they are absent, or
`LINEABASE_AXE` does not say where axe.min.js lies, the tests are skipped and say so.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from websockets.sync.client import ClientConnection, connect

from warehouse.home import CHECKOUT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = Path(os.environ.get("LINEABASE_AXE") or CHECKOUT / "node_modules" / "axe-core" / "axe.min.js")
MISSING = ", ".join(n for n, there in (("chromium", CHROMIUM), ("axe-core", AXE.is_file())) if not there)
SECONDS = 30.0


class Tab:
    """One page of the browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.numbers = socket, count(1)
        self.asked: list[str] = []
        self.complained: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask something of the browser; what it answered."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv(timeout=SECONDS))
            if told.get("method") == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            self._note(told)
            if told.get("id") == number:
                assert "error" not in told, told
                return dict(told["result"])

    def _note(self, told: dict[str, Any]) -> None:
        """Keep what the console would show in red: errors and warnings, of a script or of the browser."""
        facts = told.get("params", {})
        match told.get("method"):
            case "Runtime.exceptionThrown":
                self.complained.append(str(facts["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if facts["type"] in ("error", "warning", "assert"):
                self.complained.append(str(facts["args"]))
            case "Log.entryAdded" if facts["entry"]["level"] in ("error", "warning"):
                self.complained.append(str(facts["entry"]))

    def sized(self, width: int, height: int = 900) -> None:
        """A screen of that width."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def run(self, script: str) -> Any:
        """What a script answers in the page; a promise is waited for."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def open(self, address: str) -> None:
        """Open an address, and wait until it is there."""
        self.run("document.documentElement.dataset.old = 1")
        self.call("Page.navigate", url=address)
        self.arrived()

    def arrived(self) -> None:
        """Wait for another page than the one that was marked as old."""
        until = monotonic() + SECONDS
        while monotonic() < until:
            try:
                if self.run("document.readyState === 'complete' && !document.documentElement.dataset.old"):
                    return
            except AssertionError:  # between two pages
                pass
            sleep(0.05)
        raise TimeoutError(self.run("location.href"))

    def key(self, name: str, code: int, text: str = "") -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **more)

    def tab_to(self, selector: str, most: int = 80) -> None:
        """Press Tab until something has the focus."""
        for _ in range(most):
            if self.run(f"document.activeElement.matches({json.dumps(selector)})"):
                return
            self.key("Tab", 9)
        raise AssertionError(f"No key leads to {selector}.")

    def type(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def enter(self) -> None:
        """Press Enter, and wait for the page that follows."""
        self.run("document.documentElement.dataset.old = 1")
        self.key("Enter", 13, "\r")
        self.arrived()

    def choose_file(self, selector: str, path: Path) -> None:
        """Give a file to a field, as its dialogue would."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def pick(self, value: str, most: int = 80) -> None:
        """Press the arrow down in a list until a choice is chosen."""
        for _ in range(most):
            if self.run("document.activeElement.value") == value:
                return
            self.key("ArrowDown", 40)
        raise AssertionError(f"No key leads to the choice {value}.")

    def downloads_into(self, folder: Path) -> None:
        """Where files that the page gives away are laid."""
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def download(self, folder: Path) -> Path:
        """Press Enter, and wait for the file that the page gives away."""
        there = set(folder.iterdir())
        self.key("Enter", 13, "\r")
        until = monotonic() + SECONDS
        while monotonic() < until:
            found = [path for path in folder.iterdir() if path not in there]
            if found and not found[0].name.endswith(".crdownload"):
                return found[0]
            sleep(0.05)
        raise TimeoutError(self.text())

    def text(self) -> str:
        """What a person reads on the page."""
        return str(self.run("document.body.innerText"))

    def overflows(self) -> bool:
        """Whether the page is wider than the screen."""
        return bool(self.run("document.documentElement.scrollWidth > innerWidth"))

    def axe(self) -> list[str]:
        """What axe finds: rule, and the places. The one rule of WCAG 2.2 that axe leaves off is on."""
        self.call("Page.setBypassCSP", enabled=True)
        self.run(AXE.read_text(encoding="utf-8") + ";0")
        found = self.run(
            "axe.run({rules: {'target-size': {enabled: true}}}).then(r => r.violations.map(v => [v.id, ...v.nodes.map(n => n.html)].join(' | ')))"
        )
        return list(found)

    def screen(self) -> bytes:
        """What is on the screen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def picture(self, path: Path) -> None:
        """Save the whole page as a picture."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def tab(kept: Path | None = None) -> Iterator[Tab]:
    """A page of a browser that knows nothing yet; what it keeps lies in that folder, or nowhere afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as thrown_away:
        folder = kept or thrown_away
        call = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        call += ["--disable-dev-shm-usage", f"--user-data-dir={folder}", "--lang=es", "about:blank"]
        with subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
            try:
                yield from _connected(process)
            finally:
                process.terminate()


def _connected(process: subprocess.Popen[str]) -> Iterator[Tab]:
    assert process.stderr is not None
    found = next(filter(None, (re.search(r"ws://\S+", line) for line in process.stderr)))
    with connect(found[0], max_size=None) as browser:
        browser.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
        while (told := json.loads(browser.recv(timeout=SECONDS))).get("id") != 1:
            pass
        page = next(t["targetId"] for t in told["result"]["targetInfos"] if t["type"] == "page")
    port = re.search(r":(\d+)/", found[0])
    assert port
    with connect(f"ws://127.0.0.1:{port[1]}/devtools/page/{page}", max_size=None) as socket:
        yield Tab(socket)
