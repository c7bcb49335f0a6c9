"""The desk's training pages: exercises, what was missed, the certificate, and a colleague's view.

They need no site and no keyring, and are open to those to whom the inbox is not yet.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.desk import workspace
from app.desk.base import attachment_header, bp, desk, here, room
from app.desk.rubric import RUBRIC
from app.desk.training import agreement, curriculum, scoring
from app.desk.training.agreement import Agreement
from app.desk.training.answers import Answers, CaseAnswer, MalformedRecordError, Record
from app.desk.training.certificates import certify
from app.desk.training.curriculum import FILE_CHOICES, LETTERS, Item, Turn
from app.desk.training.explain import explain
from app.desk.training.models import model_answer
from app.desk.training.progress import Progress
from crypto.errors import CryptoError
from crypto.training import Certificate, open_own

WARN_BEFORE: Final = timedelta(days=30)
MAX_TEXT: Final = 8_000
DOOR: Final = frozenset({"unlock", "lock"})
OPEN_PAGES: Final = frozenset({"keys", "enrolment", "rotate", "sync"})
"""What stays open without training, besides the training itself (pages named `training…`)."""


@bp.before_request
def require_training() -> ResponseReturnValue | None:
    """Show those who are not trained where to train, in place of every case.

    Raises `LockedError` for every page but the door's own.
    """
    page = (request.endpoint or "").rpartition(".")[2]
    if page in DOOR:
        return None
    opened = desk()
    if page in OPEN_PAGES or page.startswith("training"):
        return None
    if not opened.lacks_training(room().today()):
        return None
    until, job = opened.trained_until(), room().door.job.state
    return render_template("untrained.html", until=until, job=job), HTTPStatus.FORBIDDEN


def training_ends() -> date | None:
    """The day on which the training ends, if that is soon."""
    until = desk().trained_until()
    if until is None or room().today() + WARN_BEFORE < until:
        return None
    return until


@bp.get("/training", endpoint="training")
def overview() -> str:
    return _overview()


@bp.get("/training/checklist", endpoint="training_checklist")
def checklist() -> str:
    return render_template("training_checklist.html")


@bp.get("/training/file/<name>", endpoint="training_file")
def file(name: str) -> Response:
    if name not in {item.file for item in curriculum.items().values() if item.file}:
        abort(HTTPStatus.NOT_FOUND)
    return Response(curriculum.file_bytes(name), content_type="image/png")


@bp.get("/training/<exercise>/<name>", endpoint="training_case")
def show_case(exercise: str, name: str) -> str:
    item = _item(exercise, name)
    given = _answers(exercise).cases.get(name)
    return _case_page(exercise, item, given, is_done=given is not None)


@bp.post("/training/<exercise>/<name>", endpoint="training_answer")
def answer_case(exercise: str, name: str) -> ResponseReturnValue:
    """Keep an answer, once: the page shows what was missed from then on."""
    item, given = _item(exercise, name), _read_answer()
    if not _is_whole(item, given):
        page = _case_page(exercise, item, given, is_done=False)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY

    def step(now: Progress) -> Progress:
        kept = now.joint if exercise == "joint" else now.answers
        if name in kept.cases:
            return now
        answered = kept.with_case(name, given)
        if exercise == "joint":
            return replace(now, joint=answered)
        return replace(now, answers=answered)

    desk().change_training(step)
    return _to("training_case", exercise=exercise, name=name)


@bp.get("/training/questions", endpoint="training_questions")
def show_questions() -> str:
    return _questions_page()


@bp.post("/training/questions", endpoint="training_answer_questions")
def answer_questions() -> ResponseReturnValue:
    asked = desk().training.asked.questions
    given = {each.id: request.form.get(each.id, "") for each in asked}
    if not all(each in LETTERS for each in given.values()):
        return _questions_page(given), HTTPStatus.UNPROCESSABLE_ENTITY

    def step(now: Progress) -> Progress:
        fresh = {
            name: letter for name, letter in given.items() if name not in now.answers.questions
        }
        return replace(now, answers=now.answers.with_questions(fresh))

    desk().change_training(step)
    return _to("training_questions")


@bp.post("/training/again", endpoint="training_again")
def again() -> ResponseReturnValue:
    """Begin the next turn: for those who did not pass, and for those whose year ends."""
    number = desk().training.answers.turn
    desk().change_training(lambda now: now.after(number))
    return _to("training")


@bp.post("/training/sign", endpoint="training_sign")
def sign() -> ResponseReturnValue:
    opened = desk()
    progress = opened.training
    # Last year's answers are no training for this year: each turn is signed once.
    if not progress.result.passed or _certificate(progress):
        return _to("training")
    device, origin = opened.keystore.secrets.device, opened.profile.origin
    record = certify(progress.answers, device, origin, room().today())
    opened.change_training(lambda now: replace(now, record=record.encode()))
    return _to("training")


@bp.get("/training/record", endpoint="training_record")
def record() -> Response:
    """The certificate with its answers, for the examiner."""
    kept = desk().training.record
    if not kept:
        abort(HTTPStatus.NOT_FOUND)
    return _download(kept, f"training-{desk().profile.reviewer}.json")


@bp.get("/training/joint", endpoint="training_joint")
def joint_record() -> Response:
    """The answers to the joint exercise, for a colleague to compare with."""
    answers = desk().training.joint
    return _download(Record(answers).encode(), f"joint-{desk().profile.reviewer}.json")


@bp.post("/training/compare", endpoint="training_compare")
def compare() -> ResponseReturnValue:
    """How far this reviewer and a colleague agree, from the colleague's answers."""
    mine = desk().training.joint
    try:
        found = agreement.compare(mine, Record.parse(request.form.get("answers", "")).answers)
    except MalformedRecordError:
        return _overview(cannot_compare=True), HTTPStatus.UNPROCESSABLE_ENTITY
    if found is None:
        return _overview(cannot_compare=True), HTTPStatus.UNPROCESSABLE_ENTITY
    return _overview(found)


def _overview(found: Agreement | None = None, *, cannot_compare: bool = False) -> str:
    opened, progress = desk(), desk().training
    return render_template(
        "training.html",
        progress=progress,
        result=progress.result,
        joint=curriculum.joint(),
        certificate=_certificate(progress),
        until=opened.trained_until(),
        is_trained=not opened.lacks_training(room().today()) and opened.trained_until(),
        agreement=found,
        cannot_compare=cannot_compare,
        explain=explain,
    )


def _case_page(exercise: str, item: Item, given: CaseAnswer | None, *, is_done: bool) -> str:
    laid_out = workspace.lay_out([("message", item.text)])
    return render_template(
        "training_case.html",
        exercise=exercise,
        item=item,
        workspace=laid_out,
        given=given or CaseAnswer(words=laid_out.result),
        is_missing=given is not None and not is_done,
        findings=scoring.of_case(item, given) if given and is_done else (),
        is_done=is_done,
        model=model_answer(item),
        rubric=RUBRIC,
        file_choices=FILE_CHOICES,
        explain=explain,
    )


def _questions_page(given: dict[str, str] | None = None) -> str:
    progress = desk().training
    kept = progress.answers.questions
    return render_template(
        "training_questions.html",
        questions=progress.asked.questions,
        given=given or kept,
        is_done=all(each.id in kept for each in progress.asked.questions),
        is_missing=given is not None,
    )


def _read_answer() -> CaseAnswer:
    form = request.form
    texts = {name: _clean(form.get(name, "")) for name in ("words", "ask", "reply")}
    decision, files = form.get("decision", ""), form.get("files", "")
    return CaseAnswer(
        decision=decision if decision in curriculum.DECISIONS else "",
        files=files if files in FILE_CHOICES else "",
        rubric={name: form.get(f"rubric-{name}") == "yes" for name in RUBRIC},
        **texts,
    )


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[:MAX_TEXT]


def _is_whole(item: Item, given: CaseAnswer) -> bool:
    """Nothing is scored that was only forgotten."""
    needs_words = given.decision == "relay"
    words = bool(given.words and given.ask) or not needs_words
    return bool(given.decision and given.reply and words and (given.files or not item.file))


def _item(exercise: str, name: str) -> Item:
    found = (item for item in _asked(exercise).items if item.id == name)
    return next(found, None) or abort(HTTPStatus.NOT_FOUND)


def _asked(exercise: str) -> Turn:
    if exercise == "turn":
        return desk().training.asked
    if exercise != "joint":
        abort(HTTPStatus.NOT_FOUND)
    return curriculum.joint()


def _answers(exercise: str) -> Answers:
    progress = desk().training
    return progress.joint if exercise == "joint" else progress.answers


def _certificate(progress: Progress) -> Certificate | None:
    """What this desk signed for the turn under way, None before."""
    if not progress.record:
        return None
    record = Record.parse(progress.record)
    try:
        signed = open_own(record.certificate)
    except CryptoError:
        return None
    return signed if signed.turn == progress.answers.turn else None


def _download(text: str, name: str) -> Response:
    response = Response(text, content_type="application/json")
    response.headers["Content-Disposition"] = attachment_header(name)
    return response


def _to(page: str, **values: str) -> ResponseReturnValue:
    return redirect(here(page, **values), HTTPStatus.SEE_OTHER)
