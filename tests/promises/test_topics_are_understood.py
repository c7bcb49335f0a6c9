"""Topics that people understand: plain, sourced, the same page for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import app
from app.domain.readability import LEAST_OSMAN, MOST_WORDS, measure
from app.domain.topics import Bilingual, Portal, Topic, Waiver
from app.services import topics
from tests.units.citizen.plain_browser import Page, PlainBrowser
from tests.world import World

FOLDER = Path(app.__path__[0]) / "samples" / "topics"
SAMPLES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def sample(slug: str) -> Topic:
    return Topic.parse_toml((FOLDER / f"{slug}.toml").read_text("utf-8"))


def publish(world: World, *published: Topic) -> None:
    with world.state.transaction() as connection:
        for each in published:
            topics.publish(connection, each)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with the sample topics, that these tests only look at."""
    world = World(tmp_path_factory.mktemp("still"))
    publish(world, *map(sample, SAMPLES))
    for path in (FOLDER / "copies").iterdir():
        world.state.copies.put(path.read_bytes())
    yield world
    world.close()


@pytest.mark.parametrize("slug", SAMPLES)
def test_all_that_stands_on_a_topics_page_is_easy_arabic(still: World, slug: str) -> None:
    found = measure(Page(still.client.get(f"/t/{slug}").text).lines)

    assert found.osman is not None
    assert found.osman >= LEAST_OSMAN
    assert [each.text for each in found.sentences if each.words > MOST_WORDS] == []
    assert len(found.sentences) > 30


def test_a_topic_says_for_whom_where_until_when_and_what_changes(still: World) -> None:
    arabic = Page(still.client.get("/t/bus-stops").text)
    english = Page(still.client.get("/en/t/bus-stops").text)

    for text in ("كل من يركب الحافلة", "عمان", "30\u00a0حزيران 2027", "عدد المواقف", "مصدر 1"):
        assert text in arabic.text
    for text in ("shop owners", "Amman", "The last day is 30\u00a0June 2027", "Source 1", "Words"):
        assert text in english.text
    assert "Decision on 30\u00a0June 2027" in english.text


def test_where_no_day_was_announced_the_page_says_so(still: World) -> None:
    page = Page(still.client.get("/en/t/water-strategy").text)

    assert "No day is set for the decision." in page.text
    assert "We hand the opinions over on 30\u00a0June 2027." in page.text
    assert "All of Jordan" in page.text


def test_a_link_made_for_one_person_leads_to_the_page_of_all(still: World) -> None:
    """A code in an address would tell the site which partner, or who, was behind a visit."""
    for root in ("", "/en"):
        clean = still.client.get(f"{root}/t/bus-stops")
        marked = still.client.get(f"{root}/t/bus-stops?from=partner-7")

        assert (marked.status_code, marked.headers["Location"]) == (303, f"{root}/t/bus-stops")
        assert still.client.get(f"{root}/t/bus-stops").data == clean.data


def test_a_copy_is_what_was_signed_and_nothing_in_it_runs(still: World) -> None:
    browser = PlainBrowser(still.client)
    page = browser.visits("/t/bus-stops")
    (path,) = page.downloads
    answer = still.client.get(path)

    assert "الحجم: 2 كيلوبايت" in page.text
    assert answer.data == (FOLDER / "copies" / "bus-stops.txt").read_bytes()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["0" * 64, "..%2fwasl.toml", "wasl.toml", "A" * 64])
def test_only_copies_that_a_topic_rests_on_are_handed_out(still: World, name: str) -> None:
    stray = still.state.copies.put(b"nobody rests on this")

    assert still.client.get(f"/sources/{name}").status_code == 404
    assert still.client.get(f"/sources/{stray}").status_code == 404


def test_a_source_that_changed_is_told_in_both_languages(world: World) -> None:
    topic = sample("bus-stops")
    (source,) = topic.sources
    publish(world, replace(topic, sources=(replace(source, changed=date(2026, 11, 20)),)))

    for path, words in (
        ("/t/bus-stops", "تغير مصدر بعد أن قرأناه. لاحظنا ذلك يوم 20\u00a0تشرين\u00a0الثاني 2026."),
        ("/en/t/bus-stops", "A source has changed since we read it. We noticed on 20\u00a0"),
    ):
        page = Page(world.client.get(path).text)
        assert words in page.by_id["source-changed"]


def test_the_official_portal_is_linked_without_a_word_of_who_comes(world: World) -> None:
    portal = Portal(
        Bilingual("مواقف الحافلات", "Bus stops"),
        "12/2026",
        date(2026, 12, 20),
        "https://a.example/12",
    )
    waiver = Waiver(Bilingual("كلام القانون.", "Words of the law."), "basil")
    publish(world, replace(sample("bus-stops"), portal=portal, waiver=waiver))
    page = Page(world.client.get("/en/t/bus-stops").text)
    (link,) = [at for tag, at in page.tags if tag == "a" and at.get("href") == portal.url]

    assert link["rel"] == "noreferrer"
    assert "12/2026" in page.text
    assert "The last day there is 20\u00a0December 2026." in page.text
    assert "The reason: Words of the law." in page.text
