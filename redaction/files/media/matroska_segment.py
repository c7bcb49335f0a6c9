"""What stands in a segment, cleaned where it stands (RFC 9559 §5.1)."""

from typing import Final

from redaction.files.media.coded import clean_coded
from redaction.files.media.matroska_blocks import frames, track_of
from redaction.files.media.matroska_elements import CHILDREN, Element, Elements, Treat
from redaction.files.media.matroska_track import Track, clean_track

_SEGMENT: Final = 0x18538067
_SEEK_HEAD: Final = 0x114D9B74
_SEEK: Final = 0x4DBB
_SEEK_TARGET: Final = 0x53AB
_INFO: Final = 0x1549A966
_MUXER: Final = 0x4D80
_WRITER: Final = 0x5741
_TRACKS: Final = 0x1654AE6B
_ENTRY: Final = 0xAE
_CLUSTER: Final = 0x1F43B675
_SIMPLE_BLOCK: Final = 0xA3
_GROUP: Final = 0xA0
_BLOCK: Final = 0xA1
_ADDITIONS: Final = 0x75A1
_MORE: Final = 0xA6
_ADDITION: Final = 0xA5
_ADDITION_NUMBER: Final = 0xEE
_TRANSPARENCY: Final = 1
_CUES: Final = 0x1C53BB6B
_CUE: Final = 0xBB
_CUE_POSITIONS: Final = 0xB7
_CUE_TRACK: Final = 0xF7


class Segment:
    """The tracks that stay, and everything else in the light of them."""

    def __init__(self, file: Elements) -> None:
        self._file = file
        self._tracks: dict[int, Track] = {}

    def clean(self, top: list[Element]) -> None:
        """Clean the tracks first: they tell which blocks stay."""
        file = self._file
        for element in top:
            if element.identity == _TRACKS:
                file.inside(element, {_ENTRY: self._track})
        file.demand(bool(self._tracks))
        treat: dict[int, Treat] = {
            _TRACKS: lambda _: None,
            _CLUSTER: self._cluster,
            _SEEK_HEAD: lambda one: file.inside(one, {_SEEK: self._seek}),
            _INFO: self._information,
            _CUES: lambda one: file.inside(one, {_CUE: self._cue}),
        }
        for element in top:
            file.child(_SEGMENT, element, treat)

    def _track(self, entry: Element) -> None:
        track = clean_track(self._file, entry)
        if track is not None:
            self._file.demand(track.number not in self._tracks)
            self._tracks[track.number] = track

    def _information(self, element: Element) -> None:
        file = self._file
        treat: dict[int, Treat] = {
            program: lambda one: file.zero(one.body, one.end, "software")
            for program in (_MUXER, _WRITER)
        }
        file.inside(element, treat)

    def _seek(self, element: Element) -> None:
        """Keep what leads to a part that stays."""
        targets = self._values(element, _SEEK_TARGET)
        if len(targets) == 1 and targets[0] in CHILDREN[_SEGMENT]:
            self._file.inside(element, {})
        else:
            self._file.vanish(element)

    def _values(self, element: Element, identity: int) -> list[int]:
        children = self._file.children(element.body, element.end)
        return [self._file.value(one) for one in children if one.identity == identity]

    def _cue(self, element: Element) -> None:
        """Keep a point in time that leads to a track that stays."""
        file, kept = self._file, False
        for one in file.children(element.body, element.end):
            if one.identity == _CUE_POSITIONS:
                if set(self._values(one, _CUE_TRACK)) <= self._tracks.keys():
                    kept = True
                else:
                    file.vanish(one)
        if kept:
            file.inside(element, {})
        else:
            file.vanish(element)

    def _cluster(self, cluster: Element) -> None:
        treat: dict[int, Treat] = {_SIMPLE_BLOCK: self._block, _GROUP: self._group}
        self._file.inside(cluster, treat)

    def _block(self, block: Element) -> None:
        """Clean the frames of a block, or let it vanish with its track."""
        file = self._file
        number, at = track_of(file, block)
        track = self._tracks.get(number)
        if track is None:
            file.vanish(block)
        elif track.coding.name:
            for start, end in frames(file, at, block.end):
                file.spend()
                clean_coded(file, track.coding, start, end)

    def _group(self, group: Element) -> None:
        file = self._file
        blocks = [one for one in file.children(group.body, group.end) if one.identity == _BLOCK]
        file.demand(len(blocks) == 1)
        track = self._tracks.get(track_of(file, blocks[0])[0])
        if track is None:
            file.vanish(group)
            return
        treat: dict[int, Treat] = {_BLOCK: self._block, _ADDITIONS: file.remove}
        if track.alpha:
            treat[_ADDITIONS] = lambda one: file.inside(one, {_MORE: self._addition})
        file.inside(group, treat)

    def _addition(self, element: Element) -> None:
        """Keep the transparency of a picture."""
        if self._values(element, _ADDITION_NUMBER) in ([], [_TRANSPARENCY]):
            self._file.inside(element, {_ADDITION: lambda _: None})
        else:
            self._file.remove(element)
