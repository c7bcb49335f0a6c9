"""One track of a movie, cleaned where it stands (ISO/IEC 14496-12 §8.3 to §8.6)."""

from typing import Final

from redaction.files.media.isobmff_boxes import Box, Boxes, Treat
from redaction.files.media.isobmff_entries import Entries
from redaction.files.media.isobmff_samples import Track

_ENABLED: Final = 1
_UNDETERMINED: Final = b"\x55\xc4"
_UNSPECIFIED: Final = b"\x7f\xff"
# Tables with a count of entries, and how long one is.
_TABLES: Final = {"stts": 8, "ctts": 8, "stsc": 12, "stco": 4, "co64": 8, "stss": 4}
_NEEDED: Final = (("stsd",), ("stts",), ("stsc",), ("stsz", "stz2"), ("stco", "co64"))
# How long a header is and where its times end, by version.
MOVIE_HEADER: Final = {0: (100, 12), 1: (112, 20)}
_TRACK_HEADER: Final = {0: (84, 12), 1: (96, 20)}
_MEDIA_HEADER: Final = {0: (24, 12), 1: (36, 20)}


def within(file: Boxes, box: Box, *path: str) -> list[Box]:
    """Return the boxes at the end of *path* in *box*."""
    found = [box]
    for kind in path:
        found = [
            child
            for parent in found
            for child in file.children(parent.body, parent.end)
            if child.kind == kind
        ]
    return found


def empty_times(file: Boxes, box: Box, layout: dict[int, tuple[int, int]]) -> int:
    """Empty when something was made and changed; return where the header ends."""
    size, after = layout[file.version(box, 0, 1)]
    file.only(box, size)
    file.zero(box.body + 4, box.body + after, "time")
    return box.body + size


class TrackCleaner:
    """A `trak`: first looked at, then cleaned if it may stay."""

    def __init__(self, file: Boxes, box: Box) -> None:
        self._file = file
        self._box = box
        headers, handlers = within(file, box, "tkhd"), within(file, box, "mdia", "hdlr")
        file.demand(len(headers) == len(handlers) == 1)
        self._header = headers[0]
        end = self._header.body + _TRACK_HEADER[file.version(self._header, 0, 1)][0]
        long = file.number(self._header.body, 1)
        at = handlers[0].body + 8
        self.handler = file.word(at)
        self._references = 0
        self.track = Track(file.number(end - (76 if long else 72), 4))

    def chapters(self) -> set[int]:
        """Return which tracks hold the titles and pictures of this one's chapters."""
        found = set()
        for reference in within(self._file, self._box, "tref", "chap"):
            for at in range(reference.body, reference.end - 3, 4):
                self._file.spend()
                found.add(self._file.number(at, 4))
        return found

    def is_local(self) -> bool:
        """Return whether all its samples are in this file."""
        found = within(self._file, self._box, "mdia", "minf", "dinf", "dref")
        self._file.demand(len(found) == 1)
        self._references = self._file.self_contained(found[0])
        return self._references > 0

    def clean(self) -> Track:
        """Clean the track that stays."""
        file = self._file
        if self.handler == "soun":
            file.warnings.add("voice")
        if not file.number(self._header.body, 4) & _ENABLED:
            file.warnings.add("hidden-content")
        treat: dict[str, Treat] = {
            "tkhd": self._track_header,
            "edts": lambda box: file.inside(box.body, box.end, {"elst": self._edits}),
            "mdia": self._media,
        }
        if self.handler == "auxv":
            treat["tref"] = lambda box: file.inside(box.body, box.end, {"auxl": self._links})
        file.inside(self._box.body, self._box.end, treat)
        for kinds in _NEEDED:
            file.demand(sum(kind in self.track.tables for kind in kinds) == 1)
        return self.track

    def _track_header(self, box: Box) -> None:
        end = empty_times(self._file, box, _TRACK_HEADER)
        at = box.body + (24 if self._file.number(box.body, 1) else 16)
        self._file.zero(at, at + 4, "unknown")
        self._file.zero(end - 60, end - 52, "unknown")
        self._file.zero(end - 46, end - 44, "unknown")

    def _edits(self, box: Box) -> None:
        file = self._file
        width = 8 if file.version(box, 0, 1) else 4
        count = file.table(box, 2 * width + 4)
        file.spend(count)
        for entry in range(count):
            time = file.number(box.body + 8 + entry * (2 * width + 4) + width, width)
            if time >> 8 * width - 1 == 0:
                self.track.latest_edit = max(self.track.latest_edit, time)

    def _links(self, box: Box) -> None:
        self._file.only(box, (box.end - box.body) // 4 * 4)

    def _media(self, box: Box) -> None:
        file = self._file
        treat: dict[str, Treat] = {
            "mdhd": self._media_header,
            "hdlr": file.handler,
            "minf": self._information,
        }
        file.inside(box.body, box.end, treat)

    def _media_header(self, box: Box) -> None:
        end = empty_times(self._file, box, _MEDIA_HEADER)
        self.track.scale = self._file.number(
            end - (16 if self._file.number(box.body, 1) else 12), 4
        )
        if self._file.data[end - 4 : end - 2] != _UNSPECIFIED:
            self._file.put(end - 4, _UNDETERMINED, "unknown")
        self._file.zero(end - 2, end, "unknown")

    def _information(self, box: Box) -> None:
        file = self._file
        treat: dict[str, Treat] = {
            "vmhd": lambda one: file.only(one, 12),
            "smhd": lambda one: file.only(one, 8),
            "hdlr": file.handler,
            "dinf": lambda one: file.inside(one.body, one.end, {"dref": file.self_contained}),
            "stbl": self._table,
        }
        file.inside(box.body, box.end, treat)

    def _table(self, box: Box) -> None:
        file = self._file
        treat: dict[str, Treat] = dict.fromkeys(_TABLES, self._counted)
        treat |= {"stsd": self._descriptions, "stsz": self._sizes, "stz2": self._sizes}
        file.inside(box.body, box.end, treat)

    def _keep(self, box: Box) -> None:
        self._file.demand(box.kind not in self.track.tables)
        self.track.tables[box.kind] = box

    def _counted(self, box: Box) -> None:
        self._keep(box)
        self._file.table(box, _TABLES[box.kind])

    def _descriptions(self, box: Box) -> None:
        self._keep(box)
        visual = self.handler != "soun"
        self.track.entries = Entries(self._file).clean(box, visual, self._references)

    def _sizes(self, box: Box) -> None:
        """Measure how long the samples are told to be: one for all, or each."""
        file = self._file
        self._keep(box)
        uniform, width = file.number(box.body + 4, 4), 4
        if box.kind == "stz2":
            file.demand(uniform in {8, 16})
            width = uniform // 8
        elif uniform:
            width = 0
        file.table(box, width, count_at=8)
