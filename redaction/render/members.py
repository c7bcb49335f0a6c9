"""Archives: what is in them, and each member only when it is asked for."""

import unicodedata
from typing import Any, Final

from redaction.errors import UnreadableFileError
from redaction.render.jobs import ARCHIVES, ask
from redaction.render.limits import MAX_MEMBERS, MAX_UNPACKED_BYTES
from redaction.render.rendering import Member
from redaction.sandbox import BrokenAnswerError

_MAX_NAME: Final = 120
_CUT: Final = "…"


def list_members(untrusted: bytes) -> tuple[Member, ...]:
    """Return what *untrusted*, a ZIP or tar archive, says it holds; raise `UnreadableFileError`."""
    told = ask(ARCHIVES, "list_members", untrusted).facts
    if not isinstance(told, list) or len(told) > MAX_MEMBERS:
        raise UnreadableFileError(BrokenAnswerError.code)
    return tuple(_member(entry) for entry in told)


def unpack(untrusted: bytes, index: int) -> bytes:
    """Return the bytes of one member, which are as hostile as the archive."""
    return ask(ARCHIVES, "unpack", untrusted, arguments=(index,)).parts[0]


def shown_name(untrusted: str) -> str:
    """Return a name that can be shown: its last part, without what cannot be seen."""
    last = untrusted.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = " ".join("".join(char for char in last if _is_seen(char)).split())
    return name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + _CUT


def _is_seen(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] not in "CZ"


def _member(entry: Any) -> Member:
    match entry:
        case [int(index), str(name), int(size), bool(locked)] if 0 <= size <= MAX_UNPACKED_BYTES:
            return Member(index, shown_name(name), size, locked)
    raise UnreadableFileError(BrokenAnswerError.code)
