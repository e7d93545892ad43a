"""Web page that explains a rule. Dagster's checks link to it. It reads no submitted file."""

from __future__ import annotations

from html import escape

from assets.answers.page import TEMPLATES
from schemas.findings import HIDDEN_TEXT, rules
from schemas.words import CONTRACT_LANGUAGES, say

_FACTS = dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), HIDDEN_TEXT)


def rule_page(name: str) -> str | None:
    """Return the page of a rule in each language of the contract; None if there is no such rule."""
    if name not in rules():
        return None
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    parts = "".join(_rule_section(name, lang) for lang in CONTRACT_LANGUAGES)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>'
    return (
        f'<!doctype html><html lang="{CONTRACT_LANGUAGES[0]}"><head>{head}<style>{style}</style></head>'
        f"<body><main><h1><code>{name}</code></h1>{parts}</main></body></html>"
    )


def _rule_section(name: str, lang: str) -> str:
    """Render the severity of a rule, the problem and the correction. Values from a file are left blank."""
    rule = rules()[name]
    texts = (
        say(f"answer.{rule.severity}", lang),
        rule.problem(lang, **_FACTS),
        rule.correction(lang, **_FACTS),
    )
    severity, problem, correction = map(escape, texts)
    return f'<section lang="{lang}"><h2>{severity}: {problem}</h2><p>{correction}</p></section>'
