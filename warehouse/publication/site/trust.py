"""Reliability of a figure: the questions a reader would ask about it, each with a short answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.code_names import name_in_list
from schemas.groupings import DEFAULT_GROUPING
from schemas.words import column_text, say
from warehouse.publication.chart_titles import years_text
from warehouse.publication.site import caveats, changes, open_questions, origin_summary, wording
from warehouse.publication.site.facts import PAGE_SERIES, Facts
from warehouse.publication.site.part import Content
from warehouse.statements import judgement_sentences
from warehouse.statements.headlines import persons_text

if TYPE_CHECKING:
    from schemas.tables.rows import HeadlineRegionRow, LabelledFigure, OpenQuestionsRow, StatementsRow

Line = dict[str, str]
DIFFERING_YEARS_SHOWN = 3
"""Number of the newest differing years for which both sources' numbers are shown."""

_SOURCES_DIFFER = "sources_differ"
"""Question (code list open_question) on what the line on other sources shows."""


def figure_lines(facts: Facts, row: LabelledFigure, lang: str) -> list[Line]:
    """Return the lines on a member's figure: a short answer, then reasons for and against."""
    return _lines(
        lang,
        short=_short_answer(facts, row, lang),
        counts=_counted_texts(facts, row, lang),
        source=source_citation(row, lang),
        bounds=_range_sentence(row, lang),
        completeness=_known_origins_sentence(facts, row, lang),
        revised=" ".join(
            [
                *(_revised_total_sentence(facts, other, lang) for other in _revisions_of_total(facts, row)),
                *_outlook_of_figure(row, lang),
            ]
        ),
        agreement=_agreement_texts(facts, row, lang),
        questions=_question_sentences(facts, row, lang),
    )


def _short_answer(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return what the figure counts, the short answer (yes, in part, or as a range), and the cautions."""
    warnings = caveats.figure_warnings(facts, row, lang, with_age=False)
    [judgement] = facts.judgements(row, "answer")
    name = facts.name(row["reporting_country"], lang)
    answer = say(f"site.answer.{judgement['code']}", lang, name=name, source=column_text(row, "source", lang))
    cautions = [*warnings, caveats.age_warning(facts, row, lang), _revision_sentence(facts, row, lang)]
    cautions += [*_disagreeing_sources(facts, row, lang), _no_trend_sentence(row, lang)]
    caveat = caveats.series_caveat(facts, row, lang)
    return " ".join(filter(None, [caveat, answer, _cautions_sentence(cautions, lang)]))


def _counted_texts(facts: Facts, row: LabelledFigure, lang: str) -> str | tuple[str, str]:
    """Return who counts a figure's series; what it counts, in full, and the sources are folded away."""
    series = facts.series_kind(row)
    if series is None:
        return ""
    authority, what = series["authority"], column_text(series, "what", lang)
    by = say("series.by", lang, authority=authority) if authority else ""
    return by, " ".join(filter(None, [what and f"{what.rstrip('.')}.", series["source"]]))


def _cautions_sentence(cautions: Sequence[str], lang: str) -> str:
    """Join the cautions into a sentence."""
    joined = "; ".join(wording.phrase(caution) for caution in cautions if caution)
    return say("site.with_care", lang, cautions=joined) if joined else ""


def _revision_sentence(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """State that a later submission changed the figure, or that none has come yet. Empty if confirmed."""
    kind = _revision_state(facts, row)
    return "" if kind == "left" else say(f"site.care.{kind}", lang)


def _disagreeing_sources(facts: Facts, row: LabelledFigure, lang: str) -> list[str]:
    """List sources that report a different value for the same total."""
    return [
        say("site.care.differs", lang, title=_other_title(facts, other, lang), **_both_values(other, lang))
        for other in _agreements_of_year(facts, row)
        if other["code"] != "same"
    ]


def _no_trend_sentence(row: LabelledFigure, lang: str) -> str:
    """State that no rise or fall is claimed, if so."""
    return "" if row["direction"] in changes.CLAIMED_DIRECTIONS else say("site.care.no_trend", lang)


def _open_questions(facts: Facts, row: LabelledFigure) -> list[OpenQuestionsRow]:
    """Return the open questions on a figure and its parts."""
    return open_questions.questions_on(facts, row["reporting_country"], row["year"], row["indicator"])


def _split_questions(
    questions: Sequence[OpenQuestionsRow],
) -> tuple[list[OpenQuestionsRow], list[OpenQuestionsRow]]:
    """Split questions into those on totals and on parts. The line on other sources has their differences."""
    on_total, on_parts = open_questions.split_by_total(questions)
    return [question for question in on_total if question["question"] != _SOURCES_DIFFER], on_parts


def _question_sentences(facts: Facts, row: LabelledFigure, lang: str) -> tuple[str, str]:
    """Return the open questions on a figure, and those on its parts.

    If there are none, the text gives the number of other open questions of the country.
    """
    on_total, on_parts = _split_questions(_open_questions(facts, row))
    parts = ""
    if on_parts:
        parts = say("site.asked_parts", lang, doubts=open_questions.questions_text(facts, on_parts, lang))
    if on_total:
        questions = open_questions.questions_text(facts, on_total, lang)
        return say("site.asked_total", lang, doubts=questions), parts
    if on_parts:
        return say("site.no_question", lang), parts
    n = len(open_questions.questions_by_figure(facts, row["reporting_country"]))
    return (say("site.no_question_but", lang, n=n) if n else say("site.no_question", lang)), ""


def _other_title(facts: Facts, agreement: StatementsRow, lang: str) -> str:
    return wording.collection_title(facts, str(agreement["other_collection"]), lang)


def _both_values(agreement: StatementsRow, lang: str) -> dict[str, str]:
    """Return the total of a figure's own source, and that of the other."""
    return {
        "here": persons_text(agreement["value_low"], agreement["value_high"], lang),
        "there": persons_text(agreement["other_low"], agreement["other_high"], lang),
    }


def _range_sentence(row: LabelledFigure, lang: str) -> str:
    """Describe the bounds of a range. Empty for an exact figure."""
    return "" if row["how"] == "exact" else name_in_list("headline_how", row["how"], lang)


def _revision_state(facts: Facts, row: LabelledFigure) -> str:
    """Return the state of the total behind a figure: `changed`, `left` or `not_yet`.

    `not_yet` means that no later submission could have changed it. The release does not publish the revisions
    of a protected figure, nor that there are none.
    """
    return next((str(judgement["code"]) for judgement in facts.judgements(row, "revision")), "left")


def _lines(lang: str, **texts: str | tuple[str, str]) -> list[Line]:
    """Return the lines that have a text.

    The short answer comes first and has no name. The second of two texts is folded away on the page.
    """
    lines = []
    for name, content in texts.items():
        text, fold = (content, "") if isinstance(content, str) else content
        if text or fold:
            title = "" if name == "short" else say(f"site.ask.{name}", lang)
            lines.append({"name": title, "text": text, "fold": fold})
    return lines


def source_citation(row: LabelledFigure, lang: str) -> str:
    """Return the citation of a figure: source, day received, and the source's own name."""
    parameters = {
        "title": column_text(row, "source", lang),
        "received": row["received_on"],
        "citation": row["citation"],
    }
    return say("chart.source", lang, **parameters)


def _known_origins_sentence(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return how many of the victims of a year have a known origin."""
    if row["indicator"] != PAGE_SERIES["victims"]:
        return ""
    known_origins = facts.headline(PAGE_SERIES["origin_known"], row["reporting_country"], row["year"])
    if known_origins is None or not wording.is_number(known_origins):
        is_withheld = known_origins is not None and known_origins["how"] == "withheld"
        return say("site.origin_withheld" if is_withheld else "site.origin_not_told", lang)
    return say("site.origin_known", lang, value=wording.figure_text(known_origins, lang))


def revision_sentences(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """State whether a later submission changed the total behind a figure, and if it looks shifted.

    Empty for a protected figure, since the release does not publish its revisions.
    """
    if facts.is_protected(row):
        return ""
    sentences = [_revised_total_sentence(facts, other, lang) for other in _revisions_of_total(facts, row)]
    if not sentences:
        is_left = _revision_state(facts, row) == "left"
        sentences = [say("site.not_revised" if is_left else "site.not_later", lang)]
    return " ".join([*sentences, *_outlook_of_figure(row, lang)])


def _outlook_of_figure(row: LabelledFigure, lang: str) -> list[str]:
    """Return whether a figure is still expected to change, where three submissions or more show it."""
    state = row["revision_state"]
    return [f"{name_in_list('revision_state', state, lang)}."] if state else []


def _revisions_of_total(facts: Facts, row: LabelledFigure) -> list[StatementsRow]:
    """Return the revisions of the total behind a figure."""
    return [
        judgement
        for judgement in facts.judgements(row, "revision")
        if judgement["code"] == judgement_sentences.REVISED_TOTAL
    ]


def _revised_total_sentence(facts: Facts, revision: StatementsRow, lang: str) -> str:
    sentence = judgement_sentences.revision_sentence(revision, lang)
    return (
        f"{sentence} {say('site.looks_shifted', lang)}"
        if changes.looks_shifted(facts, revision)
        else sentence
    )


def can_have_other_sources(facts: Facts, indicator: str) -> bool:
    """Return whether other sources can report an indicator: it is a total of a single measure."""
    return facts.catalogue[indicator]["denominator"] is None and len(facts.measures.get(indicator, [])) == 1


def agreement_text(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Describe other sources' values for the same total, with a note that each counts in its own way."""
    text = other_sources_text(facts, row, lang)
    return f"{text} {say('site.own_way', lang)}" if _other_totals(facts, row, lang) else text


def _agreement_texts(facts: Facts, row: LabelledFigure, lang: str) -> str | tuple[str, str]:
    """Return the agreement of a figure; if a source has that year, other years are folded away."""
    if not can_have_other_sources(facts, row["indicator"]) or not _other_totals(facts, row, lang):
        return agreement_text(facts, row, lang)
    that_year = f"{other_sources_text(facts, row, lang, in_short=True)} {say('site.own_way', lang)}"
    return that_year, " ".join(_agreement_in_other_years(facts, row, lang))


def other_sources_text(facts: Facts, row: LabelledFigure, lang: str, *, in_short: bool = False) -> str:
    """Describe other sources' values for the same total, or state that there are none.

    `in_short` leaves out other years.
    """
    if not can_have_other_sources(facts, row["indicator"]):
        return ""
    totals = _other_totals(facts, row, lang)
    that_year = f"{'; '.join(totals)}." if totals else say("site.none_that_year", lang, year=row["period"])
    if in_short:
        return that_year
    if not totals:
        that_year = say("site.no_other_source", lang, year=row["period"])
    return " ".join([that_year, *_agreement_in_other_years(facts, row, lang)])


def _other_totals(facts: Facts, row: LabelledFigure, lang: str) -> list[str]:
    """Return each other source's value for that year, comparable sources first.

    Sources are not comparable if their year begins on another day or their counts are protected.
    """
    agreements = _agreements_of_year(facts, row)
    totals = [
        f"{_other_title(facts, other, lang)}: {_both_values(other, lang)['there']}" for other in agreements
    ]
    shown_sources = {row["collection"], *(other["other_collection"] for other in agreements)}
    remaining = facts.other_totals.get((row["reporting_country"], row["indicator"], row["year"]), [])
    return totals + [
        wording.total_with_source(facts, total, lang)
        for total in remaining
        if total["collection"] not in shown_sources
    ]


def _agreement_in_other_years(facts: Facts, row: LabelledFigure, lang: str) -> list[str]:
    """Return each other source's agreement in other years of the series."""
    same_years: dict[str, list[int]] = {}
    overlapping_years: dict[str, list[int]] = {}
    differing: dict[str, list[str]] = {}
    for other in facts.agreements(row["indicator"], row["reporting_country"], row["collection"]):
        if other["year"] == row["year"]:
            continue
        title = _other_title(facts, other, lang)
        if other["code"] == "same":
            same_years.setdefault(title, []).append(other["year"])
        elif other["code"] == "may_be_same":
            overlapping_years.setdefault(title, []).append(other["year"])
        else:
            text = say("site.year_apart", lang, year=other["year"], **_both_values(other, lang))
            differing.setdefault(title, []).append(text)
    sentences = [
        _other_years_sentence(name, same_years.get(name, []), differing.get(name, []), lang)
        for name in {**same_years, **differing}
    ]
    return sentences + [
        say("site.other_then.within", lang, title=title, years=years_text(years))
        for title, years in overlapping_years.items()
    ]


def _other_years_sentence(title: str, same_years: list[int], differing: Sequence[str], lang: str) -> str:
    """State in which other years a source reported the same number, and in which a different number."""
    parameters = {
        "title": title,
        "same": years_text(same_years),
        "apart": "; ".join(differing[-DIFFERING_YEARS_SHOWN:]),
    }
    kind = "both" if same_years and differing else "same" if same_years else "apart"
    return say(f"site.other_then.{kind}", lang, **{k: v for k, v in parameters.items() if v})


def _agreements_of_year(facts: Facts, row: LabelledFigure) -> list[StatementsRow]:
    """Return how the total behind a figure agrees with those of other sources."""
    agreements = facts.agreements(row["indicator"], row["reporting_country"], row["collection"])
    return [other for other in agreements if other["year"] == row["year"]]


def count_open_questions(facts: Facts, row: LabelledFigure) -> int:
    """Count the open questions on a figure itself."""
    return sum(open_questions.is_on_total(question) for question in _open_questions(facts, row))


def region_lines(facts: Facts, lang: str) -> list[Line]:
    """Return the lines on the region's sum of detected victims, with the members in it."""
    row = origin_summary.newest_regional_total(facts)
    if row is None:
        return []
    parameters = {
        "n": row["members_reporting"],
        "all": row["members_total"],
        "source": column_text(row, "source", lang),
    }
    cautions = [
        origin_summary.dominant_member_sentence(
            facts, PAGE_SERIES["victims"], DEFAULT_GROUPING, row["year"], lang
        )
    ]
    cautions += [
        *caveats.figure_warnings(facts, row, lang),
        _sum_revision_sentence(facts, row, lang),
        _no_trend_sentence(row, lang),
    ]
    answers = facts.judgements(row, "answer")
    if doubtful_members := [facts.name(answer["member"], lang) for answer in answers if answer["member"]]:
        parameters["members"] = ", ".join(doubtful_members)
    answer = say(f"site.answer.{answers[0]['code']}", lang, **parameters)
    return _lines(
        lang,
        short=" ".join(
            filter(
                None,
                [caveats.left_out_sentence(facts, row, lang), answer, _cautions_sentence(cautions, lang)],
            )
        ),
        source=source_citation(row, lang),
        who=(
            _left_out_members(facts, row, lang),
            origin_summary.reporting_members_sentence(facts, row, lang),
        ),
        agreement=_disagreeing_members(facts, row, lang),
        questions=_questions_within_sum(facts, (row["members"] or "").split(), row, lang),
    )


def origin_lines(facts: Facts, lang: str) -> Content:
    """Return the headline and the lines on the region's shares of origin."""
    newest = wording.newest_origins(
        [
            r
            for r in facts.regions.get(PAGE_SERIES["origin_shares"], [])
            if r["reporting_country"] == DEFAULT_GROUPING
        ]
    )
    if not newest:
        return {}
    row = newest[0]
    members = (row["members"] or "").split()
    cautions = [
        origin_summary.dominant_member_sentence(
            facts, PAGE_SERIES["origin_shares"], DEFAULT_GROUPING, row["year"], lang
        )
    ]
    cautions += [*caveats.figure_warnings(facts, row, lang), _sum_revision_sentence(facts, row, lang)]
    lines = _lines(
        lang,
        short=" ".join(
            filter(
                None,
                [
                    caveats.left_out_sentence(facts, row, lang),
                    _majority_sentence(facts, row, lang),
                    _cautions_sentence(cautions, lang),
                ],
            )
        ),
        source=source_citation(row, lang),
        who=(_left_out_members(facts, row, lang), origin_summary.origin_members_sentence(facts, row, lang)),
        agreement=_disagreeing_members(facts, row, lang),
        questions=_questions_within_sum(facts, members, row, lang),
    )
    return {"value": origin_summary.inside_headline(facts, row, lang), "lines": lines}


def _majority_sentence(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """State whether inside or outside is surely the majority, and how many members report."""
    side, minimum = origin_summary.majority_side(origin_summary.majority_with_bounds(facts, row))
    parameters = {"n": row["members_reporting"], "all": row["members_total"]}
    return say(
        f"site.answer.{side}", lang, least=origin_summary.share_text(minimum, minimum, lang), **parameters
    )


def _questions_within_sum(
    facts: Facts, members: Sequence[str], row: HeadlineRegionRow, lang: str
) -> tuple[str, str]:
    """Return the open questions on the totals in a sum by country, and all of them with their values."""
    questions = [
        question
        for member in members
        for question in open_questions.questions_on(facts, member, row["year"], PAGE_SERIES["victims"])
    ]
    on_total, on_parts = _split_questions(questions)
    sentence = say("site.no_question_within", lang)
    if on_total:
        doubts = open_questions.countries_text(facts, on_total, lang)
        sentence = say("site.asked_total", lang, doubts=doubts)
    if on_parts:
        names = dict.fromkeys(facts.name(question["reporting_country"], lang) for question in on_parts)
        sentence = f"{sentence} {say('site.asked_parts_of', lang, members=', '.join(names))}"
    return sentence, open_questions.questions_text(facts, questions, lang, with_names=True)


def _disagreeing_members(facts: Facts, row: HeadlineRegionRow, lang: str) -> str | tuple[str, str]:
    """List the members of a sum for which another source surely has another total, and fold the totals."""
    by_source: dict[str, list[str]] = {}
    names: dict[str, None] = {}
    for member in (row["members"] or "").split():
        for other in facts.agreements(PAGE_SERIES["victims"], member, row["collection"]):
            if other["year"] == row["year"] and other["code"] == "differs_widely":
                name = facts.name(member, lang)
                names[name] = None
                text = say("site.here_there", lang, name=name, **_both_values(other, lang))
                by_source.setdefault(str(other["other_collection"]), []).append(text)
    sentences = [
        say(
            "site.totals_of_source",
            lang,
            title=wording.collection_title(facts, name, lang),
            members=", ".join(members),
        )
        for name, members in by_source.items()
    ]
    if not sentences:
        return say("site.none_apart", lang, year=row["year"])
    return say("site.totals_apart", lang, year=row["period"], members=", ".join(names)), " ".join(sentences)


def _left_out_members(facts: Facts, row: HeadlineRegionRow, lang: str) -> str:
    """List the members that are not in a sum, with their figures."""
    reporting = (row["members"] or "").split()
    left_out = [
        _left_out_member(facts, member, row["year"], lang)
        for member in facts.members_by_name(lang)
        if member not in reporting
    ]
    return say("site.not_in_sum", lang, members=", ".join(left_out)) if left_out else ""


def _left_out_member(facts: Facts, member: str, year: int, lang: str) -> str:
    figure = facts.headline(PAGE_SERIES["victims"], member, year)
    return f"{facts.name(member, lang)} ({wording.figure_text(figure, lang)})"


def _sum_revision_sentence(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Name the totals in a sum that a later submission changed, or state that none came yet."""
    changed_totals = _revisions_of_total(facts, row)
    if not changed_totals:
        return _revision_sentence(facts, row, lang)
    names = ", ".join(facts.name(str(total["member"]), lang) for total in changed_totals)
    return say("site.care.sum_changed", lang, n=len(changed_totals), members=names)


def _warnings_text(facts: Facts, row: LabelledFigure, lang: str) -> str:
    """Return the warnings of a figure and its open questions, or state that there are none."""
    warnings = [caveats.series_caveat(facts, row, lang), *caveats.figure_warnings(facts, row, lang)]
    if questions := _open_questions(facts, row):
        warnings.append(
            say("site.unanswered", lang, doubts=open_questions.questions_text(facts, questions, lang))
        )
    return " ".join(filter(None, warnings)) or say("site.no_flags", lang)


def member_table(facts: Facts, rows: Sequence[LabelledFigure], lang: str) -> list[Content]:
    """Return a row for each member with its newest figure and its reliability, in short."""
    lines = []
    for member in facts.members_by_name(lang):
        row = wording.latest_number([row for row in rows if row["reporting_country"] == member])
        if row is None:
            continue
        lines.append(
            {
                "code": member,
                "name": facts.name(member, lang),
                "value": wording.period_and_value(row, lang),
                "source": say(
                    "site.extract_of",
                    lang,
                    title=column_text(row, "source", lang),
                    received=row["received_on"],
                ),
                "flags": _warnings_text(facts, row, lang),
                "revised": revision_sentences(facts, row, lang) or "–",
                "agreement": agreement_text(facts, row, lang) or "–",
            }
        )
    return lines
