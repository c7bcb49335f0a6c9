"""The payload of an age file: STREAM with ChaCha20-Poly1305 in chunks of 64 KiB.

Both classes are pushed: give bytes as they come, take what is ready, then finish. Neither
holds more than one chunk and what was pushed last.
"""

from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import TamperedPayloadError

CHUNK_BYTES: Final = 65_536
TAG_BYTES: Final = 16
NONCE_BYTES: Final = 16
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES


def stream_size(payload_bytes: int) -> int:
    """Bytes of the stream over *payload_bytes*, without the nonce before it."""
    chunks = max(1, -(-payload_bytes // CHUNK_BYTES))
    return payload_bytes + chunks * TAG_BYTES


class _Chunks:
    """Nonces in order: an 11-byte counter and a byte that marks the last chunk."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        key = HKDF(SHA256(), 32, salt=nonce, info=b"payload").derive(file_key)
        self._cipher = ChaCha20Poly1305(key)
        self.counter = 0

    def seal(self, chunk: bytes | memoryview, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(self._nonce(last), chunk, None)
        self.counter += 1
        return sealed

    def open(self, chunk: bytes | memoryview, *, last: bool) -> bytes:
        try:
            opened = self._cipher.decrypt(self._nonce(last), chunk, None)
        except InvalidTag as exc:
            raise TamperedPayloadError("a chunk is changed or cut off") from exc
        self.counter += 1
        return opened

    def _nonce(self, last: bool) -> bytes:
        return self.counter.to_bytes(11, "big") + bytes([last])


def _whole_chunks(held: bytearray, size: int, *, keep: int) -> Iterator[memoryview]:
    """Chunks of *size* bytes while *keep* bytes remain after them; then forget them."""
    taken = 0
    with memoryview(held) as view:
        while len(held) - taken >= size + keep:
            with view[taken : taken + size] as chunk:
                yield chunk
            taken += size
    del held[:taken]


class StreamSealer:
    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._chunks = _Chunks(file_key, nonce)
        self._held = bytearray()

    def update(self, data: bytes) -> bytes:
        self._held += data
        # A full chunk stays until a byte follows it, because it may be the last one.
        chunks = _whole_chunks(self._held, CHUNK_BYTES, keep=1)
        return b"".join([self._chunks.seal(chunk, last=False) for chunk in chunks])

    def finish(self) -> bytes:
        return self._chunks.seal(bytes(self._held), last=True)


class StreamOpener:
    """Whatever it gives out was authenticated, but is the whole only after `finish`.

    A failure is raised at once if the call has nothing to give; otherwise the call gives
    out what was right before the failure, and the next call raises. So what comes out does
    not depend on how the bytes were cut up.
    """

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._chunks = _Chunks(file_key, nonce)
        self._held = bytearray()
        self._ended = False
        self._failure: TamperedPayloadError | None = None

    def update(self, untrusted: bytes) -> bytes:
        """Raise `TamperedPayloadError`."""
        if self._failure:
            raise self._failure
        self._held += untrusted
        opened: list[bytes] = []
        try:
            for chunk in _whole_chunks(self._held, SEALED_CHUNK_BYTES, keep=0):
                opened.append(self._open_full(chunk))
        except TamperedPayloadError as exc:
            self._failure = exc
            if not opened:
                raise
        return b"".join(opened)

    def finish(self) -> bytes:
        """Give what is left; raise `TamperedPayloadError` unless the last chunk was reached."""
        if self._failure:
            raise self._failure
        if not self._ended:
            return self._open_short_last()
        if self._held:
            raise TamperedPayloadError("bytes follow the last chunk")
        return b""

    def _open_full(self, chunk: memoryview) -> bytes:
        if self._ended:
            raise TamperedPayloadError("bytes follow the last chunk")
        try:
            return self._chunks.open(chunk, last=False)
        except TamperedPayloadError:
            # The last chunk may be full too, and only its nonce tells.
            opened = self._chunks.open(chunk, last=True)
            self._ended = True
            return opened

    def _open_short_last(self) -> bytes:
        opened = self._chunks.open(bytes(self._held), last=True)
        if not opened and self._chunks.counter > 1:
            raise TamperedPayloadError("only an empty payload may end in an empty chunk")
        return opened
