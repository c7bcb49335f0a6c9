"""What travels from one form to the next comes back as it was, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.citizen.drafts import (
    ANY_SUBJECT,
    Draft,
    StagedFile,
    clues,
    decisions,
    marked_texts,
    without_clues,
)
from app.citizen.multipart import MalformedFormError, Texts
from crypto.receipt import ReceiptCode

PHOTO = StagedFile(
    upload="0" * 64,
    digest=bytes(range(32)),
    size=1234,
    name="file-1.jpg",
    media="image/jpeg",
    removed=("location", "time"),
    warnings=("colours-may-change",),
)
PHONE = "0791234567"


def test_a_staged_file_survives_the_form() -> None:
    assert StagedFile.parse(PHOTO.encode()) == PHOTO


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("upload", "../../etc/passwd"),
        ("upload", 7),
        ("digest", "AAAA"),
        ("digest", None),
        ("size", 0),
        ("size", -1),
        ("size", 1.5),
        ("size", True),
        ("name", "my cv.pdf"),
        ("name", "file-1.jpg\n"),
        ("name", ["file-1.jpg"]),
        ("media", "text/html; charset=utf-8"),
        ("removed", ["my address"]),
        ("removed", 3),
        ("warnings", [["voice"]]),
    ],
)
def test_a_staged_file_that_we_did_not_write_is_refused(field: str, value: object) -> None:
    table = json.loads(PHOTO.encode()) | {field: value}
    with pytest.raises(MalformedFormError):
        StagedFile.parse(json.dumps(table, sort_keys=True, separators=(",", ":")))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "7", "null", "[" * 1900, "{" * 3000, " " + PHOTO.encode()]
)
def test_other_texts_are_no_staged_file(text: str) -> None:
    with pytest.raises(MalformedFormError):
        StagedFile.parse(text)


def form(**fields: str) -> Texts:
    return Texts(tuple((name.replace("_", "-"), value) for name, value in fields.items()))


def test_a_draft_is_read_with_its_code_and_an_unknown_topic_is_any_subject() -> None:
    code = ReceiptCode(bytes(10))
    read = Draft.read(
        form(topic="gone", problem="  نص\r\n ", code="".join(code.digits)), ["bus-stops"]
    )

    assert (read.topic, read.problem, read.code) == (ANY_SUBJECT, "نص", code)
    assert Draft.read(form(topic="bus-stops"), ["bus-stops"]).topic == "bus-stops"
    with pytest.raises(MalformedFormError):
        Draft.read(form(code="1234"), [])


def test_files_get_neutral_names_in_their_order_and_none_counts_twice() -> None:
    other = replace(PHOTO, digest=bytes(32), media="application/pdf")
    draft = Draft.read(form(file_1=other.encode(), file_2=PHOTO.encode()), [])

    assert [each.name for each in draft.files] == ["file-1.pdf", "file-2.jpg"]
    with pytest.raises(MalformedFormError):
        Draft.read(form(file_1=PHOTO.encode(), file_2=PHOTO.encode()), [])


def test_a_draft_says_nothing_in_print() -> None:
    draft = Draft(
        problem="CANARY", why="CANARY", proposal="CANARY", code=ReceiptCode(b"CANARYCODE")
    )

    assert "CANARY" not in repr(draft)
    assert "CANARY" not in repr(clues(replace(draft, problem=f"CANARY {PHONE}"), {}))


def test_removing_is_what_happens_unless_the_writer_keeps_it() -> None:
    draft = Draft(problem=f"اتصال {PHONE}", why="بريد me@example.org")
    found = clues(draft, {})
    assert [clue.finding.kind for clue in found] == ["phone", "email"]
    assert PHONE not in without_clues(draft, found).problem

    choices = form(
        found_1=found[0].mark, decision_1="keep", found_2=found[1].mark, decision_2="remove"
    )
    decided = without_clues(draft, clues(draft, decisions(choices)))

    assert PHONE in decided.problem
    assert "me@example.org" not in decided.why


def test_a_choice_stays_with_its_words_when_the_text_around_is_edited() -> None:
    draft = Draft(problem=f"اتصال {PHONE}")
    [clue] = clues(draft, {})
    edited = replace(draft, problem=f"جملة جديدة قبل الرقم {PHONE}")

    [moved] = clues(edited, {clue.mark: False})

    assert moved.removes is False


def test_marked_texts_join_to_the_texts_again() -> None:
    draft = Draft(problem=f"قبل {PHONE} بعد", proposal="لا شيء")
    marked = marked_texts(draft, clues(draft, {}))

    assert ["".join(piece.text for piece in pieces) for pieces in marked] == [
        draft.problem,
        draft.proposal,
    ]
    assert [piece.text for piece in marked[0] if piece.finding] == [PHONE]
