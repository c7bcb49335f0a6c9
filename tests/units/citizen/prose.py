"""What a page says, as sentences: for whoever wants to know how well it reads."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}
BLOCKS = {
    *("p", "li", "h1", "h2", "h3", "dt", "dd", "label", "legend", "summary", "button"),
    *("td", "th", "caption", "option", "section", "div", "blockquote"),
}
# Names, codes and numbers are no prose, and neither is what speaks another language.
_NOT_PROSE = {"head", "nav", "header", "footer", "aside", "template", "script", "style", "pre"}
_NOT_PROSE |= {"bdi", "svg"}


class Prose(HTMLParser):
    """The sentences of a page, a block at a time; `lines` end with a full stop or a question."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[tuple[str, bool]] = []
        self._text: list[str] = []
        self.feed(html)
        self.close()

    @property
    def lines(self) -> list[str]:
        found = (re.sub(r"\s+", " ", line).strip() for line in "".join(self._text).split("\f"))
        return [line if line[-1] in ".؟!:" else f"{line}." for line in found if line]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        is_left_out = tag in _NOT_PROSE or (dict(attrs).get("lang") == "en" and tag != "html")
        self._open.append((tag, is_left_out or bool(self._open and self._open[-1][1])))
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self._text.append(data)

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self._text.append("\f")
