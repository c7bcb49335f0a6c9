"""Undo the filters of PDF streams (ISO 32000-1 §7.4), never into more than was agreed.

Coded pictures (JPEG, JPEG 2000, fax, JBIG2) are not decoded here.
"""

import re
import zlib
from base64 import a85decode
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from redaction.files.documents.pdf.syntax import Value, is_whole
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

T = TypeVar("T")
CODECS: Final = frozenset({"DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode"})
ABBREVIATIONS: Final = {
    "AHx": "ASCIIHexDecode",
    "A85": "ASCII85Decode",
    "LZW": "LZWDecode",
    "Fl": "FlateDecode",
    "RL": "RunLengthDecode",
    "CCF": "CCITTFaxDecode",
    "DCT": "DCTDecode",
}
MAX_FILTERS: Final = 4
WORDS_AT_LEAST: Final = 400_000
WORDS_PER_BYTE: Final = 2
_SPACE: Final = b"\0\t\n\f\r "
_CLEAR: Final = 256
_LZW_END: Final = 257


class Filter(NamedTuple):
    """One step of a stream's packing."""

    name: str
    parameters: dict[str, Value]


class Budget:
    """How many bytes one file may unfold to, and how many words of it are read one by one.

    Words are granted by the size of the file, so that a small one cannot ask for much work.
    """

    def __init__(self, file_bytes: int) -> None:
        self._bytes = LIMITS["pdf_unpacked"]
        self._words = min(LIMITS["pdf_words"], WORDS_AT_LEAST + WORDS_PER_BYTE * file_bytes)

    def spend(self, count: int) -> None:
        """Take bytes; raise `UnreadableFileError` when too few are left."""
        self._bytes -= count
        if self._bytes < 0:
            raise UnreadableFileError("file-too-complex")

    def work(self, count: int) -> None:
        """Take words, or as much work; raise `UnreadableFileError` when too few are left."""
        self._words -= count
        if self._words < 0:
            raise UnreadableFileError("file-too-complex")

    def counted(self, words: Iterable[T]) -> Iterator[T]:
        """Yield *words* as long as they may be read."""
        for word in words:
            self.work(1)
            yield word

    def decode(self, data: bytes, step: Filter) -> bytes:
        """Undo one filter; raise `UnreadableFileError` for a broken or endless one."""
        if step.name == "FlateDecode":
            data = inflate(data)[0]
        elif step.name == "LZWDecode":
            self.work(len(data) // 2)
            data = _unlzw(data, early=step.parameters.get("EarlyChange", 1) != 0)
        elif step.name == "RunLengthDecode":
            self.work(len(data) // 4)
            data = _unrun(data)
        elif step.name == "ASCII85Decode":
            self.work(len(data) // 8)
            data = _unascii85(data)
        elif step.name == "ASCIIHexDecode":
            data = _unhex(data)
        else:
            raise UnreadableFileError("pdf-malformed")
        self.spend(len(data))
        return data

    def plain(self, data: bytes, steps: Sequence[Filter]) -> bytes:
        """Undo all filters, predictors too."""
        for step in steps:
            data = self.unpredict(self.decode(data, step), step.parameters)
        return data

    def unpredict(self, data: bytes, parameters: Mapping[str, Value]) -> bytes:
        """Undo the PNG predictors of rows of bytes (§7.4.4.4); raise for TIFF's."""
        predictor = predictor_of(parameters)
        if predictor == 1:
            return data
        pixel, row = row_shape(parameters)
        if not 10 <= predictor <= 15:
            raise UnreadableFileError("pdf-malformed")
        self.work(len(data) // 2)
        before, plain = bytes(row), bytearray()
        for at in range(0, len(data), row + 1):
            before = _unfiltered(data[at], data[at + 1 : at + 1 + row], before, pixel)
            plain += before
        return bytes(plain)


def inflate(data: bytes, limit: int = LIMITS["pdf_stream"]) -> tuple[bytes, int]:
    """Return what a zlib stream holds, and where its deflate data end; 0 if they do not.

    Readers of PDF forgive a missing or false checksum, and so do we.
    """
    check_head(data)
    unpacker = zlib.decompressobj(-15)
    try:
        plain = unpacker.decompress(memoryview(data)[2:], limit + 1)
    except zlib.error as exc:
        raise UnreadableFileError("pdf-malformed") from exc
    if len(plain) > limit:
        raise UnreadableFileError("file-too-complex")
    return plain, len(data) - len(unpacker.unused_data) if unpacker.eof else 0


def check_head(data: bytes) -> None:
    """Raise `UnreadableFileError` unless a zlib stream begins here (RFC 1950 §2.2)."""
    if len(data) < 2 or data[0] & 15 != 8 or data[1] & 32 or int.from_bytes(data[:2]) % 31:
        raise UnreadableFileError("pdf-malformed")


def predictor_of(parameters: Mapping[str, Value]) -> int:
    """Return the number of the predictor, 1 for none (§7.4.4.4)."""
    predictor = parameters.get("Predictor", 1)
    if not is_whole(predictor):
        raise UnreadableFileError("pdf-malformed")
    return int(predictor)


def row_shape(parameters: Mapping[str, Value]) -> tuple[int, int]:
    """Return the bytes of one pixel, at least one, and of one row."""
    colours, depth, columns = (
        parameters.get(key, default)
        for key, default in (("Colors", 1), ("BitsPerComponent", 8), ("Columns", 1))
    )
    whole = all(is_whole(n) and 0 < n <= LIMITS["pixels"] for n in (colours, depth, columns))
    if not whole or colours * depth > 32 * 16:
        raise UnreadableFileError("pdf-malformed")
    colours, depth, columns = int(colours), int(depth), int(columns)
    return max(1, colours * depth // 8), (colours * depth * columns + 7) // 8


def _unfiltered(kind: int, coded: bytes, above: bytes, pixel: int) -> bytes:
    """Undo one row (PNG §9.2); a row cut short stays short."""
    row = bytearray(coded)
    for i in range(len(row) if kind else 0):
        left = row[i - pixel] if i >= pixel else 0
        corner = above[i - pixel] if i >= pixel else 0
        row[i] = (row[i] + _predicted(kind, left, above[i], corner)) & 0xFF
    return bytes(row).ljust(len(above), b"\0") if len(row) < len(above) else bytes(row)


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    if kind != 4:
        raise UnreadableFileError("pdf-malformed")
    guess = left + up - corner
    return min((left, up, corner), key=lambda near: abs(guess - near))


def _unlzw(data: bytes, *, early: bool) -> bytes:
    """Undo LZW (§7.4.4.2): codes of 9 to 12 bits, high bits first."""
    table = [bytes((i,)) for i in range(256)] + [b"", b""]
    plain, before = bytearray(), b""
    width, held, bits = 9, 0, 0
    for byte in data:
        held, bits = (held << 8 | byte) & 0xFFFFF, bits + 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits & (1 << width) - 1
        if code == _LZW_END:
            break
        if code == _CLEAR:
            del table[258:]
            before, width = b"", 9
            continue
        if code > len(table) or (code == len(table) and not before):
            raise UnreadableFileError("pdf-malformed")
        entry = table[code] if code < len(table) else before + before[:1]
        plain += entry
        if len(plain) > LIMITS["pdf_stream"]:
            raise UnreadableFileError("file-too-complex")
        if before and len(table) < 4096:
            table.append(before + entry[:1])
        before = entry
        width = min(12, max(9, (len(table) + early).bit_length()))
    return bytes(plain)


def _unrun(data: bytes) -> bytes:
    """Undo run-length coding (§7.4.5)."""
    plain, at = bytearray(), 0
    while at < len(data) and data[at] != 128:
        count = data[at]
        if count < 128:
            plain += data[at + 1 : at + 2 + count]
            at += 2 + count
        else:
            plain += data[at + 1 : at + 2] * (257 - count)
            at += 2
        if len(plain) > LIMITS["pdf_stream"]:
            raise UnreadableFileError("file-too-complex")
    return bytes(plain)


def _unascii85(data: bytes) -> bytes:
    """Undo base 85 (§7.4.3)."""
    digits = data.translate(None, _SPACE).removeprefix(b"<~").partition(b"~")[0]
    if not re.fullmatch(rb"[!-uz]*+", digits):
        raise UnreadableFileError("pdf-malformed")
    if len(digits) + 3 * digits.count(b"z") > LIMITS["pdf_stream"]:
        raise UnreadableFileError("file-too-complex")
    try:
        return a85decode(digits)
    except ValueError as exc:
        raise UnreadableFileError("pdf-malformed") from exc


def _unhex(data: bytes) -> bytes:
    """Undo hexadecimal digits (§7.4.2)."""
    digits = data.translate(None, _SPACE).partition(b">")[0]
    if not re.fullmatch(rb"[0-9A-Fa-f]*+", digits):
        raise UnreadableFileError("pdf-malformed")
    return unhexlify(digits + b"0" * (len(digits) % 2))
