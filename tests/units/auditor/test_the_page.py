"""The report as a page: complete, static, the same in both languages, safe against its log."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser

from app.auditor.charts import Canvas
from app.auditor.markup import Markup, element
from app.auditor.page import render_page
from app.auditor.words import (
    LANGS,
    MEANINGS_AR,
    MEANINGS_EN,
    STATUSES,
    TEXTS,
    Lang,
    about_word,
    told_word,
)
from app.domain.coverage import UNSAID
from crypto.about import ABOUT
from crypto.tlog.findings import MEANINGS
from crypto.tlog.leaves import ROLL_STATUSES
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import TOWN_RULES, Town, without


class Reader(HTMLParser):
    """Tags in order, with attributes; fails on one that is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def report_of(auditor: Auditor, *, fraud: bool = False) -> dict[str, object]:
    town = Town(a_day=6, cover=2)
    town.days(35)
    if fraud:
        town.day(rolls=without)
    town.days(45)
    auditor.audits(town)
    document: dict[str, object] = json.loads(auditor.run("report", "--json", "-").output)
    return document


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_loaded_and_nothing_runs(auditor: Auditor, lang: Lang) -> None:
    page = render_page(report_of(auditor), lang)
    reader = Reader(page)
    assert reader.count("script") == reader.count("link") == reader.count("img") == 0
    attributes = {name for _, attrs in reader.tags for name in attrs}
    assert attributes.isdisjoint({"src", "href", "style", "onclick", "onload"})
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert reader.tags[0] == ("html", {"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"})


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_has_a_title_a_description_and_a_table(auditor: Auditor, lang: Lang) -> None:
    page = render_page(report_of(auditor), lang)
    reader = Reader(page)
    charts = [attrs for tag, attrs in reader.tags if tag == "svg" and attrs.get("role") == "img"]
    assert len(charts) == 4
    assert "&lt;" not in page, "markup of our own, escaped"
    ids = {attrs.get("id") for _, attrs in reader.tags}
    assert all(set((attrs["aria-labelledby"] or "").split()) <= ids for attrs in charts)
    assert reader.count("table") >= len(charts)
    assert reader.count("caption") == reader.count("table")


@pytest.mark.parametrize("lang", LANGS)
def test_a_young_log_says_that_no_roll_is_due(auditor: Auditor, lang: Lang) -> None:
    town = Town(a_day=6, cover=2)
    town.days(2)
    auditor.audits(town)
    page = render_page(json.loads(auditor.run("report", "--json", "-").output), lang)
    assert TEXTS["no-rolls"][lang == "en"] in page
    assert Reader(page).count("svg") > 0


@pytest.mark.parametrize("lang", LANGS)
def test_findings_stand_on_the_page(auditor: Auditor, lang: Lang) -> None:
    report = report_of(auditor, fraud=True)
    page = render_page(report, lang)
    assert "<code>roll-missing</code>" in page
    assert (MEANINGS_AR if lang == "ar" else MEANINGS_EN)["roll-missing"] in page
    assert 'class="box bad"' in page
    assert ("الموعد: <bdi>" if lang == "ar" else "age: <bdi") in page


@pytest.mark.parametrize("lang", LANGS)
def test_who_took_part_is_told_as_it_was_published(auditor: Auditor, lang: Lang) -> None:
    report = report_of(auditor)
    assert TEXTS["coverage"][lang == "en"] not in render_page(report, lang)

    told = dict.fromkeys((*ABOUT["age"], UNSAID), "15")
    covered = {"topic": "bus-lines", "region": None, "age": told | {"under-30": "few"}}
    sectors = dict.fromkeys((*ABOUT["sector"], UNSAID), "20")
    record = {**_record(report), "coverage": [covered | {"sector": sectors}]}
    page = render_page(report | {"record": record}, lang)
    Reader(page)
    assert page.count(about_word("under-30", lang)) == 1
    assert page.count(told_word("few", lang)) == 1
    assert page.count(TEXTS["withheld"][lang == "en"]) == 1
    assert about_word("north", lang) not in page


def _record(report: dict[str, object]) -> dict[str, object]:
    record = report["record"]
    assert isinstance(record, dict)
    return record


def test_a_log_cannot_write_into_the_page(auditor: Auditor) -> None:
    report = report_of(auditor)
    evil = "<script>alert(1)</script>\"'&"
    hostile = report | {"origin": evil, "tool": evil, "findings": [_finding(evil)]}
    for lang in LANGS:
        page = render_page(hostile, lang)
        Reader(page)
        assert "<script" not in page


def _finding(evil: str) -> dict[str, object]:
    return {"code": "status-unknown", "index": 1, "status": evil}


def test_every_finding_and_status_has_words_in_both_languages() -> None:
    assert set(MEANINGS_AR) == set(MEANINGS_EN) >= set(MEANINGS)
    assert set(STATUSES) == {*TOWN_RULES.pending, *TOWN_RULES.settled} >= {*ROLL_STATUSES.values()}
    arabic = [*MEANINGS_AR.values(), *(ar for ar, _ in TEXTS.values())]
    assert all(re.match(r"[\u0600-\u06ff]", words) for words in arabic)
    assert not any(re.search(r"[\u0660-\u0669]", words) for words in arabic)


def test_children_are_escaped_and_markup_is_not() -> None:
    assert element("p", "a < b", Markup("<b>c</b>"), id='"') == (
        '<p id="&quot;">a &lt; b<b>c</b></p>'
    )


def test_places_run_from_where_reading_begins() -> None:
    both = [Canvas("n", "t", "d", 10, rtl) for rtl in (False, True)]
    for canvas in both:
        canvas.bar(10, 0, 20, 5, "c")
    assert 'x="10%"' in both[0].parts[0]
    assert 'x="70%"' in both[1].parts[0]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_its_screen(
    auditor: Auditor, chromium: Browser, lang: Lang, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.set_content(render_page(report_of(auditor, fraud=True), lang))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = page.evaluate(
        """() => [...document.querySelectorAll("svg text, svg rect")].filter(e => {
             const b = e.getBoundingClientRect();
             return b.left < 0 || b.right > innerWidth; }).length"""
    )
    assert outside == 0
    assert complaints == []
    page.close()
