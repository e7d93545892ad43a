"""What a rule says, as a page beside Dagster's: the checks link to it. No file of a sender is read here."""

from __future__ import annotations

from html import escape

from assets.answers.page import TEMPLATES
from schemas.findings import HIDDEN, rules
from schemas.words import CONTRACT, say

_FACTS = dict.fromkeys(("sheet", "column", "value", "expected", "row", "cell"), HIDDEN)


def page(name: str) -> str | None:
    """The page of a rule, in each language of the contract; None where there is no such rule."""
    if name not in rules():
        return None
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    parts = "".join(_said(name, lang) for lang in CONTRACT)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>'
    return (
        f'<!doctype html><html lang="{CONTRACT[0]}"><head>{head}<style>{style}</style></head>'
        f"<body><main><h1><code>{name}</code></h1>{parts}</main></body></html>"
    )


def _said(name: str, lang: str) -> str:
    """How grave it is, what is wrong and what to do; what a file would tell is left open."""
    rule = rules()[name]
    told = (say(f"answer.{rule.severity}", lang), rule.what(lang, **_FACTS), rule.mend(lang, **_FACTS))
    severity, what, mend = map(escape, told)
    return f'<section lang="{lang}"><h2>{severity}: {what}</h2><p>{mend}</p></section>'
