"""A PDF as it came: objects by number, read by qpdf, which also finds its way through broken
tables of contents.

qpdf's own limits stop bombs inside object streams and cross-reference streams, which it
unpacks while opening. They hold for the whole process, as qpdf has them.
"""

import logging
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Final

import pikepdf

from redaction.files.documents.pdf.syntax import MAX_NESTING, Ref, Value, parse
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

MAX_REFERENCES: Final = 8
_LIMIT: Final = LIMITS["pdf_stream"]

# What qpdf would log quotes the file.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())
logging.getLogger("pikepdf").propagate = False
pikepdf.settings.set_qpdf_limits(
    parser_max_nesting=MAX_NESTING,
    max_stream_filters=4,
    flate_max_memory=_LIMIT,
    png_max_memory=_LIMIT,
    run_length_max_memory=_LIMIT,
    tiff_max_memory=_LIMIT,
)


@dataclass(frozen=True)
class Stream:
    """A stream's dictionary and, when asked, its data as they stand in the file."""

    entries: dict[str, Value]
    _handle: pikepdf.Object

    def raw(self) -> bytes:
        """Return the packed data; raise `UnreadableFileError`."""
        try:
            return self._handle.read_raw_bytes()
        except pikepdf.PdfError as exc:
            raise UnreadableFileError("pdf-malformed") from exc


class Source:
    """Opens a file; raises `UnreadableFileError` for what is no PDF or has a password."""

    def __init__(self, untrusted: bytes) -> None:
        self.size = len(untrusted)
        if untrusted.rfind(b"startxref") < untrusted.rfind(b"endobj"):
            # Cut short: qpdf would be content with what is there.
            raise UnreadableFileError("pdf-malformed")
        try:
            self._pdf = pikepdf.open(BytesIO(untrusted), inherit_page_attributes=False)
        except pikepdf.PasswordError as exc:
            raise UnreadableFileError("pdf-encrypted") from exc
        except (pikepdf.PdfError, RuntimeError) as exc:
            raise UnreadableFileError("pdf-malformed") from exc
        if self._pdf.is_encrypted:
            raise UnreadableFileError("pdf-encrypted")
        self._known: dict[Ref, Value] = {}
        self.trailer: dict[str, Value] = parse(self._pdf.trailer.unparse(resolved=True))

    def value(self, untrusted: Value) -> Value:
        """Return what *untrusted* is or refers to; None for nothing."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(untrusted, Ref):
                return untrusted
            if untrusted not in self._known:
                self._known[untrusted] = self._load(untrusted)
            untrusted = self._known[untrusted]
        return None

    def entries(self, untrusted: Value) -> dict[str, Value]:
        """Return the dictionary that *untrusted* is, refers to or begins with, or {}."""
        value = self.value(untrusted)
        if isinstance(value, Stream):
            return value.entries
        return value if isinstance(value, dict) else {}

    def items(self, untrusted: Value) -> list[Value]:
        """Return the array that *untrusted* is or refers to, or an empty one."""
        value = self.value(untrusted)
        return value if isinstance(value, list) else []

    def _load(self, ref: Ref) -> Value:
        try:
            found: object = self._pdf.get_object(ref.number, ref.generation)
            if isinstance(found, pikepdf.Stream):
                return Stream(parse(found.stream_dict.unparse(resolved=True)), found)
            if isinstance(found, Decimal):
                return float(found)
            if not isinstance(found, pikepdf.Object):
                return found
            return parse(b"[%s]" % found.unparse(resolved=True))[0]
        except (pikepdf.PdfError, ValueError, RuntimeError) as exc:
            raise UnreadableFileError("pdf-malformed") from exc
