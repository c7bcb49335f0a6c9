"""ZIP files as programs write them, and as nobody should."""

import struct
from collections.abc import Mapping
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

END: Final = b"PK\5\6"
CENTRAL: Final = b"PK\1\2"
LOCAL: Final = b"PK\3\4"


def packed(members: Mapping[str, bytes], comment: bytes = b"", telling: bool = False) -> bytes:
    """Return a ZIP of *members*; a *telling* one has dates, comments and extra fields."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.comment = comment
        for name, data in members.items():
            info = ZipInfo(name, (2024, 3, 5, 7, 9, 10) if telling else (1980, 1, 1, 0, 0, 0))
            info.compress_type = ZIP_DEFLATED if telling else ZIP_STORED
            if telling:
                info.comment, info.extra = b"MARK comment", struct.pack("<2H4s", 0x9901, 4, b"MARK")
            archive.writestr(info, data)
    return out.getvalue()


def changed(archive: bytes, magic: bytes, at: int, value: bytes) -> bytes:
    """Return *archive* with bytes overwritten, *at* behind the last record of a kind."""
    start = archive.rindex(magic) + at
    return archive[:start] + value + archive[start + len(value) :]
