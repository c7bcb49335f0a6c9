"""Which cleaner is for which media type.

A new format is one class and one line here. The formats of `WHOLE` are named by
`module:class`, so that a program loads only the parsers of the files it meets.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.images.jpeg import JpegCleaner
from redaction.files.images.png import PngCleaner
from redaction.files.policy import REFUSED
from redaction.files.report import Report
from redaction.files.sniff import sniff
from redaction.files.walker import Cleaner, Walker
from redaction.files.whole import MAX_DEPTH, Collected, WholeFile

STREAMING: Final[dict[str, Callable[[], Walker]]] = {
    JpegCleaner.media: JpegCleaner,
    PngCleaner.media: PngCleaner,
}
WHOLE: Final[dict[str, str]] = {
    "image/webp": "redaction.files.images.webp:WebpCleaner",
    "image/gif": "redaction.files.images.gif:GifCleaner",
    "image/tiff": "redaction.files.images.tiff:TiffCleaner",
    "image/bmp": "redaction.files.images.bmp:BmpCleaner",
    "image/x-emf": "redaction.files.images.metafile:EmfCleaner",
    "image/x-wmf": "redaction.files.images.metafile:WmfCleaner",
    "audio/mpeg": "redaction.files.media.mp3:Mp3Cleaner",
    "audio/aac": "redaction.files.media.aac:AacCleaner",
    "audio/amr": "redaction.files.media.amr:AmrCleaner",
    "audio/wav": "redaction.files.media.wav:WavCleaner",
    "audio/aiff": "redaction.files.media.aiff:AiffCleaner",
    "audio/flac": "redaction.files.media.flac:FlacCleaner",
    "audio/ogg": "redaction.files.media.ogg:OggCleaner",
    "audio/mp4": "redaction.files.media.isobmff:M4aCleaner",
    "video/mp4": "redaction.files.media.isobmff:Mp4Cleaner",
    "video/quicktime": "redaction.files.media.isobmff:MovCleaner",
    "video/3gpp": "redaction.files.media.isobmff:ThreeGpCleaner",
    "video/x-matroska": "redaction.files.media.matroska:MatroskaCleaner",
    "image/heic": "redaction.files.media.heif:HeicCleaner",
    "image/avif": "redaction.files.media.heif:AvifCleaner",
    "text/plain": "redaction.files.documents.plain:PlainTextCleaner",
    "text/csv": "redaction.files.documents.plain:TableCleaner",
    "image/svg+xml": "redaction.files.documents.svg:SvgCleaner",
    "text/html": "redaction.files.documents.html:HtmlCleaner",
    "application/pdf": "redaction.files.documents.pdf.cleaner:PdfCleaner",
    "application/zip": "redaction.files.documents.container:ContainerCleaner",
}


def cleaner_of(media: str, declared_name: str = "") -> Cleaner:
    """Return a fresh cleaner; raise `UnreadableFileError` where there is none."""
    if media in STREAMING:
        return STREAMING[media]()
    if media in WHOLE:
        return Collected(media, declared_name)
    raise UnreadableFileError(REFUSED.get(media, "type-unknown"))


def clean_whole(
    media: str, untrusted: bytes, declared_name: str, depth: int = 0
) -> tuple[bytes, Report]:
    """Clean a file of one of the `WHOLE` types; raise `UnreadableFileError`."""
    module, _, name = WHOLE[media].partition(":")
    cleaner: WholeFile = getattr(import_module(module), name)(declared_name, depth)
    written = cleaner.clean(untrusted)
    return written, cleaner.report


def is_leaf(media: str) -> bool:
    """Say whether files of a type hold no files: pictures, sound and film."""
    return media.startswith(("image/", "audio/", "video/")) and media != "image/svg+xml"


def clean_inner(untrusted: bytes, declared_name: str, depth: int) -> tuple[bytes, Report]:
    """Clean a file that lay inside another one, whose *depth* is given.

    Raises `UnreadableFileError`: `too-deep` for a file that lies inside such a file again and
    may itself hold files.
    """
    media = sniff(untrusted, declared_name)
    if depth >= MAX_DEPTH and not is_leaf(media):
        raise UnreadableFileError("too-deep")
    if media in WHOLE:
        return clean_whole(media, untrusted, declared_name, depth + 1)
    cleaner = cleaner_of(media)
    written = cleaner.update(untrusted) + cleaner.finish()
    return written, cleaner.report
