"""MP4, MOV, M4A and 3GP, cleaned where they stand (ISO/IEC 14496-12, QuickTime).

Boxes keep their places and sizes, so every offset stays true. What the tables do not name
becomes free space full of zeros, and so does every byte of media data that no sample of a
track that stays needs.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from redaction.files.media.coded import clean_coded
from redaction.files.media.isobmff_boxes import TABLES, Box, Boxes, Treat, as_is
from redaction.files.media.isobmff_movie import Movie
from redaction.files.media.isobmff_samples import Run
from redaction.files.media.verify_isobmff import verify
from redaction.files.whole import WholeFile

_KNOWN: Final = frozenset({"ftyp", "styp", "moov", "moof", "mdat", "meta", "free", "skip", "wide"})
_ALIASES: Final[dict[str, str]] = TABLES["aliases"]


class IsobmffCleaner(WholeFile):
    """Cleans files of boxes; what differs between kinds is said by the classes below."""

    code: ClassVar[str] = "video"
    brands: ClassVar[tuple[str, ...]] = tuple(TABLES["brands"]["video"])
    brand: ClassVar[str] = "isom"
    handlers: ClassVar[tuple[str, ...]] = ("vide", "soun")

    def _rewrite(self, untrusted: bytes) -> bytes:
        file = Boxes(untrusted, self.code)
        top = list(_top(file))
        spaces = [box for box in top if box.kind == "mdat"]
        runs = self._content(file, top, spaces)
        _keep(file, spaces, runs)
        self._note(*file.removed)
        self._warn(*file.warnings)
        return bytes(file.data)

    def _verify(self, written: bytes) -> None:
        verify(written, self.code)

    def _content(self, file: Boxes, top: list[Box], _spaces: list[Box]) -> Iterable[Run]:
        """Clean all boxes; return where the samples lie that stay."""
        file.demand(any(box.kind == "moov" for box in top))
        return self._movie(file, top, {})

    def _movie(self, file: Boxes, top: list[Box], more: dict[str, Treat]) -> Iterable[Run]:
        """Clean the movie and what stands beside it; *more* treats further kinds of boxes."""
        movie = Movie(file, self.handlers)
        treat: dict[str, Treat] = {
            "ftyp": lambda box: self._brands(file, box),
            "styp": lambda box: self._brands(file, box),
            "mdat": as_is,
            "moof": movie.fragments.clean,
        } | more
        for box in top:
            if box.kind == "moov":
                file.demand(not movie.tracks)
                movie.clean(box)
                file.demand(bool(movie.tracks))
        for box in top:
            if box.kind != "moov":
                treat.get(box.kind, file.remove)(box)
        movie.fragments.start_at_zero()
        return movie.runs()

    def _brands(self, file: Boxes, box: Box) -> None:
        """Keep the names of standards; names of makers become a standard's."""
        file.demand(box.end - box.body >= 8 and (box.end - box.body) % 4 == 0)
        file.zero(box.body + 4, box.body + 8, "software")
        for at in (box.body, *range(box.body + 8, box.end, 4)):
            brand = file.word(at)
            if brand not in self.brands:
                near = (name for sign, name in _ALIASES.items() if brand.startswith(sign))
                known = next((name for name in near if name in self.brands), self.brand)
                file.put(at, known.encode(), "software")


class Mp4Cleaner(IsobmffCleaner):
    """Cleans one MP4 video."""

    media = "video/mp4"


class MovCleaner(IsobmffCleaner):
    """Cleans one QuickTime video."""

    media = "video/quicktime"


class M4aCleaner(IsobmffCleaner):
    """Cleans one MP4 sound recording."""

    media = "audio/mp4"


class ThreeGpCleaner(IsobmffCleaner):
    """Cleans one 3GP video."""

    media = "video/3gpp"


def _top(file: Boxes) -> Iterator[Box]:
    """Yield the boxes of the file; what stands behind the last one is cut off."""
    at = 0
    while at < len(file.data):
        box = file.box(at, len(file.data)) or _last(file, at)
        if box is None:
            file.removed.add("trailer")
            del file.data[at:]
            return
        yield box
        at = box.end


def _last(file: Boxes, at: int) -> Box | None:
    """Return the box that reaches to the end of the file without telling its size."""
    kind = file.data[at + 4 : at + 8].decode("latin-1")
    if kind not in _KNOWN:
        return None
    if file.number(at, 4) != 0:
        raise file.refusal("truncated")
    return Box(kind, at, at + 8, len(file.data))


def _keep(file: Boxes, spaces: list[Box], runs: Iterable[Run]) -> None:
    """Clean the samples of *runs*, and empty what none of them needs."""
    spaces = sorted(spaces, key=lambda box: box.body)
    starts = [box.body for box in spaces]
    used: list[list[tuple[int, int]]] = [[] for _ in spaces]
    left = 2 * len(file.data)
    for run in runs:
        if run.start == run.end:
            continue
        if run.end > len(file.data):
            raise file.refusal("truncated")
        space = bisect_right(starts, run.start) - 1
        left -= run.end - run.start
        file.demand(space >= 0 and run.end <= spaces[space].end and left >= 0)
        used[space].append((run.start, run.end))
        if run.coding.name:
            _clean_samples(file, run)
    empty = file.wipe if file.orphans else file.zero
    for box, ranges in zip(spaces, used, strict=True):
        at = box.body
        for start, end in sorted(ranges):
            if start > at:
                empty(at, start)
            at = max(at, end)
        empty(at, box.end)


def _clean_samples(file: Boxes, run: Run) -> None:
    at = run.start
    for size in run.sizes:
        file.spend()
        clean_coded(file, run.coding, at, at + size)
        at += size
