"""Looking at what citizens attached: only what the sandbox made of it, and what is to be hidden.

Renderings and boxes are in memory, for as long as the desk is open. Nothing is written but a
redacted rendering that a reviewer keeps with the case, sealed like every file of the desk.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import BinaryIO, Final

from app.desk.casebook import Case, Casebook, KeptAttachment
from redaction.render import Box, Page, Rendering, flatten, redact, render, render_member
from redaction.render.finding import Proposal, propose

MAX_VIEW_BYTES: Final = 100 << 20
MAX_RENDERINGS_BYTES: Final = 256 << 20
MAX_SEARCHED_PAGES: Final = 20
"""Faces and plates are looked for on so many pages."""


@dataclass(frozen=True)
class Look:
    """One way to look at a file: as a scan of paper or not, or at a member of an archive."""

    file: str
    name: str
    document: bool = False
    member: int | None = None


@dataclass(frozen=True)
class Marks:
    """What a reviewer wants hidden on the pages of one look, and what was found on them."""

    boxes: tuple[Box, ...] = ()
    found: tuple[Proposal, ...] | None = None


class LightTable:
    """The newest renderings, at most `MAX_RENDERINGS_BYTES` and at least one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._renderings: OrderedDict[Look, Rendering] = OrderedDict()
        self._marks: dict[Look, Marks] = {}

    def see(self, look: Look, read: Callable[[], bytes]) -> Rendering:
        """Return what may be shown of the bytes that *read* gives; raises as `render`."""
        with self._lock:
            if look not in self._renderings:
                self._renderings[look] = _rendered(look, read())
            self._renderings.move_to_end(look)
            while len(self._renderings) > 1 and self._bytes() > MAX_RENDERINGS_BYTES:
                self._renderings.popitem(last=False)
            return self._renderings[look]

    def marks(self, look: Look) -> Marks:
        return self._marks.get(look, Marks())

    def mark(self, look: Look, boxes: Sequence[Box]) -> None:
        self._marks[look] = replace(self.marks(look), boxes=tuple(boxes))

    def find(self, look: Look, rendering: Rendering) -> None:
        """Look for faces and plates, which a person then accepts or not."""
        pages = rendering.pages[:MAX_SEARCHED_PAGES]
        found = [each for number, page in enumerate(pages) for each in propose(page, number)]
        self._marks[look] = replace(self.marks(look), found=tuple(found))

    def page(self, look: Look, rendering: Rendering, number: int) -> Page:
        """Return page *number*, from 0, with nothing under its boxes."""
        boxes = [replace(box, page=0) for box in self.marks(look).boxes if box.page == number]
        one = replace(rendering, pages=(rendering.pages[number],))
        return redact(one, boxes).pages[0]

    def _bytes(self) -> int:
        return sum(
            len(each.played) + len(each.text) + sum(len(page.data) for page in each.pages)
            for each in self._renderings.values()
        )


def _rendered(look: Look, untrusted: bytes) -> Rendering:
    if look.member is not None:
        return render_member(untrusted, look.member, document=look.document)
    return render(untrusted, look.name, document=look.document)


def keep(book: Casebook, case: Case, rendering: Rendering, boxes: Sequence[Box]) -> Case:
    """Add *rendering*, redacted, to the files of *case*: a picture, or a PDF of pictures."""
    pages = redact(rendering, boxes).pages
    alone = rendering.kind == "image" and len(pages) == 1
    media = pages[0].media if alone else "application/pdf"
    data = pages[0].data if alone else flatten(pages)

    def fill(writer: BinaryIO) -> None:
        writer.write(data)

    kept = KeptAttachment(
        digest=sha256(data).digest(),
        size=len(data),
        name=f"redacted-{len(case.attachments) + 1}.{_EXTENSIONS[media]}",
        media=media,
        cleaned=True,
        file=book.seal_file(fill),
    )
    return book.change(case.id, lambda now: replace(now, attachments=(*now.attachments, kept)))


_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
