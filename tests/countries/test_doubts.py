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
        ("es", "Estados Unidos o\nMéxico"), ("fr", "Haïti ou Cuba"), ("es", "México ó Estados Unidos"),
        ("es", "Honduras y/o Guatemala"), ("pt", "Brasil e/ou Bolívia"), ("en", "Haiti and/or Cuba"),
        ("pt", "Laos, República Democrática ó Fiyi"), ("es", "Islas Cocos o Islas Keeling y/o Fiyi"),
    ],
    "a union or a state in brackets": [
        ("es", "Georgia (EU)"), ("es", "Georgia (E.U.)"), ("es", "Georgia (UE)"), ("es", "Granada (EU)"),
        ("es", "Líbano (EU)"), ("es", "Perú (EU)"), ("en", "Jordan (E.U.)"), ("es", "México (EU)"),
    ],
    "a place of a state": [
        ("fr", "Territoire des Pays-Bas"), ("es", "Islas Holandesas"), ("en", "Turks Islands"), ("es", "Islas Turca"),
        ("es", "Territorio de Francia"), ("es", "Islas de Portugal"), ("en", "Islands of Spain"),
        ("es", "Islas de los Países Bajos"), ("es", "Archipiélago de Chile"), ("es", "Islas de Holanda"),
    ],
    "a name and its remark": [
        ("en", "Taiwan Province of China, China"), ("en", "St Vincent and the Grenadine"),
        ("fr", "Saint-Vincentaise-et-Grenadine"), ("es", "Reino Unido de Gran Bretaña e Irlanda del"),
    ],
    "a claimant": [
        ("es", "Crimea (Rusia)"), ("es", "Crimea (Ucrania)"), ("es", "Cachemira (India)"), ("en", "Kashmir (Pakistan)"),
        ("en", "Crimea, Russia"), ("es", "Crimea - Ucrania"), ("es", "Cachemira, India"),
    ],
    "a beginning of a demonym, or a people": [
        ("es", "franco-haitiano"), ("es", "afrocolombiana"), ("es", "Ítalo argentino"), ("es", "colombo-venezolana"),
        ("es", "domínico-haitiano"), ("en", "Afro-Cuban"), ("pt", "luso-brasileiro"), ("en", "French-Canadian"),
        ("es", "turco-chipriota"), ("es", "árabe-israelí"), ("en", "Bosnian Serb"),
    ],
    "codes and names of two countries": [
        ("es", "HN|GTM|Honduras"), ("es", "340_GTM_Honduras"), ("es", "HND|Honduras|guatemalteca"),
        ("es", "Guinea|GIN|Guinea Ecuatorial"), ("en", "Georgia_USA"),
        ("es", "CO_Congo"), ("es", "CO - Congo"), ("en", "Congo, CO"),
    ],
    "a wrong repair of letters": [
        ("es", "M%FFxico"), ("es", "Espa&amp;amp;amp;amp;ntilde;a"),
    ],
}  # fmt: skip
TEXTS = [pytest.param(*text, id=f"{kind}: {text[1]}") for kind, texts in DOUBTFUL.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_a_doubtful_text_is_refused(language: str, text: str) -> None:
    answer = resolve(text, language=language)
    assert (answer.code, answer.members, answer.citizenship) == (None, (), None)
    assert answer.kind in ("unresolved", "ambiguous")


READ: dict[tuple[str | None, str], str] = {
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
    ("es", "Francia (UE)"): "FRA",
    ("es", "Chipre (UE)"): "CYP",
    ("es", "Islas Bahamas"): "BHS",
    ("es", "Islas Canarias"): "ESP",
    ("es", "República de China (Taiwán)"): "TWN",
    ("es", "dominicano-haitiano"): "DOM+HTI",
    ("es", "HN | Honduras | hondureña"): "HND",
    ("es", "340_HND_Honduras"): "HND",
    ("es", "COD\\CD\\Congo"): "COD",
    ("es", "HND - Honduras - hondureña"): "HND",
    ("es", "Honduras_Guatemala"): "HND+GTM",
    ("es", "Honduras ^ Guatemala"): "HND+GTM",
    ("es", "Trinidad_y_Tobago"): "TTO",
    ("es", "República de Guatemala, C. A."): "GTM",
    ("es", "Honduras (según documento)"): "HND",
    ("es", "España (peninsular)"): "ESP",
    ("en", "Haiti (confirmed)"): "HTI",
    ("es", "Espa├▒a"): "ESP",
    ("es", "Hait√≠"): "HTI",
    ("es", "Espa├â┬▒a"): "ESP",
    ("es", "ESPAÐA"): "ESP",
    ("fr", "CorŽe du Sud"): "KOR",
    ("es", "PER┌"): "PER",
    ("es", "M&amp;eacute;xico"): "MEX",
    ("es", "Hait&amp;amp;iacute;"): "HTI",
    ("es", "M%C3%A9xico"): "MEX",
    ("es", "M=C3=A9xico"): "MEX",
    ("es", "M\\xe9xico"): "MEX",
    (None, "Ayisyen"): "HTI",
    ("es", "Nasyonalite ayisyèn"): "HTI",
    ("fr", "Repiblik Dominikèn"): "DOM",
    ("es", "Etazini"): "USA",
    ("es", "Kibèn"): "CUB",
    ("es", "Giyàn fransè"): "GUF",
    (None, "Papwazi-Nouvèl-Gine"): "PNG",
    (None, "Afrik disid"): "ZAF",
    ("es", "San nasyonalite"): "STLS",
    ("es", "Pa konnen"): "_U",
    ("es", "Lòt peyi"): "_O",
    (None, "मॉल्डोवा"): "MDA",
    (None, "मालदीव"): "MDV",
}


@pytest.mark.parametrize(("language", "text"), READ)
def test_a_text_beside_them_is_read(language: str | None, text: str) -> None:
    assert resolve(text, language=language).citizenship == READ[language, text]
