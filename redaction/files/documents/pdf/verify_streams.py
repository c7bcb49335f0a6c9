"""The second reading of a PDF's streams: what each kind may hold, and that nothing follows it."""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from json import loads
from typing import Final

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.images.verify_jpeg import JpegVerifier
from redaction.files.policy import LIMITS

_demand: Final = demanding("pdf-malformed")

_OPERATORS: Final[dict[str, list[str]]] = loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)["operators"]
_NUMBER: Final = r"[-+.0-9]+ "
_STRING: Final = r"<(?:[0-9a-f]{2})*> "
_WORDS: Final = {
    "n": _NUMBER,
    "N": r"/R[1-9][0-9]* ",
    "s": _STRING,
    "a": rf"\[ (?:{_NUMBER}|{_STRING})*\] ",
}
_LINES: Final = (
    *(
        "".join(_WORDS[letter] for letter in shape) + f"(?:{'|'.join(map(re.escape, operators))})"
        for shape, operators in _OPERATORS.items()
        if shape not in ("N", "*")
    ),
    r"/R[1-9][0-9]* (?:Do|gs|cs|CS|sh)",
    r"/(?:DeviceGray|DeviceRGB|DeviceCMYK|Pattern) (?:cs|CS)",
    r"/(?:AbsoluteColorimetric|RelativeColorimetric|Saturation|Perceptual) ri",
    rf"(?:{_NUMBER}){{0,64}}(?:/R[1-9][0-9]* )?(?:sc|SC|scn|SCN)",
    rf"(?:/OC /R[1-9][0-9]* |/Span << /ActualText {_STRING}>> )BDC",
)
_CONTENT: Final = re.compile(rf"(?>(?:{'|'.join(_LINES)})\n)*+".encode())
_ROW: Final = r"<(?:[0-9a-f]{2})*>(?: <(?:[0-9a-f]{2})*>){0,2}"
_MAP: Final = re.compile(
    (
        r"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /R def\n"
        r"(?:/CIDSystemInfo 3 dict dup begin\n/Registry \([A-Za-z0-9-]+\) def\n"
        r"/Ordering \([A-Za-z0-9-]+\) def\n/Supplement 0 def\nend def\n)?"
        r"(?>/[!-~]+ usecmap\n|/WMode [01] def\n"
        r"|[0-9]+ begin([a-z]+)\n"
        rf"(?:{_ROW}(?: [0-9]+| /[!-~]+| \[ (?:(?:<[0-9a-f]*>|/[!-~]+) )*\])?\n)*end\1\n)*+"
        r"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()
)
_PROGRAM: Final = re.compile(rb"(?>(?:[a-z]+|[-+.0-9]+|[{}])(?: |\Z))*+")
_TABLES: Final = frozenset(
    (
        *(b"cmap", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"),
        *(b"prep", b"OS/2", b"post", b"vhea", b"vmtx", b"VORG", b"CFF ", b"GSUB", b"gasp"),
    )
)
_PROFILE_TAGS: Final = frozenset(
    (
        *(b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt"),
        *(b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt", b"chad"),
        *(b"desc", b"cprt"),
    )
)
_JP2_START: Final = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
_JP2_HEADER: Final = frozenset((b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"))
_JBIG2: Final = frozenset((0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 49, 50, 53))
_GLYPH_MAP: Final = 131_072
_PIECE: Final = 1 << 20


def verify_stream(told: Mapping[str, bytes], data: bytes, keys: set[str]) -> None:
    """Raise `UnreadableFileError` for data that a stream led to by *keys* must not hold.

    *told* has the first word of each entry of its dictionary.
    """
    packing = told.get("Filter")
    if told.get("Subtype") == b"/Image":
        _picture(packing, data)
        return
    kind = _kind(told, keys)
    _demand(kind is not None and packing in (None, b"/FlateDecode"))
    plain = data if packing is None else b"".join(_unpacked(data))
    _demand(_KINDS[kind](plain))


def _kind(told: Mapping[str, bytes], keys: set[str]) -> str | None:
    """Return the kind of a stream by what its dictionary tells, or by the keys to it."""
    if "PatternType" in told or told.get("Subtype") == b"/Form":
        return "content"
    if "FunctionType" in told:
        return "program" if told["FunctionType"] == b"4" else "samples"
    if "ShadingType" in told:
        return "samples"
    kinds = {_BY_KEY.get(key) for key in keys}
    return kinds.pop() if len(kinds) == 1 else None


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield what a zlib stream holds; it must end where the data end."""
    unpacker, total, at = zlib.decompressobj(), 0, 0
    while at < len(data):
        _demand(not unpacker.eof)
        waiting, at = data[at : at + _PIECE], at + _PIECE
        while waiting:
            try:
                piece = unpacker.decompress(waiting, _PIECE)
            except zlib.error as exc:
                raise UnreadableFileError("pdf-malformed") from exc
            total += len(piece)
            _demand(total <= LIMITS["pdf_unpacked"])
            yield piece
            waiting = unpacker.unconsumed_tail
    _demand(unpacker.eof and not unpacker.unused_data)


def _picture(packing: bytes | None, data: bytes) -> None:
    if packing == b"/FlateDecode":
        for _ in _unpacked(data):
            pass
    elif packing == b"/DCTDecode":
        verifier = JpegVerifier()
        verifier.update(data)
        verifier.finish()
    elif packing == b"/JPXDecode":
        _demand(_is_jpx(data))
    elif packing == b"/JBIG2Decode":
        _demand(_is_jbig2(data))
    else:
        _demand(packing in (None, b"/CCITTFaxDecode"))


def _is_content(plain: bytes) -> bool:
    return _CONTENT.fullmatch(plain) is not None


def _is_map(plain: bytes) -> bool:
    return _MAP.fullmatch(plain) is not None


def _is_program(plain: bytes) -> bool:
    return _PROGRAM.fullmatch(plain) is not None


def _is_anything(plain: bytes) -> bool:
    """Numbers that only a drawing can check."""
    return len(plain) <= LIMITS["pdf_stream"]


def _is_glyph_map(plain: bytes) -> bool:
    return len(plain) <= _GLYPH_MAP


def _is_profile(plain: bytes) -> bool:
    """No maker, model, date, platform or identifier, and no element but those of colours."""
    if plain[4:8] != bytes(4) or plain[24:36] != bytes(12) or plain[40:64] != bytes(24):
        return False
    count = int.from_bytes(plain[128:132])
    tags = {plain[at : at + 4] for at in range(132, 132 + 12 * min(count, 100), 12)}
    return plain[36:40] == b"acsp" and not any(plain[80:128]) and tags <= _PROFILE_TAGS


def _is_font(plain: bytes) -> bool:
    """Known tables only; no comment and no text in what is not encrypted; or CFF."""
    if plain[:4] in (b"\0\1\0\0", b"true", b"OTTO"):
        count = int.from_bytes(plain[4:6])
        return {plain[at : at + 4] for at in range(12, 12 + 16 * count, 16)} <= _TABLES
    if plain.startswith(b"%!PS-AdobeFont-1.0\n"):
        clear = plain[19 : plain.find(b"eexec")]
        return b"%" not in clear and clear.count(b"(") == clear.count(b"()")
    return plain[:1] == b"\1"


def _is_jpx(data: bytes) -> bool:
    """Two boxes of known content, or a codestream, which both end with their last tile."""
    if data.startswith(b"\xff\x4f\xff\x51"):
        return _is_codestream(data)
    if not data.startswith(_JP2_START):
        return False
    header = len(_JP2_START)
    body = header + int.from_bytes(data[header : header + 4])
    if data[header + 4 : header + 8] != b"jp2h" or data[body + 4 : body + 8] != b"jp2c":
        return False
    at = header + 8
    while at < body:
        if data[at + 4 : at + 8] not in _JP2_HEADER:
            return False
        at += max(8, int.from_bytes(data[at : at + 4]))
    whole = body + int.from_bytes(data[body : body + 4]) == len(data)
    return at == body and whole and _is_codestream(data[body + 8 :])


def _is_codestream(data: bytes) -> bool:
    """No comment in the main header, tile after tile, and the end."""
    at = 2
    while data[at : at + 2] not in (b"\xff\x90", b"\xff\x64", b""):
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    while data[at : at + 2] == b"\xff\x90":
        at += max(14, int.from_bytes(data[at + 6 : at + 10]))
    return data[at:] == b"\xff\xd9"


def _is_jbig2(data: bytes) -> bool:
    """Segments that draw, one behind the other; the last one may not tell its length."""
    at = 0
    while at < len(data):
        if len(data) < at + 11 or data[at + 4] & 63 not in _JBIG2:
            return False
        number, count = int.from_bytes(data[at : at + 4]), data[at + 5] >> 5
        head = at + 6
        if count == 7:
            count = int.from_bytes(data[at + 5 : at + 9]) % (1 << 29)
            head = at + 9 + (count + 8) // 8
        head += count * (1 if number <= 256 else 2 if number <= 65_536 else 4)
        head += 4 if data[at + 4] & 64 else 1
        size = data[head : head + 4]
        at = len(data) if size == b"\xff" * 4 else head + 4 + int.from_bytes(size)
    return at == len(data)


_KINDS: Final[dict[str | None, Callable[[bytes], bool]]] = {
    "content": _is_content,
    "map": _is_map,
    "program": _is_program,
    "samples": _is_anything,
    "glyphs": _is_glyph_map,
    "profile": _is_profile,
    "font": _is_font,
    "jbig2": _is_jbig2,
}
_BY_KEY: Final = {
    "Contents": "content",
    "CharProcs": "content",
    "ToUnicode": "map",
    "Encoding": "map",
    "FontFile": "font",
    "FontFile2": "font",
    "FontFile3": "font",
    "CIDToGIDMap": "glyphs",
    "ICCBased": "profile",
    "JBIG2Globals": "jbig2",
}
