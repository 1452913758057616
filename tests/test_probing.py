from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asking import Waits, forget_keys
from stub_server import Answer, chat, fault, serving, tool

from llm_extract.client import Client, Mode
from llm_extract.probing import Probe, probe


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


def run_probe(
    answer: Answer | Callable[[dict[str, Any]], Answer], waits: Waits | None = None
) -> Probe:
    async def run(url: str) -> Probe:
        async with Client("m", url) as client:
            client._pause = Waits() if waits is None else waits
            return await probe(client)

    with serving(answer) as stub:
        stub.listed = ("m",)
        return asyncio.run(run(stub.url))


def test_a_probe_tells_an_endpoint_that_honours_schemas() -> None:
    def good(request: dict[str, Any]) -> Answer:
        told = '{"colour": "teal", "depth_m": 3}'
        return tool(("Buoy", told)) if "tools" in request else chat(told)

    found = run_probe(good)
    assert (found.reachable, found.models, found.mode) == (True, ("m",), "json_schema")
    assert [finding.works for finding in found.findings] == [True, True, True]


def test_a_probe_is_not_fooled_by_an_endpoint_that_ignores_the_schema() -> None:
    def careless(request: dict[str, Any]) -> Answer:
        if "tools" in request:
            return tool(("Buoy", '{"colour": "amber", "depth_m": 3}'))
        return chat("The sea is wide." if "json_schema" in str(request) else '{"colour": "red"}')

    found = run_probe(careless)
    works: dict[Mode, bool] = {finding.mode: finding.works for finding in found.findings}
    assert works == {"json_schema": False, "tools": True, "json": False}
    assert found.mode == "tools"
    assert all(finding.reason for finding in found.findings)


def test_a_probe_of_a_locked_endpoint_says_so() -> None:
    found = run_probe(fault(401, {"message": "who are you"}))
    assert (found.reachable, found.mode) == (False, None)
    assert "who are you" in found.reason


def test_a_probe_does_not_wait_long_for_its_turn() -> None:
    waits = Waits()
    found = run_probe(fault(429, Retry_After="9"), waits)
    assert (found.reachable, found.mode) == (False, None)
    assert "429" in found.reason
    assert 0 < sum(waits) <= 30
