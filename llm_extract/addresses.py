"""Where a model is: its address, the key that opens it, and the proxy on the way."""

from __future__ import annotations

import difflib
import ipaddress
import os
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from llm_extract.errors import EndpointError, UsageError

PROVIDERS: Mapping[str, tuple[str, str]] = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "openrouter": ("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "groq": ("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "mistral": ("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "together": ("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "deepseek": ("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
}
"""Prefix of a model name → base URL, and the environment variable that holds the key."""

OWN_KEYS = ("LLM_EXTRACT_API_KEY", "OPENAI_API_KEY")
"""Environment variables looked up, in this order, for an endpoint given by its address."""

NO_KEY = "none"
"""What is sent as the key where none is needed: a client must send something."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that questions go through; shown as its host and port and who named it."""

    url: str = field(repr=False)
    """With its scheme; it may hold a password."""
    source: str
    """The environment variable that names it, or ``the system settings``."""

    def __str__(self) -> str:
        host = self.url.partition("://")[2].rpartition("@")[2].partition("/")[0]
        return f"{host} ({self.source})"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is, what it is called there, and the key that opens it."""

    provider: str
    model: str
    base_url: str
    key: str = field(repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether questions stay on this machine."""
        return _is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def has_secret(self) -> bool:
        """Whether the key must be kept out of all texts.

        A short one is made up, for a server that takes any, and may be a word of an article.
        """
        return len(self.key) >= 12

    def proxy(self) -> Proxy | None:
        """Return the proxy that the environment or the system names for this address now."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        if _is_loopback(host) or urllib.request.proxy_bypass(host):
            return None
        url = urllib.request.getproxies().get(parts.scheme)
        if not url:
            return None
        variable = f"{parts.scheme}_proxy"
        # The name in lower case goes before others, here as in urllib.
        named = sorted((n for n in os.environ if n.lower() == variable), reverse=True)
        source = next((n for n in named if os.environ[n] == url), "the system settings")
        return Proxy(url if "://" in url else f"http://{url}", source)


def parse_model_name(
    name: str, base_url: str | None = None, api_key: str | None = None, *, replaying: bool = False
) -> Address:
    """Return where ``provider/model`` is, or ``name`` whole at ``base_url``.

    Raises ``UsageError`` for a name or address that cannot work, ``EndpointError`` for a key
    that is missing or would travel in the clear. When ``replaying`` no key is needed.
    """
    if base_url is not None:
        found = api_key or next(filter(None, map(os.environ.get, OWN_KEYS)), "")
        return _at_url(name, base_url.rstrip("/"), found, replaying)
    provider, _, model = name.partition("/")
    if provider not in PROVIDERS or not model:
        close = difflib.get_close_matches(provider, PROVIDERS, n=1)
        hint = f"did you mean {close[0]}/{model or '…'}? " if close else ""
        known = ", ".join(f"{known}/…" for known in PROVIDERS)
        raise UsageError(
            f"no provider for the model {name!r}", f"{hint}write {known}, or --base-url"
        )
    url, variable = PROVIDERS[provider]
    key = NO_KEY if replaying else api_key or os.environ.get(variable)
    if not key:
        raise EndpointError(
            "no_key", f"no key for {provider}: {variable} is not set", f"export {variable}=…"
        )
    return Address(provider, model, url, key)


def _at_url(name: str, url: str, key: str, replaying: bool) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        shown = url.rpartition("@")[2]  # what stands before an @ may be a password
        raise UsageError(f"not an address: {shown!r}", "write --base-url http://127.0.0.1:8080/v1")
    if parts.username or parts.password:
        raise UsageError(
            f"the address of {parts.hostname} holds a password", f"put the key in {OWN_KEYS[0]}"
        )
    if replaying:
        key = ""
    local = _is_loopback(parts.hostname)
    if key and parts.scheme == "http" and not local:
        raise EndpointError(
            "insecure",
            f"the key is not sent in the clear to {parts.hostname}",
            f"use https, or a tunnel to this machine, or unset {' and '.join(OWN_KEYS)}",
        )
    if not key and parts.scheme == "https" and not local and not replaying:
        raise EndpointError(
            "no_key",
            f"no key for {parts.hostname}: {OWN_KEYS[0]} is not set",
            f"export {OWN_KEYS[0]}=…",
        )
    return Address(parts.hostname, name, url, key or NO_KEY)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
