"""A loopback HTTP server that answers what a test tells it to, faults included.

It is no model: the good answer is whatever JSON text the test gives.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; ``misdeed`` replaces it by something done to the connection."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    misdeed: str = ""


@dataclass(slots=True)
class Stub:
    """What the server heard and what it will say: one answer a request, the last one for ever."""

    answers: list[Answer | Callable[[Json], Answer]]
    port: int = 0
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    listed: tuple[str, ...] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def next_answer(self, request: Json) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request) if callable(answer) else answer


def chat(
    content: str | None = '{"n": 1}',
    *,
    finish: str = "stop",
    usage: object = None,
    message: Json | None = None,
    **more: object,
) -> Answer:
    """A chat completion with this text in it."""
    said = {"role": "assistant", "content": content, **(message or {})}
    envelope: Json = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "stub-1",
        "choices": [{"index": 0, "finish_reason": finish, "message": said}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        if usage is None
        else usage,
        **more,
    }
    return Answer(body=json.dumps(envelope).encode())


def tool(*calls: tuple[str, str], content: str | None = None) -> Answer:
    """A chat completion that calls tools, each given as name and arguments."""
    made = [
        {"id": f"c{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for i, (name, arguments) in enumerate(calls)
    ]
    return chat(content, finish="tool_calls", message={"tool_calls": made})


def fault(status: int, error: object = None, **headers: str) -> Answer:
    """An error answer; header names are given with underscores."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = json.dumps({"error": error if error is not None else {"message": "no"}}).encode()
    return Answer(status, body, (("Content-Type", "application/json"), *named))


@contextmanager
def serving(*answers: Answer | Callable[[Json], Answer]) -> Iterator[Stub]:
    """Serve these answers on a free loopback port."""
    stub = Stub(list(answers))
    server = _Server(stub)
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stub: Stub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stub = stub

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: clients that hang up are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # headers and body in one packet: no waiting for acknowledgements
    server: _Server

    def do_GET(self) -> None:
        if self.server.stub.listed is None:
            self._say(fault(404))
        else:
            names = [{"id": name} for name in self.server.stub.listed]
            self._say(Answer(body=json.dumps({"data": names}).encode()))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.stub.requests.append(request)
        self.server.stub.headers.append(
            {name.lower(): value for name, value in self.headers.items()}
        )
        answer = self.server.stub.next_answer(request)
        misdeeds = {"reset": self._reset, "drip": self._drip, "half": self._half}
        misdeeds.get(answer.misdeed, self._say)(answer)

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _reset(self, answer: Answer) -> None:
        now = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.connection.close()
        self.close_connection = True

    def _drip(self, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.02)

    def _half(self, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
