"""What the doors of the contract give for an indicator: tools, questions in words, files at addresses."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.words import CONTRACT_LANGUAGES
from warehouse import Warehouse
from warehouse.answers.answers import Answers
from warehouse.answers.questions.asking import ask
from warehouse.publication import api

BREAKDOWNS: tuple[tuple[str, ...], ...] = (
    (), ("sex",), ("age_group",), ("exploitation",), ("origin",), ("citizenship",), ("age_group", "sex"),
)  # fmt: skip

QUESTIONS = {
    "es": ("¿Cuántas víctimas se detectaron en {place} en {year}?", "víctimas por sexo en {place} en {year}",
           "¿De dónde vienen las víctimas detectadas en {place}?", "menores víctimas en {place} en {year}"),
    "en": ("How many victims were detected in {place} in {year}?", "victims by sex in {place} in {year}",
           "Where do the victims detected in {place} come from?", "child victims in {place} in {year}"),
}  # fmt: skip


def by_tools(answers: Answers, indicator: str, place: str, periods: Sequence[str]) -> Iterator[Any]:
    """Every reply of the tools about an indicator and country, as JSON has it."""
    calls: list[Any] = [
        answers.series(indicator, place),
        answers.change(indicator, place),
        answers.trend(indicator, place),
        answers.flows(indicator, place),
        answers.gaps(place),
    ]
    for period in periods:
        calls.append(answers.sources(indicator, place, period))
        for names in BREAKDOWNS:
            by = dict.fromkeys(names, "")
            calls.append(answers.figure(indicator, place, period, by))
            calls += [
                answers.explain(**figure.evidence.arguments) for figure in getattr(calls[-1], "figures", ())
            ]
    for reply in calls:
        yield reply.model_dump(mode="json")


def by_words(answers: Answers, place: str, year: int) -> Iterator[Any]:
    """Every reply to questions in words."""
    for question in QUESTIONS[answers.lang]:
        for reply in ask(answers, question.format(place=place, year=year)).replies:
            yield reply.model_dump(mode="json")


def by_address(file: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the static API."""
    api.write(file, folder)
    for path in sorted((folder / api.ROOT / api.LATEST).rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def all_replies(file: Path, indicator: str, places: Sequence[str], periods: Sequence[str]) -> list[Any]:
    """Every reply of tools and questions in both languages."""
    replies = []
    for lang in CONTRACT_LANGUAGES:
        with Warehouse.open(file, lang=lang) as warehouse:
            answers = Answers(warehouse)
            for place in places:
                replies += by_tools(answers, indicator, place, periods)
                replies += by_words(answers, place, int(periods[0]))
    return replies


def figures_of(files: dict[str, bytes], replies: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Every figure in replies and in the documents of the static API."""
    for name, content in files.items():
        if "/figures/" in name:
            replies = [*replies, *json.loads(content).values()]
    for reply in replies:
        yield from reply.get("figures", ())
