"""`lineabase laws check`: which cells' evidence the text of a law contains, and which no longer. All texts are made up."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

from assets.evidence.quotations import LawText, Match
from pipelines.cli.app import app
from tests.conftest import accept, release
from tests.published.publishers import csv_rows
from tests.test_desk import Opened, opened  # noqa: F401
from tests.test_records import handed_in
from warehouse.home import Home

LAW = (
    "Artículo 1. Quien capte, transporte o reciba a una per-\nsona mediante engaño será san\u00adcionado\n"
    "con prisión de ocho a  quince años.\nArtículo 2.— El consentimiento «de la víctima» no exime.\n"
    "Article 3. Self-\nassessment of co-operation is (a) due."
)


@pytest.mark.parametrize(
    ("quotation", "expected"),
    [
        ("Quien capte, transporte o reciba a una persona mediante engaño", Match.CONTAINED),  # a divided word
        ("será sancionado con prisión de ocho a quince años", Match.CONTAINED),  # soft hyphen, spaces, lines
        ('El consentimiento "de la víctima" no exime', Match.CONTAINED),  # quotation marks
        ("Quien capte … a una persona … ocho a quince años", Match.CONTAINED),  # words left out
        ("Quien capte [...] mediante engaño", Match.CONTAINED),
        ("(a) due", Match.CONTAINED),
        ("sera sancionado con prision de ocho a quince anos", Match.NEAR),  # accents
        ("QUIEN CAPTE TRANSPORTE O RECIBA", Match.NEAR),  # capitals and commas
        ("Self-assessment of cooperation", Match.NEAR),  # hyphens within words
        ("prisión de seis a quince años", Match.ABSENT),  # the number changed
        ("ocho a quince año", Match.ABSENT),  # a part of a word
        ("engaño … Quien capte", Match.ABSENT),  # the parts do not follow each other
        ("…", Match.ABSENT),
        ("—", Match.ABSENT),
    ],
)
def test_a_quotation_is_contained_near_or_absent(quotation: str, expected: Match) -> None:
    assert LawText(LAW).search(quotation) == expected


EVIDENCE = (
    "country,element,law,article,quote\n"
    "HND,tip_5_1,Ley inventada 1,1,Quien capte … ocho a quince años\n"
    "HND,tip_3b,Ley inventada 1,2,el consentimiento «de la victima» no exime\n"
    "GTM,tip_5_1,Decreto inventado 2,7,Palabras de otra ley\n"
    "GTM,tip_5_2a,Decreto inventado 2,8,\n"
)


def checked(
    folder: Path, text: str, *options: str, name: str = "ley.txt", evidence: str = EVIDENCE
) -> Result:
    law, table = folder / name, folder / "evidencia.csv"
    law.write_text(text, encoding="utf-8")
    table.write_text(evidence, encoding="utf-8")
    return CliRunner().invoke(app, ("laws", "check", str(law), "--evidence", str(table), *options))


def matches(result: Result) -> list[tuple[int, str]]:
    return [(cell["row"], cell["match"]) for cell in json.loads(result.output)["cells"]]


def test_the_cells_of_the_laws_in_the_text_are_answered(tmp_path: Path) -> None:
    told = checked(tmp_path, LAW, "--json")
    assert (told.exit_code, matches(told)) == (0, [(2, "contained"), (3, "near")])
    changed = checked(tmp_path, LAW.replace("quince", "veinte"), "--json")
    assert (changed.exit_code, matches(changed)) == (1, [(2, "absent"), (3, "near")])
    assert "Quien capte" not in changed.output


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_text_without_any_evidence_is_no_success(tmp_path: Path, lang: str) -> None:
    told = checked(tmp_path, "Nada de eso.", "--lang", lang)
    assert told.exit_code == 1
    assert "--law" in told.output
    named = checked(tmp_path, "Nada de eso.", "--law", "decreto INVENTADO", "--json")
    assert (named.exit_code, matches(named)) == (1, [(4, "absent")])
    of_country = checked(tmp_path, "Nada de eso.", "--law", "inventad", "--country", "Honduras", "--json")
    assert matches(of_country) == [(2, "absent"), (3, "absent")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ley.html", f"<html><head><title>x</title><style>p {{}}</style></head><p>{LAW.replace('engaño', '<b>enga&ntilde;o</b>')}</p></html>"),
        ("ley.xml", f"<Body><Section><Text>{LAW}</Text></Section></Body>"),
        ("ley.txt", "\ufeff" + LAW.replace("\n", "\r\n")),
    ],
)  # fmt: skip
def test_a_page_is_read_as_its_text(tmp_path: Path, name: str, text: str) -> None:
    assert matches(checked(tmp_path, text, "--json", name=name)) == [(2, "contained"), (3, "near")]


def test_a_hidden_part_of_a_page_is_no_evidence(tmp_path: Path) -> None:
    text = f"<html><body><script>var x = '{LAW}'</script><p>Otra cosa.</p></body></html>"
    assert checked(tmp_path, text, name="ley.html").exit_code == 1


@pytest.mark.parametrize(
    ("evidence", "name", "told"),
    [
        (EVIDENCE.replace("quote", "comment"), "ley.txt", "quote"),
        (EVIDENCE.replace("country,", "state,"), "ley.txt", "country"),
        (EVIDENCE, "ley.pdf", "pdftotext"),
        (EVIDENCE, "ley.doc", ".docx"),
        (EVIDENCE, "ley.docx", ".txt"),  # a text that is named as a document
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, evidence: str, name: str, told: str) -> None:
    result = checked(tmp_path, LAW, evidence=evidence, name=name)
    assert result.exit_code == 2
    assert told in result.output + (result.stderr or "")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 Quien capte", b"PK\x03\x04", b"{\\rtf1 Quien capte", b"\xd0\xcf\x11\xe0"]
)
def test_what_is_no_text_is_refused_whatever_its_name(tmp_path: Path, content: bytes) -> None:
    """Searched as text, such a file would say that no evidence is left."""
    (tmp_path / "ley.txt").write_bytes(content)
    (tmp_path / "evidencia.csv").write_text(EVIDENCE, encoding="utf-8")
    asked = ("laws", "check", str(tmp_path / "ley.txt"), "--evidence", str(tmp_path / "evidencia.csv"))
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 2
    assert "pdftotext" in result.output + (result.stderr or "")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_text_is_read_in_the_encodings_that_offices_save(tmp_path: Path, encoding: str) -> None:
    text = LAW.replace("\u00ad", "")
    (tmp_path / "evidencia.csv").write_text(EVIDENCE, encoding="utf-8")
    (tmp_path / "ley.txt").write_bytes(text.encode(encoding))
    asked = (
        "laws",
        "check",
        str(tmp_path / "ley.txt"),
        "--evidence",
        str(tmp_path / "evidencia.csv"),
        "--json",
    )
    assert matches(CliRunner().invoke(app, asked)) == [(2, "contained"), (3, "near")]


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def document(path: Path, *paragraphs: str) -> None:
    """A Word document with these paragraphs of runs."""
    body = "".join(f"<w:p>{runs}</w:p>" for runs in paragraphs)
    with ZipFile(path, "w") as archive:
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
        )


def run(text: str) -> str:
    return f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_a_word_document_is_read_by_paragraphs(tmp_path: Path) -> None:
    """Words divided between runs, breaks of lines, a deleted part that is no evidence, cells of a table."""
    first = run("Quien capte, transporte o reciba a una per") + run("sona mediante engaño será")
    first += "<w:r><w:br/></w:r>" + run("sancionado con prisión de ocho a quince años.")
    deleted = "<w:del><w:r><w:delText>El consentimiento «de la víctima» no exime.</w:delText></w:r></w:del>"
    document(tmp_path / "ley.docx", first, deleted)
    (tmp_path / "evidencia.csv").write_text(EVIDENCE, encoding="utf-8")
    asked = (
        "laws",
        "check",
        str(tmp_path / "ley.docx"),
        "--evidence",
        str(tmp_path / "evidencia.csv"),
        "--json",
    )
    assert matches(CliRunner().invoke(app, asked)) == [(2, "contained"), (3, "absent")]
    table = (
        "<w:tbl><w:tr><w:tc><w:p>"
        + run("El consentimiento «de la víctima» no exime.")
        + "</w:p></w:tc></w:tr></w:tbl>"
    )
    with ZipFile(tmp_path / "ley.docx", "w") as archive:
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{table}</w:body></w:document>'
        )
    assert matches(CliRunner().invoke(app, asked)) == [(2, "absent"), (3, "near")]


def test_the_headers_of_the_template_are_read_too(tmp_path: Path) -> None:
    spanish = EVIDENCE.replace(
        "country,element,law,article,quote", "País;Elemento jurídico;Ley;Artículo;Cita"
    )
    head, *rows = spanish.splitlines()
    table = "# publisher: prueba\n" + "\n".join([head, *(row.replace(",", ";") for row in rows)])
    assert matches(checked(tmp_path, LAW, "--json", evidence=table)) == [(3, "contained"), (4, "near")]


@pytest.mark.shared
def test_the_evidence_of_the_desk_review_is_read_whole(tmp_path: Path) -> None:
    """A text of all quotations of a law contains the evidence of all its cells; without one, that cell's is gone."""
    rows = [row for row in csv_rows("crm_legislation_desk_review_2026-11.csv") if row["country"] == "MEX"]
    names = ("country", "element", "law", "article", "quote")
    quoted = [row for row in rows if row["quote"].strip("… ")]
    out = "\n".join(
        [",".join(names), *(",".join('"' + row[n].replace('"', '""') + '"' for n in names) for row in quoted)]
    )
    text = "\n".join(row["quote"] for row in quoted)
    told = checked(tmp_path, text, "--law", "ley", "--json", evidence=out)
    assert {match for _, match in matches(told)} == {"contained"}
    assert len(matches(told)) == len(quoted) == 49
    without = checked(tmp_path, text.replace(quoted[7]["quote"], ""), "--law", "ley", "--json", evidence=out)
    assert (9, "absent") in matches(without)


@pytest.mark.slow
def test_the_desk_shows_the_evidence_and_no_release_does(tmp_path: Path, opened: Opened) -> None:  # noqa: F811
    home = Home(tmp_path / "home")
    home.root.mkdir()
    table = (
        "País,Familia,Elemento jurídico,Evaluación,Situación,Ley,Referencia del texto,Cita\n"
        "Honduras,trafficking,tip_5_1,desk_review,in_force,Ley inventada 1,prueba,ocho a quince años\n"
        "Honduras,trafficking,tip_3b,desk_review,in_force,Ley inventada 1,prueba,\n"
    )
    outcome = accept(home, handed_in(home, table, "2026-01-10", "CRM-TS/legislation"))
    assert outcome.is_clean
    browser = opened(home)
    browser.open("/submissions/CRM-TS.legislation.2026-01-10.1?lang=en")
    assert "Internal columns: records 1" in browser.said
    assert "Criminalisation desk_review" not in browser.said
    assert "Ley inventada 1 ocho a quince años" in browser.said
    release(home)
    with duckdb.connect(home.current, read_only=True) as db:
        names = [name for name, *_ in db.execute("DESCRIBE network.legislation").fetchall()]
    assert "article" in names
    assert "quote" not in names
