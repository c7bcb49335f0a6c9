"""What a backup is: one age file, to a key that is offline, over a tar (crypto/SPEC.md §19).

In this order: `backup.json`, `settings`, `files/…`, `storage-keys.json`, `database`, `blobs/…`.
Not in it: unfinished uploads, the published log, which the database makes again, and the signer
guard, because it must never go back.
"""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Self

from app.settings import Settings
from app.store.copies import CopyStore
from crypto.encoding import decode_base64, encode_base64
from crypto.errors import MalformedError

FORMAT: Final = "wasl/backup/v1"
HEADER: Final = "backup.json"
SETTINGS: Final = "settings"
FILES: Final = "files/"
STORAGE_KEYS: Final = "storage-keys.json"
DATABASE: Final = "database"
BLOBS: Final = "blobs/"
MAX_SMALL_BYTES: Final = 1 << 20


class BackupError(Exception):
    """The message is for the operator."""


@dataclass(frozen=True)
class Header:
    """Which instance, from which day, and how many leaves its log had."""

    origin: str
    day: date
    leaves: int

    def encode(self) -> bytes:
        fields = {"origin": self.origin, "day": self.day.isoformat(), "leaves": self.leaves}
        return json.dumps({"format": FORMAT, **fields}).encode()

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `BackupError` unless *untrusted* begins a backup of this version."""
        try:
            fields = json.loads(untrusted)
            header = cls(fields["origin"], date.fromisoformat(fields["day"]), fields["leaves"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BackupError("this is no backup of a Wasl site") from None
        if header.encode() != untrusted:
            raise BackupError("this is no backup of this version")
        return header


def encode_seeds(seeds: Mapping[str, bytes]) -> bytes:
    return json.dumps({week: encode_base64(seed) for week, seed in sorted(seeds.items())}).encode()


def parse_seeds(untrusted: bytes) -> dict[str, bytes]:
    """Raise `BackupError`."""
    try:
        return {week: decode_base64(seed) for week, seed in json.loads(untrusted).items()}
    except (ValueError, AttributeError, MalformedError):
        raise BackupError("the storage keys in this backup are damaged") from None


def small_files(settings: Settings) -> list[Path]:
    """The files that make this instance what it is, but for settings and storage keys."""
    paths = [
        settings.roots_path,
        settings.policy_path,
        settings.promise_key_path,
        settings.session_key_path,
        settings.log_key_path,
        settings.ml_dsa_key_path,
        settings.release_key_path,
        *CopyStore(settings.copies_path).files(),
    ]
    return [path for path in paths if path.is_file()]


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a member that says neither who made it nor when."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))
