"""What people are asked: the list of topics, a page for each, the copies of its sources.

A topic's page is the same for everybody who comes, whoever sent them: an address with anything
after it leads to the clean one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import BinaryIO, Final

from flask import Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.citizen.language import current
from app.citizen.site import bp, here
from app.domain.topics import GOVERNORATES, Bilingual, DecisionKind, Source, Topic
from app.services import topics
from app.web.state import site

_KILOBYTE: Final = 1000
_MEGABYTE: Final = 1_000_000
_CHUNK_BYTES: Final = 65_536
_ENDINGS: Final = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
}


@dataclass(frozen=True)
class SizeView:
    """A file's size, as people say it; `unit` is KB or MB."""

    number: str
    unit: str

    @classmethod
    def of(cls, size_bytes: int) -> "SizeView":
        if size_bytes >= _MEGABYTE:
            return cls(f"{size_bytes / _MEGABYTE:.1f}", "MB")
        return cls(str(-(-size_bytes // _KILOBYTE)), "KB")


@dataclass(frozen=True)
class CopyView:
    """An archived copy; `kind` is the ending of its name."""

    sha256: str
    kind: str
    size: SizeView


@dataclass(frozen=True)
class SourceView:
    title: str
    publisher: str
    published: str
    url: str | None
    size: SizeView | None
    copy: CopyView | None
    changed: str | None


@dataclass(frozen=True)
class PortalView:
    title: str
    number: str | None
    deadline: str | None
    url: str


@dataclass(frozen=True)
class TopicView:
    """A topic in one language; `days_left` is negative when it is closed, None without an end.

    `decided` is the announced day, `handed_over` the one where none was announced.
    """

    slug: str
    title: str
    stage: str
    is_open: bool
    days_left: int | None
    closes: str
    agency: str
    audience: str | None
    governorates: str
    decided: str | None
    handed_over: str | None
    summary: Sequence[str]
    who_decides: str
    what_can_change: str
    for_you: Sequence[str]
    facts: Sequence[tuple[str, int]]
    glossary: Sequence[tuple[str, str]]
    portal: PortalView | None
    needs: Sequence[str]
    sources: Sequence[SourceView]
    changed: str | None
    waiver: str | None


def topic_view(topic: Topic, today: date) -> TopicView:
    language = current()

    def say(text: Bilingual) -> str:
        return text.text(language.code)

    comma = "، " if language.code == "ar" else ", "
    decision, portal = topic.decision, topic.portal
    on = language.full_date(decision.on) if decision else None
    is_announced = decision is not None and decision.kind is DecisionKind.ANNOUNCED
    changed = [source.changed for source in topic.sources if source.changed]
    return TopicView(
        slug=topic.slug,
        title=say(topic.title),
        stage=topic.stage.value,
        is_open=topic.is_open(today),
        days_left=(topic.closes - today).days if topic.closes else None,
        closes=language.full_date(topic.closes) if topic.closes else "",
        agency=say(topic.agency),
        audience=say(topic.audience) if topic.audience else None,
        governorates=comma.join(say(GOVERNORATES[each]) for each in topic.governorates),
        decided=on if is_announced else None,
        handed_over=None if is_announced else on,
        summary=[say(sentence) for sentence in topic.summary],
        who_decides=say(topic.who_decides),
        what_can_change=say(topic.what_can_change),
        for_you=[say(sentence) for sentence in topic.for_you],
        facts=[(say(fact.claim), fact.source) for fact in topic.facts],
        glossary=[(say(term.word), say(term.meaning)) for term in topic.glossary],
        portal=PortalView(
            title=say(portal.title),
            number=portal.number,
            deadline=language.full_date(portal.deadline) if portal.deadline else None,
            url=portal.url,
        )
        if portal
        else None,
        needs=[need.value for need in topic.needs],
        sources=[_source_view(source) for source in topic.sources],
        changed=language.full_date(max(changed)) if changed else None,
        waiver=say(topic.waiver.reason) if topic.waiver else None,
    )


def _source_view(source: Source) -> SourceView:
    language, copy = current(), source.copy
    return SourceView(
        title=source.title.text(language.code),
        publisher=source.publisher.text(language.code),
        published=language.full_date(source.published),
        url=source.url,
        size=SizeView.of(source.size_bytes) if source.size_bytes else None,
        copy=CopyView(copy.sha256, _ENDINGS[copy.media].upper(), SizeView.of(copy.size_bytes))
        if copy and site().copies.has(copy.sha256)
        else None,
        changed=language.full_date(source.changed) if source.changed else None,
    )


@bp.get("/topics", endpoint="topics")
def list_topics() -> str:
    with site().reading() as connection:
        found = topics.everything(connection)
    today = site().today()
    shown = [topic_view(topic, today) for topic in found if topic.opens <= today]
    # What still takes opinions comes first; the order is otherwise kept.
    shown.sort(key=lambda topic: not topic.is_open)
    return render_template("citizen/topics.html", topics=shown)


@bp.get("/t/<slug>")
def topic(slug: str) -> ResponseReturnValue:
    if request.query_string:
        # Whoever added it wants to know who came by which link.
        return redirect(here("topic", slug=slug), HTTPStatus.SEE_OTHER)
    with site().reading() as connection:
        found = topics.find(connection, slug)
        signed = topics.signed(connection, slug)
    today = site().today()
    if found is None or found.opens > today:
        abort(HTTPStatus.NOT_FOUND)
    return render_template(
        "citizen/topic.html",
        topic=topic_view(found, today),
        version=signed.version if signed else None,
    )


@bp.get("/sources/<name>")
def source(name: str) -> ResponseReturnValue:
    """An archived copy that a topic names, to be saved: browsers run nothing of it."""
    state = site()
    with state.reading() as connection:
        media = topics.media_of_copy(connection, name, state.today())
    if media is None or not state.copies.has(name):
        abort(HTTPStatus.NOT_FOUND)
    charset = "; charset=utf-8" if media == "text/plain" else ""
    response = Response(_chunks(state.copies.open(name)), content_type=media + charset)
    file_name = f"{name[:16]}.{_ENDINGS[media]}"
    response.headers["Content-Disposition"] = f"attachment; filename={file_name}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
