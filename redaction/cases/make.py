"""Write the cases that Python and TypeScript must agree on.

    python -m redaction.cases.make [FAMILY…]

files/FAMILY.json    `name`, the `declared` file name, `input`, and either `output`, `media`,
                     `removed`, `warnings`, or `refused` with an error code; outputs that are
                     archives are unpacked, see `unpacked`
damage/FAMILY.json   for files of the family: which byte, which bit of it flipped, and the
                     first 16 hex digits of the result's SHA-256, or "refused"
mixtures.json        random sentences, with what was found in them marked as in text.json

text.json is written by hand: sentences with ⟦kind|text⟧ where something must be found.

A family is a module here with `cases()`, which yields name, declared file name and bytes,
and with `DAMAGED`, the names of the cases whose bits are flipped.
"""

import hashlib
import json
import random
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from redaction.files import UnreadableFileError, clean_bytes
from redaction.files.documents.archive import Archive, write_archive
from redaction.text import scan, segments

HERE: Final = Path(__file__).parent
FAMILIES: Final = (
    "pictures",
    "texts",
    "animations",
    "scans",
    "sound",
    "markup",
    "isobmff",
    "heif",
    "matroska",
    "ooxml",
    "metafiles",
    "opendocument",
    "archives",
    "pdf",
)
PIECES: Final = (
    *"0123456789٠٧٩۰۷۹",
    *"0123456789",
    *" .-/()+@,،:",
    *("07", "079", "٠٧٨", "962", "+962", "00", "06", "9851012345", "200", "1234567", "12 34"),
    *("ahmad", "أحمد", "gmail", "example", ".com", " at ", " دوت ", "(at)", "dot", "jo"),
    *("رقم", "الرقم الوطني", "هاتفي", "دينار", "سنة", "tel", "phone:", "my number is"),
    *("😀", "\u200f", "\u202a", "️⃣", "\u00a0", "\n", " ", "  "),
    *("أنا ", "اسمي ", "جاري ", "وال", "ب", "ل", "محمد ", "سعيد ", "الزعبي ", "أبو ", "أم "),
    *("المعلمة ", "ممرض ", "في ", "مستشفى ", "البشير ", "الوحيد ", "قرية ", "عشيرة ", "أسكن "),
    *("يوم ", "الأحد ", "آذار ", "2026", "الساعة ", "14/3", ":30 ", "مساء ", "قانون ", "حتى "),
    *("I ", "am the only ", "teacher ", "Omar ", "Al-", "Haddad ", "at ", "School ", "live in "),
    *("mo7aseb ", "bashtaghel ", "3ind ", "a\u0430", "\u200b", "\u200c", "\U000e0061", "é", "ى"),
    *("JO94CBJO", "23-45678", "سيارتي ", "31.9539", "https://", "?utm_id=", "@", "IMG_", ".jpg"),
)


def outcome(file: bytes, declared: str) -> dict[str, Any]:
    """Return what Python makes of *file*."""
    try:
        clean, report = clean_bytes(file, declared)
    except UnreadableFileError as exc:
        return {"refused": exc.code}
    return {
        "output": b64encode(unpacked(clean)).decode(),
        "media": report.media,
        "removed": list(report.removed),
        "warnings": list(report.warnings),
    }


def unpacked(clean: bytes) -> bytes:
    """Return an archive with nothing deflated in it, anything else as it is.

    Two libraries deflate the same bytes differently, so archives are compared like this.
    """
    if not clean.startswith(b"PK"):
        return clean
    archive = Archive(clean)
    members = [(name, unpacked(archive.read(name))) for name in archive.names]
    return write_archive(members, frozenset(archive.names))


def flipped(file: bytes, at: int, bit: int) -> bytes:
    """Return *file* with one bit of its byte *at* changed."""
    return file[:at] + bytes((file[at] ^ 1 << bit,)) + file[at + 1 :]


def after_flip(file: bytes, at: int, bit: int, declared: str) -> str:
    """Return the result's digest, or "refused"."""
    try:
        clean, _ = clean_bytes(flipped(file, at, bit), declared)
    except UnreadableFileError:
        return "refused"
    return hashlib.sha256(unpacked(clean)).hexdigest()[:16]


def damage(
    family: ModuleType, made: Iterable[dict[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    """Flip 150 bits, one at a time, in each of the family's `DAMAGED`."""
    cases = {case["name"]: case for case in made}
    return [{"name": name, "flips": flips(cases[name], chance)} for name in family.DAMAGED]


def flips(case: dict[str, Any], chance: random.Random) -> list[list[Any]]:
    """Return place, bit and outcome of 150 flips."""
    file = b64decode(case["input"])
    places = [(chance.randrange(len(file)), chance.randrange(8)) for _ in range(150)]
    return [[at, bit, after_flip(file, at, bit, case["declared"])] for at, bit in places]


def mixture(chance: random.Random) -> str:
    """Return 4 to 24 pieces, marked with what `scan` finds in them."""
    text = "".join(chance.choice(PIECES) for _ in range(chance.randint(4, 24)))
    return "".join(
        f"⟦{piece.finding.kind}|{piece.text}⟧" if piece.finding else piece.text
        for piece in segments(text, scan(text))
    )


def write(name: str, entries: Sequence[Any]) -> None:
    """Write *entries* next to this file, one a line."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in entries)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


def write_family(name: str) -> None:
    """Write both files of one family."""
    family = import_module(f"redaction.cases.{name}")
    made = [
        {"name": case, "declared": declared, "input": b64encode(file).decode()}
        | outcome(file, declared)
        for case, declared, file in family.cases()
    ]
    write(f"files/{name}.json", made)
    write(f"damage/{name}.json", damage(family, made, random.Random(1)))  # noqa: S311 - repeatable


def main(families: Sequence[str]) -> None:
    """Write the files of *families*, or everything."""
    for name in families or FAMILIES:
        write_family(name)
    if not families:
        chance = random.Random(1)  # noqa: S311 - repeatable on purpose, nothing secret
        write("mixtures.json", [mixture(chance) for _ in range(600)])


if __name__ == "__main__":
    main(sys.argv[1:])
