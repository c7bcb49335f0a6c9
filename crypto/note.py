"""C2SP signed notes (c2sp.org/signed-note) with Ed25519 keys.

A note is text, an empty line, and one line per signature: `— <name> <base64>`. Signatures
by unknown keys are ignored; one by a known key that does not verify refuses the whole note.
Ed25519 is verified by `cryptography` only: it accepts exactly what Go accepts, other
libraries do not. Here are the keys of signature type 0x01, which sign the text itself; another
type is another `NoteKey` (`crypto.tlog.cosignature`), so that who asks for one type never
gets another.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Final, Generic, Self, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.encoding import SYSTEM_RANDOM, Random, decode_base64, encode_base64, sha256
from crypto.errors import MalformedKeyError, MalformedNoteError, UnverifiedError

ED25519: Final = 0x01
MAX_NOTE_BYTES: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_DASH: Final = "— "
_PRIVATE: Final = "PRIVATE+KEY+"
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f\x7f\ufeff]+")
_NOT_PLAIN: Final = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
"""Control characters, and halves of characters, which UTF-8 has not."""


def is_key_name(untrusted: str) -> bool:
    """Key names, and so origins, have no white space, no plus sign, and are not empty."""
    return _KEY_NAME.fullmatch(untrusted) is not None


def verifies_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the key made the signature, by the rules that Go follows."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class NoteKey(ABC):
    """A name and a public key of one signature type; each type is a subclass."""

    name: str
    public: bytes

    algorithm: ClassVar[int]
    """The signature type byte."""
    public_bytes: ClassVar[int]

    def __post_init__(self) -> None:
        """Raise `MalformedKeyError`."""
        if not is_key_name(self.name) or len(self.public) != self.public_bytes:
            raise MalformedKeyError("not a verifier key")

    @cached_property
    def id(self) -> bytes:
        """4 bytes that tell apart keys of one name."""
        return sha256(self.name.encode(), b"\n", self._typed)[:_ID_BYTES]

    @property
    def _typed(self) -> bytes:
        return bytes([self.algorithm]) + self.public

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedKeyError` unless *untrusted* is `name+id+base64`, the id its own."""
        try:
            # The base64 may have plus signs of its own.
            name, _, typed_text = untrusted.split("+", 2)
            typed = decode_base64(typed_text)
            key = cls(name, typed[1:])
        except ValueError as exc:
            raise MalformedKeyError("not a verifier key") from exc
        # Encoding again also finds another signature type, or an id that is not the key's.
        if key.encode() != untrusted:
            raise MalformedKeyError("not a verifier key")
        return key

    def encode(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(self._typed)}"

    @abstractmethod
    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made *signature* for the text of a note."""


@dataclass(frozen=True)
class VerifierKey(NoteKey):
    """A name and an Ed25519 public key of 32 bytes."""

    algorithm = ED25519
    public_bytes = _KEY_BYTES

    def verify(self, signature: bytes, message: bytes) -> bool:
        return verifies_ed25519(self.public, signature, message)


@dataclass(frozen=True)
class SeedKey(ABC):
    """A name and the 32-byte seed of a private key; each signature type is a subclass."""

    name: str
    seed: bytes = field(repr=False)

    algorithm: ClassVar[int]

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.seed) != _KEY_BYTES:
            raise MalformedKeyError("not a signing key")

    @classmethod
    def generate(cls, name: str, random: Random = SYSTEM_RANDOM) -> Self:
        return cls(name, random(_KEY_BYTES))

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedKeyError` unless *untrusted* is spelled as Go's `note` does."""
        try:
            name, _, typed = untrusted.removeprefix(_PRIVATE).split("+", 2)
            key = cls(name, decode_base64(typed, 1 + _KEY_BYTES)[1:])
        except ValueError as exc:
            raise MalformedKeyError("not a signing key") from exc
        if key.encode() != untrusted:
            raise MalformedKeyError("not a signing key")
        return key

    def encode(self) -> str:
        """`PRIVATE+KEY+name+id+base64`: a secret."""
        typed = bytes([self.algorithm]) + self.seed
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{encode_base64(typed)}"

    @property
    @abstractmethod
    def verifier(self) -> NoteKey: ...


@dataclass(frozen=True)
class SigningKey(SeedKey):
    """A name and the 32-byte seed of an Ed25519 key."""

    algorithm = ED25519

    @cached_property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self._key.public_key().public_bytes_raw())

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(message)


Key = TypeVar("Key", bound=NoteKey)


@dataclass(frozen=True)
class OpenedNote(Generic[Key]):
    """Text that every key in `verified` (at least one, each once) has signed."""

    text: str
    verified: tuple[Key, ...]
    signatures: tuple[bytes, ...]
    """What each of them wrote, in the same order."""


def sign(text: str, *keys: SigningKey) -> str:
    """The note. Raise `MalformedNoteError` unless *text* is lines of text, all ended."""
    _check_text(text)
    if not keys:
        raise ValueError("a note needs a signature")
    return text + "\n" + "".join(_signature_line(key, text) for key in keys)


def add_signature(untrusted: str, key: SigningKey) -> str:
    """The same note with one more line. It vouches for the text, not for the other lines."""
    text, _ = _split(untrusted)
    return untrusted + _signature_line(key, text)


def signature_line(key: NoteKey, signature: bytes) -> str:
    """The line that says *key* made *signature*, ended by a line feed."""
    return f"{_DASH}{key.name} {encode_base64(key.id + signature)}\n"


def open_note(untrusted: str | bytes, known: Sequence[Key]) -> OpenedNote[Key]:
    """Raise `MalformedNoteError`, or `UnverifiedError` unless a *known* key signed it."""
    text, signatures = _split(_decode(untrusted))
    verified: dict[Key, bytes] = {}
    for name, key_id, signature in signatures:
        candidates = [key for key in known if key.name == name and key.id == key_id]
        signer = next((key for key in candidates if key.verify(signature, text.encode())), None)
        if candidates and signer is None:
            raise UnverifiedError("a known key did not make this signature")
        if signer and signer not in verified:
            verified[signer] = signature
    if not verified:
        raise UnverifiedError("no known key signed this")
    return OpenedNote(text, tuple(verified), tuple(verified.values()))


def read_text_unverified(untrusted: str | bytes) -> str:
    """The text, whoever signed it: to find out which keys to ask for. `MalformedNoteError`."""
    return _split(_decode(untrusted))[0]


def _decode(untrusted: str | bytes) -> str:
    if len(untrusted) > MAX_NOTE_BYTES:
        raise MalformedNoteError("too long")
    try:
        return untrusted if isinstance(untrusted, str) else untrusted.decode()
    except UnicodeDecodeError as exc:
        raise MalformedNoteError("not UTF-8") from exc


def _split(untrusted: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    # The text may have empty lines; the last one ends it.
    text, separator, block = untrusted.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise MalformedNoteError("no signatures")
    _check_text(text + "\n")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNoteError("too many signatures")
    return text + "\n", [_parse_signature(line) for line in lines]


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _NOT_PLAIN.search(text):
        raise MalformedNoteError("the text is not plain lines")


def _signature_line(key: SigningKey, text: str) -> str:
    return signature_line(key.verifier, key.sign(text.encode()))


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        signature = decode_base64(encoded)
    except ValueError as exc:
        raise MalformedNoteError("not a signature line") from exc
    if not line.startswith(_DASH) or not is_key_name(name) or len(signature) <= _ID_BYTES:
        raise MalformedNoteError("not a signature line")
    return name, signature[:_ID_BYTES], signature[_ID_BYTES:]
