"""`python -m tests.walk FILE COLLECTION`: the modules that a submitted file passes through, in order.

It submits the file to an empty home and follows it by `sys.setprofile`. A module is entered by a hand-over: a
call from another module of the program that has the file among its arguments, as its path, its sheets or its
rows. The object whose method is called is no argument. A return is a hand-over to a module that another one
entered before.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from warehouse.home import CHECKOUT

DAY = "2026-11-30"
ROOMS = ("assets", "lineabase", "pipelines", "schemas", "warehouse")
SHEETS = {"Grid", "Sheet", "Match"}
ROWS = {"Records", "ReadResult", "Scope", "DataFrame", "Table"}
FORMS = ("file", "sheets", "rows")
"""Forms of a file, in the order in which it takes them."""

HandOver = tuple[str, str, str]
"""Form of the file, module that hands it over, module that gets it."""


class Walk:
    """The distinct hand-overs of a file, in their order."""

    def __init__(self, file: Path) -> None:
        self.name = file.name
        self.hand_overs: dict[HandOver, str] = {}

    def profile(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call that hands the file over, for sys.setprofile."""
        module = module_of(frame)
        code = frame.f_code
        if event != "call" or module is None or code.co_name.startswith("<"):
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        values = [frame.f_locals.get(name) for name in names if name not in ("self", "cls")]
        if form := next(filter(None, map(self.form_of, values)), None):
            caller = frame.f_back
            while caller is not None and module_of(caller) is None:
                caller = caller.f_back
            if caller is None or module_of(caller) != module:
                hand_over = (form, str(module_of(caller)) if caller else "", module)
                self.hand_overs.setdefault(hand_over, code.co_name)

    def form_of(self, value: Any) -> str | None:
        """Form of the file that a value is, or a list of such values; None for anything else."""
        if isinstance(value, list | tuple):
            return self.form_of(value[0]) if value and not isinstance(value[0], list | tuple) else None
        if isinstance(value, Path):
            return "file" if value.name == self.name else None
        kind = type(value).__name__
        return "sheets" if kind in SHEETS else "rows" if kind in ROWS else None

    def counts(self, forms: Iterable[str]) -> tuple[int, int]:
        """Number of modules entered by these forms, and of returns."""
        pairs = {(caller, module) for form, caller, module in self.hand_overs if form in forms}
        modules = {module for _, module in pairs}
        return len(modules), len(pairs) - len(modules)


def module_of(frame: FrameType) -> str | None:
    """Module of the program to which a frame belongs; None for a library."""
    path = Path(frame.f_code.co_filename)
    if not path.is_relative_to(CHECKOUT) or (parts := path.relative_to(CHECKOUT).parts)[0] not in ROOMS:
        return None
    return ".".join(parts).removesuffix(".py")


def walk(file: Path, collection: str) -> Walk:
    """Submit the file to an empty home and return its walk. No submission may precede it there."""
    from pipelines.cli.submissions import submit

    file_walk = Walk(file)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LINEABASE_HOME"] = folder
        threading.setprofile(file_walk.profile)
        sys.setprofile(file_walk.profile)
        try:
            submit(file, collection, received=DAY, lang="en")
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
    return file_walk


def main() -> None:
    """Print the hand-overs of a file, then modules and returns by form."""
    file_walk = walk(Path(sys.argv[1]), sys.argv[2])
    for (form, caller, module), function in file_walk.hand_overs.items():
        print(f"{form:7}{caller or 'thread':36} → {module}.{function}")
    for forms in (FORMS[:1], FORMS[:2], FORMS):
        modules, returns = file_walk.counts(forms)
        print(f"{', '.join(forms)}: {modules} modules, {returns} returns")


if __name__ == "__main__":
    main()
