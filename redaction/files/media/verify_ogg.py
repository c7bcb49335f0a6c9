"""Read a cleaned Ogg file a second time, knowing nothing of how it was cleaned.

Streams follow each other and are counted from 1, their pages from 0; the first packets have
one spelling. Checksums are not computed again: they were written over these very bytes.
"""

import re
import struct
from typing import Final

from redaction.files.errors import demanding

_demand: Final = demanding("sound-malformed")

_FIRST: Final = re.compile(
    rb"(?P<opus>OpusHead\x01.{9}(?:\0|[^\0].*))"
    rb"|(?P<vorbis>\x01vorbis\0{4}.{5}\0{12}[\x66-\xdd]\x01)"
    rb"|(?P<flac>\x7fFLAC\x01\0\0\x01fLaC\0\0\0\x22.{34})",
    re.DOTALL,
)
_SECOND: Final = {
    "opus": re.compile(rb"OpusTags\0{8}"),
    "vorbis": re.compile(rb"\x03vorbis\0{8}\x01"),
    "flac": re.compile(rb"\x84\0\0\x08\0{8}"),
}


def verify_ogg(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    at, stream, page, kind = 0, 0, 0, ""
    while at < len(written):
        _demand(at + 27 <= len(written))
        magic, flags, serial, number = struct.unpack_from("<5sB8xII", written, at)
        start = at + 27 + written[at + 26]
        end = start + sum(written[at + 27 : start])
        _demand(magic == b"OggS\0" and flags < 8 and end <= len(written))
        body = written[start:end]
        if flags & 2:
            _demand(page == 0 or page > 2)
            first = _FIRST.fullmatch(body)
            _demand(first is not None and flags == 2)
            kind = first.lastgroup or "" if first else ""
            stream, page = stream + 1, 0
        _demand(serial == stream > 0 and number == page)
        if page == 1:
            _demand(_SECOND[kind].fullmatch(body))
        page += 1
        at = end
    _demand(stream > 0 and page > 1)
