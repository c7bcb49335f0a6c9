"""Sound and film, decoded and coded anew by ffmpeg in bubblewrap.

What was coded goes with the old coding: tags, chapters, subtitles, pictures of covers, data
tracks, notes of encoders inside the stream. What is heard and seen stays.
"""

from functools import reduce
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.render.limits import MAX_SECONDS_PLAYED
from redaction.sandbox import Limits, SandboxError
from redaction.sandbox.limits import MIB
from redaction.sandbox.programs import run_program

# The reader is named, so that a file cannot choose one: playlists would fetch other files.
_READERS: Final = {
    "audio/mp4": "mov",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/x-matroska": "matroska",
    "video/webm": "matroska",
    "video/x-msvideo": "avi",
    "video/x-ms-asf": "asf",
}
MEDIA: Final = frozenset(_READERS)
_LIMITS: Final = Limits(
    seconds=600, cpu_seconds=1200, memory_bytes=2048 * MIB, output_bytes=512 * MIB
)
_READING: Final = ("-nostdin", "-v", "error", "-threads", "2", "-protocol_whitelist", "file,pipe")
_FORGETTING: Final = ("-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn", "-bitexact")
_OPUS: Final = ("-c:a", "libopus", "-b:a", "96k", "-ac", "2")
_SOUND: Final = ("-map", "0:a:0", *_OPUS, "-f", "ogg")
# A negative speed is a fixed one: a positive one changes with the load of this machine.
_VP8: Final = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "-8", "-b:v", "3M")
_FILM: Final = (
    *("-map", "0:v:0?", "-map", "0:a:0?", *_OPUS, *_VP8),
    *("-pix_fmt", "yuv420p", "-fpsmax", "30", "-f", "webm", "-vf"),
)
_COPY: Final = ("-map", "0", "-c", "copy", "-map_metadata:s", "-1")
_CONTAINERS: Final = {"ogg": "ogg", "webm": "matroska"}
_SHORTER: Final = ("-t", str(MAX_SECONDS_PLAYED))
_ID3: Final = b"ID3"
_ID3_BYTES: Final = 10
_FLAC: Final = b"fLaC"
# At most 1280 wide or high, whichever way it was held.
_SMALLER: Final = (
    "scale=w='min(1280,iw)':h='min(1280,ih)':force_original_aspect_ratio=decrease"
    ":force_divisible_by=2"
)


def play(untrusted: bytes, media: str) -> bytes:
    """Return Ogg Opus for sound, WebM (VP8, Opus) for film; raise `UnreadableFileError`."""
    coding = _SOUND if media.startswith("audio/") else (*_FILM, _SMALLER)
    coded = _ffmpeg(untrusted, _reader(untrusted, media), *_FORGETTING, *coding)
    container = coding[coding.index("-f") + 1]
    # Encoders sign each track; in a copy nobody does.
    return _ffmpeg(coded, _CONTAINERS[container], *_FORGETTING, *_COPY, "-f", container)


def _reader(untrusted: bytes, media: str) -> str:
    """Return ffmpeg's name of the format; some programs write MP3's tags before FLAC."""
    if media == "audio/mpeg" and untrusted.startswith(_ID3):
        size = reduce(lambda size, byte: size << 7 | byte & 0x7F, untrusted[6:_ID3_BYTES], 0)
        if untrusted.startswith(_FLAC, _ID3_BYTES + size):
            return "flac"
    return _READERS[media]


def _ffmpeg(untrusted: bytes, reader: str, *writing: str) -> bytes:
    command = ["ffmpeg", *_READING, "-f", reader, "-i", "in", *_SHORTER, *writing, "out"]
    try:
        return run_program(
            command, untrusted, name="in", result="out", package="ffmpeg", limits=_LIMITS
        )
    except SandboxError as exc:
        raise UnreadableFileError(exc.code) from exc
