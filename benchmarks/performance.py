"""Measure how fast and how large runs are; write docs/performance.md.

    python benchmarks/performance.py [throughput] [memory] [resume] [replay] [--write]

Each part prints its figures and keeps them in demo/performance.json; ``--write`` makes the
document from what is kept there.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "demo" / "performance.json"
WORK = ROOT / "demo" / "performance"
DOCUMENT = ROOT / "docs" / "performance.md"
HEAD = ROOT / "benchmarks" / "performance_head.md"
MANY = 2000
LATENCY_S = 0.2
AT_ONCE = (64, 256)
TEXT = (
    "Officials met in town number {n} on the quiet side of the river. The mayor spoke at length "
    "about the market and the school. Nothing else of note took place that week, residents said."
)
Json = dict[str, Any]


@contextmanager
def endpoint(latency: float) -> Iterator[str]:
    """Run the fixed endpoint in a process of its own; yield its address."""
    command = [sys.executable, str(ROOT / "benchmarks" / "fixed_endpoint.py")]
    process = subprocess.Popen(
        [*command, "--latency", str(latency)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def stats(url: str) -> Json:
    """Return what the endpoint counted since the last call, and start anew."""
    with urllib.request.urlopen(f"{url}/stats") as answer:
        told: Json = json.loads(answer.read())
    urllib.request.urlopen(urllib.request.Request(f"{url}/reset", method="POST")).read()
    return told


def articles(count: int) -> Path:
    """Write so many short articles, none alike."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{count}.jsonl"
    if not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            for n in range(count):
                article = {"id": f"a{n:07d}", "published": "2024-05-01", "text": TEXT.format(n=n)}
                file.write(json.dumps(article) + "\n")
    return path


def extract(url: str, source: Path, run: Path, at_once: int) -> Json:
    """Run ``llm-extract extract`` once; return seconds, CPU seconds and peak memory in MiB."""
    command = [sys.executable, "-m", "llm_extract", "extract", str(source), "--run", str(run)]
    options = ["--base-url", f"{url}/v1", "-m", "fixed", "-t", "incident", "-q"]
    started = time.monotonic()
    process = subprocess.Popen([*command, *options, "--jobs", str(at_once)], stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    process.stderr.close()
    if process.returncode:
        raise SystemExit(said)
    return {
        "seconds": round(time.monotonic() - started, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mib": round(usage.ru_maxrss / 1024),
    }


def fresh(name: str) -> Path:
    """Return a run folder that does not exist."""
    run = WORK / name
    shutil.rmtree(run, ignore_errors=True)
    return run


def throughput() -> Json:
    """Measure calls a second beside bare loops, all against the same endpoint."""
    found: Json = {}
    source = articles(MANY)
    with endpoint(LATENCY_S) as url:
        alone = extract(url, articles(1), fresh("one"), 1)
        for at_once in AT_ONCE:
            bound = at_once / LATENCY_S
            stats(url)
            spent = extract(url, source, fresh("many"), at_once)
            told = stats(url)
            rows: Json = {
                "llm-extract": {
                    "rate": MANY / told["seconds"],
                    "cpu_ms": 1000 * (spent["cpu_s"] - alone["cpu_s"]) / MANY,
                    "most": told["most"],
                }
            }
            for name in BARE:
                rows[name] = in_child(name, url, at_once)
                rows[name]["rate"] = MANY / stats(url)["seconds"]
            for row in rows.values():
                row["share"] = row["rate"] / bound
            found[str(at_once)] = rows
    return found


def in_child(name: str, url: str, at_once: int) -> Json:
    """Run a bare loop in a process of its own; return its CPU milliseconds a call."""
    command = [sys.executable, __file__, "--bare", name, url, str(at_once)]
    told: Json = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return told


def question(n: int) -> Json:
    """Return a request of the size llm-extract sends, in the same shape."""
    from llm_extract.article import Article
    from llm_extract.coding.numbered_text import NumberedText
    from llm_extract.profiles import WHOLE
    from llm_extract.record_type import find_record_type
    from llm_extract.rendering import render

    text = NumberedText.of(Article(id="a", text=TEXT.format(n=n)))
    sentences = tuple(s.number for s in text.sentences)
    prompt = render(find_record_type("incident"), text, sentences, full=WHOLE.full, bins=WHOLE.bins)
    return {
        "model": "fixed",
        "messages": prompt.messages,
        "max_tokens": WHOLE.max_tokens,
        "temperature": 0,
    }


def reply_shape() -> Any:
    """Return the class llm-extract asks for."""
    from llm_extract.profiles import WHOLE
    from llm_extract.record_type import find_record_type, reply_model

    incident = find_record_type("incident")
    return reply_model(incident, full=WHOLE.full, bins=WHOLE.bins, most=WHOLE.most_records)


def bare_openai(url: str) -> Callable[[Json], Awaitable[Any]]:
    """Return how a bare asyncio loop asks with the openai client."""
    import openai

    client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    schema = {"name": "reply", "schema": reply_shape().model_json_schema()}
    shape: Any = {"type": "json_schema", "json_schema": schema}

    async def ask(request: Json) -> Any:
        answer = await client.chat.completions.create(**request, response_format=shape)
        return json.loads(answer.choices[0].message.content or "")

    return ask


def bare_instructor(url: str) -> Callable[[Json], Awaitable[Any]]:
    """Return how a bare asyncio loop asks with instructor."""
    import instructor
    import openai

    client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
    patched = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
    shape = reply_shape()

    async def ask(request: Json) -> Any:
        return await patched.chat.completions.create(response_model=shape, max_retries=0, **request)

    return ask


BARE = {"openai": bare_openai, "instructor": bare_instructor}


async def bare(name: str, url: str, at_once: int) -> Json:
    """Ask ``MANY`` questions, so many at once; return CPU milliseconds a question."""
    ask = BARE[name](url)
    requests = [question(n) for n in range(MANY)]
    await ask(requests[0])  # loads what is loaded once
    stats(url)
    room = asyncio.Semaphore(at_once)

    async def one(request: Json) -> None:
        async with room:
            await ask(request)

    before = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.gather(*(one(request) for request in requests))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_ms": 1000 * cpu / MANY}


def memory() -> Json:
    """Measure peak memory at 1,000 and 100,000 articles, and how long a finished run takes."""
    found: Json = {}
    with endpoint(0.0) as url:
        for count in (1000, 100_000):
            run = fresh(f"memory-{count}")
            found[str(count)] = extract(url, articles(count), run, 64)
        found["resume"] = extract(url, articles(100_000), WORK / "memory-100000", 64)
    return found


def replay() -> Json:
    """Measure how fast the recordings of the labelled set are replayed."""
    command = [sys.executable, "-m", "llm_extract", "evaluate", str(ROOT / "seeds" / "labels")]
    tapes = ROOT / "cassettes" / "labelled" / "windows"
    started = time.monotonic()
    output = WORK / "replay.json"
    WORK.mkdir(parents=True, exist_ok=True)
    options = ["--replay", str(tapes), "--format", "json", "-o", str(output)]
    subprocess.run([*command, *options], check=True, capture_output=True)
    seconds = time.monotonic() - started
    count = len(list(tapes.glob("*.yaml")))
    return {"articles": count, "seconds": round(seconds, 1), "rate": count / seconds}


PARTS: dict[str, Callable[[], Json]] = {
    "throughput": throughput,
    "memory": memory,
    "replay": replay,
}


def document(kept: Json) -> Iterator[str]:
    """Yield the lines of docs/performance.md."""
    yield HEAD.read_text(encoding="utf-8").rstrip()
    yield f"\nMeasured with {platform.python_version()} on {kept['machine']}, {kept['date']}.\n"
    if rows := kept.get("throughput"):
        yield "## Calls a second\n"
        yield "| at once | client | calls a second | of the bound | CPU ms a call |"
        yield "|---|---|---|---|---|"
        for at_once, clients in rows.items():
            for name, row in clients.items():
                yield (
                    f"| {at_once} | {name} | {row['rate']:.0f} | {row['share']:.0%} "
                    f"| {row['cpu_ms']:.1f} |"
                )
    if rows := kept.get("memory"):
        yield "\n## Memory and going on\n"
        yield "| articles | peak memory, MiB | seconds |"
        yield "|---|---|---|"
        for count in ("1000", "100000"):
            row = rows[count]
            yield f"| {int(count):,} | {row['peak_mib']} | {row['seconds']:.0f} |"
        again = rows["resume"]
        yield (
            f"\nA finished run of 100,000 articles says after {again['seconds']:.0f} s that there "
            f"is nothing to do ({again['peak_mib']} MiB)."
        )
    if row := kept.get("replay"):
        yield "\n## Replay\n"
        yield (
            f"{row['articles']} recorded articles are replayed and scored in {row['seconds']:.0f} "
            f"s: {row['rate']:.1f} articles a second."
        )


def main() -> None:
    """Measure the parts named, keep the figures, and write the document if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--bare", nargs=3)
    asked = parser.parse_args()
    if asked.bare:
        name, url, at_once = asked.bare
        print(json.dumps(asyncio.run(bare(name, url, int(at_once)))))  # noqa: T201
        return
    kept: Json = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    for part in asked.parts:
        kept[part] = PARTS[part]()
        kept["machine"] = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
        kept["date"] = time.strftime("%Y-%m-%d")
        print(json.dumps({part: kept[part]}, indent=1))  # noqa: T201
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    if asked.write:
        DOCUMENT.write_text("\n".join(document(kept)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
