"""What every test starts from: no settings of the machine, and no network beyond it."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from running import Ran, Run

from llm_extract import cli

_SETTINGS = re.compile(
    r"OPENAI_|LLM_EXTRACT_|.*_API_KEY$|(?:https?|all|no|ftp)_proxy$|NO_COLOR$|FORCE_COLOR$",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if _SETTINGS.match(name):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        _refuse_remote(self, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        _refuse_remote(self, address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


def _refuse_remote(connection: socket.socket, address: Any) -> None:
    if connection.family == socket.AF_UNIX or address[0] == "localhost":
        return
    if not ipaddress.ip_address(address[0].split("%")[0]).is_loopback:
        raise RuntimeError(f"a test wanted to connect to {address[0]}")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process, from ``main`` on."""

    def go(*arguments: str | Path, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["llm-extract", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, said.out, said.err)

    return go
