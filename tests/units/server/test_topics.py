"""A topic is complete, and plain, or nobody is asked about it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import app
from app.cli import main
from app.domain.errors import MalformedTopicError
from app.domain.readability import measure
from app.domain.topic_gate import judge
from app.domain.topics import Bilingual, Decision, DecisionKind, Need, Stage, Topic, Waiver
from app.services import topics
from tests.world import TOPIC, World

SAMPLE = Path(app.__path__[0]) / "samples" / "topics" / "bus-stops.toml"
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
    "[[sources]]": ("size_bytes = -1\n[[sources]]", "summary[1].size_bytes: not a known key"),
    "decision = {on = 2027-01-31": ("decision = {on = 2026-12-30", "decision.on: earlier than"),
    'kind = "announced"': ('kind = "soon"', "decision.kind: one of announced, handover"),
    "agency = ": ('governorates = ["paris"]\nagency = ', "governorates: one of amman, irbid"),
    'stage = "draft"\n': ('stage = "draft"\nneeds = "why"\n', "needs: a list"),
    'url = "https://example.org/draft.pdf"': ("", "sources[0].url: missing, and there is no copy"),
    "published = 2026-10-20": (
        'copy = {sha256 = "aa", size_bytes = 1, media = "text/plain"}\npublished = 2026-10-20',
        "sources[0].copy.sha256: 64 small hex digits",
    ),
    "published = 2026": (
        f'copy = {{sha256 = "{"a" * 64}", size_bytes = 1, media = "text/html"}}\npublished = 2026',
        "sources[0].copy.media: one of application/pdf",
    ),
    'who_decides = {ar = "مجلس': (
        'facts = [{claim = {ar = "أ", en = "a"}, source = 2}]\nwho_decides = {ar = "مجلس',
        "facts[0].source: there is no source 2",
    ),
    'who_decides = {ar = "مجلس الوزراء"': (
        f'for_you = [{{ar = "{"كلمة " * 151}", en = "a"}}]\nwho_decides = {{ar = "مجلس الوزراء"',
        "for_you.ar: 151 words, of 150",
    ),
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
    long = TOPIC.replace("[[sources]]", '[[summary]]\nar = "a"\nen = "a"\n' * 4 + "[[sources]]")

    for text, key in ((without, "sources"), (long, "summary")):
        with pytest.raises(MalformedTopicError, match=key):
            Topic.parse_toml(text)


def test_a_topic_of_before_is_read_as_it_was() -> None:
    stored = Topic.parse_toml(TOPIC).encode()
    older = json.loads(stored)
    del older["decision"]
    topic = Topic.parse(json.dumps(older))

    assert topic.decision is None
    assert json.loads(topic.encode()) == older


def test_what_a_topic_says_beyond_the_least_is_kept() -> None:
    topic = Topic.parse_toml(SAMPLE.read_text("utf-8"))

    assert topic.decision == Decision(date(2027, 6, 30), DecisionKind.ANNOUNCED)
    assert topic.needs == (Need.WHY, Need.PLACE)
    assert [fact.source for fact in topic.facts] == [1, 1]
    (copy,) = topic.copies
    assert copy.media == "text/plain"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_samples_may_be_published_with_nothing_waived(path: Path) -> None:
    judgement = judge(Topic.parse_toml(path.read_text("utf-8")))

    assert judgement.lacks == ()
    assert not judgement.needs_waiver


def test_without_a_day_of_decision_or_with_hard_words_nobody_is_asked() -> None:
    topic = Topic.parse_toml(TOPIC)
    hard = replace(topic, what_can_change=Bilingual("المستحقات الاستثمارية والاعتمادات. " * 4, "a"))
    long = replace(topic, who_decides=Bilingual("هو " * 13, "a"))
    waiver = Waiver(Bilingual("كلام القانون نفسه.", "The law's own words."), "basil")

    assert judge(topic).lacks == ()
    (lack,) = judge(replace(topic, decision=None)).lacks
    assert lack.startswith("decision: missing")
    for each in (hard, long):
        (lack,) = judge(each).lacks
        assert "too hard" in lack
        assert judge(replace(each, waiver=waiver)).lacks == ()


def test_a_long_sentence_and_a_hard_one_are_told_apart() -> None:
    found = measure(["قد " * 13 + ".", "المستحقات الاستثمارية والاعتمادات؟ نعم هو كذا."])

    assert [each.is_long for each in found.sentences] == [True, False, False]
    assert [each.is_hard for each in found.sentences] == [False, True, False]
    assert (found.longest, found.is_plain) == (13, False)


def test_a_question_mark_ends_a_sentence_in_arabic() -> None:
    """The counter knows none, and would take ten questions for one long sentence."""
    asked, told = measure(["هل هذا لك؟ " * 10]), measure(["هل هذا لك. " * 10])

    assert asked.osman == told.osman
    assert asked.longest == 3


def test_check_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    file = tmp_path / "topic.toml"
    file.write_text(TOPIC.replace("المواعيد", "كلمة " * 13), "utf-8")
    runner = CliRunner()
    refused = runner.invoke(main, ["topics", "check", str(file), str(SAMPLE)])
    told = runner.invoke(main, ["topics", "check", "--json", str(file)])

    assert (refused.exit_code, told.exit_code) == (1, 1)
    assert "bus-lines: not yet." in refused.output
    assert "long (13 words)" in refused.output
    assert "bus-stops: may be published." in refused.output
    (report,) = json.loads(told.output)
    assert report["publishable"] is False
    assert report["longest_sentence_words"] == 13
    assert [each["long"] for each in report["sentences"]].count(True) == 1


def test_a_source_that_changed_is_told_from_its_copy(tmp_path: Path) -> None:
    copy = SAMPLE.parent / "copies" / "bus-stops.txt"
    other = tmp_path / "now.txt"
    other.write_bytes(copy.read_bytes() + b".")
    check = ["topics", "check-sources", str(SAMPLE), "--source", "1"]
    runner = CliRunner()
    same, changed = (runner.invoke(main, [*check, str(file)]) for file in (copy, other))
    wrong = runner.invoke(main, [*check[:-1], "2", str(copy)])

    assert (same.exit_code, changed.exit_code, wrong.exit_code) == (0, 1, 1)
    assert "as it was" in same.output
    assert "changed = " in changed.output
    assert "source 2 has no copy" in wrong.output


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
