"""C2SP tlog-cosignature: who saw a checkpoint, and when (SPEC.md §9).

Type 0x04 is Ed25519 over a time line and the checkpoint, type 0x06 is ML-DSA-44 over a
structure that also names the cosigner. A witness signs 0x04; the log itself adds 0x06 under
its own name as a second signature that survives quantum computers. `cryptography` has
ML-DSA where it was built with OpenSSL 3.5: `has_ml_dsa` tells, and verifying without it
raises `UnsupportedAlgorithm`.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from crypto.errors import MalformedCheckpointError, MalformedKeyError
from crypto.note import (
    NoteKey,
    SeedKey,
    VerifierKey,
    read_text_unverified,
    signature_line,
    verifies_ed25519,
)
from crypto.tlog.checkpoint import Checkpoint

ED25519_COSIGNATURE: Final = 0x04
ML_DSA_44_COSIGNATURE: Final = 0x06
_ED25519_BYTES: Final = 64
_ML_DSA_44_BYTES: Final = 2420
_TIME: Final = struct.Struct(">Q")
_MAX_TIME: Final = (1 << 63) - 1


@dataclass(frozen=True)
class Ed25519Cosigner(NoteKey):
    """A witness's name and its Ed25519 public key of 32 bytes."""

    algorithm = ED25519_COSIGNATURE
    public_bytes = 32

    def verify(self, signature: bytes, message: bytes) -> bool:
        time = _checked_time(signature, _ED25519_BYTES)
        if time is None:
            return False
        return verifies_ed25519(self.public, signature[_TIME.size :], _timed(message, time))


@dataclass(frozen=True)
class MlDsa44Cosigner(NoteKey):
    """A cosigner's name, at most 255 bytes, and its ML-DSA-44 public key of 1,312 bytes."""

    algorithm = ML_DSA_44_COSIGNATURE
    public_bytes = 1312

    def verify(self, signature: bytes, message: bytes) -> bool:
        """False for what is not a checkpoint, too: this type signs nothing else."""
        time = _checked_time(signature, _ML_DSA_44_BYTES)
        try:
            checkpoint = Checkpoint.parse(message.decode())
        except (MalformedCheckpointError, UnicodeDecodeError):
            return False
        if time is None or not _fits(self.name, checkpoint.origin):
            return False
        key = MLDSA44PublicKey.from_public_bytes(self.public)
        try:
            key.verify(signature[_TIME.size :], subtree_message(self.name, time, checkpoint))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class WitnessKey(SeedKey):
    """A witness's name and the seed of its Ed25519 key."""

    algorithm = ED25519_COSIGNATURE

    @cached_property
    def verifier(self) -> Ed25519Cosigner:
        return Ed25519Cosigner(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, checkpoint: Checkpoint, time: int) -> bytes:
        """72 bytes: the POSIX time in seconds, and the signature."""
        return _TIME.pack(time) + self._key.sign(_timed(checkpoint.encode().encode(), time))


@dataclass(frozen=True)
class MlDsa44Key(SeedKey):
    """A cosigner's name and the seed of its ML-DSA-44 key."""

    algorithm = ML_DSA_44_COSIGNATURE

    @cached_property
    def verifier(self) -> MlDsa44Cosigner:
        return MlDsa44Cosigner(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> MLDSA44PrivateKey:
        return MLDSA44PrivateKey.from_seed_bytes(self.seed)

    def sign(self, checkpoint: Checkpoint, time: int) -> bytes:
        """2,428 bytes. Time 0 makes no statement about when."""
        if not _fits(self.name, checkpoint.origin):
            raise ValueError("a cosigner's name and an origin have at most 255 bytes")
        return _TIME.pack(time) + self._key.sign(subtree_message(self.name, time, checkpoint))


CosignerKey = WitnessKey | MlDsa44Key

_KEY_TYPES: Final[dict[int, type[NoteKey]]] = {
    key_type.algorithm: key_type for key_type in (VerifierKey, Ed25519Cosigner, MlDsa44Cosigner)
}


def parse_key(untrusted: str, *algorithms: int) -> NoteKey:
    """A verifier key of one of those signature types, of any known one if none is named.

    Raise `MalformedKeyError`.
    """
    for algorithm in algorithms or _KEY_TYPES:
        try:
            return _KEY_TYPES[algorithm].parse(untrusted)
        except MalformedKeyError:
            continue
    raise MalformedKeyError("not a verifier key of a type that is expected here")


def cosign(untrusted_note: str, key: CosignerKey, time: int) -> str:
    """The same checkpoint with one more line. It vouches for no other line.

    Raise `MalformedNoteError`, `MalformedCheckpointError`.
    """
    checkpoint = Checkpoint.parse(read_text_unverified(untrusted_note))
    return untrusted_note + cosignature_line(checkpoint, key, time)


def cosignature_line(checkpoint: Checkpoint, key: CosignerKey, time: int) -> str:
    """What a witness answers."""
    if not 0 <= time <= _MAX_TIME:
        raise ValueError("not a POSIX time")
    return signature_line(key.verifier, key.sign(checkpoint, time))


def time_of(signature: bytes) -> int:
    """When a cosigner says that it saw the checkpoint, POSIX seconds, of a verified signature."""
    time: int = _TIME.unpack_from(signature)[0]
    return time


@cache
def has_ml_dsa() -> bool:
    """Whether this machine's `cryptography` makes and verifies ML-DSA-44."""
    try:
        MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    except UnsupportedAlgorithm:
        return False
    return True


def verifiable(keys: Sequence[NoteKey]) -> tuple[NoteKey, ...]:
    """Those of *keys* that this machine can verify."""
    return tuple(key for key in keys if key.algorithm != ML_DSA_44_COSIGNATURE or has_ml_dsa())


def subtree_message(cosigner: str, time: int, checkpoint: Checkpoint) -> bytes:
    """What ML-DSA-44 signs: `cosigned_message` for the whole tree."""
    return b"".join(
        [
            b"subtree/v1\n\0",
            _short(cosigner),
            _TIME.pack(time),
            _short(checkpoint.origin),
            _TIME.pack(0),
            _TIME.pack(checkpoint.size),
            checkpoint.root,
        ]
    )


def _short(text: str) -> bytes:
    encoded = text.encode()
    return bytes([len(encoded)]) + encoded


def _fits(*names: str) -> bool:
    return all(len(name.encode()) <= 255 for name in names)


def _timed(text: bytes, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n".encode() + text


def _checked_time(signature: bytes, size: int) -> int | None:
    """None unless it is a timestamped signature of that many bytes."""
    if len(signature) != _TIME.size + size:
        return None
    time = time_of(signature)
    return time if time <= _MAX_TIME else None
