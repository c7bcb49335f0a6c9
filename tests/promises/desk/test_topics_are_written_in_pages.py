"""A topic is written, weighed, kept, signed and sent back in the desk's pages, without scripts."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.desk.topic_form import FIELDS, form_of, topic_of
from app.domain.topics import Topic
from app.services import topics as at_the_site
from tests.promises.desk.reviewer import HERE, Reviewer, sits_down
from tests.units.desk.office import SAMPLES, URL, Office

EVERY_SAMPLE = sorted((SAMPLES / "topics").glob("*.toml"))
TOPIC = Topic.parse_toml((SAMPLES / "topics" / "bus-stops.toml").read_text("utf-8"))
EDIT = "/topics/bus-stops/edit"
HARD = "هو " * 13


def opens(office: Office, reviewer: str) -> Reviewer:
    opened = sits_down(office, reviewer)
    opened.unlocks()
    syncs(opened)
    return opened


def syncs(reviewer: Reviewer) -> None:
    reviewer.submits("/sync")
    reviewer.waits_for_the_sync()


@pytest.fixture
def amal(office: Office) -> Iterator[Reviewer]:
    opened = opens(office, "amal")
    yield opened
    opened.waits_for_the_sync()


@pytest.fixture
def basem(office: Office) -> Iterator[Reviewer]:
    opened = opens(office, "basem")
    yield opened
    opened.waits_for_the_sync()


FAULTY = re.compile(r'aria-invalid="true" aria-describedby="(?:[\w-]+ )?(\w+)-error"')
ALERT = re.compile(r'<div class="box bad" role="alert".*?</div>')


def alert_of(answer: TestResponse) -> str:
    found = ALERT.search(answer.text)
    assert found
    return re.sub("<[^>]+>", "", found.group())


def written(**changes: str) -> dict[str, str]:
    return form_of(TOPIC) | changes


def to_judge(reviewer: Reviewer) -> str:
    syncs(reviewer)
    found = re.search(r'href="(/topics/judge/[\w-]+)"', reviewer.sees("/topics").text)
    assert found
    return found.group(1)


@pytest.mark.parametrize("path", EVERY_SAMPLE, ids=lambda path: path.stem)
def test_a_topic_comes_back_from_its_form_as_it_was(path: Path) -> None:
    topic = Topic.parse_toml(path.read_text("utf-8"))

    assert set(form_of(topic)) == set(FIELDS)
    assert topic_of(form_of(topic)) == topic


def test_the_form_shows_the_topic_and_says_which_sentence_is_hard(amal: Reviewer) -> None:
    empty, filled = amal.sees("/en/topics/new/edit"), amal.sees("/en" + EDIT)
    weighed = amal.fills("/en" + EDIT, written(who_ar=HARD) | {"action": "check"})

    assert 'id="slug"' in empty.text
    assert TOPIC.title.ar in filled.text
    assert weighed.status_code == HTTPStatus.OK
    assert weighed.text.count(">too long</strong>") == 1
    assert "Above the limit." in weighed.text
    assert "How it reads" in weighed.text
    assert HARD.strip() in weighed.text


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"title_en": ""}, "title_en", "Title (English)"),
    ({"summary_en": "One line"}, "summary_en", "The idea in short sentences (English)"),
    ({"for_you_ar": "كلمة " * 151}, "for_you_ar", "What changes for people? (العربية)"),
    ({"opens": ""}, "opens", "First day for opinions"),
    ({"closes": "2020-01-01"}, "closes", "Last day for opinions, if there is one"),
    ({"decision_on": "soon"}, "decision_on", "Day of the decision, or of the handover"),
    ({"source1_published": ""}, "source1_published", "Source 1: When"),
    ({"source1_sha256": "xyz"}, "source1_sha256", "Source 1: SHA-256 of the copy"),
    ({"source1_size": "many"}, "source1_size", "Source 1: Its size in bytes"),
    ({"source1_facts_en": "One"}, "source1_facts_en", "Source 1: Facts that it shows (English)"),
    ({"source4_url": "here"}, "source4_title_ar", "Source 4: Title of the document (العربية)"),
    ({"source1_url": "an office"}, "source1_url", "Source 1: Address"),
    ({"glossary_ar": "كلمة بلا معنى"}, "glossary_ar", "Words that need a meaning (العربية)"),
    ({"portal_number": "7"}, "portal_title_ar", "Title there (العربية)"),
)


@pytest.mark.parametrize(("changes", "field", "named"), WRONG, ids=[each[1] for each in WRONG])
def test_what_is_wrong_is_named_as_the_form_calls_it_and_nothing_typed_is_lost(
    amal: Reviewer, changes: dict[str, str], field: str, named: str
) -> None:
    form = written(**{"audience_ar": "CANARY"} | changes) | {"action": "propose"}
    answer, arabic = amal.fills("/en" + EDIT, form), amal.fills(EDIT, form)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert FAULTY.findall(answer.text) == [field], "it alone is marked, and says why"
    assert f'href="#{field}"' in answer.text
    assert named in alert_of(answer)
    assert "CANARY" in answer.text
    latin = set(re.findall("[A-Za-z]{2,}", alert_of(arabic)))
    assert latin <= {"English", "SHA", "http", "https"}


def test_a_topic_without_a_short_name_or_a_source_is_told_so_in_words(amal: Reviewer) -> None:
    without = {name: "" for name in FIELDS if name.startswith("source")}
    for path, form, named in (
        ("/en/topics/new/edit", written(slug=""), "Short name in the address"),
        ("/en/topics/new/edit", written(slug="Bus Stops"), "Only small Latin letters"),
        ("/en" + EDIT, written(**without), "At least one source is needed."),
        ("/en" + EDIT, written(source1_url="", source1_sha256="", source1_size=""), "or a copy."),
    ):
        assert named in alert_of(amal.fills(path, form | {"action": "check"}))


def test_without_a_day_of_decision_the_page_says_so(amal: Reviewer) -> None:
    answer = amal.fills("/en" + EDIT, written(decision_on="") | {"action": "propose"})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The topic needs the day of the decision" in answer.text


def test_a_draft_waits_on_this_device(amal: Reviewer) -> None:
    amal.fills(EDIT, written(title_ar="مسودة الحافلات", opens="") | {"action": "save"})

    assert "bus-stops" in amal.sees("/topics").text
    assert "مسودة الحافلات" in amal.sees(EDIT).text
    amal.fills(EDIT, written() | {"action": "drop"})
    assert "مسودة الحافلات" not in amal.sees(EDIT).text


def test_two_people_publish_a_topic(office: Office, amal: Reviewer, basem: Reviewer) -> None:
    amal.fills(EDIT, written(title_en="Where do buses stop?") | {"action": "propose"})
    amal.waits_for_the_sync()
    own = to_judge(amal)
    assert "Nobody signs twice." in amal.sees("/en" + own).text
    page = to_judge(basem)
    looked = basem.sees("/en" + page).text
    basem.fills(page, {"verdict": "approve"})
    basem.waits_for_the_sync()
    syncs(basem)

    assert "Where do buses stop?" in looked
    assert TOPIC.title.en in looked
    assert "Signed by two reviewers. Version" in basem.sees("/en/topics").text
    with office.state.reading() as connection:
        topic = at_the_site.find(connection, "bus-stops")
    assert topic
    assert topic.title.en == "Where do buses stop?"


def test_above_the_limit_a_second_person_gives_the_reason(
    office: Office, amal: Reviewer, basem: Reviewer
) -> None:
    amal.fills(EDIT, written(who_ar=HARD) | {"action": "propose"})
    amal.waits_for_the_sync()
    page = to_judge(basem)
    assert 'id="approve"' not in basem.sees(page).text
    refused = basem.fills("/en" + page, {"verdict": "approve"})
    lacking = basem.fills(page, {"verdict": "waive", "reason_ar": "كلام القانون", "reason_en": ""})
    basem.fills(page, {"verdict": "waive", "reason_ar": "كلام القانون", "reason_en": "The law"})
    basem.waits_for_the_sync()
    amal.fills(to_judge(amal), {"verdict": "approve"})
    amal.waits_for_the_sync()

    assert refused.status_code == lacking.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The Arabic is above the limit." in refused.text
    assert "كلام القانون" in lacking.text
    with office.state.reading() as connection:
        topic = at_the_site.find(connection, "bus-stops")
    assert topic
    assert topic.waiver
    assert (topic.waiver.reason.en, topic.waiver.by) == ("The law", "basem")


def test_a_topic_sent_back_tells_its_writer_why(amal: Reviewer, basem: Reviewer) -> None:
    amal.fills(EDIT, written(title_en="Buses") | {"action": "propose"})
    amal.waits_for_the_sync()
    page = to_judge(basem)
    assert basem.fills(page, {"verdict": "back", "back": " "}).status_code == 422
    basem.fills(page, {"verdict": "back", "back": "أين المصدر؟"})
    basem.waits_for_the_sync()
    syncs(amal)

    assert "أين المصدر؟" in amal.sees(EDIT).text
    assert basem.sees(page).status_code == HTTPStatus.SEE_OTHER


COPIES = {
    "application/pdf": b"%PDF-1.7\n" + b"x" * 600_000,
    "image/png": b"\x89PNG\r\n\x1a\nx",
    "image/jpeg": b"\xff\xd8\xffx",
    "text/plain": "مواقف جديدة\n".encode(),
}


@pytest.mark.parametrize("media", COPIES)
def test_a_chosen_copy_fills_in_its_mark_and_leaves_nothing_behind(
    amal: Reviewer, media: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file(*_: object, **__: object) -> None:
        raise AssertionError("a chosen file went to a disk")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", no_file)
    content = COPIES[media]

    answer = chooses(amal, content)

    assert answer.status_code == HTTPStatus.OK
    assert f'value="{hashlib.sha256(content).hexdigest()}"' in answer.text
    assert f'name="source1_size" value="{len(content)}"' in answer.text
    assert f'<option value="{media}" selected>' in answer.text
    amal.fills(EDIT, written() | {"action": "save"})
    assert content[:40] not in b"".join(
        each.read_bytes() for each in amal.office.folder.rglob("*.age") if each.is_file()
    )


@pytest.mark.parametrize("content", [b"<html>\0", b"MZ\x90\0", b"\xff\xfe"])
def test_a_kind_of_copy_that_no_site_shows_is_named_as_wrong(
    amal: Reviewer, content: bytes
) -> None:
    answer = chooses(amal, content)

    assert FAULTY.findall(answer.text) == ["source1_media"]
    assert "JPEG" in alert_of(answer)


def test_a_form_without_the_session_s_token_chooses_nothing(amal: Reviewer) -> None:
    data = {"form_key": "0" * 64, "source1_file": (io.BytesIO(b"x"), "copy.txt")}
    answer = amal.client.post(EDIT, base_url=HERE, data=data, headers={"Origin": HERE})

    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_each_topic_leads_to_its_kit_at_the_site(amal: Reviewer) -> None:
    assert f'href="{URL}/kit/bus-stops" rel="noreferrer"' in amal.sees("/topics").text
    assert f'href="{URL}/en/kit/bus-stops" rel="noreferrer"' in amal.sees("/en/topics").text


def chooses(reviewer: Reviewer, content: bytes) -> TestResponse:
    """Choose a copy of the first source and weigh the page."""
    form: dict[str, object] = {**written(), "action": "check", "form_key": reviewer.form_key()}
    form["source1_file"] = FileStorage(io.BytesIO(content), "copy")
    boundary, body = encode_multipart(form)
    return reviewer.client.post(
        EDIT,
        base_url=HERE,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        headers={"Origin": HERE},
    )
