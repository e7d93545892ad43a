"""LibreOffice for tests, without a window: it opens a file, types into cells as a person does, and saves. Nothing is asserted here.

It is optional: Debian's package `libreoffice-calc`. It is driven by a macro of its own profile, since Debian's package for Python speaks
another version of Python than a virtual environment does.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

SOFFICE = shutil.which("soffice")
MISSING = "" if SOFFICE else "LibreOffice is not installed: apt-get install libreoffice-calc"
SECONDS = 120

Typed = Mapping[tuple[str, str], str]
"""What is typed into a cell, by sheet and address."""


@dataclass(frozen=True)
class Kind:
    """A choice of the dialogue "Save as": the ending, LibreOffice's name of it, and of a text how it is written."""

    ending: str
    filter: str
    options: str = ""


def _text(delimiter: str, encoding: int, language: int, sheet: int = 0) -> Kind:
    """A text of the sheet with that number: delimiter, quotes, encoding, and the language of its numbers."""
    told = (ord(delimiter), 34, encoding, 1, "", language, "false", "true", "false", "false", "false", sheet)
    return Kind("csv", "Text - txt - csv (StarCalc)", ",".join(map(str, told)))


_WINDOWS, _UTF8 = 1, 76
_ENGLISH, _SPANISH = 1033, 3082
WORKBOOKS = {
    "xlsx": Kind("xlsx", "Calc MS Excel 2007 XML"),
    "ods": Kind("ods", "calc8"),
    "xls": Kind("xls", "MS Excel 97"),
}


def texts(sheet: int = 0) -> dict[str, Kind]:
    """Texts as people save them, by what they are called."""
    return {
        "csv, commas, UTF-8": _text(",", _UTF8, _ENGLISH, sheet),
        "csv, commas, Windows": _text(",", _WINDOWS, _ENGLISH, sheet),
        "csv, semicolons, UTF-8": _text(";", _UTF8, _SPANISH, sheet),
        "csv, semicolons, Windows": _text(";", _WINDOWS, _SPANISH, sheet),
    }


class Office:
    """LibreOffice with a profile of its own, for numbers as a place writes them."""

    def __init__(self, profile: Path, locale: str = "en-US") -> None:
        self.profile = profile
        self._run("--terminate_after_init")  # a new profile overwrites the macros that it finds
        settings = profile / "user" / "registrymodifications.xcu"
        told = f"{_LOCALE.format(locale=locale)}\n</oor:items>"
        settings.write_text(settings.read_text("utf-8").replace("</oor:items>", told), encoding="utf-8")
        library = profile / "user" / "basic" / "Standard"
        (library / "Filling.xba").write_text(_MODULE, encoding="utf-8")
        listed = library / "script.xlb"
        element = ' <library:element library:name="Filling"/>\n</library:library>'
        listed.write_text(listed.read_text("utf-8").replace("</library:library>", element), encoding="utf-8")

    def save(self, file: Path, target: Path, kind: Kind, typed: Typed | None = None) -> Path:
        """Open a file, type into cells, and save it as another."""
        lines = [f"{sheet}\t{cell}\t{text}\n" for (sheet, cell), text in (typed or {}).items()]
        with TemporaryDirectory() as folder:
            (Path(folder) / "typed").write_text("".join(lines), encoding="utf-8")
            urls = (file.as_uri(), (Path(folder) / "typed").as_uri(), target.as_uri())
            told = ",".join(f'"{text}"' for text in (*urls, kind.filter, kind.options))
            self._run(f"macro:///Standard.Filling.Fill({told})")
        for named in target.parent.glob(f"{target.stem}-*{target.suffix}"):  # a text bears its sheet's name
            named.rename(target)
        if not target.is_file():
            raise OSError(f"LibreOffice wrote no {target.name}.")
        return target

    def _run(self, asked: str) -> None:
        call = [str(SOFFICE), "--headless", "--norestore", f"-env:UserInstallation={self.profile.as_uri()}"]
        subprocess.run(
            [*call, asked],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            start_new_session=True,
        )


_LOCALE = """<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop></item>"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Filling" script:language="StarBasic">
Sub Fill(oSource As String, oTyped As String, oTarget As String, oFilter As String, oOptions As String)
  On Error GoTo Failed
  Dim oHidden(0) As New com.sun.star.beans.PropertyValue
  oHidden(0).Name = "Hidden"
  oHidden(0).Value = True
  oBook = StarDesktop.loadComponentFromURL(oSource, "_blank", 0, oHidden())
  oFiles = createUnoService("com.sun.star.ucb.SimpleFileAccess")
  oReader = createUnoService("com.sun.star.io.TextInputStream")
  oReader.setInputStream(oFiles.openFileRead(oTyped))
  oReader.setEncoding("UTF-8")
  Do While Not oReader.isEOF()
    oTold = oReader.readLine()
    If oTold &lt;&gt; "" Then
      oParts = Split(oTold, Chr(9))
      oCell = oBook.Sheets.getByName(oParts(0)).getCellRangeByName(oParts(1))
      oCell.FormulaLocal = oParts(2)
    End If
  Loop
  oReader.closeInput()
  Dim oSaving(1) As New com.sun.star.beans.PropertyValue
  oSaving(0).Name = "FilterName"
  oSaving(0).Value = oFilter
  oSaving(1).Name = "FilterOptions"
  oSaving(1).Value = oOptions
  oBook.storeToURL(oTarget, oSaving())
  oBook.close(True)
Failed:
  StarDesktop.terminate()
End Sub
</script:module>
"""
