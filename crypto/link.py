"""The secret in the link that an agency gets (SPEC.md §14).

From it come the proof that opens the page, and the identity that opens the packet: a site
keeps H of the proof and the packet's ciphertext, and neither leads back to the secret.
"""

import re
from dataclasses import dataclass, field
from typing import Final, Self

from crypto.age import Identity, decrypt, encrypt
from crypto.encoding import SYSTEM_RANDOM, Random, expand, sha256
from crypto.errors import MalformedKeyError, MalformedPayloadError
from crypto.manifest import encode_manifest, parse_manifest
from crypto.padding import MESSAGE_CLASSES, pad_payload, unpad_payload

_TYPE: Final = "wasl/packet/v1"
SECRET_BYTES: Final = 20
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP: Final = 4
# What is mistaken for each other when it is read from paper (Crockford's base 32).
_MISREAD: Final = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class LinkSecret:
    """160 random bits, spelled as eight groups of four letters and digits."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `MalformedKeyError`."""
        if len(self.secret) != SECRET_BYTES:
            raise MalformedKeyError("a link's secret has 20 bytes")

    @classmethod
    def generate(cls, random: Random = SYSTEM_RANDOM) -> Self:
        return cls(random(SECRET_BYTES))

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Blanks, hyphens and small letters do not matter. Raise `MalformedKeyError`."""
        letters = re.sub(r"[\s-]", "", untrusted).upper().translate(_MISREAD)
        if len(letters) != SECRET_BYTES * 8 // 5 or not set(letters) <= set(_ALPHABET):
            raise MalformedKeyError("a link's code has 32 letters and digits")
        number = 0
        for letter in letters:
            number = number * 32 + _ALPHABET.index(letter)
        return cls(number.to_bytes(SECRET_BYTES, "big"))

    def encode(self) -> str:
        """Groups of four, with hyphens between them."""
        number = int.from_bytes(self.secret, "big")
        letters = "".join(
            _ALPHABET[number >> shift & 31] for shift in range(SECRET_BYTES * 8 - 5, -1, -5)
        )
        groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
        return "-".join(groups)

    @property
    def proof(self) -> bytes:
        """32 bytes, shown to the site."""
        return expand(self._key, "wasl/link/proof/v1")

    @property
    def proof_hash(self) -> bytes:
        """32 bytes, by which the site knows the link."""
        return sha256(self.proof)

    @property
    def identity(self) -> Identity:
        """What opens the packet."""
        return Identity(expand(self._key, "wasl/link/identity/v1"))

    @property
    def _key(self) -> bytes:
        return sha256(b"wasl/link/v1\n", self.secret)


def seal_packet(note: str, secret: LinkSecret, random: Random = SYSTEM_RANDOM) -> bytes:
    """The age file of a packet's signed note, for whoever has the link. Raise `TooLargeError`."""
    payload = pad_payload(encode_manifest({"type": _TYPE}), note.encode(), MESSAGE_CLASSES)
    return encrypt(payload, [secret.identity.recipient], random)


def open_packet(untrusted: bytes, secret: LinkSecret) -> str:
    """The note, not yet verified. Raise `MalformedPayloadError` and the errors of `Decryptor`."""
    manifest, note = unpad_payload(decrypt(untrusted, [secret.identity]), MESSAGE_CLASSES)
    parse_manifest(manifest, _TYPE).end()
    try:
        return note.decode()
    except UnicodeDecodeError as exc:
        raise MalformedPayloadError("not UTF-8") from exc
