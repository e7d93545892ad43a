"""The server for assistants: a real session of the SDK's client, in memory and over standard input and output."""

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from pipelines.assistants.server import TOOLS, server_of
from schemas.words import CONTRACT_LANGUAGES
from warehouse import Warehouse
from warehouse.answers.answers import Answers
from warehouse.home import CHECKOUT, Home

VICTIMS = "tip_victims_detected"
Session = Callable[[Client], Awaitable[Any]]


def in_session(home: Path, use: Session, lang: str = "es") -> Any:
    """The result of a session with the server of a home's release."""

    async def session() -> Any:
        with Warehouse.open(Home(home).current, lang=lang) as warehouse:
            async with Client(server_of(warehouse)) as client:
                return await use(client)

    return anyio.run(session)


def test_every_tool_of_the_contract_is_offered_with_its_arguments(released_home: Path) -> None:
    tools = {tool.name: tool for tool in in_session(released_home, lambda client: client.list_tools()).tools}
    assert set(tools) == {"ask", *TOOLS}
    assert set(TOOLS) == {name for name in vars(Answers) if not name.startswith("_")} - {"refuse"}
    assert set(tools["figure"].input_schema["properties"]) == {
        "indicator", "country", "period", "by", "collection", "unit",
    }  # fmt: skip
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint


@pytest.mark.slow
def test_a_session_gives_what_the_contract_gives(released_home: Path) -> None:
    async def use(client: Client) -> list[Any]:
        calls = [
            ("ask", {"question": "¿De dónde vienen las víctimas detectadas en Honduras?"}),
            ("figure", {"indicator": VICTIMS, "country": "Honduras", "period": "2022", "by": {"sex": "F"}}),
            ("figure", {"indicator": VICTIMS, "country": "Texas"}),
            ("compare", {"indicators": [VICTIMS, "som_migrants_smuggled"], "countries": ["MEX"]}),
            ("explain", {"indicator": VICTIMS, "country": "HND", "period": "2022"}),
        ]
        return [await client.call_tool(name, arguments) for name, arguments in calls]

    asked, figure, part, mixed, explained = in_session(released_home, use)
    assert not any(result.is_error for result in (asked, figure, part, mixed, explained))
    with Warehouse.open(Home(released_home).current, lang="es") as warehouse:
        answers = Answers(warehouse)
        expected = answers.figure(VICTIMS, "Honduras", "2022", {"sex": "F"}).model_dump(mode="json")
        flows = answers.flows(VICTIMS, "HND").model_dump(mode="json")
    assert figure.structured_content["result"] == expected
    assert asked.structured_content["replies"][0]["figures"] == json.loads(json.dumps(flows["figures"]))
    assert part.structured_content["result"]["reason"] == "part_of_a_country"
    assert mixed.structured_content["result"]["reason"] == "families_mixed"
    assert explained.structured_content["result"]["cells"][0]["text"] == "56"


@pytest.mark.parametrize("lang", CONTRACT_LANGUAGES)
def test_the_session_in_the_documents_is_a_real_one(lang: str, released_home: Path) -> None:
    text = (CHECKOUT / f"docs/answers.{lang}.md").read_text(encoding="utf-8")
    exchanges = json.loads(re.findall(r"```json\n(\[.*?)```", text, re.DOTALL)[-1])

    async def use(client: Client) -> list[Any]:
        return [await client.call_tool(one["call"]["name"], one["call"]["arguments"]) for one in exchanges]

    replies = [result.structured_content["result"] for result in in_session(released_home, use, lang)]
    assert len(replies) == 2
    for exchange, reply in zip(exchanges, replies, strict=True):
        assert {name: reply[name] for name in exchange["reply"]} == exchange["reply"]


def test_a_wrong_argument_is_an_error_of_the_call_and_the_session_goes_on(released_home: Path) -> None:
    async def use(client: Client) -> list[Any]:
        return [
            await client.call_tool("figure", {"country": "HND"}),
            await client.call_tool("figure", {"indicator": VICTIMS, "country": "HND"}),
        ]

    wrong, right = in_session(released_home, use)
    assert (wrong.is_error, right.is_error) == (True, False)


def test_resources_are_catalogue_passports_and_glossary(released_home: Path) -> None:
    async def use(client: Client) -> dict[str, Any]:
        listed = await client.list_resources()
        texts = {resource.name: await client.read_resource(resource.uri) for resource in listed.resources}
        return {name: json.loads(result.contents[0].text) for name, result in texts.items()}  # type: ignore[union-attr]

    resources = in_session(released_home, use)
    assert set(resources) == {"catalogue", "passports", "glossary"}
    assert VICTIMS in {row["indicator"] for row in resources["catalogue"]}
    assert {"counted_unit", "authority", "evidence"} <= set(resources["passports"][0])
    assert resources["glossary"]["law_status"]


@pytest.mark.slow
def test_the_command_serves_on_standard_input_and_output(released_home: Path) -> None:
    async def session() -> Any:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "pipelines.cli.main", "mcp", "--lang", "en"],
            env={**os.environ, "LINEABASE_HOME": str(released_home)},
        )
        async with Client(stdio_client(server)) as client:
            return await client.call_tool("ask", {"question": "How many victims in Honduras in 2022?"})

    result = anyio.run(session)
    assert result.structured_content["replies"][0]["sentence"] == (
        "Detected victims of trafficking, Honduras, 2022: 56 (persons)."
    )
