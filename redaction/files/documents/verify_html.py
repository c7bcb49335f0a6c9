"""Read a cleaned page a second time, as the one spelling in which pages are written here."""

import re
from typing import Final

from redaction.files.documents.verify_plain import verify_text
from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("page-malformed")

_FRAME: Final = re.compile(
    r'<!DOCTYPE html>\n<html(?: lang="[a-z]{2,3}")?(?: dir="(?:ltr|rtl|auto)")?>'
    r'<head><meta charset="utf-8"><title>Page</title></head><body>(.*)</body></html>\n',
    re.DOTALL,
)
_ATTRIBUTE: Final = r' [a-z]+="[^"<>]*"'
_PIECE: Final = re.compile(
    rf"<(?P<start>[a-z][a-z0-9]*)(?P<attributes>(?:{_ATTRIBUTE})*)>|</(?P<end>[a-z][a-z0-9]*)>"
    r"|(?P<text>[^<>]+)"
)
_PAIR: Final = re.compile(r' ([a-z]+)="([^"<>]*)"')
_AMPERSAND: Final = re.compile("&(?!amp;|lt;|gt;|quot;)")
_VOID: Final = ("br", "col", "hr", "img", "wbr")
_NEVER: Final = re.compile(
    "script|style|iframe|frame|object|embed|form|input|meta|link|base|svg|math|template|video"
    "|audio|title|head|body|html|noscript|textarea|select|button|image"
)
_PLAIN: Final = re.compile("(?:[A-Za-z0-9 %:;-]|, ?)*")
_VALUES: Final = {
    "href": re.compile("(?:https?://|mailto:)[^ \t\n]+"),
    "src": re.compile("data:image/[a-z+-]{3,12};base64,[A-Za-z0-9+/]+={0,2}"),
    "alt": re.compile(""),
    "rel": re.compile("noreferrer"),
    "style": re.compile("(?!.*url)[a-z-]+:[^:;<>&@\\\\]+(?:;[a-z-]+:[^:;<>&@\\\\]+)*"),
}


def verify_html(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    frame = _FRAME.fullmatch(written.decode())
    _demand(frame)
    body = frame[1] if frame else ""
    at, open_ = 0, list[str]()
    while at < len(body):
        piece = _PIECE.match(body, at)
        if piece is None:
            raise UnreadableFileError("page-malformed")
        at = piece.end()
        _demand(not _AMPERSAND.search(piece[0]))
        if piece["text"]:
            verify_text(piece["text"])
        elif piece["end"]:
            _demand(open_ and open_.pop() == piece["end"])
        else:
            _start(piece["start"], piece["attributes"])
            open_ += [] if piece["start"] in _VOID else [piece["start"]]
    _demand(not open_)


def _start(name: str, attributes: str) -> None:
    _demand(not _NEVER.fullmatch(name))
    for key, value in _PAIR.findall(attributes):
        _demand(not key.startswith("on") and key not in ("id", "class", "name", "title"))
        _demand(_VALUES.get(key, _PLAIN).fullmatch(value) and (key != "src" or name == "img"))
