"""What each command of the command line does."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from llm_extract.article import Article
from llm_extract.checking import Checked, belongs, check_record, records_in
from llm_extract.client import Client
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.console import json_line, print_line, tell, tell_error
from llm_extract.errors import EndpointError, InputError, LlmExtractError, UsageError
from llm_extract.extraction import Extractor, tool_version
from llm_extract.models import open_model, profile_for
from llm_extract.one_by_one import all_types, tape
from llm_extract.probing import Probe, probe
from llm_extract.profiles import has_cue, windows
from llm_extract.progress import weights_progress
from llm_extract.reading import ReadOptions, Unreadable, read_articles
from llm_extract.record import Asked, Record
from llm_extract.record_type import (
    RecordType,
    builtin_names,
    draft_model,
    find_record_type,
    type_names_in,
)
from llm_extract.rendering import render
from llm_extract.result import Extraction
from llm_extract.summary import summarise


def run_extract(
    sources: Sequence[str],
    *,
    type_names: Sequence[str] | None,
    types_dir: Path | None,
    output: Path | None,
    options: Any,
    model: str,
    base_url: str | None,
    mode: Any,
    profile: str | None,
    max_asks: int | None,
    record: Path | None,
    replay: Path | None,
    quiet: bool,
) -> int:
    """Extract from every article, one line for each article and type; return the exit status."""
    types = [find_record_type(n, types_dir) for n in type_names or builtin_names()]
    _try_templates(types)
    articles, trouble = _opened(sources, options)
    renew = _renewing_command(
        sources,
        {
            "--type": type_names,
            "--types": types_dir,
            "--published": options.published,
            "--publisher": options.publisher,
            "--language": options.language,
            "--model": model if model != "local" else None,
            "--base-url": base_url,
            "--mode": mode,
            "--profile": profile,
            "--max-asks": max_asks,
            "--record": replay,
        },
    )
    found: list[Extraction[Record]] = []
    with (
        weights_progress() as fetched,
        _sink(output) as sink,
        open_model(
            model,
            base_url=base_url,
            mode=mode,
            profile=profile,
            replaying=replay is not None,
            progress=fetched,
            notice=tell,
        ) as opened,
    ):
        tell(f"model: {opened.client.model}, {opened.place}")
        extractor = Extractor(
            opened.client, opened.profile, endpoint=opened.place, max_asks=max_asks
        )
        gone: EndpointError | None = None
        for article in articles:
            if isinstance(article, Unreadable):
                trouble = _tell_unreadable(article)
                continue
            for warning in article.warnings:
                tell(f"warning: {article.id}: {warning}")
            with tape(record, replay, article, renew):
                work = all_types(article, types, extractor, opened, gone)
                extractions, now_gone = asyncio.run(work)
            if now_gone is not None and gone is None:
                tell_error(now_gone)
            gone = now_gone
            for extraction in extractions:
                sink.write(json_line(extraction.model_dump_json()) + "\n")
            sink.flush()
            found += extractions
    if not quiet:
        for line in summarise(found):
            tell(line)
    if output is not None:
        tell(f"{len(found)} lines in {output}")
    trouble = trouble or any(extraction.failure is not None for extraction in found)
    return 3 if gone else int(trouble)


def _try_templates(types: Sequence[RecordType]) -> None:
    """Render each prompt once: a slip in a template should cost no minute either."""
    text = NumberedText.of(Article(id="-", text="Nothing happened."))
    for record_type in types:
        for full in (False, True):
            render(record_type, text, (1,), full=full, bins=full)


def _opened(
    sources: Sequence[str], options: ReadOptions
) -> tuple[Iterator[Article | Unreadable], bool]:
    """Find the first article before a model is fetched: a wrong name should cost no minute.

    Return the articles from it on, and whether something before it could not be read.
    """
    stream = _articles(sources, options)
    trouble = False
    for item in stream:
        if isinstance(item, Article):
            return itertools.chain([item], stream), trouble
        trouble = _tell_unreadable(item)
    raise InputError("no article found", "give .txt, .md, .html or .jsonl files")


def _articles(sources: Sequence[str], options: ReadOptions) -> Iterator[Article | Unreadable]:
    """Read every source; one of several that can not be read must not cost the others."""
    for source in sources:
        try:
            yield from read_articles(source, options, stdin=sys.stdin.buffer)
        except InputError as error:
            if len(sources) == 1:
                raise
            yield Unreadable(source, error)


def _tell_unreadable(item: Unreadable) -> bool:
    named = item.reason.message.startswith(item.where)
    tell_error(item.reason, "" if named else item.where)
    return True


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[str]]:
    """Write to stdout, or beside the output file, which is replaced only by a whole one."""
    if output is None:
        yield sys.stdout
        return
    if output.is_dir():
        raise UsageError(f"{output} is a directory", "give -o the name of a file")
    partial = output.with_name(output.name + ".partial")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        file = partial.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{output} cannot be written: {error.strerror}", "choose another -o"
        ) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        if partial.stat().st_size:
            tell(f"what was done so far is in {partial}")
        else:
            partial.unlink()
        raise
    partial.replace(output)


def _renewing_command(sources: Sequence[str], given: Mapping[str, object]) -> str:
    """Return the command that records again what a replay was asked for."""
    words = ["llm-extract", "extract", *sources]
    for option, value in given.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            words += [] if one is None else [option, str(one)]
    return shlex.join(words)


def run_check(
    path: Path, article_source: str, options: Any, types_dir: Path | None, *, as_json: bool
) -> int:
    """Judge every record of a file against an article; return 1 if one does not hold."""
    article = _one_article(article_source, options)
    text = NumberedText.of(article)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "records are one JSON object a line, in UTF-8"
        raise InputError(f"{path} cannot be read: {reason}", hint) from None
    checked: list[Checked] = []
    for name, given in records_in(lines, str(path)):
        if belongs(given, article.id):
            record_type = find_record_type(str(given["record_type"]), types_dir)
            checked.append(check_record(given, record_type, text, name))
    if not checked:
        raise InputError(f"{path} holds no record of {article.id}", "see `article_id`")
    for item in checked:
        if as_json:
            sys.stdout.write(json_line(_checked_json(item)) + "\n")
            continue
        for line in _checked_text(item):
            print_line(line)
    failed = sum(not item.passed for item in checked)
    tell(f"{len(checked)} records, {failed} not borne out by {article.id}")
    return int(failed > 0)


def _checked_text(item: Checked) -> Iterator[str]:
    yield f"{item.name}: {'holds' if item.passed else 'does not hold'}"
    for path, support in item.support.items():
        basis = f"  ({support.basis})" if support.basis else ""
        value = item.values.get(path)
        shown = str(value) if isinstance(value, dt.date) else repr(value)
        yield f"  {support.level:<12}{path} = {shown}{basis}"
    told = {(f.path, f.message) for f in item.findings if f.path in item.support}
    for finding in item.findings:
        if (finding.path, finding.message) not in told:
            yield f"  {finding.severity:<12}{finding}"


def _checked_json(item: Checked) -> str:
    return json.dumps(
        {
            "record": item.name,
            "holds": item.passed,
            "support": {k: s.model_dump() for k, s in item.support.items()},
            "findings": [
                {"rule": f.rule, "severity": f.severity, "path": f.path, "message": f.message}
                for f in item.findings
            ],
        },
        ensure_ascii=False,
    )


def _one_article(source: str, options: ReadOptions) -> Article:
    found = list(read_articles(source, options, stdin=sys.stdin.buffer))
    for item in found:
        if isinstance(item, Unreadable):
            raise item.reason
    if len(found) != 1 or isinstance(found[0], Unreadable):
        raise InputError(f"{source} holds {len(found)} articles, not one", "give one article")
    article = found[0]
    for warning in article.warnings:
        tell(f"warning: {article.id}: {warning}")
    return article


def run_types(name: str | None, types_dir: Path | None, *, json_schema: bool) -> None:
    """List the record types, or tell the fields of one."""
    if name is None:
        for known in type_names_in(types_dir):
            model = find_record_type(known, types_dir).model
            print_line(f"{known:<22}{(model.__doc__ or '').splitlines()[0]}")
        return
    record_type = find_record_type(name, types_dir)
    if json_schema:
        schema = record_type.model.model_json_schema(mode="serialization")
        sys.stdout.write(json_line(json.dumps(schema, ensure_ascii=False, indent=2)) + "\n")
        return
    print_line(f"{name}: {record_type.model.__doc__}")
    for field_name, field in record_type.model.model_fields.items():
        asked = next((m for m in field.metadata if isinstance(m, Asked)), None)
        who = "code or a person" if asked is None else "model" if asked.core else "strong model"
        print_line(f"  {field_name:<26}{who:<18}{field.description or ''}".rstrip())
    asked_schema = draft_model(record_type.model, full=True).model_json_schema()
    print_line(f"  asked of a strong model: {len(json.dumps(asked_schema))} characters of schema")


def run_prompt(
    source: str,
    type_name: str,
    types_dir: Path | None,
    options: Any,
    model: str,
    base_url: str | None,
    profile_name: str | None,
) -> None:
    """Print every prompt the first pass over an article would send."""
    record_type = find_record_type(type_name, types_dir)
    profile = profile_for(model, base_url, profile_name)
    text = NumberedText.of(_one_article(source, options))
    sent = 0
    for window in windows(text, profile):
        cued = any(has_cue(type_name, text[n].quote, text.article.language) for n in window)
        if profile.only_with_cue and not cued:
            tell(f"sentences {window[0]}-{window[-1]}: no word of this type, not asked")
            continue
        context = (window[0] - 1,) if profile.window and window[0] > 1 else ()
        prompt = render(
            record_type, text, window, context=context, full=profile.full, bins=profile.bins
        )
        for message in prompt.messages:
            print_line(f"--- {message['role']}")
            print_line(message["content"])
        sent += 1
    tell(f"{sent} prompts, profile {profile.name}")


def run_doctor(model: str, base_url: str | None) -> int:
    """Say what is installed and what the model can do; return 3 if it cannot be used."""
    import platform

    from llm_extract import weights
    from llm_extract.local_model import engine_version
    from llm_extract.models import is_local

    print_line(f"llm-extract   {tool_version()}")
    print_line(f"python        {platform.python_version()} on {platform.system()}")
    print_line(f"llama.cpp     {engine_version() or 'not installed'}")
    present = "present, verified" if weights.is_present() else "absent: llm-extract models pull"
    print_line(f"weights       {weights.DEFAULT.name}: {present}")
    if is_local(model) and base_url is None and model == "local" and not weights.is_present():
        return 3
    try:
        with open_model(model, base_url=base_url, notice=tell) as opened:
            print_line(f"model         {opened.client.model}, {opened.place}")
            found = asyncio.run(_probed(opened.client))
    except LlmExtractError as error:
        print_line(f"model         cannot be used: {error.message}")
        tell(f"hint: {error.hint}")
        return error.exit_status
    print_line(f"reachable     {'yes' if found.reachable else 'no'}: {found.reason}")
    for finding in found.findings:
        print_line(f"{finding.mode:<14}{'works' if finding.works else 'fails'}: {finding.reason}")
    print_line(f"would use     {found.mode or 'nothing'}")
    return 0 if found.mode else 3


async def _probed(client: Client) -> Probe:
    async with client:
        return await probe(client)
