"""What each command of the command line does."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llm_extract.article import Article
from llm_extract.checking import Checked, belongs, check_record, records_in
from llm_extract.client import Client
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.console import json_line, print_line, tell
from llm_extract.errors import InputError, LlmExtractError
from llm_extract.extraction import tool_version
from llm_extract.models import open_model, profile_for
from llm_extract.probing import Probe, probe
from llm_extract.profiles import context_of, first_questions
from llm_extract.reading import ReadOptions, Unreadable, read_articles
from llm_extract.record import Asked
from llm_extract.record_type import (
    draft_model,
    find_record_type,
    type_names_in,
)
from llm_extract.rendering import render


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
    for window, worth_asking in first_questions(text, type_name, profile):
        if not worth_asking:
            tell(f"sentences {window[0]}-{window[-1]}: no word of this type, not asked")
            continue
        context = context_of(window, profile)
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
