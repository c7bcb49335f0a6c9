"""What all parts of Office files have in common beside their vocabulary.

References to other parts and to addresses, alternative texts and names of drawings,
alternatives for older programs, extensions.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from redaction.files.documents.office.parts import RULES, VOCABULARY, Links
from redaction.files.documents.rewriter import DROPPED, Element, Rewriter
from redaction.files.documents.xml import Tag

# An element goes when the attribute that it is there for went.
_NEEDS: Final[dict[str, str]] = {
    name: attribute for attribute, names in RULES["needs"].items() for name in names.split()
}
_DESCRIPTIONS: Final = ("alt", "descr", "title", "tooltip", "w:tooltip")
_REFERENCES: Final[tuple[str, ...]] = tuple(RULES["references"].split())
_NAMED: Final[tuple[str, ...]] = tuple(RULES["named"].split())
_THEME_NAMES: Final[tuple[str, ...]] = tuple(RULES["theme_names"].split())
_SHAPES: Final[tuple[str, ...]] = tuple(RULES["shapes"].split())
_RANDOM: Final[tuple[str, ...]] = tuple(RULES["random"].split())
_FRAMES: Final[tuple[str, ...]] = tuple(RULES["frames"].split())
_GRAPHICS: Final = frozenset(RULES["graphics"])
_EXTENSIONS: Final = frozenset(RULES["extensions"])
_ACTIONS: Final = re.compile(RULES["actions"])
_FILE_NAME: Final = re.compile(RULES["file_names"], re.IGNORECASE)
_TRUE: Final = frozenset({"1", "true", "on"})
_NUMBER: Final = re.compile("[0-9]{1,10}")
_PRESET_ID: Final = re.compile("_x0000_[a-z][0-9]{1,8}")
_GUID: Final = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_NO_GUID: Final = "00000000-0000-0000-0000-"
DOOMED: Final = "doomed"


@dataclass
class Shared:
    """What the parts of one file tell each other.

    `ids` are the numbers that took the place of random ones, `notes` the foot- and endnotes
    that the text refers to.
    """

    ids: dict[str, str] = field(default_factory=dict)
    notes: set[tuple[str, str]] = field(default_factory=set)


class Markup(Rewriter):
    """One part.

    *outer* are the relationships of the part that refers to it, *shared* is what all parts
    of the file know.
    """

    def __init__(self, links: Links, outer: Links | None, shared: Shared) -> None:
        super().__init__(VOCABULARY)
        self.links = links
        self.outer = outer
        self.shared = shared
        self._shape_ids: dict[str, str] = {}
        self.values.update(dict.fromkeys(_REFERENCES, self._reference))
        self.values.update(dict.fromkeys(_DESCRIPTIONS, self.described))
        self.values["show"] = self._shown
        self.values.update(dict.fromkeys(_RANDOM, self._counted))
        self.hooks.update(dict.fromkeys(_NEEDS, self.needy))
        self.hooks.update(dict.fromkeys(_NAMED, self._drawing))
        self.hooks.update(dict.fromkeys(_THEME_NAMES, self._theme))
        self.hooks.update(dict.fromkeys(_SHAPES, self._shape))
        self.hooks.update(dict.fromkeys(_FRAMES, self.frame))
        self.hooks.update(dict.fromkeys(("a:hlinkClick", "a:hlinkHover"), self._click))
        self.hooks.update(dict.fromkeys(("dgm:extLst", "p:extLst"), self._extensions))
        self.hooks.update(dict.fromkeys(("a:ext", "p:ext"), self._extension))
        self.hooks["mc:AlternateContent"] = self._alternatives
        self.hooks["mc:Choice"] = self._choice
        self.hooks["mc:Fallback"] = self._fallback
        self.hooks["a:graphicData"] = self.graphic
        self.hooks["c:chart"] = self._chart
        self.hooks["dgm:relIds"] = self._diagram
        self.hooks["dsp:dataModelExt"] = self._diagram_drawing
        self.hooks["a:fld"] = self._field
        self.hooks["c:f"] = self._chart_formula

    def doom(self, *names: str) -> None:
        """Have the innermost open element of the first of these names taken back at its end."""
        for name in names:
            for element in reversed(self.open):
                if element.name == name:
                    element.state = DOOMED
                    return

    def doom_frame(self) -> None:
        """Have the alternative or the drawing taken back that is being written."""
        self.doom("mc:Choice", *_FRAMES)

    def unless_doomed(self, element: Element) -> bool:
        """Keep an element at its end unless `doom` was called."""
        return element.state != DOOMED

    def filled(self, element: Element) -> bool:
        """Keep an element at its end only if something is in it."""
        return any(self.pieces[element.start + 1 :])

    def described(self, value: str) -> str | None:
        """Return an alternative text, or None for one that is a file's name or an address."""
        if not _FILE_NAME.search(value):
            return value
        self.removed.add("file-name")
        return None

    def _reference(self, value: str) -> str | None:
        return self.links.new_id(value) if value else value

    def _counted(self, value: str) -> str:
        """Return a number of ours for a random one."""
        if not _GUID.fullmatch(value):
            return value
        ids = self.shared.ids
        return ids.setdefault(value, f"{{{_NO_GUID}{len(ids) + 1:012X}}}")

    def _shown(self, value: str) -> str:
        if value in ("0", "false"):
            self.warnings.add("hidden-content")
        return value

    def hides(self, tag: Tag) -> None:
        """Warn of an element that is not shown."""
        if tag.attributes.get("hidden") in _TRUE:
            self.warnings.add("hidden-content")

    def needy(self, tag: Tag) -> Element:
        """Copy an element if the reference it is there for stays."""
        kept = self.kept(tag)
        return self.copied(tag, kept) if kept.get(_NEEDS[tag.name]) else DROPPED

    def _drawing(self, tag: Tag) -> Element:
        self.hides(tag)
        kept = self.kept(tag)
        if "name" in kept:
            self.described(kept["name"])
            number = kept.get("id", "")
            kept["name"] = f"Object {number if _NUMBER.fullmatch(number) else 0}"
        return self.copied(tag, kept)

    def root_attributes(self, tag: Tag) -> dict[str, str]:
        """Return the attributes of the root that may stay; themes lose their names."""
        kept = self.kept(tag)
        if tag.name == "a:theme":
            kept["name"] = "Office"
        return kept

    def _theme(self, tag: Tag) -> Element:
        return self.copied(tag, self.kept(tag) | {"name": "Office"})

    def _shape(self, tag: Tag) -> Element:
        """Give the shapes of old drawings numbers instead of names."""
        kept = self.kept(tag)
        if "id" in kept:
            kept["id"] = self._shape_id(kept["id"])
        if kept.get("type", "").startswith("#"):
            kept["type"] = "#" + self._shape_id(kept["type"][1:])
        return self.copied(tag, kept)

    def _shape_id(self, id_: str) -> str:
        if _PRESET_ID.fullmatch(id_):
            return id_
        return self._shape_ids.setdefault(id_, f"_x0000_s{len(self._shape_ids) + 1}")

    def frame(self, tag: Tag) -> Element:
        """Copy an element that `doom` may take back."""
        return self.copied(tag, leave=self.unless_doomed)

    def _click(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        action = kept.get("action", "")
        if action and not _ACTIONS.fullmatch(action):
            self.removed.add("script")
            return DROPPED
        if "r:id" not in kept or not (action or kept["r:id"]):
            return DROPPED
        return self.copied(tag, kept)

    def _extensions(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self.filled)

    def _extension(self, tag: Tag) -> Element:
        uri = tag.attributes.get("uri")
        if uri is None:
            return self.copied(tag)
        return self.copied(tag, leave=self.filled) if uri in _EXTENSIONS else self.dropped(tag)

    def _alternatives(self, tag: Tag) -> Element:
        return Element(tag.name, leave=self._alternatives_end)

    def _alternatives_end(self, element: Element) -> bool:
        if element.state:
            self.pieces.append("</mc:AlternateContent>")
        return True

    def _choice(self, tag: Tag) -> Element:
        """Keep a choice whose namespaces we know, and write the beginning if it is the first."""
        around = self.open[-1]
        required = [self.meaning(prefix) for prefix in tag.attributes.get("Requires", "").split()]
        if around.name != "mc:AlternateContent" or not required:
            return self.dropped(tag)
        if not VOCABULARY.ignorable.issuperset(required):
            return self.dropped(tag)
        if not around.state:
            self.pieces.append("<mc:AlternateContent>")
            self.used.add("mc")
        around.state = "chosen"
        return self.copied(tag, {"Requires": " ".join(required)}, leave=self._choice_end)

    def _choice_end(self, element: Element) -> bool:
        """Take a doomed choice back, and the beginning with it if it was the first."""
        if element.state != DOOMED:
            return True
        if self.pieces[element.start - 1] == "<mc:AlternateContent>":
            self.pieces[element.start - 1] = ""
            self.open[-1].state = ""
        return False

    def _fallback(self, tag: Tag) -> Element:
        around = self.open[-1]
        if around.name != "mc:AlternateContent":
            return self.dropped(tag)
        return self.copied(tag, {}) if around.state else self.unwrapped(tag)

    def graphic(self, tag: Tag) -> Element:
        """Keep what a drawing shows if it is one of the kinds we know."""
        uri = tag.attributes.get("uri", "")
        if uri in _GRAPHICS:
            return self.copied(tag)
        self.doom_frame()
        self.removed.add("attachment")
        self.warnings.add("files-dropped")
        return DROPPED

    def _chart(self, tag: Tag) -> Element:
        """Two elements share the name: a chart, and the reference to one."""
        if "r:id" not in tag.attributes:
            return self.copied(tag)
        kept = self.kept(tag)
        return self.copied(tag, kept) if "r:id" in kept else self._without_graphic()

    def _diagram(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        if all(kept.get(name) for name in ("r:dm", "r:lo", "r:qs", "r:cs")):
            return self.copied(tag, kept)
        return self._without_graphic()

    def _without_graphic(self) -> Element:
        self.doom_frame()
        return DROPPED

    def _diagram_drawing(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        id_ = self.outer.new_id(kept.get("relId", "")) if self.outer else None
        return DROPPED if id_ is None else self.copied(tag, kept | {"relId": id_})

    def _field(self, tag: Tag) -> Element:
        """Fields in drawings need a number of their own, which may be the same for all."""
        return self.copied(tag, self.kept(tag) | {"id": f"{{{_NO_GUID}{0:012X}}}"})

    def _chart_formula(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._chart_formula_end, collects=True)

    def _chart_formula_end(self, element: Element) -> bool:
        """Where the numbers of a chart come from: a place in another file is not told."""
        place = element.text
        if "[" in place or _FILE_NAME.search(place):
            self.removed.add("file-name")
            place = "#REF!"
        self.write_text(place)
        return True
