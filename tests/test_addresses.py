from __future__ import annotations

import pytest
from asking import KEY, forget_keys

from llm_extract.addresses import Proxy, parse_model_name
from llm_extract.errors import EndpointError, UsageError


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "variable", "host"),
    [
        ("openai/gpt-x", "OPENAI_API_KEY", "api.openai.com"),
        ("openrouter/qwen/qwen-x", "OPENROUTER_API_KEY", "openrouter.ai"),
        ("groq/x", "GROQ_API_KEY", "api.groq.com"),
        ("mistral/x", "MISTRAL_API_KEY", "api.mistral.ai"),
        ("together/x/y", "TOGETHER_API_KEY", "api.together.xyz"),
        ("deepseek/x", "DEEPSEEK_API_KEY", "api.deepseek.com"),
    ],
)
def test_a_provider_has_its_address_and_its_key(
    name: str, variable: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    with pytest.raises(EndpointError, match=variable) as missing:
        parse_model_name(name)
    assert missing.value.problem == "no_key"
    assert variable in missing.value.hint
    monkeypatch.setenv(variable, KEY)
    address = parse_model_name(name)
    assert (address.model, address.key) == (name.partition("/")[2], KEY)
    assert f"https://{host}/" in address.base_url
    assert not address.is_loopback


def test_replaying_needs_no_key_and_holds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_model_name("openai/x", replaying=True).key == "none"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert parse_model_name("openai/x", replaying=True).key == "none"
    assert parse_model_name("x", "http://example.org/v1", replaying=True).key == "none"


@pytest.mark.parametrize("name", ["gpt-x", "opnai/gpt-x", "openai/", ""])
def test_a_name_without_a_known_provider_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_model_name(name)
    assert "openai/" in caught.value.hint
    if name.startswith("opnai"):
        assert "did you mean openai/gpt-x" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://localhost:1/v1", "http://[::1]:1/v1"]
)
def test_a_loopback_server_needs_no_key_and_takes_the_name_whole(url: str) -> None:
    address = parse_model_name("org/model:q4", url)
    assert (address.model, address.key, address.is_loopback) == ("org/model:q4", "none", True)


def test_an_own_key_goes_before_the_openai_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    assert parse_model_name("m", "https://example.org/v1").key == "other"
    monkeypatch.setenv("LLM_EXTRACT_API_KEY", KEY)
    assert parse_model_name("m", "https://example.org/v1").key == KEY


def test_a_key_is_not_sent_in_the_clear() -> None:
    with pytest.raises(EndpointError, match="in the clear") as caught:
        parse_model_name("m", "http://gpu.example.org:8000/v1", KEY)
    assert caught.value.problem == "insecure"
    assert KEY not in caught.value.message + caught.value.hint
    assert parse_model_name("m", "http://gpu.example.org:8000/v1").key == "none"


def test_a_remote_address_without_a_key_is_told_which_variable() -> None:
    with pytest.raises(EndpointError, match="LLM_EXTRACT_API_KEY"):
        parse_model_name("m", "https://example.org/v1")


@pytest.mark.parametrize("url", ["ftp://x/v1", "127.0.0.1:8080", "http://", "http://[oops/v1"])
def test_what_is_no_address_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="not an address"):
        parse_model_name("m", url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_model_name("m", "https://me:hush-hush@example.org/v1")
    assert "hush-hush" not in caught.value.message + caught.value.hint


# ---- the proxy on the way


@pytest.mark.parametrize(
    ("url", "environment", "shown"),
    [
        pytest.param("https://example.org/v1", {}, "None", id="none"),
        pytest.param(
            "https://example.org/v1",
            {"HTTPS_PROXY": "http://me:hush@proxy.example:3128/"},
            "proxy.example:3128 (HTTPS_PROXY)",
            id="upper case",
        ),
        pytest.param(
            "https://example.org/v1",
            {"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"},
            "a:1 (https_proxy)",
            id="lower case goes first",
        ),
        pytest.param(
            "https://example.org/v1",
            {"https_proxy": "http://a:1", "HTTPS_PROXY": "http://a:1"},
            "a:1 (https_proxy)",
            id="both alike",
        ),
        pytest.param(
            "https://example.org/v1", {"https_proxy": "a:1"}, "a:1 (https_proxy)", id="no scheme"
        ),
        pytest.param(
            "https://example.org/v1", {"http_proxy": "http://a:1"}, "None", id="another scheme"
        ),
        pytest.param(
            "http://gpu.example:80/v1",
            {"http_proxy": "http://a:1"},
            "a:1 (http_proxy)",
            id="plain http",
        ),
        pytest.param(
            "https://example.org/v1",
            {"https_proxy": "http://a:1", "no_proxy": "example.org"},
            "None",
            id="no_proxy",
        ),
        pytest.param(
            "http://127.0.0.1:1/v1", {"http_proxy": "http://a:1"}, "None", id="this machine"
        ),
    ],
)
def test_the_proxy_is_the_one_the_environment_names(
    url: str, environment: dict[str, str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    proxy = parse_model_name("m", url, KEY if url.startswith("https") else None).proxy()
    assert str(proxy) == shown


def test_a_proxy_does_not_show_its_password() -> None:
    proxy = Proxy("http://me:hush/hush@proxy.example:3128/", "HTTPS_PROXY")
    assert "hush" not in repr(proxy) + str(proxy)
