"""PDF files written object by object (ISO 32000-1), so that nothing is tidied.

A template has sections. `=== 5` begins object 5; after a line `---` stands its stream's data,
`--- flate` has it compressed and `--- !KIND` has it made by `BLOBS`. `=== trailer` closes a
revision. A string `(+text)` is written in UTF-16 and `(%text)` in octal escapes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from importlib.resources import files
from typing import Final

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import jp2, photo
from tests.corpus.writers.package import nested

TEMPLATES: Final = files("tests.corpus.templates")
HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
SPECIAL: Final = re.compile(r"\(([+%])([^()]*)\)")

Blob = Callable[[Planter, str], bytes]
BLOBS: Final[dict[str, Blob]] = {
    "photo": lambda plant, where: photo.photo(plant, f"{where} "),
    "cmyk": lambda plant, where: photo.snapshot(plant, f"{where} ", "cmyk.jpg"),
    "thumb": lambda plant, where: photo.snapshot(plant, f"{where} "),
    "jp2": lambda plant, where: jp2.tagged(plant, f"{where} "),
    "xmp": lambda plant, where: photo.xmp(plant, f"{where} "),
    "icc": lambda plant, where: photo.profile(plant, f"{where} "),
    "docx": lambda plant, where: _attached(plant, where),
    "text": lambda plant, where: plant.raw(where),
    "gray": lambda _plant, _where: zlib.compress(bytes(range(64))),
    "font": lambda _plant, _where: zlib.compress(seed("libreoffice.pdf")[:64]),
}


class PdfWriter:
    """Appends revisions; each has a table of the objects it brings."""

    def __init__(self, plant: Planter, head: bytes = HEADER) -> None:
        self._plant = plant
        self._out = bytearray(head)
        self._last_table = 0
        self._size = 0
        self._fresh: dict[int, int] = {}

    def load(self, template: str) -> bytes:
        """Return the file a template describes."""
        text = TEMPLATES.joinpath(f"{template}.txt").read_text("utf-8")
        self._size = 1 + max(int(n) for n in re.findall(r"^=== (\d+)$", text, re.MULTILINE))
        revision = 1
        for section in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
            name, _, body = section.partition("\n")
            where = name if revision == 1 else f"revision {revision} {name}"
            if name == "trailer":
                self._finish(self._filled(body.strip(), where))
                revision += 1
            elif name == "junk":
                self._out += self._filled(body, where)
            else:
                self._object(int(name), body, f"object {where}")
        return bytes(self._out)

    def _object(self, number: int, body: str, where: str) -> None:
        dictionary, dashes, content = body.partition("\n---")
        head = self._filled(dictionary.strip(), where)
        self._fresh[number] = len(self._out)
        self._out += b"%d 0 obj\n" % number
        if dashes:
            how, _, text = content.partition("\n")
            head, data = self._stream(head, how.strip(), text, where)
            head = head.removesuffix(b">>") + b"/Length %d>>" % len(data)
            self._out += head + b"\nstream\n" + data + b"\nendstream"
        else:
            self._out += head
        self._out += b"\nendobj\n"

    def _stream(self, head: bytes, how: str, text: str, where: str) -> tuple[bytes, bytes]:
        if how.startswith("!"):
            return head, BLOBS[how[1:]](self._plant, f"{where} stream")
        data = self._filled(text, f"{where} stream")
        if how == "flate":
            return head.removesuffix(b">>") + b"/Filter/FlateDecode>>", zlib.compress(data)
        return head, data

    def _finish(self, trailer: bytes) -> None:
        start = len(self._out)
        self._out += b"xref\n0 1\n0000000000 65535 f \n"
        for number, offset in sorted(self._fresh.items()):
            self._out += b"%d 1\n%010d 00000 n \n" % (number, offset)
        previous = b"/Prev %d" % self._last_table if self._last_table else b""
        self._out += b"trailer\n" + trailer.removesuffix(b">>") + previous
        self._out += b"/Size %d>>\n" % self._size
        self._out += b"startxref\n%d\n%%%%EOF\n" % start
        self._last_table, self._fresh = start, {}

    def _filled(self, text: str, where: str) -> bytes:
        return SPECIAL.sub(_spelled, self._plant.fill(text, where)).encode()


def _attached(plant: Planter, where: str) -> bytes:
    """A letter whose text nobody sees on a page, so that none of it has to stay."""
    visible = len(plant.content)
    letter = nested(plant, "docx-google", where)
    del plant.content[visible:]
    return letter


def _spelled(match: re.Match[str]) -> str:
    if match[1] == "+":
        return f"<FEFF{match[2].encode('utf-16-be').hex().upper()}>"
    return "(" + "".join(f"\\{ord(letter):03o}" for letter in match[2]) + ")"
