"""`commitment.json`: commitments, promises and dispositions."""

from collections.abc import Iterator

from crypto.commitment import (
    KIND_COVER,
    KIND_SUBMISSION,
    Disposition,
    Promise,
    accept_commitment,
    content_commit,
    merge_by,
    roll_commit,
)
from crypto.encoding import encode_base64, sha256
from crypto.note import SigningKey, VerifierKey, sign
from crypto.vectors.cast import ORIGIN, TODAY, Json, device, error_of, fixed


def build() -> Json:
    salt, seed, content_salt, file = (fixed(f"commitment {n}")(32) for n in range(4))
    content, roll = content_commit(content_salt, sha256(file)), roll_commit(seed)
    leaf = accept_commitment(salt, content, roll)
    key = SigningKey.generate(f"{ORIGIN}/promise", fixed("promise"))
    promise = Promise(ORIGIN, leaf, merge_by(TODAY))
    disposition = Disposition(ORIGIN, sha256(b"case"), "question", "2026-W48")
    return {
        "values": {
            "log_salt": salt.hex(),
            "roll_seed": seed.hex(),
            "content_salt": content_salt.hex(),
            "age_digest": sha256(file).hex(),
            "content_commit": content.hex(),
            "roll_commit": roll.hex(),
            "submission": accept_commitment(salt, content, roll, KIND_SUBMISSION).hex(),
            "cover": accept_commitment(salt, content, roll, KIND_COVER).hex(),
        },
        "promise": {
            "key": key.verifier.encode(),
            "origin": ORIGIN,
            "accepted_on": TODAY.isoformat(),
            "merge_by": promise.merge_by.isoformat(),
            "commitment": leaf.hex(),
            "note": promise.sign(key),
        },
        "refused_promises": [
            {
                "case": case,
                "note": note,
                "key": vkey.encode(),
                "error": error_of(Promise.open, note, vkey),
            }
            for case, note, vkey in _refused_promises(promise, key)
        ],
        "disposition": {
            "origin": ORIGIN,
            "slot": disposition.slot.hex(),
            "status": disposition.status,
            "week": disposition.week,
            "device": device("huda").verifier.encode(),
            "note": disposition.sign(device("huda")),
        },
        "refused_dispositions": [
            {"case": case, "text": text, "error": error_of(Disposition.parse, text)}
            for case, text in _refused_dispositions(disposition.encode())
        ],
    }


def _refused_promises(promise: Promise, key: SigningKey) -> Iterator[tuple[str, str, VerifierKey]]:
    text = promise.encode()
    stranger = SigningKey.generate(key.name, fixed("stranger"))
    misnamed = SigningKey.generate(f"{ORIGIN}/device/huda", fixed("misnamed"))
    yield "another key of that name", promise.sign(key), stranger.verifier
    yield "a key that is not for promises", sign(text, misnamed), misnamed.verifier
    for case, old, new in (
        ("another heading", "promise/v1", "promise/v2"),
        ("another origin", f"\n{ORIGIN}\n", "\nother.example\n"),
        ("no such date", "2026-11-27", "2026-11-31"),
        ("date with another spelling", "2026-11-27", "20261127"),
        ("commitment too short", "=\n2026", "\n2026"),
        ("a line more", "2026-11-27\n", "2026-11-27\nx\n"),
    ):
        yield case, sign(text.replace(old, new, 1), key), key.verifier


def _refused_dispositions(text: str) -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "another heading", text.replace("disposition/v1", "disposition/v2")
    yield "no origin", text.replace(ORIGIN, "")
    yield "unknown status", text.replace("question", "lost")
    yield "no such week", text.replace("W48", "W60")
    yield "no subject", text.replace(encode_base64(bytes(32)) + "\n", "")
    yield "no line end", text[:-1]
    yield "a line more", text + "x\n"
