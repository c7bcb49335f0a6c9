"""Clean AIFF and AIFC files: samples without their history (AIFF 1.3, AIFF-C draft).

Kept: the samples. Written anew: the description, without the name of the packing. Dropped:
names, authors, copyright, remarks, markers, instruments, applications' data, ID3 tags, and
all bytes behind the last sample.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import MAX_CHANNELS, MAX_RATE, Sound, demand
from redaction.files.media.verify_aiff import verify_aiff
from redaction.files.policy import LIMITS

# Bytes of one sample by the packing's name; nothing for what the depth decides.
_PACKINGS: Final = {
    b"NONE": 0,
    b"twos": 0,
    b"sowt": 0,
    b"raw ": 1,
    b"in24": 3,
    b"in32": 4,
    b"fl32": 4,
    b"FL32": 4,
    b"fl64": 8,
    b"FL64": 8,
    b"ulaw": 1,
    b"ULAW": 1,
    b"alaw": 1,
    b"ALAW": 1,
    b"ima4": 34,
}
"""In `ima4` a "frame" is a packet of 34 bytes for each channel."""
_VERSION: Final = b"FVER\0\0\0\4\xa2\x80\x51\x40"


class AiffCleaner(Sound):
    """Give in an AIFF file, get the same samples and nothing else."""

    media = "audio/aiff"

    def _run(self) -> None:
        head = self._take(12)
        demand(head[:4] == b"FORM" and head[8:] in {b"AIFF", b"AIFC"})
        end = min(8 + int.from_bytes(head[4:8]), len(self._untrusted))
        description, samples = b"", None
        for _ in range(LIMITS["chunks"]):
            if self._at >= end:
                break
            kind, size = self._take(4), int.from_bytes(self._take(4))
            start = self._at
            body = self._take(size)
            if kind == b"COMM" and not description:
                description = body
            elif kind == b"SSND" and samples is None:
                samples = body
            elif kind != b"FVER":
                self._note_tag(self._untrusted[start - 8 : self._at])
            self._at += size % 2
        self._cut_here()
        demand(len(description) >= 18 and samples is not None)
        self._assemble(head[8:], description, samples or b"")

    def _verify(self, written: bytes) -> None:
        verify_aiff(written)

    def _assemble(self, kind: bytes, described: bytes, block: bytes) -> None:
        frames = int.from_bytes(described[2:6])
        size = frames * _frame_size(kind, described)
        # Samples may begin later, so that a disk could read them in blocks.
        start = 8 + int.from_bytes(block[:4])
        samples = block[start : start + size]
        if len(samples) < size or len(block) < 8:
            raise UnreadableFileError(self.truncated)
        if any(block[8:start]) or len(block) > start + size:
            self._note("trailer")
        common = described[:8] + _rate(described[8:18])
        if kind == b"AIFC":
            common += described[18:22] + b"\0\0"
        chunks = _chunk(b"COMM", common) + _chunk(b"SSND", bytes(8) + samples)
        chunks = _VERSION + chunks if kind == b"AIFC" else chunks
        self._emit(b"FORM", (4 + len(chunks)).to_bytes(4), kind, chunks)


def _frame_size(kind: bytes, described: bytes) -> int:
    """Return how many bytes the samples of all channels for one moment take."""
    channels, bits = int.from_bytes(described[:2]), int.from_bytes(described[6:8])
    demand(0 < channels <= MAX_CHANNELS and 0 < bits <= 64)
    size = 0
    if kind == b"AIFC":
        if described[18:22] not in _PACKINGS:
            raise UnreadableFileError("sound-unsupported")
        size = _PACKINGS[described[18:22]]
    return channels * (size or (bits + 7) // 8)


def _rate(number: bytes) -> bytes:
    """Return samples a second with 32 bits of the 64 that an extended number has."""
    exponent = int.from_bytes(number[:2])
    whole = int.from_bytes(number[2:6])
    # The value is the mantissa, below 2, times 2 to the power of the exponent less 16,383.
    demand(whole >> 31 and 16_383 <= exponent < 16_383 + MAX_RATE.bit_length())
    return number[:6] + bytes(4)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4) + body + bytes(len(body) % 2)
