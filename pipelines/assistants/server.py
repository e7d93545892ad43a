"""Server of the Model Context Protocol over one release: the tools of the contract, and resources."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from schemas.code_names import name_in_list
from schemas.codelists import codelist
from schemas.words import say
from warehouse.answers.answers import Answers
from warehouse.answers.contract import VERSION, QuestionReply
from warehouse.answers.questions import asking
from warehouse.reading.client import Warehouse

TOOLS = (
    "find",
    "figure",
    "compare",
    "series",
    "change",
    "trend",
    "flows",
    "sources",
    "gaps",
    "law",
    "explain",
    "cite",
)
"""The tools of the contract, methods of Answers."""

GLOSSARY_LISTS = (
    "headline_how",
    "obs_flag",
    "counted_unit",
    "series_flow",
    "series_evidence",
    "revision_state",
    "coverage_status",
    "change_conclusion",
    "trend_direction",
    "trend_level",
    "law_status",
    "assessment",
)
"""Code lists whose codes are in replies."""

_READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def server_of(warehouse: Warehouse) -> MCPServer:
    """Return the server of an open release, in its client's language."""
    answers = Answers(warehouse)
    server = MCPServer("lineabase", instructions=say("answers.instructions", answers.lang), version=VERSION)
    one_at_a_time = _one_at_a_time(Lock())  # tools run in threads, and share the connection

    def ask(question: str) -> QuestionReply:
        return asking.ask(answers, question)

    for method in (ask, *(getattr(answers, name) for name in TOOLS)):
        description = say(f"answers.about.{method.__name__}", answers.lang)
        server.add_tool(
            one_at_a_time(method), description=description, annotations=_READ_ONLY, structured_output=True
        )
    for name, content in _resources(warehouse, answers.lang).items():
        server.resource(f"lineabase://{name}", name=name, mime_type="application/json")(
            one_at_a_time(content)
        )
    return server


def _one_at_a_time(lock: Lock) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for functions that must not run at the same time."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(*args: Any, **keywords: Any) -> Any:
            with lock:
                return function(*args, **keywords)

        # that of a bound method, without self
        vars(run)["__signature__"] = inspect.signature(function, eval_str=True)
        return run

    return decorate


def _resources(warehouse: Warehouse, lang: str) -> dict[str, Callable[[], str]]:
    """Return the resources by name: catalogue, passports and glossary, each as JSON."""

    def table(sql: str) -> str:
        return str(warehouse.query(sql).to_json(orient="records", date_format="iso", force_ascii=False))

    def catalogue() -> str:
        """Indicators with definition, unit, caveat and whether the release has figures."""
        return table("SELECT * FROM baseline.catalogue ORDER BY indicator")

    def passports() -> str:
        """Passports of the national series: content, authority, evidence."""
        return table("SELECT * FROM registry.series ORDER BY ALL")

    def glossary() -> str:
        """Codes of replies with their meaning."""
        lists = {
            name: {code: name_in_list(name, code, lang) for code in codelist(name)} for name in GLOSSARY_LISTS
        }
        return json.dumps(lists, ensure_ascii=False)

    return {"catalogue": catalogue, "passports": passports, "glossary": glossary}
