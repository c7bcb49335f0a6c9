"""Clean JPEG files without touching the picture (ITU-T T.81, JFIF 1.02).

Kept as they are: quantisation and Huffman tables, frame and scan headers, coded data.
Written anew, so that they hold nothing else: JFIF and Adobe markers, orientation, colour
profile. Dropped: every other segment, also between the scans of a progressive picture,
and all bytes after the end of the image (previews, motion photos, second pictures).

Out of reach: bits hidden in the coded data itself, the traces of sensor and encoder. A
segment between two scans whose marker is damaged just so that it reads as coded data
passes as such; only a full decoder would notice.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.images import exif, icc
from redaction.files.images.verify_jpeg import JpegVerifier
from redaction.files.policy import LIMITS, categories_of
from redaction.files.source import Walk
from redaction.files.walker import Walker

SOI, EOI, SOS, DRI, COM = 0xD8, 0xD9, 0xDA, 0xDD, 0xFE
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
# Tables (DHT, DAC, DQT, DRI), the frames that browsers and libjpeg read, and scans.
KEPT: Final = frozenset({0xC4, 0xCC, 0xDB, DRI, SOS, 0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
DROPPED: Final = frozenset({*range(0xE0, 0x100)} - {0xFF})
# Hierarchical frames and a height that comes after the picture.
UNSUPPORTED: Final = frozenset({0xC5, 0xC6, 0xC7, 0xC8, 0xCD, 0xCE, 0xCF, 0xDC, 0xDE, 0xDF})

JFIF: Final = b"\xff\xe0\x00\x10JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"
ADOBE: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00"
_JFIF_BODY: Final = 14
_ADOBE_BODY: Final = 12
_MAX_FILL: Final = 64


class JpegCleaner(Walker):
    """Push in a JPEG file, get the same picture without its history."""

    media = "image/jpeg"
    truncated = "jpeg-truncated"

    def __init__(self) -> None:
        super().__init__()
        self._scanning = False
        self._restarts = False
        self._oriented = False

    def _make_verifier(self) -> JpegVerifier:
        return JpegVerifier()

    def _run(self) -> Walk[None]:
        if (yield from self._source.take(2)) != bytes((0xFF, SOI)):
            raise UnreadableFileError("jpeg-malformed")
        self._emit(bytes((0xFF, SOI)))
        for _ in range(LIMITS["segments"]):
            marker = yield from self._marker()
            if marker == EOI:
                break
            yield from self._segment(marker)
        else:
            raise UnreadableFileError("jpeg-malformed")
        self._emit(bytes((0xFF, EOI)))
        if (yield from self._source.rest()):
            self._removed.add("trailer")

    def _marker(self) -> Walk[int]:
        """Return the next marker's code; any FF before it is filling (T.81 §B.1.1.2)."""
        untrusted = yield from self._source.take(2)
        for _ in range(_MAX_FILL):
            if untrusted[0] != 0xFF:
                break
            if untrusted[1] != 0xFF:
                return untrusted[1]
            untrusted = b"\xff" + (yield from self._source.take(1))
        raise UnreadableFileError("jpeg-malformed")

    def _segment(self, marker: int) -> Walk[None]:
        if marker in UNSUPPORTED:
            raise UnreadableFileError("jpeg-unsupported")
        if marker not in KEPT and marker not in DROPPED:
            raise UnreadableFileError("jpeg-malformed")
        length = yield from self._source.take(2)
        if int.from_bytes(length) < 2:
            raise UnreadableFileError("jpeg-malformed")
        body = yield from self._source.take(int.from_bytes(length) - 2)
        if marker in DROPPED:
            self._replace(marker, body)
            return
        self._emit(bytes((0xFF, marker)) + length + body)
        if marker == DRI:
            self._restarts = any(body)
        if marker == SOS:
            self._scanning = True
            yield from self._coded_data()

    def _coded_data(self) -> Walk[None]:
        at_marker = False
        while not at_marker:
            data, at_marker = yield from self._source.before_marker(restarts=self._restarts)
            self._emit(data)

    def _replace(self, marker: int, body: bytes) -> None:
        """Write what the picture needs from a dropped segment, note what it told."""
        if marker == APP0 and body.startswith(b"JFIF\0") and len(body) >= _JFIF_BODY:
            self._emit_header(JFIF)
            self._removed |= {"thumbnail"} if len(body) > _JFIF_BODY else set()
        elif marker == APP14 and body.startswith(b"Adobe") and len(body) >= _ADOBE_BODY:
            self._emit_header(ADOBE + body[_ADOBE_BODY - 1 : _ADOBE_BODY])
        elif marker == APP1 and body.startswith(b"Exif\0"):
            self._orient(body[6:])
        elif marker == APP2 and body.startswith(icc.APP2_PREFIX):
            self._recolour(body[len(icc.APP2_PREFIX) :])
        else:
            self._removed |= categories_of(body, "comment" if marker == COM else "unknown")

    def _emit_header(self, segment: bytes) -> None:
        """Decoders read headers up to the first scan; later ones could only hide data."""
        if not self._scanning:
            self._emit(segment)

    def _orient(self, untrusted: bytes) -> None:
        orientation, categories = exif.read_exif(untrusted)
        self._removed |= categories
        if orientation != exif.UPRIGHT and not self._oriented:
            self._oriented = True
            self._emit_header(exif.orientation_segment(orientation))

    def _recolour(self, untrusted: bytes) -> None:
        """Long profiles come in several segments; the first one decides for all."""
        sequence, profile = untrusted[:2], untrusted[2:]
        ours = icc.replacement(profile) if sequence[:1] == b"\x01" else b""
        if ours is None:
            self._warnings.add("colours-may-change")
        elif ours:
            self._emit_header(icc.segment(ours))
        if sequence != b"\x01\x01" or profile != ours:
            self._removed.add("colour-profile")
