"""The grammar of series.toml: each rule refuses its own mistake, in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.cards.series import read_passports
from schemas.grammar import CardError

WHOLE = """
[[series]]
reporting_country = "USA"
measure = "victims_detected"
valid_from = "2017"
valid_to = "2019"
evidence = "confirmed"
counted_unit = "clients"
authority = "An office"
authority_kind = "victim_services"
flow = "served"
year_starts = 7
scope = { es = "una ley", en = "a law" }
what = { es = "clientes", en = "clients" }
verified_on = 2026-11-30

[[series.change]]
on = "2018"
what = { es = "más programas", en = "more programmes" }
is_break = false

[[series.source]]
publisher = "An office"
place = "page 3"
address = "https://example.org/report"
kind = "official"
"""
UNDOCUMENTED = """
[[series]]
reporting_country = "USA"
measure = "victims_detected"
valid_from = "2020"
evidence = "undocumented"
verified_on = 2026-11-30
"""
ERRATUM = """
[[erratum]]
reporting_country = "USA"
measure = "victims_detected"
valid_from = "2018"
published_on = 2026-11-25
corrected_on = 2026-11-30
published = { es = "víctimas", en = "victims" }
correct = { es = "Son clientes.", en = "They are clients." }
"""
CHANGE = "is_break = false\n"
FLAG = 'flag = "incomplete_list"\n'
SOURCE = WHOLE[WHOLE.index("[[series.source]]") :]

REFUSED = {
    "an erratum of no series": (WHOLE + ERRATUM.replace('"USA"', '"CAN"'), "[erratum (1)] no passport"),
    "an erratum of other periods": (WHOLE + ERRATUM.replace('"2018"', '"2020"'), "[erratum (1)] no passport"),
    "an erratum corrected too early": (WHOLE + ERRATUM.replace("11-30", "11-24"), "before published_on"),
    "an undocumented unit": (WHOLE.replace('"confirmed"', '"undocumented"'), "counted_unit, authority, authority_kind, flow, year_starts"),
    "an undocumented year": (UNDOCUMENTED + "year_starts = 7\n", "year_starts"),
    "confirmed by the press": (WHOLE.replace('"official"', '"press"'), "official source"),
    "confirmed by a copy": (WHOLE.replace('"official"', '"copy"'), "official source"),
    "confirmed without a source": (WHOLE.replace(SOURCE, ""), "needs a source"),
    "inferred without a source": (WHOLE.replace(SOURCE, "").replace('"confirmed"', '"inferred"'), "needs a source"),
    "no unit": (WHOLE.replace('counted_unit = "clients"\n', ""), "needs counted_unit"),
    "nothing said of what is in it": (WHOLE.replace('what = { es = "clientes", en = "clients" }\n', ""), "needs what"),
    "a kind of no authority": (WHOLE.replace('authority = "An office"\n', ""), "needs authority"),
    "a unit in no list": (WHOLE.replace('"clients"\n', '"heads"\n'), "'heads' is not in the list: persons, clients"),
    "a flow in no list": (WHOLE.replace('"served"', '"stock"'), "'stock' is not in the list: new, served, open"),
    "evidence in no list": (WHOLE.replace('"confirmed"', '"near"'), "'near' is not in the list: confirmed, inferred"),
    "a kind of authority in no list": (WHOLE.replace('"victim_services"', '"shelter"'), "'shelter' is not in the list"),
    "a kind of source in no list": (WHOLE.replace('"official"', '"blog"'), "'blog' is not in the list: official"),
    "no country": (WHOLE.replace('"USA"', '"United States"'), "no alpha-3"),
    "no measure": (WHOLE.replace('"victims_detected"', '"victims"'), "is no measure"),
    "no period": (WHOLE.replace('"2017"', '"FY17"'), "is no period"),
    "the wrong order": (WHOLE.replace('"2019"', '"2016"').replace('on = "2018"', 'on = "2017"'), "before valid_from"),
    "a change outside": (WHOLE.replace('on = "2018"', 'on = "2020"'), "series (1).change (1)"),
    "a change without a source": (
        UNDOCUMENTED + '[[series.change]]\non = "2020"\nwhat = { es = "a", en = "b" }\nis_break = true\n',
        "a change needs a source",
    ),
    "a flag in no list": (WHOLE.replace(CHANGE, CHANGE + 'flag = "cut"\n'), "'cut' is not in the list"),
    "the end of a flag without the flag": (WHOLE.replace(CHANGE, CHANGE + 'until = "2018"\n'), "a flag is missing"),
    "the files of a flag without the flag": (WHOLE.replace(CHANGE, CHANGE + "received_from = 2025-05-01\n"), "a flag is missing"),
    "a flag that ends before it begins": (WHOLE.replace(CHANGE, CHANGE + FLAG + 'until = "2017"\n'), "until is before on"),
    "a flag that ends outside": (WHOLE.replace(CHANGE, CHANGE + FLAG + 'until = "2020"\n'), "the change is outside"),
    "a break that is not decided": (WHOLE.replace("is_break = false\n", ""), "is_break"),
    "a month that is none": (WHOLE.replace("year_starts = 7", "year_starts = 13"), "year_starts"),
    "one language": (WHOLE.replace('{ es = "clientes", en = "clients" }', '{ en = "clients" }'), "what.es"),
    "an empty text": (WHOLE.replace('place = "page 3"', 'place = " "'), "place"),
    "no address": (WHOLE.replace('"https://example.org/report"', '"the yearbook"'), "is no address"),
    "no day": (WHOLE.replace("verified_on = 2026-11-30\n", ""), "verified_on"),
    "an unknown key": (WHOLE.replace("flow =", "flows ="), "did you mean 'flow'?"),
    "two passports of one year": (WHOLE + UNDOCUMENTED.replace('"2020"', '"2019"'), "USA, victims_detected"),
    "two passports without an end": (UNDOCUMENTED + UNDOCUMENTED.replace('"2020"', '"2023"'), "series (2)"),
}  # fmt: skip


def write(folder: Path, text: str) -> Path:
    path = folder / "series.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", REFUSED)
def test_a_mistake_is_refused_and_the_place_is_named(rule: str, tmp_path: Path) -> None:
    text, expected = REFUSED[rule]
    path = write(tmp_path, text)
    with pytest.raises(CardError) as refused:
        read_passports(path)
    assert expected in refused.value.render("en")
    assert str(path) in refused.value.render("es")


@pytest.mark.parametrize("text", [WHOLE, UNDOCUMENTED, WHOLE + UNDOCUMENTED])
def test_what_the_rules_allow_is_read(text: str, tmp_path: Path) -> None:
    assert len(read_passports(write(tmp_path, text)).series) == text.count("[[series]]")


def test_another_measure_or_country_may_have_the_same_years(tmp_path: Path) -> None:
    others = [
        UNDOCUMENTED.replace("USA", "CAN"),
        UNDOCUMENTED.replace("victims_detected", "persons_convicted"),
    ]
    assert len(read_passports(write(tmp_path, UNDOCUMENTED + "".join(others))).series) == 3


def test_periods_are_those_that_the_collection_names(tmp_path: Path) -> None:
    """Fiscal year 2019 ends on 30 September where years start in October: the next passport starts in October."""
    text = WHOLE + UNDOCUMENTED.replace('"2020"', '"2019-10"')
    with pytest.raises(CardError):
        read_passports(write(tmp_path, text))
    spans = [one.span(10) for one in read_passports(write(tmp_path, text), year_starts=10).series]
    assert [str(span.first) for span in spans] == ["2016-10-01", "2019-10-01"]
    assert [str(span.last) for span in spans] == ["2019-09-30", "None"]
