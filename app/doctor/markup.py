"""What a page loads and runs, read as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

_LOADED: Final = frozenset(
    {
        *("action", "background", "data", "formaction", "poster", "src", "srcset", "ping"),
    }
)
_NOT_LOADED_LINKS: Final = frozenset({"alternate", "author", "canonical", "help", "license"})


@dataclass(frozen=True)
class Script:
    src: str
    integrity: str


@dataclass
class Page:
    """`loads` are addresses that the browser asks by itself or sends forms to; `inline` is code
    and style that stands in the page."""

    loads: list[str] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)


@lru_cache(maxsize=512)
def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.page.loads += [values[name] for name in sorted(_LOADED & values.keys())]
        self.page.inline += [
            f"<{tag} {name}>" for name in values if name.startswith("on") or name == "style"
        ]
        if tag == "link" and not _NOT_LOADED_LINKS & set(values.get("rel", "").lower().split()):
            self.page.loads.append(values.get("href", ""))
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.page.loads.append(values.get("content", "").partition("=")[2].strip("'\" "))
        if tag == "style" or (tag == "script" and "src" not in values and _is_code(values)):
            self.page.inline.append(f"<{tag}>")
        if tag == "script" and "src" in values:
            self.page.scripts.append(Script(values["src"], values.get("integrity", "")))


def _is_code(attributes: dict[str, str]) -> bool:
    return "json" not in attributes.get("type", "")
