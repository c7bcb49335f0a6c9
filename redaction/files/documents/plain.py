"""Plain text and tables of text: UTF-8 comes out, and nothing that cannot be seen.

Line ends become LF and blanks before them go, because both can be counted. A table keeps
its tabs, which are empty cells, and begins with a byte-order mark if it holds more than
ASCII: without one, Excel shows Arabic as nonsense. Whether the mark stood there before
does not matter, so it tells nothing about the program. Words are not touched.
"""

from codecs import utf_8_decode, utf_16_be_decode, utf_16_le_decode
from typing import ClassVar, Final

from redaction.files.documents.invisible import trimmed, unified, visible
from redaction.files.documents.verify_plain import verify_plain
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import INVISIBLE, LIMITS
from redaction.files.sniff import PLAIN, sniff
from redaction.files.whole import WholeFile

_MARK: Final = "\ufeff"
# The functions themselves: a sandboxed job can load no codec by name any more.
_UTF_16: Final = {b"\xff\xfe": utf_16_le_decode, b"\xfe\xff": utf_16_be_decode}


class PlainTextCleaner(WholeFile):
    """The cleaner of text/plain."""

    media: ClassVar[str] = "text/plain"

    def _rewrite(self, untrusted: bytes) -> bytes:
        if len(untrusted) > LIMITS["text_bytes"]:
            raise UnreadableFileError("file-too-large")
        text = self._lines(decoded(untrusted))
        clean = self._trim(visible(text))
        if clean != text:
            self._note("invisible-text")
        written = self._mark(clean).encode()
        # What now begins like another type would be read as that type from here on.
        if not clean or sniff(written) != PLAIN:
            raise UnreadableFileError("text-malformed" if clean else "file-empty")
        return written

    def _verify(self, written: bytes) -> None:
        verify_plain(written)

    def _lines(self, text: str) -> str:
        return unified(text)

    def _trim(self, text: str) -> str:
        return trimmed(text)

    def _mark(self, text: str) -> str:
        return text


class TableCleaner(PlainTextCleaner):
    """The cleaner of text/csv."""

    media: ClassVar[str] = "text/csv"

    def _lines(self, text: str) -> str:
        # A line end that only Unicode knows is none between rows.
        return unified(text, " ")

    def _trim(self, text: str) -> str:
        return trimmed(text, INVISIBLE["blanks"].replace("\t", ""))

    def _mark(self, text: str) -> str:
        return text if text.isascii() else _MARK + text


def decoded(untrusted: bytes) -> str:
    """Return UTF-8 or, behind its mark, UTF-16; raise `UnreadableFileError`."""
    try:
        text, _ = _UTF_16.get(untrusted[:2], utf_8_decode)(untrusted, "strict", True)
    except UnicodeDecodeError as exc:
        raise UnreadableFileError("text-encoding") from exc
    return text.removeprefix(_MARK)
