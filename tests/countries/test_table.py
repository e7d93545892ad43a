"""countries.csv and regions.csv against ISO 3166 (pycountry) and the M49 files of UNSD."""

from __future__ import annotations

import csv

import pycountry
import pytest

from schemas.countries import all_countries, countries_in, lookup
from schemas.countries.table import regions
from tests.countries.scoring import SHARED

IN_FORCE = {country.code: country for country in all_countries() if country.kind != "historic"}


def test_it_holds_iso_3166_1_and_kosovo() -> None:
    iso = {(c.alpha_3, c.alpha_2, c.numeric) for c in pycountry.countries}
    ours = {(c.code, c.alpha2, c.m49) for c in IN_FORCE.values() if c.code != "XKX"}
    assert ours == iso
    assert (lookup("XKX").alpha2, lookup("XKX").region) == ("XK", "150")


def test_historic_entities_have_their_iso_3166_3_code_dates_and_a_region() -> None:
    iso = {c.alpha_3 for c in pycountry.historic_countries}
    for country in all_countries():
        if country.kind == "historic":
            assert country.code in iso
            assert country.region
            assert country.valid_from is not None
            assert country.valid_to is not None
            assert country.valid_from < country.valid_to


def test_every_code_but_antarctica_has_a_region() -> None:
    assert {c.code for c in all_countries() if not c.region} == {"ATA"}


def test_only_territories_and_historic_entities_have_a_sovereign_and_it_is_a_state() -> None:
    for country in all_countries():
        if country.sovereign:
            assert country.kind in {"territory", "historic"}
            assert lookup(country.sovereign).kind == "country"
    without = {c.code for c in all_countries() if c.kind == "territory" and not c.sovereign}
    assert without == {"ATA", "ESH"}  # no state's citizenship follows from them


@pytest.mark.parametrize(
    ("territory", "state"),
    [("PRI", "USA"), ("GUF", "FRA"), ("MTQ", "FRA"), ("ABW", "NLD"), ("HKG", "CHN"), ("ANT", "NLD"),
     ("VGB", "GBR"), ("VIR", "USA"), ("GRL", "DNK"), ("HND", "HND"), ("PSE", "PSE")],
)  # fmt: skip
def test_state(territory: str, state: str) -> None:
    assert lookup(territory).state == state


def test_central_america_of_m49() -> None:
    assert countries_in("013") == {"BLZ", "CRI", "GTM", "HND", "MEX", "NIC", "PAN", "SLV"}


def test_north_america_is_what_m49_says_it_is_made_of() -> None:
    parts = countries_in("013") | countries_in("021") | countries_in("029")
    assert countries_in("003") == parts


def test_an_unknown_area_holds_nothing() -> None:
    assert countries_in("999") == frozenset()


def test_a_code_unknown_is_an_error() -> None:
    with pytest.raises(KeyError):
        lookup("QQQ")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference folder is not here")
@pytest.mark.parametrize("language", ["es", "en", "fr"])
def test_it_agrees_with_m49(language: str) -> None:
    columns = {
        "region": "Region Code",
        "subregion": "Sub-region Code",
        "intermediate": "Intermediate Region Code",
    }
    with open(SHARED / f"reference/unsd_m49_{language}.csv", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 240
    for row in rows:
        if not row["ISO-alpha3 Code"]:
            continue
        country = lookup(row["ISO-alpha3 Code"])
        assert country.m49 == row["M49 Code"]
        if country.code != "TWN":  # curated
            for field, column in columns.items():
                assert (getattr(country, field) or "") == row[column]
            assert getattr(country, f"name_{language}") == row["Country or Area"].strip()
        for column in columns.values():
            assert not row[column] or row[column] in regions()
