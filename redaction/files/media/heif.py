"""HEIC and AVIF, cleaned where they stand (ISO/IEC 23008-12, AVIF 1.1).

The picture that is shown stays, with what it is made of: tiles, transparency, the map that
brightens it. Every other item, such as Exif, XMP, thumbnails, depth and masks, loses its
bytes and its type, so that no decoder looks for it.
"""

from collections.abc import Iterable
from itertools import chain
from typing import ClassVar

from redaction.files.media.heif_still import Still
from redaction.files.media.isobmff import IsobmffCleaner
from redaction.files.media.isobmff_boxes import TABLES, Box, Boxes, as_is
from redaction.files.media.isobmff_samples import Run


class HeifCleaner(IsobmffCleaner):
    """Cleans pictures and sequences of pictures."""

    code = "heif"
    brands = tuple(TABLES["brands"]["still"])
    brand = "mif1"
    handlers = ("pict", "auxv")
    by_item: ClassVar[dict[str, str]] = {"hvc1": "image/heic", "av01": "image/avif"}

    def _content(self, file: Boxes, top: list[Box], spaces: list[Box]) -> Iterable[Run]:
        stills = [Still(file, box) for box in top if box.kind == "meta"]
        file.demand(len(stills) == 1)
        still = stills[0]
        runs = still.clean()
        spaces.extend(still.spaces)
        for kind, media in self.by_item.items():
            if kind in still.kinds:
                self.exact_media = media
        return chain(runs, self._movie(file, top, {"meta": as_is}))


class HeicCleaner(HeifCleaner):
    """Cleans one HEIC picture."""

    media = "image/heic"


class AvifCleaner(HeifCleaner):
    """Cleans one AVIF picture."""

    media = "image/avif"
