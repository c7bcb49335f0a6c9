"""The pages of the way to a decision: whose case it is, the words, the agency, the outcome.

A GET shows, a POST does one thing and leads back to a page. Whatever is typed stays on the page
when it cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.client.words import Words
from app.desk import coverage, echo, relaying, tallies, team, workspace
from app.desk.base import attachment_header, bp, case_of, desk, here, room
from app.desk.casebook import Case, KnownRelay
from app.desk.desk import Desk
from app.desk.errors import DeskError, ForbiddenStatusError
from app.desk.language import current
from app.desk.relaying import Draft, Result, Way
from app.desk.rubric import RUBRIC, Marks, marks
from app.desk.team import Proposal
from app.desk.words import explain
from app.domain.agencies import Agency
from app.domain.cases import Status, may_become
from app.domain.coverage import coverage_table
from app.packets import portal
from app.packets.content import Content
from app.packets.late import pdf_bytes
from app.packets.page import page_bytes
from app.packets.tables import csv_bytes, ics_bytes, json_bytes
from crypto.errors import CryptoError
from crypto.keyring import Keyring
from crypto.record import Bilingual, Lang, Outcome
from crypto.status import ANSWERS

Make = Callable[[Content], bytes]
_FORMS: Final[Mapping[str, tuple[str, Make]]] = {
    "note": ("packet.txt", lambda content: content.note.encode()),
    "page": ("packet.html", page_bytes),
    "pdf": ("packet.pdf", pdf_bytes),
    "table": ("packet.csv", csv_bytes),
    "json": ("packet.json", json_bytes),
    "calendar": ("deadline.ics", ics_bytes),
    "portal": ("portal.txt", portal.text_bytes),
    "portal-table": ("portal.csv", portal.csv_bytes),
}
_TEXTS: Final = ("said_ar", "said_en", "answered_ar", "answered_en", "change_ar", "change_en")


def way() -> Way:
    """Who acts now. Raises `NotConnectedError` and `StaleKeyringError` before a sync."""
    opened, today = desk(), room().today()
    return Way(opened, opened.keyring(today), today)


def _back(case: Case) -> ResponseReturnValue:
    return redirect(here("case_page", name=case.id), HTTPStatus.SEE_OTHER)


def _sends(case: Case) -> ResponseReturnValue:
    """Show the case while a sync brings what was decided to the site."""
    room().door.job.start(desk(), room().today)
    return _back(case)


# Whose case it is.


@bp.post("/case/<name>/team", endpoint="team")
def tell_team(name: str) -> ResponseReturnValue:
    """Take a case, keep out of it, give it themes, or leave a remark."""
    case, action = case_of(name), request.form.get("action", "")
    try:
        match action:
            case "take":
                relaying.assign(way(), case.id, way().reviewer)
            case "assign":
                relaying.assign(way(), case.id, request.form.get("to", "")[:32])
            case "recuse":
                relaying.recuse(way(), case.id)
            case "theme":
                themes = [each.strip()[:40] for each in request.form.get("themes", "").split(",")]
                relaying.tell(way(), case.id, team.THEME, {"themes": [t for t in themes if t]})
            case "remark":
                text = request.form.get("text", "").strip()[:2000]
                if text:
                    relaying.tell(way(), case.id, team.REMARK, {"text": text})
    except (DeskError, CryptoError) as error:
        return _failed(case, error)
    return _sends(case)


# The words.


@dataclass
class Packing:
    """A packet being written; what was typed is never lost."""

    words: str
    ask: str
    agency: str
    lang: str
    checked: tuple[str, ...]
    also: tuple[str, ...]
    rubric: Marks = ()
    failure: Words | None = None
    echoes: tuple[str, ...] = ()

    @classmethod
    def read(cls, case: Case) -> Packing:
        form = request.form
        lang = form.get("lang", case.lang)
        return cls(
            words=form.get("words", "").replace("\r\n", "\n").strip(),
            ask=" ".join(form.get("ask", "").split()),
            agency=form.get("agency", ""),
            lang=lang if lang in {"ar", "en"} else case.lang,
            checked=tuple(each for each in workspace.CHECKS if form.get(f"check-{each}") == "yes"),
            also=tuple(form.getlist("also")),
            rubric=marks(form.getlist("rubric")),
        )

    @property
    def is_checked(self) -> bool:
        return len(self.checked) == len(workspace.CHECKS)


@bp.get("/case/<name>/redact", endpoint="redact")
def redact(name: str) -> ResponseReturnValue:
    case = case_of(name)
    opened = workspace.open_case(case)
    plan = _usual_plan(case)
    packing = Packing(opened.result, "", plan, case.lang, (), ())
    return _workspace_page(case, opened, packing)


@bp.post("/case/<name>/redact", endpoint="propose")
def propose(name: str) -> ResponseReturnValue:
    case = case_of(name)
    opened, packing = workspace.open_case(case), Packing.read(case)
    found = echo.echoes(packing.words, workspace.originals(case), opened.result)
    packing.echoes = tuple(found)
    if not packing.is_checked or (found and request.form.get("confirmed") != "yes"):
        return _workspace_page(case, opened, packing), HTTPStatus.UNPROCESSABLE_ENTITY
    review = {
        "found": opened.counts,
        "checked": list(packing.checked),
        "rubric": list(packing.rubric),
    }
    lang: Lang = "ar" if packing.lang == "ar" else "en"
    draft = Draft(packing.agency, lang, packing.ask, packing.words, packing.also)
    try:
        relaying.propose(way(), case.id, draft, review)
    except (DeskError, CryptoError) as error:
        packing.failure = explained(error)
        return _workspace_page(case, opened, packing), HTTPStatus.UNPROCESSABLE_ENTITY
    return _sends(case)


def _workspace_page(case: Case, opened: workspace.Workspace, packing: Packing) -> str:
    others = [
        each
        for each in desk().casebook.cases()
        if each.id != case.id
        and each.topic == case.topic
        and may_become(Status(each.status), Status.REDACTED)
    ]
    return render_template(
        "redact.html",
        case=case,
        workspace=opened,
        packing=packing,
        plans=relaying.plans(desk()),
        checks=workspace.CHECKS,
        rubric=RUBRIC,
        others=others[:50],
    )


def _usual_plan(case: Case) -> str:
    """The agency to which this topic went before, else the only one, else none."""
    seen = [each.agency for each in desk().casebook.state.relays if each.topic == case.topic]
    plans = relaying.plans(desk())
    return seen[-1] if seen else plans[0].slug if len(plans) == 1 else ""


# The second pair of eyes.


@bp.get("/case/<name>/judge/<kind>", endpoint="judge")
def judge(name: str, kind: str) -> ResponseReturnValue:
    """Show a colleague's result first, and the message only below it."""
    case = case_of(name)
    proposal = relaying.to_judge(desk(), case, _kind(kind))
    if proposal is None:
        return _back(case)
    return _judge_page(case, kind, proposal)


@bp.post("/case/<name>/judge/<kind>", endpoint="decide")
def decide(name: str, kind: str) -> ResponseReturnValue:
    case, reason = case_of(name), request.form.get("reason", "").strip()[:2000]
    proposal = relaying.to_judge(desk(), case, _kind(kind))
    if proposal is None:
        return _back(case)
    try:
        if request.form.get("verdict") == "approve":
            if kind == "packet":
                relaying.approve(way(), case.id, marks(request.form.getlist("rubric")))
            else:
                relaying.approve_outcome(way(), case.id)
        elif reason:
            relaying.reject(way(), case.id, _kind(kind), reason)
        else:
            return _judge_page(case, kind, proposal, needs_reason=True), 422
    except (DeskError, CryptoError) as error:
        return _judge_page(case, kind, proposal, failure=explained(error)), 422
    return _sends(case)


def _kind(kind: str) -> str:
    return team.PROPOSE if kind == "packet" else team.OUTCOME


def _judge_page(case: Case, kind: str, proposal: Proposal, **more: Any) -> str:
    facts = proposal.facts
    return render_template(
        "judge.html",
        case=case,
        kind=kind,
        proposal=proposal,
        packet=relaying.packet_of(proposal) if kind == "packet" else None,
        outcome=Outcome.parse(facts["outcome"]) if kind == "outcome" else None,
        workspace=workspace.open_case(case),
        bodies=_bodies(),
        rubric=RUBRIC,
        needs_reason=more.get("needs_reason", False),
        failure=more.get("failure"),
    )


# The agency.


@bp.post("/case/<name>/relay", endpoint="relay")
def relay(name: str) -> ResponseReturnValue:
    case = case_of(name)
    try:
        relaying.relay(way(), case.id)
    except (DeskError, CryptoError) as error:
        return _failed(case, error)
    return _sends(case)


@bp.post("/case/<name>/packet", endpoint="packet")
def packet(name: str) -> ResponseReturnValue:
    """Hand out the packet in one of its forms, for the agency's usual channel."""
    case = case_of(name)
    content = _content(case)
    if content is None:
        return _back(case)
    file_name, make = _FORMS.get(request.form.get("kind", ""), _FORMS["note"])
    response = Response(make(content), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = attachment_header(file_name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/case/<name>/answer", endpoint="take_answer")
def take_answer(name: str) -> ResponseReturnValue:
    """Tell the citizens what the agency said, or that it said nothing."""
    case = case_of(name)
    chosen = request.form.get("answer", "")
    try:
        if chosen not in {str(each) for each in ANSWERS}:
            raise ForbiddenStatusError
        relaying.take_answer(way(), case.id, int(chosen), request.form.get("text", ""))
    except (DeskError, CryptoError) as error:
        return _failed(case, error)
    return _sends(case)


@bp.get("/case/<name>/outcome", endpoint="outcome")
def outcome(name: str) -> ResponseReturnValue:
    case = case_of(name)
    return _outcome_page(case, dict.fromkeys(_TEXTS, ""))


@bp.post("/case/<name>/outcome", endpoint="propose_outcome")
def propose_outcome(name: str) -> ResponseReturnValue:
    case = case_of(name)
    texts = {each: " ".join(request.form.get(each, "").split()) for each in _TEXTS}
    try:
        status = Status(case.status)
        result = Result(
            answer=int(status.value.partition(":")[2] or 0),
            changed=request.form.get("changed") == "yes",
            decided=_day(request.form.get("decided", "")),
            said=Bilingual(texts["said_ar"], texts["said_en"]),
            answered=Bilingual(texts["answered_ar"], texts["answered_en"]),
            change=Bilingual(texts["change_ar"], texts["change_en"]),
        )
        relaying.propose_outcome(way(), case.id, result)
    except (DeskError, CryptoError) as error:
        return _outcome_page(case, texts, explained(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _sends(case)


def _outcome_page(case: Case, texts: Mapping[str, str], failure: Words | None = None) -> str:
    quoted = echo.quotations(" ".join(texts.values()), workspace.originals(case))
    return render_template(
        "outcome.html",
        case=case,
        texts=texts,
        relay=relaying.relay_of(desk(), case),
        quotations=quoted,
        changed=request.form.get("changed", "no"),
        decided=request.form.get("decided", ""),
        failure=failure,
    )


def _day(untrusted: str) -> date | None:
    try:
        return date.fromisoformat(untrusted) if untrusted else None
    except ValueError:
        return None


# The numbers.


@bp.get("/numbers", endpoint="numbers")
def numbers(failure: Words | None = None) -> str:
    acting = way()
    return render_template(
        "numbers.html",
        own=tallies.count(acting),
        waiting=tallies.waiting(acting),
        relays=desk().casebook.state.relays,
        today=acting.today.isoformat(),
        failure=failure,
        titles=_titles(),
        bodies=_bodies(),
        took_part=_took_part(acting),
    )


@dataclass(frozen=True)
class TookPart:
    """What may be told of one topic, and what this reviewer can do about it now."""

    topic: str
    cells: Mapping[str, Mapping[str, str] | None]
    may_propose: bool
    may_approve: bool
    is_published: bool


def _took_part(acting: Way) -> list[TookPart]:
    found = []
    for each in coverage.count_all(acting):
        done = coverage.is_published(acting, each.topic)
        is_due = not done and coverage.is_closed(acting, each.topic)
        waits = is_due and coverage.waiting(acting, each.topic) is not None
        found.append(TookPart(each.topic, coverage_table(each), is_due, waits, done))
    return found


@bp.post("/numbers/<topic>", endpoint="count_coverage")
def count_coverage(topic: str) -> ResponseReturnValue:
    step = coverage.approve if request.form.get("action") == "approve" else coverage.propose
    try:
        step(way(), topic)
    except (DeskError, CryptoError) as error:
        return numbers(explained(error)), HTTPStatus.CONFLICT
    room().door.job.start(desk(), room().today)
    return redirect(here("numbers"), HTTPStatus.SEE_OTHER)


def _titles() -> dict[str, str]:
    """Topics in the language of the page."""
    topics = desk().casebook.state.topics
    return {slug: names.get(current().code, slug) for slug, names in topics.items()}


def _bodies() -> dict[str, str]:
    """Agencies in the language of the page."""
    return {plan.slug: plan.name.text(current().code) for plan in relaying.plans(desk())}


@bp.post("/numbers", endpoint="count_numbers")
def count_numbers() -> ResponseReturnValue:
    try:
        if request.form.get("action") == "approve":
            tallies.approve(way())
        else:
            tallies.propose(way())
    except (DeskError, CryptoError) as error:
        return numbers(explained(error)), HTTPStatus.CONFLICT
    room().door.job.start(desk(), room().today)
    return redirect(here("numbers"), HTTPStatus.SEE_OTHER)


# What the page of a case shows of all this.


@dataclass(frozen=True)
class Progress:
    """Where a case stands on its way, for the reviewer who looks."""

    team: team.Team
    me: str
    probation: date | None
    colleagues: tuple[str, ...]
    may_redact: bool
    packet_to_judge: Proposal | None
    outcome_to_judge: Proposal | None
    newest: Proposal | None
    approved: Proposal | None
    may_relay: bool
    opens_on: str | None
    link: str
    relay: KnownRelay | None
    plan: Agency | None
    may_answer: bool
    may_tell_outcome: bool
    forms: tuple[str, ...]


def progress_of(case: Case) -> Progress:
    """Everything the case page offers beyond a reply."""
    opened, me = desk(), desk().profile.reviewer
    status = Status(case.status)
    heard = case.team
    approved = relaying.approved(case, team.PROPOSE)
    early = bool(case.objection_until and room().today().isoformat() < case.objection_until)
    keyring = _keyring()
    decides = keyring is None or opened.decides(keyring)
    takes_part = decides and me not in heard.recused
    relay = relaying.relay_of(opened, case)
    return Progress(
        team=heard,
        me=me,
        probation=None if keyring is None else probation_of(opened, keyring),
        colleagues=tuple(each.id for each in keyring.reviewers) if keyring else (),
        may_redact=takes_part and may_become(status, Status.REDACTED) and status != "redacted",
        packet_to_judge=relaying.to_judge(opened, case, team.PROPOSE) if decides else None,
        outcome_to_judge=relaying.to_judge(opened, case, team.OUTCOME) if decides else None,
        newest=heard.newest(team.PROPOSE),
        approved=approved,
        may_relay=takes_part and approved is not None and status == "redacted" and not early,
        opens_on=case.objection_until if early else None,
        link=relaying.letter_code(case),
        relay=relay,
        plan=_plan(approved),
        may_answer=status.word in {"relayed", "answered"},
        may_tell_outcome=takes_part and status.word == "answered",
        forms=tuple(_FORMS),
    )


def _keyring() -> Keyring | None:
    try:
        return desk().keyring(room().today())
    except (DeskError, CryptoError):
        return None


def probation_of(opened: Desk, keyring: Keyring) -> date | None:
    """Until when the desk's organisation is on probation, None if it is not."""
    own = (org for org in keyring.orgs if org.slug == opened.profile.org)
    return next((org.probation for org in own), None)


def _plan(approved: Proposal | None) -> Agency | None:
    if approved is None:
        return None
    wanted = relaying.packet_of(approved).agency
    return next((each for each in relaying.plans(desk()) if each.slug == wanted), None)


def _content(case: Case) -> Content | None:
    """The approved packet with names, as the agency sees it."""
    return relaying.content_of(way(), case)


def _failed(case: Case, error: Exception) -> ResponseReturnValue:
    page = render_template("refused.html", case=case, failure=explained(error))
    return page, HTTPStatus.CONFLICT


def explained(error: Exception) -> Words:
    """Words for *error*; what nobody foresaw goes on."""
    found = explain(error)
    if found is None:
        raise error
    return found
