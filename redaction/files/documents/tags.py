"""Read pages as browsers do (HTML, "Tokenization"), but in time that grows with the page only.

Where a browser would throw the rest of a page away, because a tag or a quoted value never
ends, the page is refused instead.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.files.errors import UnreadableFileError

_SPACE: Final = " \t\n\f"
_NAME: Final = re.compile(rf"[A-Za-z][^{_SPACE}/>]*+")
_ATTRIBUTE: Final = re.compile(
    rf"[{_SPACE}/]*+(?:([^{_SPACE}/>][^{_SPACE}/>=]*+)"
    rf"(?>[{_SPACE}]*+=[{_SPACE}]*+(?:\"([^\"]*+)\"|'([^']*+)'|(?![\"'])([^{_SPACE}>]*+)))?+)?"
)
_REFERENCE: Final = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Elements whose contents are text up to their own end tag.
_RAW: Final = {
    name: re.compile(f"</{name}(?=[{_SPACE}/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp")
}
_DECODED: Final = ("textarea", "title")


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags, decoded."""

    text: str


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag; names are in lower case, `closed` says that it ends with "/>"."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    closed: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


@dataclass(frozen=True, slots=True)
class Aside:
    """A comment, or an instruction or declaration, which begins with "?" or "!"."""

    text: str


Token = Text | Start | End | Aside


def tokens(page: str, xml: bool = False) -> Iterator[Token]:
    """Yield what stands in *page*, in order; raise `UnreadableFileError`.

    With *xml*, CDATA sections are text.
    """
    at = 0
    while at < len(page):
        sign = page.find("<", at)
        if sign < 0:
            yield Text(html.unescape(page[at:]))
            return
        if sign > at:
            yield Text(html.unescape(page[at:sign]))
        token, at = _token(page, sign, xml)
        yield token
        if isinstance(token, Start) and token.name in _RAW and not (xml and token.closed):
            end = _RAW[token.name].search(page, at)
            stop = end.start() if end else len(page)
            raw = page[at:stop]
            if raw:
                yield Text(html.unescape(raw) if token.name in _DECODED else raw)
            at = stop


def _token(page: str, at: int, xml: bool) -> tuple[Token, int]:
    """Return what begins with the "<" at *at*, and where the next thing begins."""
    after = page[at + 1 : at + 2]
    if after.isascii() and after.isalpha():
        return _start(page, at + 1)
    if after == "/":
        name = _NAME.match(page, at + 2)
        end = _past(page, ">", at)
        return (End(name[0].lower()) if name else Aside("")), end
    if page.startswith("<!--", at):
        # "<!-->" and "<!--->" are whole comments.
        end = _past(page, "-->", at + 2)
        return Aside(""), end
    if xml and page.startswith("<![CDATA[", at):
        end = _past(page, "]]>", at)
        return Text(page[at + 9 : end - 3]), end
    if after in ("!", "?"):
        end = _past(page, ">", at)
        return Aside(page[at + 1 : end - 1]), end
    return Text("<"), at + 1


def _start(page: str, at: int) -> tuple[Token, int]:
    name = _NAME.match(page, at)
    if name is None:
        raise UnreadableFileError("page-malformed")
    attributes: dict[str, str] = {}
    at = name.end()
    while (found := _ATTRIBUTE.match(page, at)) and found[1]:
        value = found[2] or found[3] or found[4] or ""
        attributes.setdefault(found[1].lower(), _decoded(value))
        at = found.end()
    end = found.end() if found else at
    if page[end : end + 1] != ">":
        raise UnreadableFileError("page-malformed")
    return Start(name[0].lower(), attributes, page[end - 1] == "/"), end + 1


def _decoded(value: str) -> str:
    """Return a value with its references decoded; those without ";" are parts of links."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), value)


def _past(page: str, sign: str, at: int) -> int:
    end = page.find(sign, at)
    if end < 0:
        raise UnreadableFileError("page-malformed")
    return end + len(sign)
