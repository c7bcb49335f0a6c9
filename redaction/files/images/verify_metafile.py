"""Read a cleaned metafile a second time: nothing but records that draw, from end to end."""

import json
import struct
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

from redaction.files.errors import demanding

_demand: Final = demanding("picture-malformed")

_RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("metafile.json").read_text("utf-8")
)
_SIZES: Final = {int(kind): size for kind, size in _RULES["emf"]["fixed"].items()}
_OTHERS: Final = {82, *_RULES["emf"]["free"], *(int(kind) for kind in _RULES["emf"]["lists"])}
_FUNCTIONS: Final = set(_RULES["wmf"]["kept"])


def verify_emf(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    records = list(_emf_records(written))
    _demand(len(records) >= 2 and records[0][0] == 1 and records[-1] == (14, _EMF_END))
    header = records[0][1]
    _demand(len(header) in (88, 100, 108) and header[40:48] == b" EMF\0\0\1\0")
    _demand(struct.unpack_from("<2L", header, 48) == (len(written), len(records)))
    _demand(not any(header[58:72]) and not any(header[88:100]))
    for kind, record in records[1:-1]:
        _demand(kind in _OTHERS or _SIZES.get(kind) == len(record))
        if kind == 82:
            name = record[40:104].decode("utf-16-le", "surrogatepass")
            _demand(not name.partition("\0")[2].strip("\0") and not any(record[104:]))


_EMF_END: Final = b"\x0e\0\0\0\x14\0\0\0\0\0\0\0\x10\0\0\0\x14\0\0\0"


def _emf_records(written: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(written):
        _demand(at + 8 <= len(written))
        kind, size = struct.unpack_from("<2L", written, at)
        _demand(size >= 8 and size % 4 == 0 and at + size <= len(written))
        yield kind, written[at : at + size]
        at += size


def verify_wmf(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    at = 0
    if written[:4] == b"\xd7\xcd\xc6\x9a":
        numbers = struct.unpack("<11H", written[:22])
        checksum = 0
        for number in numbers:
            checksum ^= number
        _demand(checksum == 0 and not any(written[4:6]) and not any(written[16:20]))
        at = 22
    _demand(len(written) >= at + 24)
    kind, words, _, size, _, longest, _ = struct.unpack_from("<3HLHLH", written, at)
    _demand((kind, words, 2 * size) == (1, 9, len(written) - at))
    _demand(not any(written[at + 16 : at + 18]))
    at += 18
    function, most = -1, 0
    while at < len(written):
        _demand(function != 0 and at + 6 <= len(written))
        length, function = struct.unpack_from("<LH", written, at)
        _demand(length >= 3 and at + 2 * length <= len(written))
        _demand(function in _FUNCTIONS or (function, length) == (0, 3))
        if function == 0x02FB:
            _demand(not written[at + 24 : at + 2 * length].partition(b"\0")[2].strip(b"\0"))
        most = max(most, length)
        at += 2 * length
    _demand(function == 0 and most == longest)
