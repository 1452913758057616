"""An endpoint that answers every question with no record after a fixed time; for load only.

    python benchmarks/fixed_endpoint.py --latency 0.2       # prints its address

``GET /stats`` tells requests, the most in flight, and the time from the first request to the last
answer; ``POST /reset`` starts counting anew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time

_ANSWER = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fixed",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": '{"records": [], "aggregate_tolls": [], "excluded_mentions": []}',
                },
            }
        ],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
    }
).encode()


class Stats:
    """What has happened since the last reset."""

    def __init__(self) -> None:
        self.requests = self.in_flight = self.most = 0
        self.first = self.last = 0.0

    def told(self) -> bytes:
        """Return the figures as JSON."""
        return json.dumps(
            {"requests": self.requests, "most": self.most, "seconds": self.last - self.first}
        ).encode()


class Endpoint(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, read just as far as needed."""

    def __init__(self, stats: list[Stats], latency: float) -> None:
        self._stats = stats
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is whole."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        asyncio.get_running_loop().create_task(self._answer(head))

    async def _answer(self, head: bytes) -> None:
        stats = self._stats[0]
        body = _ANSWER
        if head.startswith(b"GET /stats"):
            body = stats.told()
        elif head.startswith(b"POST /reset"):
            self._stats[0] = Stats()
        else:
            now = time.monotonic()
            stats.first = stats.first or now
            stats.requests += 1
            stats.in_flight += 1
            stats.most = max(stats.most, stats.in_flight)
            await asyncio.sleep(self._latency)
            stats.in_flight -= 1
            stats.last = time.monotonic()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\n\r\n%s" % (len(body), body)
            )


async def _serve(latency: float) -> None:
    stats = [Stats()]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Endpoint(stats, latency), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.2)
    asyncio.run(_serve(parser.parse_args().latency))
