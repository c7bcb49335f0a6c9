"""Matroska and WebM, cleaned where they stand (RFC 9559).

Elements keep their places and sizes, so every position stays true. What the tables do not
name becomes a Void full of zeros, and so does every block of a track that goes.
"""

from collections.abc import Iterator
from typing import Final

from redaction.files.media.matroska_elements import CHECKSUM, CHILDREN, VOID, Element, Elements
from redaction.files.media.matroska_segment import Segment
from redaction.files.media.verify_matroska import verify
from redaction.files.whole import WholeFile

_HEADER: Final = 0x1A45DFA3
_DOCTYPE: Final = 0x4282
_MEDIA: Final = {"matroska": "video/x-matroska", "webm": "video/webm"}
_SEGMENT: Final = 0x18538067
_TAGS: Final = 0x1254C367
_CHAPTERS: Final = 0x1043A770
_ATTACHMENTS: Final = 0x1941A469
_CLUSTER: Final = 0x1F43B675
_TOP: Final = CHILDREN[_SEGMENT] | {_TAGS, _CHAPTERS, _ATTACHMENTS}
_KNOWN: Final = _TOP | CHILDREN[_CLUSTER] | {VOID, CHECKSUM}


class MatroskaCleaner(WholeFile):
    """Cleans one Matroska or WebM file."""

    media = "video/x-matroska"

    def _rewrite(self, untrusted: bytes) -> bytes:
        file = Elements(untrusted, "video")
        header = file.element(0, len(file.data))
        if header is None or header.identity != _HEADER or not header.sized:
            raise file.refusal("malformed")
        file.inside(header, {_DOCTYPE: lambda one: self._kind(file, one)})
        Segment(file).clean(list(_top(file, _segment(file, header.end))))
        self._note(*file.removed)
        self._warn(*file.warnings)
        return bytes(file.data)

    def _verify(self, written: bytes) -> None:
        verify(written)

    def _kind(self, file: Elements, element: Element) -> None:
        name = file.text(element)
        if name not in _MEDIA:
            raise file.refusal("unsupported")
        self.exact_media = _MEDIA[name]


def _segment(file: Elements, at: int) -> Element:
    """Return the segment that stands at *at*, and cut off what follows it."""
    identity, _ = file.vint(at, len(file.data))
    segment = file.element(at, len(file.data))
    file.demand(identity == _SEGMENT)
    if segment is None:
        raise file.refusal("truncated")
    if segment.end < len(file.data):
        file.removed.add("trailer")
        del file.data[segment.end :]
    return segment


def _top(file: Elements, segment: Element) -> Iterator[Element]:
    """Yield the segment's children; what stands behind the last one is cut off."""
    at = segment.body
    while at < segment.end:
        element = file.element(at, segment.end)
        if element is not None and element.identity == _CLUSTER and not element.sized:
            element = element._replace(end=_cluster_end(file, element))
        elif element is None or not element.sized:
            if segment.sized or file.vint(at, segment.end)[0] in _KNOWN:
                raise file.refusal("truncated")
            file.removed.add("trailer")
            del file.data[at:]
            return
        yield element
        at = element.end


def _cluster_end(file: Elements, cluster: Element) -> int:
    """Return where a cluster ends that does not tell (RFC 8794 §6.2)."""
    at = cluster.body
    while at < cluster.end:
        child = file.element(at, cluster.end)
        if child is None and file.vint(at, cluster.end)[0] in _KNOWN:
            raise file.refusal("truncated")
        if child is None or child.identity in _TOP:
            return at
        file.demand(child.sized)
        at = child.end
    return at
