"""age v1 files for `mlkem768x25519` recipients, and for nothing else.

The wrapping is HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA-256 and
ChaCha20-Poly1305; stock `age` 1.3 and typage read and write the same files. Header and
payload live in `age_header` and `age_stream`; both are checked against the C2SP/CCTV
testkit, for which `Decryptor` takes any `OpensAge`. The application has only `Identity`.

A file does not say who wrote it, and whoever opens it could have written it: signatures
and MACs go inside (see SPEC.md §5).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import BinaryIO, Final, Protocol, Self

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from crypto import bech32
from crypto.age_header import (
    FILE_KEY_BYTES,
    MAC_LINE_BYTES,
    MAX_HEADER_BYTES,
    VERSION_LINE,
    Header,
    Stanza,
    decode_base64_unpadded,
    encode_base64_unpadded,
    header_length,
)
from crypto.age_stream import (
    CHUNK_BYTES,
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    StreamOpener,
    StreamSealer,
    stream_size,
)
from crypto.encoding import SYSTEM_RANDOM, Random
from crypto.errors import MalformedAgeFileError, MalformedKeyError, NoMatchError

STANZA_TYPE: Final = "mlkem768x25519"
STANZAS: Final = 8
"""A file for reviewers carries a multiple of this many stanzas."""

STANZA_BYTES: Final = 1_557
SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = 1_216
_MLKEM_PUBLIC_BYTES: Final = 1_184
_ENCAPSULATION_BYTES: Final = 1_120
_MLKEM_CIPHERTEXT_BYTES: Final = 1_088
_WRAPPED_BYTES: Final = FILE_KEY_BYTES + 16
_INFO: Final = b"age-encryption.org/mlkem768x25519"
# Canonical base64: of the last letter four bits are zero after 1,120 bytes, two after 32.
_32_BYTES: Final = rb"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]\n"
_1120_BYTES: Final = rb"[A-Za-z0-9+/]{1493}[AQgw]\n"
_HYBRID_HEADER: Final = re.compile(
    re.escape(VERSION_LINE)
    + rb"(?:-> %b %b%b)+--- %b" % (STANZA_TYPE.encode(), _1120_BYTES, _32_BYTES, _32_BYTES)
)
_RECIPIENT_PREFIX: Final = "age1pq"
_IDENTITY_PREFIX: Final = "age-secret-key-pq-"


def _hybrid_suite() -> hpke.Suite:
    """Fail at import, in plain words, where the installed `cryptography` cannot do X-Wing."""
    try:
        MLKEM768PrivateKey.from_seed_bytes(bytes(64))
        return hpke.Suite(
            hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
        )
    except (AttributeError, UnsupportedAlgorithm) as exc:
        raise ImportError(
            "this `cryptography` has no X-Wing: install the wheel from PyPI, version 50 or"
            " newer, not the distribution's package"
        ) from exc


_SUITE: Final = _hybrid_suite()
# Any scalar sends a point of low order to zero, so a public constant finds them all.
_LOW_ORDER_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes([64] * 32))


def _is_low_order(point: bytes) -> bool:
    try:
        _LOW_ORDER_PROBE.exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return True
    return False


@dataclass(frozen=True)
class Recipient:
    """A public key, 1,216 bytes: ML-KEM-768 encapsulation key, then X25519 public key."""

    public: bytes

    def __post_init__(self) -> None:
        """Raise `MalformedKeyError` unless files can be encrypted to *public*."""
        if len(self.public) != PUBLIC_BYTES or _is_low_order(self.public[_MLKEM_PUBLIC_BYTES:]):
            raise MalformedKeyError("not a hybrid public key")
        try:
            self._key  # noqa: B018 - prepares and checks the key
        except ValueError as exc:
            raise MalformedKeyError("not a hybrid public key") from exc

    @cached_property
    def _key(self) -> hpke.MLKEM768X25519PublicKey:
        return hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(self.public[_MLKEM_PUBLIC_BYTES:]),
        )

    @classmethod
    def parse(cls, untrusted: str) -> "Recipient":
        """Raise `MalformedKeyError` unless *untrusted* is an `age1pq1…` in lower case."""
        return _parse_recipient(untrusted)

    def encode(self) -> str:
        """`age1pq1…`, 1,959 characters."""
        return self._encoded

    @cached_property
    def _encoded(self) -> str:
        return bech32.encode(_RECIPIENT_PREFIX, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        sealed = _SUITE.encrypt(file_key, self._key, _INFO)
        encapsulation = encode_base64_unpadded(sealed[:_ENCAPSULATION_BYTES]).decode()
        return Stanza((STANZA_TYPE, encapsulation), sealed[_ENCAPSULATION_BYTES:])


@lru_cache(maxsize=256)
def _parse_recipient(untrusted: str) -> Recipient:
    return Recipient(bech32.decode(_RECIPIENT_PREFIX, untrusted))


class OpensAge(Protocol):
    """A key that may open files; `Identity` is the one the application has."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The 16-byte file key, or None if no stanza is for this key.

        Raise `MalformedAgeFileError` if a stanza of this key's type is not well-formed.
        """


@dataclass(frozen=True)
class Identity:
    """A private key, made from a 32-byte seed."""

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise MalformedKeyError("an identity has 32 bytes")

    @classmethod
    def generate(cls, random: Random = SYSTEM_RANDOM) -> Self:
        return cls(random(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Raise `MalformedKeyError` unless *seed* has 32 bytes."""
        return cls(seed)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedKeyError` unless *untrusted* is an `AGE-SECRET-KEY-PQ-1…`."""
        if untrusted != untrusted.upper():
            raise MalformedKeyError("an identity is written in upper case")
        return cls(bech32.decode(_IDENTITY_PREFIX, untrusted.lower()))

    def encode(self) -> str:
        return bech32.encode(_IDENTITY_PREFIX, self.seed).upper()

    @cached_property
    def recipient(self) -> Recipient:
        mlkem, x25519 = self._halves
        return Recipient(
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        expanded = hashlib.shake_256(self.seed).digest(96)
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            X25519PrivateKey.from_private_bytes(expanded[64:]),
        )

    @cached_property
    def _key(self) -> hpke.MLKEM768X25519PrivateKey:
        return hpke.MLKEM768X25519PrivateKey(*self._halves)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """See `OpensAge.unwrap`. A stanza for somebody else costs about 0.1 ms."""
        for stanza in stanzas:
            if stanza.args[0] == STANZA_TYPE:
                encapsulation = _parse_encapsulation(stanza)
                try:
                    return _SUITE.decrypt(encapsulation + stanza.body, self._key, _INFO)
                except InvalidTag as exc:
                    # HPKE reports a point of low order like any stanza for somebody else.
                    if _is_low_order(encapsulation[_MLKEM_CIPHERTEXT_BYTES:]):
                        raise MalformedAgeFileError("a point of low order") from exc
        return None


def _parse_encapsulation(stanza: Stanza) -> bytes:
    if len(stanza.args) != 2 or len(stanza.body) != _WRAPPED_BYTES:
        raise MalformedAgeFileError("not a hybrid stanza")
    encapsulation = decode_base64_unpadded(stanza.args[1].encode("ascii"))
    if len(encapsulation) != _ENCAPSULATION_BYTES:
        raise MalformedAgeFileError("not a hybrid encapsulation")
    return encapsulation


class Encryptor:
    """Encrypts what is pushed. The header comes out of the first `update` or `finish`."""

    def __init__(self, recipients: Iterable[Recipient], random: Random = SYSTEM_RANDOM) -> None:
        file_key, nonce = random(FILE_KEY_BYTES), random(NONCE_BYTES)
        stanzas = [recipient.wrap(file_key) for recipient in recipients]
        if not stanzas:
            raise ValueError("an age file needs a recipient")
        self._pending = Header.seal(stanzas, file_key).encode() + nonce
        self._stream = StreamSealer(file_key, nonce)

    def update(self, data: bytes) -> bytes:
        return self._after_header(self._stream.update(data))

    def finish(self) -> bytes:
        return self._after_header(self._stream.finish())

    def _after_header(self, sealed: bytes) -> bytes:
        header, self._pending = self._pending, b""
        return header + sealed if header else sealed


class Decryptor:
    """Decrypts what is pushed. Nothing is whole, or to be trusted, before `finish` returned.

    Errors: `MalformedAgeFileError`, `NoMatchError`, `TamperedHeaderError`,
    `TamperedPayloadError`. Memory stays below a header and two chunks.
    """

    def __init__(self, identities: Iterable[OpensAge]) -> None:
        self._identities = tuple(identities)
        self._untrusted = bytearray()
        self._stream: StreamOpener | None = None

    def update(self, untrusted: bytes) -> bytes:
        if self._stream:
            return self._stream.update(untrusted)
        searched = len(self._untrusted)
        self._untrusted += untrusted
        length = header_length(self._untrusted, searched)
        if length is None:
            self._refuse_endless_header()
            return b""
        if len(self._untrusted) < length + NONCE_BYTES:
            return b""
        return self._open_header(length)

    def finish(self) -> bytes:
        if self._stream is None:
            raise MalformedAgeFileError("the header is cut off")
        return self._stream.finish()

    def _open_header(self, length: int) -> bytes:
        header = Header.parse(bytes(self._untrusted[:length]))
        file_key = _unwrap(header, self._identities)
        header.verify(file_key)
        payload = length + NONCE_BYTES
        self._stream = StreamOpener(file_key, bytes(self._untrusted[length:payload]))
        rest, self._untrusted = bytes(self._untrusted[payload:]), bytearray()
        return self._stream.update(rest)

    def _refuse_endless_header(self) -> None:
        begins_right = VERSION_LINE.startswith(self._untrusted[: len(VERSION_LINE)])
        if not begins_right or len(self._untrusted) >= MAX_HEADER_BYTES:
            raise MalformedAgeFileError("no header")


def _unwrap(header: Header, identities: Iterable[OpensAge]) -> bytes:
    for identity in identities:
        file_key = identity.unwrap(header.stanzas)
        if file_key is not None:
            return file_key
    raise NoMatchError


def encrypt(data: bytes, recipients: Iterable[Recipient], random: Random = SYSTEM_RANDOM) -> bytes:
    """The age file over *data*."""
    encryptor = Encryptor(recipients, random)
    return encryptor.update(data) + encryptor.finish()


def decrypt(untrusted: bytes, identities: Iterable[OpensAge]) -> bytes:
    """What the age file holds; errors as in `Decryptor`."""
    decryptor = Decryptor(identities)
    return decryptor.update(untrusted) + decryptor.finish()


def encrypt_stream(
    reader: BinaryIO,
    writer: BinaryIO,
    recipients: Iterable[Recipient],
    random: Random = SYSTEM_RANDOM,
) -> None:
    """Encrypt all that *reader* gives."""
    encryptor = Encryptor(recipients, random)
    while data := reader.read(CHUNK_BYTES):
        writer.write(encryptor.update(data))
    writer.write(encryptor.finish())


def decrypt_stream(reader: BinaryIO, writer: BinaryIO, identities: Iterable[OpensAge]) -> None:
    """Errors as in `Decryptor`; after one, throw away what *writer* was given."""
    decryptor = Decryptor(identities)
    while untrusted := reader.read(CHUNK_BYTES):
        writer.write(decryptor.update(untrusted))
    writer.write(decryptor.finish())


def stanza_count(recipients: int) -> int:
    """How many stanzas a file for that many reviewers carries: the next multiple of 8."""
    return max(1, -(-recipients // STANZAS)) * STANZAS


def pad_recipients(
    recipients: Sequence[Recipient], random: Random = SYSTEM_RANDOM
) -> list[Recipient]:
    """The *recipients* among throw-away ones whose seeds nobody keeps, in random order."""
    if not recipients:
        raise ValueError("an age file needs a recipient")
    missing = stanza_count(len(recipients)) - len(recipients)
    padded = [*recipients, *(Identity.generate(random).recipient for _ in range(missing))]
    return sorted(padded, key=lambda _: random(16))


def read_header(untrusted_prefix: bytes) -> Header:
    """The header at the start of an age file; what follows it is not looked at.

    Raise `MalformedAgeFileError` unless it is whole and in its one spelling.
    """
    length = header_length(untrusted_prefix)
    if length is None:
        raise MalformedAgeFileError("no header")
    return Header.parse(untrusted_prefix[:length])


def sealed_size(payload_bytes: int, stanzas: int) -> int:
    """Exact size in bytes of an age file over *payload_bytes* with that many stanzas."""
    header = len(VERSION_LINE) + stanzas * STANZA_BYTES + MAC_LINE_BYTES
    return header + NONCE_BYTES + stream_size(payload_bytes)


def payload_size(sealed_bytes: int, stanzas: int) -> int:
    """Bytes that an age file of *sealed_bytes* holds; the inverse of `sealed_size`."""
    chunks_bytes = sealed_bytes - sealed_size(0, stanzas) + TAG_BYTES
    return chunks_bytes - TAG_BYTES * -(-chunks_bytes // SEALED_CHUNK_BYTES)


def check_envelope(
    untrusted: bytes,
    stanzas_multiple: int,
    classes: Sequence[int],
    *,
    exactly: int | None = None,
) -> None:
    """What a server without keys can see: only hybrid stanzas, their count, an exact size.

    Raise `MalformedAgeFileError` unless the number of stanzas is a multiple of
    *stanzas_multiple* (and is *exactly* that, where given) and the payload has exactly the
    size of one of *classes*.
    """
    header = _HYBRID_HEADER.match(untrusted, 0, MAX_HEADER_BYTES)
    if header is None:
        raise MalformedAgeFileError("not a header of hybrid stanzas alone")
    stanzas = (header.end() - len(VERSION_LINE) - MAC_LINE_BYTES) // STANZA_BYTES
    if stanzas % stanzas_multiple or exactly not in (None, stanzas):
        raise MalformedAgeFileError("the number of stanzas is wrong")
    if len(untrusted) not in {sealed_size(size, stanzas) for size in classes}:
        raise MalformedAgeFileError("the size is of no class")
