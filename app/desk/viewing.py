"""The pages that show an attachment: as the sandbox made it anew, and with regions taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.client.words import Words
from app.desk.base import attachment_of, bp, case_of, desk, here
from app.desk.casebook import Case, KeptAttachment
from app.desk.language import current
from app.desk.light_table import MAX_VIEW_BYTES, Look, Marks, keep
from redaction.errors import UnreadableFileError
from redaction.render import Box, Rendering
from redaction.render.words import words as warning_words
from redaction.sandbox import NoSandboxError

SIDES: Final = ("left", "top", "right", "bottom")
EMPTY_LINES: Final = 3
MAX_LINES: Final = 60
_NO_SANDBOX: Final = Words(
    "no-sandbox",
    "This device cannot look at files safely: bubblewrap, ffmpeg or LibreOffice is missing.",
    "لا يمكن عرض الملفات بأمان على هذا الجهاز، لأن برنامجا لازما غير مثبت عليه.",
)
_UNREADABLE: Final = Words(
    "unreadable",
    "This file cannot be read here: it is damaged, locked, or of a kind that the desk does not"
    " show. Opening it elsewhere may harm this device. The sender may be asked for another file.",
    "لا يمكن قراءة هذا الملف هنا، لأنه تالف أو مقفل أو من نوع لا يعرضه المكتب. فتحه في برنامج آخر"
    " قد يضر هذا الجهاز. يمكن طلب ملف آخر من صاحب الرسالة.",
)
"""The scanner's own words are for senders: they may open their file and send a picture of it."""


@dataclass(frozen=True)
class Line:
    """One box as it was typed: a page from 1, and sides in percent."""

    page: str = ""
    left: str = ""
    top: str = ""
    right: str = ""
    bottom: str = ""

    @classmethod
    def of(cls, box: Box) -> Line:
        sides = (f"{100 * getattr(box, side):.4g}" for side in SIDES)
        return cls(str(box.page + 1), *sides)

    @classmethod
    def read(cls, form: Mapping[str, str], number: int) -> Line:
        fields = ("page", *SIDES)
        return cls(*(form.get(f"{field}-{number}", "").strip()[:8] for field in fields))

    @property
    def is_empty(self) -> bool:
        return not (self.left or self.top or self.right or self.bottom)

    def box(self, pages: int) -> Box:
        """Raise ValueError unless the line is a box on one of *pages* pages."""
        number = int(self.page or "1") - 1
        if not 0 <= number < pages:
            raise ValueError("no such page")
        left, top, right, bottom = (
            float(each) / 100 for each in (self.left, self.top, self.right, self.bottom)
        )
        return Box(number, left, top, right, bottom)


@dataclass(frozen=True)
class Seen:
    """An attachment on the light table."""

    case: Case
    position: int
    attachment: KeptAttachment
    look: Look
    rendering: Rendering

    @property
    def marks(self) -> Marks:
        return desk().light_table.marks(self.look)


@bp.get("/case/<name>/view/<int:position>", endpoint="view")
def view(name: str, position: int) -> ResponseReturnValue:
    case, attachment = _fetched(name, position)
    try:
        seen = _seen(case, position, attachment)
    except (UnreadableFileError, NoSandboxError) as error:
        failure = _explained(error)
        page = render_template("unseen.html", case=case, attachment=attachment, failure=failure)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(seen, [Line.of(box) for box in seen.marks.boxes])


@bp.post("/case/<name>/view/<int:position>", endpoint="mark")
def mark(name: str, position: int) -> ResponseReturnValue:
    """Hide regions, look for faces and plates, or keep what is left with the case."""
    case, attachment = _fetched(name, position)
    try:
        seen = _seen(case, position, attachment)
        lines = _typed()
        try:
            boxes = [each.box(len(seen.rendering.pages)) for each in lines]
        except ValueError:
            return _page(seen, lines, is_wrong=True), HTTPStatus.UNPROCESSABLE_ENTITY
        table = desk().light_table
        table.mark(seen.look, [*boxes, *_accepted(seen)])
        if request.form.get("action") == "find":
            table.find(seen.look, seen.rendering)
        elif request.form.get("action") == "keep" and seen.rendering.pages:
            keep(desk().casebook, case, seen.rendering, seen.marks.boxes)
            return redirect(here("case_page", name=case.id), HTTPStatus.SEE_OTHER)
    except (UnreadableFileError, NoSandboxError):
        pass  # The page that follows says why.
    return redirect(here("view", name=case.id, position=position, **_way()), HTTPStatus.SEE_OTHER)


@bp.get("/case/<name>/view/<int:position>/page/<int:number>", endpoint="page")
def page_image(name: str, position: int, number: int) -> ResponseReturnValue:
    """One page as a picture, with nothing under its boxes."""
    case, attachment = _fetched(name, position)
    try:
        seen = _seen(case, position, attachment)
        if not 1 <= number <= len(seen.rendering.pages):
            abort(HTTPStatus.NOT_FOUND)
        made = desk().light_table.page(seen.look, seen.rendering, number - 1)
    except (UnreadableFileError, NoSandboxError):
        abort(HTTPStatus.NOT_FOUND)
    return _bare(made.data, made.media)


@bp.get("/case/<name>/view/<int:position>/played", endpoint="played")
def played(name: str, position: int) -> ResponseReturnValue:
    """Sound or film, coded anew."""
    case, attachment = _fetched(name, position)
    try:
        rendering = _seen(case, position, attachment).rendering
    except (UnreadableFileError, NoSandboxError):
        abort(HTTPStatus.NOT_FOUND)
    if not rendering.played:
        abort(HTTPStatus.NOT_FOUND)
    return _bare(rendering.played, "audio/ogg" if rendering.kind == "sound" else "video/webm")


@bp.get("/case/<name>/image/<int:position>")
def image(name: str, position: int) -> ResponseReturnValue:
    """A picture for the page of its case, as it is shown on its own page."""
    case, attachment = _fetched(name, position)
    try:
        seen = _seen(case, position, attachment)
    except (UnreadableFileError, NoSandboxError):
        abort(HTTPStatus.NOT_FOUND)
    if seen.rendering.kind != "image":
        abort(HTTPStatus.NOT_FOUND)
    made = desk().light_table.page(seen.look, seen.rendering, 0)
    return _bare(made.data, made.media)


def _fetched(name: str, position: int) -> tuple[Case, KeptAttachment]:
    case = case_of(name)
    attachment = attachment_of(case, position)
    if attachment.file is None or attachment.size > MAX_VIEW_BYTES:
        abort(HTTPStatus.NOT_FOUND)
    return case, attachment


def _seen(case: Case, position: int, attachment: KeptAttachment) -> Seen:
    way, book = _way(), desk().casebook
    member = way.get("member")
    look = Look(
        file=attachment.file or "",
        name=attachment.name,
        document="document" in way,
        member=None if member is None else int(member),
    )
    rendering = desk().light_table.see(look, lambda: b"".join(book.read_file(attachment)))
    return Seen(case, position, attachment, look, rendering)


def _way() -> dict[str, str]:
    """How the file is looked at, as it stands in the address."""
    chosen = {}
    if request.args.get("document") == "1":
        chosen["document"] = "1"
    member = request.args.get("member", "")
    if member.isascii() and member.isdigit() and len(member) <= len("5000"):
        chosen["member"] = member
    return chosen


def _typed() -> list[Line]:
    lines = (Line.read(request.form, number) for number in range(MAX_LINES))
    return [each for each in lines if not each.is_empty]


def _accepted(seen: Seen) -> list[Box]:
    """The proposals that were ticked and are not among the boxes already."""
    found, known = seen.marks.found or (), set(map(Line.of, seen.marks.boxes))
    return [
        each.box
        for number, each in enumerate(found)
        if request.form.get(f"found-{number}") == "yes" and Line.of(each.box) not in known
    ]


def _page(seen: Seen, lines: list[Line], *, is_wrong: bool = False) -> str:
    marked = {Line.of(box) for box in seen.marks.boxes}
    found = seen.marks.found
    proposals = [
        (number, each.what, Line.of(each.box))
        for number, each in enumerate(found or ())
        if Line.of(each.box) not in marked
    ]
    way = _way()
    return render_template(
        "view.html",
        case=seen.case,
        position=seen.position,
        attachment=seen.attachment,
        rendering=seen.rendering,
        warnings=[warning_words(each, current().code) for each in seen.rendering.warnings],
        lines=[*lines, *([Line()] * EMPTY_LINES)][:MAX_LINES],
        proposals=proposals,
        was_searched=found is not None,
        is_wrong=is_wrong,
        way=way,
        other_way={k: v for k, v in way.items() if k != "document"}
        | ({} if "document" in way else {"document": "1"}),
    )


def _bare(data: bytes, media: str) -> Response:
    response = Response(data, content_type=media)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _explained(error: UnreadableFileError | NoSandboxError) -> Words:
    if isinstance(error, NoSandboxError):
        return _NO_SANDBOX
    return _UNREADABLE
