"""Every citizen page exists in Arabic and in English, is light, and leads nowhere dead."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.units.citizen.plain_browser import Page, PlainBrowser
from tests.world import World

PATHS = (
    "/",
    "/topics",
    "/t/bus-lines",
    "/kit/bus-lines",
    "/write",
    "/write?topic=bus-lines",
    "/follow",
    "/how",
    "/script",
    "/safety",
    "/who",
    "/verify",
    "/health",
    "/privacy",
    "/accessibility",
    "/receipt/done",
)
LANGUAGES = {"ar": ("", "rtl"), "en": ("/en", "ltr")}
WITH_SCRIPT = ("/write", "/write?topic=bus-lines", "/follow")
WITH_KEYS = ("/who", "/verify")
ONLY_FORMS = {
    "/review": "/write",
    "/send": "/write",
    "/receipt/check": "/receipt/done",
    "/follow/reply": "/follow",
    "/follow/file": "/follow",
    "/follow/rate": "/follow",
}
MAX_BYTES, MAX_REQUESTS, MAX_REQUIRED = 15_000, 3, 2


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_the_language_of_its_address(still: World, path: str, language: str) -> None:
    root, direction = LANGUAGES[language]
    answer = still.client.get(root + path, headers={"Accept-Language": "fr"})
    page = Page(answer.text)

    assert answer.status_code == 200
    assert ("html", {"lang": language, "dir": direction}) in page.tags
    assert page.title
    assert sum(tag == "h1" for tag, _ in visible(page)) == 1
    letters = re.findall(r"[\u0620-\u064a]" if language == "ar" else "[A-Za-z]", page.text)
    assert len(letters) > 0.6 * len(re.findall(r"\w", page.text)) or path in WITH_KEYS


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that these tests only look at."""
    world = World(tmp_path_factory.mktemp("still"))
    yield world
    world.close()


def visible(page: Page) -> Iterator[tuple[str, dict[str, str]]]:
    """The tags before the first hidden section: what is there without JavaScript."""
    for tag, attributes in page.tags:
        if tag == "section" and "hidden" in attributes:
            return
        yield tag, attributes


@pytest.mark.parametrize("path", PATHS)
def test_the_language_link_leads_to_the_same_page_and_back(still: World, path: str) -> None:
    for root, other in (("", "en"), ("/en", "ar")):
        page = Page(still.client.get(root + path).text)
        [link] = [at["href"] for tag, at in page.tags if tag == "a" and at.get("hreflang") == other]
        there = Page(still.client.get(link).text)

        assert ("html", {"lang": other, "dir": LANGUAGES[other][1]}) in there.tags
        back = [at["href"] for tag, at in there.tags if tag == "a" and "hreflang" in at]
        assert back == [root + path]


def test_no_link_is_dead_and_none_leaves_the_site_but_sources(still: World) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = still.client.get(path)
        assert answer.status_code in {200, 303}, path
        if answer.status_code == 200:
            page = Page(answer.text)
            for href in page.hrefs:
                assert href.startswith(("/", "#")) or "/t/" in path, href
                waiting += [href] if href.startswith("/") else []

    assert seen >= {
        root + path
        for root, _ in LANGUAGES.values()
        for path in PATHS
        if "?" not in path and path not in {"/", "/receipt/done"}
    }


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("root", ["", "/en"])
def test_scripts_are_only_where_something_is_sealed_or_opened(
    still: World, path: str, root: str
) -> None:
    page = Page(still.client.get(root + path).text)
    scripts = [at for tag, at in page.tags if tag == "script"]

    assert len(scripts) == (1 if path in WITH_SCRIPT else 0)
    for loaded in [*scripts, *(at for tag, at in page.tags if at.get("rel") == "stylesheet")]:
        assert loaded["integrity"].startswith("sha384-")
        assert still.client.get(loaded.get("src") or loaded["href"]).status_code == 200
    assert not any(name.startswith("on") or name == "style" for _, at in page.tags for name in at)
    assert not any(tag == "style" for tag, _ in page.tags)


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_first_page_is_light(still: World, root: str) -> None:
    answer = still.client.get(f"{root}/")
    page = Page(answer.text)
    loaded = [at for tag, at in page.tags if tag in {"link", "script", "img"}]
    total = len(answer.data) + sum(len(still.client.get(at["href"]).data) for at in loaded)

    assert total <= MAX_BYTES
    assert 1 + len(loaded) <= MAX_REQUESTS
    assert len(gzip.compress(answer.data)) <= 2_000


def test_a_message_needs_two_answers_at_most(still: World) -> None:
    page = Page(still.client.get("/write").text)

    assert sum("required" in at for _, at in visible(page)) <= MAX_REQUIRED


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/exit"])
def test_no_page_is_kept_by_the_browser_or_sets_a_cookie(still: World, path: str) -> None:
    answer = still.client.get(path)

    assert answer.headers["Cache-Control"] == "no-store, max-age=0"
    assert "Set-Cookie" not in answer.headers
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("root", ["", "/en"])
def test_quick_exit_is_on_every_page_and_leaves_nothing(still: World, root: str) -> None:
    for path in PATHS:
        page = Page(still.client.get(root + path).text)
        assert page.attributes["exit"]["href"] == f"{root}/exit"
    answer = still.client.get(f"{root}/exit")

    assert answer.status_code == 303
    assert answer.headers["Location"] == still.settings.exit_url
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


@pytest.mark.parametrize(("path", "leads_to"), ONLY_FORMS.items())
@pytest.mark.parametrize("root", ["", "/en"])
def test_addresses_of_forms_lead_to_the_page_with_the_form(
    still: World, path: str, leads_to: str, root: str
) -> None:
    answer = still.client.get(root + path)

    assert (answer.status_code, answer.headers["Location"]) == (303, root + leads_to)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/t/nothing", "GET", 404),
        ("/safety", "POST", 405),
        ("/send", "PUT", 405),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_are_pages_in_the_same_language(
    still: World, path: str, method: str, status: int, language: str
) -> None:
    root, direction = LANGUAGES[language]
    answer = still.client.open(root + path, method=method)

    assert answer.status_code == status
    page = Page(answer.text)
    assert ("html", {"lang": language, "dir": direction}) in page.tags
    assert "exit" in page.attributes


def test_a_topic_says_who_decides_and_links_its_sources(still: World) -> None:
    page = Page(still.client.get("/t/bus-lines").text)

    assert "مجلس الوزراء" in page.text
    assert "المواعيد" in page.text
    assert "بقي 36 يوما" in page.text
    assert "https://example.org/draft.pdf" in page.hrefs
    assert "20\u00a0تشرين\u00a0الأول 2026" in page.text


def test_a_closed_topic_is_still_there_and_takes_no_opinions(world: World) -> None:
    world.today = world.today.replace(year=2027, month=1)
    page = Page(world.client.get("/en/t/bus-lines").text)

    assert "Closed on 31\u00a0December 2026." in page.text
    assert not any("/write" in href for href in page.hrefs)
    assert world.client.get("/topics").status_code == 200


def test_a_topic_of_next_month_is_not_shown_yet(world: World) -> None:
    world.today = world.today.replace(month=10)

    assert world.client.get("/t/bus-lines").status_code == 404
    assert "/t/bus-lines" not in Page(world.client.get("/topics").text).hrefs


def test_without_topics_people_can_still_write(world: World) -> None:
    world.today = world.today.replace(month=1)
    page = Page(world.client.get("/topics").text)

    assert "لا توجد قضايا مفتوحة الآن." in page.text
    assert "/write" in page.hrefs


def test_who_reads_names_every_reader_with_fingerprints(still: World) -> None:
    page = PlainBrowser(still.client).visits("/who")

    for member in (still.amal, still.basil):
        assert member.id in page.text
    assert "ميزان" in page.text
    assert len(re.findall(r"(?:[0-9a-f]{4} ){7}[0-9a-f]{4}", page.text)) == 5
    assert "23\u00a0تشرين\u00a0الثاني 2026" in page.text
    assert "6\u00a0كانون\u00a0الأول 2026" in page.text


def test_without_a_valid_keyring_the_site_says_so(world: World) -> None:
    world.today = world.today.replace(year=2027)
    page = PlainBrowser(world.client, "en").visits("/who")

    assert "No list of readers is valid today." in page.text


def test_the_footer_leads_to_this_very_code_where_it_can_be_had(world: World) -> None:
    assert "شيفرة الموقع" not in world.client.get("/").text
    source = replace(world.settings, source_url="https://code.example/wasl")
    page = Page(world.open(source).test_client().get("/").text)
    assert ("a", {"href": "https://code.example/wasl", "rel": "noreferrer"}) in page.tags
