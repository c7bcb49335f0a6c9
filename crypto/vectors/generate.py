"""Test vectors that Python and TypeScript both read: what is accepted, and what is refused.

Everything is derived from fixed labels, so the same files come out every time. The one
exception is HPKE, which takes no randomness from its caller: a sealed file that already
lies in `envelope.json` is kept as long as it still opens to what it should hold.

A refusal names the error class, which has the same name in both languages.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, ParamSpec

from crypto import age, bech32, envelope
from crypto.age import Identity, Recipient
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
from crypto.envelope import Attachment, Reply, Section, Submission
from crypto.errors import CryptoError, ReceiptCodeError, TooLargeError
from crypto.keyring import (
    Keyring,
    Organisation,
    Reviewer,
    Roots,
    device_name,
    first_keyring,
    next_keyring,
    open_keyring,
    sign_keyring,
)
from crypto.keys import ROOT_ITERATIONS, CitizenKeys, Lane, Thread, derive_root
from crypto.manifest import encode_manifest
from crypto.note import SigningKey, VerifierKey, open_note, sign
from crypto.padding import MESSAGE_CLASSES, REPLY_CLASSES, pad_payload, padded_size, unpad_payload
from crypto.receipt import ReceiptCode, normalise, skeleton, sound

FOLDER: Final = Path(__file__).parent
ORIGIN: Final = "vectors.wasl.example"
TODAY: Final = date(2026, 11, 25)

Json = dict[str, object]
Sealed = dict[str, str]
P = ParamSpec("P")


def generate() -> dict[str, Json]:
    """Content by file name."""
    return {
        "receipt.json": _receipt(),
        "keys.json": _keys(),
        "padding.json": _padding(),
        "payload.json": _payload(),
        "notes.json": _notes(),
        "keyring.json": _keyring(),
        "commitment.json": _commitment(),
        "envelope.json": _envelope(_kept_files()),
    }


def render(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def fixed(label: str) -> Callable[[int], bytes]:
    """Bytes that look random and are the same every time."""
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(f"wasl vectors {label} {drawn}".encode()).digest(size)

    return draw


def _error_of(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    """The name of the error that *call* raises; every refusal in the files was seen."""
    try:
        call(*args, **kwargs)
    except CryptoError as exc:
        return type(exc).__name__
    raise AssertionError(f"must be refused, but was accepted: {args}")


# Receipt codes.


def _receipt() -> Json:
    secrets = [bytes(10), b"\xff" * 10, bytes(9) + b"\x01"]
    codes = [ReceiptCode(secret) for secret in secrets]
    codes += [ReceiptCode.generate(fixed(f"code {number}")) for number in range(9)]
    return {
        "codes": [
            {"secret": code.secret.hex(), "words": code.words, "digits": code.digits}
            for code in codes
        ],
        "accepted": [
            {"case": case, "text": text, "secret": ReceiptCode.parse(text).secret.hex()}
            for case, text in _accepted_codes(codes[3])
        ],
        "refused": [_refused_code(case, text) for case, text in _refused_codes(codes[3])],
        "normalised": [{"text": text, "normalised": normalise(text)} for text in _NORMALISED],
        "alike": [
            {"word": word, "skeleton": skeleton(word), "sound": sound(word)} for word in _ALIKE
        ],
    }


_NORMALISED: Final = (
    "مَدْرَسَةٌ",
    "أإآٱا",
    "مؤمن شيئ هدى",
    "کتابی",
    "پاچه گڤ ھہ",
    "مـــدرسة",
    "ط\u200dر\u200fي\u202bق\u2066",
    "٠١٢٣٤٥٦٧٨٩",
    "۰۱۲۳۴۵۶۷۸۹",
    "０１２３",
    "ﻁﺮﻳﻖ",
    "ٮٯں",
)
_ALIKE: Final = ("طريق", "جسم", "تنوب", "شفاف", "يانسون", "قرقف", "ثني", "ضفدع", "ظرف", "حصان")


def _accepted_codes(code: ReceiptCode) -> Iterator[tuple[str, str]]:
    words, digits = code.words, code.digits
    yield "words", " ".join(words)
    yield "words one below the other, numbered", _numbered(words)
    yield "words numbered in Arabic digits", _numbered(words).translate(_TO_ARABIC)
    yield "words with commas", "، ".join(words) + "."
    yield "words with the article", " ".join(f"ال{word}" for word in words)
    yield "words with vowel signs", " ".join("\u064e".join(word) for word in words)
    yield "words stretched", " ".join(f"{word[0]}ــ{word[1:]}" for word in words)
    yield "words with direction marks", "\u200f".join(f"\u2067{word}\u2069 " for word in words)
    yield "words without dots", " ".join(skeleton(word) for word in words)
    yield "words with wrong dots", " ".join(word.translate(_WRONG_DOTS) for word in words)
    yield "words as heard", " ".join(word.translate(_AS_HEARD) for word in words)
    yield "words in Persian letters", " ".join(words).translate(str.maketrans("كي", "کی"))
    yield "words with hamzas", " ".join(words).replace("ا", "أ")
    yield "digits", " ".join(digits)
    yield "digits in one row", "".join(digits)
    yield "digits with dashes and brackets", f"({'-'.join(digits)})\n"
    yield "digits in Arabic", " ".join(digits).translate(_TO_ARABIC)
    yield "digits in Persian", " ".join(digits).translate(_TO_PERSIAN)
    yield "digits, groups reversed", " ".join(reversed(digits))
    yield "digits after a heading", f"الرمز: {' '.join(digits)}"
    yield "the whole receipt", f"{' '.join(words)}\n{' '.join(digits)}\n"


def _refused_codes(code: ReceiptCode) -> Iterator[tuple[str, str]]:
    words, digits = list(code.words), "".join(code.digits)
    yield "nothing", ""
    yield "only signs", " ،-\u200f\n"
    yield "too long", "ا" * 1_001
    yield "too long though blank", " " * 1_001
    yield "eight words", " ".join(words[:8])
    yield "ten words", " ".join([*words, words[0]])
    yield "a digit too few", digits[1:]
    yield "a digit too many", digits + "0"
    yield "words and some digits", " ".join(words[:5]) + " " + digits[:12]
    yield "an unknown word", " ".join([*words[:4], "قسطنطينية", *words[5:]])
    yield "an unknown word in Latin letters", " ".join([*words[:8], "hello"])
    yield "an endless word", " ".join(["ب" * 60, *words[1:]])
    yield "two words swapped", " ".join([words[1], words[0], *words[2:]])
    yield "one word replaced", " ".join([*words[:8], "طريق"])
    yield "one digit wrong", ("1" if digits[0] == "0" else "0") + digits[1:]
    yield "two neighbours swapped", _swap_first_different(digits)
    yield "no secret is that large", _with_check(1 << 80)
    yield "check digits above 996", f"{_number_with_zero_check():025d}997"


def _with_check(number: int) -> str:
    return f"{number * 1_000 + (1 - number * 1_000) % 997:028d}"


def _number_with_zero_check() -> int:
    """997 is congruent to 0, so this number has a second spelling that must not be read."""
    return next(number for number in range(997) if number * 1_000 % 997 == 1)


def _swap_first_different(digits: str) -> str:
    at = next(at for at in range(1, len(digits)) if digits[at] != digits[at + 1])
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _refused_code(case: str, text: str) -> Json:
    try:
        ReceiptCode.parse(text)
    except ReceiptCodeError as exc:
        return {"case": case, "text": text, **_described(exc)}
    raise AssertionError("a code that must be refused was accepted")


def _described(problem: ReceiptCodeError) -> Json:
    return {
        "kind": problem.kind,
        "count": problem.count,
        "position": problem.position,
        "word": problem.word,
        "nearest": problem.nearest,
    }


def _numbered(words: Sequence[str]) -> str:
    return "".join(f"{number}. {word}\n" for number, word in enumerate(words, start=1))


_TO_ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_TO_PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_WRONG_DOTS: Final = str.maketrans("بتجدرسصطع", "تثخذزشضظغ")
_AS_HEARD: Final = str.maketrans("صطذظقح", "ستددكه")


# Keys.


def _keys() -> Json:
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
        {"case": case, "text": text, "error": _error_of(Recipient.parse, text)}
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
        {"case": case, "text": text, "error": _error_of(Identity.parse, text)}
        for case, text in cases.items()
    ]


# Padding.


def _padding() -> Json:
    mib = 1 << 20
    sizes = [0, 1, 4_095, 4_096, 4_097, 8_192, 8_193, 65_536, 100_000, mib, 16 * mib - 1, 16 * mib]
    sizes += [16 * mib + 1, 17 * mib, 33_333_333, 100 * mib - 1, 100 * mib, 500 * mib + 7]
    payloads = [0, 1, 65_535, 65_536, 65_537, 131_072, 262_144, 16_384, 100 * mib]
    return {
        "attachments": [{"size": size, "padded": padded_size(size)} for size in sizes],
        "sealed": [
            {"payload": size, "stanzas": stanzas, "sealed": age.sealed_size(size, stanzas)}
            for size in payloads
            for stanzas in (1, 8, 16)
        ],
        "stanzas": [
            {"recipients": count, "stanzas": age.stanza_count(count)}
            for count in (1, 7, 8, 9, 16, 17)
        ],
    }


# Payloads, before encryption.

_CLASSES: Final[dict[str, Sequence[int]]] = {"message": MESSAGE_CLASSES, "reply": REPLY_CLASSES}


def _payload() -> Json:
    submission = _submission()
    manifest, text = submission.manifest(), submission.text()
    return {
        "padded": [
            _padded("message", manifest, text),
            _padded("message", manifest, text, times=2_000),
            _padded("message", b"{}", b"x", times=65_536 - 8 - 2),
            _padded("message", b"{}", b"x", times=65_536 - 8 - 1),
            _padded("message", b"", b""),
            _padded("reply", b"{}", b""),
        ],
        "refused_padding": [_refused_padding(*case) for case in _refused_paddings()],
        "too_large": [_too_large("message", 10, 262_144), _too_large("reply", 100, 16_277)],
        "submissions": [_as_read(manifest, text), *map(_as_read_submission, _other_submissions())],
        "refused_submissions": [
            {
                "case": case,
                "manifest": encode_base64(refused),
                "text": encode_base64(said),
                "error": _error_of(Submission.read, refused, said),
            }
            for case, refused, said in _refused_submissions(submission)
        ],
    }


def _padded(classes: str, manifest: bytes, text: bytes, times: int = 1) -> Json:
    payload = pad_payload(manifest, text * times, _CLASSES[classes])
    return {
        "classes": classes,
        "manifest": encode_base64(manifest),
        "text": encode_base64(text),
        "text_times": times,
        "size": len(payload),
        "digest": encode_base64(sha256(payload)),
    }


def _refused_paddings() -> Iterator[tuple[str, str, bytes, int, bytes]]:
    """Case, classes, first bytes, size, last bytes; zeros lie between."""
    right = pad_payload(b"{}", b"text", MESSAGE_CLASSES)[:14]
    yield "empty", "message", b"", 0, b""
    yield "of no class", "message", right, 65_535, b""
    yield "a class of another kind", "message", right, 16_384, b""
    yield "larger than needed", "message", right, 262_144, b""
    yield "a byte in the padding", "message", right, 65_536, b"\x01"
    yield "the manifest does not fit", "message", b"\0\x01\0\0", 65_536, b""
    yield "the text does not fit", "message", right[:6] + b"\0\0\xff\xf7", 65_536, b""
    yield "a negative length", "message", b"\xff\xff\xff\xff", 65_536, b""


def _refused_padding(case: str, classes: str, head: bytes, size: int, tail: bytes) -> Json:
    payload = head.ljust(size - len(tail), b"\0") + tail
    return {
        "case": case,
        "classes": classes,
        "head": encode_base64(head),
        "size": size,
        "tail": encode_base64(tail),
        "error": _error_of(unpad_payload, payload, _CLASSES[classes]),
    }


def _too_large(classes: str, manifest_bytes: int, text_bytes: int) -> Json:
    try:
        pad_payload(bytes(manifest_bytes), bytes(text_bytes), _CLASSES[classes])
    except TooLargeError as exc:
        over = exc.over
    return {
        "classes": classes,
        "manifest_bytes": manifest_bytes,
        "text_bytes": text_bytes,
        "over": over,
    }


def _submission(**changes: object) -> Submission:
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


def _other_submissions() -> Iterator[Submission]:
    yield _submission(attachments=(), sections=(Section("problem", "x"),), lang="en")
    yield _submission(
        sections=(Section("problem", "p"), Section("proposal", "q")), sealed_by="server"
    )


def _as_read_submission(submission: Submission) -> Json:
    return _as_read(submission.manifest(), submission.text())


def _as_read(manifest: bytes, text: bytes) -> Json:
    Submission.read(manifest, text)
    return {"manifest": manifest.decode(), "text": text.decode()}


def _refused_submissions(submission: Submission) -> Iterator[tuple[str, bytes, bytes]]:
    manifest, text = submission.manifest(), submission.text()
    yield "not JSON", b"{", text
    yield "not an object", b"[]", text
    yield "null", b"null", text
    yield "not UTF-8", manifest.replace(b"water", b"wat\xff"), text
    yield "a blank", manifest.replace(b'":', b'": ', 1), text
    yield "a line feed after it", manifest + b"\n", text
    yield "an escape that is not needed", manifest.replace(b"water", b"w\\u0061ter"), text
    yield "a key twice", b'{"attachments":[],' + manifest[1:], text
    yield "keys not sorted", _moved_to_end(manifest), text
    yield "half a surrogate pair", manifest.replace(b"file-1", b"\\ud800"), text
    yield "nested too deeply", b"[" * 5_000, text
    for case, changes in _CHANGED_FIELDS:
        yield case, encode_manifest(_changed(manifest, changes)), text
    for case, changes in _CHANGED_ATTACHMENTS:
        yield case, encode_manifest(_changed_item(manifest, "attachments", changes)), text
    for case, changes in _CHANGED_SECTIONS:
        yield case, encode_manifest(_changed_item(manifest, "sections", changes)), text
    yield "text too long", manifest, text + b"x"
    yield "text too short", manifest, text[:-1]
    yield "text not UTF-8", manifest, b"\xff" + text[1:]
    yield "a cut through a letter", encode_manifest(_cut_through(manifest)), text


_MISSING: Final = object()
_CHANGED_FIELDS: Final[tuple[tuple[str, Json], ...]] = (
    ("unknown type", {"type": "wasl/submission/v2"}),
    ("type of a message", {"type": "wasl/message/v1"}),
    ("no type", {"type": _MISSING}),
    ("unknown field", {"priority": 1}),
    ("no topic", {"topic": _MISSING}),
    ("topic is null", {"topic": None}),
    ("topic with a blank", {"topic": "wa ter"}),
    ("topic empty", {"topic": ""}),
    ("unknown language", {"lang": "fr"}),
    ("thread too short", {"thread": encode_base64(bytes(31))}),
    ("thread not base64", {"thread": "%" * 44}),
    ("thread without padding", {"thread": encode_base64(bytes(32)).rstrip("=")}),
    ("thread not canonical", {"thread": encode_base64(bytes(32))[:-2] + "B="}),
    ("recipient malformed", {"reply_to": "age1pq1"}),
    ("serial zero", {"keyring": 0}),
    ("serial negative", {"keyring": -1}),
    ("serial true", {"keyring": True}),
    ("serial fraction", {"keyring": 1.5}),
    ("serial whole fraction", {"keyring": 1.0}),
    ("serial text", {"keyring": "1"}),
    ("serial too large", {"keyring": 1 << 53}),
    ("unknown sealer", {"sealed_by": "printer"}),
    ("no sections", {"sections": []}),
    ("sections not a list", {"sections": {}}),
    ("a section not an object", {"sections": ["problem"]}),
    ("attachments missing", {"attachments": _MISSING}),
    ("attachments null", {"attachments": None}),
)
_CHANGED_ATTACHMENTS: Final[tuple[tuple[str, Json], ...]] = (
    ("attachment with unknown field", {"path": "x"}),
    ("attachment digest too long", {"digest": encode_base64(bytes(33))}),
    ("attachment size negative", {"size": -1}),
    ("attachment size text", {"size": "1"}),
    ("attachment name empty", {"name": ""}),
    ("attachment name with a slash", {"name": "../x"}),
    ("attachment name with a backslash", {"name": "a\\b"}),
    ("attachment name hidden", {"name": ".bashrc"}),
    ("attachment name with a control character", {"name": "a\nb"}),
    ("attachment name that turns direction", {"name": "photo\u202egpj.exe"}),
    ("attachment name too long", {"name": "x" * 121}),
    ("attachment media upper case", {"media": "image/JPEG"}),
    ("attachment media with parameters", {"media": "text/plain; charset=x"}),
    ("attachment cleaned number", {"cleaned": 1}),
)
_CHANGED_SECTIONS: Final[tuple[tuple[str, Json], ...]] = (
    ("section unknown", {"name": "name"}),
    ("section twice", {"name": "why"}),
    ("section with unknown field", {"lang": "ar"}),
    ("section empty", {"bytes": 0}),
    ("section negative", {"bytes": -1}),
    ("section bytes text", {"bytes": "1"}),
)


def _changed(manifest: bytes, changes: Json) -> Json:
    fields = {**json.loads(manifest), **changes}
    return {name: value for name, value in fields.items() if value is not _MISSING}


def _changed_item(manifest: bytes, name: str, changes: Json) -> Json:
    fields: Json = json.loads(manifest)
    items = fields[name]
    assert isinstance(items, list)  # noqa: S101 - a manifest made above
    items[0] = _changed(json.dumps(items[0]).encode(), changes)
    return fields


def _cut_through(manifest: bytes) -> Json:
    fields: Json = json.loads(manifest)
    sections = fields["sections"]
    assert isinstance(sections, list)  # noqa: S101 - a manifest made above
    sections[0]["bytes"] -= 3
    sections[1]["bytes"] += 3
    return fields


def _moved_to_end(manifest: bytes) -> bytes:
    fields = json.loads(manifest)
    fields["attachments"] = fields.pop("attachments")
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


# Signed notes.


def _notes() -> Json:
    alice = SigningKey.generate("example.org/alice", fixed("alice"))
    bob = SigningKey.generate("example.org/bob+x".replace("+", "-"), fixed("bob"))
    text = "سطر أول\n\n— ليس توقيعا\n"
    both = sign(text, alice, bob)
    known = [alice.verifier.encode(), bob.verifier.encode()]
    return {
        "keys": [
            {
                "name": key.name,
                "seed": key.seed.hex(),
                "signing_key": key.encode(),
                "verifier_key": key.verifier.encode(),
            }
            for key in (alice, bob)
        ],
        "refused_keys": _refused_keys(alice.verifier.encode()),
        "signed": [
            {"text": text, "keys": [alice.encode(), bob.encode()], "note": both},
            {"text": "\n", "keys": [alice.encode()], "note": sign("\n", alice)},
        ],
        "opened": [
            _opened("both known", both, known),
            _opened("one known", both, known[1:]),
            _opened("one signature twice", both + both[both.rindex("\n—") + 1 :], known),
        ],
        "refused": [
            {
                "case": case,
                "note": encode_base64(note),
                "known": keys,
                "error": _error_of(_open, note, keys),
            }
            for case, note, keys in _refused_notes(both, known)
        ],
        "refused_texts": [
            {"text": refused, "error": _error_of(sign, refused, alice)}
            for refused in ("", "no line end", "a\tb\n", "a\r\nb\n", "\x00\n")
        ],
    }


def _open(note: str | bytes, known: Sequence[str]) -> tuple[VerifierKey, ...]:
    return open_note(note, [VerifierKey.parse(vkey) for vkey in known]).verified


def _opened(case: str, note: str, known: Sequence[str]) -> Json:
    """`verified` is in the order of the note's lines."""
    verified = [key.name for key in _open(note, known)]
    return {"case": case, "note": note, "known": known, "verified": verified}


def _refused_keys(vkey: str) -> list[Json]:
    name, key_id, typed = vkey.split("+", 2)
    raw = base64.b64decode(typed)
    cases = {
        "empty": "",
        "only a name": name,
        "id of another key": f"{name}+00000000+{typed}",
        "id in upper case": f"{name}+{key_id.upper()}+{typed}",
        "another name": f"{name}x+{key_id}+{typed}",
        "no name": VerifierKey.encode(_unchecked("", raw[1:])),
        "blank in the name": VerifierKey.encode(_unchecked("a b", raw[1:])),
        "too short": VerifierKey.encode(_unchecked(name, raw[1:-1])),
        "unknown algorithm": VerifierKey.encode(_unchecked(name, raw[1:], 0xFE)),
        "base64 with more padding": f"{vkey}=",
        "a line feed after it": vkey + "\n",
    }
    return [
        {"case": case, "text": text, "error": _error_of(VerifierKey.parse, text)}
        for case, text in cases.items()
    ]


def _unchecked(name: str, public: bytes, algorithm: int = 1) -> VerifierKey:
    """A key that `VerifierKey` would refuse, with the id it would have."""
    key = object.__new__(VerifierKey)
    for field, value in (("name", name), ("public", public), ("algorithm", algorithm)):
        object.__setattr__(key, field, value)
    return key


def _refused_notes(note: str, known: list[str]) -> Iterator[tuple[str, bytes, list[str]]]:
    text, _, block = note.rpartition("\n\n")
    first, second, _ = block.split("\n")
    forged = _with_signature_changed(first)
    yield "nobody known", note.encode(), []
    yield "a known key with a wrong signature", f"{text}\n\n{forged}\n{second}\n".encode(), known
    yield "another text", f"x{note}".encode(), known
    yield "a signature by another key of that name", note.encode(), [_namesake(known[0])]
    yield "no signatures", f"{text}\n".encode(), known
    yield "an empty block", f"{text}\n\n".encode(), known
    yield "no line end", note[:-1].encode(), known
    yield "a line that is no signature", f"{note}hello\n".encode(), known
    yield "a blank line after it", f"{note}\n".encode(), known
    yield "a carriage return", note.replace("\n", "\r\n").encode(), known
    yield "a hyphen for the dash", note.replace(f"\n{first}", f"\n-{first[1:]}").encode(), known
    yield "a signature not canonical", f"{text}\n\n{first.rstrip('=')}\n".encode(), known
    yield "a signature without bytes", f"{text}\n\n— {_name_of(first)} AAAAAA==\n".encode(), known
    yield "not UTF-8", b"\xff" + note.encode(), known
    yield "too many signatures", (f"{text}\n\n" + f"{first}\n" * 101).encode(), known


def _name_of(line: str) -> str:
    return line.split(" ")[1]


def _namesake(vkey: str) -> str:
    return SigningKey.generate(vkey.partition("+")[0], fixed("namesake")).verifier.encode()


def _with_signature_changed(line: str) -> str:
    head, _, encoded = line.rpartition(" ")
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    return f"{head} {encode_base64(bytes(raw))}"


# Roots and keyrings.


def _root_keys() -> list[SigningKey]:
    names = [f"{ORIGIN}/root/{letter}" for letter in "abc"]
    return [SigningKey.generate(name, fixed(name)) for name in names]


def _roots() -> Roots:
    return Roots.of([key.verifier for key in _root_keys()], quorum=2)


def _device(reviewer: str) -> SigningKey:
    return SigningKey.generate(device_name(ORIGIN, reviewer), fixed(f"device {reviewer}"))


def reviewer_identity(reviewer: str) -> Identity:
    return Identity.generate(fixed(f"reviewer {reviewer}"))


def _reviewer(name: str) -> Reviewer:
    return Reviewer(name, reviewer_identity(name).recipient, _device(name).verifier)


def _first_keyring() -> Keyring:
    orgs = [
        Organisation("amal", "جمعية أمل", "Amal Society", (_reviewer("huda"), _reviewer("sami"))),
        Organisation("nur", "مركز نور", "Nur Centre", (_reviewer("lina"),)),
    ]
    return first_keyring(ORIGIN, TODAY, orgs)


def _keyring() -> Json:
    keyring, roots, keys = _first_keyring(), _roots(), _root_keys()
    second = next_keyring(keyring, "2026-W49", keyring.orgs[:1])
    return {
        "origin": ORIGIN,
        "roots": roots.encode(),
        "roots_hash": roots.hash.hex(),
        "refused_roots": [
            {"case": case, "text": text, "error": _error_of(Roots.parse, text)}
            for case, text in _refused_roots(roots)
        ],
        "accepted": [
            _accepted_keyring("first day", keyring, keyring.not_before, 0, keys[:2]),
            _accepted_keyring("last day", keyring, date(2026, 12, 6), 1, keys[1:]),
            _accepted_keyring("signed by all", second, date(2026, 12, 1), 2, keys),
        ],
        "refused": [_refused_keyring(*case) for case in _refused_keyrings(keyring, keys)],
        "reviewers": [
            {
                "id": reviewer.id,
                "identity": reviewer_identity(reviewer.id).encode(),
                "device": _device(reviewer.id).encode(),
            }
            for reviewer in keyring.reviewers
        ],
        "root_keys": [key.encode() for key in keys],
    }


def _refused_roots(roots: Roots) -> Iterator[tuple[str, str]]:
    text = roots.encode()
    heading, quorum, one, two, three, _ = text.split("\n")
    yield "empty", ""
    yield "another heading", text.replace("roots/v1", "roots/v2")
    yield "not sorted", "\n".join([heading, quorum, two, one, three, ""])
    yield "one key twice", "\n".join([heading, quorum, one, one, three, ""])
    yield "quorum of nobody", text.replace("quorum 2", "quorum 0")
    yield "quorum of more than all", text.replace("quorum 2", "quorum 4")
    yield "quorum with a zero before it", text.replace("quorum 2", "quorum 02")
    yield "no keys", f"{heading}\n{quorum}\n"
    yield "no line end", text[:-1]
    yield "a line more", text + "\n"
    yield "a key malformed", text.replace(three, three[:-4])


def _accepted_keyring(
    case: str, keyring: Keyring, today: date, at_least: int, keys: Sequence[SigningKey]
) -> Json:
    note = sign_keyring(keyring, *keys)
    open_keyring(note, _roots(), origin=ORIGIN, today=today, at_least_serial=at_least)
    return {
        "case": case,
        "note": note,
        "text": keyring.encode(),
        "digest": keyring.digest.hex(),
        "today": today.isoformat(),
        "at_least_serial": at_least,
        "serial": keyring.serial,
        "week": keyring.week,
        "not_before": keyring.not_before.isoformat(),
        "not_after": keyring.not_after.isoformat(),
        "reviewers": [reviewer.id for reviewer in keyring.reviewers],
    }


def _refused_keyring(
    case: str, note: str, today: date = TODAY, at_least: int = 0, origin: str = ORIGIN
) -> Json:
    return {
        "case": case,
        "note": note,
        "origin": origin,
        "today": today.isoformat(),
        "at_least_serial": at_least,
        "error": _error_of(
            open_keyring, note, _roots(), origin=origin, today=today, at_least_serial=at_least
        ),
    }


def _refused_keyrings(
    keyring: Keyring, keys: Sequence[SigningKey]
) -> Iterator[tuple[str, str] | tuple[str, str, date] | tuple[str, str, date, int, str]]:
    note, text = sign_keyring(keyring, *keys[:2]), keyring.encode()
    yield "the day before", note, keyring.not_before - timedelta(days=1)
    yield "the day after", note, keyring.not_after
    yield "a later one was seen", note, TODAY, 2, ORIGIN
    yield "of another instance", note, TODAY, 0, "other.example"
    yield "one root only", sign_keyring(keyring, keys[0])
    yield "one root twice", sign(text, keys[0], keys[0])
    yield "strangers", sign(text, _device("huda"), _device("sami"))
    for case, old, new in _changed_lines(keyring):
        yield case, sign(text.replace(old, new, 1), *keys[:2])


def _changed_lines(keyring: Keyring) -> Iterator[tuple[str, str, str]]:
    huda, sami, _ = keyring.reviewers
    yield "another heading", "keyring/v1", "keyring/v2"
    yield "serial zero", "serial 1", "serial 0"
    yield "serial with a plus", "serial 1", "serial +1"
    yield "a first keyring with a forerunner", "serial 1", "serial 2"
    yield "previous too short", "previous AAAA", "previous "
    yield "no such week", "week 2026-W48", "week 2026-W54"
    yield "week with another spelling", "week 2026-W48", "week 2026W48"
    yield "not a Monday", "not-before 2026-11-23", "not-before 2026-11-24"
    yield "valid for too long", "not-after 2026-12-07", "not-after 2027-12-07"
    yield "date with another spelling", "not-after 2026-12-07", "not-after 20261207"
    yield "slugs not ascending", "org amal", "org zeta"
    yield "slug with a capital", "org amal", "org Amal"
    yield "no Arabic name", "name-ar جمعية أمل", "name-ar "
    yield "name with a blank after it", "Amal Society", "Amal Society "
    yield "ids not ascending", "reviewer huda", "reviewer zaid"
    yield "one id twice", "reviewer lina", "reviewer sami"
    yield "one recipient twice", sami.recipient.encode(), huda.recipient.encode()
    yield "recipient malformed", huda.recipient.encode(), huda.recipient.encode()[:-1]
    yield "device of another", huda.device.encode(), sami.device.encode()
    yield "device missing", f"device {huda.device.encode()}\n", ""
    yield "a field nobody knows", "org amal\n", "org amal\nurl x\n"


# Commitments, promises, dispositions.


def _commitment() -> Json:
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
                "error": _error_of(Promise.open, note, vkey),
            }
            for case, note, vkey in _refused_promises(promise, key)
        ],
        "disposition": {
            "origin": ORIGIN,
            "slot": disposition.slot.hex(),
            "status": disposition.status,
            "week": disposition.week,
            "device": _device("huda").verifier.encode(),
            "note": disposition.sign(_device("huda")),
        },
        "refused_dispositions": [
            {"case": case, "text": text, "error": _error_of(Disposition.parse, text)}
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
    yield "no line end", text[:-1]
    yield "a line more", text + "x\n"


# Sealed files.


def _kept_files() -> Sealed:
    """Name to age file, from the vectors as they are on disk; empty where there are none."""
    try:
        return dict(json.loads((FOLDER / "envelope.json").read_text(encoding="utf-8"))["files"])
    except FileNotFoundError:
        return {}


def _keep_or_seal(
    kept: Sealed,
    name: str,
    expected: object,
    opens: Callable[[bytes], object],
    seals: Callable[[], bytes],
) -> bytes:
    try:
        file = base64.b64decode(kept[name])
        if opens(file) == expected:
            return file
    except (KeyError, CryptoError):
        pass
    file = seals()
    if opens(file) != expected:
        raise AssertionError("what was sealed does not open")
    return file


def _envelope(kept: Sealed) -> Json:
    keyring, keys = _first_keyring(), CitizenKeys(fixed("root")(32))
    identities = [reviewer_identity("lina")]
    slot = keys.thread.slot("citizen", 0)
    submission = _submission()
    reply = Reply(ORIGIN, slot, 0, "question", "ar", "متى انقطع الماء؟\n\nأي حي؟", "huda")
    plain = Identity.generate(fixed("plain"))
    files = {
        "plain": _keep_or_seal(
            kept,
            "plain",
            b"hello\n",
            lambda file: age.decrypt(file, [plain]),
            lambda: age.encrypt(b"hello\n", [plain.recipient], fixed("plain file")),
        ),
        "submission": _keep_or_seal(
            kept,
            "submission",
            submission,
            lambda file: envelope.open_submission(file, identities),
            lambda: envelope.seal_submission(submission, keyring, fixed("submission")),
        ),
        "follow_up": _keep_or_seal(
            kept,
            "follow_up",
            envelope.FollowUp(1, "منذ أسبوع"),
            lambda file: envelope.open_follow_up(file, identities, keys.thread),
            lambda: envelope.seal_follow_up(
                keys.thread, 1, "منذ أسبوع", keyring, fixed("follow-up")
            ),
        ),
        "reply": _keep_or_seal(
            kept,
            "reply",
            reply,
            lambda file: envelope.open_reply(
                file, keys.reply_identity, keyring.devices, origin=ORIGIN, slot=slot
            ),
            lambda: envelope.seal_reply(
                reply, _device("huda"), keys.reply_identity.recipient, fixed("reply")
            ),
        ),
    }
    return {
        "origin": ORIGIN,
        "keyring": sign_keyring(keyring, *_root_keys()[:2]),
        "reviewer_identity": identities[0].encode(),
        "citizen_root": keys.root.hex(),
        "plain": {"identity": plain.encode(), "text": "hello\n"},
        "submission": {
            "manifest": submission.manifest().decode(),
            "text": submission.text().decode(),
            "stanzas": 8,
        },
        "follow_up": {"index": 1, "text": "منذ أسبوع"},
        "reply": {
            "slot": slot.hex(),
            "index": reply.index,
            "status": reply.status,
            "lang": reply.lang,
            "text": reply.text,
            "signed_by": reply.signed_by,
            "note_text": reply.encode(),
        },
        "refused_replies": [
            {"case": case, "text": text, "error": _error_of(Reply.parse, text)}
            for case, text in _refused_replies(reply.encode())
        ],
        "tampered": [_tampered(files["plain"], plain, *case) for case in _TAMPERED],
        "files": {name: encode_base64(file) for name, file in files.items()},
    }


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
        "error": _error_of(age.decrypt, bytes(changed), [identity]),
    }
