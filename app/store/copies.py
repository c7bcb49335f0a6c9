"""Archived copies of sources: public files, each under its own SHA-256.

A name can never come to mean other bytes, so whoever signs a topic signs its copies too.
"""

import re
from pathlib import Path
from typing import BinaryIO, Final

from crypto.encoding import sha256

_NAME: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class CopyStore:
    """A folder of files, made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep *content*; return its name, 64 hex digits."""
        name = sha256(content).hex()
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.chmod(0o600)
            unfinished.rename(path)
        return name

    def open(self, name: str) -> BinaryIO:
        """Raise FileNotFoundError."""
        if not _NAME.fullmatch(name):
            raise FileNotFoundError
        return (self._folder / name).open("rb")

    def has(self, name: str) -> bool:
        return bool(_NAME.fullmatch(name)) and (self._folder / name).is_file()

    def files(self) -> list[Path]:
        """Every whole copy, by name."""
        return sorted(path for path in self._folder.glob("*") if _NAME.fullmatch(path.name))
