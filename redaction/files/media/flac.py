"""Clean FLAC files: the description, the table for jumping and the frames (RFC 9639).

Frames are found by headers with true checksums whose numbers follow each other; where the
last one ends is known by reading its samples. Dropped: texts with the encoder's name,
pictures, cue sheets, applications' data, filling, tags before and behind.
"""

import struct

from redaction.files.media.flac_frames import last_frame_end, read_header
from redaction.files.media.frames import after_tags
from redaction.files.media.sound import Sound, bound, demand
from redaction.files.media.verify_flac import verify_flac
from redaction.files.policy import LIMITS

_STREAMINFO, _PADDING, _SEEKTABLE = 0, 1, 3
_DESCRIBED, _POINT = 34, 18
_LAST = 0x80
# Comments with the encoder's name, cue sheets with the number of a disc, pictures.
_OTHERWISE = {4: "software", 5: "identifier", 6: "thumbnail"}
_PLACEHOLDER = b"\xff" * 8


class FlacCleaner(Sound):
    """Give in a FLAC file, get the same sound and nothing else."""

    media = "audio/flac"

    def _run(self) -> None:
        if tags := self._take(after_tags(self._untrusted)):
            self._note_tag(tags)
        demand(self._take(4) == b"fLaC")
        described, points = self._blocks()
        start = self._at
        self._at = self._end_of_frames(start, (described[12] & 1) << 4 | described[13] >> 4)
        sound = self._untrusted[start : self._at]
        self._cut_here()
        table = self._in_order(points, len(sound))
        self._emit(b"fLaC", _block(_STREAMINFO, described, last=not table))
        if table:
            self._emit(_block(_SEEKTABLE, table, last=True))
        self._emit(sound)

    def _verify(self, written: bytes) -> None:
        verify_flac(written)

    def _blocks(self) -> tuple[bytes, bytes]:
        """Return the stream's description and the table for jumping, empty without one."""
        described, points, kind = b"", b"", 0
        for _ in range(LIMITS["chunks"]):
            kind, size = self._take(1)[0], int.from_bytes(self._take(3))
            body = self._take(size)
            if kind & ~_LAST == _STREAMINFO and not described:
                demand(size == _DESCRIBED)
                described = body
            elif kind & ~_LAST == _SEEKTABLE and not points:
                points = body
            elif kind & ~_LAST != _PADDING or any(body):
                self._note_tag(body, _OTHERWISE.get(kind & ~_LAST, "unknown"))
            if kind & _LAST:
                break
        demand(described and kind & _LAST)
        return described, points

    def _end_of_frames(self, at: int, depth: int) -> int:
        """Return where the last frame ends; *depth* is one less than bits of a sample."""
        header = read_header(self._untrusted, at)
        demand(header is not None)
        left, frames = LIMITS["chunks"], 0
        sync = self._untrusted[at : at + 2]
        while header is not None:
            last_at, last = at, header
            frames += 1
            bound(frames)
            expected = last.number + (last.samples if sync[1] & 1 else 1)
            at, header = last_at + last.size, None
            while header is None and (at := self._untrusted.find(sync, at + 1)) >= 0:
                candidate = read_header(self._untrusted, at)
                if candidate is not None and candidate.number == expected:
                    header = candidate
                else:
                    left -= 1
                    demand(left)
        return last_frame_end(self._untrusted, last_at, last, depth + 1)

    def _in_order(self, points: bytes, length: int) -> bytes:
        """Return the points that lead to frames, in order, without placeholders."""
        kept, last = [], -1
        for at in range(0, len(points) - _POINT + 1, _POINT):
            point = points[at : at + _POINT]
            sample, offset = struct.unpack_from(">QQ", point)
            if sample > last and offset < length and sample >> 36 == 0:
                kept.append(point)
                last = sample
            elif not point.startswith(_PLACEHOLDER):
                self._note("unknown")
        return b"".join(kept)


def _block(kind: int, body: bytes, *, last: bool) -> bytes:
    return bytes((kind | (_LAST if last else 0),)) + len(body).to_bytes(3) + body
