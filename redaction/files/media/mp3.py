"""Clean MP3 files (MPEG audio layer III, ISO/IEC 11172-3 and 13818-3).

Kept: the frames. Written anew: the frame that says how long the sound is, with the numbers
that let players join two files without a gap; it names one encoder for all. Emptied: bytes
inside frames that belong to no sound, where encoders sign. Dropped: ID3, APE and Lyrics3
tags wherever they stand, bytes between frames, and a last frame that is cut.

Files that begin with ID3 may hold FLAC or AAC instead; they are cleaned as such.

Out of reach: private and copyright bits, which the checksums of frames cover.
"""

from typing import Final

from redaction.files.media.aac import AacCleaner
from redaction.files.media.flac import FlacCleaner
from redaction.files.media.frames import Framed, after_tags
from redaction.files.media.mp3_frames import empty_unused, frame_size, is_mono
from redaction.files.media.mp3_length import read_length, write_length
from redaction.files.media.sound import demand
from redaction.files.media.verify_mp3 import verify_mp3

_ADTS: Final = frozenset({b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9"})


class Mp3Cleaner(Framed):
    """Give in an MP3 file, get the same sound without its history."""

    media = "audio/mpeg"

    def _rewrite(self, untrusted: bytes) -> bytes:
        other = self._other(untrusted)
        if other is None:
            return super()._rewrite(untrusted)
        written = other.clean(untrusted)
        self.exact_media = other.media
        self._note(*other.report.removed)
        self._warn(*other.report.warnings)
        return written

    def _verify(self, written: bytes) -> None:
        if self.exact_media == self.media:
            verify_mp3(written)

    def _other(self, untrusted: bytes) -> AacCleaner | FlacCleaner | None:
        """Return the cleaner for what stands behind the tags, None for MP3."""
        at = after_tags(untrusted)
        if untrusted.startswith(b"fLaC", at):
            return FlacCleaner()
        if untrusted[at : at + 2] in _ADTS:
            return AacCleaner()
        return None

    def _frame(self, at: int) -> tuple[int, int]:
        size = frame_size(self._untrusted, at)
        if size == 0:
            return 0, 0
        head = self._untrusted[at + 1] & 0x1E | (self._untrusted[at + 2] & 0x0C) << 8
        return size, head | is_mono(self._untrusted, at)

    def _write(self) -> None:
        first = self._untrusted[slice(*self._spans[0])]
        said = read_length(first)
        spans = self._spans if said is None else self._spans[1:]
        demand(spans)
        if said is not None:
            ours = write_length(first, said, [end - start for start, end in spans])
            self._emit(ours)
            if ours != first:
                self._note("software")
        sound = bytearray().join(self._untrusted[start:end] for start, end in spans)
        if empty_unused(sound):
            self._note("software")
        self._emit(bytes(sound))
