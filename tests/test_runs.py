from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Run
from scripted import incident
from stub_server import Answer, Stub, chat, fault, serving

from llm_extract.profiles import PROFILES
from llm_extract.runs.planning import (
    Experience,
    Opening,
    first_prompts,
    make_plan,
    opening,
    recorded_experience,
)

RAID = "On Monday, air raids killed {} civilians in Kessi, police said."
CALM = "On Monday, the mayor of Kessi opened a school."


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Four articles, three of which tell of a raid."""
    path = tmp_path / "news.jsonl"
    write(path, [RAID.format(12), RAID.format(13), CALM, RAID.format(14)])
    return path


def write(path: Path, texts: list[str]) -> None:
    lines = [
        json.dumps({"id": f"a{n}", "text": text, "published": "2023-05-17"})
        for n, text in enumerate(texts, start=1)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def raid(request: dict[str, Any]) -> Answer:
    """Tell of the raid of the article that is asked about."""
    asked = request["messages"][1]["content"]
    figure = asked.partition("killed ")[2].partition(" civilians")[0]
    records = [incident(1, dead=[f"{figure} civilians"])] if figure else []
    return chat(json.dumps({"records": records}))


@pytest.fixture
def served() -> Iterator[Stub]:
    with serving(raid) as stub:
        yield stub


def options(stub: Stub) -> list[str]:
    asked = ["--base-url", stub.url, "--model", "m", "--profile", "windows", "-t", "incident"]
    return [*asked, "--jobs", "2"]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ---- going on


def test_a_finished_run_has_nothing_to_do_and_asks_nothing(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    first = run("extract", news, *options(served), "--run", folder)
    assert (first.status, first.out) == (0, "")
    found = lines(folder / "records.jsonl")
    assert [line["article_id"] for line in found] == ["a1", "a2", "a3", "a4"]
    assert [line["state"] for line in found] == ["ok", "ok", "empty", "ok"]
    asked = len(served.requests)
    again = run("extract", "--run", folder)
    assert again.status == 0
    assert "nothing to do" in again.err
    assert len(served.requests) == asked == 3  # the calm one has no word of the type
    assert lines(folder / "records.jsonl") == found


def test_only_what_has_changed_is_asked_about_again(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    write(news, [RAID.format(12), RAID.format(99), CALM, RAID.format(14), RAID.format(15)])
    asked = len(served.requests)
    ended = run("extract", "--run", folder)
    assert len(served.requests) == asked + 2
    assert "1 units were done again" in ended.err
    dead = [
        line["records"][0]["fatalities"]["total"]["value"]
        for line in lines(folder / "records.jsonl")
        if line["records"]
    ]
    assert dead == [12, 99, 14, 15]


def test_a_text_that_changes_back_costs_nothing(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    before = news.read_text(encoding="utf-8")
    run("extract", news, *options(served), "--run", folder)
    write(news, [RAID.format(99)])
    run("extract", "--run", folder)
    asked = len(served.requests)
    news.write_text(before, encoding="utf-8")
    run("extract", "--run", folder)
    assert len(served.requests) == asked


def test_articles_whose_file_is_gone_keep_their_results(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    news.unlink()
    ended = run("extract", "--run", folder)
    assert "news.jsonl" in ended.err
    assert "4 articles are not among the inputs any more" in ended.err
    assert len(lines(folder / "records.jsonl")) == 4


def test_an_article_left_to_be_done_is_done_though_its_file_is_gone(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    stopped = run("extract", news, *options(served), "--run", folder, "--budget-tokens", "1")
    assert stopped.status == 4
    assert "go on with: llm-extract extract --run" in stopped.err
    assert served.requests == []
    news.unlink()
    run("extract", "--run", folder)
    done = [line["article_id"] for line in lines(folder / "records.jsonl")]
    assert done[0] == "a1"
    assert done == ["a1", "a2", "a3", "a4"][: len(done)]
    assert len(served.requests) >= 1


def test_a_changed_prompt_says_what_is_done_again_before_it_starts(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder, own = tmp_path / "r", tmp_path / "own"
    template = Path("prompts/incident.md.j2").read_text(encoding="utf-8")
    (own / "prompts").mkdir(parents=True)
    prompt = own / "prompts" / "incident.md.j2"
    prompt.write_text(template, encoding="utf-8")
    run("extract", news, *options(served), "--types", own, "--run", folder)
    asked = len(served.requests)
    prompt.write_text(template.replace("code news", "code the news"), encoding="utf-8")
    if "code the news" not in prompt.read_text(encoding="utf-8"):
        prompt.write_text(template + "\n{# changed #}\n", encoding="utf-8")
    ended = run("extract", "--run", folder)
    assert "the prompt of incident changed: 4 units again" in ended.err
    assert ended.err.index("changed: 4 units") < ended.err.index("model: ")
    assert len(served.requests) <= asked + 3


def test_settings_that_would_change_results_are_refused_by_name(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    ended = run("extract", "--run", folder, "--model", "another")
    assert ended.status == 2
    assert "--model m, not another" in ended.err


def test_a_folder_without_a_run_is_not_gone_on_with(run: Run, tmp_path: Path) -> None:
    ended = run("extract", "--run", tmp_path / "none")
    assert ended.status == 2
    assert "holds no run" in ended.err


# ---- asking again, reading again


def test_what_failed_is_asked_about_again_only_when_told(
    run: Run, news: Path, tmp_path: Path
) -> None:
    refusing = True

    def answer(request: dict[str, Any]) -> Answer:
        if refusing and "13 civilians" in request["messages"][1]["content"]:
            return chat(None, message={"refusal": "no"})
        return raid(request)

    folder = tmp_path / "r"
    with serving(answer) as stub:
        assert run("extract", news, *options(stub), "--run", folder).status == 1
        shown = run("runs", "show", folder).out
        assert "failed: 1 units: sentences 1-1: the model gave no answer" in shown
        assert "--retry-failed" in shown
        asked = len(stub.requests)
        assert run("extract", "--run", folder).status == 1
        assert len(stub.requests) == asked
        refusing = False
        assert run("extract", "--run", folder, "--retry-failed").status == 0
        assert len(stub.requests) == asked + 1
    assert all(line["state"] != "failed" for line in lines(folder / "records.jsonl"))


def test_records_are_made_anew_from_kept_answers_without_a_question(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    before = lines(folder / "records.jsonl")
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM results")
    asked = len(served.requests)
    ended = run("extract", "--run", folder, "--reparse")
    assert "4 units are made anew" in ended.err
    assert len(served.requests) == asked
    assert lines(folder / "records.jsonl") == before


def test_runs_share_answers_through_a_cache(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    cache = tmp_path / "cache.sqlite"
    for name in ("one", "two"):
        folder = tmp_path / name
        run("extract", news, *options(served), "--run", folder, "--reply-cache", cache)
    assert len(served.requests) == 3
    assert lines(tmp_path / "one" / "records.jsonl") == lines(tmp_path / "two" / "records.jsonl")


# ---- budgets, outputs, log


def test_what_earlier_starts_spent_counts_for_the_budget(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    write(news, [RAID.format(n) for n in range(50, 54)])
    ended = run("extract", "--run", folder, "--budget-tokens", "40")
    assert ended.status == 4
    assert len(served.requests) == 3


def test_a_budget_in_dollars_needs_a_price(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    ended = run("extract", news, *options(served), "--budget-usd", "1")
    assert ended.status == 2
    assert "the price of m is unknown" in ended.err
    prices = tmp_path / "prices.toml"
    prices.write_text("[m]\nprompt = 1.0\ncompletion = 2.0\n", encoding="utf-8")
    ended = run("extract", news, *options(served), "--budget-usd", "1", "--prices", prices)
    assert ended.status == 0
    assert ended.lines[0]["cost"] == pytest.approx((10 * 1.0 + 5 * 2.0) / 1e6)


@pytest.mark.parametrize("suffix", [".csv", ".sqlite", ".parquet"])
def test_the_ending_of_the_output_says_what_is_written(
    run: Run, news: Path, served: Stub, tmp_path: Path, suffix: str
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path / f"found{suffix}"
    assert run("extract", news, *options(served), "-o", target).status == 0
    assert target.stat().st_size > 0


def test_an_unknown_ending_costs_no_question(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    ended = run("extract", news, *options(served), "-o", tmp_path / "found.xlsx")
    assert ended.status == 2
    assert ".csv" in ended.err
    assert served.requests == []


def test_lines_come_in_the_order_of_reading_whoever_is_done_first(run: Run, tmp_path: Path) -> None:
    import time

    def slow_first(request: dict[str, Any]) -> Answer:
        if "killed 0 " in request["messages"][1]["content"]:
            time.sleep(0.3)
        return raid(request)

    many = tmp_path / "many.jsonl"
    write(many, [RAID.format(n) for n in range(12)])
    with serving(slow_first) as stub:
        ended = run("extract", many, *options(stub)[:-1], "8")
    assert [line["article_id"] for line in ended.lines] == [f"a{n}" for n in range(1, 13)]


def test_the_log_tells_what_happened_and_no_word_of_the_articles(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    run("extract", news, *options(served), "--log", log)
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [e["event"] for e in events] == ["start", *["unit"] * 4, "stop"]
    assert "Kessi" not in log.read_text(encoding="utf-8")


def test_the_same_article_twice_is_one_and_another_text_of_its_id_is_refused(
    run: Run, served: Stub, tmp_path: Path
) -> None:
    for name, number in (("x", 1), ("y", 1), ("z", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.txt").write_text(RAID.format(number), encoding="utf-8")
    paths = [tmp_path / name / "same.txt" for name in "xyz"]
    ended = run("extract", *paths, *options(served), "--published", "2023-05-17")
    assert ended.status == 1
    assert len(ended.lines) == 1
    assert "already names another text" in ended.err


# ---- showing and planning


def test_a_run_shows_its_states_its_cost_and_what_to_do(
    run: Run, news: Path, served: Stub, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    run("extract", news, *options(served), "--run", folder)
    shown = run("runs", "show", folder)
    assert shown.status == 0
    assert "4 articles, 4 units, 3 records" in shown.out
    assert "3 questions in 3 requests; 30 prompt tokens" in shown.out
    assert "price unknown" in shown.out
    assert shown.out.rstrip().endswith("all is done")
    facts = json.loads(run("runs", "show", folder, "--json").out)
    assert facts["states"] == {"incident": {"empty": 1, "ok": 3}}
    assert facts["usd"] is None


def test_a_plan_sends_nothing_and_shows_a_prompt(run: Run, news: Path, served: Stub) -> None:
    shown = run("extract", news, *options(served), "--plan")
    assert shown.status == 0
    assert served.requests == []
    assert shown.out.startswith("4 articles, 3 first questions")
    assert "US dollars" in shown.out
    assert "unknown" in shown.out
    assert RAID.format(12) in shown.out


def test_a_plan_follows_what_the_price_is(run: Run, news: Path, served: Stub) -> None:
    shown = run("extract", news, "--plan", "--model", "openai/gpt-4.1-mini", "-t", "incident")
    [money] = [line for line in shown.out.splitlines() if line.startswith("US dollars")]
    assert "unknown" not in money
    assert "taking 5 s an answer" in shown.out


def test_a_plan_is_the_sum_of_what_like_articles_cost() -> None:
    like = [Experience(1, 1000, 2, 500, 60, 8.0)]
    plan = make_plan([Opening(1, 1000)] * 10, 100, like, None, "ten articles")
    assert plan.first_questions == 100
    assert (plan.questions.p50, plan.questions.p90) == (200, 200)
    assert plan.prompt_tokens.p50 == 50_000
    assert plan.completion_tokens.p50 == 6_000
    assert plan.seconds.p50 == 800
    assert plan.usd is None


def test_a_plan_is_wider_the_more_articles_differ() -> None:
    cheap, dear = Experience(1, 1000, 1, 300, 20, 5.0), Experience(1, 1000, 5, 1500, 400, 60.0)
    plan = make_plan([Opening(1, 1000)] * 5, 5, [cheap, dear], None, "two articles")
    assert plan.questions.p50 < plan.questions.p90
    assert 5 <= plan.questions.p50 <= 25


def test_the_shipped_experience_is_of_articles_that_were_asked_about() -> None:
    for name in ("windows",):
        found = recorded_experience(name)
        assert len(found) >= 30
        for one in found:
            assert one.questions >= one.first_questions > 0
            first = one.first_characters / one.first_questions
            assert 1 < first / (one.prompt_tokens / one.questions) < 6


def test_the_opening_of_an_article_is_what_would_be_sent() -> None:
    from judged import type_of

    from llm_extract.article import Article

    article = Article(id="a", text=RAID.format(3))
    types = [type_of("incident")]
    prompts = list(first_prompts(article, types, PROFILES["windows"]))
    assert opening(article, types, PROFILES["windows"]) == Opening(
        1, len(prompts[0].system) + len(prompts[0].user)
    )


def test_a_fault_of_one_article_is_put_off_and_done_at_the_end(
    run: Run, news: Path, tmp_path: Path
) -> None:
    seen = 0

    def answer(request: dict[str, Any]) -> Answer:
        nonlocal seen
        if "13 civilians" in request["messages"][1]["content"]:
            seen += 1
            if seen <= 4:
                return fault(500)
        return raid(request)

    with serving(answer) as stub:
        ended = run("extract", news, *options(stub))
    assert ended.status == 0
    assert [line["state"] for line in ended.lines] == ["ok", "ok", "empty", "ok"]
