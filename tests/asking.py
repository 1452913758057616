"""Questions to a stub server, for the tests of all that lies between a question and its answer."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from stub_server import Stub

from llm_extract.client import Client, Reply
from llm_extract.errors import LlmExtractError
from llm_extract.result import Message

KEY = "sk-planted-0123456789abcdef"
ARTICLE = "Shells fell {{ 7*7 }} {# gone #}\n   on Idlib, the {% of %} monitor said. \n"
QUESTION: list[Message] = [
    {"role": "system", "content": "Copy."},
    {"role": "user", "content": ARTICLE},
]
KEYS = (
    *("LLM_EXTRACT_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY"),
    *("MISTRAL_API_KEY", "TOGETHER_API_KEY", "DEEPSEEK_API_KEY", "OPENAI_BASE_URL"),
)


class Answered(BaseModel):
    model_config = ConfigDict(extra="allow")
    n: object


class Strict(BaseModel):
    n: Literal["one"]


def forget_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the keys of whoever runs the tests out of the environment."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


class Waits(list[float]):
    """Stands for the clock: remembers the waits instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def ask(
    stub: Stub,
    model: type[BaseModel] = Answered,
    waits: Waits | None = None,
    times: int = 1,
    temperature: float = 0.0,
    seed: int | None = None,
    **options: Any,
) -> list[Reply]:
    """Ask so many times; a wait between tries is noted, not waited."""

    async def run() -> list[Reply]:
        async with Client("m", stub.url, **options) as client:
            client._pause = Waits() if waits is None else waits
            return [
                await client.complete(
                    QUESTION, model, max_tokens=100, temperature=temperature, seed=seed
                )
                for _ in range(times)
            ]

    return asyncio.run(run())


def failure(stub: Stub, **options: Any) -> LlmExtractError:
    """Ask once and return the error that comes of it."""
    with pytest.raises(LlmExtractError) as caught:
        ask(stub, **options)
    return caught.value
