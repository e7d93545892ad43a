"""Messages name the cause once, codes in words, and the remedy where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_sheets_of_offices import sent
from tests.test_sums_in_table import HEAD as WITH_COMPLETE_TABLE

HEAD = WITH_COMPLETE_TABLE.replace('exhaustive = ["citizenship"]\n', "")
STATES = HEAD + (
    'key = ["año"]\n[format.columns]\n"año" = { role = "period" }\n'
    'estado = { sum_over = "the state" }\nn = { role = "value" }\n'
)


def table(states: int, years: int) -> str:
    rows = [f"{2000 + y},Estado {s},{s + y + 1}" for y in range(years) for s in range(states)]
    return "\n".join(["año,estado,n", *rows]) + "\n"


@pytest.mark.parametrize(("states", "years"), [(32, 3), (2, 12), (7, 20)])
def test_a_key_that_is_too_short_is_said_once(states: int, years: int, tmp_path: Path) -> None:
    outcome, _ = sent(tmp_path, table(states, years), STATES)
    (finding,) = [
        f for f in outcome.findings if f.rule in ("key_names_no_row", "duplicate_key", "repeated_row")
    ]
    rows = str(states * years)
    assert (finding.rule, finding.column_name, finding.value, finding.expected) == (
        "key_names_no_row",
        "año",
        rows,
        rows,
    )
    assert "sum_over" in finding.message("en")


def test_a_few_rows_of_one_key_are_said_one_by_one(tmp_path: Path) -> None:
    text = table(1, 30) + "2003,Estado 9,5\n2004,Estado 9,9\n"
    outcome, _ = sent(tmp_path, text, STATES)
    assert [f.rule for f in outcome.findings if f.rule.endswith("_key")] == ["duplicate_key"] * 4


def test_the_key_of_the_guide_reads_the_same_file(tmp_path: Path) -> None:
    outcome, values = sent(tmp_path, table(32, 3), STATES.replace('key = ["año"]', 'key = ["año", "estado"]'))
    assert [f for f in outcome.findings if f.severity == "error"] == []
    assert sorted(values["value_low"]) == [sum(s + y + 1 for s in range(32)) for y in range(3)]


@pytest.mark.parametrize(
    ("column", "text", "es", "en"),
    [
        ("sexo", "Féminas y varones", "Mujer", "Female"),
        ("edad", "la quinta década", "0", "0"),
        ("forma", "cosas malas", "Explotación", "exploitation"),
    ],
)
def test_codes_are_said_in_words(column: str, text: str, es: str, en: str, tmp_path: Path) -> None:
    role = {"sexo": "sex", "edad": "age_group", "forma": "exploitation"}[column]
    card = HEAD + (
        f'key = ["año", "{column}"]\n[format.columns]\n"año" = {{ role = "period" }}\n'
        f'{column} = {{ role = "{role}" }}\nn = {{ role = "value" }}\n'
    )
    outcome, _ = sent(tmp_path, f"año,{column},n\n2019,,5\n2020,{text},6\n", card)
    finding = next(f for f in outcome.findings if f.value == text)
    for lang, word in (("es", es), ("en", en)):
        message = finding.message(lang)
        assert word.lower() in message.lower()
        assert "_T" not in message
        assert "_U" not in message
