"""The first frame of many MP3 files, which holds numbers instead of sound.

Xing, Info or VBRI: how many frames and bytes follow, a table for jumping, and behind it
what LAME tells. Written anew from the frames themselves; of LAME's part only the samples
to leave out at both ends stay, without which sounds cannot be joined.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redaction.files.media.mp3_frames import side_size

_FRAMES, _BYTES, _TABLE, _QUALITY = 1, 2, 4, 8
_ENTRIES: Final = 100
_VBRI_AT: Final = 36
# Players read the numbers only behind the name of an encoder that they know.
_NAMES: Final = (b"LAME", b"Lavf", b"Lavc")
_NAME: Final = b"LAME".ljust(9, b"\0")
_DELAYS_AT: Final = 21
_REST: Final = 12


@dataclass(frozen=True)
class LengthFrame:
    """What the frame said; `delays` is 24 bits, 12 for each end, or None without LAME."""

    word: bytes
    flags: int
    frames: int
    delays: int | None


def read_length(frame: bytes) -> LengthFrame | None:
    """Return what the frame says, None for a frame of sound."""
    # Whether there is a checksum does not move the word.
    at = 4 + side_size(frame, 0)
    if frame[at : at + 4] in {b"Xing", b"Info"}:
        return _read_xing(frame, at)
    if frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        return LengthFrame(b"Xing", _FRAMES | _BYTES | _TABLE, 0, None)
    return None


def _read_xing(frame: bytes, at: int) -> LengthFrame:
    flags = int.from_bytes(frame[at + 4 : at + 8]) & (_FRAMES | _BYTES | _TABLE | _QUALITY)
    after = at + 8
    frames = int.from_bytes(frame[after : after + 4]) if flags & _FRAMES else 0
    for flag, size in ((_FRAMES, 4), (_BYTES, 4), (_TABLE, _ENTRIES), (_QUALITY, 4)):
        after += size if flags & flag else 0
    lame = frame[after + _DELAYS_AT : after + _DELAYS_AT + 3]
    told = frame[after : after + 4] in _NAMES and len(lame) == 3
    delays = int.from_bytes(lame) if told else None
    return LengthFrame(frame[at : at + 4], flags & ~_QUALITY, frames, delays)


def write_length(old: bytes, said: LengthFrame, sizes: Sequence[int]) -> bytes:
    """Return a frame as long as *old* for frames of sound with these *sizes*, or nothing.

    Nothing is what comes back where the numbers do not fit.
    """
    total = len(old) + sum(sizes)
    body = said.word + said.flags.to_bytes(4)
    body += len(sizes).to_bytes(4) if said.flags & _FRAMES else b""
    body += total.to_bytes(4) if said.flags & _BYTES else b""
    body += _table(len(old), sizes, total) if said.flags & _TABLE else b""
    if said.delays is not None:
        # The silence at the end was counted from the last frame; with others it is no more.
        complete = said.flags & _FRAMES and said.frames == len(sizes)
        delays = said.delays if complete else said.delays & 0xFFF000
        body += _NAME + bytes(_DELAYS_AT - len(_NAME)) + delays.to_bytes(3) + bytes(_REST)
    head = bytes((old[0], old[1] | 1, old[2], old[3])) + bytes(side_size(old, 0))
    room = len(old) - len(head)
    return head + body[:room].ljust(room, b"\0") if room >= len(body) - _REST else b""


def _table(first: int, sizes: Sequence[int], total: int) -> bytes:
    """Return for each hundredth of the time how many 256ths of the bytes come before."""
    before, table, done = first, bytearray(), 0
    for entry in range(_ENTRIES):
        frame = entry * len(sizes) // _ENTRIES
        before += sum(sizes[done:frame])
        done = frame
        table.append(min(255, 256 * before // total))
    return bytes(table)
