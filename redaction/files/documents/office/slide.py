"""Slides: sound and film that cannot be cleaned go with what plays them."""

import re
from typing import Final

from redaction.files.documents.office.markup import Markup, Shared
from redaction.files.documents.office.parts import Links
from redaction.files.documents.rewriter import DROPPED, Element
from redaction.files.documents.xml import Tag

_PLAYED: Final = ("a:audioFile", "a:videoFile", "a:wavAudioFile", "p:snd", "p:sndTgt")
_OBJECT: Final = "object"
_PICTURE: Final = re.compile("<p:pic>.*?</p:pic>", re.DOTALL)
_SPOKEN: Final = re.compile("<a:t>([^<]*[^<0-9 ‹›#][^<]*)</a:t>")


class SlideMarkup(Markup):
    """A part of a presentation."""

    def __init__(self, links: Links, outer: Links | None, shared: Shared) -> None:
        super().__init__(links, outer, shared)
        self._silenced = False
        self.hooks.update(dict.fromkeys(_PLAYED, self._media))
        self.hooks["p:sndAc"] = self._sound
        self.hooks["p:cSld"] = self._slide
        self.hooks["p:timing"] = self._timing
        self.hooks["p:oleObj"] = lambda tag: Element(tag.name)

    def finish(self) -> None:
        """Tell of notes that are not on the slide."""
        if self.root == "p:notes" and _SPOKEN.search("".join(self.pieces)):
            self.warnings.add("hidden-content")

    def _media(self, tag: Tag) -> Element:
        element = self.needy(tag)
        if element is DROPPED:
            self._silenced = True
        return element

    def _slide(self, tag: Tag) -> Element:
        """Slides have no names; their titles are what people see."""
        return self.copied(tag, {})

    def graphic(self, tag: Tag) -> Element:
        """An object of another program stays as the picture that is seen of it."""
        frame = next((one for one in reversed(self.open) if one.name == "p:graphicFrame"), None)
        if frame is None or not tag.attributes.get("uri", "").endswith("/ole"):
            return super().graphic(tag)
        frame.state = _OBJECT
        self.removed.add("attachment")
        self.warnings.add("files-dropped")
        return Element(tag.name)

    def frame(self, tag: Tag) -> Element:
        """Copy a frame that may be taken back, or become a picture."""
        return self.copied(tag, leave=self._frame_end)

    def _frame_end(self, element: Element) -> bool:
        if element.state != _OBJECT:
            return self.unless_doomed(element)
        picture = _PICTURE.search("".join(self.pieces[element.start :]))
        self.take_back(element.start)
        self.pieces.append(picture[0] if picture else "")
        element.closing = ""
        return True

    def _sound(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self.filled)

    def _timing(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._timing_end)

    def _timing_end(self, _: Element) -> bool:
        return not self._silenced
