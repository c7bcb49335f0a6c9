"""What answers to the exercises are worth, and how far two reviewers agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk import workspace
from app.desk.training import agreement
from app.desk.training.answers import Answers, CaseAnswer, MalformedRecordError, Record
from app.desk.training.curriculum import Item, items, joint, questions, turn
from app.desk.training.explain import explain
from app.desk.training.models import model_answer, model_answers
from app.desk.training.scoring import of_case, score

DEVICE = "wasl.example/device/amal+00000000+key"
REMOVE = [item for item in items().values() if item.sort == "remove"]


def codes(item: Item, **changes: object) -> list[str]:
    answer = replace(model_answer(item), **changes)  # type: ignore[arg-type]
    return [each.code for each in of_case(item, answer)]


def test_there_are_enough_cases_of_every_kind() -> None:
    sorts = [item.sort for item in items().values()]
    kinds = {span.kind for item in items().values() for span in item.spans}

    assert len(sorts) >= 12 and min(map(sorts.count, set(sorts))) >= 3
    assert len(kinds) >= 9 and sum(bool(item.file) for item in items().values()) >= 3


@pytest.mark.parametrize("item", items().values(), ids=lambda item: item.id)
def test_the_example_misses_nothing_and_the_message_itself_does(item: Item) -> None:
    assert of_case(item, model_answer(item)) == []
    if item.sort == "remove":
        found = of_case(item, replace(model_answer(item), words=item.text))
        assert {each.what for each in found if each.code == "left"} == {
            span.kind for span in item.spans
        }
        assert any(each.fails for each in found)


def test_what_the_scanner_takes_out_alone_does_not_pass() -> None:
    """The exercises are about what a machine misses."""
    for item in REMOVE:
        suggested = workspace.lay_out([("message", item.text)]).result
        found = of_case(item, replace(model_answer(item), words=suggested))
        assert any(each.fails for each in found), item.id


def test_spellings_do_not_hide_a_name_or_a_number() -> None:
    pipe = items()["pipe"]
    for words in ("ولِينَا قالت", "لينـا", "٠٧٩٥٥٥٠١١٤", "0795-550-114", "079 555 0114"):
        assert "left" in codes(pipe, words=f"{pipe.model} {words}"), words
    assert "left" not in codes(pipe, words=f"{pipe.model} لينال")


def test_taking_out_too_much_fails() -> None:
    """Who removes everything endangers nobody and helps nobody."""
    answers = model_answers(DEVICE)
    for item in turn(DEVICE, 0).items:
        if item.model:
            emptied = replace(model_answer(item), words="...", ask="...")
            answers = answers.with_case(item.id, emptied)
    result = score(answers)

    assert not result.passed and result.recall.share == 1 and result.kept.share == 0
    assert {each.code for each in result.findings} == {"lost"}


def test_a_reply_that_repeats_or_asks_fails() -> None:
    pipe = items()["pipe"]
    assert "echo" in codes(pipe, reply="شكرا لينا")
    for asks in ("ما رقمك؟", "نود لقاء معك", "Please call us", "ما اسمك"):
        assert "asks" in codes(pipe, reply=asks), asks


def test_wrong_decisions_pictures_and_judgements_are_found() -> None:
    shop = items()["shop"]
    assert codes(items()["insult"], decision="relay", words="x", ask="x") == ["decision"]
    assert codes(shop, files="send") == ["file"]
    assert codes(shop, rubric={**shop.rubric, "ask": False}) == ["rubric"]
    assert codes(shop, words="") == ["empty"]


def test_one_wrong_answer_to_a_critical_question_fails_and_to_another_does_not() -> None:
    good = model_answers(DEVICE)
    asked = {each.critical: each for each in turn(DEVICE, 0).questions}
    for critical, question in asked.items():
        wrong = next(letter for letter, _ in question.shown() if letter != question.right)
        result = score(good.with_questions({question.id: wrong}))
        assert (result.passed, result.score) == ((False, None) if critical else (True, "passed"))
    assert score(good).score == "full"


def test_another_turn_brings_other_cases() -> None:
    seen: set[str] = set()
    for number in range(4):
        asked = {item.id for item in turn(DEVICE, number).items if item.sort == "remove"}
        assert not asked & seen
        seen |= asked
    assert seen == {item.id for item in REMOVE}


def test_everything_that_can_be_missed_has_words_in_both_languages() -> None:
    for item in items().values():
        worst = CaseAnswer("relay", item.text, item.text, f"{item.text} رقمك", "send", {})
        for answer in (worst, CaseAnswer("relay", "x", "x"), CaseAnswer("question", reply="")):
            for finding in of_case(item, answer):
                said = explain(finding)
                assert said.ar and said.en and said.ar[0] not in ".،؛:"
    for question in questions().values():
        assert [letter for letter, _ in question.shown()] == ["a", "b", "c"]
    assert {each.right for each in questions().values()} == {"a", "b", "c"}


def test_two_reviewers_agree_or_do_not() -> None:
    one = Answers(DEVICE, -1, cases={item.id: model_answer(item) for item in joint().items})
    driver = items()["driver"]
    hasty = replace(model_answer(driver), words=driver.text, rubric={})
    other = replace(one, device="other", cases={**one.cases, "driver": hasty})

    same = agreement.compare(one, one)
    assert same and (same.percent, same.kappa, same.apart) == (100, 1.0, ())
    apart = agreement.compare(one, other)
    assert apart and apart.percent < 100 and apart.kappa < 1 and apart.apart == ("driver",)
    assert agreement.compare(one, Answers("other", -1)) is None


def test_kappa_is_what_cohen_says() -> None:
    """20 both yes, 5 only the first, 10 only the second, 15 both no: 0.4."""
    pairs = 20 * [(True, True)] + 5 * [(True, False)] + 10 * [(False, True)]
    assert agreement.kappa([*pairs, *15 * [(False, False)]]) == pytest.approx(0.4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 10_000,
        '{"format": "wasl/training-record/v1", "answers": {}, "certificate": ""}',
        Record(Answers(DEVICE, 0)).encode().replace("2026-11", "2025-01"),
        Record(Answers(DEVICE, 0)).encode().replace('"turn": 0', '"turn": "0"'),
        Record(Answers("\\ud800", 0)).encode().replace("\\\\ud800", "\\ud800"),
    ],
)
def test_a_file_that_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(MalformedRecordError):
        Record.parse(text)


def test_a_record_survives_its_file() -> None:
    record = Record(model_answers(DEVICE), "a note")
    assert Record.parse(record.encode()) == record
    assert Record.parse(record.encode()).answers.digest == record.answers.digest
