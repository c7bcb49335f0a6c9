"""Tell a file's type by its first bytes; its name only chooses between kinds of plain text."""

import re
from codecs import getincrementaldecoder
from pathlib import PurePosixPath
from typing import Final

from redaction.files.policy import MARKUP, PLAIN_TEXTS, TYPES

SNIFF_BYTES: Final = 4096
UNKNOWN: Final = "application/octet-stream"
PLAIN: Final = "text/plain"
PDF: Final = "application/pdf"
# Readers of PDF look for its beginning in the first kilobyte.
_LATE_PDF: Final = re.compile(rb"\A[^\x00]{0,1000}[\r\n]%PDF-[12]\.[0-9][\r\n]", re.DOTALL)
_MARKUP: Final = tuple((media, re.compile(pattern)) for media, pattern in MARKUP)
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
# Looked up now: a sandboxed job can load no codec any more.
_UTF_8: Final = getincrementaldecoder("utf-8")
_UTF_16: Final = {
    b"\xff\xfe": getincrementaldecoder("utf-16-le"),
    b"\xfe\xff": getincrementaldecoder("utf-16-be"),
}


def sniff(untrusted: bytes, declared_name: str = "") -> str:
    """Return a media type; `SNIFF_BYTES` of a file are enough, more are not looked at."""
    first = untrusted[:SNIFF_BYTES]
    for known in TYPES:
        if known.magic and all(first.startswith(magic, at) for at, magic in known.magic):
            return known.media
    return PDF if _LATE_PDF.search(first) else _text(first, declared_name)


def extension_of(name: str) -> str:
    """Return the extension of *name* in lower case, without its dot."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def neutral_name(index: int, media: str) -> str:
    """Return the name a file gets instead of its own: `file-1.jpg`."""
    extensions = {known.media: known.extension for known in reversed(TYPES)}
    return f"file-{index}.{extensions.get(media, 'bin')}"


def _text(first: bytes, declared_name: str) -> str:
    """Return the kind of text, or `UNKNOWN` for what is none."""
    try:
        text = _UTF_16.get(first[:2], _UTF_8)().decode(first)
    except UnicodeDecodeError:
        return UNKNOWN
    if any(ord(char) in _CONTROLS for char in text):
        return UNKNOWN
    for media, pattern in _MARKUP:
        if pattern.match(text.removeprefix("\ufeff")):
            return media
    return PLAIN_TEXTS.get(extension_of(declared_name), PLAIN)
