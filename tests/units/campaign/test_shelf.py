"""However often a file is asked for, it is drawn once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.campaign.facts import Facts
from app.campaign.kit import KitFile
from app.campaign.shelf import Shelf
from app.domain.topics import Bilingual
from tests.units.campaign.sample import ordinary

drawn: Counter[str] = Counter()


def file(name: str, size: int = 10) -> KitFile:
    def make(facts: Facts) -> bytes:
        drawn[name] += 1
        return facts.topic.title.en[:1].encode() * size

    return KitFile(name, "ar", "image/png", None, make)


def test_a_crowd_has_a_file_drawn_once() -> None:
    drawn.clear()
    shelf, facts = Shelf(), ordinary()
    letter = facts.topic.title.en[:1].encode()
    with ThreadPoolExecutor(16) as crowd:
        got = list(crowd.map(lambda _: shelf.get(facts, file("a")), range(200)))

    assert set(got) == {letter * 10}
    assert drawn == {"a": 1}


def test_what_a_topic_said_before_is_forgotten() -> None:
    drawn.clear()
    shelf, facts = Shelf(), ordinary()
    shelf.get(facts, file("a"))
    changed = replace(facts, topic=replace(facts.topic, title=Bilingual("س", "Q")))

    assert shelf.get(changed, file("a")) == b"Q" * 10
    assert list(shelf._files) == [(changed, "a")]
    assert shelf._bytes == 10


def test_memory_is_bounded() -> None:
    drawn.clear()
    shelf, facts = Shelf(most_bytes=35), ordinary()
    for name in "abca":
        shelf.get(facts, file(name))
    shelf.get(facts, file("d"))

    assert [name for _, name in shelf._files] == ["c", "a", "d"]
    assert drawn == {"a": 1, "b": 1, "c": 1, "d": 1}
