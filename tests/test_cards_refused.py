"""Cards that would do nothing in silence, or break a step, are errors when they are read."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from assets.intake.processing import check
from schemas.cards.format_card import Card, read_card
from schemas.grammar import CardError
from tests.bad_input import build
from warehouse.home import CHECKOUT

SEXO = 'sexo = { role = "sex" }'
NACIONALIDAD = 'nacionalidad = { role = "citizenship", codes = "any" }'
FREQUENCY = 'frequency = "A"'
PERIODO = 'periodo = { role = "period" }'
KEEP = 'keep = { delito = "Trata de personas" }'

REFUSED = {
    "area without labels": ((SEXO, f'{SEXO}\nzona = {{ role = "area" }}'), 'area = ["…"]'),
    "labels of what has a list": ((FREQUENCY, f'{FREQUENCY}\nlabels = {{ sex = ["M"] }}'), "area, legal_basis"),
    "exhaustive, unknown": ((FREQUENCY, f'{FREQUENCY}\nexhaustive = ["nationality"]'), "nationality"),
    "exhaustive, order": ((FREQUENCY, f'{FREQUENCY}\nexhaustive = ["sex+age_group"]'), "'age_group+sex'"),
    "map of a period": ((PERIODO, 'periodo = { role = "period", map = { "20" = "2020" } }'), "'map'"),
    "map of a selector": (
        ('delito = { role = "selector" }', 'delito = { role = "selector", map = { a = "b" } }'),
        "'map'",
    ),
    "map of a value": (('{ role = "value" }', '{ role = "value", map = { uno = "1" } }'), "'map'"),
    "fiscal without its month": ((FREQUENCY, f'{FREQUENCY}\nperiod_basis = "fiscal"'), "year_starts"),
    "one mark": (('thousands = ".", decimal = ","', 'thousands = ",", decimal = ","'), "thousands"),
    "interval": (('"<5" = [0, 4]', '"<5" = [4, 0]'), "<5"),
    "band": (("years = [2010, 2030]", "years = [2030, 2010]"), "menor al mayor"),
    "country of a map": (
        (NACIONALIDAD, 'nacionalidad = { role = "citizenship", map = { Cuba = "CUX" } }'),
        "CUX (citizenship)",
    ),
    "sex of a map": ((SEXO, 'sexo = { role = "sex", map = { H = "Hombre" } }'), "Hombre (sex)"),
    "code of a dimension": (
        (SEXO, 'sexo = { role = "dimensions", map = { H = { set = { sex = "X" } } } }'),
        "X (sex)",
    ),
    "a label that fills nothing": ((SEXO, 'sexo = { role = "dimensions", map = { H = "M" } }'), "H = M"),
    "flag": (
        (SEXO, 'sexo = { role = "sex", map = { H = { code = "M", flag = "doubtful" } } }'),
        "doubtful (flag)",
    ),
    "set": (('{ role = "value" }', '{ role = "value", set = { measure = "victims" } }'), "victims (measure)"),
    "blank": ((SEXO, 'sexo = { role = "sex", blank = "@unknwon" }'), "@unknwon (sex)"),
    "blank of a value": (('{ role = "value" }', '{ role = "value", blank = "_T" }'), "'blank'"),
    "measure": ((FREQUENCY, f'{FREQUENCY}\nmeasure = "victims"'), "'victims'"),
    "measure of another family": ((FREQUENCY, f'{FREQUENCY}\nmeasure = "irregular_entries"'), "irregular_mobility"),
    "reporting country": ((FREQUENCY, f'{FREQUENCY}\nreporting_country = "Guatemala"'), "'Guatemala'"),
    "codes of no country": ((SEXO, 'sexo = { role = "sex", codes = "iso3" }'), "'codes'"),
    "language of no country": ((SEXO, 'sexo = { role = "sex", language = "es" }'), "'language'"),
    "periods of no period": ((SEXO, 'sexo = { role = "sex", periods = [{ frequency = "A" }] }'), "'periods'"),
    "case without by": ((SEXO, 'sexo = { role = "sex", case = { a = { role = "sex" } } }'), "'by'"),
    "grouping": ((KEEP, 'keep = { pais = "@members(CRMM)" }'), "@members(CRMM)"),
    "word of keep": ((KEEP, 'keep = { pais = "@membres(CRM)" }'), "@membres(CRM)"),
    "members of no country": ((KEEP, 'keep = { delito = "@members(CRM)" }'), "'delito'"),
    "group of a pattern": ((KEEP, f"wide = {{ pattern = '(?P<value>.*)' }}\n{KEEP}"), "value"),
    "map without group": ((KEEP, f"wide = {{ pattern = 'x', map = {{ sex = {{ H = 'M' }} }} }}\n{KEEP}"), "sex"),
    "totals of nothing": (
        (KEEP, f"wide = {{ pattern = '(?P<sex>.)', totals = '(?P<sex>Total)' }}\n{KEEP}"),
        "totals",
    ),
    "totals of measures": (
        (KEEP, f"wide = {{ pattern = '(?P<measure>.+)', totals = 'Total' }}\n{KEEP}"),
        "totals",
    ),
    "code in a header": (
        (KEEP, f"wide = {{ pattern = '(?P<sex>.)', map = {{ sex = {{ H = 'X' }} }} }}\n{KEEP}"),
        "X (sex)",
    ),
    "no measure": (('medida = { role = "measure" }', 'medida = { ignore = "no" }'), "'measure'"),
    "no country": (('pais = { role = "reporting_country", codes = "any" }', 'pais = { ignore = "no" }'), "'reporting_country'"),
    "first row": (('type = "csv"', 'type = "csv", header_row = 0'), "header_row"),
    "key of another table": ((SEXO, 'sexo = { role = "sex", measure = "x" }'), "pero no aquí"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_a_card_names_in_vain_is_an_error(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    path = build.write(tmp_path, build.card(change), "format.toml")
    with pytest.raises(CardError) as refused:
        read_card(path)
    for lang in ("es", "en"):
        assert "{" not in refused.value.render(lang).replace("{}", "")
    assert said in refused.value.render("es")
    assert str(path) in refused.value.render("es")


GOOD = {
    "a month's label": (PERIODO, 'periodo = { role = "period" }\nm = { role = "month", map = { x = "_T" }, optional = true }'),
    "thousands alone": ('thousands = ".", decimal = ","', 'thousands = "."'),
    "historic country": (NACIONALIDAD, 'nacionalidad = { role = "citizenship", map = { URSS = "SUN", x = "HND+SLV" } }'),
    "doubt alone": (SEXO, 'sexo = { role = "sex", map = { Mujeres = { flag = "unclear_label" } } }'),
}  # fmt: skip


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD)
def test_what_a_card_may_say_is_none(change: tuple[str, str], tmp_path: Path) -> None:
    assert read_card(build.write(tmp_path, build.card(change), "format.toml")).format


@pytest.mark.parametrize("path", sorted(CHECKOUT.glob("raw/*/*/format.toml")), ids=lambda p: p.parent.name)
def test_shipped_cards_name_nothing_in_vain(path: Path) -> None:
    assert read_card(path)


TEXTS = re.compile(r'"([^"\n]*)"')


@pytest.mark.parametrize("seed", range(60))
def test_no_card_breaks_a_step(seed: int, tmp_path: Path) -> None:
    """Texts of a card change places: it is refused when it is read, or every step ends with an answer."""
    chance = random.Random(seed)
    card = build.card(more="[format.columns.x]\nrole = 'exploitation'\noptional = true\n")
    places = list(TEXTS.finditer(card))
    for _ in range(chance.randint(1, 3)):
        here, there = chance.choice(places), chance.choice(places)
        card = card[: here.start()] + there[0] + card[here.end() :]
        places = list(TEXTS.finditer(card))
    home = build.home(tmp_path / "home", card)
    path = build.write(tmp_path / "in", build.file())
    try:
        outcome = check(home, path, build.COLLECTION, build.RECEIVED)
    except CardError:
        return
    assert "step_failed" not in {f.rule for f in outcome.findings}


WIDE = """
wide = { pattern = '(?P<period>\\d{4}) (?P<sex>Hombres|Mujeres|X)' }
"""


@pytest.mark.parametrize(("header", "said"), [("2020 Mujeres", []), ("2020 X", [("C1", "X")])])
def test_a_name_in_a_wide_pattern_is_read_as_a_label(header: str, said: list, tmp_path: Path) -> None:
    from tests.test_sums_in_table import HEAD, bounds, sent

    card = HEAD + 'key = ["país"]\n' + WIDE + '[format.columns]\n"país" = { role = "citizenship" }\n'
    text = f"país,2020 Hombres,{header}\nCuba,4,5\n"
    home = build.home(tmp_path / "home", card)
    outcome = check(home, build.write(tmp_path / "in", text), build.COLLECTION, build.RECEIVED)
    assert [(f.cell, f.value) for f in outcome.findings if f.rule == "unknown_label_in_header"] == said
    assert outcome.status == ("rejected" if said else "accepted")
    if not said:
        _, values = sent(tmp_path / "again", text, card)
        assert bounds(values, sex="M") + bounds(values, sex="F") == [(4, 4, None), (5, 5, None)]


def test_a_month_in_a_wide_pattern_stands_beside_the_row_s_year(tmp_path: Path) -> None:
    from tests.test_sums_in_table import HEAD, sent

    columns = '[format.columns]\n"año" = { role = "year" }\n"país" = { role = "citizenship" }\n'
    card = (
        HEAD.replace('"A"', '"M"')
        + "key = ['país']\nwide = { pattern = '(?P<month>Ene|Feb)\\.?' }\n"
        + columns
    )
    outcome, values = sent(tmp_path, "año,país,Ene.,Feb\n2020,Cuba,4,5\n", card)
    assert outcome.findings == []
    told = sorted(zip(values["period_start"].astype(str).str[:10], values["value_low"], strict=True))
    assert told == [("2020-01-01", 4), ("2020-02-01", 5)]


def test_one_cause_in_a_wide_row_is_one_line(tmp_path: Path) -> None:
    from tests.test_sums_in_table import HEAD

    columns = '[format.columns]\n"país" = { role = "citizenship" }\n'
    card = HEAD + "key = ['país']\nwide = { pattern = '(?P<period>\\d{4})' }\n" + columns
    home = build.home(tmp_path / "home", card)
    path = build.write(tmp_path / "in", "país,2018,2019,2020\nWakanda,1,2,3\nCuba,1,x,\nCuba,1,x,\n")
    outcome = check(home, path, build.COLLECTION, build.RECEIVED)
    told = [(f.rule, f.cell) for f in outcome.findings if f.source_row in (2, 3)]
    assert sorted(told, key=str) == [
        ("repeated_row", None),
        ("text_in_number", "C3"),
        ("unknown_country", "A2"),
        ("value_missing", "D3"),
    ]


def test_rates_are_not_added_up_against_their_total(tmp_path: Path) -> None:
    """As Canada prints them, rounded: the parts of a rate say nothing of the whole."""
    from tests.test_sums_in_table import HEAD

    card = HEAD.replace('"victims_detected"', '"victims_detected_rate_published"')
    text = build.template("- 2020 _T 0.4", "- 2020 F 0.3", "- 2020 M 0.4").replace(
        ",-,", ",victims_detected_rate_published,"
    )
    home = build.home(tmp_path / "home", card.partition("[[format]]")[0])
    outcome = check(home, build.write(tmp_path / "in", text), build.COLLECTION, build.RECEIVED)
    assert (outcome.findings, outcome.rows["accepted"]) == ([], 3)


def test_a_card_wrong_in_a_thousand_places_is_answered_as_soon_as_one_wrong_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys of the grammar were listed anew for every key that is none: 25 ms each, a minute of a long card."""
    listed = []
    before = Card.model_json_schema
    monkeypatch.setattr(Card, "model_json_schema", classmethod(lambda _: listed.append(1) or before()))
    path = tmp_path / "collection.toml"
    path.write_text(build.card(more="".join(f"\n[nada{n}]\nx = 1\n" for n in range(1000))), encoding="utf-8")
    with pytest.raises(CardError) as refused:
        read_card(path)
    assert len(listed) <= 1
    assert "nada0" in refused.value.render("en")
    assert "nada999" in refused.value.render("en")
