"""Who and what the vectors are about: fixed keys, one keyring, one submission."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Final, ParamSpec

from crypto.age import Identity
from crypto.encoding import sha256
from crypto.envelope import Attachment, Section, Submission
from crypto.errors import CryptoError
from crypto.keyring import (
    Keyring,
    Organisation,
    Reviewer,
    Roots,
    device_name,
    first_keyring,
)
from crypto.keys import CitizenKeys
from crypto.note import SigningKey

ORIGIN: Final = "vectors.wasl.example"
TODAY: Final = date(2026, 11, 25)

Json = dict[str, object]
P = ParamSpec("P")


def fixed(label: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same every time."""
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(f"wasl vectors {label} {drawn}".encode()).digest(size)

    return draw


def error_of(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """The name of the error that *call* raises; every refusal in the files was seen."""
    try:
        call(*args, **kwargs)
    except CryptoError as exc:
        return type(exc).__name__
    raise AssertionError(f"must be refused, but was accepted: {args}")


def root_keys() -> list[SigningKey]:
    names = [f"{ORIGIN}/root/{letter}" for letter in "abc"]
    return [SigningKey.generate(name, fixed(name)) for name in names]


def the_roots() -> Roots:
    return Roots.of([key.verifier for key in root_keys()], quorum=2)


def device(reviewer: str) -> SigningKey:
    return SigningKey.generate(device_name(ORIGIN, reviewer), fixed(f"device {reviewer}"))


def reviewer_identity(reviewer: str) -> Identity:
    return Identity.generate(fixed(f"reviewer {reviewer}"))


def reviewer(name: str) -> Reviewer:
    return Reviewer(name, reviewer_identity(name).recipient, device(name).verifier)


def first_week() -> Keyring:
    orgs = [
        Organisation("amal", "جمعية أمل", "Amal Society", (reviewer("huda"), reviewer("sami"))),
        Organisation("nur", "مركز نور", "Nur Centre", (reviewer("lina"),)),
    ]
    return first_keyring(ORIGIN, TODAY, orgs)


def a_submission(**changes: object) -> Submission:
    keys = CitizenKeys(fixed("root")(32))
    fields: dict[str, object] = {
        "topic": "water",
        "lang": "ar",
        "thread": keys.thread.key,
        "reply_to": keys.reply_identity.recipient,
        "keyring": 1,
        "sealed_by": "browser",
        "sections": (
            Section("problem", "لا يصل الماء إلى الحي.\n"),
            Section("why", 'قيل "غدا" \\ ثم غدا 🌧'),
            Section("proposal", "خزان واحد"),
        ),
        "attachments": (
            Attachment(sha256(b"one"), 123_456, "file-1.jpg", "image/jpeg", cleaned=True),
            Attachment(sha256(b"two"), 0, "تقرير.pdf", "application/pdf", cleaned=False),
        ),
    }
    return Submission(**{**fields, **changes})  # type: ignore[arg-type]
