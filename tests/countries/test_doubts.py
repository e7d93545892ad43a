"""Texts that look like a country's name and may be another's: refused, with what they may mean."""

from __future__ import annotations

import pytest

from schemas.countries import resolve

DOUBTFUL = {
    "a name cut after a word that ends none": [
        ("es", "Georgia del"), ("fr", "Géorgie du"), ("es", "Sudán del"), ("es", "Irlanda del"), ("en", "Turks and"),
        ("en", "Commonwealth of"), ("es", "Islas Salomón y"), ("en", "Antigua and"),
    ],
    "a name cut within a word": [
        ("es", "República de Guinea E"), ("en", "Republic of Ira"), ("es", "República Boliva"),
        ("es", "República Arg"), ("en", "Democratic Republic of S"), ("fr", "République c"),
        ("en", "Federal Republic of Niger"), ("es", "Ira"), ("en", "Ira"),
    ],
    "a choice": [
        ("es", "México o Estados Unidos"), ("es", "China o Taiwán"), ("es", "Serbia o Montenegro"),
        ("en", "Mexico or Guatemala"), ("pt", "Brasil ou Bolívia"), ("es", "Chile u Honduras"),
        ("es", "Estados Unidos o\nMéxico"), ("fr", "Haïti ou Cuba"),
    ],
    "a union or a state in brackets": [
        ("es", "Georgia (EU)"), ("es", "Georgia (E.U.)"), ("es", "Georgia (UE)"), ("es", "Granada (EU)"),
    ],
    "a place of a state": [
        ("fr", "Territoire des Pays-Bas"), ("es", "Islas Holandesas"), ("en", "Turks Islands"), ("es", "Islas Turca"),
        ("es", "Territorio de Francia"),
    ],
    "a name and its remark": [
        ("en", "Taiwan Province of China, China"), ("en", "St Vincent and the Grenadine"),
        ("fr", "Saint-Vincentaise-et-Grenadine"), ("es", "Reino Unido de Gran Bretaña e Irlanda del"),
    ],
    "a claimant": [
        ("es", "Crimea (Rusia)"), ("es", "Crimea (Ucrania)"), ("es", "Cachemira (India)"), ("en", "Kashmir (Pakistan)"),
    ],
}  # fmt: skip
TEXTS = [pytest.param(*text, id=f"{kind}: {text[1]}") for kind, texts in DOUBTFUL.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_a_doubtful_text_is_refused(language: str, text: str) -> None:
    answer = resolve(text, language=language)
    assert (answer.code, answer.members, answer.citizenship) == (None, (), None)
    assert answer.kind in ("unresolved", "ambiguous")


READ = {
    ("es", "Congo, República Democrática del"): "COD",
    ("es", "República Democrática del C"): "COD",
    ("en", "Bahamas, The"): "BHS",
    ("es", "El Salvador"): "SLV",
    ("pt", "Irã"): "IRN",
    ("en", "Niger"): "NER",
    ("en", "Czech"): "CZE",
    ("en", "Territory of Norfolk Island"): "NFK",
    ("es", "Isla de Cuba"): "CUB",
    ("es", "Congo (RDC)"): "COD",
    ("es", "Trinidad y Tobago"): "TTO",
    ("en", "Saint Vincent and the Grenadines"): "VCT",
    ("es", "México y Estados Unidos"): "MEX+USA",
    ("es", "Estados Unidos, México"): "USA+MEX",
    ("es", "Taiwán (China)"): "TWN",
    ("es", "Georgia"): "GEO",
}


@pytest.mark.parametrize(("language", "text"), READ)
def test_a_text_beside_them_is_read(language: str, text: str) -> None:
    assert resolve(text, language=language).citizenship == READ[language, text]
