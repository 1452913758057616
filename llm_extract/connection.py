"""One exchange with an endpoint: a request goes out, an answer of bounded size comes back.

Only this module imports openai and httpx2, and only when the first request is sent: they take
most of a second to load.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from llm_extract import transport
from llm_extract.addresses import Address, Proxy
from llm_extract.errors import EndpointError, LlmExtractError

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI


_CONNECTIONS_IN_A_POOL = 2


class Connection:
    """The connections to one address, for so many requests ``at_once``, opened when first needed.

    Use it in one event loop.
    """

    def __init__(self, address: Address, proxy: Proxy | None, at_once: int = 1) -> None:
        self._address = address
        self._at_once = at_once
        self._proxy = proxy
        self._sdk: AsyncOpenAI | None = None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            sdk, self._sdk = self._sdk, None
            await sdk.close()

    async def exchange(self, request: dict[str, Any]) -> transport.HttpReply:
        """Send one chat completion request and return the answer, whatever its status.

        Raises ``Transient`` when no whole answer comes, ``EndpointError`` for a proxy that can
        not be used, ``ReplyError`` for an answer beyond all measure.
        """
        import httpx2
        import openai

        failure: Exception
        body = {**request, **request.get("extra_body", {})}
        body.pop("extra_body", None)
        try:
            # As chat.completions.create does, without walking through the whole request first.
            answer = await self._open().post(
                "/chat/completions", body=body, cast_to=httpx2.Response
            )
            return self._received(answer)
        except openai.APIStatusError as error:
            return self._received(error.response)
        except openai.APIConnectionError as error:
            failure = self._explain(error)
        raise failure

    async def list_models(self, timeout_s: float) -> tuple[str, ...] | None:
        """Return the names the endpoint offers, or None when it does not tell in time."""
        with suppress(Exception):
            async with asyncio.timeout(timeout_s):
                answer = await self._open().models.with_raw_response.list()
            listed = json.loads(answer.http_response.content).get("data") or []
            return tuple(str(model["id"]) for model in listed)
        return None

    def _received(self, answer: httpx2.Response) -> transport.HttpReply:
        body = answer.content
        if self._address.has_secret:  # some endpoints quote the key they refuse
            body = body.replace(self._address.key.encode(), b"[key]")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        sent_bytes = len(answer.request.content)
        return transport.HttpReply(answer.status_code, headers, body, sent_bytes)

    def _explain(self, error: BaseException) -> Exception:
        deepest = error
        while (cause := deepest.__cause__ or deepest.__context__) is not None:
            if isinstance(cause, LlmExtractError | transport.Transient):
                return cause
            deepest = cause
        where = urlsplit(self._address.base_url).netloc
        if self._proxy:
            where += f" by way of the proxy {self._proxy}"
        why = str(deepest) or type(deepest).__name__
        if self._address.has_secret and self._address.key in why:
            why = type(deepest).__name__
        return transport.Transient("unreachable", f"{where} gives no answer: {why[:200]}")

    def _open(self) -> AsyncOpenAI:
        if self._sdk is None:
            self._sdk = _open(self._address, self._proxy, self._at_once)
        return self._sdk


def _open(address: Address, proxy: Proxy | None, at_once: int) -> AsyncOpenAI:
    import httpx2
    import openai

    class Bounded(httpx2.AsyncHTTPTransport):
        """Reads an answer whole, so that its size is known before anything is made of it."""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = await super().handle_async_request(request)
            body = bytearray()
            try:
                async for part in cast("httpx2.AsyncByteStream", answer.stream):
                    body += part
                    if len(body) > transport.MAX_BODY_BYTES:
                        raise transport.oversized()
            finally:
                await answer.aclose()
            plain = transport.inflate(bytes(body), answer.headers.get("content-encoding", ""))
            dropped = {"content-encoding", "content-length", "transfer-encoding"}
            kept = [pair for pair in answer.headers.multi_items() if pair[0].lower() not in dropped]
            return httpx2.Response(answer.status_code, headers=kept, content=plain, request=request)

    class Spread(httpx2.AsyncBaseTransport):
        """Many small pools: one looks at all its connections for each request."""

        def __init__(self, pools: list[httpx2.AsyncHTTPTransport]) -> None:
            self._pools = pools
            self._next = itertools.cycle(pools)

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return await next(self._next).handle_async_request(request)

        async def aclose(self) -> None:
            for pool in self._pools:
                await pool.aclose()

    # Loading the certificates takes 20 ms, and there is nothing to verify on this machine.
    verify = not (address.is_loopback and address.base_url.startswith("http://"))
    pools: list[httpx2.AsyncHTTPTransport] = []
    with suppress(ValueError, ImportError):  # another scheme, or SOCKS without its package
        pools = [
            Bounded(
                verify=verify,
                proxy=proxy.url if proxy else None,
                # How many requests are in flight is for the gate to say; each keeps its connection.
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=None),
            )
            for _ in range(max(1, at_once // _CONNECTIONS_IN_A_POOL))
        ]
    if not pools:
        raise EndpointError(
            "unreachable",
            f"the proxy {proxy} is of a kind that can not be used",
            "name one that starts with http:// or https://, or put the host into no_proxy",
        )
    sdk = openai.AsyncOpenAI(
        api_key=address.key,
        base_url=address.base_url,
        max_retries=0,
        # The whole exchange has one deadline (transport.persist); slow models may be silent long.
        timeout=httpx2.Timeout(None, connect=10.0),
        default_headers={"Accept-Encoding": "identity"},
        http_client=httpx2.AsyncClient(
            transport=Spread(pools), follow_redirects=False, trust_env=False
        ),
    )
    if address.provider != "openai":
        sdk.organization = sdk.project = None  # taken from the environment, meant for OpenAI only
    return sdk
