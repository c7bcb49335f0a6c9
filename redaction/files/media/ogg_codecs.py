"""What stands in the first packets of Opus, Vorbis and FLAC in Ogg, and what stays of it."""

import struct
from collections.abc import Sequence
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import MAX_RATE, demand

# No name of an encoder, no comments.
_EMPTY: Final = bytes(8)
_OPUS_RATES: Final = frozenset(
    {8000, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000}
)


class Opus:
    """RFC 7845 §5: one packet of headers behind the first."""

    magic: Final = b"OpusHead"

    def first(self, packet: bytes) -> bytes:
        """Return the first packet without values that could be free."""
        demand(len(packet) >= 19 and packet[8] < 16 and packet[9] > 0)
        rate = int.from_bytes(packet[12:16], "little")
        length = 19 if packet[18] == 0 else 21 + packet[9]
        demand(len(packet) >= length and (packet[18] or packet[9] <= 2))
        known = packet[12:16] if rate in _OPUS_RATES else bytes(4)
        return b"OpusHead\x01" + packet[9:12] + known + packet[16:length]

    def complete(self, headers: Sequence[bytes]) -> bool:
        """Return whether all packets of headers are there."""
        return len(headers) == 1

    def rest(self, headers: Sequence[bytes]) -> list[bytes]:
        """Return the other packets of headers, written anew."""
        demand(headers[0].startswith(b"OpusTags"))
        return [b"OpusTags" + _EMPTY]

    def is_sound(self, beginning: bytes) -> bool:
        """Return whether a packet that begins so may be sound."""
        return len(beginning) > 0


class Vorbis:
    """Vorbis I §4.2: comments and codebooks behind the first packet."""

    magic: Final = b"\x01vorbis"

    def first(self, packet: bytes) -> bytes:
        demand(len(packet) >= 30 and packet[7:11] == bytes(4) and packet[11] > 0)
        rate, sizes = int.from_bytes(packet[12:16], "little"), packet[28]
        demand(0 < rate <= MAX_RATE and packet[29] & 1)
        demand(6 <= sizes & 15 <= sizes >> 4 <= 13)
        # Bit rates are for show; players measure.
        return packet[:16] + bytes(12) + packet[28:29] + b"\x01"

    def complete(self, headers: Sequence[bytes]) -> bool:
        return len(headers) == 2

    def rest(self, headers: Sequence[bytes]) -> list[bytes]:
        demand(headers[0].startswith(b"\x03vorbis") and headers[1].startswith(b"\x05vorbis"))
        return [b"\x03vorbis" + _EMPTY + b"\x01", headers[1]]

    def is_sound(self, beginning: bytes) -> bool:
        return not beginning or beginning[0] & 1 == 0


class Flac:
    """RFC 9639 §10.1: blocks of metadata, each in a packet of its own, until the last."""

    magic: Final = b"\x7fFLAC\x01"

    def first(self, packet: bytes) -> bytes:
        demand(packet[9:13] == b"fLaC" and packet[14:17] == b"\0\0\x22" and len(packet) >= 51)
        demand(packet[13] == 0)
        return b"\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22" + packet[17:51]

    def complete(self, headers: Sequence[bytes]) -> bool:
        return headers[-1][:1] >= b"\x80"

    def rest(self, headers: Sequence[bytes]) -> list[bytes]:
        demand(headers[0][:1] in {b"\x04", b"\x84"})
        return [b"\x84" + struct.pack(">I", len(_EMPTY))[1:] + _EMPTY]

    def is_sound(self, beginning: bytes) -> bool:
        return not beginning or beginning[:1] == b"\xff"


Codec = Opus | Vorbis | Flac
_CODECS: Final[tuple[Codec, ...]] = (Opus(), Vorbis(), Flac())


def codec_of(packet: bytes) -> Codec:
    """Return the codec by a stream's first packet; raise `UnreadableFileError`."""
    for codec in _CODECS:
        if packet.startswith(codec.magic):
            return codec
    raise UnreadableFileError("sound-unsupported")
