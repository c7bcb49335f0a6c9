"""Tell a file's type by its first bytes; its name only chooses between equal containers."""

from pathlib import PurePosixPath
from typing import Final

from redaction.files.policy import REFINED, TYPES

SNIFF_BYTES: Final = 16
UNKNOWN: Final = "application/octet-stream"


def sniff(first_bytes: bytes, declared_name: str = "") -> str:
    """Return a media type; *first_bytes* are `SNIFF_BYTES` or the whole shorter file."""
    for known in TYPES:
        if all(first_bytes[at : at + len(magic)] == magic for at, magic in known.magic):
            return _refine(known.media, declared_name)
    return _refine(UNKNOWN, declared_name)


def extension_of(name: str) -> str:
    """Return the extension of *name* in lower case, without its dot."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def neutral_name(index: int, media: str) -> str:
    """Return the name a file gets instead of its own: `file-1.jpg`."""
    extensions = {known.media: known.extension for known in reversed(TYPES)}
    for inner in REFINED.values():
        extensions |= {refined: extension for extension, refined in inner.items()}
    return f"file-{index}.{extensions.get(media, 'bin')}"


def _refine(media: str, declared_name: str) -> str:
    return REFINED.get(media, {}).get(extension_of(declared_name), media)
