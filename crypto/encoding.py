"""The few encodings that every format here shares, each with one accepted spelling."""

import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

Random = Callable[[int], bytes]
"""Gives that many fresh random bytes. Tests pass a deterministic one."""

SYSTEM_RANDOM: Final[Random] = secrets.token_bytes
HASH_BYTES: Final = 32
_NUMBERS: Final = 1 << 53


def sha256(*parts: bytes) -> bytes:
    """32 bytes: SHA-256 of the parts, joined."""
    return hashlib.sha256(b"".join(parts)).digest()


def expand(key: bytes, label: str) -> bytes:
    """32 bytes: HKDF-Expand with SHA-256 (RFC 5869 §2.3), one block, *label* as its info."""
    return hmac.digest(key, label.encode("ascii") + b"\x01", "sha256")


def encode_base64(data: bytes) -> str:
    """RFC 4648 §4, with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode_base64(untrusted: str, size: int | None = None) -> bytes:
    """Raise ValueError unless *untrusted* is canonical base64 of *size* bytes (None: of any)."""
    # binascii.Error is a ValueError, and so is what other letters than ASCII's raise.
    data = binascii.a2b_base64(untrusted, strict_mode=True)
    # Strict mode still lets the unused bits of the last letter be anything.
    last = encode_base64(data[(len(data) - 1) // 3 * 3 :]) if data else ""
    if not untrusted.endswith(last) or size not in (None, len(data)):
        raise ValueError("not canonical base64")
    return data


def decode_decimal(untrusted: str) -> int:
    """Raise ValueError unless *untrusted* is a plain decimal number below 2^53.

    No sign, no leading zeros; the limit is JavaScript's.
    """
    number = int(untrusted)
    if not 0 <= number < _NUMBERS or str(number) != untrusted:
        raise ValueError("not a canonical decimal number")
    return number
