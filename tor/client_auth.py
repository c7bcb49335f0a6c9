"""Who may reach an onion service: x25519 client authorisation (rend-spec-v3, `CLIENT-AUTH`).

A reviewer makes a key on their own machine and hands over its public half. A service without
any authorised client is open to everybody, so a closed one always has `NOBODY`, whose private
half was never kept: revoking the last reviewer does not open the door.
"""

import binascii
import os
import re
from base64 import b32decode, b32encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tor.errors import MalformedClientKeyError
from tor.onion import write_private

FOLDER: Final = "authorized_clients"
NOBODY: Final = "nobody"
_KIND: Final = "descriptor:x25519:"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
_ADDRESS: Final = re.compile(r"[a-z2-7]{56}\.onion", re.ASCII)

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class ClientKey:
    """A reviewer's key for one onion service: 32 private bytes."""

    private: bytes = field(repr=False)

    @classmethod
    def generate(cls, random: Random = os.urandom) -> Self:
        return cls(random(32))

    @property
    def public(self) -> str:
        """`descriptor:x25519:…`: the line that the operator adds."""
        key = X25519PrivateKey.from_private_bytes(self.private).public_key()
        return _KIND + _base32(key.public_bytes_raw())

    def encode(self, address: str) -> str:
        """The line of an `.auth_private` file in the client's `ClientOnionAuthDir`."""
        if not _ADDRESS.fullmatch(address):
            raise MalformedClientKeyError(f"{address!r} is not the address of a v3 onion service")
        return f"{address.removesuffix('.onion')}:{_KIND}{_base32(self.private)}\n"


@dataclass(frozen=True)
class AuthorisedClients:
    """The clients of the service in one `HiddenServiceDir`. tor reads them when it starts."""

    service: Path

    def names(self) -> list[str]:
        files = self._folder.glob("*.auth")
        return sorted(file.stem for file in files if file.stem != NOBODY)

    @property
    def is_closed(self) -> bool:
        """Whether only authorised clients reach the service."""
        return any(self._folder.glob("*.auth"))

    def close(self) -> None:
        """Let nobody in but those who are added."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._file(NOBODY).exists():
            self._write(NOBODY, ClientKey.generate().public)

    def add(self, name: str, untrusted_public: str) -> None:
        """Raises `MalformedClientKeyError`, or `FileExistsError` if there is such a client."""
        public = check_public(untrusted_public)
        if name == NOBODY or not _NAME.fullmatch(name):
            raise MalformedClientKeyError(
                f"{name!r} is not a name: up to 32 small letters, digits and hyphens"
            )
        self.close()
        self._write(name, public)

    def revoke(self, name: str) -> None:
        """Raises `FileNotFoundError` if there is no such client."""
        if name not in self.names():
            raise FileNotFoundError(self._file(name))
        self.close()
        self._file(name).unlink()

    def _write(self, name: str, public: str) -> None:
        write_private(self._file(name), f"{public}\n".encode())

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.auth"

    @property
    def _folder(self) -> Path:
        return self.service / FOLDER


def check_public(untrusted: str) -> str:
    """Return *untrusted* if it is the one spelling of a public key."""
    try:
        key = b32decode(untrusted.removeprefix(_KIND) + "====")
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32 or _KIND + _base32(key) != untrusted:
        raise MalformedClientKeyError(f"a public key looks like {_KIND}… with 52 letters")
    return untrusted


def _base32(key: bytes) -> str:
    return b32encode(key).decode().rstrip("=")
