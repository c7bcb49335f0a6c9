"""Clean WAV files: samples without their history (RIFF, Multimedia Data Standards Update).

Kept: the samples. Written anew: the format, the number of samples of packed formats.
Dropped: texts (LIST), broadcast and production data (bext, iXML, aXML, cart), cue points,
pictures in ID3 tags, filling, second copies, and all bytes behind the samples.
"""

import struct
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import MAX_CHANNELS, MAX_RATE, Sound, demand
from redaction.files.media.verify_wav import verify_wav
from redaction.files.policy import LIMITS

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_PLAIN: Final = frozenset({_PCM, _FLOAT, _ALAW, _MULAW})
_MS_ADPCM, _IMA_ADPCM = 2, 0x11
# Behind the number of samples in a block: the seven pairs that every file has.
_COEFFICIENTS: Final = struct.pack(
    "<H14h", 7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232
)
_SUBFORMAT: Final = bytes.fromhex("000000001000800000aa00389b71")
_TO_THE_END: Final = 0xFFFFFFFF


class WavCleaner(Sound):
    """Give in a WAV file, get the same samples and nothing else."""

    media = "audio/wav"

    def _run(self) -> None:
        head = self._take(12)
        demand(head[:4] == b"RIFF" and head[8:] == b"WAVE")
        formats: list[bytes] = []
        counts: list[bytes] = []
        for _ in range(LIMITS["chunks"]):
            kind, size = struct.unpack("<4sI", self._take(8))
            if kind == b"data":
                break
            start = self._at
            body = self._take(size)
            if kind == b"fmt " and not formats:
                formats.append(_written_anew(body))
            elif kind == b"fact" and size >= 4 and not counts:
                counts.append(body)
            else:
                self._note_tag(self._untrusted[start - 8 : self._at])
            self._at += size % 2
        demand(kind == b"data" and formats)
        data = self._data(size, int.from_bytes(formats[0][12:14], "little"))
        self._assemble(formats[0], b"".join(counts), data)

    def _verify(self, written: bytes) -> None:
        verify_wav(written)

    def _data(self, size: int, align: int) -> bytes:
        """Return the samples; note what stands behind the last whole one."""
        if size == _TO_THE_END:  # a recorder could not come back to write the length
            size = len(self._untrusted) - self._at
        body = self._take(size)
        self._at += size % 2
        self._cut_here()
        if size % align:
            self._note("trailer")
        return body[: size - size % align]

    def _assemble(self, header: bytes, count: bytes, data: bytes) -> None:
        chunks = _chunk(b"fmt ", header)
        samples = int.from_bytes(count[:4], "little")
        if _kind(header) != _PCM and 0 < samples <= _most_samples(header, len(data)):
            chunks += _chunk(b"fact", count[:4])
        chunks += _chunk(b"data", data)
        self._emit(b"RIFF", (4 + len(chunks)).to_bytes(4, "little"), b"WAVE", chunks)


def _written_anew(body: bytes) -> bytes:
    """Return the description of the samples without a value that could be free."""
    demand(len(body) >= 16)
    kind, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", body)
    demand(0 < channels <= MAX_CHANNELS and 0 < rate <= MAX_RATE and align > 0)
    if kind in {_MS_ADPCM, _IMA_ADPCM}:
        return _packed(body, kind, channels, rate, align)
    demand(bits in {8, 16, 24, 32, 64} and align == channels * bits // 8)
    plain = struct.pack("<HHIIHH", kind, channels, rate, rate * align, align, bits)
    if kind == _EXTENSIBLE:
        return plain + _extension(body, bits)
    if kind not in _PLAIN:
        raise UnreadableFileError("sound-unsupported")
    return plain if kind == _PCM else plain + b"\0\0"


def _extension(body: bytes, bits: int) -> bytes:
    """Return how many bits mean something, which loudspeakers, and the kind of samples."""
    demand(len(body) >= 40)
    valid, speakers, kind = struct.unpack_from("<HIH", body, 18)
    demand(valid <= bits)
    if kind not in _PLAIN or body[26:40] != _SUBFORMAT:
        raise UnreadableFileError("sound-unsupported")
    return struct.pack("<HHIH", 22, valid, speakers & 0x3FFFF, kind) + _SUBFORMAT


def _packed(body: bytes, kind: int, channels: int, rate: int, align: int) -> bytes:
    """Return the description of samples of four bits in blocks."""
    rest = _COEFFICIENTS if kind == _MS_ADPCM else b""
    demand(body[20 : 20 + len(rest)] == rest and len(body) >= 20)
    samples = int.from_bytes(body[18:20], "little")
    demand(0 < samples <= 2 * align)
    start = struct.pack("<HHIIHH", kind, channels, rate, rate * align // samples, align, 4)
    return start + struct.pack("<HH", 2 + len(rest), samples) + rest


def _kind(header: bytes) -> int:
    return int.from_bytes(header[:2], "little")


def _most_samples(header: bytes, size: int) -> int:
    """Return how many samples a channel can have in *size* bytes."""
    blocks = size // int.from_bytes(header[12:14], "little")
    packed = _kind(header) in {_MS_ADPCM, _IMA_ADPCM}
    return blocks * int.from_bytes(header[18:20], "little") if packed else blocks


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
