"""Pictures in PDFs (ISO 32000-1 §8.9): coded data as they are, without what hides around them.

JPEG goes through its own cleaner, JPEG 2000 and JBIG2 lose their comments and boxes of
metadata, and behind samples nothing is left. Fax data are copied: where they end only a
decoder could tell.
"""

import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from redaction.files.documents.pdf.coded import clean_jbig2, clean_jpeg, clean_jpx
from redaction.files.documents.pdf.colours import channels_of
from redaction.files.documents.pdf.copier import FLATE, Copier
from redaction.files.documents.pdf.filters import (
    CODECS,
    Filter,
    check_head,
    inflate,
    predictor_of,
    row_shape,
)
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import Value, is_whole
from redaction.files.documents.pdf.values import Rule, numbers
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

FULL_NAMES: Final = {
    "BPC": "BitsPerComponent",
    "CS": "ColorSpace",
    "D": "Decode",
    "DP": "DecodeParms",
    "F": "Filter",
    "H": "Height",
    "IM": "ImageMask",
    "I": "Interpolate",
    "W": "Width",
}
MAX_GAP: Final = 64
_ZLIB_HEAD: Final = b"\x78\x9c"
_PIECE: Final = 1 << 20
_END: Final = re.compile(rb"[\0\t\n\f\r ]*+EI(?=[\0\t\n\f\r ]|\Z)")
_END_OF_DATA: Final = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ][\t\n\r -~]{0,8}|\Z)")


def image(copier: Copier, untrusted: Value) -> bytes | None:
    """Copy a picture; None for what is none."""
    stream = copier.source.value(untrusted)
    if not isinstance(stream, Stream):
        return None
    return copier.add(
        lambda: _image(copier, stream.entries, stream.raw(), copier.filters(stream.entries))
    )


class _Samples(NamedTuple):
    """How many rows a picture has, and how many bytes all of them take."""

    rows: int
    size: int


def _image(
    copier: Copier, entries: Mapping[str, Value], data: bytes, steps: Sequence[Filter]
) -> bytes:
    words = copier.words("image", entries)
    _check_size(copier, entries)
    if steps and steps[-1].name in CODECS:
        return _coded(copier, words, copier.budget.plain(data, steps[:-1]), steps[-1])
    samples = _samples(copier, entries)
    if b"/ColorSpace" not in words and b"/ImageMask" not in words:
        raise UnreadableFileError("pdf-picture")
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        if last and step.name == "FlateDecode":
            return _flate(copier, words, data, step, samples)
        data = copier.budget.decode(data, step)
        if last and predictor_of(step.parameters) != 1:
            return _packed(copier, words, data, step, samples)
        data = copier.budget.unpredict(data, step.parameters)
    return copier.stream(words, data[: samples.size])


def _check_size(copier: Copier, entries: Mapping[str, Value]) -> tuple[int, int]:
    """Return width and height; raise `UnreadableFileError` for absurd ones."""
    width, height = (copier.source.value(entries.get(key)) for key in ("Width", "Height"))
    if not is_whole(width) or not is_whole(height) or min(width, height) < 1:
        raise UnreadableFileError("pdf-malformed")
    if width * height > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")
    return int(width), int(height)


def _samples(copier: Copier, entries: Mapping[str, Value]) -> _Samples:
    """Return how large the samples must be (§8.9.5.2).

    Raises `UnreadableFileError` if that is not told: no viewer could draw them.
    """
    value = copier.source.value
    width, height = _check_size(copier, entries)
    mask = value(entries.get("ImageMask")) is True
    bits = 1 if mask else value(entries.get("BitsPerComponent"))
    channels = 1 if mask else channels_of(copier, entries.get("ColorSpace"))
    if not is_whole(bits) or bits not in (1, 2, 4, 8, 16) or channels is None:
        raise UnreadableFileError("pdf-picture")
    return _Samples(height, height * ((width * int(bits) * channels + 7) // 8))


def _flate(
    copier: Copier, words: list[bytes], data: bytes, step: Filter, samples: _Samples
) -> bytes:
    """Keep packed samples as they are, if they end where they should."""
    size = _packed_size(step, samples)
    total, used, check = measure(data, size + 1)
    copier.budget.spend(total)
    if not used or total > size:
        plain = inflate(data, LIMITS["pdf_stream"])[0]
        return _packed(copier, words, plain, step, samples)
    packed = _ZLIB_HEAD + data[2:used] + check.to_bytes(4)
    return copier.packed([*words, *_parameters(copier, step), FLATE], packed)


def _packed(
    copier: Copier, words: list[bytes], data: bytes, step: Filter, samples: _Samples
) -> bytes:
    """Pack samples that a predictor may have changed."""
    data = data[: _packed_size(step, samples)]
    parameters = _parameters(copier, step)
    if not parameters:
        return copier.stream(words, data)
    return copier.packed([*words, *parameters, FLATE], zlib.compress(data))


def _packed_size(step: Filter, samples: _Samples) -> int:
    """Return the size before prediction is undone: PNG's begins each row with a byte."""
    if predictor_of(step.parameters) < 10:
        return samples.size
    return samples.rows * (row_shape(step.parameters)[1] + 1)


def _parameters(copier: Copier, step: Filter) -> list[bytes]:
    if predictor_of(step.parameters) == 1:
        return []
    return [b"/DecodeParms " + copier.dictionary("samples", step.parameters)]


def measure(data: bytes, most: int) -> tuple[int, int, int]:
    """Return how much a zlib stream holds, where its deflate data end, and its checksum.

    Stops when it holds more than *most*, and says 0 for the end if it finds none.
    """
    check_head(data)
    unpacker = zlib.decompressobj(-15)
    total, check, at = 0, 1, 2
    while at < len(data) and not unpacker.eof:
        untrusted, at = data[at : at + _PIECE], at + _PIECE
        while untrusted and not unpacker.eof:
            try:
                piece = unpacker.decompress(untrusted, _PIECE)
            except zlib.error as exc:
                raise UnreadableFileError("pdf-malformed") from exc
            total, check = total + len(piece), zlib.adler32(piece, check)
            if total > most:
                return total, 0, 0
            untrusted = unpacker.unconsumed_tail
    used = min(at, len(data)) - len(unpacker.unused_data) if unpacker.eof else 0
    return total, used, check


def _coded(copier: Copier, words: list[bytes], data: bytes, step: Filter) -> bytes:
    """Copy a coded picture."""
    more = []
    if step.name == "DCTDecode":
        data, removed = clean_jpeg(data)
        copier.note(*removed)
        more = _only_with(copier.words("dct", step.parameters))
    elif step.name == "JPXDecode":
        data, removed = clean_jpx(data)
        copier.note(*removed)
    elif step.name == "CCITTFaxDecode":
        more = _only_with(copier.words("fax", step.parameters))
    else:
        more = _only_with(_globals(copier, step))
        data = clean_jbig2(data)
    return copier.packed([*words, *more, b"/Filter /" + step.name.encode()], data)


def _only_with(words: Sequence[bytes]) -> list[bytes]:
    return [b"/DecodeParms << %s >>" % b" ".join(words)] if words else []


def _globals(copier: Copier, step: Filter) -> list[bytes]:
    """Return the tables that several JBIG2 pictures share (§7.4.7)."""
    untrusted = step.parameters.get("JBIG2Globals")
    if not isinstance(untrusted, Stream):
        return []
    data = clean_jbig2(copier.plain(untrusted))
    ref = copier.known(("globals", data), lambda: copier.add(lambda: copier.stream([], data)))
    return [b"/JBIG2Globals", ref]


def mask(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a mask: a picture, or the colours that are not painted (§8.9.6)."""
    if isinstance(copier.source.value(untrusted), list):
        return numbers(copier, untrusted)
    return copier.value("ref:image", untrusted)


class Inline:
    """A picture that stands inside a content stream (§8.9.7)."""

    def __init__(self, copier: Copier, untrusted: Mapping[str, Value]) -> None:
        self._copier = copier
        self.entries = {FULL_NAMES.get(key, key): value for key, value in untrusted.items()}
        self.entries.pop("L", None)

    def cut(self, content: bytes, at: int) -> tuple[bytes, int]:
        """Return the data that begin behind the byte at *at*, and where the content goes on."""
        at += 2 if content[at : at + 2] == b"\r\n" else 1
        steps = self._copier.filters(self.entries)
        first = steps[0].name if steps else ""
        if not steps:
            return self._up_to(content, at, at + _samples(self._copier, self.entries).size)
        if first == "FlateDecode":
            used = measure(content[at:], LIMITS["pdf_stream"])[1]
            return self._up_to(content, at, at + (used or len(content)))
        if first in ("ASCIIHexDecode", "ASCII85Decode"):
            return self._up_to(content, at, content.find(b">", at) + 1 or len(content))
        found = _END_OF_DATA.search(content, at)
        if found is None:
            raise UnreadableFileError("pdf-malformed")
        return content[at : found.start()], found.start() + 3

    def ref(self, data: bytes) -> bytes:
        """Return the object that stands for the picture, the same for equal ones."""
        copier, entries = self._copier, self.entries
        key = ("inline", repr(sorted(entries.items())), data)
        steps = copier.filters(entries)
        return copier.known(key, lambda: copier.add(lambda: _image(copier, entries, data, steps)))

    def _up_to(self, content: bytes, at: int, end: int) -> tuple[bytes, int]:
        """Return the data and the place behind the operator that must follow soon."""
        found = _END.search(content, end, end + MAX_GAP)
        if found is None:
            raise UnreadableFileError("pdf-malformed")
        return content[at:end], found.end()


RULES: Final[dict[str, Rule]] = {"mask": mask}
KINDS: Final[dict[str, Rule]] = {"image": image}
