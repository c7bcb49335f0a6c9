"""Opens the vectors of this folder (README.md says where they are from)."""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crypto.errors import CryptoError


def read(name: str) -> Any:
    """The content of `<name>.json.gz`."""
    packed = Path(__file__).with_name(f"{name}.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))


def raw(encoded: str | None) -> bytes:
    """Bytes of base64; an absent hash is an empty one."""
    return base64.b64decode(encoded or "")


def accepts(check: Callable[[], object]) -> bool:
    """Whether it does its work without an error of ours."""
    try:
        check()
    except CryptoError:
        return False
    return True


class FileLog:
    """A tile reader over files by path."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> bytes:
        return raw(self._files[path])

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.read(_path(str(level), index, width))

    def read_entries(self, index: int, width: int) -> bytes:
        return self.read(_path("entries", index, width))


def _path(level: str, index: int, width: int) -> str:
    # Spelled again here on purpose: the logs of these vectors have fewer than 1,000 tiles.
    return f"tile/{level}/{index:03d}" + (f".p/{width}" if width < 256 else "")
