"""Clean Ogg files with Opus, Vorbis or FLAC inside (RFC 3533, RFC 7845, Vorbis I §4 and §A).

Kept: pages with sound as they are divided and timed, and the codebooks of Vorbis. Written
anew: the packet that names the codec, an empty comment packet, the numbers of streams and
pages, every checksum. Dropped: comments, pictures, the encoder's name, Skeleton streams, and
bytes behind the last page.

Out of reach: filling inside packets of Opus, bytes behind the codebooks of Vorbis.
"""

from dataclasses import dataclass, field
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.ogg_codecs import Codec, codec_of
from redaction.files.media.ogg_pages import BEGIN, CONTINUED, END, Page, paged, read_page
from redaction.files.media.sound import Sound, bound, demand
from redaction.files.media.verify_ogg import verify_ogg

_SKELETON: Final = b"fishead\0"
# Pages are dear; half a million are three hours of the smallest.
_WEIGHT: Final = 4
_MOST_HEADERS: Final = 1000


@dataclass
class _Stream:
    """A stream that stays. Its headers are collected until `begun`."""

    codec: Codec
    number: int
    pages: int = 0
    headers: list[bytes] = field(default_factory=list)
    unfinished: bytearray = field(default_factory=bytearray)
    begun: bool = False
    torn: bool = False


class OggCleaner(Sound):
    """Give in an Ogg file, get the same sound without its history."""

    media = "audio/ogg"

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        super().__init__(declared_name, depth)
        self._streams: list[_Stream] = []
        self._serial = -1
        self._dropped: set[int] = set()

    def _run(self) -> None:
        pages = 0
        while self._untrusted.startswith(b"OggS", self._at):
            pages += 1
            bound(_WEIGHT * pages)
            page, self._at = read_page(self._untrusted, self._at)
            self._sort(page)
        demand(self._streams and self._streams[-1].begun)
        # Pages behind something that is none would be played too.
        demand(self._untrusted.find(b"OggS", self._at) < 0)
        self._cut_here()

    def _verify(self, written: bytes) -> None:
        verify_ogg(written)

    def _sort(self, page: Page) -> None:
        if page.flags & BEGIN:
            self._begin(page)
        elif page.serial not in self._dropped:
            demand(page.serial == self._serial)
            self._continue(self._streams[-1], page)
            if page.flags & END:
                self._serial = -1

    def _begin(self, page: Page) -> None:
        """Look at a stream's first packet; several streams may only follow each other."""
        demand(page.serial != self._serial and page.serial not in self._dropped)
        demand(len(page.segments) > 0 and not page.flags & (CONTINUED | END))
        demand([whole for _, whole in page.packets()] == [True])
        if page.body.startswith(_SKELETON):
            self._dropped.add(page.serial)
            self._note("track")
            return
        if self._streams and not self._streams[-1].begun:
            raise UnreadableFileError("sound-unsupported")
        stream = _Stream(codec_of(page.body), len(self._streams) + 1)
        self._streams.append(stream)
        self._serial = page.serial
        self._write(stream, *paged(stream.codec.first(page.body), BEGIN))

    def _continue(self, stream: _Stream, page: Page) -> None:
        demand(stream.torn == bool(page.flags & CONTINUED))
        if stream.begun:
            for piece, whole in page.packets():
                demand(stream.torn or stream.codec.is_sound(piece))
                stream.torn = not whole
            self._write(stream, page)
            return
        for piece, whole in page.packets():
            demand(not stream.begun)  # sound begins with a page of its own
            stream.unfinished += piece
            stream.torn = not whole
            if whole:
                self._header(stream, bytes(stream.unfinished))
                stream.unfinished.clear()

    def _header(self, stream: _Stream, packet: bytes) -> None:
        """Take one more packet of headers; write all of them when they are complete."""
        stream.headers.append(packet)
        demand(len(stream.headers) <= _MOST_HEADERS)
        if not stream.codec.complete(stream.headers):
            return
        ours = stream.codec.rest(stream.headers)
        for header in stream.headers:
            if header not in ours:
                self._note_tag(header, "software")
        for header in ours:
            self._write(stream, *paged(header))
        stream.begun = True

    def _write(self, stream: _Stream, *pages: Page) -> None:
        for page in pages:
            self._emit(page.write(stream.number, stream.pages))
            stream.pages += 1
