"""Which way a file is shown, by its content; its name only chooses between kinds of text."""

import re
from dataclasses import dataclass
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.files.sniff import SNIFF_BYTES, sniff
from redaction.render.jobs import ARCHIVES, ask

PICTURES: Final = frozenset(
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "tiff", "bmp", "heic", "avif")
)
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
OLE: Final = "application/x-ole-storage"
GZIP: Final = "application/gzip"
TEXTS: Final = frozenset({"text/plain", "text/csv"})
_STREAMS: Final = {b"BZh": "application/x-bzip2", b"\xfd7zXZ\0": "application/x-xz"}
_TAR: Final = "application/x-tar"
_TAR_MAGIC: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
UNPACKED: Final = frozenset({ZIP, GZIP, _TAR, *_STREAMS.values()})

_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."
_DOCUMENTS: Final = {
    "docx": f"{_OOXML}wordprocessingml.document",
    "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "pptx": f"{_OOXML}presentationml.presentation",
    "odt": f"{_ODF}text",
    "ods": f"{_ODF}spreadsheet",
    "odp": f"{_ODF}presentation",
    "odg": f"{_ODF}graphics",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "rtf": "application/rtf",
    "html": "text/html",
    "svg": "image/svg+xml",
}
_EXTENSIONS: Final = {media: extension for extension, media in _DOCUMENTS.items()}
# The streams of old office files are named in UTF-16, in a directory that may stand anywhere.
_OLE_STREAMS: Final = {
    "WordDocument".encode("utf-16-le"): "doc",
    "PowerPoint Document".encode("utf-16-le"): "ppt",
    "Workbook".encode("utf-16-le"): "xls",
    "Book\0".encode("utf-16-le"): "xls",
}
_PDF_LATE: Final = re.compile(rb"\A.{0,1024}?%PDF-", re.DOTALL)


@dataclass(frozen=True)
class Kind:
    """The media type, and for documents of office programs the extension they are read by."""

    media: str
    document: str | None = None


def kind_of(untrusted: bytes, declared_name: str = "") -> Kind:
    """Return how *untrusted* is to be shown; raise `UnreadableFileError` for empty files."""
    if not untrusted:
        raise UnreadableFileError("file-empty")
    media = _media(untrusted, declared_name)
    if media == ZIP:
        return _zip(untrusted)
    if media == OLE:
        return _old_document(untrusted)
    return Kind(media, _EXTENSIONS.get(media))


def _media(untrusted: bytes, declared_name: str) -> str:
    first = untrusted[:SNIFF_BYTES]
    media = sniff(first, declared_name)
    if media != "application/octet-stream":
        return media
    if first[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC):
        return _TAR
    if _PDF_LATE.match(first):  # readers accept what stands before the header
        return PDF
    return next((known for magic, known in _STREAMS.items() if first.startswith(magic)), media)


def _zip(untrusted: bytes) -> Kind:
    extension = ask(ARCHIVES, "kind_of_zip", untrusted).facts
    if isinstance(extension, str) and extension in _DOCUMENTS:
        return Kind(_DOCUMENTS[extension], extension)
    return Kind(ZIP)


def _old_document(untrusted: bytes) -> Kind:
    for stream, extension in _OLE_STREAMS.items():
        if stream in untrusted:
            return Kind(_DOCUMENTS[extension], extension)
    raise UnreadableFileError("type-unknown")
