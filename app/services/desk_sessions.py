"""Desk sessions without a table: a challenge to sign, then a token that expires.

Both are an expiry time, something random and an HMAC under a key of the site, so nothing is
stored about who worked when. A token names its device key; the caller passes the devices of
today's keyring each time, so removal takes effect at once.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from app.domain.errors import BadSessionError
from crypto.courier import Pass, session_text
from crypto.encoding import sha256
from crypto.errors import CryptoError
from crypto.note import VerifierKey, open_note

TOKEN_SECONDS: Final = 900
_CHALLENGE_SECONDS: Final = 120
_CHALLENGE: Final = b"wasl/desk-challenge/v1"
_TOKEN: Final = b"wasl/desk-token/v1"
_TIME_BYTES: Final = 8
_ID_BYTES: Final = 32
_MAC_BYTES: Final = 32


def challenge(secret: bytes, now: int, random: Callable[[int], bytes]) -> str:
    """Text to sign within two minutes."""
    return _issue(secret, _CHALLENGE, now + _CHALLENGE_SECONDS, random(_ID_BYTES))


def begin(
    secret: bytes, untrusted_note: str, devices: Sequence[VerifierKey], *, origin: str, now: int
) -> str:
    """A token for the device that signed the challenge; else `BadSessionError`."""
    signer = _who_signed(secret, untrusted_note, devices, origin=origin, now=now)
    return _token(secret, signer, now)


def begin_as_courier(
    secret: bytes,
    untrusted_note: str,
    untrusted_pass: str,
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    now: int,
    today: date,
) -> str:
    """A token for the device whose pass names the key that signed; else `BadSessionError`."""
    try:
        found, device = Pass.open(untrusted_pass, devices, origin=origin, today=today)
    except CryptoError as exc:
        raise BadSessionError from exc
    _who_signed(secret, untrusted_note, [found.courier], origin=origin, now=now)
    return _token(secret, device, now)


def _who_signed(
    secret: bytes, untrusted_note: str, keys: Sequence[VerifierKey], *, origin: str, now: int
) -> VerifierKey:
    try:
        opened = open_note(untrusted_note, keys)
    except CryptoError as exc:
        raise BadSessionError from exc
    lines = opened.text.split("\n")
    if len(opened.verified) != 1 or len(lines) != 4:
        raise BadSessionError
    if opened.text != session_text(origin, lines[2]):
        raise BadSessionError
    _check(secret, _CHALLENGE, lines[2], now)
    return opened.verified[0]


def _token(secret: bytes, device: VerifierKey, now: int) -> str:
    return _issue(secret, _TOKEN, now + TOKEN_SECONDS, _device_id(device))


def check(
    secret: bytes, untrusted_token: str, devices: Sequence[VerifierKey], now: int
) -> VerifierKey:
    """Whose token it is; `BadSessionError` unless it is ours, in time, its device still listed."""
    device_id = _check(secret, _TOKEN, untrusted_token, now)
    found = (device for device in devices if _device_id(device) == device_id)
    if (device := next(found, None)) is None:
        raise BadSessionError
    return device


def _device_id(device: VerifierKey) -> bytes:
    return sha256(device.encode().encode())


def _issue(secret: bytes, purpose: bytes, expires: int, identity: bytes) -> str:
    body = expires.to_bytes(_TIME_BYTES, "big") + identity
    return urlsafe_b64encode(body + _mac(secret, purpose, body)).decode()


def _check(secret: bytes, purpose: bytes, untrusted: str, now: int) -> bytes:
    try:
        raw = urlsafe_b64decode(untrusted.encode("ascii"))
    except ValueError as exc:
        raise BadSessionError from exc
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    expires = int.from_bytes(body[:_TIME_BYTES], "big")
    if not hmac.compare_digest(mac, _mac(secret, purpose, body)) or expires < now:
        raise BadSessionError
    return body[_TIME_BYTES:]


def _mac(secret: bytes, purpose: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, purpose + b"\n" + body, "sha256")
