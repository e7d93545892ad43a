"""Questions in words with their answers: how a question was read, the replies, what can be asked next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.code_names import code_name, name_in_list
from schemas.indicators import catalogue
from schemas.questions import question_words
from schemas.words import say
from warehouse.answers import parts
from warehouse.answers.answers import Answers, Reply
from warehouse.answers.contract import Call, QuestionReply
from warehouse.answers.questions import subjects
from warehouse.answers.questions.calls import REFUSE, calls_of
from warehouse.answers.questions.tokens import Tokens

_NEAR = ("figure", "change", "sources")
"""Tools that are offered for the same indicator and country."""


def ask(answers: Answers, question: str) -> QuestionReply:
    """Return a question as it was read, with the replies. A question that is not understood is refused."""
    tokens, words = Tokens.from_text(question), question_words(answers.lang)
    calls = calls_of(tokens, words)
    replies = tuple(run(answers, call) for call in calls) or (answers.refuse(question),)
    return QuestionReply(
        question=question,
        read_as=tuple(call_text(call, answers.lang) for call in calls if call.tool != REFUSE),
        unused=subjects.unused_words(tokens, words) if calls and calls[0].tool != REFUSE else (),
        replies=replies,
        near=() if all(reply.kind == "refused" for reply in replies) else _near_calls(calls),
    )


def run(answers: Answers, call: Call) -> Reply:
    """Return the reply to a call."""
    reply: Reply = getattr(answers, call.tool)(**call.arguments)
    return reply


def _near_calls(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return calls near to the first one: other tools for the same indicator and country."""
    if not calls or not {"indicator", "country"} <= calls[0].arguments.keys():
        return ()
    arguments = {name: calls[0].arguments[name] for name in ("indicator", "country")}
    return tuple(Call(tool=tool, arguments=dict(arguments)) for tool in _NEAR if tool != calls[0].tool)


def question_text(question_reply: QuestionReply, lang: str) -> str:
    """Return a question and its answers for people: how it was read, sentences, caveats, citation."""
    lines = [say("answers.asked.read_as", lang, call=text) for text in question_reply.read_as]
    if question_reply.unused:
        lines.append(say("answers.asked.unused", lang, words=", ".join(question_reply.unused)))
    for reply in question_reply.replies:
        lines += ["", *reply_lines(reply, lang)]
    if question_reply.near:
        near = "; ".join(call_text(call, lang) for call in question_reply.near)
        lines += ["", say("answers.asked.near", lang, calls=near)]
    return "\n".join(lines)


def reply_lines(reply: Reply, lang: str) -> list[str]:
    """Return the lines of a reply: sentence, conclusion, caveats, entries, source cells and citation."""
    conclusion = getattr(reply, "conclusion", "")
    lines = [reply.sentence, *([conclusion] if conclusion else [])]
    lines += [f"- {caveat}" for caveat in getattr(reply, "caveats", ())]
    lines += [f"- {': '.join(filter(None, (item.name, item.text)))}" for item in getattr(reply, "items", ())]
    lines += [
        f"- {cell.submission}, {' '.join(filter(None, (cell.sheet, cell.cell)))}: {cell.text}"
        for cell in getattr(reply, "cells", ())
    ]
    if citation := getattr(reply, "citation", ()):
        lines.append(f"{say('explain.citation', lang)}: {' '.join(citation)}")
    return [*lines, say("explain.release_of", lang, release=reply.release, day=reply.as_of)]


# ---- calls in words --------------------------------------------------------------------------------

_LISTS = {"family": "family", "element": "legal_element"}


def call_text(call: Call, lang: str) -> str:
    """Return a call in words: `figure · Detected victims of trafficking · Honduras · 2022`."""
    texts = [say(f"answers.tool.{call.tool}", lang)]
    for name, value in call.arguments.items():
        texts += _argument_texts(name, value, lang)
    return " · ".join(filter(None, texts))


def _argument_texts(name: str, value: Any, lang: str) -> list[str]:
    match name, value:
        case "indicators", list():
            return [_indicator_name(code, lang) for code in value]
        case "countries", list():
            return [code_name("grouping", "country", code, lang) for code in value]
        case "by", dict():
            return [
                parts.code_of_dimension(name, code, lang).name
                if code
                else say(f"answers.asked.by.{name}", lang)
                for name, code in value.items()
            ]
        case "indicator", str():
            return [_indicator_name(value, lang)]
        case "country" | "origin", str():
            return [code_name("grouping", "country", value, lang)]
        case "family" | "element", str():
            return [name_in_list(_LISTS[name], value, lang)]
        case "add" | "unit", _:
            return [say(f"answers.asked.{name}", lang)]
    return [str(value)]


def _indicator_name(code: str, lang: str) -> str:
    return str(getattr(catalogue()[code].name, lang))
