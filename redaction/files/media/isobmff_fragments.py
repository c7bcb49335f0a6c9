"""Fragments of a movie, cleaned where they stand (ISO/IEC 14496-12 §8.8)."""

from collections.abc import Iterable
from itertools import repeat
from typing import Final

from redaction.files.media.isobmff_boxes import Box, Boxes, Treat
from redaction.files.media.isobmff_samples import Run, Track, numbers

# Flags of `tfhd`, each with the bytes of its field.
_BASE: Final = 0x1
_DESCRIPTION: Final = 0x2
_DEFAULT_SIZE: Final = 0x10
_HEADER: Final = {_BASE: 8, _DESCRIPTION: 4, 0x8: 4, _DEFAULT_SIZE: 4, 0x20: 4}
_FROM_MOVIE: Final = 0x20000
# Flags of `trun`: fields in front of the samples, fields of each.
_OFFSET: Final = 0x1
_SIZE: Final = 0x200
_RUN: Final = {_OFFSET: 4, 0x4: 4}
_SAMPLE: Final = {0x100: 4, _SIZE: 4, 0x400: 4, 0x800: 4}
_TWO_31: Final = 1 << 31


def fields(at: int, flags: int, layout: dict[int, int]) -> tuple[dict[int, int], int]:
    """Return where the fields stand that *flags* announce, and where they end."""
    places = {}
    for flag, size in layout.items():
        if flags & flag:
            places[flag] = at
            at += size
    return places, at


class Fragments:
    """The `mvex` of a movie and what each `moof` adds to its tracks."""

    def __init__(self, file: Boxes, tracks: dict[int, Track]) -> None:
        self._file = file
        self._tracks = tracks
        self._defaults: dict[int, tuple[int, int]] = {}
        self._times: list[tuple[Track, int, int]] = []
        self._moof = 0
        # Where a track fragment begins that does not say it; None behind one that went.
        self._implied: int | None = 0
        self.runs: list[Run] = []

    def defaults(self, box: Box) -> None:
        """Clean the `mvex`."""
        treat: dict[str, Treat] = {"mehd": self._duration, "trex": self._track_defaults}
        self._file.inside(box.body, box.end, treat)

    def _duration(self, box: Box) -> None:
        self._file.only(box, 12 if self._file.version(box, 0, 1) else 8)

    def _track_defaults(self, box: Box) -> None:
        file = self._file
        file.only(box, 24)
        identity = file.number(box.body + 4, 4)
        self._defaults[identity] = (file.number(box.body + 8, 4), file.number(box.body + 16, 4))
        if identity not in self._tracks:
            file.remove(box, "track")

    def clean(self, box: Box) -> None:
        """Clean one `moof`; raise `UnreadableFileError` where its samples cannot be placed."""
        self._moof = self._implied = box.start
        treat: dict[str, Treat] = {
            "mfhd": lambda one: self._file.only(one, 8),
            "traf": self._track_fragment,
        }
        self._file.inside(box.body, box.end, treat)

    def _track_fragment(self, box: Box) -> None:
        file = self._file
        parts = file.children(box.body, box.end)
        file.demand(bool(parts) and parts[0].kind == "tfhd")
        header = parts[0].body
        track = self._tracks.get(file.number(header + 4, 4))
        if track is None:
            file.remove(box, "track")
            self._implied = None
            return
        flags = file.number(header, 4)
        places, end = fields(header + 8, flags, _HEADER)
        base, description, size = self._begin(track, flags, places)
        treat: dict[str, Treat] = {
            "tfhd": lambda one: file.only(one, end - header),
            "tfdt": lambda one: self._decode_time(one, track),
            "trun": lambda one: self._run(one, track, base, description, size),
        }
        file.inside(box.body, box.end, treat)

    def _begin(self, track: Track, flags: int, places: dict[int, int]) -> tuple[int, int, int]:
        """Return what offsets count from, the description and the size of all samples."""
        file = self._file
        description, size = self._defaults.get(track.identity, (0, 0))
        if _DESCRIPTION in places:
            description = file.number(places[_DESCRIPTION], 4)
        if _DEFAULT_SIZE in places:
            size = file.number(places[_DEFAULT_SIZE], 4)
        file.demand(0 < description <= len(track.entries))
        if _BASE in places:
            base: int | None = file.exact(places[_BASE], 8)
        else:
            base = self._moof if flags & _FROM_MOVIE else self._implied
        if base is None:
            raise file.refusal("unsupported")
        self._implied = base
        return base, description, size

    def _run(self, box: Box, track: Track, base: int, description: int, size: int) -> None:
        file = self._file
        version_and_flags, count = file.number(box.body, 4), file.number(box.body + 4, 4)
        places, first = fields(box.body + 8, version_and_flags, _RUN)
        each, width = fields(0, version_and_flags, _SAMPLE)
        file.only(box, first - box.body + count * width)
        sizes: Iterable[int] = repeat(size, count)
        total = size * count
        if _SIZE in each:
            part = numbers(file, first, 4, count * width // 4)[each[_SIZE] // 4 :: width // 4]
            sizes, total = part, sum(part)
        start = self._implied or 0
        if _OFFSET in places:
            offset = file.number(places[_OFFSET], 4)
            start = base + offset - (2 * _TWO_31 if offset >= _TWO_31 else 0)
        self._implied = start + total
        coding = track.entries[description - 1].coding
        self.runs.append(Run(start, start + total, coding, sizes))

    def _decode_time(self, box: Box, track: Track) -> None:
        size = 8 if self._file.version(box, 0, 1) else 4
        self._file.only(box, 4 + size)
        self._times.append((track, box.body + 4, size))

    def start_at_zero(self) -> None:
        """Take whole seconds off all times, so that they do not tell when it was recorded.

        Live streams count from 1970 or from when a device was switched on.
        """
        file = self._file
        times = [(track, at, size, file.exact(at, size)) for track, at, size in self._times]
        for track, _, _, _ in times:
            file.demand(track.scale > 0)
        base = min((time // track.scale for track, _, _, time in times), default=0)
        for track, at, size, time in times if base else ():
            if track.latest_edit >= base * track.scale:
                raise file.refusal("unsupported")
            file.put(at, (time - base * track.scale).to_bytes(size), "time")
