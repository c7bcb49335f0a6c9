"""`notes.json`: signed notes and their keys."""

import base64
from collections.abc import Iterator, Sequence

from crypto.encoding import encode_base64
from crypto.note import SigningKey, VerifierKey, open_note, sign
from crypto.vectors.cast import (
    Json,
    error_of,
    fixed,
)


def build() -> Json:
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
                "error": error_of(_open, note, keys),
            }
            for case, note, keys in _refused_notes(both, known)
        ],
        "refused_texts": [
            {"text": refused, "error": error_of(sign, refused, alice)}
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
        {"case": case, "text": text, "error": error_of(VerifierKey.parse, text)}
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
