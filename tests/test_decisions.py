"""What a steward decides in decisions.toml: confirmations, real changes, breaks. Expected rows are worked out by hand."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.dagster.build import build_database
from assets.intake.processing import process
from assets.intake.submission import receive
from pipelines.cli.app import app
from schemas.cards.decisions import read_decisions
from schemas.grammar import CardError
from tests.bad_input import build
from tests.conftest import AS_OF, ask, release
from tests.conftest import accept as confirmed
from tests.test_vintages import CARD, new_home, send
from warehouse.build import freshness
from warehouse.home import Home, layout
from warehouse.home.calendar import today
from warehouse.publication.publishing import publish

WHY = 'reason = { es = "Cambió la ley", en = "The law changed" }\nsource = "letter 7"\ndecided_by = "Statistics office"\ndecided_on = 2024-05-01\n'
DAY = date(2024, 1, 10)


def decide(home: Home, text: str) -> None:
    (home.raw / "X" / "c" / "decisions.toml").write_text(text, encoding="utf-8")


def verdicts(home: Home, country: str) -> list[tuple]:
    return ask(
        home,
        "SELECT break_id, baseline_period, last_period, n_periods, direction, why_not FROM analysis.trends "
        f"WHERE indicator = 'tip_victims_detected' AND reporting_country = '{country}' AND sex = '_T' ORDER BY ALL",
    )


@dataclass(frozen=True)
class Case:
    """What one country's office sends in a collection of its own, X/<country>, and what is decided there.

    Rows begin with the period; the country's code stands before them, and for `@` in them.
    """

    header: str
    rows: Sequence[str]
    decision: str = ""
    card: str = CARD.format(delivery="full", confidentiality="open")


def together(root: Path, cases: Mapping[str, Case]) -> Home:
    """One home and one release for all cases, by country: no series is of two collections."""
    for country, case in cases.items():
        folder = root / "raw" / "X" / country
        folder.mkdir(parents=True)
        (folder / "format.toml").write_text(case.card, encoding="utf-8")
        if case.decision:
            (folder / "decisions.toml").write_text(f"{case.decision}\n{WHY}", encoding="utf-8")
        lines = [f"{country},{row.replace('@', country)}" for row in case.rows]
        file = root / "file.csv"
        file.write_text("\n".join([f"reporting_country,{case.header}", *lines]) + "\n", encoding="utf-8")
        confirmed(Home(root), receive(Home(root), file, f"X/{country}", date(2025, 3, 1)))
    release(Home(root))
    return Home(root)


@pytest.mark.slow
@pytest.mark.statistics("2", "confirmation")
def test_a_confirmed_value_counts_again_and_only_that_value(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, DAY, {("MEX", 2015): "2015", ("MEX", 2016): "1900", ("MEX", 2017): "1800"})
    flags = (
        "SELECT year(period_start), flag FROM baseline.indicator_values "
        "WHERE indicator = 'tip_victims_detected' AND panel = '_Z' ORDER BY ALL"
    )
    questions = "SELECT question, reporting_country, value_low FROM analysis.open_questions"
    release(home)
    assert ask(home, flags) == [(2015, "suspect_value"), (2016, None), (2017, None)]
    assert ask(home, questions) == [("doubtful_value", "MEX", 2015)]

    lines = ask(home, "SELECT answer FROM analysis.open_questions")[0][0]
    decide(home, lines.replace('es = "", en = ""', 'es = "a", en = "b"').replace('""', '"an office"'))
    release(home, date(2026, 4, 1))
    assert ask(home, flags) == [(2015, "confirmed_value"), (2016, None), (2017, None)]
    assert ask(home, questions) == []

    for slip in ('period = "2015"\nvalue = 2014', 'period = "2015-01"\nvalue = 2015'):
        decide(home, f'[[confirmed_value]]\nreporting_country = "MEX"\n{slip}\n{WHY}')
        (remark,) = build_database(home, AS_OF).verdict.remarks
        assert remark.question.id == "decisions_touch_something"
        (told,) = remark.examples
        assert "reporting_country=MEX, period_start=2015-01-01, value=201" in told
        assert "None" not in told


@pytest.mark.slow
def test_a_decision_holds_from_the_day_it_was_taken(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, DAY, {("MEX", 2015): "2015"})
    decide(home, f'[[confirmed_value]]\nreporting_country = "MEX"\nperiod = "2015"\nvalue = 2015\n{WHY}')
    flag = (
        "SELECT flag FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' AND panel = '_Z'"
    )
    for day, expected in ((date(2024, 4, 30), "suspect_value"), (date(2024, 5, 1), "confirmed_value")):
        release(home, day)
        assert ask(home, flag) == [(expected,)]


def sudden(root: Path, *more: str, persons: int = 60) -> Home:
    """A hundred Mexicans each year, and in one of them some from Botswana."""
    home = new_home(root)
    rows = [f"USA,{year},MEX,100" for year in range(2015, 2020)] + [f"USA,2017,BWA,{persons}", *more]
    file = root / "file.csv"
    file.write_text("reporting_country,period,citizenship,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    process(home, receive(home, file, "X/c", DAY))
    release(home)
    return home


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Released and not decided yet: to be copied."""
    return sudden(tmp_path_factory.mktemp("sixty"))


@pytest.mark.slow
@pytest.mark.statistics("2", "confirmation")
def test_a_confirmed_origin_is_no_longer_asked_for(sixty: Home, tmp_path: Path) -> None:
    home = Home(shutil.copytree(sixty.root, tmp_path / "home"))
    flags = "SELECT DISTINCT flag FROM baseline.indicator_values WHERE citizenship = 'BWA'"
    assert ask(home, flags) == [("unconfirmed_origin",)]
    assert ask(home, "SELECT question, citizenship FROM analysis.open_questions") == [
        ("sudden_origin", "BWA")
    ]

    decide(home, f'[[confirmed_origin]]\nperiod = "2017"\ncitizenship = "BWA"\n{WHY}')
    release(home, date(2026, 4, 1))
    assert ask(home, flags) == [(None,)]
    assert ask(home, "SELECT * FROM analysis.open_questions") == []


@pytest.mark.slow
def test_an_origin_is_confirmed_for_the_period_that_is_named(sixty: Home, tmp_path: Path) -> None:
    """January is not the year that begins with it."""
    home = Home(shutil.copytree(sixty.root, tmp_path / "home"))
    asked = "SELECT question, citizenship FROM analysis.open_questions"
    for period, waits in (("2017-01", [("sudden_origin", "BWA")]), ("2017", [])):
        decide(home, f'[[confirmed_origin]]\nperiod = "{period}"\ncitizenship = "BWA"\n{WHY}')
        built = build_database(home, date(2026, 4, int(period[-1])))
        idle = [a for a in built.verdict.remarks if a.question.id == "decisions_touch_something"]
        assert bool(idle) == bool(waits)
        assert built.verdict.has_passed
        publish(home, built.as_of)
        assert ask(home, asked) == waits


@pytest.mark.slow
def test_a_sudden_origin_is_asked_for_also_where_zeros_are_sent(tmp_path: Path) -> None:
    home = sudden(tmp_path, *[f"USA,{year},BWA,0" for year in (2015, 2016, 2018, 2019)], persons=40)
    assert ask(home, "SELECT question, citizenship FROM analysis.open_questions") == [
        ("sudden_origin", "BWA")
    ]


JUMP = [f"{year},{100 if year < 2019 else 400}" for year in range(2014, 2025)]
EVEN = [f"{year},100" for year in range(2014, 2025)]
BUT_2020 = [row for row in ("2013,100", *EVEN) if not row.startswith("2020")]

SERIES = {
    "CRI": Case("period,value", JUMP),
    "GTM": Case("period,value", JUMP, '[[real_change]]\nreporting_country = "GTM"\nperiod = "2019"'),
    "HND": Case("period,value", JUMP, '[[break]]\nmeasure = "victims_detected"\nperiod = "2019"'),
    "SLV": Case("period,value", JUMP, '[[break]]\nperiod = "2019"\ndimension = "sex"'),
    "NIC": Case("period,value", JUMP, '[[break]]\nperiod = "2019-Q3"'),
    "PAN": Case("period,value", EVEN, '[[suspected_break]]\nreporting_country = "PAN"\nperiod = "2020"'),
    "BLZ": Case("period,value", BUT_2020, '[[suspected_break]]\nreporting_country = "BLZ"\nperiod = "2020"'),
    "DOM": Case(
        "period,value",
        [*BUT_2020, "2020,2020"],
        '[[suspected_break]]\nreporting_country = "DOM"\nperiod = "2020"',
    ),
    "MEX": Case("period,value", EVEN, '[[suspected_break]]\nreporting_country = "MEX"\nperiod = "2010"'),
    "CAN": Case(
        "period,sex,value",
        [f"{year},{sex},100" for year in range(2014, 2025) for sex in "FM" if (year, sex) != (2020, "F")],
        '[[suspected_break]]\nreporting_country = "CAN"\nperiod = "2020"',
    ),
}
"""Series of years by country, each in a collection of its own with its own decision."""


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return together(tmp_path_factory.mktemp("series"), SERIES)


@pytest.mark.slow
@pytest.mark.statistics("7", "suspected break")
def test_a_series_is_tested_after_a_jump_until_it_is_decided(series: Home) -> None:
    """Six years are left of it, too few for a direction, and their own baseline."""
    assert verdicts(series, "CRI") == [("_Z", "own:2019-2021", 2024, 6, "too_few_years", "too_few_years")]
    assert ask(
        series,
        "SELECT tested_from, broken_on, flag FROM analysis.trends "
        "WHERE indicator = 'tip_victims_detected' AND reporting_country = 'CRI'",
    ) == [(2019, date(2019, 1, 1), "own_baseline+suspected_break")]
    assert ask(
        series,
        "SELECT question, year(period_start), before_low, value_low FROM analysis.open_questions "
        "WHERE collection = 'X/CRI' AND question <> 'same_number_elsewhere'",
    ) == [("jump", 2019, 100, 400)]


@pytest.mark.slow
@pytest.mark.statistics("7", "decisions.toml")
def test_a_real_change_lets_the_series_be_judged(series: Home) -> None:
    """Judged, whatever the verdict: no reason against it is left."""
    assert [(row[0], row[-1]) for row in verdicts(series, "GTM")] == [("_Z", None)]
    assert ask(
        series,
        "SELECT flag FROM baseline.indicator_values WHERE indicator = 'tip_victims_detected' "
        "AND reporting_country = 'GTM' AND panel = '_Z' AND period_start = DATE '2019-01-01'",
    ) == [("confirmed_change",)]


@pytest.mark.slow
@pytest.mark.statistics("7", "decisions.toml")
def test_a_break_makes_two_series(series: Home) -> None:
    """The second has its own baseline, and both have too few years to be tested."""
    assert verdicts(series, "HND") == [
        ("2019-01-01", "own:2019-2021", 2024, 6, "too_few_years", "too_few_years"),
        ("_Z", "2016-2018", 2018, 5, "too_few_years", "too_few_years"),
    ]
    assert ask(
        series, "SELECT kind, dimension, decided_by FROM registry.decisions WHERE collection = 'X/HND'"
    ) == [("break", None, "Statistics office")]


@pytest.mark.slow
def test_a_break_of_one_breakdown_leaves_the_others(series: Home) -> None:
    assert [row[0] for row in verdicts(series, "SLV")] == ["_Z"]


@pytest.mark.slow
def test_a_break_within_a_year_leaves_that_year_out(series: Home) -> None:
    assert [row[:4] for row in verdicts(series, "NIC")] == [
        ("2019-07-01", "own:2020-2021", 2024, 5),
        ("_Z", "2016-2018", 2018, 5),
    ]


@pytest.mark.slow
@pytest.mark.statistics("7", "unconfirmed break")
def test_a_series_is_tested_after_a_break_that_a_steward_suspects(series: Home) -> None:
    assert verdicts(series, "PAN") == [("_Z", "own:2020-2021", 2024, 5, "too_few_years", "too_few_years")]


@pytest.mark.slow
@pytest.mark.parametrize("country", ["BLZ", "DOM"])
def test_a_suspected_break_lies_before_the_next_year_where_its_own_tells_nothing(
    country: str, series: Home
) -> None:
    """2020 was not sent (Belize), or is itself in doubt and left out."""
    assert verdicts(series, country) == [("_Z", None, 2024, 4, "not_comparable", "recent_break")]


@pytest.mark.slow
def test_a_suspected_break_is_asked_of_each_series_apart(series: Home) -> None:
    """Of 2020 only men were told: the women's series, too, may break there, and has four years since."""
    sql = "SELECT sex, why_not FROM analysis.trends WHERE indicator = 'tip_victims_detected' AND sex <> '_T' ORDER BY ALL"
    assert ask(series, sql) == [("F", "recent_break"), ("M", "too_few_years")]


@pytest.mark.slow
def test_a_suspected_break_before_the_first_value_changes_nothing(series: Home) -> None:
    assert [row[-1] for row in verdicts(series, "MEX")] == [None]


PLAIN = CARD.format(delivery="full", confidentiality="open")
NO_MEASURE = PLAIN.replace('measure = "victims_detected"\n', "")
SMALL = [f"{year},9" for year in range(2012, 2019)]
CONVICTED = [
    f"{year},{measure},{n}"
    for year in range(2014, 2018)
    for measure, n in (("persons_convicted", 50), ("persons_prosecuted", 2015 if year == 2015 else 1900))
]
"""50 convicted a year, 1,900 prosecuted but for the 2,015 of 2015, which both windows hold."""
MEASURES = [
    f"{year},{citizenship},{measure},{n if citizenship else 2 * n}"
    for year in (2022, 2023)
    for measure, n in (("irregular_entries", 30), ("returns", 10))
    for citizenship in ("", "COL", "VEN")
]
"""Entries and returns of two nationalities in one collection."""
MOBILITY = NO_MEASURE.replace('family = "trafficking"', 'family = "irregular_mobility"')

PAIRS = {
    "BLZ": Case("period,value", SMALL),
    "NIC": Case("period,value", SMALL, '[[break]]\nperiod = "2015"'),
    "MEX": Case("period,measure,value", CONVICTED, card=NO_MEASURE),
    "GTM": Case(
        "period,measure,value",
        CONVICTED,
        '[[confirmed_value]]\nmeasure = "persons_prosecuted"\nperiod = "2015"\nvalue = 2015',
        NO_MEASURE,
    ),
    "PAN": Case("period,citizenship,measure,value", MEASURES, card=MOBILITY),
    "CRI": Case(
        "period,citizenship,measure,value",
        MEASURES,
        '[[break]]\nmeasure = "returns"\nperiod = "2023"',
        MOBILITY,
    ),
}
"""Two countries send the same, and of the second something is decided."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return together(tmp_path_factory.mktemp("pairs"), PAIRS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("country", "pooled"), [("BLZ", [2012, 2013, 2014, 2015, 2016]), ("NIC", [2012, 2015, 2016])]
)
def test_years_on_two_sides_of_a_break_are_not_pooled(country: str, pooled: list[int], pairs: Home) -> None:
    assert ask(
        pairs,
        "SELECT year(period_start) FROM baseline.indicator_values "
        f"WHERE pooled_years > 1 AND reporting_country = '{country}' ORDER BY 1",
    ) == [(year,) for year in pooled]


CLASSES = [f"{y},{c},{n}" for y in range(2014, 2025) for c, n in (("", 100), ("PAN", 40))]
BROKEN = {"CRI": ("total", True), "GTM": ("citizenship", True), "HND": ("sex", False)}
"""What is broken in 2019, and whether that breaks the share."""

MIXES = {
    "SLV": ("", None),
    "NIC": ('[[suspected_break]]\nperiod = "2020"', "break"),
    "PAN": ('[[break]]\nperiod = "2020"\ndimension = "citizenship"', "break"),
    "BLZ": ('[[suspected_break]]\nperiod = "2020"\ndimension = "sex"', None),
}
"""What is decided, and why the mix is not tested."""


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Shares of origins and whole tables of them, by country."""
    header, whole = "period,citizenship,value", 'exhaustive = ["citizenship"]\nabsent_cell = "zero"\n'
    rows = [f"{y},{c},{n}" for y in range(2016, 2025) for c, n in (("@", 100), ("CRI", 200), ("COL", 150))]
    cases = {
        country: Case(header, CLASSES, f'[[break]]\nperiod = "2019"\ndimension = "{dimension}"')
        for country, (dimension, _) in BROKEN.items()
    } | {country: Case(header, rows, decision) for country, (decision, _) in MIXES.items()}
    mixes = {country: replace(cases[country], card=cases[country].card + whole) for country in MIXES}
    return together(tmp_path_factory.mktemp("origins"), cases | mixes)


@pytest.mark.slow
@pytest.mark.parametrize("country", BROKEN)
def test_a_break_of_the_total_or_of_its_classes_breaks_a_share_of_all(country: str, origins: Home) -> None:
    found = ask(
        origins,
        "SELECT DISTINCT break_id FROM baseline.indicator_values "
        f"WHERE indicator = 'tip_origin_share_all' AND reporting_country = '{country}' ORDER BY 1",
    )
    assert found == ([("2019-01-01",), ("_Z",)] if BROKEN[country][1] else [("_Z",)])


@pytest.mark.slow
@pytest.mark.parametrize("country", MIXES)
def test_no_mix_is_tested_across_a_break_sure_or_suspected(country: str, origins: Home) -> None:
    mix = f"SELECT why_not FROM analysis.origin_mix WHERE reporting_country = '{country}'"
    assert ask(origins, mix) == [(MIXES[country][1],)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[[brake]]\nperiod = "2019"\n{WHY}', "¿quiso decir / did you mean 'break'?"),
        (f'[[break]]\nperiod = "2019-13"\n{WHY}', "'2019-13' no es un período / is no period"),
        (
            f'[[break]]\nperiod = "2019"\nmeasure = "victims"\n{WHY}',
            "'victims' no es una medida / is no measure",
        ),
        (
            f'[[confirmed_origin]]\nperiod = "2019"\ncitizenship = "Botswana"\n{WHY}',
            "'Botswana' no es un código",
        ),
        (f'[[break]]\nperiod = "2019"\nreporting_country = "CR"\n{WHY}', "'CR' no es un código alfa-3"),
        ('[[break]]\nperiod = "2019"\n', "[break (1).reason]"),
        (f'[[break]]\nperiod = "2019"\n{WHY}'.replace("letter 7", ""), "[break (1).source]"),
        (f'[[confirmed_value]]\nperiod = "2019"\n{WHY}', "[confirmed_value (1).value]"),
        (
            f'[[confirmed_value]]\nperiod = "2015"\nvalue = "2.015"\n{WHY}',
            "[confirmed_value (1).value] debe ser un número",
        ),
        (f'[break]\nperiod = "2019"\n{WHY}', "[break] debe ser una lista"),
        (
            f'[[break]]\nperiod = "2019"\n{WHY}[[break]]\nperiod = 2019\n{WHY}',
            "[break (2).period] debe ser un texto",
        ),
        (
            f'[[break]]\nperiod = "2019"\n{WHY}'.replace("2024-05-01", '"mayo"'),
            "[break (1).decided_on] debe ser una fecha",
        ),
        (f'[[break]]\nperiod = "2019"\ndimension = "edad"\n{WHY}', "must be 'total', 'sex', 'age_group'"),
        ("[[break]", "no es TOML válido / is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "decisions.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardError) as error:
        read_decisions(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_the_file_is_read_under_its_first_name_too_but_not_under_both(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    folder = home.raw / "X" / "c"
    (folder / "breaks.toml").write_text(f'[[break]]\nperiod = "2019"\n{WHY}', encoding="utf-8")
    assert home.decisions_path("X/c") == folder / "breaks.toml"
    assert home.decisions("X/c").break_[0].period == "2019"
    decide(home, "")
    with pytest.raises(CardError) as error:
        home.check_cards()
    assert str(folder) in str(error.value)
    assert "hay decisions.toml y breaks.toml" in str(error.value)
    assert "put all decisions into decisions.toml and remove the other" in str(error.value)


@pytest.mark.slow
def test_what_was_decided_twice_is_one_decision_and_the_later_line_counts(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, DAY, {("MEX", 2015): "2015"})
    once = f'[[confirmed_value]]\nreporting_country = "MEX"\nperiod = "2015"\nvalue = 2015\n{WHY}'
    decide(home, once + once.replace("letter 7", "letter 8") + once.replace("2015", "2016"))
    release(home)
    rows = ask(home, "SELECT value, source FROM registry.decisions WHERE collection = 'X/c' ORDER BY ALL")
    assert rows == [(2015, "letter 8"), (2016, "letter 7")]


@pytest.mark.slow
def test_a_bad_file_stops_the_refresh_and_the_last_release_stays(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, DAY, {("MEX", 2015): "20"})
    release(home)
    before = home.current.read_bytes()
    decide(home, "[[break]")
    with pytest.raises(CardError):
        build_database(home, AS_OF)
    assert home.current.read_bytes() == before


def test_a_decision_makes_the_build_stale(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    send(home, DAY, {("MEX", 2015): "2015"})
    before = freshness.parts(home, AS_OF)
    decide(home, f'[[confirmed_value]]\nperiod = "2015"\nvalue = 2015\n{WHY}')
    assert freshness.parts(home, AS_OF) != before


@pytest.mark.slow
def test_two_measures_of_one_collection_are_two_series(pairs: Home) -> None:
    """An indicator of a whole family takes each measure apart; neither stands twice in a year."""
    of_panama = (
        "indicator = 'mobility_origin_share' AND origin_class = 'extra_regional_americas' "
        "AND reporting_country = 'PAN'"
    )
    assert ask(
        pairs,
        f"SELECT measure, denominator_low, count(*) FROM baseline.indicator_values WHERE {of_panama} "
        "GROUP BY ALL ORDER BY ALL",
    ) == [("irregular_entries", 60, 2), ("returns", 20, 2)]
    counted = "SELECT measure, annual_series = short_series FROM analysis.trend_coverage "
    of_shares = "WHERE indicator = 'mobility_origin_share' AND reporting_country = 'PAN' ORDER BY ALL"
    assert ask(pairs, counted + of_shares) == [("irregular_entries", True), ("returns", True)]


@pytest.mark.slow
def test_a_break_of_one_measure_leaves_the_other(pairs: Home) -> None:
    assert ask(
        pairs,
        "SELECT DISTINCT measure, year(period_start), break_id FROM baseline.indicator_values "
        "WHERE indicator = 'mobility_origin_share' AND reporting_country = 'CRI' ORDER BY ALL",
    ) == [
        ("irregular_entries", 2022, "_Z"),
        ("irregular_entries", 2023, "_Z"),
        ("returns", 2022, "_Z"),
        ("returns", 2023, "2023-01-01"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("country", "counted"), [("MEX", []), ("GTM", [(2014, 150, 5815), (2015, 150, 5815)])]
)
def test_a_confirmed_value_counts_in_a_ratio_again(
    country: str, counted: list[tuple[int, int, int]], pairs: Home
) -> None:
    assert counted == ask(
        pairs,
        "SELECT year(period_start), numerator_low, denominator_low FROM baseline.indicator_values "
        f"WHERE indicator = 'tip_convicted_per_100_prosecuted' AND reporting_country = '{country}' ORDER BY ALL",
    )


SAME_MONTHS = {
    "CRI": ("", 100, [2022, 2023]),
    "GTM": ("", 2023, [2022]),
    "HND": ('[[break]]\nperiod = "2023-01"', 100, [2023]),
    "SLV": ('[[suspected_break]]\nperiod = "2024"', 100, []),
    "NIC": ('[[break]]\nperiod = "2024"\ndimension = "sex"', 100, [2022, 2023]),
}
"""What is decided, what March 2023 had, and the years that 2024 is set beside."""


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two years and a half of months, by country."""
    card = CARD.format(delivery="full", confidentiality="open").replace('frequency = "A"', 'frequency = "M"')
    until = [(y, m) for y in (2022, 2023, 2024) for m in range(1, 13)][:30]
    cases = {
        country: Case(
            "period,value",
            [f"{y}-{m:02d},{march if (y, m) == (2023, 3) else 100}" for y, m in until],
            decision,
            card,
        )
        for country, (decision, march, _) in SAME_MONTHS.items()
    }
    return together(tmp_path_factory.mktemp("months"), cases)


@pytest.mark.slow
@pytest.mark.parametrize("country", SAME_MONTHS)
def test_the_same_months_stand_beside_each_other_where_they_count_the_same(
    country: str, months: Home
) -> None:
    """Half of 2024 beside the same half of the years that count the same, none of it in doubt (March 2023 of 2,023)."""
    same = (
        "SELECT year(other_start), value_low, other_low FROM analysis.same_months "
        f"WHERE reporting_country = '{country}' ORDER BY ALL"
    )
    assert ask(months, same) == [(year, 600, 600) for year in SAME_MONTHS[country][2]]


@pytest.mark.slow
@pytest.mark.parametrize("jumps_are", ["real_change", "break"])
def test_every_open_question_of_the_release_is_settled_by_its_answer(
    jumps_are: str, released_home: Path, tmp_path: Path
) -> None:
    """Completed and put into the collection's file, each can be read, touches something, and is asked no more."""
    shutil.copytree(released_home, tmp_path / "home")
    home = Home(tmp_path / "home")
    key = "question, collection, measure, reporting_country, period_start, frequency, breakdown, citizenship"
    asked = ask(home, f"SELECT answer, {key} FROM analysis.open_questions ORDER BY ALL")
    assert {row[1] for row in asked} >= {"doubtful_value", "sudden_origin", "jump"}
    for answer, _, collection, *_ in asked:
        said = answer.replace('es = "", en = ""', 'es = "a", en = "b"').replace('""', '"an office"')
        with (home.raw / collection / "decisions.toml").open("a", encoding="utf-8") as file:
            file.write(said.replace("[[real_change]]   # o / or [[break]]", f"[[{jumps_are}]]") + "\n\n")
    built = build_database(home, AS_OF)
    idle = [a.examples for a in built.verdict.remarks if a.question.id == "decisions_touch_something"]
    assert idle == []
    assert built.verdict.has_passed
    publish(home, AS_OF)
    left = set(ask(home, f"SELECT {key} FROM analysis.open_questions"))
    assert left.isdisjoint({row[1:] for row in asked})


# ---- accepted spellings ------------------------------------------------------------------------------


def accept(home: Home, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["accept", *arguments], env={"LINEABASE_HOME": str(home.root)})
    assert "Traceback" not in result.output
    return result.exit_code, " ".join(result.output.split())


def fates(home: Home, submission) -> dict[str, int]:
    last = process(home, submission)
    return {fate: n for fate, n in last.rows.items() if n}


@pytest.mark.slow
def test_one_command_accepts_a_slip_for_the_collection_and_says_who_and_when(tmp_path: Path) -> None:
    """Two rows of three are refused; once one spelling is accepted, one of them waits."""
    home = new_home(tmp_path)
    sent = send(home, DAY, {("Hondurqs", 2015): "7", ("CRI", 2015): "5", ("Gautemlq", 2015): "3"})
    assert fates(home, sent) == {"accepted": 1, "quarantined": 2}

    assert accept(home, "X/c", "Hondurqs", "HND", "--office", "Statistics office")[0] == 0
    (label,) = home.decisions("X/c").label
    assert (label.text, label.code, label.decided_by) == ("Hondurqs", "HND", "Statistics office")
    assert label.decided_on == today()
    assert fates(home, sent) == {"accepted": 2, "quarantined": 1}
    release(home)
    known = "SELECT reporting_country, value_low FROM core.current ORDER BY ALL"
    assert ask(home, known) == [("CRI", 5), ("HND", 7)]
    decided = "SELECT count(*) FROM registry.decisions WHERE collection = 'X/c'"
    assert ask(home, decided) == [(0,)]  # of a spelling, not of a value

    before = home.decisions_path("X/c").read_bytes()
    code, told = accept(home, "X/c", "HONDURQS", "HND", "--office", "b")
    assert (code, home.decisions_path("X/c").read_bytes()) == (0, before)
    assert "ya está aceptado" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("X/c", "Honduras", "GTM"), "se lee como HND"),  # a text that is read is never read otherwise
        (("X/c", "Honduras", "HND"), "se lee como HND"),
        (("X/c", "Hondurqs", "HN"), "alfa-3"),
        (("X/c", " ", "HND"), "no estén vacíos"),
        (("X/y", "Hondurqs", "HND"), "X/y"),
    ],
)
def test_what_cannot_be_accepted_is_said_and_nothing_is_written(arguments, said: str, tmp_path: Path) -> None:
    home = new_home(tmp_path)
    code, told = accept(home, *arguments, "--office", "a")
    assert code != 0
    assert said in told
    assert not home.decisions_path("X/c").exists()


@pytest.mark.slow
def test_what_the_card_s_language_refuses_has_a_suggestion_and_can_be_accepted(tmp_path: Path) -> None:
    """Read where no language is declared; a Spanish column refuses it, and says which country it may be."""
    plain = 'nacionalidad = { role = "citizenship", codes = "any" }'
    spanish = build.card((plain, plain.replace(" }", ', language = "es" }')))
    home = build.home(tmp_path / "home", spanish)
    file = build.write(tmp_path, build.with_cell(3, "nacionalidad", "Frankreich"))
    sent = receive(home, file, build.COLLECTION, build.RECEIVED)
    assert [(f.rule, f.suggestion) for f in process(home, sent).findings][:1] == [("unknown_country", "FRA")]
    assert accept(home, build.COLLECTION, "Frankreich", "FRA", "--office", "a")[0] == 0
    assert "quarantined" not in fates(home, sent)


@pytest.mark.slow
def test_a_label_touches_no_text_that_is_read(tmp_path: Path) -> None:
    home = new_home(tmp_path)
    decide(home, '[[label]]\ntext = "Guatemala"\nmeans = "HND"\ndecided_by = "a"\ndecided_on = 2024-01-01\n')
    send(home, DAY, {("Guatemala", 2015): "7"})
    release(home)
    assert ask(home, "SELECT reporting_country FROM core.current") == [("GTM",)]


def test_what_a_home_decides_is_added_to_what_was_shipped(tmp_path: Path, monkeypatch) -> None:
    """A first answer must not drop the shipped breaks, nor cut the home off from the shipped card."""
    shipped = new_home(tmp_path / "shipped")
    decide(shipped, f'[[break]]\nperiod = "2019"\n{WHY}')
    monkeypatch.setattr(layout, "CHECKOUT", shipped.root)
    home = Home(tmp_path / "home")
    home.root.mkdir()
    assert accept(home, "X/c", "Hondurqs", "HND", "--office", "a")[0] == 0
    decided = home.decisions("X/c")
    assert [label.text for label in decided.label] == ["Hondurqs"]
    assert [one.period for one in decided.break_] == ["2019"]
    assert [path.name for path in (home.raw / "X" / "c").iterdir()] == ["decisions.toml"]
