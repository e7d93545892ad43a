"""The measure of the project's English: it counts what it should, and the project is within its goals."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import plain_words

PLAIN = '"""Counts rows."""\n\n\ndef count_rows(rows: list[str]) -> int:\n    """Return their number."""\n    return len(rows)\n'


def measured(root: Path, code: str, page: str = "A short sentence.\n") -> plain_words.Measured:
    (root / "schemas").mkdir()
    (root / "schemas" / "rows.py").write_text(code, encoding="utf-8")
    (root / "docs").mkdir()
    (root / "docs" / "page.md").write_text(page, encoding="utf-8")
    return plain_words.measure(root, ("schemas",))


def test_plain_code_and_pages_are_within_all_goals(tmp_path: Path) -> None:
    assert measured(tmp_path, PLAIN).above() == {}


@pytest.mark.parametrize(
    ("code", "figure"),
    [
        (PLAIN.replace("Counts rows.", "What rows there are."), "what"),
        (PLAIN.replace("Counts rows.", "Whether rows are there."), "openings_percent"),
        (
            PLAIN.replace("rows: list[str]", "told: list[str]").replace("len(rows)", "len(told)"),
            "bare_names_percent",
        ),
        (
            PLAIN
            + "".join(f"\n\ndef {name}() -> None:\n    pass\n" for name in ("told", "said", "kept", "of_")),
            "bare_functions",
        ),
    ],
)
def test_each_habit_is_measured(tmp_path: Path, code: str, figure: str) -> None:
    assert figure in measured(tmp_path, code).above()


def test_a_long_sentence_is_measured_and_a_table_is_not(tmp_path: Path) -> None:
    long = "word " * 31
    assert measured(tmp_path, PLAIN, f"{long}end.\n").above() == {"long_sentences_percent": 8.0}
    assert plain_words._of_pages(tmp_path, []) != {"long_sentences_percent": 0.0}
    (tmp_path / "docs" / "page.md").write_text(f"| {long} |\n|---|\n", encoding="utf-8")
    assert plain_words._of_pages(tmp_path, []) == {"long_sentences_percent": 0.0}
