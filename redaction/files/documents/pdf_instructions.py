"""Read the instructions of a content stream (ISO 32000-1 §7.8.2 and annex A).

What is no instruction of the standard is passed over, as viewers do. Numbers keep their
spelling; every other operand gets its one spelling.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from redaction.files.documents.pdf_copy import RULES
from redaction.files.documents.pdf_syntax import string, string_text, tokens
from redaction.files.documents.pdf_values import array
from redaction.files.errors import UnreadableFileError

SHAPES: Final[dict[bytes, str]] = {
    operator.encode(): shape
    for shape, operators in RULES["operators"].items()
    for operator in operators
}
"""The kinds of operands that operators take, a letter for each; `ANY` is told apart later."""
ANY: Final = "*"
PICTURE: Final = b"BI"
MAX_OPERANDS: Final = 64
_NUMBER_BYTES: Final = b"+-.0123456789"
# What a word is, by its first byte: an operator where nothing is said.
_KINDS: Final = {
    **dict.fromkeys(_NUMBER_BYTES, "n"),
    **dict.fromkeys(b"/", "N"),
    **dict.fromkeys(b"(<", "s"),
    **dict.fromkeys(b"[", "a"),
    **dict.fromkeys(b"])>{}", ""),
}


class Instruction(NamedTuple):
    """An operator, its operands, a letter for the kind of each, and where it ends.

    Kinds are n for numbers, N for names, s for strings, a for arrays, D for dictionaries.
    """

    operator: bytes
    operands: list[bytes]
    kinds: str
    end: int

    def last(self, count: int) -> "Instruction":
        """Return it with the last *count* operands only."""
        start = len(self.operands) - count
        return self._replace(operands=self.operands[start:], kinds=self.kinds[start:])


def instructions(untrusted: bytes, at: int) -> Iterator[Instruction]:
    """Yield instructions from *at* on; a picture inside the stream is the last one.

    The picture's one operand is its dictionary, its data begin behind its end.
    """
    operands: list[bytes] = []
    kinds = ""
    words = tokens(untrusted, at)
    for token, end in words:
        kind = _KINDS.get(token[0])
        if kind is None:
            if token == PICTURE:
                yield _picture(words)
                return
            if token in SHAPES:
                yield Instruction(token, operands, kinds, end)
            operands, kinds = [], ""
            continue
        if kind == "n":
            if token.strip(_NUMBER_BYTES):
                operands, kinds = [], ""
                continue
        elif token == b"<<":
            kind, token = "D", _dictionary(words)
        elif kind == "s":
            token = string_text(string(token))
        elif kind == "a":
            token = _array(words)
        elif not kind:
            continue
        operands.append(token)
        kinds += kind
        if len(operands) > MAX_OPERANDS:
            del operands[0]
            kinds = kinds[1:]


def _picture(words: Iterator[tuple[bytes, int]]) -> Instruction:
    """Return the beginning of a picture that stands inside the stream (§8.9.7)."""
    inside: list[bytes] = []
    for token, end in words:
        if token == b"ID":
            return Instruction(PICTURE, [b"<< %s >>" % b" ".join(inside)], "D", end)
        inside.append(token)
    raise UnreadableFileError("pdf-malformed")


def _array(words: Iterator[tuple[bytes, int]]) -> bytes:
    """Return an array of the numbers and strings up to its end."""
    items = []
    for token, _ in words:
        kind = _KINDS.get(token[0])
        if token == b"]":
            break
        if kind == "n" and not token.strip(_NUMBER_BYTES):
            items.append(token)
        elif kind == "s" and token != b"<<":
            items.append(string_text(string(token)))
    return array(items)


def _dictionary(words: Iterator[tuple[bytes, int]]) -> bytes:
    """Return the words of a dictionary."""
    inside, depth = [b"<<"], 1
    for token, _ in words:
        inside.append(token)
        depth += (token == b"<<") - (token == b">>")
        if depth == 0:
            break
    return b" ".join(inside)
