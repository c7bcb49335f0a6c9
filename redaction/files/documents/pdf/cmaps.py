"""Character maps, written anew from their entries (Adobe TN 5014, ISO 32000-1 §9.7.5)."""

from collections.abc import Iterator
from typing import Final

from redaction.files.documents.pdf.filters import Budget
from redaction.files.documents.pdf.syntax import (
    is_number,
    name_text,
    number_text,
    scalar,
    string_text,
    tokens,
)
from redaction.files.documents.pdf.values import array

# What one row of a section holds: strings, whole numbers, names, arrays.
SECTIONS: Final = {
    b"codespacerange": ("s", "s"),
    b"bfchar": ("s", "sn"),
    b"bfrange": ("s", "s", "sa"),
    b"cidchar": ("s", "i"),
    b"cidrange": ("s", "s", "i"),
    b"notdefchar": ("s", "i"),
    b"notdefrange": ("s", "s", "i"),
}
ROWS: Final = 100
HEAD: Final = b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /R def\n"
TAIL: Final = b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


def character_map(untrusted: bytes, budget: Budget, system: bytes = b"") -> bytes:
    """Return a character map of the same entries; *system* stands before them."""
    words = (token for token, _ in budget.counted(tokens(untrusted)))
    return HEAD + system + b"".join(_lines(words)) + TAIL


def _lines(untrusted: Iterator[bytes]) -> Iterator[bytes]:
    operands: list[bytes] = []
    for kind, word in _words(untrusted):
        if kind != "operator":
            operands.append(word)
            continue
        if word.startswith(b"end") and word[3:] in SECTIONS:
            yield from _section(word[3:], operands)
        elif word == b"usecmap" and operands and operands[-1][:1] == b"/":
            yield operands[-1] + b" usecmap\n"
        elif word == b"def" and operands[-2:-1] == [b"/WMode"] and operands[-1] in (b"0", b"1"):
            yield b"/WMode %s def\n" % operands[-1]
        operands = []


def _section(kind: bytes, operands: list[bytes]) -> Iterator[bytes]:
    """Yield the rows of a section, by the hundred as the format demands."""
    shape = SECTIONS[kind]
    width = len(shape)
    rows = [operands[at : at + width] for at in range(0, len(operands) - width + 1, width)]
    fit = [
        row for row in rows if all(_kind(word) in may for word, may in zip(row, shape, strict=True))
    ]
    for at in range(0, len(fit), ROWS):
        part = fit[at : at + ROWS]
        yield b"%d begin%s\n" % (len(part), kind)
        yield from (b" ".join(row) + b"\n" for row in part)
        yield b"end%s\n" % kind


def _kind(word: bytes) -> str:
    return {b"<": "s", b"/": "n", b"[": "a"}.get(word[:1], "i" if word.isdigit() else "")


def _words(untrusted: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield operands in their one spelling, arrays as one operand, and operators."""
    inside: list[bytes] | None = None
    for token in untrusted:
        word = _operand(token)
        if token == b"[":
            inside = []
        elif token == b"]":
            yield "operand", array(inside or [])
            inside = None
        elif word is None:
            yield "operator", token
        elif inside is not None:
            inside.append(word)
        else:
            yield "operand", word


def _operand(token: bytes) -> bytes | None:
    if token[:1] == b"/":
        return name_text(scalar(token))
    if token[:1] in (b"<", b"(") and token not in (b"<<", b"<", b"("):
        return string_text(scalar(token))
    value = scalar(token)
    return number_text(value) if is_number(value) else None
