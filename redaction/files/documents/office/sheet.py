"""Tables: formulas lose what leads out of the file, what is hidden is told."""

import re
from collections.abc import Iterable
from itertools import count
from typing import Final

from redaction.files.documents.office.markup import Markup, Shared
from redaction.files.documents.office.parts import RULES, Links
from redaction.files.documents.rewriter import DROPPED, Element
from redaction.files.documents.xml import Tag
from redaction.files.links import clean_link

_FORMULAS: Final = ("x:calculatedColumnFormula", "x:totalsRowFormula")
_CONDITIONS: Final = {
    "x:formula": "x:cfRule",
    "x:formula1": "x:dataValidation",
    "x:formula2": "x:dataValidation",
}
# What goes when nothing is left in it, and carries no count that could be wrong.
_LISTS: Final = (
    "x:definedNames",
    "x:dataValidations",
    "x:conditionalFormatting",
    "x:hyperlinks",
    "x:tableParts",
)
_STRING: Final = re.compile('"((?:[^"]|"")*)"')
_FILE: Final = re.compile(
    r"(?<![A-Za-z0-9_.\]])\[[0-9]+\]|\[[^\[\]]*\.(?:xl[a-z]{1,2}|csv|ods|txt|html?)\]|\\|\||file:",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"[a-z]:\\|^\\\\[a-z0-9]|^file:", re.IGNORECASE)
_CALLS: Final = re.compile(
    rf"(?:{re.escape(RULES['formulas']).replace(chr(92) + ' ', '|')})\(", re.IGNORECASE
)
_WEB: Final = re.compile("https?:", re.IGNORECASE)


_USED: Final = re.compile('<c [^>]*t="s"[^>]*>(?:<f[^>]*(?:/>|>[^<]*</f>))?<v>([0-9]{1,9})</v>')
_STRING_ITEM: Final = re.compile("<si>.*?</si>|<si/>", re.DOTALL)
_NO_STRING: Final = "<si><t></t></si>"


class SheetMarkup(Markup):
    """A part of a table document."""

    def __init__(self, links: Links, outer: Links | None, shared: Shared) -> None:
        super().__init__(links, outer, shared)
        self._lost_formulas: set[str] = set()
        self.hooks.update(dict.fromkeys(_FORMULAS, self._formula))
        self.hooks.update(dict.fromkeys(_CONDITIONS, self._formula))
        self.hooks.update(dict.fromkeys(("x:cfRule", "x:dataValidation"), self.frame))
        self.hooks.update(dict.fromkeys(_LISTS, self._list))
        self.hooks["x:row"] = self._row
        self.hooks["x:col"] = self._column
        self.hooks["x:f"] = self._cell_formula
        self.hooks["x:definedName"] = self._defined_name
        self.hooks["x:sheet"] = self._sheet
        self.hooks["x:hyperlink"] = self._hyperlink

    def _column(self, tag: Tag) -> Element:
        self.hides(tag)
        return self.copied(tag)

    def _row(self, tag: Tag) -> Element:
        self.hides(tag)
        return self.copied(tag, leave=self._row_end)

    def _row_end(self, element: Element) -> bool:
        """Keep a finished row as one piece: large tables have millions of small ones."""
        self.pieces[element.start :] = ["".join(self.pieces[element.start :])]
        return True

    def _sheet(self, tag: Tag) -> Element:
        if tag.attributes.get("state", "visible") != "visible":
            self.warnings.add("hidden-content")
        return self.needy(tag)

    def _list(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        kept.pop("count", None)
        return self.copied(tag, kept, leave=self.filled)

    def _hyperlink(self, tag: Tag) -> Element:
        """Keep a link to an address or to a place in this file."""
        kept = self.kept(tag)
        lost = "r:id" in tag.attributes and "r:id" not in kept
        if lost or not (kept.keys() & {"r:id", "location"}) or "[" in kept.get("location", ""):
            return DROPPED
        return self.copied(tag, kept)

    def _defined_name(self, tag: Tag) -> Element:
        """Excel hides names of its own, which begin like this."""
        if not tag.attributes.get("name", "").startswith("_xlnm."):
            self.hides(tag)
        return self._formula(tag)

    def _cell_formula(self, tag: Tag) -> Element:
        """The followers of a shared formula go with it; their values stay."""
        if tag.attributes.get("si") in self._lost_formulas:
            return DROPPED
        element = self.copied(tag, leave=self._formula_end, collects=True)
        element.state = tag.attributes.get("si", "")
        return element

    def _formula(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._formula_end, collects=True)

    def _formula_end(self, element: Element) -> bool:
        formula = self._judged(element.text)
        if formula is None:
            if element.state:
                self._lost_formulas.add(element.state)
            if element.name in _CONDITIONS:
                self.doom(_CONDITIONS[element.name])
            return False
        self.write_text(formula)
        return True

    def _judged(self, formula: str) -> str | None:
        """Return a formula as it may stay, or None if it reaches out of this file."""
        bare = _STRING.sub('""', formula)
        if _FILE.search(bare) or any(_PATH.search(text) for text in _STRING.findall(formula)):
            self.removed.add("file-name")
            return None
        if _CALLS.search(bare):
            self.removed.add("link")
            return None
        addresses = [text for text in _STRING.findall(formula) if _WEB.match(text)]
        cleaned = {address: clean_link(address) for address in addresses}
        if None in cleaned.values():
            self.removed.add("link")
            return None
        for address, link in cleaned.items():
            self.removed |= {"link"} if link != address else set()
            formula = formula.replace(f'"{address}"', f'"{link}"')
        return formula


def used_strings(sheets: Iterable[str]) -> set[int]:
    """Return the numbers of the shared strings that cells show."""
    return {int(match[1]) for sheet in sheets for match in _USED.finditer(sheet)}


def without_unused(strings: str, used: set[int]) -> str:
    """Return the shared strings with those emptied that no cell shows any more."""
    numbers = count()
    return _STRING_ITEM.sub(
        lambda match: match[0] if next(numbers) in used else _NO_STRING, strings
    )
