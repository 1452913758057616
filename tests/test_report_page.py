"""The report as a page: what the file holds, and what a browser makes of it."""

from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from json import loads
from pathlib import Path
from typing import Any

import pytest
from labelled import FLIGHT, RAID, SHELL, TOLL, changed, label, lines
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from llm_extract.labels.files import Label
from llm_extract.scoring.evaluation import evaluate
from llm_extract.scoring.page import report_page, worst_first
from llm_extract.scoring.report import Report

MARKUP = "</script><img src=x onerror=alert(1)><!--<script>alert(1)</script>${data} $policy"
HOSTILE_ID = f'"><h1>{MARKUP}'
# The emoji is one character of the text and two units of a JavaScript string.
HOSTILE_TEXT = f"😀 {MARKUP} On Tuesday, a mortar shell killed a woman in Arbinda."
ARABIC_TEXT = "قتل مسلحون ثلاثة من الشرطة يوم الاثنين. ووقع الهجوم قرب خانقين."
AMBUSH: dict[str, Any] = {
    "record_type": "incident",
    "id": "inc-1",
    "sub_event_type": "Attack",
    "evidence": [{"quote": "ووقع الهجوم قرب خانقين."}],
}
FORBIDDEN: dict[str, Any] = {
    "record_type": "incident",
    "id": "inc-9",
    "fatalities": {"total": {"value": 20000, "qualifier": "more_than"}},
    "evidence": TOLL["evidence"],
}
RAID_QUOTES = [item["quote"] for item in RAID["evidence"]]


def in_language(found: Label, language: str, title: str | None = None) -> Label:
    return replace(
        found, article=found.article.model_copy(update={"language": language, "title": title})
    )


LABELS = [
    label(RAID, SHELL, FLIGHT, article_id="perfect"),
    label(article_id="nothing"),
    label(RAID, SHELL, FLIGHT, article_id="mixed"),
    label(RAID, article_id="absent"),
    in_language(label(SHELL, article_id=HOSTILE_ID, text=HOSTILE_TEXT), "en", MARKUP),
    in_language(label(AMBUSH, article_id="arabic", text=ARABIC_TEXT), "ar"),
]
# Of the raid the day is wrong and one passage is not cited; the flight is missed.
ALTERED = changed(changed(RAID, "date.start", "2024-02-01"), "evidence", RAID["evidence"][:1])
EXTRACTIONS = [
    *lines(RAID, SHELL, FLIGHT, article_id="perfect"),
    *lines(article_id="nothing"),
    *lines(changed(ALTERED, "date.end", "2024-02-01"), SHELL, FORBIDDEN, article_id="mixed"),
    *lines(changed(SHELL, "source", {"name_reported": MARKUP}), article_id=HOSTILE_ID),
    *lines(changed(AMBUSH, "sub_event_type", "Armed clash"), article_id="arabic"),
]


@pytest.fixture(scope="module")
def report() -> Report:
    return evaluate(LABELS, EXTRACTIONS, resamples=100)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return report_page(report, LABELS)


# The file ---------------------------------------------------------------------------------------


class Read(HTMLParser):
    """What a browser would make of the markup alone."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.held: dict[str, list[str]] = {"style": [], "script": []}
        self._inside: str | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in self.held else None
        if self._inside:
            self.held[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.held[self._inside][-1] += data

    @property
    def data(self) -> Any:
        return loads(self.held["script"][0])


def test_the_page_asks_for_nothing_outside_itself(page: str) -> None:
    read = Read(page)
    addresses = [
        value
        for _, attributes in read.tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
    ]
    assert {a for a in addresses if not (a or "").startswith("#")} == {"data:,"}
    acting = "".join([*read.held["style"], read.held["script"][1]])
    assert re.findall(r"https?://[^\s\"]+", acting) == ["http://www.w3.org/2000/svg"]
    for asking in ("url(", "@import", "fetch(", "XMLHttpRequest", "import(", "innerHTML"):
        assert asking not in acting


def test_the_policy_allows_this_style_and_this_script_only(page: str) -> None:
    read = Read(page)
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in read.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    told = {part.split()[0]: part.split()[1:] for part in policy.split(";")}

    def hashed(text: str) -> list[str]:
        return [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"]

    assert told.pop("default-src") == ["'none'"]
    assert told.pop("style-src") == hashed(read.held["style"][0])
    assert told.pop("script-src") == hashed(read.held["script"][1])
    assert told.pop("img-src") == ["data:"]
    assert set(map(tuple, told.values())) == {("'none'",)}
    assert not [name for _, attributes in read.tags for name in attributes if name[:2] == "on"]


def test_markup_in_an_article_does_not_leave_the_data(page: str) -> None:
    read = Read(page)
    assert [tag for tag, _ in read.tags if tag in ("script", "img")] == ["script", "script"]
    (drawn,) = [a for a in read.data["articles"] if a["text"] == HOSTILE_TEXT]
    assert read.data["report"]["articles"][drawn["score"]]["article_id"] == HOSTILE_ID


def test_the_report_comes_back_out_of_the_page(page: str, report: Report) -> None:
    without = report.model_copy(deep=True)
    for score in without.articles:
        for of in score.types.values():
            of.fields = {}
    assert Report.model_validate(Read(page).data["report"]) == without


def test_half_a_character_can_be_written() -> None:
    broken = [label(SHELL, article_id="half \udc80", text="a \ud800 b")]
    page = report_page(evaluate(broken, [], resamples=10), broken)
    assert Read(page.encode().decode()).data["articles"][0]["text"] == "a \ud800 b"


def test_a_missed_record_is_told_in_the_words_of_the_label(page: str) -> None:
    data = Read(page).data
    (mixed,) = [
        drawn
        for drawn in data["articles"]
        if data["report"]["articles"][drawn["score"]]["article_id"] == "mixed"
    ]
    (flight,) = [fields for fields in mixed["labelled"] if fields]
    assert ["figure", "Some 300 families · 300 · approximately · household"] in flight
    assert ["source", "the mayor"] in flight
    assert "evidence" not in dict(flight)


def test_articles_without_a_label_have_no_text(report: Report) -> None:
    assert {a["text"] for a in Read(report_page(report, [])).data["articles"]} == {None}


def test_the_worst_article_comes_first_and_one_about_nothing_last(report: Report) -> None:
    order = [score.article_id for score in worst_first(report.articles)]
    assert order[0] == "absent"
    assert order[-1] == "nothing"
    assert order.index("mixed") < order.index("perfect")


def test_an_article_with_only_an_invented_record_is_as_bad_as_can_be() -> None:
    bare = {"record_type": "incident", "id": "inc-1", "evidence": TOLL["evidence"]}
    labels = [label(RAID, article_id="fine"), label(article_id="invented")]
    given = [*lines(RAID, article_id="fine"), *lines(bare, article_id="invented")]
    order = worst_first(evaluate(labels, given, resamples=10).articles)
    assert [score.article_id for score in order] == ["invented", "fine"]


# In a browser -----------------------------------------------------------------------------------

_ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1280,1000",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = Chrome(options=options, service=Service(driver))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def written(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Chrome, written: Path) -> Iterator[Chrome]:
    """The page, freshly loaded from its file; whatever is done to it, nothing may go wrong."""
    browser.get("about:blank")
    console(browser)
    browser.get(written.as_uri())
    yield browser
    assert console(browser) == []


def console(browser: Chrome) -> list[Any]:
    """Everything said on the console since it was last asked for."""
    return list(browser.get_log("browser"))  # type: ignore[no-untyped-call]


def words_of(elements: Sequence[WebElement]) -> list[str]:
    return [element.get_attribute("textContent") or "" for element in elements]


def articles(browser: Chrome) -> list[WebElement]:
    return browser.find_elements(By.CLASS_NAME, "article")


def open_article(browser: Chrome, name: str) -> WebElement:
    """Open the article of this id as a reader would, and wait until it is drawn."""
    (row,) = [
        row
        for row in articles(browser)
        if words_of([row.find_element(By.TAG_NAME, "h3")]) == [name]
    ]
    row.find_element(By.TAG_NAME, "summary").click()
    WebDriverWait(browser, 5).until(lambda _: row.find_elements(By.CLASS_NAME, "text"))
    return row


def record(row: WebElement, outcome: str) -> WebElement:
    (found,) = [
        card
        for card in row.find_elements(By.CLASS_NAME, "record")
        if f", {outcome}" in (card.get_attribute("aria-label") or "")
    ]
    return found


def lit(row: WebElement, side: str) -> str:
    return "".join(words_of(row.find_elements(By.CLASS_NAME, f"lit-{side}")))


@pytest.mark.browser
def test_the_page_opens_from_its_file_and_fetches_nothing(opened: Chrome) -> None:
    asked = opened.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )
    assert [name for name in asked if not name.startswith("data:")] == []
    assert len(articles(opened)) == len(LABELS)


@pytest.mark.browser
def test_the_summary_tells_every_figure_and_what_is_undefined(
    opened: Chrome, report: Report
) -> None:
    def row(name: str) -> list[str]:
        shown = opened.find_element(By.CSS_SELECTOR, f"#headline [data-figure={name}]")
        return shown.text.split()

    for name in ("record_precision", "record_f1", "value_f1", "grounded_f1"):
        figure = report.figures["all"][name]
        assert figure.value is not None
        interval = f"{figure.low:.3f}–{figure.high:.3f}"
        assert row(name)[-4:-1] == [f"{figure.value:.3f}", interval, str(figure.n)]
    assert row("unsupported")[-3:] == ["undefined", "0", "values"]
    about = opened.find_element(By.ID, "about").text
    assert str(report.seed) in about
    assert str(report.resamples) in about


@pytest.mark.browser
def test_absent_articles_and_forbidden_records_are_named(opened: Chrome) -> None:
    absent, other, forbidden = opened.find_elements(By.CSS_SELECTOR, "#named section")
    assert words_of(absent.find_elements(By.TAG_NAME, "li")) == ["absent"]
    assert "none" in other.text
    assert "inc-9: agg-1: more than 20,000 people" in forbidden.text


@pytest.mark.browser
def test_the_figure_of_the_slices_can_be_chosen(opened: Chrome, report: Report) -> None:
    def incident() -> str:
        rows = opened.find_elements(By.CSS_SELECTOR, "#plots tbody tr")
        return next(row.text for row in rows if row.text.startswith("incident"))

    figures = report.figures["type:incident"]
    assert f"{figures['value_f1'].value:.3f}" in incident()
    Select(opened.find_element(By.ID, "figure")).select_by_visible_text("record F1")
    assert f"{figures['record_f1'].value:.3f}" in incident()
    assert len(opened.find_elements(By.CSS_SELECTOR, "#plots .reference")) > 3
    assert len(opened.find_elements(By.CSS_SELECTOR, "#plots .whisker")) > 0


@pytest.mark.browser
def test_a_column_of_the_fields_sorts_both_ways_and_undefined_stays_last(opened: Chrome) -> None:
    def column() -> list[str]:
        cells = table.find_elements(By.CSS_SELECTOR, "tbody tr td:nth-child(2)")
        return [cell.get_attribute("data-value") or "" for cell in cells]

    table = opened.find_element(By.CSS_SELECTOR, "[aria-label='Fields of incident'] table")
    button = table.find_elements(By.CSS_SELECTOR, "thead button")[1]
    button.click()
    rising = column()
    told = [float(value) for value in rising if value]
    assert told == sorted(told)
    assert len(set(told)) > 1
    assert all(rising[: len(told)])
    assert button.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert [float(value) for value in column() if value] == sorted(told, reverse=True)
    assert all(column()[: len(told)])


@pytest.mark.browser
def test_the_worst_article_stands_first_and_only_what_is_opened_is_drawn(opened: Chrome) -> None:
    names = words_of(opened.find_elements(By.CSS_SELECTOR, ".article h3"))
    assert names[0] == "absent"
    assert names[-1] == "nothing"
    assert opened.find_elements(By.CLASS_NAME, "text") == []
    open_article(opened, "perfect")
    assert len(opened.find_elements(By.CLASS_NAME, "text")) == 1


@pytest.mark.browser
def test_pointing_at_a_record_lights_its_own_passages(opened: Chrome) -> None:
    row = open_article(opened, "mixed")
    raid = record(row, "found, 1 difference")
    ActionChains(opened).move_to_element(raid.find_element(By.TAG_NAME, "h4")).perform()
    assert lit(row, "gold") == "".join(RAID_QUOTES)
    assert lit(row, "found") == RAID_QUOTES[0]
    flight = record(row, "missed")
    ActionChains(opened).move_to_element(flight.find_element(By.TAG_NAME, "h4")).perform()
    assert lit(row, "gold") == FLIGHT["evidence"][0]["quote"]
    assert lit(row, "found") == ""


@pytest.mark.browser
def test_the_keyboard_goes_from_the_text_to_a_record_and_lights_it(opened: Chrome) -> None:
    row = open_article(opened, "mixed")
    row.find_element(By.CLASS_NAME, "text").send_keys(Keys.TAB)
    first = opened.switch_to.active_element
    assert first == row.find_elements(By.CLASS_NAME, "record")[0]
    assert lit(row, "gold") == FLIGHT["evidence"][0]["quote"]
    ActionChains(opened).send_keys(Keys.TAB, Keys.TAB).perform()
    assert lit(row, "gold") == "".join(RAID_QUOTES)


@pytest.mark.browser
def test_differences_and_outcomes_are_told_in_words(opened: Chrome) -> None:
    row = open_article(opened, "mixed")
    raid = record(row, "found, 1 difference")
    (wrong,) = raid.find_elements(By.CSS_SELECTOR, "tr.wrong")
    assert wrong.text.split() == ["date", "✗", "wrong", "2024-03-11", "2024-02-01"]
    assert "Made of agg-1: more than 20,000 people" in record(row, "forbidden").text
    assert "300 families" in record(row, "missed").text


@pytest.mark.browser
def test_hostile_words_are_shown_and_do_nothing(opened: Chrome) -> None:
    row = open_article(opened, HOSTILE_ID)
    assert words_of(row.find_elements(By.CLASS_NAME, "text")) == [HOSTILE_TEXT]
    assert MARKUP in row.find_element(By.TAG_NAME, "summary").text
    shell = row.find_element(By.CLASS_NAME, "record")
    assert MARKUP in shell.text
    ActionChains(opened).move_to_element(shell.find_element(By.TAG_NAME, "h4")).perform()
    assert lit(row, "gold") == SHELL["evidence"][0]["quote"]
    assert opened.find_elements(By.TAG_NAME, "img") == []
    assert len(opened.find_elements(By.TAG_NAME, "h1")) == 1
    assert len(opened.find_elements(By.TAG_NAME, "script")) == 2


@pytest.mark.browser
def test_an_arabic_article_is_read_from_the_right(opened: Chrome) -> None:
    text = open_article(opened, "arabic").find_element(By.CLASS_NAME, "text")
    assert text.value_of_css_property("direction") == "rtl"
    assert text.get_attribute("lang") == "ar"
    text = open_article(opened, "perfect").find_element(By.CLASS_NAME, "text")
    assert text.value_of_css_property("direction") == "ltr"


@pytest.mark.browser
def test_the_filter_leaves_what_was_asked_for(opened: Chrome) -> None:
    def shown() -> list[str]:
        rows = [row for row in articles(opened) if row.is_displayed()]
        return words_of([row.find_element(By.TAG_NAME, "h3") for row in rows])

    wanted = opened.find_element(By.ID, "wanted")
    wanted.send_keys("ARAB")
    assert shown() == ["arabic"]
    assert opened.find_element(By.ID, "shown").text == "1 of 6 articles"
    wanted.clear()
    opened.find_element(By.ID, "faulty").click()
    assert not {"perfect", "nothing"} & set(shown())
    opened.find_element(By.ID, "type").send_keys("displacement")
    assert shown() == ["mixed"]


@pytest.mark.browser
def test_an_address_with_an_article_opens_it(opened: Chrome, written: Path) -> None:
    opened.get(f"{written.as_uri()}#article%3Aperfect")
    (row,) = [row for row in articles(opened) if row.get_attribute("open")]
    assert row.get_attribute("id") == "article:perfect"


@pytest.mark.browser
def test_a_narrow_window_scrolls_downwards_only(opened: Chrome) -> None:
    metrics = {"width": 360, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for name in ("mixed", "arabic", HOSTILE_ID):
            open_article(opened, name)
        root = "document.documentElement"
        assert opened.execute_script(f"return {root}.scrollWidth - {root}.clientWidth") == 0
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
