"""Read a cleaned TIFF a second time, knowing nothing of how it was cleaned.

Directories may hold only the tags below, each with so many numbers at most; directories,
values and strips must cover the file without a gap and without an overlap.
"""

import re
from typing import Final, Literal

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS, PROFILES

_demand: Final = demanding("picture-malformed")

_ONE: Final = (256, 257, 259, 262, 266, 274, 277, 278, 282, 283, 284, 292, 293, 296, 317)
_SAMPLES: Final = (258, 336, 338, 339, 340, 341, 532)
_STARTS, _LENGTHS = (273, 324), (279, 325)
_TABLES, _PROFILE = 347, 34675
_MOST: Final = {
    **dict.fromkeys((*_ONE, 322, 323, 332, 334, 531), 1),
    **dict.fromkeys(_SAMPLES, 32),
    **dict.fromkeys((*_STARTS, *_LENGTHS), 2**26),
    320: 3 * 2**16,
    529: 3,
    530: 2,
    _TABLES: 2**16,
    _PROFILE: 2**16,
}
_WIDTHS: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_JPEG_TABLES: Final = re.compile(
    rb"\xff\xd8(?:\xff[\xc4\xcc\xdb\xdd](?s:.)(?>[^\xff]|\xff[^\xd8\xd9\xe0-\xef\xfe])++)*\xff\xd9"
)


def verify_tiff(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    _Verifier(written).run()


class _Verifier:
    def __init__(self, written: bytes) -> None:
        self._file = written
        self._order: Literal["little", "big"] = "little" if written[:1] == b"I" else "big"
        self._used = [(0, 8)]

    def run(self) -> None:
        _demand(self._file[:4] in {b"II*\0", b"MM\0*"})
        at, pages = self._number(4, 4), 0
        while at:
            pages += 1
            _demand(pages <= LIMITS["frames"])
            at = self._page(at)
        _demand(pages > 0)
        self._judge_cover()

    def _page(self, at: int) -> int:
        """Judge a directory with all it points at; return where the next one is."""
        end = at + 2 + 12 * self._number(at, 2)
        self._used.append((at, end + 4))
        values: dict[int, bytes] = {}
        for entry in range(at + 2, end, 12):
            tag, kind = self._number(entry, 2), self._number(entry + 2, 2)
            count = self._number(entry + 4, 4)
            _demand(kind in _WIDTHS and 0 < count <= _MOST.get(tag, 0))
            _demand(tag > max(values, default=0))
            values[tag] = self._value(entry + 8, count * _WIDTHS[kind])
        self._measure(values)
        self._find_strips(values)
        _demand(values.get(_PROFILE) in {None, *(known.replacement for known in PROFILES)})
        _demand(_TABLES not in values or _JPEG_TABLES.fullmatch(values[_TABLES]))
        return self._number(end, 4)

    def _value(self, field: int, size: int) -> bytes:
        if size <= 4:
            _demand(not any(self._file[field + size : field + 4]))
            return self._file[field : field + size]
        at = self._number(field, 4)
        self._used.append((at, at + size))
        return self._file[at : at + size]

    def _measure(self, values: dict[int, bytes]) -> None:
        across, down = (int.from_bytes(values.get(tag, b""), self._order) for tag in (256, 257))
        _demand(across > 0 and down > 0)
        if max(across, down) > LIMITS["side"] or across * down > LIMITS["pixels"]:
            raise UnreadableFileError("picture-too-large")

    def _find_strips(self, values: dict[int, bytes]) -> None:
        starts = [values[tag] for tag in _STARTS if tag in values]
        lengths = [values[tag] for tag in _LENGTHS if tag in values]
        _demand(len(starts) == len(lengths) == 1 and len(starts[0]) == len(lengths[0]))
        for at in range(0, len(starts[0]), 4):
            start = int.from_bytes(starts[0][at : at + 4], self._order)
            self._used.append((start, start + int.from_bytes(lengths[0][at : at + 4], self._order)))

    def _judge_cover(self) -> None:
        """Demand that parts follow each other, at most a zero apart for an even offset."""
        reached = 0
        for start, end in [*sorted(self._used), (len(self._file), len(self._file))]:
            _demand(reached <= start <= reached + reached % 2)
            _demand(not any(self._file[reached:start]))
            reached = end

    def _number(self, at: int, size: int) -> int:
        _demand(at + size <= len(self._file))
        return int.from_bytes(self._file[at : at + size], self._order)
