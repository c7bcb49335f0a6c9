"""Read a written ZIP a second time, with Python's own `zipfile`, down to the last byte."""

import codecs
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("archive-malformed")

_LOCAL_SIZE: Final = 30
_CENTRAL_SIZE: Final = 46
_END_SIZE: Final = 22
_PLAIN_FLAGS: Final = (0, 0x800)
# What `zipfile` reads names with; behind the walls of a sandbox it could not be loaded.
codecs.lookup("cp437")


def verify_archive(written: bytes) -> dict[str, bytes]:
    """Return the members; raise `UnreadableFileError` unless every byte is accounted for."""
    try:
        with ZipFile(BytesIO(written)) as archive:
            infos = archive.infolist()
            members = {info.filename: archive.read(info) for info in infos}
            comment = archive.comment
    except (BadZipFile, NotImplementedError, ValueError, OSError) as exc:
        raise UnreadableFileError("archive-malformed") from exc
    _demand(not comment and len(members) == len(infos))
    directory = sum(_CENTRAL_SIZE + _name_size(info) for info in infos)
    local, central = 0, len(written) - _END_SIZE - directory
    for info in infos:
        _demand(info.header_offset == local and _tells_nothing(info))
        # Version, flags, method, date, checksum and sizes stand in both headers.
        _demand(written[local + 4 :][:26] == written[central + 6 :][:26])
        local += _LOCAL_SIZE + _name_size(info) + info.compress_size
        central += _CENTRAL_SIZE + _name_size(info)
    _demand(local + directory == central)
    return members


def _tells_nothing(info: ZipInfo) -> bool:
    tells = (info.extra, info.comment, info.external_attr, info.internal_attr, info.create_system)
    midnight = info.date_time == (1980, 1, 1, 0, 0, 0)
    return not any(tells) and midnight and info.flag_bits in _PLAIN_FLAGS


def _name_size(info: ZipInfo) -> int:
    return len(info.filename.encode())
