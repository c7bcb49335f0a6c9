"""`payload.json`: what lies inside an age file, before encryption."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from crypto.about import About
from crypto.encoding import encode_base64, sha256
from crypto.envelope import Section, Submission
from crypto.errors import TooLargeError
from crypto.manifest import encode_manifest
from crypto.padding import MESSAGE_CLASSES, REPLY_CLASSES, pad_payload, unpad_payload
from crypto.vectors.cast import (
    Json,
    a_submission,
    error_of,
)

_CLASSES: Final[dict[str, Sequence[int]]] = {"message": MESSAGE_CLASSES, "reply": REPLY_CLASSES}


def build() -> Json:
    submission = a_submission()
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
                "error": error_of(Submission.read, refused, said),
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
    yield "longer than every class", "message", bytes(4) + b"\0\x04\0\0", 262_152, b""
    yield "a negative length", "message", b"\xff\xff\xff\xff", 65_536, b""


def _refused_padding(case: str, classes: str, head: bytes, size: int, tail: bytes) -> Json:
    payload = head.ljust(size - len(tail), b"\0") + tail
    return {
        "case": case,
        "classes": classes,
        "head": encode_base64(head),
        "size": size,
        "tail": encode_base64(tail),
        "error": error_of(unpad_payload, payload, _CLASSES[classes]),
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


def _other_submissions() -> Iterator[Submission]:
    yield a_submission(attachments=(), sections=(Section("problem", "x"),), lang="en")
    yield a_submission(
        sections=(Section("problem", "p"), Section("proposal", "q")), sealed_by="server"
    )
    yield a_submission(sections=(Section("problem", "p"), Section("place", "إربد")))
    yield a_submission(about=About("south", "under-30", "none"))
    yield a_submission(about=About(age="60-up"))


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
    ("about with a region unknown", {"about": {"region": "irbid"}}),
    ("about with an age in years", {"about": {"age": 34}}),
    ("about with a sector unknown", {"about": {"sector": "police"}}),
    ("about with a word of another question", {"about": {"age": "north"}}),
    ("about with a question unknown", {"about": {"age": "30-59", "gender": "x"}}),
    ("about with two words", {"about": {"region": ["north", "south"]}}),
    ("about with null", {"about": {"age": None}}),
    ("about with nothing told", {"about": {}}),
    ("about null", {"about": None}),
    ("about not an object", {"about": "30-59"}),
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
