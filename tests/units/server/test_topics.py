"""A topic is complete or it is not a topic."""

from datetime import date, timedelta
from pathlib import Path

import pytest

import app
from app.domain.errors import MalformedTopicError
from app.domain.topics import Stage, Topic
from app.services import topics
from tests.world import TOPIC, World

SAMPLES = sorted((Path(app.__path__[0]) / "samples" / "topics").glob("*.toml"))


def test_a_topic_is_read_and_survives_the_round_trip() -> None:
    topic = Topic.parse_toml(TOPIC)

    assert (topic.stage, topic.closes) == (Stage.DRAFT, date(2026, 12, 31))
    assert topic.title.text("ar") == "خطوط الحافلات"
    assert Topic.parse(topic.encode()) == topic


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_are_topics(path: Path) -> None:
    topic = Topic.parse_toml(path.read_text("utf-8"))

    assert topic.slug == path.stem
    assert Topic.parse(topic.encode()) == topic


WRONG = {
    "who_decides = ": ("#", "who_decides: missing"),
    'ar = "المواعيد", ': ("", "what_can_change.ar: missing"),
    'stage = "draft"': ('stage = "done"', "stage: one of agenda, draft, decision"),
    "opens = 2026-11-01": ('opens = "soon"', "opens: a date such as"),
    "closes = 2026-12-31": ("closes = 2026-10-31", "closes: earlier than opens"),
    'slug = "bus-lines"': ('slug = "Bus lines"', "slug: small Latin letters"),
    'url = "https://': ('url = "javascript:', "sources[0].url: begins with https://"),
    'en = "The draft"': ('en = " "', "sources[0].title.en: a text that is not empty"),
    "published = ": ("published_on = ", "sources[0].published: missing"),
    "[[summary]]": ("colour = 1\n[[summary]]", "colour: not a known key"),
    "[[sources]]": ("size_bytes = -1\n[[sources]]", "summary[0].size_bytes: not a known key"),
}


@pytest.mark.parametrize(("old", "change"), WRONG.items(), ids=WRONG.keys())
def test_an_incomplete_topic_names_what_is_missing(old: str, change: tuple[str, str]) -> None:
    new, message = change
    assert old in TOPIC
    with pytest.raises(MalformedTopicError) as caught:
        Topic.parse_toml(TOPIC.replace(old, new, 1))

    assert str(caught.value).startswith(message)


def test_a_topic_without_a_source_or_with_six_sentences_is_refused() -> None:
    without = TOPIC[: TOPIC.index("[[sources]]")]
    long = TOPIC.replace("[[sources]]", '[[summary]]\nar = "a"\nen = "a"\n' * 5 + "[[sources]]")

    for text, key in ((without, "sources"), (long, "summary")):
        with pytest.raises(MalformedTopicError, match=key):
            Topic.parse_toml(text)


def test_a_topic_takes_opinions_from_its_first_to_its_last_day() -> None:
    topic = Topic.parse_toml(TOPIC)
    day = timedelta(days=1)

    assert not topic.is_open(topic.opens - day)
    assert topic.is_open(topic.opens)
    assert topic.closes
    assert topic.is_open(topic.closes)
    assert not topic.is_open(topic.closes + day)


def test_open_topics_are_listed_by_the_day_they_close(world: World) -> None:
    changes = {
        "a-sooner": "closes = 2026-11-30",
        "b-open-ended": "",
        "c-closed": "closes = 2026-11-24",
    }
    with world.state.transaction() as connection:
        for slug, closes in changes.items():
            text = TOPIC.replace("bus-lines", slug).replace("closes = 2026-12-31", closes)
            topics.publish(connection, Topic.parse_toml(text))
        topics.publish(connection, Topic.parse_toml(TOPIC))
    with world.state.reading() as connection:
        slugs = [topic.slug for topic in topics.open_on(connection, world.today)]
        everything = topics.everything(connection)

    assert slugs == ["a-sooner", "bus-lines", "b-open-ended"]
    assert len(everything) == 4
