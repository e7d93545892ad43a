"""docs/findings.{es,en}.md: every way to be bad, with its fate and what is said. Rendered, never edited.

    python -m tests.bad_input.render

From schemas/rules.toml, schemas/words, warehouse/gate/questions.toml and the cases, each run through the real steps.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from schemas.cards.format_card import read_card
from schemas.findings import LANGUAGES, Finding, rules
from schemas.grammar import CardError
from tests.bad_input import build
from tests.bad_input.cases import CARDS, CASES, Case
from tests.bad_input.held import HELD, held
from tests.bad_input.older import OLDER, remark
from tests.bad_input.outcomes import refusals, spoilt
from tests.bad_input.test_harmless import CSV, XLSX
from warehouse.gate import questions
from warehouse.home import CHECKOUT
from warehouse.home.step_results import ROW_STATUSES

TITLES = tomllib.loads(Path(__file__).with_name("titles.toml").read_text(encoding="utf-8"))
WORDS = {
    "es": {
        "title": "Todo lo que puede venir mal, y qué se hace con ello",
        "intro": """Esta página se genera de `schemas/rules.toml`, `warehouse/gate/questions.toml` y los casos de prueba
(`python -m tests.bad_input.render`); no se edita a mano. Cada renglón es un archivo de prueba: pasó por los pasos
reales y el mensaje es el que recibe quien lo envía, con su celda. Ninguna fila se pierde: la columna «filas» dice
cuántas quedaron aceptadas / en cuarentena / fuera del alcance / solo comprobadas / de diseño. Mientras un archivo no
se acepte, sigue vigente el anterior, byte por byte.""",
        "refuse": "Archivo rehusado: no se guarda nada de él, salvo la regla y su huella",
        "file": "Archivo rechazado: se guarda, y sigue vigente el envío anterior",
        "hold": "Archivo retenido: se guarda y espera; sigue vigente el envío anterior hasta que se confirme",
        "row": "Fila en cuarentena: las demás se aceptan (o se rechaza el archivo, si la ficha lo dice)",
        "none": "Advertencia: todo se acepta, y se dice",
        "older": "Archivo que parece anterior a lo vigente: se acepta, y se dice",
        "series": """Lo que se ve en la serie vigente y el envío juntos, o en el libro (`tests/test_series_judging.py`,
`tests/test_office_slips.py`). Lo claro retiene el archivo; con `_asked` y las demás advertencias se acepta, y el período
queda en duda hasta que alguien responda:""",
        "cards": "Fichas que no se pueden usar: no se recibe nada por ellas",
        "gate": "Entre envíos y en lo construido: las preguntas de la puerta",
        "gate_intro": "Lo que debe cumplirse antes de publicar. Si no se cumple:",
        "harmless": "Lo que parece raro y se lee bien, sin una palabra",
        "case": "caso", "rule": "regla", "where": "dónde", "message": "mensaje", "rows": "filas",
        "fate": "si no se cumple", "refused": "no se publica", "said": "se publica y se dice",
        "row_n": "fila", "file_of": "el archivo de siempre",
        "elsewhere": "Un defecto del programa nunca detiene a los demás archivos:",
        "damaged": "Un archivo que cambió después de recibirse no se lee:",
        "slow_file": "Un archivo que toma más tiempo del que hay para uno se detiene:",
        "no_figure": "Una respuesta de un país a una cifra que la publicación vigente no tiene:",
        "slow_pattern": "Un patrón de una ficha que tarda demasiado también se detiene:",
    },
    "en": {
        "title": "Every way to be bad, and what becomes of it",
        "intro": """This page is rendered from `schemas/rules.toml`, `warehouse/gate/questions.toml` and the test cases
(`python -m tests.bad_input.render`); it is not edited. Each line is a test file that went through the real steps; the
message is the one its sender gets, with its cell. No row is lost: column “rows” says how many were accepted /
quarantined / out of scope / only checked / layout. Until a file is accepted the one before stays in force, byte for
byte.""",
        "refuse": "File refused: nothing of it is kept but the rule and its hash",
        "file": "File rejected: it is kept, and the submission before stays in force",
        "hold": "File held: it is kept and waits; the submission before stays in force until it is confirmed",
        "row": "Row quarantined: the others are accepted (or the file rejected, where the card says so)",
        "none": "Warning: all is accepted, and something is said",
        "series": """What shows in the series in force and the delivery together, or in the workbook
(`tests/test_series_judging.py`, `tests/test_office_slips.py`). Clear cases hold the file; with `_asked` and the other
warnings it is accepted, and the period is under question until somebody answers:""",
        "older": "A file that seems older than what is in force: it is accepted, and something is said",
        "cards": "Cards that cannot be used: nothing is received under them",
        "gate": "Between submissions and in what is built: the gate's questions",
        "gate_intro": "What must hold before a release. If it does not:",
        "harmless": "What looks odd and is read rightly, without a word",
        "case": "case", "rule": "rule", "where": "where", "message": "message", "rows": "rows",
        "fate": "if it does not hold", "refused": "nothing is released", "said": "released, and said",
        "row_n": "row", "file_of": "the usual file",
        "elsewhere": "A defect of the program never stops the other files:",
        "damaged": "A file that changed after it was received is not read:",
        "slow_file": "A file that takes more time than there is for one is stopped:",
        "no_figure": "A country's reply to a figure that the release in force does not have:",
        "slow_pattern": "A card's pattern that takes too long is stopped, too:",
    },
}  # fmt: skip


def path(lang: str) -> Path:
    """Where the page of a language stands."""
    return CHECKOUT / "docs" / f"findings.{lang}.md"


def title(name: str, lang: str) -> str:
    """What a case is called in that language."""
    return TITLES[name] if lang == "es" else name


NO_FIGURE = Finding(
    "no_such_figure", column_name="Año o edición", cell="D2", value="1999", expected="2014, 2015"
)


def page(lang: str) -> str:
    """The whole page."""
    say = WORDS[lang]
    order = {rule: n for n, rule in enumerate(rules())}
    cases = sorted(CASES, key=lambda case: order[case.rule])
    parts = [f"# {say['title']}", say["intro"]]
    slow = Finding("file_too_slow", expected="300 s").message(lang)
    parts += [f"## {say['refuse']}", _refused(lang), say["slow_file"], f"> `file_too_slow` {slow}"]
    parts += [say["no_figure"], f"> `no_such_figure` {NO_FIGURE.message(lang)}"]
    for fate in ("file", "row", "none"):
        parts += [f"## {say[fate]}", _of_fate([c for c in cases if rules()[c.rule].fate == fate], lang)]
        if fate == "file":
            failed = Finding("step_failed", value="records: ZeroDivisionError")
            parts += [say["elsewhere"], f"> `step_failed` {failed.message(lang)}"]
            changed = Finding("bytes_changed").message(lang)
            parts += [say["damaged"], f"> `bytes_changed` {changed}"]
            slow = Finding("pattern_too_slow", value="1" * 34 + "x", expected=r"(?P<period>(\d+)+)")
            parts += [say["slow_pattern"], f"> `pattern_too_slow` {slow.message(lang)}"]
            parts += [f"## {say['hold']}", _held(lang), say["series"], _elsewhere(lang)]
    parts += [f"## {say['older']}", _older(lang)]
    parts += [f"## {say['gate']}", say["gate_intro"], _gate(lang)]
    parts += [f"## {say['cards']}", _cards(lang)]
    odd = [f"- {say['file_of']} {title(name, lang)}" for name in (*CSV, *XLSX)]
    parts += [f"## {say['harmless']}", "\n".join(odd)]
    return "\n\n".join(parts) + "\n"


def _refused(lang: str) -> str:
    rows = [[title(name, lang), f"`{f.rule}`", f.message(lang)] for name, f in refusals().items()]
    return _table(["case", "rule", "message"], rows, lang)


def _held(lang: str) -> str:
    rows = [[title(c.id, lang), f"`{f.rule}`", f.message(lang)] for c in HELD for f in held(c)]
    return _table(["case", "rule", "message"], rows, lang)


YEAR = "CRI · victims_detected · 2024"
SERIES = {
    "level_unlike_past": (YEAR, "831", "66"),
    "sums_to_date": (YEAR, "95", "230"),
    "period_copied": (YEAR, "", "2023"),
    "zeros_at_the_end": (YEAR, "2", "18"),
    "category_missing": (YEAR, "HND", "33"),
    "parts_of_hundred": (YEAR, "sex", "3"),
    "value_unlike_in_force": (f"{YEAR} · M", "48215 → 4821", None),
    "categories_exchanged_in_force": (YEAR, "12", None),
    "periods_exchanged_in_force": (YEAR, "4", None),
    "rows_missing": ("CRI", "4", "90"),
    "period_revised": (YEAR, "38", "38"),
    "year_missing": (YEAR, "2023", ""),
    "categories_exchanged": (YEAR, "F", "M"),
    "country_unlike_file": ("PAN", "1", "CRI"),
    "answer_differs": ("USA · victims_detected · 2024", "Personas", "clients"),
    "answer_not_kept": (None, "level", None),
    "note_limits_figure": ("Nota", "acumulado enero–junio", None),
    "code_confused": ("NER", "265", "NIC"),
    "countries_exchanged": ("HND", "8", "CRI"),
    "total_among_summed": ("depto", "Total", None),
    "heavy_new_label": ("depto", "Varios", None),
    "other_equals_foreigners": ("GTM · victims_detected", "56", None),
    "other_equals_sexes": ("GTM · victims_detected", "45", None),
    "blank_among_filled": ("citizenship", "", None),
    "number_format": (None, "0%", None),
    "struck_through": (None, "3", None),
    "stale_sum": (None, "95", "83"),
    "sheet_copied": (None, "2023 (2)", None),
    "formula_without_result": ("value", "=SUM(D2:D3)", None),
}
"""Rules that need a series, a card or a workbook of their own, and an example of what they say."""


def _elsewhere(lang: str) -> str:
    rows = []
    for name, (where, value, expected_text) in SERIES.items():
        for rule in [r for r in (name, f"{name}_asked") if r in rules()]:
            sheet, cell = ("datos", "D3") if where is None else (None, "B12")
            finding = Finding(rule, sheet, None, where, cell, value, expected_text)
            rows.append([f"`{rule}`", finding.message(lang)])
    return _table(["rule", "message"], rows, lang)


def _older(lang: str) -> str:
    rows = [[title(c.id, lang), f"`{c.rule}`", remark(c).message(lang)] for c in OLDER]
    return _table(["case", "rule", "message"], rows, lang)


def _of_fate(cases: Iterable[Case], lang: str) -> str:
    return _table(["case", "rule", "where", "message", "rows"], [_line(case, lang) for case in cases], lang)


def _line(case: Case, lang: str) -> list[str]:
    made = spoilt(case)
    finding = next(f for f in made.findings if f.rule == case.rule)
    hint = f" → {finding.suggestion}" if finding.suggestion else ""
    rows = " / ".join(str(made.rows[fate]) for fate in ROW_STATUSES)
    return [title(case.id, lang), f"`{case.rule}`", _where(finding, lang), finding.message(lang) + hint, rows]


def _where(finding: Finding, lang: str) -> str:
    row = f"{WORDS[lang]['row_n']} {finding.source_row}" if finding.source_row else ""
    return " · ".join(filter(None, [finding.sheet, finding.cell or row]))


def _gate(lang: str) -> str:
    say = WORDS[lang]
    rows = [[q.words.render(lang), f"`{q.id}`", say["refused" if q.refuses else "said"]] for q in questions()]
    return _table(["message", "rule", "fate"], rows, lang)


def _cards(lang: str) -> str:
    return _table(
        ["case", "message"], [[title(n, lang), _said(text, lang)] for n, (text, _) in CARDS.items()], lang
    )


def _said(card: str, lang: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        place = build.write(Path(folder), card, "format.toml")
        try:
            read_card(place)
        except CardError as error:
            return error.render(lang).splitlines()[0].replace(f"{folder}/", "")
    raise AssertionError("nothing was wrong with the card")


def _table(heads: list[str], rows: Iterable[list[str]], lang: str) -> str:
    names = [WORDS[lang][head] for head in heads]
    lines = [names, ["---"] * len(names), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    for mark in "|<":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def write(say: Callable[[str], object] = print) -> None:
    """Write the pages."""
    for lang in LANGUAGES:
        path(lang).write_text(page(lang), encoding="utf-8")
        say(str(path(lang)))


if __name__ == "__main__":
    write()
