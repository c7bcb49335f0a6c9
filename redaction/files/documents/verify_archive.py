"""Read a written ZIP a second time, with Python's own `zipfile`, down to the last byte."""

import codecs
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from redaction.files.errors import UnreadableFileError

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
    sizes = sum(_checked_size(info) for info in infos)
    if comment or len(members) != len(infos) or len(written) != sizes + _END_SIZE:
        raise UnreadableFileError("archive-malformed")
    return members


def _checked_size(info: ZipInfo) -> int:
    """Return how many bytes a member takes; refuse whatever an empty header does not hold."""
    tells = (info.extra, info.comment, info.external_attr, info.internal_attr, info.create_system)
    if any(tells) or info.date_time != (1980, 1, 1, 0, 0, 0) or info.flag_bits not in _PLAIN_FLAGS:
        raise UnreadableFileError("archive-malformed")
    name = len(info.filename.encode())
    return _LOCAL_SIZE + _CENTRAL_SIZE + 2 * name + info.compress_size
