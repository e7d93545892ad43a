"""Chapters of docs/collections.*.md: the metadata that statisticians keep of each collection.

From a release and its cards: definition, calendar, revisions, coverage, accuracy, timeliness, comparability,
and source. collection_tables.py writes the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import duckdb

from schemas.codelists import codelist
from schemas.licences import licence
from schemas.pages import Lang, table
from schemas.periods import Period

Words = dict[Lang, str]
Row = dict[str, Any]

WORDS: dict[str, Words] = {
    "what": {"es": "dato", "en": "item"},
    "said": {"es": "lo que consta", "en": "what is known"},
    "counted": {"es": "Qué se cuenta", "en": "What is counted"},
    "covers": {"es": "Qué casos cubre", "en": "Which cases it covers"},
    "calendar": {"es": "Calendario", "en": "Release calendar"},
    "policy": {"es": "Política de revisión", "en": "Revision policy"},
    "revised": {"es": "Tamaño usual de las revisiones", "en": "Usual size of revisions"},
    "coverage": {"es": "Cobertura", "en": "Coverage"},
    "accuracy": {"es": "Exactitud", "en": "Accuracy"},
    "timeliness": {"es": "Oportunidad", "en": "Timeliness"},
    "comparability": {"es": "Comparabilidad", "en": "Comparability"},
    "source": {"es": "Fuente y licencia", "en": "Source and licence"},
    "all_cases": {
        "es": "La ficha no dice más que el título",
        "en": "The card says no more than the title",
    },
    "unsaid": {
        "es": "De las víctimas no dice si son presuntas o formalmente identificadas",
        "en": "Of victims it does not say whether they are presumed or formally identified",
    },
    "again": {
        "es": "Quien reaparece cuenta otra vez",
        "en": "Whoever comes again counts again",
    },
    "due": {
        "es": "{frequency}; se espera a más tardar {days} días después de cada período. Último "
        "período: hasta {last}. El próximo vence el {due}",
        "en": "{frequency}; expected within {days} days of each period. Last period: up to {last}. The "
        "next is due by {due}",
    },
    "nothing_newer": {
        "es": "La serie está cerrada: no se espera nada más reciente",
        "en": "The series is closed: nothing newer is awaited",
    },
    "ended": {
        "es": "Serie cerrada: terminó el {ended}",
        "en": "A closed series: it ended on {ended}",
    },
    "fiscal": {
        "es": "Años fiscales, que empiezan en el mes {month}",
        "en": "Fiscal years, which begin with month {month}",
    },
    "as_reported": {
        "es": "El año es el que cada país comunicó: de algunos probablemente el fiscal",
        "en": "The year is as each country reported it: of some probably the fiscal one",
    },
    "full": {
        "es": "Cada entrega trae la serie entera y reemplaza a la anterior, que se conserva; si cambia "
        "o falta la décima parte de los valores, espera la confirmación de una oficina",
        "en": "Each delivery brings the whole series and replaces the one before, which is kept; where "
        "a tenth of the values changed or went it waits until an office confirms it",
    },
    "by_period": {
        "es": "Cada entrega trae sus períodos y reemplaza solo esos; lo anterior se conserva",
        "en": "Each delivery brings its periods and replaces those alone; what was there before is kept",
    },
    "one_extract": {
        "es": "Aún se desconoce: solo hay una entrega",
        "en": "Not known yet: there is one delivery only",
    },
    "changes": {
        "es": "Entre {old} y {new}: de {both} valores que están en las dos, {revised} cambiaron "
        "({part} %); de los exactos en ambas la mitad cambió {median} % o más y un cuarto "
        "{upper} % o más. Nuevos {added}, retirados {withdrawn}, en cuarentena {quarantined}",
        "en": "Between {old} and {new}: of {both} values in both, {revised} changed ({part} %); of "
        "those exact in both half changed by {median} % or more and a quarter by {upper} % or "
        "more. New {added}, withdrawn {withdrawn}, quarantined {quarantined}",
    },
    "places": {
        "es": "{countries} que informan, de {first} a {last}",
        "en": "{countries} reporting, from {first} to {last}",
    },
    "one_country": {"es": "1 país o grupo", "en": "1 country or grouping"},
    "countries": {"es": "{n} países o grupos", "en": "{n} countries or groupings"},
    "years_told": {
        "es": "De los años de cada país y medida: {said}",
        "en": "Of the years of each country and measure: {said}",
    },
    "rows": {
        "es": "De {received} filas de la última entrega, {accepted} aceptadas, {quarantined} en "
        "cuarentena, {out} fuera de alcance",
        "en": "Of {received} rows of the last delivery {accepted} are accepted, {quarantined} "
        "quarantined, {out} out of scope",
    },
    "exact": {
        "es": "Exacto el {part} % de los valores vigentes; los demás son intervalos",
        "en": "{part} % of the values in force are exact, the others are intervals",
    },
    "all_exact": {"es": "Todos los valores vigentes son exactos", "en": "All values in force are exact"},
    "flags": {"es": "Avisos: {said}", "en": "Flags: {said}"},
    "delay": {
        "es": "El último período terminó {days} días antes de la fecha de la última entrega ({received})",
        "en": "The last period ended {days} days before the date of the last delivery ({received})",
    },
    "beside": {
        "es": "Junto a `{other}`: {n} períodos comparables, de {low} a {high} veces (mediana {median})",
        "en": "Beside `{other}`: {n} periods to compare, {low} to {high} times (median {median})",
    },
    "alone": {
        "es": "Ninguna otra colección tiene las mismas medidas",
        "en": "No other collection has the same measures",
    },
    "breaks": {
        "es": "Rupturas decididas: {n}. Preguntas abiertas: {open}",
        "en": "Breaks decided: {n}. Open questions: {open}",
    },
}

_COLLECTIONS = """
SELECT * FROM registry.collections SEMI JOIN core.current USING (collection) ORDER BY collection
"""
_MEASURES = """
SELECT c.collection, c.measure, bool_or(c.recapture = 'possible') AS again,
    any_value(m.whose) = 'victim' AND bool_and(c.identification_status IN ('_Z', '_U')) AS is_unsaid
FROM core.current AS c JOIN reference.measures AS m USING (measure) GROUP BY ALL ORDER BY ALL
"""
_VALUES = """
SELECT collection, count(DISTINCT reporting_country) AS countries, min(period_start) AS first,
    max(period_end) AS last, count(*) AS n, count(*) FILTER (value_low = value_high) AS exact
FROM core.current GROUP BY ALL
"""
_SUBMISSIONS = """
SELECT * FROM registry.submissions WHERE status = 'accepted' AND withdrawn_on IS NULL
QUALIFY row_number() OVER (PARTITION BY collection ORDER BY received_on DESC, submission DESC) = 1
"""
_REVISIONS = """
SELECT r.*, o.received_on AS old, n.received_on AS new,
    (SELECT count(*) FROM core.observations WHERE submission = r.old_submission)
        - withdrawn - quarantined AS both
FROM (
    SELECT collection, old_submission, new_submission,
        count(*) FILTER (kind = 'revised') AS revised, count(*) FILTER (kind = 'new') AS added,
        count(*) FILTER (kind = 'withdrawn') AS withdrawn,
        count(*) FILTER (kind = 'quarantined') AS quarantined,
        quantile_cont(100 * abs(new_low - old_low) / old_low, [.5, .75]) FILTER (
            kind = 'revised' AND old_low = old_high AND new_low = new_high AND old_low > 0
        ) AS sizes
    FROM analysis.revisions GROUP BY ALL
) AS r
JOIN registry.submissions AS o ON o.submission = r.old_submission
JOIN registry.submissions AS n ON n.submission = r.new_submission
ORDER BY new, old
"""
_COVERAGE = """
SELECT collection, status, count(*) AS n FROM analysis.coverage
GROUP BY ALL ORDER BY n DESC, status
"""
_FLAGS = """
SELECT collection, flag, count(*) AS n
FROM (SELECT collection, unnest(string_split(flag, '+')) AS flag FROM core.current WHERE flag IS NOT NULL)
GROUP BY ALL ORDER BY n DESC, flag
"""
_COMPARISONS = """
WITH ratios AS (
    SELECT collection_a AS collection, collection_b AS other, ratio_low AS low, ratio_high AS high
    FROM analysis.source_agreement WHERE ratio_low IS NOT NULL AND ratio_high IS NOT NULL
    UNION ALL
    SELECT collection_b, collection_a, 1 / ratio_high, 1 / ratio_low
    FROM analysis.source_agreement WHERE ratio_low > 0 AND ratio_high IS NOT NULL
)
SELECT collection, other, count(*) AS n, min(low) AS low, max(high) AS high,
    quantile_cont((low + high) / 2, .5) AS median
FROM ratios GROUP BY ALL ORDER BY other
"""
_BREAKS = """
SELECT collection, count(*) AS n
FROM (SELECT DISTINCT * EXCLUDE (basis) FROM core.breaks WHERE kind = 'break')
GROUP BY ALL
"""
_OPEN = "SELECT collection, count(*) AS n FROM analysis.open_questions GROUP BY ALL"


def chapters(release: duckdb.DuckDBPyConnection, lang: Lang) -> list[str]:
    """Return a chapter for each collection in force: its title and a table of its metadata."""
    results = {
        query: _by_collection(release, query)
        for query in (
            _MEASURES,
            _VALUES,
            _SUBMISSIONS,
            _REVISIONS,
            _COVERAGE,
            _FLAGS,
            _COMPARISONS,
            _BREAKS,
            _OPEN,
        )
    }

    def chapter(card: Row) -> str:
        collection_rows = {query: rows.get(card["collection"], []) for query, rows in results.items()}
        rows = [
            [_text(item, lang), ". ".join(sentence.rstrip(".") for sentence in sentences)]
            for item, item_sentences in ITEMS.items()
            if (sentences := item_sentences(card, collection_rows, lang))
        ]
        head = f"## `{card['collection']}`\n\n{card[f'title_{lang}']}"
        return f"{head}\n\n{table([_text('what', lang), _text('said', lang)], rows)}"

    return [chapter(card) for card in _rows(release, _COLLECTIONS)]


# ---- items: card, rows of the collection, language → sentences -------------------------------------

CollectionRows = dict[str, list[Row]]


def _definition(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    measures = ", ".join(
        codelist("measure")[measure["measure"]].name(lang).lower() for measure in collection_rows[_MEASURES]
    )
    recount_note = (
        [_text("again", lang)] if any(measure["again"] for measure in collection_rows[_MEASURES]) else []
    )
    return [measures.capitalize(), *recount_note]


def _scope(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    unknown_status = (
        [_text("unsaid", lang)] if any(m["is_unsaid"] for m in collection_rows[_MEASURES]) else []
    )
    return [card[f"scope_{lang}"] or _text("all_cases", lang), *unknown_status]


def _calendar(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    year = {
        "fiscal": _text("fiscal", lang, month=card["year_starts"]),
        "as_reported": _text("as_reported", lang),
    }
    basis = [year[card["period_basis"]]] if card["period_basis"] in year else []
    if card["ended"] is not None:
        return [_text("ended", lang, ended=card["ended"]), *basis]
    last = collection_rows[_VALUES][0]["last"]
    frequency = codelist("frequency")[card["frequency"]].name(lang)
    next_period = Period(last + timedelta(days=1), card["frequency"])
    due = next_period.end + timedelta(days=card["due_days"])
    return [_text("due", lang, frequency=frequency, days=card["due_days"], last=last, due=due), *basis]


def _policy(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    return [_text(card["delivery"], lang)]


def _revision_sizes(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    return [_change_sentence(r, lang) for r in collection_rows[_REVISIONS]] or [_text("one_extract", lang)]


def _change_sentence(revisions: Row, lang: Lang) -> str:
    median, upper = revisions["sizes"] or (None, None)
    part = _per_cent(revisions["revised"], revisions["both"])
    return _text(
        "changes",
        lang,
        **revisions
        | {"median": _number_text(median, lang), "upper": _number_text(upper, lang), "part": part},
    )


def _coverage(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    values = collection_rows[_VALUES][0]
    n = values["countries"]
    countries = _text("one_country", lang) if n == 1 else _text("countries", lang, n=n)
    statuses = [
        f"{codelist('coverage_status')[c['status']].name(lang).lower()}: {c['n']}"
        for c in collection_rows[_COVERAGE]
    ]
    years = [_text("years_told", lang, said="; ".join(statuses))] if statuses else []
    return [_text("places", lang, countries=countries, first=values["first"], last=values["last"]), *years]


def _accuracy(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    values, submission = collection_rows[_VALUES][0], collection_rows[_SUBMISSIONS][0]
    rows = _text(
        "rows",
        lang,
        received=submission["rows_received"],
        accepted=submission["rows_accepted"],
        quarantined=submission["rows_quarantined"],
        out=submission["rows_out_of_scope"],
    )
    is_all_exact = values["exact"] == values["n"]
    part = _per_cent(values["exact"], values["n"])
    flags = [
        f"{codelist('obs_flag')[f['flag']].name(lang).lower()} ({f['n']})"
        for f in collection_rows[_FLAGS][:5]
    ]
    return [
        rows,
        _text("all_exact", lang) if is_all_exact else _text("exact", lang, part=part),
        *([_text("flags", lang, said="; ".join(flags))] if flags else []),
    ]


def _timeliness(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    if card["ended"] is not None:
        return [_text("nothing_newer", lang)]
    received_on, last = collection_rows[_SUBMISSIONS][0]["received_on"], collection_rows[_VALUES][0]["last"]
    return [_text("delay", lang, days=(received_on - last).days, received=received_on)]


def _comparability(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    comparisons = [
        _text(
            "beside",
            lang,
            **b | {bound: _number_text(b[bound], lang, 2) for bound in ("low", "high", "median")},
        )
        for b in collection_rows[_COMPARISONS]
    ]
    breaks, open_questions = (sum(row["n"] for row in collection_rows[query]) for query in (_BREAKS, _OPEN))
    return [*(comparisons or [_text("alone", lang)]), _text("breaks", lang, n=breaks, open=open_questions)]


def _source(card: Row, collection_rows: CollectionRows, lang: Lang) -> list[str]:
    return [card["citation"], licence(card["licence"], lang)]


ITEMS: dict[str, Callable[[Row, CollectionRows, Lang], list[str]]] = {
    "counted": _definition,
    "covers": _scope,
    "calendar": _calendar,
    "policy": _policy,
    "revised": _revision_sizes,
    "coverage": _coverage,
    "accuracy": _accuracy,
    "timeliness": _timeliness,
    "comparability": _comparability,
    "source": _source,
}
"""The items of a chapter in order, each with its function. An item without sentences has no row."""


def _text(word: str, lang: Lang, **values: object) -> str:
    return WORDS[word][lang].format(**values)


def _number_text(value: float | None, lang: Lang, digits: int = 0) -> str:
    text = "–" if value is None else f"{value:.{digits}f}"
    return text.replace(".", ",") if lang == "es" else text


def _per_cent(part: int, total: int) -> int:
    """Return a whole percentage; 100 only if the part is the whole."""
    return min(99, round(100 * part / total)) if part < total else 100


def _rows(release: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = release.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _by_collection(release: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[Row]]:
    by_collection: dict[str, list[Row]] = {}
    for row in _rows(release, query):
        by_collection.setdefault(row["collection"], []).append(row)
    return by_collection
