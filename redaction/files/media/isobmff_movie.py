"""The movie box, cleaned where it stands (ISO/IEC 14496-12 §8).

Tracks of sound and pictures stay, with the numbers that play them. Other tracks, and the
pictures and titles of chapters, go.
"""

from collections.abc import Iterator

from redaction.files.media.isobmff_boxes import Box, Boxes, Treat, as_is
from redaction.files.media.isobmff_fragments import Fragments
from redaction.files.media.isobmff_samples import Run, Track, runs
from redaction.files.media.isobmff_track import MOVIE_HEADER, TrackCleaner, empty_times


class Movie:
    """What stays of a `moov`; *handlers* are the kinds of tracks that may."""

    def __init__(self, file: Boxes, handlers: tuple[str, ...]) -> None:
        self._file = file
        self._handlers = handlers
        self._chapters: set[int] = set()
        self.tracks: dict[int, Track] = {}
        self.fragments = Fragments(file, self.tracks)

    def clean(self, box: Box) -> None:
        """Clean the one `moov` of a file."""
        file = self._file
        traks = [one for one in file.children(box.body, box.end) if one.kind == "trak"]
        for one in traks:
            self._chapters |= TrackCleaner(file, one).chapters()
        treat: dict[str, Treat] = {"mvhd": self._header, "cmov": self._compressed}
        treat |= {"trak": self._trak, "mvex": as_is}
        file.inside(box.body, box.end, treat)
        for one in file.children(box.body, box.end):
            if one.kind == "mvex":
                self.fragments.defaults(one)

    def runs(self) -> Iterator[Run]:
        """Yield where the samples of all tracks lie."""
        for track in self.tracks.values():
            yield from runs(self._file, track)
        yield from self.fragments.runs

    def _header(self, box: Box) -> None:
        end = empty_times(self._file, box, MOVIE_HEADER)
        self._file.zero(end - 74, end - 64, "unknown")
        self._file.zero(end - 28, end - 4, "unknown")

    def _trak(self, box: Box) -> None:
        """Clean a track that may stay, remove any other."""
        file, cleaner = self._file, TrackCleaner(self._file, box)
        identity = cleaner.track.identity
        allowed = cleaner.handler in self._handlers and identity not in self._chapters
        if allowed and cleaner.is_local():
            file.demand(identity not in self.tracks)
            self.tracks[identity] = cleaner.clean()
        else:
            file.orphans = True
            file.remove(box, "track", *(file.kinds(box.body, box.end) - {"unknown"}))

    def _compressed(self, _box: Box) -> None:
        raise self._file.refusal("unsupported")
