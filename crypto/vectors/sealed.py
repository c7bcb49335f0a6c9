"""`envelope.json`: age files, opened, and damaged in every part.

HPKE takes no randomness from its caller, so a file that lies there already is kept as long
as it still opens to what it should hold.
"""

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from crypto import age, envelope
from crypto.age import Identity
from crypto.encoding import encode_base64, sha256
from crypto.envelope import AttachmentSealer, Reply, open_attachment
from crypto.errors import CryptoError
from crypto.keyring import sign_keyring
from crypto.keys import CitizenKeys
from crypto.vectors.cast import (
    ORIGIN,
    Json,
    a_submission,
    device,
    error_of,
    first_week,
    fixed,
    reviewer_identity,
    root_keys,
)


def build(kept: dict[str, str]) -> Json:
    keyring, keys = first_week(), CitizenKeys(fixed("root")(32))
    identities = [reviewer_identity("lina")]
    slot = keys.thread.slot("citizen", 0)
    submission = a_submission()
    reply = Reply(ORIGIN, slot, 0, "question", "ar", "متى انقطع الماء؟\n\nأي حي؟", "huda")
    plain = Identity.generate(fixed("plain"))
    photo = b"not really a photo"
    files = {
        "plain": _keep_or_seal(
            kept.get("plain", ""),
            b"hello\n",
            lambda file: age.decrypt(file, [plain]),
            lambda: age.encrypt(b"hello\n", [plain.recipient], fixed("plain file")),
        ),
        "submission": _keep_or_seal(
            kept.get("submission", ""),
            submission,
            lambda file: envelope.open_submission(file, identities),
            lambda: envelope.seal_submission(submission, keyring, fixed("submission")),
        ),
        "follow_up": _keep_or_seal(
            kept.get("follow_up", ""),
            envelope.FollowUp(1, "منذ أسبوع"),
            lambda file: envelope.open_follow_up(file, identities, keys.thread),
            lambda: envelope.seal_follow_up(
                keys.thread, 1, "منذ أسبوع", keyring, fixed("follow-up")
            ),
        ),
        "rating": _keep_or_seal(
            kept.get("rating", ""),
            envelope.FollowUp(2, "partly", is_rating=True),
            lambda file: envelope.open_follow_up(file, identities, keys.thread),
            lambda: envelope.seal_follow_up(
                keys.thread, 2, "partly", keyring, fixed("rating"), is_rating=True
            ),
        ),
        "reply": _keep_or_seal(
            kept.get("reply", ""),
            reply,
            lambda file: envelope.open_reply(
                file, keys.reply_identity, keyring.devices, origin=ORIGIN, slot=slot
            ),
            lambda: envelope.seal_reply(
                reply, device("huda"), keys.reply_identity.recipient, fixed("reply")
            ),
        ),
        "attachment": _keep_or_seal(
            kept.get("attachment", ""),
            photo,
            lambda file: _open_attachment(file, plain, len(photo)),
            lambda: _seal_attachment(photo, plain),
        ),
    }
    return {
        "origin": ORIGIN,
        "keyring": sign_keyring(keyring, *root_keys()[:2]),
        "reviewer_identity": identities[0].encode(),
        "citizen_root": keys.root.hex(),
        "plain": {"identity": plain.encode(), "text": "hello\n"},
        "submission": {
            "manifest": submission.manifest().decode(),
            "text": submission.text().decode(),
            "stanzas": 8,
        },
        "follow_up": {"index": 1, "text": "منذ أسبوع"},
        "rating": {"index": 2, "text": "partly"},
        "reply": {
            "slot": slot.hex(),
            "index": reply.index,
            "status": reply.status,
            "lang": reply.lang,
            "text": reply.text,
            "signed_by": reply.signed_by,
            "note_text": reply.encode(),
        },
        "attachment": {
            "content": encode_base64(photo),
            "size": len(photo),
            "digest": encode_base64(sha256(files["attachment"])),
        },
        "refused_attachment_sizes": [
            {"size": size, "error": error_of(_open_attachment, files["attachment"], plain, size)}
            for size in (0, len(photo) - 1, 4_097)
        ],
        "refused_replies": [
            {"case": case, "text": text, "error": error_of(Reply.parse, text)}
            for case, text in _refused_replies(reply.encode())
        ],
        "tampered": [_tampered(files["plain"], plain, *case) for case in _TAMPERED],
        "files": {name: encode_base64(file) for name, file in files.items()},
    }


def _keep_or_seal(
    kept: str, expected: object, opens: Callable[[bytes], object], seals: Callable[[], bytes]
) -> bytes:
    with suppress(CryptoError):
        if opens(file := base64.b64decode(kept)) == expected:
            return file
    file = seals()
    if opens(file) != expected:
        raise AssertionError("what was sealed does not open")
    return file


def _seal_attachment(content: bytes, identity: Identity) -> bytes:
    sealer = AttachmentSealer([identity.recipient], fixed("attachment"))
    return sealer.update(content) + sealer.finish()


def _open_attachment(file: bytes, identity: Identity, size: int) -> bytes:
    writer = io.BytesIO()
    open_attachment(io.BytesIO(file), writer, [identity], size)
    return writer.getvalue()


def _refused_replies(text: str) -> Iterator[tuple[str, str]]:
    yield "another heading", text.replace("reply/v1", "reply/v2")
    yield "index with a plus", text.replace("\n0\n", "\n+0\n")
    yield "index negative", text.replace("\n0\n", "\n-1\n")
    yield "unknown status", text.replace("question", "lost")
    yield "unknown language", text.replace("\nar\n", "\nfr\n")
    yield "no empty line", text.replace("\nar\n\n", "\nar\n")
    yield "no words", text[: text.index("\nar\n") + 5] + "\n"
    yield "no line end", text[:-1]
    yield "blank at the end", text[:-1] + " \n"


# Offsets into a file with one stanza: version line 22, arguments to 1,535, body to 1,579,
# MAC line to 1,627, nonce to 1,643, then 6 bytes and their tag.
_TAMPERED: Final = (
    ("version", 20, 1),
    ("arrow", 22, 1),
    ("stanza type", 25, 1),
    ("blank between arguments", 39, 1),
    ("ML-KEM half", 500, 1),
    ("X25519 half", 1_500, 1),
    ("encapsulation no longer base64", 600, 0x80),
    ("wrapped key", 1_540, 1),
    ("MAC", 1_590, 1),
    ("nonce", 1_630, 1),
    ("payload", 1_644, 1),
    ("tag", 1_660, 1),
    ("cut in the stanza", 1_000, None),
    ("cut after the header", 1_627, None),
    ("cut after the nonce", 1_643, None),
    ("cut by a byte", 1_664, None),
    ("a byte more", None, 0),
)


def _tampered(file: bytes, identity: Identity, case: str, at: int | None, flip: int | None) -> Json:
    """Bit *flip* xored into byte *at*; cut *at* where flip is null; byte added where at is."""
    changed = bytearray(file)
    if at is None:
        changed.append(flip or 0)
    elif flip is None:
        del changed[at:]
    else:
        changed[at] ^= flip
    return {
        "case": case,
        "at": at,
        "xor": flip,
        "error": error_of(age.decrypt, bytes(changed), [identity]),
    }
