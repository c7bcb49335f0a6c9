"""Arabic that a reader with little schooling follows: measured on every page that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from textstat import textstat

from app.domain.cases import Status
from app.store import cases
from crypto.keys import CitizenKeys, derive_root
from tests.promises.test_pages_speak_both_languages import PATHS
from tests.units.citizen.plain_browser import PlainBrowser
from tests.units.citizen.prose import Prose
from tests.world import World

LEAST_OSMAN = 85
"""Plain Arabic has 95 and more, that of ministries 44 to 51."""
MOST_WORDS = 12
WORD = re.compile("[\u0620-\u065f]+")

# What stands on a topic's page is measured by the gate that lets topics be published.
READ = [path for path in PATHS if "/t/" not in path and path != "/topics"]


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that these tests only look at."""
    world = World(tmp_path_factory.mktemp("still"))
    yield world
    world.close()


def complaints(html: str) -> list[str]:
    """How a page is too hard to read; the hardest lines stand beside it."""
    prose = Prose(html)
    osman = textstat.osman(prose.text)
    found = []
    if osman < LEAST_OSMAN:
        hardest = sorted(prose.lines, key=textstat.osman)[:3]
        found.append(f"OSMAN {osman:.0f}: {hardest}")
    sentences = [len(WORD.findall(each)) for each in re.split("[.؟!:]", prose.text)]
    words = sum(sentences) / max(1, sum(map(bool, sentences)))
    if words > MOST_WORDS:
        found.append(f"{words:.1f} words in a sentence")
    return found


def test_the_measure_tells_plain_words_from_a_ministry_s() -> None:
    plain = "رأيك يصل. اسمك لا يصل. هنا يمكنك تقديم رأي."
    official = (
        "استنادا إلى أحكام التشريعات النافذة والتعليمات الصادرة بمقتضاها، تستقبل الوزارة الملاحظات"
        " والاقتراحات المتعلقة بمسودة مشروع القانون المستهدف."
    )
    assert complaints(f"<p>{plain}</p>") == []
    assert len(complaints(f"<p>{official}</p>")) == 2


@pytest.mark.parametrize("path", [*READ, "/record", "/agency", "/offline.html", "/nothing"])
def test_every_page_that_is_only_read(still: World, path: str) -> None:
    assert complaints(still.client.get(path).text) == []


def test_every_step_of_the_journey(world: World) -> None:
    browser = PlainBrowser(world.client)
    form = browser.visits("/write").form("/review")
    found = {"empty": complaints(browser.presses(form, "to-review").html)}
    form.fill(problem="الحافلة لا تصل. رقمي 0791234567")
    page = browser.presses(form, "to-review", files=[("a.exe", b"MZ\x90" * 30)])
    found["a refused file"] = complaints(page.html)
    page = browser.presses(form, "to-review", files=[("a.txt", b"a note")])
    found["review"] = complaints(page.html)
    page = browser.presses(page.form("/send"), "send")
    found["receipt"] = complaints(page.html)
    assert {step: each for step, each in found.items() if each} == {}


def test_a_case_in_every_state(world: World) -> None:
    citizen, browser = world.citizen(), PlainBrowser(world.client)
    citizen.keys = CitizenKeys(derive_root(citizen.code, world.roots.hash))
    citizen.submits()
    found = {}
    for status in (Status.RECEIVED, Status.REDACTED, Status.ANSWERED_REFUSED, Status.WITHDRAWN):
        with world.state.transaction() as connection:
            cases.set_status(connection, citizen.slot, status, None)
        form = browser.visits("/follow").form("/follow")
        form.fill(code=" ".join(citizen.code.words))
        found[status] = complaints(browser.presses(form, "open").html)
    assert {step: each for step, each in found.items() if each} == {}
