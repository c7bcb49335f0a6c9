"""Styles of pages and drawings, copied declaration by declaration.

A declaration stays if its property is on the caller's list and its value is made of numbers,
colours, the keywords of `css.json` and the functions named here; names of fonts are free, and
`url()` stays only where it leads to a part of the same file. Rules behind "@" go: they load
files or ask about the screen. Names of classes and parts are replaced by numbers, those that
nobody uses go.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Final

_KEYWORDS: Final = frozenset(
    word
    for words in json.loads(files(__package__).joinpath("css.json").read_text("utf-8")).values()
    for word in words.split()
)
_SPACE: Final = " \t\n"
_SIGN: Final = re.compile("[{};]")
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LOCAL: Final = r"""url\([ \t\n]*+(?:"\#([^"()]++)"|'\#([^'()]++)'|\#([^"'() \t\n]++))[ \t\n]*+\)"""
LOCAL_URL: Final = re.compile(_LOCAL)
_FUNCTIONS: Final = (
    "rgba?|hsla?|calc|min|max|translate[XY]?|rotate|scale[XY]?|skew[XY]?|matrix|blur|brightness"
    "|contrast|drop-shadow|grayscale|hue-rotate|invert|opacity|saturate|sepia|cubic-bezier"
)
_TOKEN: Final = re.compile(
    rf"""{_LOCAL}
    |([ \t\n]++)
    |[-+]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?(?:%|[A-Za-z]{{1,4}}+)?
    |\#[0-9A-Fa-f]{{3,8}}(?![0-9A-Za-z])
    |(?i:{_FUNCTIONS})\(
    |(-?[A-Za-z][A-Za-z0-9-]{{0,40}})(?!\()
    |("[^"\\<>&@(){{}};:/]{{0,60}}"|'[^'\\<>&@(){{}};:/]{{0,60}}')
    |[,/*+()-]|![ ]*important
    """,
    re.VERBOSE,
)
_DECLARATION: Final = re.compile(
    r"""((?>[^;"'(]|"[^"]*"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\))++);?"""
)
_COMPOUND: Final = re.compile(
    r"(?:\*|[A-Za-z][A-Za-z0-9]{0,20})?((?:[.#][\w-]{1,200})*)"
    r"(?:::?(?:first|last|only)-child|::?first-(?:line|letter)|:link|:visited|:hover)?"
)
_COMBINATOR: Final = re.compile(r"[ \t\n]*[>+~][ \t\n]*|[ \t\n]+")
_NAME: Final = re.compile(r"([.#])([\w-]+)")


class Styles:
    """Copies styles with new names: {old: new} for classes and for parts.

    `lost` tells whether anything did not come through, `hides` whether anything that came
    through hides what it is put on.
    """

    def __init__(
        self, properties: frozenset[str], classes: Mapping[str, str], parts: Mapping[str, str]
    ) -> None:
        self._properties = properties
        self._classes = classes
        self._parts = parts
        self.lost = False
        self.hides = False

    def sheet(self, untrusted: str) -> str:
        """Return the rules that may stay, one behind the other."""
        kept = []
        self.lost |= bool(_COMMENT.search(untrusted))
        for prelude, body in rules(untrusted):
            selector = self._selector(prelude)
            declarations = self.declarations(body) if selector else ""
            if declarations:
                kept.append(f"{selector}{{{declarations}}}")
            else:
                self.lost = True
        return "".join(kept)

    def declarations(self, untrusted: str) -> str:
        """Return what may stay of the contents of a `style` attribute."""
        kept = []
        for match in _DECLARATION.finditer(_COMMENT.sub("", untrusted)):
            name, colon, value = match[1].partition(":")
            name = name.strip().lower()
            if not name and not colon:
                continue
            clean = self.value(name, value.strip()) if name in self._properties else None
            if clean is None:
                self.lost = True
            else:
                kept.append(f"{name}:{clean}")
        return ";".join(kept)

    def value(self, name: str, untrusted: str) -> str | None:
        """Return a value in one spelling, or None if it may not stay."""
        kept, at, open_ = [], 0, 0
        while at < len(untrusted):
            token = _TOKEN.match(untrusted, at)
            if token is None:
                return None
            part = token[1] or token[2] or token[3]
            free = name in ("font", "font-family")
            if (part and part not in self._parts) or (token[6] and not free):
                return None
            if token[5] and not free and token[5].lower() not in _KEYWORDS:
                return None
            kept.append(f"url(#{self._parts[part]})" if part else " " if token[4] else token[0])
            open_ += token[0].endswith("(") - (token[0] == ")")
            if open_ < 0:
                return None
            at = token.end()
        clean = "".join(kept).strip()
        if open_ or not clean:
            return None
        self.hides |= hides(name, clean)
        return clean

    def _selector(self, untrusted: str) -> str | None:
        """Return a list of selectors with new names; None if one is not understood."""
        selectors = [self._complex(one.strip(_SPACE)) for one in untrusted.split(",")]
        return None if None in selectors else ",".join(one or "" for one in selectors)

    def _complex(self, untrusted: str) -> str | None:
        kept, at = [], 0
        while True:
            compound = _COMPOUND.match(untrusted, at)
            if not compound or compound.end() == at:
                return None
            for sign, name in _NAME.findall(compound[1]):
                if name not in (self._classes if sign == "." else self._parts):
                    return None
            kept.append(_NAME.sub(self._renamed, compound[0]))
            if compound.end() == len(untrusted):
                return "".join(kept)
            combinator = _COMBINATOR.match(untrusted, compound.end())
            if not combinator:
                return None
            kept.append(combinator[0].strip(_SPACE) or " ")
            at = combinator.end()

    def _renamed(self, match: re.Match[str]) -> str:
        names = self._classes if match[1] == "." else self._parts
        return match[1] + names[match[2]]


def rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and inside the braces of every rule; rules with "@" as ("", "")."""
    text = _COMMENT.sub("", sheet).replace("<!--", "").replace("-->", "")
    start = inner = depth = 0
    for match in _SIGN.finditer(text):
        if match[0] == "{":
            inner = inner if depth else match.end()
            depth += 1
        elif depth:
            depth -= match[0] == "}"
        if not depth:
            prelude = text[start : inner - 1].strip(_SPACE) if inner > start else "@"
            yield ("", "") if prelude.startswith("@") else (prelude, text[inner : match.start()])
            start = match.end()


def names(sheet: str) -> tuple[list[str], set[str]]:
    """Return the classes, in their order, and the parts that *sheet* names."""
    classes: dict[str, None] = {}
    parts = {next(filter(None, found)) for found in LOCAL_URL.findall(sheet)}
    for prelude, _ in rules(sheet):
        for sign, name in _NAME.findall(prelude):
            if sign == ".":
                classes[name] = None
            else:
                parts.add(name)
    return list(classes), parts


def hides(name: str, value: str) -> bool:
    """Tell whether a declaration keeps what it is put on from being seen."""
    return (name, value.removesuffix("!important").strip().lower()) in _HIDING


_HIDING: Final = {
    *(("display", "none"), ("visibility", "hidden"), ("visibility", "collapse")),
    *(("opacity", "0"), ("font-size", "0"), ("font-size", "0px")),
}
