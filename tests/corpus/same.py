"""What must be equal in a file before and after: what is seen, heard and read.

`differences` compares decoded content; where nothing can be decoded exactly, it checks that
the file is still valid for the programs that open it. An empty list means equal and valid.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pi_heif
import pikepdf
import pypdfium2
from lxml import etree  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageOps, ImageSequence, UnidentifiedImageError

from tests.corpus import documents
from tests.corpus.entry import Entry, Same

PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "heic", "avif"})
METAFILES = (".emf", ".wmf")
LEAVINGS = re.compile(r"/$|^__MACOSX/|(^|/)(\.DS_Store|Thumbs\.db|desktop\.ini)$")
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def differences(entry: Entry, clean: bytes) -> list[str]:
    """Return what differs between *entry* and its *clean* bytes, or is no longer valid."""
    return list(COMPARISONS[entry.same](entry.reference or entry.data, clean))


def pictures(before: bytes, after: bytes) -> Iterator[str]:
    if _frames(before) != _frames(after):
        yield "decoded frames differ"


def _frames(data: bytes) -> list[tuple[str, tuple[int, int], int, bytes]]:
    """Mode, size, duration and pixels of every frame as it is shown, that is, turned upright."""
    with _opened(data) as image:
        return [
            (shown.mode, shown.size, int(frame.info.get("duration") or 0), shown.tobytes())
            for frame in _shown(image)
            for shown in [ImageOps.exif_transpose(frame)]
        ]


def _shown(image: Image.Image) -> Iterable[Image.Image]:
    """All frames; of a photo only the first, the others are previews or another eye's."""
    return [image] if image.format in ("JPEG", "MPO") else ImageSequence.Iterator(image)


def _opened(data: bytes) -> Image.Image:
    if data[4:12] in (b"ftypheic", b"ftypmif1", b"ftypheix"):
        decoded = pi_heif.open_heif(data)
        return Image.frombytes(decoded.mode, decoded.size, bytes(decoded.data), "raw")
    return Image.open(io.BytesIO(data))


def media(before: bytes, after: bytes) -> Iterator[str]:
    """Decode with ffmpeg; a stream's pixels or samples have one hash. Covers do not count."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("before", "after")]
        for path, data in zip(paths, (before, after), strict=True):
            path.write_bytes(data)
        old, new = (_stream_hashes(path) for path in paths)
    if not old or old != new:
        yield f"decoded streams differ: {old} became {new}"


def _stream_hashes(path: Path) -> list[str]:
    found = shutil.which("ffmpeg")
    assert found, "ffmpeg is missing; `make test` says how to install it"
    command = [found, "-nostdin", "-v", "error", "-i", str(path), "-map", "0:V?", "-map", "0:a?"]
    command += ["-fps_mode", "passthrough", "-f", "streamhash", "-hash", "md5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split()


class _Page(NamedTuple):
    """Words, size in points, and the picture without annotations."""

    words: list[str]
    size: tuple[float, float]
    picture: Image.Image


def pdf(before: bytes, after: bytes) -> Iterator[str]:
    """Annotations may go, and what forms show may become part of the page where it stood."""
    old, new, rectangles = _pages(before), _pages(after), _annotated(before)
    if len(old) != len(new):
        yield f"{len(old)} pages became {len(new)}"
    for number, (was, now) in enumerate(zip(old, new, strict=False), 1):
        if now.words[: len(was.words)] != was.words:
            yield f"text of page {number} differs: {was.words} became {now.words}"
        if now.size != was.size:
            yield f"size of page {number} differs"
        elif _outside(was, rectangles[number - 1]) != _outside(now, rectangles[number - 1]):
            yield f"picture of page {number} differs"


def _pages(data: bytes) -> list[_Page]:
    with pypdfium2.PdfDocument(data) as document:
        return [
            _Page(
                page.get_textpage().get_text_range().split(),
                page.get_size(),
                page.render(scale=1, draw_annots=False).to_pil(),
            )
            for page in document
        ]


def _annotated(data: bytes) -> list[list[list[float]]]:
    """The rectangles of each page's annotations."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return [
            [[float(side) for side in note.Rect] for note in page.get("/Annots", [])]
            for page in document.pages
        ]


def _outside(page: _Page, rectangles: list[list[float]]) -> bytes:
    """The pixels of a page that no annotation covered."""
    picture = page.picture.copy()
    pen = ImageDraw.Draw(picture)
    for left, low, right, high in rectangles:
        top = page.size[1] - high
        pen.rectangle((left - 1, top - 1, right + 1, page.size[1] - low + 1), fill=0)
    return picture.tobytes()


def office(before: bytes, after: bytes) -> Iterator[str]:
    yield from documents.package_faults(after)
    yield from _embedded_pictures(before, after)


def odf(before: bytes, after: bytes) -> Iterator[str]:
    yield from documents.odf_faults(after)
    yield from _embedded_pictures(before, after)


def epub(before: bytes, after: bytes) -> Iterator[str]:
    yield from documents.epub_faults(after)
    yield from _embedded_pictures(before, after)


def archive(before: bytes, after: bytes) -> Iterator[str]:
    yield from documents.archive_faults(after)
    if (was := len(_members(before))) != (now := len(_members(after))):
        yield f"{was} members became {now}"
    yield from _embedded_pictures(before, after)


def _members(data: bytes) -> list[str]:
    """The files of a person; what Finder and Explorer leave beside them does not count."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return [name for name in opened.namelist() if not LEAVINGS.search(name)]


def _embedded_pictures(before: bytes, after: bytes) -> Iterator[str]:
    """Every picture that is left decodes to the pixels of one that was there.

    Metafiles are programs that draw; a picture that says so may stand in their place.
    """
    known = [frames for _, frames in _pictures_in(before)]
    new = [name for name, frames in _pictures_in(after) if frames not in known]
    if len(new) > _count(before, METAFILES) - _count(after, METAFILES):
        yield from (f"the picture {name} differs" for name in new)


def _count(package: bytes, extensions: tuple[str, ...]) -> int:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return sum(name.lower().endswith(extensions) for name in opened.namelist())


def _pictures_in(package: bytes) -> Iterator[tuple[str, object]]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        for name in opened.namelist():
            if PurePosixPath(name).suffix.lower().removeprefix(".") in PICTURES:
                try:
                    yield name, _frames(opened.read(name))
                except UnidentifiedImageError:
                    yield name, "unreadable"


def svg(before: bytes, after: bytes) -> Iterator[str]:
    """Shapes and their geometry, in order."""
    if _shapes(before) != _shapes(after):
        yield "shapes differ"


SHAPE = {
    *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"),
    *("tspan", "use", "image", "linearGradient", "radialGradient", "stop", "clipPath"),
}
GEOMETRY = (
    *("d", "x", "y", "cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2", "width", "height"),
    *("points", "transform", "viewBox", "fill", "stroke", "offset", "stop-color"),
)


def _shapes(data: bytes) -> list[tuple[str, tuple[str | None, ...], str]]:
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    return [
        (name, tuple(each.get(key) for key in GEOMETRY), "".join((each.text or "").split()))
        for each in root.iter(etree.Element)
        if (name := etree.QName(each).localname) in SHAPE and not _fetched(each)
    ]


def _fetched(element: etree._Element) -> bool:
    """A picture from elsewhere: asking for it would tell who looks."""
    link = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or "#"
    return not link.startswith(("data:", "#"))


class _Visible(HTMLParser):
    """Collects what a reader sees."""

    HIDDEN = frozenset({"script", "style", "head", "template", "noscript", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._hidden += tag in self.HIDDEN

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in self.HIDDEN

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words += data.split()


def html(before: bytes, after: bytes) -> Iterator[str]:
    if (old := _visible(before)) != (new := _visible(after)):
        yield f"visible words differ: {old} became {new}"


def _visible(data: bytes) -> list[str]:
    reader = _Visible()
    reader.feed(_decoded(data))
    return reader.words


def table(before: bytes, after: bytes) -> Iterator[str]:
    if _rows(before) != _rows(after):
        yield "cells differ"


def _rows(data: bytes) -> list[list[str]]:
    lines = [line for line in _seen(data).splitlines() if line]
    return list(csv.reader(lines, delimiter=";" if ";" in lines[0] else ","))


def text(before: bytes, after: bytes) -> Iterator[str]:
    if _seen(before).split() != _seen(after).split():
        yield "visible text differs"


def _seen(data: bytes) -> str:
    """The text without characters that cannot be seen."""
    visible = (c for c in UNSEEN.sub("", _decoded(data)) if not 0xE0000 <= ord(c) <= 0xE01EF)
    return "".join(visible)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


COMPARISONS: dict[Same, Callable[[bytes, bytes], Iterator[str]]] = {
    Same.PICTURE: pictures,
    Same.MEDIA: media,
    Same.PDF: pdf,
    Same.OFFICE: office,
    Same.ODF: odf,
    Same.EPUB: epub,
    Same.ZIP: archive,
    Same.SVG: svg,
    Same.HTML: html,
    Same.TABLE: table,
    Same.TEXT: text,
}
