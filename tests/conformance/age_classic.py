"""What the age testkit needs beyond the application: X25519, passphrases and armor.

Wasl writes and opens hybrid files only, so these live with the tests; they plug into the
same `Decryptor`, header parser and stream that the application runs.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from crypto import bech32
from crypto.age_header import Stanza, decode_base64_unpadded
from crypto.errors import MalformedAgeFileError, MalformedError

WRAPPED_BYTES: Final = 32
MAX_WORK_FACTOR: Final = 20
BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
END: Final = b"-----END AGE ENCRYPTED FILE-----"


class MalformedArmorError(MalformedError):
    """The bytes are not an armored age file."""


def unseal(key: bytes, body: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


class X25519Identity:
    def __init__(self, text: str) -> None:
        self._key = X25519PrivateKey.from_private_bytes(
            bech32.decode("age-secret-key-", text.lower())
        )

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        for stanza in stanzas:
            if stanza.args[0] == "X25519":
                file_key = unseal(self._wrap_key(stanza), stanza.body)
                if file_key is not None:
                    return file_key
        return None

    def _wrap_key(self, stanza: Stanza) -> bytes:
        if len(stanza.args) != 2 or len(stanza.body) != WRAPPED_BYTES:
            raise MalformedAgeFileError
        share = decode_base64_unpadded(stanza.args[1].encode())
        try:
            shared = self._key.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError as exc:
            raise MalformedAgeFileError from exc
        salt = share + self._key.public_key().public_bytes_raw()
        return HKDF(SHA256(), 32, salt, b"age-encryption.org/v1/X25519").derive(shared)


class ScryptIdentity:
    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase.encode()

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        scrypt = [stanza for stanza in stanzas if stanza.args[0] == "scrypt"]
        if not scrypt:
            return None
        if len(stanzas) != 1:
            raise MalformedAgeFileError
        return unseal(self._wrap_key(scrypt[0]), scrypt[0].body)

    def _wrap_key(self, stanza: Stanza) -> bytes:
        if len(stanza.args) != 3 or len(stanza.body) != WRAPPED_BYTES:
            raise MalformedAgeFileError
        _, salt_text, factor_text = stanza.args
        salt = decode_base64_unpadded(salt_text.encode())
        if len(salt) != 16 or not re.fullmatch(r"[1-9][0-9]?", factor_text):
            raise MalformedAgeFileError
        if (factor := int(factor_text)) > MAX_WORK_FACTOR:
            raise MalformedAgeFileError
        label = b"age-encryption.org/v1/scrypt"
        return Scrypt(label + salt, 32, n=2**factor, r=8, p=1).derive(self._passphrase)


def dearmor(untrusted: bytes) -> bytes:
    """Raise `MalformedArmorError`; white space around the armor is allowed."""
    lines = untrusted.strip(b" \t\r\n").replace(b"\r\n", b"\n").split(b"\n")
    if len(lines) < 2 or lines[0] != BEGIN or lines[-1] != END:
        raise MalformedArmorError
    body = lines[1:-1]
    if any(len(line) != 64 for line in body[:-1]) or (body and not 0 < len(body[-1]) <= 64):
        raise MalformedArmorError
    text = b"".join(body)
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as exc:
        raise MalformedArmorError from exc
    if base64.b64encode(data) != text:
        raise MalformedArmorError
    return data
