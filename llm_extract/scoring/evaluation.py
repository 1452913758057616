"""Labels beside extractions: one score for each article, then figures over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from llm_extract.checking import check_record
from llm_extract.coding.numbered_text import NumberedText
from llm_extract.labels.files import Json, Label
from llm_extract.record import Record
from llm_extract.record_type import RecordType, find_record_type
from llm_extract.scoring.comparing import (
    compare_pair,
    has_two_sides,
    tally,
    told,
    told_alone,
)
from llm_extract.scoring.fields import only_given, only_wanted
from llm_extract.scoring.figures import field_figures, slice_figures
from llm_extract.scoring.forbidden import forbidden_source
from llm_extract.scoring.pairing import Found, Pair, Wanted, pair, read_found, read_wanted
from llm_extract.scoring.report import ArticleScore, ComparedRecord, Report, Tally, TypeScore
from llm_extract.scoring.statistics import RESAMPLES, SEED


def evaluate(
    labels: Sequence[Label],
    extractions: Iterable[Mapping[str, Any]],
    *,
    types_dir: Path | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    judge_support: bool = False,
) -> Report:
    """Score extraction lines against labels; asks no model and needs no network.

    ``extractions`` are the objects of an extraction file, in any order; those of other articles
    are left aside. An article and type without a line counts as missed altogether, and is named
    in ``absent``. With ``judge_support`` every extracted value is also put to the verifier,
    which takes some milliseconds a record.
    """
    lines = {
        (str(line.get("article_id")), str(line.get("record_type"))): line for line in extractions
    }
    types = {
        name: find_record_type(name, types_dir)
        for name in sorted({n for label in labels for n in label.file.record_types})
    }
    scores = [_article(label, lines, types, judge_support=judge_support) for label in labels]
    used = [line for key, line in lines.items() if key[0] in {label.id for label in labels}]
    return Report(
        tool_version=_one(used, "tool_version"),
        labels=str(labels[0].path.parent) if labels else "",
        split=labels[0].file.split if len({label.file.split for label in labels}) == 1 else None,
        model=_one([line.get("model") or {} for line in used], "asked"),
        profile=_one(used, "profile"),
        seed=seed,
        resamples=resamples,
        judged_support=judge_support,
        absent=[s.article_id for s in scores if any(t.state == "absent" for t in s.types.values())],
        other_text=_other_text(labels, lines),
        figures=slice_figures(scores, resamples=resamples, seed=seed),
        fields=field_figures(scores, resamples=resamples, seed=seed),
        articles=scores,
    )


def _one(lines: Sequence[Mapping[str, Any]], key: str) -> str:
    return ", ".join(sorted({str(line[key]) for line in lines if line.get(key)}))


def _other_text(labels: Sequence[Label], lines: Mapping[tuple[str, str], Any]) -> list[str]:
    hashes = {label.id: label.article.sha256 for label in labels}
    return sorted(
        {
            name
            for (name, _), line in lines.items()
            if name in hashes and line.get("article_sha256") not in (None, hashes[name])
        }
    )


def _article(
    label: Label,
    lines: Mapping[tuple[str, str], Mapping[str, Any]],
    types: Mapping[str, RecordType],
    *,
    judge_support: bool,
) -> ArticleScore:
    article = label.article
    own = [lines[label.id, n] for n in label.file.record_types if (label.id, n) in lines]
    score = ArticleScore(
        article_id=article.id,
        title=article.title,
        language=article.language,
        words=len(article.text.split()),
        split=label.file.split,
        traps=sorted(label.file.traps),
        profile=_one(own, "profile"),
    )
    text = NumberedText.of(article) if judge_support and own else None
    for name in sorted(label.file.record_types):
        line = lines.get((label.id, name), {"state": "absent"})
        scored, compared = _type(label, types[name], line)
        if text is not None:
            _judge(scored, line, types[name], text)
        score.types[name] = scored
        score.records += compared
    return score


def _type(
    label: Label, record_type: RecordType, line: Mapping[str, Any]
) -> tuple[TypeScore, list[ComparedRecord]]:
    text, model = label.article.text, record_type.model
    wanted = [read_wanted(r, model, text) for r in label.records(record_type.name)]
    given = line.get("records")
    records = [r for r in given if isinstance(r, Mapping)] if isinstance(given, list) else []
    found = [read_found(r, model, text) for r in records]
    score = TypeScore(state=str(line.get("state", "ok")))
    _add_cost(score, line)
    pairs = pair(wanted, found)
    compared = [_pair(p, wanted, found, label, record_type, score) for p in pairs]
    taken_w, taken_f = {p.wanted for p in pairs}, {p.found for p in pairs}
    compared += [
        _missed(w, record_type.name, score) for i, w in enumerate(wanted) if i not in taken_w
    ]
    compared += [
        _spurious(f, label, record_type.name, score)
        for i, f in enumerate(found)
        if i not in taken_f
    ]
    return score, compared


def _pair(
    pair: Pair,
    wanted: Sequence[Wanted],
    found: Sequence[Found],
    label: Label,
    record_type: RecordType,
    score: TypeScore,
) -> ComparedRecord:
    want, have = wanted[pair.wanted], found[pair.found]
    compared = compare_pair(want, have, record_type.model, label.article)
    if not want.is_optional:
        score.records.right += 1
        score.sided += has_two_sides(have.record) and has_two_sides(want.record)
        score.swapped += compared.swapped
        for scored, outcome in compared.outcomes.items():
            counted = tally(outcome, compared.grounded.get(scored, 0))
            _add(score, scored.name, scored.core, counted)
    return ComparedRecord(
        record_type=record_type.name,
        outcome="optional" if want.is_optional else "found",
        wanted_id=_id(want.record),
        found_id=_id(have.record),
        similarity=round(pair.similarity, 3),
        swapped=compared.swapped,
        fields=told(compared, want),
        wanted_spans=want.spans,
        found_spans=have.spans,
    )


def _missed(want: Wanted, record_type: str, score: TypeScore) -> ComparedRecord:
    if not want.is_optional:
        score.records.missed += 1
        for scored, expected in want.values.items():
            _add(score, scored.name, scored.core, tally(only_wanted(expected, scored.kind)))
    return ComparedRecord(
        record_type=record_type,
        outcome="optional" if want.is_optional else "missed",
        wanted_id=_id(want.record),
        wanted_spans=want.spans,
    )


def _spurious(have: Found, label: Label, record_type: str, score: TypeScore) -> ComparedRecord:
    source = forbidden_source(label, record_type, have)
    score.records.spurious += 1
    score.forbidden += source is not None
    for scored, value in have.values.items():
        _add(score, scored.name, scored.core, tally(only_given(value, scored.kind)))
    return ComparedRecord(
        record_type=record_type,
        outcome="spurious" if source is None else "forbidden",
        found_id=_id(have.record),
        forbidden=source,
        fields=told_alone(have.values),
        found_spans=have.spans,
    )


def _add(score: TypeScore, name: str, core: bool, counted: Tally) -> None:
    if counted == _NOTHING:
        return
    score.fields.setdefault(name, Tally()).add(counted)
    if core:
        score.values.add(counted)


_NOTHING = Tally()


def _id(record: Mapping[str, Any]) -> str | None:
    return str(record["id"]) if record.get("id") else None


def _add_cost(score: TypeScore, line: Mapping[str, Any]) -> None:
    attempts: Sequence[Json] = line.get("attempts") or ()
    usage = line.get("usage") or {}
    score.prompt_tokens = usage.get("prompt_tokens") or 0
    score.completion_tokens = usage.get("completion_tokens") or 0
    score.seconds = round(sum(a.get("seconds") or 0.0 for a in attempts), 3)
    score.calls = len(attempts)
    score.re_asks = sum(a.get("reason") in ("ask_again", "malformed") for a in attempts)


def _judge(
    score: TypeScore, line: Mapping[str, Any], record_type: RecordType, text: NumberedText
) -> None:
    """Count the values of the extracted records that the article does not bear out."""
    for record in line.get("records") or ():
        support = check_record(_bare(record, record_type.model), record_type, text).support
        score.judged += len(support)
        score.unsupported += sum(s.level == "unsupported" for s in support.values())


def _bare(record: Mapping[str, Any], model: type[Record]) -> Json:
    return {k: v for k, v in record.items() if k in model.model_fields and k != "support"}
