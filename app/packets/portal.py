"""A packet as comments for the official participation portal, which takes plain text of a length.

The words are those that two reviewers signed, cut at the ends of sentences. Whoever pastes them
does so from the organisation's own account: nothing here says who wrote to us, or when.
"""

import re
from typing import Final

from app.days import day_in_words
from app.packets.content import Content
from app.packets.late import pdf_bytes
from app.packets.tables import table_bytes

USUAL_LETTERS: Final = 1000
LEAST_LETTERS: Final = 100
_SENTENCE: Final = re.compile(r"(?<=[.!?؟؛])\s+|\n+")
_UNSEEN: Final = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LABELS: Final = {
    "deadline": ("آخر موعد هناك", "Last day there"),
    "consultation": ("الاستشارة", "Consultation"),
    "piece": ("الجزء", "Part"),
    "of": ("من", "of"),
    "text": ("نص التعليق", "Comment"),
}


def comments(content: Content, letters: int = USUAL_LETTERS) -> list[str]:
    """The words in pieces of at most *letters*, each a comment; what is asked stands first.

    Raises ValueError for less than `LEAST_LETTERS`.
    """
    if letters < LEAST_LETTERS:
        raise ValueError(f"a comment has at least {LEAST_LETTERS} letters")
    ask = f"{content.label('ask')}: {content.packet.ask}"
    pieces: list[str] = []
    for sentence in [ask, *_sentences(content.packet.words)]:
        for part in _cut(sentence, letters):
            if pieces and len(pieces[-1]) + 1 + len(part) <= letters:
                pieces[-1] += f"\n{part}" if pieces[-1] == ask else f" {part}"
            else:
                pieces.append(part)
    return pieces


def text_bytes(content: Content, letters: int = USUAL_LETTERS) -> bytes:
    """Every comment below a line that says which it is, to copy from."""
    made = comments(content, letters)
    there = content.consultation
    names = " · ".join(part for part in (there.title, there.number) if part)
    head = f"{_label(content, 'consultation')}: {names}\n" if names else ""
    if there.deadline:
        day = day_in_words(there.deadline, content.lang)
        head += f"{_label(content, 'deadline')}: {day}\n"
    parts = (
        f"[{_label(content, 'piece')} {number} {_label(content, 'of')} {len(made)}]\n{text}\n"
        for number, text in enumerate(made, 1)
    )
    return "\n".join([*([head] if head else []), *parts]).encode()


def csv_bytes(content: Content, letters: int = USUAL_LETTERS) -> bytes:
    """UTF-8 with BOM, a row for each comment; no cell is a formula."""
    made = comments(content, letters)
    header = ("consultation", "number", "deadline", "relay", "part", "parts", "comment")
    there = content.consultation
    deadline = there.deadline.isoformat() if there.deadline else ""
    rows = (
        (there.title, there.number, deadline, content.number, number, len(made), text)
        for number, text in enumerate(made, 1)
    )
    return table_bytes(header, list(rows))


def files(content: Content, letters: int = USUAL_LETTERS) -> dict[str, bytes]:
    """Every form that the portal, or whoever fills it in, can use."""
    return {
        "portal.txt": text_bytes(content, letters),
        "portal.csv": csv_bytes(content, letters),
        "packet.pdf": pdf_bytes(content),
    }


def _label(content: Content, key: str) -> str:
    ar, en = _LABELS[key]
    return ar if content.lang == "ar" else en


def _sentences(words: str) -> list[str]:
    plain = _UNSEEN.sub("", words)
    return [each for part in _SENTENCE.split(plain) if (each := " ".join(part.split()))]


def _cut(sentence: str, letters: int) -> list[str]:
    """A sentence that is too long is cut between words, and a word that is too long anywhere."""
    pieces: list[str] = []
    for word in sentence.split(" "):
        chunks = [word[at : at + letters] for at in range(0, len(word), letters)]
        for chunk in chunks:
            if pieces and len(pieces[-1]) + 1 + len(chunk) <= letters:
                pieces[-1] += f" {chunk}"
            else:
                pieces.append(chunk)
    return pieces
