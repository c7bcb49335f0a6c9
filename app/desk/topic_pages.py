"""The pages where topics are written, weighed, and signed by a second person.

A GET shows, a POST does one thing. Whatever is typed stays on the page when it cannot be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.client.words import Words
from app.desk import topics
from app.desk.base import bp, desk, here, room
from app.desk.casebook import KnownTopic
from app.desk.casework import explained, way
from app.desk.errors import DeskError
from app.desk.language import current
from app.desk.relaying import plans
from app.desk.topic_faults import Fault
from app.desk.topic_form import FIELDS, SOURCES, Form, copy_fields, empty_form, form_of, topic_of
from app.domain.errors import MalformedTopicError, ReadabilityError
from app.domain.readability import LEAST_OSMAN, MOST_WORDS
from app.domain.topic_gate import Judgement, judge
from app.domain.topics import COPY_TYPES, GOVERNORATES, Bilingual, Need, Stage, Topic
from crypto.errors import CryptoError

NEW: Final = "new"
"""The name of the draft of a topic that has no slug yet."""
_MAX_FIELD: Final = 8_000


@dataclass(frozen=True)
class Listed:
    """A topic at the site: its title, and who stands behind it."""

    known: KnownTopic
    title: str
    kit: str
    """Where its posters are, for the reviewer's browser; empty where there is no network."""

    @property
    def slug(self) -> str:
        return self.known.slug


@dataclass(frozen=True)
class Weighed:
    """A form that was looked at: the topic it makes and how plain it is, or what is wrong."""

    topic: Topic | None = None
    judgement: Judgement | None = None
    fault: Fault | None = None
    failure: Words | None = None

    @classmethod
    def of(cls, form: Form) -> Weighed:
        try:
            topic = topic_of(form)
            return cls(topic, judge(topic))
        except MalformedTopicError as error:
            return cls(fault=Fault.of(form, error))
        except ReadabilityError as error:
            return cls(failure=explained(error))


@bp.get("/topics", endpoint="topics")
def list_topics() -> str:
    acting, state = way(), desk().casebook.state
    waiting = topics.waiting(acting)
    return render_template(
        "topics.html",
        asked=[Listed(each, _title(each), _kit(each.slug)) for each in state.asked],
        to_sign=[each for each in waiting if each.proposal.by != acting.reviewer],
        mine=[each for each in waiting if each.proposal.by == acting.reviewer],
        drafts=sorted(state.drafts),
        new=NEW,
        job=room().door.job.state,
    )


@bp.get("/topics/<name>/edit", endpoint="edit_topic")
def edit(name: str) -> str:
    """The form of a draft, else of the topic at the site, else an empty one."""
    known, draft = topics.asked(way(), name), desk().casebook.state.drafts.get(name)
    if draft is not None:
        form = empty_form() | draft
    else:
        form = form_of(Topic.parse(known.content)) if known else empty_form()
    return _edit_page(name, form)


@bp.post("/topics/<name>/edit", endpoint="write_topic")
def write(name: str) -> ResponseReturnValue:
    """Weigh the form, keep it on this device, or sign it and ask a colleague."""
    form, action = _read_form(), request.form.get("action", "")
    if action == "save":
        topics.keep_draft(way(), name, form)
        return redirect(here("topics"), HTTPStatus.SEE_OTHER)
    if action == "drop":
        topics.drop_draft(way(), name)
        return redirect(here("topics"), HTTPStatus.SEE_OTHER)
    weighed = Weighed.of(form)
    if action != "propose" or weighed.topic is None:
        wrong = action == "propose"
        page = _edit_page(name, form, weighed)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    try:
        topics.propose(way(), weighed.topic)
        topics.drop_draft(way(), name)
    except (DeskError, CryptoError, ReadabilityError) as error:
        failed = Weighed(weighed.topic, weighed.judgement, failure=explained(error))
        return _edit_page(name, form, failed), HTTPStatus.UNPROCESSABLE_ENTITY
    return _sends()


@bp.get("/topics/judge/<name>", endpoint="judge_topic")
def look(name: str) -> ResponseReturnValue:
    try:
        return _judge_page(topics.find(way(), name))
    except DeskError:
        return redirect(here("topics"), HTTPStatus.SEE_OTHER)


@bp.post("/topics/judge/<name>", endpoint="decide_topic")
def decide(name: str) -> ResponseReturnValue:
    """Sign a colleague's page, say why its Arabic is hard, or send it back."""
    acting, form = way(), request.form
    try:
        found = topics.find(acting, name)
    except DeskError:
        return redirect(here("topics"), HTTPStatus.SEE_OTHER)
    try:
        match form.get("verdict"):
            case "approve":
                topics.approve(acting, name)
            case "waive":
                reason = Bilingual(_line("reason_ar"), _line("reason_en"))
                topics.waive(acting, name, reason)
            case _:
                topics.reject(acting, name, _line("back"))
    except (DeskError, CryptoError, ReadabilityError) as error:
        return _judge_page(found, explained(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return _sends()


def _sends() -> ResponseReturnValue:
    room().door.job.start(desk(), room().today)
    return redirect(here("topics"), HTTPStatus.SEE_OTHER)


def _read_form() -> Form:
    given = request.form
    form = {name: given.get(name, "").replace("\r\n", "\n")[:_MAX_FIELD].strip() for name in FIELDS}
    for number in range(1, SOURCES + 1):
        chosen = request.files.get(f"source{number}_file")
        if chosen is not None and (content := chosen.read()):
            form |= copy_fields(number, content)
    lists = {name: ",".join(given.getlist(name))[:_MAX_FIELD] for name in ("governorates", "needs")}
    return form | lists


def _line(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:1500]


def _edit_page(name: str, form: Form, weighed: Weighed | None = None) -> str:
    return render_template(
        "topic_edit.html",
        name=name,
        is_new=name == NEW,
        form=form,
        weighed=weighed,
        fault=weighed.fault if weighed else None,
        sources=range(1, SOURCES + 1),
        stages=list(Stage),
        needs=list(Need),
        places=[(each.value, text.text(current().code)) for each, text in GOVERNORATES.items()],
        media=COPY_TYPES,
        plans=[(plan.slug, plan.name.text(current().code)) for plan in plans(desk())],
        sent_back=topics.sent_back(way(), name),
        least=LEAST_OSMAN,
        most=MOST_WORDS,
    )


def _judge_page(found: topics.Waiting, failure: Words | None = None) -> str:
    known = topics.asked(way(), found.topic.slug)
    return render_template(
        "topic_judge.html",
        found=found,
        topic=found.topic,
        judgement=judge(found.topic),
        before=Topic.parse(known.content) if known else None,
        me=desk().profile.reviewer,
        failure=failure,
        reason={lang: _line(f"reason_{lang}") for lang in ("ar", "en")},
        least=LEAST_OSMAN,
        most=MOST_WORDS,
    )


def _kit(slug: str) -> str:
    url = desk().profile.url or ""
    root = "" if current().code == "ar" else "/en"
    return f"{url.rstrip('/')}{root}/kit/{slug}" if url.startswith("http") else ""


def _title(known: KnownTopic) -> str:
    return Topic.parse(known.content).title.text(current().code)
