"""Read the instructions of a content stream (ISO 32000-1 §7.8.2 and annex A).

What is no instruction of the standard is passed over, as viewers do. Numbers keep their
spelling; every other operand gets its one spelling.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from redaction.files.documents.pdf.copier import RULES
from redaction.files.documents.pdf.filters import Budget
from redaction.files.documents.pdf.syntax import string, string_text, tokens
from redaction.files.documents.pdf.values import array
from redaction.files.errors import UnreadableFileError

SHAPES: Final[dict[bytes, str]] = {
    operator.encode(): shape
    for shape, operators in RULES["operators"].items()
    for operator in operators
}
"""The kinds of operands that operators take, a letter for each; `ANY` is told apart later."""
ANY: Final = "*"
PICTURE: Final = b"BI"
MAX_OPERANDS: Final = 256
KEPT_OPERANDS: Final = 64
RESET: Final = "-"
_NOTHING: Final = (b"]", b">>", b">", b")", b"{", b"}", b"<", b"(")
_SPACE: Final = rb"[\0\t\n\f\r ]"
_REGULAR: Final = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
_LITERAL: Final = rb"\((?>[^()\\]++|\\.)*+\)"
# Numbers with the operator behind them, or one other word; simple arrays and dictionaries are
# one word.
_WORD: Final = re.compile(
    rb"(?>%(space)s++|%%[^\r\n]*+)*+(?:((?>[-+.0-9]++%(space)s++){0,8}+)([A-Za-z'\"]%(regular)s*+)|"
    rb"(/?%(regular)s++|%(literal)s|<[0-9A-Fa-f]*+>|<<(?>[^()<>%%]++|<[0-9A-Fa-f]*+>){0,99}+>>|<<|"
    rb"\[(?>[^()<>\[\]{}/%%]++|<[0-9A-Fa-f]*+>|%(literal)s){0,999}+\]|.|\Z))"
    % {b"space": _SPACE, b"regular": _REGULAR, b"literal": _LITERAL},
    re.DOTALL,
)
_ITEM: Final = re.compile(rb"%b|<[^>]*+>|[^\0\t\n\f\r ()<>]++" % _LITERAL, re.DOTALL)
_NUMBER_BYTES: Final = b"+-.0123456789"
# What a word is, by its first byte.
_KINDS: Final = {
    **{b"%c" % digit: "n" for digit in _NUMBER_BYTES},
    b"/": "N",
    b"(": "s",
    b"<": "s",
    b"[": "a",
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


def instructions(untrusted: bytes, at: int, budget: Budget) -> Iterator[Instruction]:
    """Yield instructions from *at* on; a picture inside the stream is the last one.

    The picture's one operand is its dictionary, its data begin behind its end.
    """
    operands: list[bytes] = []
    kinds = ""
    while at < len(untrusted):
        for match in budget.counted(_WORD.finditer(untrusted, at)):
            numbers, operator, word = match.groups()
            if operator is None:
                kind, operand = _simple(word)
                if not kind:
                    break
                operands.append(operand)
                kinds += kind
                if len(operands) > MAX_OPERANDS:
                    operands, kinds = operands[-KEPT_OPERANDS:], kinds[-KEPT_OPERANDS:]
                continue
            if numbers:
                operands += numbers.replace(b"\0", b" ").split()
                kinds = kinds.ljust(len(operands), "n")
            if operator == PICTURE:
                yield _picture(budget.counted(tokens(untrusted, match.end())))
                return
            if operator in SHAPES:
                yield Instruction(operator, operands, kinds, match.end())
            operands, kinds = [], ""
        else:
            return
        kind, operand, at = _other(
            budget.counted(tokens(untrusted, match.start(3))), len(untrusted)
        )
        if kind == RESET:
            operands, kinds = [], ""
        elif kind:
            operands.append(operand)
            kinds += kind


def _simple(word: bytes) -> tuple[str, bytes]:
    """Return kind and spelling of an operand that one word tells; "" for others."""
    kind = _KINDS.get(word[:1], "")
    if kind == "n":
        return ("", b"") if word.strip(_NUMBER_BYTES) else (kind, word)
    if kind == "N":
        return kind, word
    if len(word) < 2 or word == b"<<":
        return "", b""
    if word.startswith(b"<<"):
        return "D", word
    if kind == "s":
        return kind, string_text(string(word))
    items = (_simple(item) for item in _ITEM.findall(word[1:-1]))
    return kind, array(text for letter, text in items if letter in ("n", "s"))


def _other(words: Iterator[tuple[bytes, int]], last: int) -> tuple[str, bytes, int]:
    """Return kind and spelling of the operand that begins *words*, and where it ends.

    Its kind is "" for a word that says nothing, `RESET` for one that ends an instruction
    nobody knows.
    """
    word, end = next(words, (b"", last))
    if word == b"<<":
        return "D", *_dictionary(words, last)
    if word == b"[":
        return "a", *_array(words, last)
    if word[:1] in (b"(", b"<") and len(word) > 1:
        return "s", string_text(string(word)), end
    return "" if word in (b"", *_NOTHING) else RESET, b"", end


def _picture(words: Iterator[tuple[bytes, int]]) -> Instruction:
    """Return the beginning of a picture that stands inside the stream (§8.9.7)."""
    inside: list[bytes] = []
    for token, end in words:
        if token == b"ID":
            return Instruction(PICTURE, [b"<< %s >>" % b" ".join(inside)], "D", end)
        inside.append(token)
    raise UnreadableFileError("pdf-malformed")


def _array(words: Iterator[tuple[bytes, int]], end: int) -> tuple[bytes, int]:
    """Return an array of the numbers and strings up to its end, and where that is."""
    items = []
    for token, after in words:
        if token == b"]":
            end = after
            break
        kind, text = _simple(token)
        items += [text] if kind in ("n", "s") else []
    return array(items), end


def _dictionary(words: Iterator[tuple[bytes, int]], end: int) -> tuple[bytes, int]:
    """Return the words of a dictionary, and where it ends."""
    inside, depth = [b"<<"], 1
    for token, after in words:
        inside.append(token)
        depth += (token == b"<<") - (token == b">>")
        if depth == 0:
            end = after
            break
    return b" ".join(inside), end
