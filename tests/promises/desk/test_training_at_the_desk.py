"""At the desk: the inbox is closed until the training is passed, and exercises can be failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.desk.errors import UntrainedError
from app.desk.training.answers import Answers, CaseAnswer, Record
from app.desk.training.certificates import countersign, trained_until
from app.desk.training.curriculum import Item, joint, turn
from app.desk.training.models import model_answer
from tests.promises.desk.reviewer import Reviewer, sits_down
from tests.units.desk.office import ORIGIN, Office

NUMBER = re.compile(r'<bdi class="num">(\d+)')


@pytest.fixture
def newcomer(office: Office) -> Iterator[Reviewer]:
    """amal's desk, which the keyring lists without a training, after a sync that told it so."""
    office.sends("كلام لا يراه أحد قبل التدريب")
    office.syncs("amal")
    office.trained_until["amal"] = None
    office.today += timedelta(weeks=1)
    office.publishes_keyring()
    with pytest.raises(UntrainedError):
        office.syncs("amal")
    reviewer = sits_down(office, "amal")
    reviewer.unlocks()
    yield reviewer
    reviewer.waits_for_the_sync()


def device_of(reviewer: Reviewer) -> str:
    return reviewer.office.desks["amal"].device_key


def answers(
    reviewer: Reviewer, item: Item, answer: CaseAnswer | None = None, exercise: str = "turn"
) -> str:
    """Fill in the page of *item*; what the page says then."""
    given = answer or model_answer(item)
    page = f"/training/{exercise}/{item.id}"
    form = {name: getattr(given, name) for name in ("decision", "words", "ask", "reply", "files")}
    form |= {f"rubric-{name}": "yes" for name, is_so in given.rubric.items() if is_so}
    reply = reviewer.client.post(
        page,
        base_url="http://127.0.0.1:8081",
        data={"form_key": reviewer.form_key("/training")} | form,
    )
    assert reply.status_code == 303, reply.text
    return reviewer.sees(page).text


def answers_questions(reviewer: Reviewer, number: int = 0) -> None:
    asked = turn(device_of(reviewer), number).questions
    form = {"form_key": reviewer.form_key("/training")} | {each.id: each.right for each in asked}
    page = reviewer.client.post("/training/questions", base_url="http://127.0.0.1:8081", data=form)
    assert page.status_code == 303


def submits(reviewer: Reviewer, path: str) -> None:
    assert reviewer.submits(path, page="/training").status_code == 303


def test_the_inbox_and_every_case_stay_closed_and_say_where_to_train(newcomer: Reviewer) -> None:
    case = newcomer.office.only_case("amal").id
    for path in ("/", f"/case/{case}", f"/case/{case}/redact", "/numbers"):
        for there, words in ((path, "التدريب أولا"), (f"/en{path}", "Training comes first")):
            page = newcomer.sees(there)
            assert page.status_code == 403 and words in page.text
            assert 'href="/training"' in page.text or 'href="/en/training"' in page.text
            assert "كلام لا يراه" not in page.text
    reply = newcomer.submits(f"/case/{case}/reply", text="وصلت", status="read")
    assert reply.status_code == 403
    for path in ("/training", "/training/checklist", "/keys"):
        assert newcomer.sees(path).status_code == 200


def test_an_exercise_can_be_failed_with_words_on_what_was_missed_and_then_passed(
    newcomer: Reviewer,
) -> None:
    office, first = newcomer.office, turn(device_of(newcomer), 0)
    for item in first.items:
        careless = replace(model_answer(item), words=item.text) if item.spans else None
        said = answers(newcomer, item, careless)
        if careless and item.decisions == ("relay",):
            assert "بقي في النص" in said and item.spans[0].forms[0] in said
            english = newcomer.sees(f"/en/training/turn/{item.id}").text
            assert "The text still has" in english
    answers_questions(newcomer)
    failed = newcomer.sees("/training").text
    assert 'id="failed"' in failed and 'id="sign-training"' not in failed
    submits(newcomer, "/training/sign")
    assert newcomer.sees("/training/record").status_code == 404

    submits(newcomer, "/training/again")
    second = turn(device_of(newcomer), 1)
    assert not {each.id for each in first.items[:2]} & {each.id for each in second.items[:2]}
    for item in second.items:
        answers(newcomer, item)
    answers_questions(newcomer, 1)
    assert 'id="passed"' in newcomer.sees("/training").text
    submits(newcomer, "/training/sign")

    # An examiner and the roots, as `wasl training countersign` and `wasl root sign` do.
    record = Record.parse(newcomer.sees("/training/record").text)
    signed = countersign(record, office.roots[0])
    _, until = trained_until(signed, [office.roots[0].verifier], origin=ORIGIN)
    office.trained_until["amal"] = until
    office.today += timedelta(weeks=1)
    office.publishes_keyring()
    assert newcomer.sees("/").status_code == 403
    submits(newcomer, "/sync")
    newcomer.waits_for_the_sync()
    assert newcomer.sees("/").status_code == 200


def test_an_answer_counts_once_and_a_half_answer_loses_nothing(newcomer: Reviewer) -> None:
    item = turn(device_of(newcomer), 0).items[0]
    page = f"/training/turn/{item.id}"
    half = newcomer.submits(page, page="/training", words="نصف جواب", reply="شكرا")
    assert half.status_code == 422
    assert "نصف جواب" in half.text and 'id="incomplete"' in half.text

    answers(newcomer, item, replace(model_answer(item), words="شيء آخر"))
    again = answers(newcomer, item)
    assert "شيء آخر" in again and 'id="answer"' not in again
    questions = newcomer.submits("/training/questions", page="/training")
    assert questions.status_code == 422 and 'id="incomplete"' in questions.text


def test_a_warning_comes_before_the_year_ends_and_then_the_inbox_closes(office: Office) -> None:
    office.trained_until["amal"] = office.today + timedelta(days=31)
    office.today += timedelta(weeks=1)
    office.publishes_keyring()
    office.syncs("amal")
    office.today -= timedelta(weeks=1)
    reviewer = sits_down(office, "amal")
    reviewer.unlocks()

    assert 'id="training-ends"' not in reviewer.sees("/").text
    office.today += timedelta(days=1)
    assert 'id="training-ends"' in reviewer.sees("/").text
    office.today += timedelta(days=30)
    closed = reviewer.sees("/")
    assert closed.status_code == 403 and "2026" in closed.text
    reviewer.waits_for_the_sync()


def test_two_reviewers_see_how_far_they_agree(newcomer: Reviewer) -> None:
    cases = {item.id: model_answer(item) for item in joint().items}
    for item in joint().items:
        answers(newcomer, item, exercise="joint")
    mine = Record.parse(newcomer.sees("/training/joint").text)
    hasty = {**cases, "benches": replace(cases["benches"], decision="decline", rubric={})}

    for colleague, expected in ((cases, "100"), (hasty, "")):
        theirs = Record(Answers("a colleague", -1, cases=colleague)).encode()
        page = newcomer.submits("/training/compare", page="/training", answers=theirs)
        assert page.status_code == 200 and 'id="agreement"' in page.text
        assert expected in page.text
        assert ('/training/joint/benches"' in page.text.split('id="agreement"')[1]) or expected
    assert mine.answers.cases == cases
    nothing = newcomer.submits("/training/compare", page="/training", answers="{}")
    assert nothing.status_code == 422


def test_training_pages_look_like_no_other(newcomer: Reviewer) -> None:
    banner = 'id="training-banner"'
    assert banner in newcomer.sees("/training").text
    assert banner in newcomer.sees("/en/training/checklist").text
    assert banner not in newcomer.sees("/keys").text
    picture = newcomer.sees("/training/file/car.png")
    assert (picture.status_code, picture.content_type) == (200, "image/png")
    assert newcomer.sees("/training/file/secret.png").status_code == 404
    assert newcomer.sees("/training/turn/nothing").status_code == 404
    assert newcomer.sees("/training/exam/pipe").status_code == 404
