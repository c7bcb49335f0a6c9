"""Clean GIF files, still and animated, without touching the picture (GIF89a).

Kept as they are: colour tables, places of frames, coded data. Written anew: all headers,
delays with their disposal, the number of loops. Dropped: comments, texts, applications'
extensions, the shape of a pixel, and all bytes behind the end.

Out of reach: bytes behind the end code inside a frame's own data blocks.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.forward import Forward
from redaction.files.images.verify_gif import verify_gif
from redaction.files.policy import LIMITS, categories_of

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_TABLE_FLAG: Final = 0x80


class GifCleaner(Forward):
    """Give in a GIF file, get the same picture without its history."""

    media = "image/gif"
    truncated = "picture-truncated"

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        super().__init__(declared_name, depth)
        self._control = b""
        self._frames = 0
        self._looped = False

    def _run(self) -> None:
        signature, screen = self._take(6), self._take(7)
        if signature not in {b"GIF87a", b"GIF89a"}:
            raise UnreadableFileError("picture-malformed")
        flags = screen[4]
        # The depth of the artist's own palette and its order tell nothing to a viewer.
        self._emit(b"GIF89a", screen[:4], bytes((flags & 0x87 | 0x70, screen[5], 0)))
        self._emit(self._table(flags))
        blocks = 1
        while self._block():
            blocks += 1
            if blocks > LIMITS["chunks"]:
                raise UnreadableFileError("picture-malformed")
        self._emit(bytes((_END,)))
        self._cut_here()

    def _verify(self, written: bytes) -> None:
        verify_gif(written)

    def _block(self) -> bool:
        """Copy or drop one block; return whether more may come."""
        introducer = self._take(1)[0]
        if introducer == _IMAGE:
            self._image()
        elif introducer == _EXTENSION:
            self._extension(self._take(1)[0])
        elif introducer != _END:
            raise UnreadableFileError("picture-malformed")
        return introducer != _END

    def _image(self) -> None:
        self._frames += 1
        if self._frames > LIMITS["frames"]:
            raise UnreadableFileError("picture-too-large")
        descriptor = self._take(9)
        flags = descriptor[8]
        self._emit(self._control, bytes((_IMAGE,)), descriptor[:8], bytes((flags & 0xC7,)))
        self._control = b""
        self._emit(self._table(flags), self._take(1))
        start = self._at
        self._blocks()
        self._emit(self._untrusted[start : self._at])

    def _extension(self, label: int) -> None:
        start = self._at
        first = self._blocks()
        if label == _CONTROL:
            if len(first) != 4 or self._at != start + 6:
                raise UnreadableFileError("picture-malformed")
            # How to go on, whether a colour is clear; not whether to wait for a key.
            flags = bytes((first[0] & 0x1D,))
            self._control = b"\x21\xf9\x04" + flags + first[1:] + b"\0"
        elif label == _APPLICATION and first in _LOOPS:
            self._loop(self._untrusted[start + 12 : self._at])
        else:
            self._control = b"" if label == _TEXT else self._control
            dropped = self._untrusted[start : self._at]
            otherwise = "comment" if label in {_COMMENT, _TEXT} else "unknown"
            self._note(*categories_of(dropped, otherwise))

    def _loop(self, blocks: bytes) -> None:
        """Write how often an animation runs, once."""
        if not self._looped and blocks[:2] == b"\x03\x01" and len(blocks) >= 5:
            self._looped = True
            self._emit(b"\x21\xff\x0bNETSCAPE2.0", blocks[:4], b"\0")
            blocks = blocks[4:]
        if blocks != b"\0":
            self._note("unknown")

    def _table(self, flags: int) -> bytes:
        return self._take(3 << (flags & 7) + 1) if flags & _TABLE_FLAG else b""

    def _blocks(self) -> bytes:
        """Pass over data blocks and their end; return what the first one holds."""
        data, start, at = self._untrusted, self._at, self._at
        try:
            while size := data[at]:
                at += 1 + size
        except IndexError:
            raise UnreadableFileError(self.truncated) from None
        self._at = at + 1
        return data[start + 1 : start + 1 + data[start]]
