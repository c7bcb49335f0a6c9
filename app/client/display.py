"""Untrusted words made fit to be looked at.

Direction controls can make a text read otherwise than it is (`photo\u202egpj.exe`), and other
invisible characters can carry marks. In running text they are dropped and counted; in file names
they are spelled out, because a name is where they deceive.
"""

from __future__ import annotations

import unicodedata
from typing import Final

SAFE_NAME_LENGTH: Final = 80
_JOINERS: Final = frozenset("\u200c\u200d")
_DEVICE_NAMES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL"}
    | {f"{device}{n}" for device in ("COM", "LPT") for n in range(1, 10)}
)
_FORBIDDEN: Final = frozenset('/\\:*?"<>|')


def readable(untrusted: str) -> tuple[str, int]:
    """Return the text without invisible controls, and how many there were.

    Line breaks and tabs stay, as do the joiners that Arabic and Persian spelling needs.
    """
    text = untrusted.replace("\r\n", "\n").replace("\r", "\n")
    kept = [char for char in text if not _is_hidden(char)]
    return "".join(kept), len(text) - len(kept)


def visible_name(untrusted: str) -> str:
    """Return a file name in which every hidden character is written out: `a[U+202E]b`."""
    return "".join(
        f"[U+{ord(char):04X}]" if _is_hidden(char) or char in "\n\t" else char for char in untrusted
    )


def safe_name(untrusted: str, position: int) -> str:
    """Return a name under which an attachment may be written to any disk.

    One path component, nothing hidden, nothing a shell or Windows treats specially, and the
    position in front, so that two names never meet.
    """
    words = "".join(
        "_" if char in _FORBIDDEN or _is_hidden(char) or char.isspace() else char
        for char in unicodedata.normalize("NFC", untrusted)
    )
    name = words.strip("._-") or "file"
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= 8:
        name = f"{stem[: SAFE_NAME_LENGTH - 9]}.{suffix}"
    if name.partition(".")[0].upper() in _DEVICE_NAMES:
        name = f"_{name}"
    return f"{position}-{name[:SAFE_NAME_LENGTH]}"


def _is_hidden(char: str) -> bool:
    if char in "\n\t" or char in _JOINERS:
        return False
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
