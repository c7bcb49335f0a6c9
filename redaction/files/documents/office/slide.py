"""Slides: sound and film that cannot be cleaned go with what plays them."""

import re
from typing import Final

from redaction.files.documents.office.markup import Markup
from redaction.files.documents.office.parts import Links
from redaction.files.documents.rewriter import DROPPED, Element
from redaction.files.documents.xml import Tag

_PLAYED: Final = ("a:audioFile", "a:videoFile", "a:wavAudioFile", "p:snd", "p:sndTgt")
_SPOKEN: Final = re.compile("<a:t>([^<]*[^<0-9 ‹›#][^<]*)</a:t>")


class SlideMarkup(Markup):
    """A part of a presentation."""

    def __init__(self, links: Links, outer: Links | None = None) -> None:
        super().__init__(links, outer)
        self._silenced = False
        self.hooks.update(dict.fromkeys(_PLAYED, self._media))
        self.hooks["p:sndAc"] = self._sound
        self.hooks["p:cSld"] = self._slide
        self.hooks["p:timing"] = self._timing

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

    def _sound(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self.filled)

    def _timing(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._timing_end)

    def _timing_end(self, _: Element) -> bool:
        return not self._silenced
