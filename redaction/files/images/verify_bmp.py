"""Read a cleaned BMP a second time, knowing nothing of how it was cleaned.

Headers of 40 bytes, with masks for three colours or without, or of 56 bytes with four
masks; every other field is zero, and the parts fill the file.
"""

import re
import struct
from typing import Final

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS

_demand: Final = demanding("picture-malformed")

_HEAD: Final = re.compile(
    rb"BM.{4}\0{4}.{4}[\x28\x38]\0\0\0.{8}\x01\0[\x01\x04\x08\x10\x18\x20]\0[\0-\3]\0\0\0"
    rb".{4}\0{8}.{4}\0{4}",
    re.DOTALL,
)
_RUNS: Final = {1: 8, 2: 4}


def verify_bmp(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    _demand(_HEAD.match(written) is not None)
    length, _, start, header = struct.unpack_from("<4I", written, 2)
    width, height, _, depth, compression, size = struct.unpack_from("<iiHHII", written, 18)
    colours: int = struct.unpack_from("<I", written, 46)[0]
    _demand(colours <= 2**depth and (depth <= 8 or colours == 0))
    masks = 12 if header == 40 and compression == 3 else 0
    _demand(start == 14 + header + masks + 4 * colours and length == start + size == len(written))
    _demand(not any(written[start - 1 - 4 * at] for at in range(colours)))
    _demand(width > 0 and height != 0)
    if max(width, abs(height)) > LIMITS["side"] or width * abs(height) > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")
    if compression in _RUNS:
        _demand(depth == _RUNS[compression])
        _judge_runs(written, start, depth)
    else:
        _demand(compression == 0 or depth in {16, 32})
        _judge_rows(written[start:], width * depth, abs(height))


def _judge_rows(data: bytes, bits: int, rows: int) -> None:
    stride = -(-bits // 32) * 4
    _demand(len(data) == stride * rows)
    spare = 8 * stride - bits
    if spare:
        for end in range(stride, len(data) + 1, stride):
            _demand(int.from_bytes(data[end - 4 : end]) % 2**spare == 0)


def _judge_runs(data: bytes, at: int, depth: int) -> None:
    while data[at : at + 2] != b"\0\1":
        _demand(at + 2 < len(data))
        count, code = data[at], data[at + 1]
        at += 2
        if count == 0 and code == 2:
            at += 2
        elif count == 0 and code > 2:
            held = (code * depth + 7) // 8
            at += held
            if held % 2:
                _demand(at < len(data) and data[at] == 0)
                at += 1
    _demand(at + 2 == len(data))
