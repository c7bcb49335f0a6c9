"""SVG, HTML, plain text and tables."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from importlib.resources import files

from tests.corpus.entry import Entry, Planter, Same
from tests.corpus.writers import photo, png

TEMPLATES = files("tests.corpus.templates")
ZERO, ONE = "\u200b", "\u200c"
TAGS = 0xE0000


def entries() -> Iterator[Entry]:
    yield from (_drawn(name) for name in ("inkscape", "illustrator"))
    yield entities()
    yield from (_page(name) for name in ("page", "word"))
    yield text_ends()
    yield from (text_hidden(), text_tags(), text_marks(), text_wide(), table(), table_excel())


def _drawn(name: str) -> Entry:
    plant = Planter("svg", name)
    return plant.entry("svg", _filled(plant, f"svg-{name}").encode(), Same.SVG)


def entities() -> Entry:
    """An older editor declares entities, which no careful reader expands."""
    plant = Planter("svg", "entities")
    data = _filled(plant, "svg-entities").encode()
    return plant.entry("svg", data, Same.SVG, "refuse")


def _page(name: str) -> Entry:
    plant = Planter("html", name)
    return plant.entry("html", _filled(plant, f"html-{name}").encode(), Same.HTML)


def _filled(plant: Planter, template: str) -> str:
    """Fill in a template; `{embedded photo}` and `{embedded png}` become data links."""
    text = TEMPLATES.joinpath(f"{template}.txt").read_text("utf-8")
    filled = plant.fill(text, template)
    if "{embedded photo}" in filled:
        data = base64.b64encode(photo.photo(plant, "embedded photo ")).decode()
        filled = filled.replace("{embedded photo}", f"data:image/jpeg;base64,{data}")
    if "{embedded png}" in filled:
        data = base64.b64encode(png.screenshot(plant, "embedded PNG ")).decode()
        filled = filled.replace("{embedded png}", f"data:image/png;base64,{data}")
    return filled


def _in_zero_width(word: bytes) -> str:
    """A word as characters that cannot be seen, one for each bit."""
    return "".join(ONE if byte >> bit & 1 else ZERO for byte in word for bit in range(7, -1, -1))


def text_hidden() -> Entry:
    """A name spelled in characters of no width, between the letters of a sentence."""
    plant = Planter("txt", "zero-width")
    lines = []
    for number in range(8):
        secret = _in_zero_width(plant.mark(f"word in line {number}").encode())
        plant.markers[-1] = type(plant.markers[-1])(secret, f"word in line {number}")
        lines.append(f"The bus {plant.keep(f'line {number}')} is{secret} late")
    lines.append("نقترح جدولا ثابتا للحافلات")
    return plant.entry("txt", "\n".join(lines).encode(), Same.TEXT)


def text_ends() -> Entry:
    """A name spelled in spaces and tabs at the ends of lines."""
    plant = Planter("txt", "line-ends")
    lines = []
    for number in range(4):
        word = plant.mark(f"end of line {number}").encode()
        bits = "".join("\t" if byte >> bit & 1 else " " for byte in word for bit in range(8))
        plant.markers[-1] = type(plant.markers[-1])(bits, f"end of line {number}")
        lines.append(f"The bus {plant.keep(f'line {number}')} is late{bits}")
    return plant.entry("txt", "\n".join(lines).encode(), Same.TEXT)


def text_tags() -> Entry:
    """The same in tag characters and in variation selectors, which have letters of their own."""
    plant = Planter("txt", "tags")
    tags = "".join(chr(TAGS + ord(letter)) for letter in plant.mark("tag characters"))
    plant.found(tags, "tag characters, as they are")
    other = plant.mark("variation selectors").encode()
    selectors = "".join(chr(0xE0100 + byte - 16) for byte in other)
    plant.found(selectors, "variation selectors, as they are")
    plant.markers = [m for m in plant.markers if m.place.endswith("as they are")]
    told = f"The bus{tags} is late {plant.keep('text')} 🚌{selectors} today"
    return plant.entry("txt", told.encode(), Same.TEXT)


def text_marks() -> Entry:
    """Direction marks, joiners, soft hyphens and other spaces as a watermark."""
    plant = Planter("txt", "watermark")
    for name, code in (
        ("word joiner", "\u2060\u2063\u2062\u2061"),
        ("directions", "\u202a\u202c\u202d\u202e\u2066\u2069"),
        ("soft hyphens", "\u00ad\u034f\u00ad\u034f"),
        ("byte order marks", "\ufeff\ufeff"),
        ("mongolian", "\u180e\u180e"),
        ("annotations", "\ufff9\ufffa\ufffb"),
        ("deprecated", "\u206a\u206b\u206c"),
    ):
        plant.found(code, name)
    joined = " ".join(f"w{n}{m.needle!s}x" for n, m in enumerate(plant.markers))
    told = f"{plant.keep('first')} {joined} {plant.keep('last')}"
    return plant.entry("txt", told.encode(), Same.TEXT)


def text_wide() -> Entry:
    """UTF-16 with a mark, as Notepad writes."""
    plant = Planter("txt", "utf16")
    secret = _in_zero_width(plant.mark("word").encode())
    plant.markers = [type(plant.markers[0])(secret, "word")]
    told = f"{plant.keep('text')} نقترح جدولا{secret} ثابتا\r\n"
    return plant.entry("txt", told.encode("utf-16"), Same.TEXT)


def table() -> Entry:
    plant = Planter("csv", "table")
    secret = _in_zero_width(plant.mark("cell").encode())
    plant.markers = [type(plant.markers[0])(secret, "cell")]
    rows = [
        "line,minutes,note",
        f"12,7,{plant.keep('note')}{secret}",
        f'"a, b",5,{plant.keep("b")}',
    ]
    return plant.entry("csv", ("\r\n".join(rows) + "\r\n").encode(), Same.TABLE)


def table_excel() -> Entry:
    """With a mark, semicolons and tag characters in a header."""
    plant = Planter("csv", "excel")
    tags = "".join(chr(TAGS + ord(letter)) for letter in "MRKcsv")
    plant.found(tags, "header")
    rows = [f"خط{tags};دقائق", f"12;{plant.keep('cell')}"]
    return plant.entry("csv", b"\xef\xbb\xbf" + "\r\n".join(rows).encode(), Same.TABLE)
