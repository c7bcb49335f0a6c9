"""From hostile bytes to what may be shown of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.render import kinds, members
from redaction.render.boxes import Box, blacken
from redaction.render.encode import as_grey_png, as_jpeg, as_png
from redaction.render.jobs import bitmaps
from redaction.render.kinds import Kind, kind_of
from redaction.render.media import MEDIA, play
from redaction.render.office import as_pdf
from redaction.render.paper import on_white
from redaction.render.pdf import flatten
from redaction.render.rendering import Bitmap, Page, Rendering, in_order
from redaction.render.texts import as_text

# Drawn or already compressed without loss: a photograph's coding would blur them.
_DRAWN: Final = frozenset({"image/png", "image/gif", "image/bmp", "image/tiff"})


def render(
    untrusted: bytes,
    declared_name: str = "",
    *,
    document: bool = False,
    boxes: Sequence[Box] = (),
) -> Rendering:
    """Return what may be shown of *untrusted*; everything that parses it runs in the sandbox.

    *document* says that pictures are scans or photographs of paper: they come out grey, and
    the dots by which printers mark their prints are gone. What lies under *boxes* is never
    encoded. Raises `UnreadableFileError`, `NoSandboxError` (also for a program that is not
    installed) and `ValueError` for a box on a page that is not there.
    """
    kind = kind_of(untrusted, declared_name)
    if kind.media in MEDIA | kinds.UNPACKED | kinds.TEXTS:
        _check_pages(boxes, 0)
    if kind.media in MEDIA:
        played = play(untrusted, kind.media)
        is_sound = kind.media.startswith("audio/")
        return Rendering("sound" if is_sound else "video", kind.media, played=played)
    if kind.media in kinds.UNPACKED:
        return Rendering("archive", kind.media, members=members.list_members(untrusted))
    if kind.media in kinds.TEXTS:
        notes: set[str] = set()
        text = as_text(untrusted, notes)
        return Rendering("text", kind.media, text=text, warnings=in_order(notes))
    return _seen(untrusted, kind, document=document, boxes=boxes)


def render_member(
    untrusted: bytes, index: int, declared_name: str = "", *, document: bool = False
) -> Rendering:
    """Return what may be shown of one member of an archive; one archive in another is refused."""
    member = members.unpack(untrusted, index)
    if kind_of(member, declared_name).media in kinds.UNPACKED:
        raise UnreadableFileError("too-deep")
    return render(member, declared_name, document=document)


def redact(rendering: Rendering, boxes: Sequence[Box]) -> Rendering:
    """Return *rendering* with solid black, and nothing else, under *boxes*.

    Raises `ValueError` for a box on a page that is not there.
    """
    _check_pages(boxes, len(rendering.pages))
    pages = [
        _redacted(page, [box for box in boxes if box.page == number])
        for number, page in enumerate(rendering.pages)
    ]
    return replace(rendering, pages=tuple(pages))


def redact_pages(untrusted: bytes, boxes: Sequence[Box], *, document: bool = False) -> bytes:
    """Return a PDF of the pictures of *untrusted*'s pages, black under *boxes*."""
    return flatten(render(untrusted, document=document, boxes=boxes).pages)


def _seen(untrusted: bytes, kind: Kind, *, document: bool, boxes: Sequence[Box]) -> Rendering:
    notes: set[str] = set()
    encode = _encoder(kind.media, document=document)
    found = _bitmaps(untrusted, kind, notes)
    pages = tuple(_pages(found, boxes, encode, document=document))
    _check_pages(boxes, len(pages))
    is_picture = kind.media in kinds.PICTURES
    warnings = in_order(notes)
    return Rendering("image" if is_picture else "pages", kind.media, pages, warnings=warnings)


def _bitmaps(untrusted: bytes, kind: Kind, notes: set[str]) -> Iterator[Bitmap]:
    if kind.media in kinds.PICTURES:
        return bitmaps("decode_picture", untrusted, notes, (kind.media,))
    if kind.media == kinds.PDF:
        return bitmaps("decode_pages", untrusted, notes)
    if kind.document is not None:
        return bitmaps("decode_pages", as_pdf(untrusted, kind.document), notes)
    raise UnreadableFileError("type-unknown")


def _pages(
    found: Iterable[Bitmap],
    boxes: Sequence[Box],
    encode: Callable[[Bitmap], Page],
    *,
    document: bool,
) -> Iterator[Page]:
    for number, bitmap in enumerate(found):
        seen = on_white(bitmap) if document else bitmap
        yield encode(blacken(seen, [box for box in boxes if box.page == number]))


def _encoder(media: str, *, document: bool) -> Callable[[Bitmap], Page]:
    if document:
        return as_grey_png
    return as_png if media in _DRAWN else as_jpeg


def _redacted(page: Page, boxes: Sequence[Box]) -> Page:
    if not boxes:
        return page
    (bitmap,) = bitmaps("decode_picture", page.data, set(), (page.media,))
    encode = as_png if page.media == "image/png" else as_jpeg
    return encode(blacken(bitmap, boxes))


def _check_pages(boxes: Sequence[Box], count: int) -> None:
    if any(box.page >= count for box in boxes):
        raise ValueError("a box lies on a page that is there")
