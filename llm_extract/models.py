"""A model's name becomes a client: the embedded model, a file, a provider, or any endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from llm_extract import weights
from llm_extract.client import Client, Mode
from llm_extract.errors import UsageError
from llm_extract.gate import Gate
from llm_extract.profiles import PROFILES, WHOLE, WINDOWS, Profile
from llm_extract.transport import PATIENCE_S

LOCAL = "local"
REPLAY_URL = "http://127.0.0.1:9/v1"
"""Stands for the endpoint in a replay: nothing is sent, only the path is compared."""
_LOCAL_TIMEOUT_S = 900.0
_REMOTE_TIMEOUT_S = 120.0

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A client ready to be asked."""

    client: Client
    profile: Profile
    place: str
    """Where the answers come from, in words for a person."""


def is_local(name: str) -> bool:
    """Tell whether the name is of the embedded model or of a model file."""
    return name == LOCAL or name.startswith(f"{LOCAL}:")


def profile_for(name: str, base_url: str | None, asked: str | None) -> Profile:
    """Return the profile asked for, else the one that suits the model."""
    if asked is not None:
        if asked not in PROFILES:
            raise UsageError(
                f"unknown profile {asked!r}", f"profiles: {', '.join(sorted(PROFILES))}"
            )
        return PROFILES[asked]
    return WINDOWS if is_local(name) and base_url is None else WHOLE


@contextmanager
def open_model(
    name: str = LOCAL,
    *,
    base_url: str | None = None,
    mode: Mode | None = None,
    profile: str | None = None,
    replaying: bool = False,
    progress: weights.Progress | None = None,
    notice: Notice = lambda text: None,
    gate: Gate | None = None,
    patience_s: float = PATIENCE_S,
) -> Iterator[OpenModel]:
    """Make a model ready: fetch and serve the embedded one, or find the endpoint's address.

    All who ask the client go through ``gate``; ``patience_s`` bounds the waits after 429 of one
    question.

    Raises ``EndpointError`` when it cannot be had and ``UsageError`` for a name that means none.
    """
    chosen = profile_for(name, base_url, profile)
    if base_url is not None or not is_local(name):
        client = Client(
            name,
            base_url=base_url,
            mode=mode or "auto",
            timeout_s=_REMOTE_TIMEOUT_S,
            replaying=replaying,
            gate=gate,
            patience_s=patience_s,
        )
        where = client.address.base_url
        stays = "on this machine" if client.address.is_loopback else "the articles are sent there"
        place = "a recording; nothing is sent" if replaying else f"{where} ({stays})"
        yield OpenModel(client, chosen, place)
        return
    file = Path(name.partition(":")[2]) if ":" in name else None
    if replaying:
        yield OpenModel(
            _local_client(file or weights.local_path(), REPLAY_URL, mode, replaying=True),
            chosen,
            "a recording; nothing is sent",
        )
        return
    from llm_extract.local_model import serve

    path = file or weights.pull(progress=progress, notice=notice)
    with serve(path) as server:
        client = _local_client(path, server.base_url, mode, replaying=False, gate=gate)
        yield OpenModel(client, chosen, "in this process; nothing leaves this machine")


def _local_client(
    path: Path,
    base_url: str,
    mode: Mode | None,
    *,
    replaying: bool,
    gate: Gate | None = None,
) -> Client:
    from llm_extract.local_model import model_name

    return Client(
        model_name(path),
        base_url=base_url,
        # llama.cpp takes tool_choice only as a string, so tools never work with it.
        mode=mode or "json_schema",
        timeout_s=_LOCAL_TIMEOUT_S,
        # A cached prefix is computed in other batches, and then the same question may get
        # another answer: reproducible runs pay for the prompt each time.
        extra_body={"cache_prompt": False},
        replaying=replaying,
        api_key="none",
        gate=gate,
    )
