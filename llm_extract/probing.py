"""What an endpoint can do: one tiny question in every mode, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from llm_extract.client import Client, Mode
from llm_extract.errors import EndpointError, ReplyError
from llm_extract.result import Message

PATIENCE_S = 20.0
"""How long a probe waits for its turn; who runs one is looking on."""


@dataclass(frozen=True, slots=True)
class ModeFinding:
    """Whether one mode works at an endpoint, and how that was seen."""

    mode: Mode
    works: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What an endpoint turned out to be able to do."""

    base_url: str
    model: str
    reachable: bool
    reason: str
    """Why it is not reachable; else which model answered."""
    models: tuple[str, ...] | None
    """Names the endpoint offers; None: it does not tell."""
    findings: tuple[ModeFinding, ...]
    mode: Mode | None
    """The best mode that works; None: no mode does."""


async def probe(client: Client) -> Probe:
    """Ask one tiny question in every mode and say what came of it; raises nothing."""

    class Buoy(BaseModel):
        model_config = ConfigDict(extra="forbid")
        colour: Literal["amber", "teal"]
        depth_m: int

    # The wording does not ask for JSON: an obedient reply shows that the schema was enforced.
    question: Message = {"role": "user", "content": "Write one short sentence about the sea."}
    models = await client.list_models()
    findings: list[ModeFinding] = []
    served = ""
    for mode in get_args(Mode):
        try:
            reply = await client.in_mode(mode, PATIENCE_S).complete(
                [question], Buoy, max_tokens=200
            )
        except ReplyError as error:
            findings.append(ModeFinding(mode, False, error.message))
        except EndpointError as error:
            if error.problem != "unsupported":
                why = f"{error.message} ({error.hint})"
                return Probe(
                    client.address.base_url, client.model, False, why, models, tuple(findings), None
                )
            findings.append(ModeFinding(mode, False, error.message))
        else:
            served = reply.model_served
            findings.append(ModeFinding(mode, True, f"obeyed a schema in {reply.seconds:.1f} s"))
    best = next((finding.mode for finding in findings if finding.works), None)
    reason = f"{served} answered" if served else "it answers, but in no mode as asked"
    return Probe(client.address.base_url, client.model, True, reason, models, tuple(findings), best)
