"""`keys.json`: what a code derives, identities and recipients, and keys that are refused."""

from typing import Final

from crypto import bech32
from crypto.age import Identity, Recipient
from crypto.encoding import sha256
from crypto.keys import ROOT_ITERATIONS, CitizenKeys, Lane, Thread, derive_root
from crypto.receipt import ReceiptCode
from crypto.vectors.cast import Json, error_of, fixed


def build() -> Json:
    cases = [(bytes(10), bytes(32)), (fixed("key")(10), sha256(b"roots"))]
    return {
        "iterations": ROOT_ITERATIONS,
        "citizens": [_citizen(ReceiptCode(secret), roots_hash) for secret, roots_hash in cases],
        "identities": [_identity(bytes(32)), _identity(fixed("identity")(32))],
        "refused_recipients": _refused_recipients(Identity(bytes(32)).recipient),
        "refused_identities": _refused_identities(Identity(bytes(32))),
    }


_NAMES: Final[tuple[tuple[Lane, int], ...]] = (
    ("citizen", 0),
    ("citizen", 1),
    ("team", 0),
    ("team", 15),
)


def _citizen(code: ReceiptCode, roots_hash: bytes) -> Json:
    root = derive_root(code, roots_hash)
    keys = CitizenKeys(root)
    return {
        "secret": code.secret.hex(),
        "roots_hash": roots_hash.hex(),
        "root": root.hex(),
        "thread": keys.thread.key.hex(),
        "reply_identity": keys.reply_identity.encode(),
        "reply_recipient": keys.reply_identity.recipient.encode(),
        "log_salt": keys.log_salt.hex(),
        "roll_seed": keys.roll_seed.hex(),
        "content_salt": keys.content_salt.hex(),
        "retry_key": keys.retry_key.hex(),
        "names": [_name(keys.thread, lane, index) for lane, index in _NAMES],
        "macs": [
            {"index": index, "text": text, "mac": keys.thread.mac(index, text.encode()).hex()}
            for index, text in ((1, ""), (1, "شكرا"), (12, "شكرا"))
        ],
    }


def _name(thread: Thread, lane: Lane, index: int) -> Json:
    return {
        "lane": lane,
        "index": index,
        "name": thread.name(lane, index).hex(),
        "auth": thread.auth(lane, index).hex(),
        "slot": thread.slot(lane, index).hex(),
        "auth_hash": thread.auth_hash(lane, index).hex(),
    }


def _identity(seed: bytes) -> Json:
    identity = Identity.from_seed(seed)
    return {
        "seed": seed.hex(),
        "identity": identity.encode(),
        "recipient": identity.recipient.encode(),
    }


def _refused_recipients(recipient: Recipient) -> list[Json]:
    text, public = recipient.encode(), recipient.public
    cases = {
        "empty": "",
        "upper case": text.upper(),
        "mixed case": text.replace("q", "Q"),
        "a letter changed": text[:100] + ("q" if text[100] != "q" else "p") + text[101:],
        "cut off": text[:-1],
        "a letter more": text + "q",
        "a blank after it": text + " ",
        "another prefix": bech32.encode("age", public),
        "an X25519 recipient": bech32.encode("age", public[-32:]),
        "a byte too few": bech32.encode("age1pq", public[:-1]),
        "a byte too many": bech32.encode("age1pq", public + b"\0"),
        "X25519 point of low order": bech32.encode("age1pq", public[:-32] + bytes(32)),
        "ML-KEM key out of range": bech32.encode("age1pq", b"\xff" * 1_184 + public[-32:]),
    }
    return [
        {"case": case, "text": text, "error": error_of(Recipient.parse, text)}
        for case, text in cases.items()
    ]


def _refused_identities(identity: Identity) -> list[Json]:
    text = identity.encode()
    cases = {
        "empty": "",
        "lower case": text.lower(),
        "a letter changed": text[:40] + ("Q" if text[40] != "Q" else "P") + text[41:],
        "an X25519 identity": bech32.encode("age-secret-key-", identity.seed).upper(),
        "a byte too few": bech32.encode("age-secret-key-pq-", bytes(31)).upper(),
        "a recipient": identity.recipient.encode(),
    }
    return [
        {"case": case, "text": text, "error": error_of(Identity.parse, text)}
        for case, text in cases.items()
    ]
