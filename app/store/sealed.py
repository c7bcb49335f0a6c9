"""Files that are age files to one identity: what is written is sealed, what is read is opened.

All that is stored has been sealed by its sender already; this is the second layer, of which
the key can be destroyed (`app.store.storage_keys`).
"""

import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from crypto.age import Decryptor, Encryptor, Identity, Recipient, decrypt, encrypt, payload_size
from crypto.age_stream import CHUNK_BYTES

_STANZAS: Final = 1


def seal(data: bytes, recipient: Recipient) -> bytes:
    """The bytes of a sealed file over *data*."""
    return encrypt(data, [recipient])


def unseal(path: Path, identity: Identity) -> bytes:
    """All of a sealed file; raises the errors of `crypto.age.Decryptor`."""
    return decrypt(path.read_bytes(), [identity])


def sealer(recipient: Recipient) -> Encryptor:
    """Seals piece by piece."""
    return Encryptor([recipient])


def open_sealed(path: Path, identity: Identity) -> BinaryIO:
    """A sealed file, read as what it holds, a chunk in memory at a time."""
    return io.BufferedReader(_Opened(path.open("rb", buffering=0), identity))


def content_size(path: Path) -> int:
    """How many bytes a sealed file holds, told from its length."""
    return payload_size(path.stat().st_size, _STANZAS)


class _Opened(io.RawIOBase):
    def __init__(self, file: BinaryIO, identity: Identity) -> None:
        self._file = file
        self._decryptor = Decryptor([identity])
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            self._read_on()
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def _read_on(self) -> None:
        sealed = self._file.read(CHUNK_BYTES)
        self._ended = not sealed
        self._ready = self._decryptor.update(sealed) if sealed else self._decryptor.finish()

    def close(self) -> None:
        self._file.close()
        super().close()


class Spool:
    """A nameless file for one request, sealed to a key that only this object has.

    Write, then read once; `size` is what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._identity = Identity.generate()
        self._sealer = sealer(self._identity.recipient)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 `close` closes it
        self.size = 0

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self._file.write(self._sealer.update(data))

    def pieces(self, piece_bytes: int) -> Iterator[bytes]:
        """All that was written, in pieces of *piece_bytes* and a shorter last one."""
        self._file.write(self._sealer.finish())
        self._file.seek(0)
        with io.BufferedReader(_Opened(self._file, self._identity)) as opened:
            while piece := opened.read(piece_bytes):
                yield piece

    def close(self) -> None:
        self._file.close()
