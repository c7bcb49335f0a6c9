"""Read a cleaned MP3 a second time, knowing nothing of how it was cleaned.

Frames of one kind from the first byte to the last; a first frame with numbers must tell
the truth about the others. What nobody hears inside a frame is not looked at again.
"""

import re
from typing import Final

from redaction.files.errors import demanding

_demand: Final = demanding("sound-malformed")

# By version, in the second byte of a header: kilobits in steps of 8, samples a second, and
# bytes of a frame for each 8 kilobits times that.
_LOW: Final = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 18, 20)
_VERSIONS: Final = {
    0x1A: ((0, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40), (44_100, 48_000, 32_000), 144),
    0x12: (_LOW, (22_050, 24_000, 16_000), 72),
    0x02: (_LOW, (11_025, 12_000, 8_000), 72),
}
_NUMBERS: Final = re.compile(rb"\xff[\xf3\xfb\xe3]..\0{9,32}(?:Xing|Info)", re.DOTALL)
_BEHIND: Final = re.compile(rb"(?:LAME\0{17}...)?\0*", re.DOTALL)


def verify_mp3(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    at, frames, first, kinds = 0, 0, 0, set()
    while at < len(written):
        kind, size = _judge(written[at : at + 4])
        kinds.add(kind)
        first = first or size
        frames += 1
        at += size
    _demand(frames > 0 and at == len(written) and len(kinds) == 1)
    numbers = _NUMBERS.match(written[:first])
    if numbers is not None:
        _demand(frames > 1)
        _judge_numbers(written[numbers.end() : first], frames - 1, len(written))


def _judge(head: bytes) -> tuple[tuple[int, int], int]:
    """Return what all frames share, and the frame's size in bytes."""
    _demand(len(head) == 4 and head[0] == 0xFF and head[1] >= 0xE0)
    steps, rates, factor = _VERSIONS.get(head[1] & 0x1E, ((), (), 0))
    step, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    _demand(0 < step < len(steps) and rate < len(rates) and head[3] % 4 != 2)
    return (head[1] & 0x1E, rate), factor * 8000 * steps[step] // rates[rate] + padding


def _judge_numbers(body: bytes, frames: int, size: int) -> None:
    flags, body = int.from_bytes(body[:4]), body[4:]
    _demand(flags < 8)
    for flag, truth in ((1, frames), (2, size)):
        if flags & flag:
            _demand(int.from_bytes(body[:4]) == truth)
            body = body[4:]
    if flags & 4:
        _demand(len(body) >= 100 and list(body[:100]) == sorted(body[:100]))
        body = body[100:]
    _demand(_BEHIND.fullmatch(body) is not None)
