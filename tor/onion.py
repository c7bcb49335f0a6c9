"""The key of a v3 onion service and the address that follows from it.

Files as tor keeps them in a `HiddenServiceDir`; the expanded key and the address are those of
rend-spec-v3 (§ "Encoding onion addresses"). Whoever holds the key is the service.
"""

import hashlib
import os
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from tor.errors import MalformedOnionKeyError

SECRET_FILE: Final = "hs_ed25519_secret_key"  # noqa: S105 a file's name
PUBLIC_FILE: Final = "hs_ed25519_public_key"
HOSTNAME_FILE: Final = "hostname"
_SECRET_HEADER: Final = b"== ed25519v1-secret: type0 ==\0\0\0"
_PUBLIC_HEADER: Final = b"== ed25519v1-public: type0 ==\0\0\0"
_VERSION: Final = b"\x03"
_EXPANDED_BYTES: Final = 64

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class OnionKey:
    """`expanded` is the 64-byte Ed25519 secret: clamped scalar, then the prefix for nonces."""

    expanded: bytes = field(repr=False)

    @classmethod
    def generate(cls, random: Random = os.urandom) -> Self:
        return cls.from_seed(random(32))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Expand *seed* as RFC 8032 §5.1.5 does."""
        expanded = bytearray(hashlib.sha512(seed).digest())
        expanded[0] &= 248
        expanded[31] &= 63
        expanded[31] |= 64
        key = cls(bytes(expanded))
        expected = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        # Two libraries agree, or nobody is ever told an address that tor would not answer at.
        assert key.public == expected  # noqa: S101
        return key

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Read tor's secret key file; raise `MalformedOnionKeyError`."""
        expanded = untrusted.removeprefix(_SECRET_HEADER)
        if len(expanded) != _EXPANDED_BYTES or cls(expanded).encode() != untrusted:
            raise MalformedOnionKeyError(f"this is not what tor keeps in {SECRET_FILE}")
        if expanded[0] & 7 or expanded[31] & 192 != 64:
            raise MalformedOnionKeyError("the key is damaged: its scalar is not clamped")
        return cls(expanded)

    def encode(self) -> bytes:
        return _SECRET_HEADER + self.expanded

    @property
    def public(self) -> bytes:
        return crypto_scalarmult_ed25519_base_noclamp(self.expanded[:32])

    @property
    def address(self) -> str:
        return address_of(self.public)


def address_of(public: bytes) -> str:
    """`….onion` of an Ed25519 public key."""
    checksum = hashlib.sha3_256(b".onion checksum" + public + _VERSION).digest()[:2]
    return b32encode(public + checksum + _VERSION).decode().lower() + ".onion"


def write_key(folder: Path, key: OnionKey) -> None:
    """Make *folder* a `HiddenServiceDir` with this key. Raises `FileExistsError` if it has one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(folder / SECRET_FILE, key.encode())
    write_private(folder / PUBLIC_FILE, _PUBLIC_HEADER + key.public)
    write_private(folder / HOSTNAME_FILE, f"{key.address}\n".encode())


def read_key(folder: Path) -> OnionKey:
    """The key in a `HiddenServiceDir`; raises `MalformedOnionKeyError`, `FileNotFoundError`."""
    return OnionKey.parse((folder / SECRET_FILE).read_bytes())


def write_private(path: Path, content: bytes) -> None:
    """Create *path*, readable by its owner only and on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(descriptor)
