"""JPEG 2000 files (ISO 15444-1 annex I) with the boxes that carry texts."""

from __future__ import annotations

import uuid

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import photo
from tests.corpus.writers.movie import Box, opened

XMP = uuid.UUID("BE7ACFCB-97A9-42E8-9C71-999491E3AFAC").bytes
EXIF = b"JpgTiffExif->JP2"


def tagged(plant: Planter, prefix: str) -> bytes:
    """Return a picture with XML, XMP, Exif, rights and link boxes."""
    root = opened(seed("photo.jp2"))
    told = [
        Box(b"xml ", f"<a>{plant.mark(f'{prefix}xml box')}</a>".encode()),
        Box(b"uuid", XMP + photo.xmp(plant, prefix)),
        Box(b"uuid", EXIF + photo.exif_small(plant, prefix)),
        Box(b"jp2i", plant.raw(f"{prefix}rights box")),
        Box(b"uinf", plant.raw(f"{prefix}uuid info box")),
    ]
    root.children[3:3] = told
    return b"".join(box.write() for box in root.children) + plant.raw(f"{prefix}after the end")
