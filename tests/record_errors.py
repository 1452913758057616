"""Record the cassettes of failing calls: ``python tests/record_errors.py``, in ``make record``.

What a model answers comes from the embedded model: an answer that was cut off, and a prompt too
long for its context. The refusals of an endpoint (401, 429) come from the stub server; they hold
no model's words.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from stub_server import fault, serving

from llm_extract import weights
from llm_extract.article import Article
from llm_extract.cassettes import recording
from llm_extract.client import Client
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.errors import EndpointError, ReplyError
from llm_extract.local_model import ServerSettings, serve
from llm_extract.record_type import find_record_type, reply_model
from llm_extract.rendering import Prompt, render

ERRORS = Path(__file__).parents[1] / "cassettes" / "errors"
TEXT = "On Monday, raiders killed 12 villagers near Kessi, the mayor said. " * 60


def question(sentences: int) -> Prompt:
    """An incident prompt about an invented article of so many sentences."""
    text = NumberedText.of(Article(id="invented", text=TEXT))
    numbers = range(1, sentences + 1)
    return render(find_record_type("incident"), text, numbers, full=False, bins=False)


def ask(client: Client, *, sentences: int = 2, max_tokens: int = 400) -> Exception | None:
    """Put one question; return what it failed with."""
    model = reply_model(find_record_type("incident"), full=False, bins=False, most=5)

    async def run() -> Exception | None:
        async with client:
            try:
                await client.complete(question(sentences).messages, model, max_tokens=max_tokens)
            except (ReplyError, EndpointError) as error:
                return error
            return None

    return asyncio.run(run())


CALLS: dict[str, tuple[Callable[[Client], Exception | None], str]] = {
    "truncated": (lambda client: ask(client, max_tokens=24), "truncated"),
    "context_exceeded": (lambda client: ask(client, sentences=60), "context_exceeded"),
    "unauthorized": (ask, "unauthorized"),
    "rate_limited": (ask, "rate_limited"),
}
"""Cassette → the call that it holds, and the problem the call ends with."""


def make_client(base_url: str, *, replaying: bool = False) -> Client:
    """The client the errors are recorded and replayed with."""
    return Client(
        "qwen2.5-coder-1.5b-instruct-q4_k_m",
        base_url=base_url,
        api_key="none",
        mode="json_schema",
        extra_body={"cache_prompt": False},
        replaying=replaying,
    )


def main() -> int:
    """Record all four; return 1 if a call did not fail as it should."""
    wrong = 0
    with serve(weights.pull(), ServerSettings(n_ctx=1024)) as local:
        for name in ("truncated", "context_exceeded"):
            wrong += _record(name, local.base_url)
    for name, answer in {
        "unauthorized": fault(401),
        "rate_limited": fault(429, Retry_After="3600"),
    }.items():
        with serving(answer) as stub:
            wrong += _record(name, stub.url)
    return int(wrong > 0)


def _record(name: str, url: str) -> int:
    call, problem = CALLS[name]
    with recording(ERRORS, name):
        error = call(make_client(url))
    found = getattr(error, "problem", None)
    sys.stderr.write(f"{name}: {found}\n")
    return int(found != problem)


if __name__ == "__main__":
    sys.exit(main())
