"""Clean WebP files, still and animated, without touching the picture (RFC 9649).

Kept as they are: coded pictures, alpha planes, places and times of frames. Written anew:
all headers, the background and the number of loops, the orientation, a colour profile that
we have one for. Dropped: every other chunk, also inside frames, second copies, and all
bytes behind the RIFF structure.

Out of reach: bytes behind the end of the coded data inside its own chunk.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.forward import Forward
from redaction.files.images import exif, icc
from redaction.files.images.verify_webp import verify_webp
from redaction.files.policy import LIMITS, categories_of

_PICTURES: Final = frozenset({b"VP8 ", b"VP8L"})
_HEADERS: Final = frozenset({b"VP8X", b"ANIM"})
_ICC_FLAG, _ALPHA_FLAG, _EXIF_FLAG, _ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x02
_FRAME_HEADER: Final = 16
_MOST_IN_FRAME: Final = 100


class WebpCleaner(Forward):
    """Give in a WebP file, get the same picture without its history."""

    media = "image/webp"
    truncated = "picture-truncated"

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        super().__init__(declared_name, depth)
        self._kept: dict[bytes, bytes] = {}
        self._frames: list[bytes] = []
        self._profile = b""
        self._orientation = exif.UPRIGHT

    def _run(self) -> None:
        head = self._take(12)
        end = 8 + int.from_bytes(head[4:8], "little")
        if head[:4] != b"RIFF" or head[8:] != b"WEBP" or end < 20:
            raise UnreadableFileError("picture-malformed")
        if end > len(self._untrusted):
            raise UnreadableFileError(self.truncated)
        for kind, body in self._chunks(end, LIMITS["chunks"]):
            self._sort(kind, body)
        self._cut_here()
        self._assemble()

    def _verify(self, written: bytes) -> None:
        verify_webp(written)

    def _chunks(self, end: int, most: int) -> list[tuple[bytes, bytes]]:
        """Return types and data of the chunks up to *end*, padded to even lengths."""
        chunks: list[tuple[bytes, bytes]] = []
        while self._at < end:
            if len(chunks) == most or self._at + 8 > end:
                raise UnreadableFileError("picture-malformed")
            head = self._take(8)
            size = int.from_bytes(head[4:], "little")
            if self._at + size > end:
                raise UnreadableFileError("picture-malformed")
            chunks.append((head[:4], self._take(size)))
            self._at += size % 2 if self._at < end else 0
        return chunks

    def _sort(self, kind: bytes, body: bytes) -> None:
        if kind == b"ANMF":
            self._frames.append(self._frame(body))
        elif kind in _PICTURES or kind in _HEADERS or kind == b"ALPH":
            # A still picture has one; decoders look at the first.
            self._keep(kind, body)
        elif kind == b"ICCP":
            self._recolour(body)
        elif kind == b"EXIF":
            self._orient(body.removeprefix(b"Exif\0\0"))
        else:
            self._note(*categories_of(body, "unknown"))

    def _keep(self, kind: bytes, body: bytes) -> None:
        taken = _PICTURES if kind in _PICTURES else {kind}
        if any(known in self._kept for known in taken):
            self._note("unknown")
        else:
            self._kept[kind] = body

    def _frame(self, body: bytes) -> bytes:
        """Return a frame of an animation with nothing but its header, alpha and picture."""
        if len(body) < _FRAME_HEADER:
            raise UnreadableFileError("picture-malformed")
        if len(self._frames) == LIMITS["frames"]:
            raise UnreadableFileError("picture-too-large")
        inner = WebpCleaner()
        inner._untrusted = body[_FRAME_HEADER:]
        for kind, data in inner._chunks(len(body) - _FRAME_HEADER, _MOST_IN_FRAME):
            if kind in _PICTURES or kind == b"ALPH":
                inner._keep(kind, data)
            else:
                self._note(*categories_of(data, "unknown"))
        self._note(*inner._removed)
        header = body[: _FRAME_HEADER - 1] + bytes((body[_FRAME_HEADER - 1] & 3,))
        return header + inner._picture()

    def _recolour(self, untrusted: bytes) -> None:
        ours = icc.replacement(untrusted)
        if ours is None:
            self._warn("colours-may-change")
        elif not self._profile:
            self._profile = ours
        if not ours or untrusted != ours:
            self._note("colour-profile")

    def _orient(self, untrusted: bytes) -> None:
        orientation, categories = exif.read_exif(untrusted)
        self._note(*categories)
        if self._orientation == exif.UPRIGHT:
            self._orientation = orientation

    def _assemble(self) -> None:
        extended = self._kept.get(b"VP8X")
        body = self._picture() if extended is None else self._extended(extended)
        self._emit(b"RIFF", (4 + len(body)).to_bytes(4, "little"), b"WEBP", body)

    def _extended(self, header: bytes) -> bytes:
        """Return the chunks of a file with a VP8X header, in the order of RFC 9649 §2.7."""
        if len(header) < 10:
            raise UnreadableFileError("picture-malformed")
        animated = header[0] & _ANIMATION_FLAG
        flags = header[0] & (_ALPHA_FLAG | _ANIMATION_FLAG)
        flags |= _ICC_FLAG if self._profile else 0
        flags |= _EXIF_FLAG if self._orientation != exif.UPRIGHT else 0
        chunks = chunk(b"VP8X", bytes((flags, 0, 0, 0)) + header[4:10])
        if self._profile:
            chunks += chunk(b"ICCP", self._profile)
        chunks += self._animation() if animated else self._picture()
        if self._orientation != exif.UPRIGHT:
            chunks += chunk(b"EXIF", exif.orientation_segment(self._orientation)[10:])
        return chunks

    def _animation(self) -> bytes:
        timing = self._kept.get(b"ANIM", b"")
        if len(timing) < 6:
            raise UnreadableFileError("picture-malformed")
        if len(timing) > 6:
            self._note("unknown")
        frames = b"".join(chunk(b"ANMF", frame) for frame in self._frames)
        return chunk(b"ANIM", timing[:6]) + frames

    def _picture(self) -> bytes:
        """Return the chunks of one picture."""
        for kind in _PICTURES & self._kept.keys():
            alpha = self._kept.get(b"ALPH") if kind == b"VP8 " else None
            before = b"" if alpha is None else chunk(b"ALPH", alpha)
            return before + chunk(kind, self._kept[kind])
        raise UnreadableFileError("picture-malformed")


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one RIFF chunk, padded to an even length."""
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
