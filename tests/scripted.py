"""A client that answers what a test tells it to: for what is made of replies, never for replies."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from judged import WEDNESDAY, type_of
from pydantic import BaseModel

from llm_extract.article import Article
from llm_extract.client import FailedReply, Reply, Spent
from llm_extract.errors import EndpointError, ReplyProblem
from llm_extract.extraction import Extractor
from llm_extract.profiles import WINDOWS, Profile
from llm_extract.record import Record
from llm_extract.result import Extraction, Message, Usage

Json = dict[str, Any]
Answer = list[Json] | Json | FailedReply | EndpointError


@dataclass(slots=True)
class Question:
    """One question as it came in."""

    messages: list[Message]
    seed: int | None
    temperature: float

    @property
    def sentences(self) -> list[int]:
        """The sentences asked about; in a second look the one in focus."""
        asked = self.messages[1]["content"]
        focus = re.search(r"^(?:Which|What)\b.*\[(\d+)\]", asked, re.MULTILINE)
        if focus:
            return [int(focus[1])]
        return [int(n) for n in re.findall(r"^\[(\d+)\] ", asked, re.MULTILINE)]

    @property
    def is_second_look(self) -> bool:
        return bool(re.search(r"^Which .*\[\d+\]", self.messages[1]["content"], re.MULTILINE))


@dataclass(slots=True)
class Scripted:
    """Answers in the order given, or by a function of the question; remembers what was asked."""

    script: list[Answer] | Callable[[Question], Answer]
    questions: list[Question] = field(default_factory=list)
    model: str = "scripted"

    async def complete(
        self,
        messages: Sequence[Message],
        response_model: type[BaseModel],
        *,
        max_tokens: int,
        seed: int | None = None,
        temperature: float = 0.0,
    ) -> Reply:
        question = Question(list(messages), seed, temperature)
        self.questions.append(question)
        answer = self.script.pop(0) if isinstance(self.script, list) else self.script(question)
        if isinstance(answer, Exception):
            raise answer
        data = answer if isinstance(answer, dict) else {"records": answer}
        response_model.model_validate(data)
        return Reply(
            data=data,
            raw=json.dumps(data),
            model_served="scripted-1",
            mode="json_schema",
            finish_reason="stop",
            usage=Usage(prompt_tokens=100, completion_tokens=10),
            seconds=0.5,
            requests=1,
            repaired=None,
        )

    @property
    def asked(self) -> list[list[int]]:
        """The sentences of each question, in order."""
        return [question.sentences for question in self.questions]


def by_sentence(records: Mapping[int, Json | list[Json]]) -> Callable[[Question], Answer]:
    """Answer each question with the records of the sentences it asks about."""

    def answer(question: Question) -> Answer:
        given = [records[n] for n in question.sentences if n in records]
        return [draft for item in given for draft in (item if isinstance(item, list) else [item])]

    return answer


def fault(problem: ReplyProblem) -> FailedReply:
    """A reply that could not be used, and what it cost."""
    spent = Spent(Usage(prompt_tokens=100, completion_tokens=7), 0.25, 1, "length", "")
    return FailedReply(problem, f"the reply is {problem}", "", spent)


def incident(*sentences: int, dead: Sequence[str] | None = None, **more: Any) -> Json:
    """A draft of an incident, as a small model writes it; each text of ``dead`` is a group."""
    groups = [{"text": text, "group": "unknown"} for text in dead or ()]
    return {
        "sentences": list(sentences),
        "source": None,
        "sub_event_type": "Other",
        "date": None,
        "location": None,
        "side_a": [],
        "side_b": [],
        "fatalities": groups,
        **more,
    }


def displaced(*sentences: int, figure: str | None = None, **more: Any) -> Json:
    """A draft of a displacement figure."""
    return {
        "sentences": list(sentences),
        "source": None,
        "figure": figure,
        "date": None,
        "locations": [],
        "cause": "unclear",
        **more,
    }


def extracted(
    client: Scripted,
    text: str | Article,
    record_type: str = "incident",
    profile: Profile = WINDOWS,
    max_asks: int | None = None,
    language: str = "en",
) -> Extraction[Record]:
    """Run the whole extraction of one type with this client."""
    if isinstance(text, str):
        text = Article(id="a", text=text, published=WEDNESDAY, language=language)
    extractor = Extractor(client, profile, max_asks=max_asks)
    return asyncio.run(extractor.extract(text, type_of(record_type)))


def dead(extraction: Extraction[Record]) -> list[int | None]:
    """The total of the dead of each incident."""
    return [r.model_dump()["fatalities"]["total"]["value"] for r in extraction.records]
