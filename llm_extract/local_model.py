"""Serving a GGUF model file inside this process, on a loopback port.

The server speaks the same API as every remote endpoint, so one client serves all. This is the
only module that imports xllamacpp (llama.cpp), and only once a model is asked for: the import
loads a hundred megabytes and fixes the behaviour of its thread pool for the process.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import socket
import sys
import tempfile
import threading
import time
import urllib.parse
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self, cast

from llm_extract.errors import EndpointError, UsageError


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How much the model may use of this machine."""

    n_ctx: int = 8192
    """Tokens of prompt and reply together."""
    threads: int = 0
    """0 takes `default_threads`."""


class LocalServer:
    """A model being served until `close`, or the end of the ``with`` block or the process."""

    def __init__(self, server: _Server, base_url: str, model: str) -> None:
        self.base_url = base_url
        """``http://127.0.0.1:PORT/v1``."""
        self.model = model
        """The name the server knows its model by."""
        port = urllib.parse.urlsplit(base_url).port or 0
        self._stop = weakref.finalize(self, _stop, [server], port)

    def close(self) -> None:
        """Cut off what is still being answered, stop the server and give its memory back."""
        self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def serve(path: Path, settings: ServerSettings = ServerSettings()) -> LocalServer:
    """Load the model file and return its server once it can be asked.

    Raises UsageError for a file that is no GGUF model, EndpointError ``no_weights`` for one
    that cannot be loaded. A file's hash is not looked at here.
    """
    _require_gguf(path)
    if settings.n_ctx < _LEAST_CONTEXT or settings.threads < 0:
        raise UsageError(
            f"cannot serve a model with a context of {settings.n_ctx} tokens and"
            f" {settings.threads} threads",
            f"give a context of at least {_LEAST_CONTEXT} tokens; 0 threads for a fitting number",
        )
    alias = model_name(path)
    try:
        server = _start(path, alias, settings, _SILENT)
    except RuntimeError as error:
        reason = _reason(path, alias, settings) or str(error)
        raise EndpointError(
            "no_weights",
            f"{path}: the model cannot be loaded: {reason}",
            "fetch the file again, give another one, or a smaller context if memory is short",
        ) from error
    address = urllib.parse.urlsplit(server.listening_address)
    local = LocalServer(server, f"{server.listening_address}/v1", alias)
    if address.hostname != _LOOPBACK:
        local.close()
        raise EndpointError("unreachable", f"the model listens on {address.netloc}, not here only")
    return local


def model_name(path: Path) -> str:
    """Return the name a model file is served by: the file's, without what an API may not take."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-") or "model"


def installed() -> bool:
    """Tell whether a model can be served in process here."""
    return importlib.util.find_spec("xllamacpp") is not None


def engine_version() -> str | None:
    """Return the version of xllamacpp, without loading it; None when it is not installed."""
    try:
        return importlib.metadata.version("xllamacpp")
    except importlib.metadata.PackageNotFoundError:
        return None


def default_threads() -> int:
    """Return one thread per physical core this process may use, at most 8.

    Every layer waits for its slowest thread, and generating is bound by memory, not by
    arithmetic: two threads on one core hinder each other, a thread without a core of its own
    holds up all, and beyond eight a model of this size gains nothing.
    """
    return max(1, min(_physical_cores(), _quota(), _MOST_THREADS))


_LOOPBACK = "127.0.0.1"
_MOST_THREADS = 8
_LEAST_CONTEXT = 512
_SILENT = -1
_ERRORS_ONLY = 1


class _Server(Protocol):
    """What is used of xllamacpp's server; destroying the object stops it."""

    @property
    def listening_address(self) -> str: ...

    def handle_metrics(self) -> str: ...


# --- starting --------------------------------------------------------------------------------


def _require_gguf(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot read the model file: {error.strerror}",
            "give the path of a GGUF file, or take `--model local`",
        ) from error
    if magic != b"GGUF":
        what = "is empty" if not magic else "is not a GGUF model file"
        raise UsageError(f"{path} {what}", "llama.cpp models come as files ending in .gguf")


def _start(path: Path, alias: str, settings: ServerSettings, verbosity: int) -> _Server:
    # An OpenMP thread that spins while another process has its core stops the whole model:
    # with one busy process beside it, 3 to 13 tokens a second without this and 21 with it.
    # A user who chose a wait policy has decided this already, and the count would overrule it.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        import xllamacpp
    except ImportError as error:
        raise EndpointError(
            "no_weights",
            f"the embedded model needs the package xllamacpp: {error}",
            "pip install xllamacpp, or use another endpoint with --base-url and --model",
        ) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {alias}
    params.hostnames = [_LOOPBACK]
    params.port = 0
    params.n_ctx = settings.n_ctx
    params.cpuparams.n_threads = settings.threads or default_threads()
    params.cpuparams_batch.n_threads = settings.threads or default_threads()
    params.n_parallel = 1  # a second slot is no faster on few cores and makes replies differ
    params.cache_ram_mib = 0  # else up to 8 GiB of old prompts are kept in memory
    params.n_batch = 512  # a reply can be called off between batches only
    params.fit_params = False  # else the settings depend on the memory free at the moment
    params.warmup = False
    params.verbosity = verbosity
    # Nothing but the API: no page, and nobody else's prompts shown to other local users.
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_metrics = True
    # A web page open in the user's browser must not be able to read this server's answers.
    params.cors_origins = ""
    return cast(_Server, xllamacpp.Server(params))


def _reason(path: Path, alias: str, settings: ServerSettings) -> str:
    """Try once more to hear why loading fails: llama.cpp tells it on stderr only."""
    with _stderr_to_file() as told, suppress(RuntimeError):
        _stop([_start(path, alias, settings, _ERRORS_ONLY)], 0)
    # "0.00.106.013 E llama_model_load: error loading model: tensor '…' is not within …"
    found = re.findall(r"^[\d.]+ E +\S+: +(.+)$", told[0], flags=re.MULTILINE)
    first = next((line for line in found if "failed to load model from" not in line), "")
    return "".join(filter(str.isprintable, first)).removeprefix("error loading model: ")


@contextmanager
def _stderr_to_file() -> Iterator[list[str]]:
    """Catch what native code writes to the stderr of the process; the text is there after."""
    caught = [""]
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile("a+b") as file:
        saved = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            yield caught
        finally:
            caught[0] = _read_to_end(file)
            os.dup2(saved, 2)
            os.close(saved)


def _read_to_end(file: IO[bytes]) -> str:
    # llama.cpp writes from a thread of its own, so its last line comes a little later.
    for _ in range(50):
        file.seek(0)
        text = file.read()
        if text.endswith(b"exiting due to model loading error\n"):
            break
        time.sleep(0.02)
    return text.decode("utf-8", "replace")


# --- stopping --------------------------------------------------------------------------------


def _stop(holder: list[_Server], port: int) -> None:
    """Destroy the only reference to a server, which stops it.

    Its destructor waits for requests in flight and holds the interpreter meanwhile, so a
    client of this process could never read its answer: both would wait for ever. Hence the
    connections are cut first; where they cannot be found, a busy server is left to the end
    of the process.
    """
    if not _cut_connections(port) and _is_busy(holder[0]):
        threading.Thread(target=_keep, args=(holder.pop(),), daemon=True).start()
        return
    holder.clear()


def _cut_connections(port: int) -> bool:
    """Shut this process's connections to one of its own ports; False where none can be found."""
    try:
        descriptors = [int(name) for name in os.listdir("/dev/fd")]  # noqa: PTH208
    except (OSError, ValueError):
        return False
    for descriptor in descriptors:
        try:
            connection = socket.socket(fileno=descriptor)
        except OSError:  # not a socket, or closed since
            continue
        try:
            if connection.getsockname() == (_LOOPBACK, port) and connection.getpeername():
                connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the listening socket has no peer
            pass
        finally:
            connection.detach()
    return True


def _is_busy(server: _Server) -> bool:
    return re.search(r"^llamacpp:requests_processing 0$", server.handle_metrics(), re.M) is None


def _keep(server: _Server) -> None:
    # A daemon thread's variables are never destroyed, not even when the interpreter ends.
    threading.Event().wait()
    del server


# --- threads ---------------------------------------------------------------------------------


def _physical_cores() -> int:
    """Count the cores this process may run on, the two threads of one core counting once."""
    if sys.platform == "linux":
        return len({_siblings(number) or str(number) for number in os.sched_getaffinity(0)})
    else:  # noqa: RET505 - the type checker knows platforms by branches
        logical = os.cpu_count() or 1
        # Apple's own processors run one thread a core; elsewhere two are the rule.
        return logical if sys.platform == "darwin" else max(1, logical // 2)


def _siblings(number: int) -> str:
    topology = Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list")
    try:
        return topology.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _quota(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return the whole processors a container may use: "200000 100000" means two of them."""
    try:
        most, _, period = limit.read_text(encoding="ascii").strip().partition(" ")
        return max(1, int(most) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return _MOST_THREADS
