"""Size classes, so that a length says next to nothing (SPEC.md §2).

A message is `u32 M ‖ manifest ‖ u32 T ‖ text ‖ zeros` and fills one of its few classes
exactly. Attachments go up to the next power of two, and above 16 MiB by Padmé, which costs
at most 12 % and leaks O(log log L) bits.
"""

from collections.abc import Sequence
from typing import Final

from crypto.errors import MalformedPayloadError, TooLargeError

MESSAGE_CLASSES: Final = (65_536, 262_144)
REPLY_CLASS: Final = 16_384
REPLY_CLASSES: Final = (REPLY_CLASS,)
SMALLEST_ATTACHMENT: Final = 4_096
LARGEST_POWER_OF_TWO: Final = 16_777_216
_LENGTH_BYTES: Final = 4


def padded_size(size: int) -> int:
    """Bytes of an attachment of *size* bytes after padding, before encryption."""
    if size <= SMALLEST_ATTACHMENT:
        return SMALLEST_ATTACHMENT
    if size <= LARGEST_POWER_OF_TWO:
        return 1 << (size - 1).bit_length()
    return _padme(size)


def _padme(size: int) -> int:
    """Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019."""
    exponent = size.bit_length() - 1
    step = 1 << exponent - exponent.bit_length()
    return -(-size // step) * step


def room_for_text(manifest: bytes, classes: Sequence[int]) -> int:
    """How many bytes of text the largest of *classes* takes beside this manifest."""
    return max(classes) - 2 * _LENGTH_BYTES - len(manifest)


def pad_payload(manifest: bytes, text: bytes, classes: Sequence[int]) -> bytes:
    """The payload, exactly as long as the smallest class it fits. Raise `TooLargeError`."""
    payload = b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in (manifest, text))
    fitting = [size for size in classes if size >= len(payload)]
    if not fitting:
        raise TooLargeError(len(payload) - max(classes))
    return payload.ljust(min(fitting), b"\0")


def unpad_payload(untrusted: bytes, classes: Sequence[int]) -> tuple[bytes, bytes]:
    """The manifest and the text. Raise `MalformedPayloadError` unless `pad_payload` wrote it."""
    manifest, rest = _take(untrusted)
    text, _ = _take(rest)
    if len(untrusted) not in classes or pad_payload(manifest, text, classes) != untrusted:
        raise MalformedPayloadError("not padded as it should be")
    return manifest, text


def _take(untrusted: bytes) -> tuple[bytes, bytes]:
    end = _LENGTH_BYTES + int.from_bytes(untrusted[:_LENGTH_BYTES], "big")
    if end > len(untrusted):
        raise MalformedPayloadError("a length does not fit")
    return untrusted[_LENGTH_BYTES:end], untrusted[end:]
