"""The made-up cases and questions that reviewers train with, and who gets which of them.

A *turn* is what one attempt asks: two cases with something to remove, one with nothing, one that
cannot be passed on, and five questions. Which ones follows from the device key and the number of
the turn, so whoever scores the answers again knows what had to be answered, and a turn that
follows a failed one brings others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, Literal, TypeVar

from app.desk.rubric import RUBRIC

VERSION: Final = "2026-11"
"""Named in each certificate. Another one begins when the cases or the scoring change."""

Decision = Literal["relay", "question", "decline"]
FileChoice = Literal["send", "cover", "leave"]
DECISIONS: Final = ("relay", "question", "decline")
FILE_CHOICES: Final = ("send", "cover", "leave")
LETTERS: Final = ("a", "b", "c")

_SHARES: Final = (("remove", 2), ("clean", 1), ("decline", 1))
_QUESTIONS: Final = 5
_JOINT: Final = ("nurse", "driver", "benches", "three")
"""What two colleagues compare: the same for everybody, and outside every turn's score."""


@dataclass(frozen=True)
class Text:
    """The same in Arabic and English."""

    ar: str
    en: str


@dataclass(frozen=True)
class Span:
    """What points at the writer; gone once none of `forms` is left. `kind` is one of `KINDS`."""

    kind: str
    must: bool
    forms: tuple[str, ...]

    @property
    def weight(self) -> int:
        return 3 if self.must else 1


@dataclass(frozen=True)
class Fact:
    """What the body needs, in any of `forms`."""

    name: Text
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One made-up case with the answers that are right, and an example of good ones."""

    id: str
    sort: str
    topic: str
    text: str
    file: str
    right_files: tuple[str, ...]
    decisions: tuple[str, ...]
    rubric: dict[str, bool]
    spans: tuple[Span, ...]
    facts: tuple[Fact, ...]
    model: str
    ask: str
    reply: str
    why: Text | None

    @classmethod
    def read(cls, table: dict[str, Any]) -> Item:
        return cls(
            id=table["id"],
            sort=table["sort"],
            topic=table["topic"],
            text=table["text"],
            file=table.get("file", ""),
            right_files=tuple(table.get("files", ())),
            decisions=tuple(table["decisions"]),
            rubric={name: name in table["rubric"] for name in RUBRIC},
            spans=tuple(
                Span(each["kind"], each["must"], tuple(each["forms"])) for each in table["spans"]
            ),
            facts=tuple(
                Fact(Text(each["ar"], each["en"]), tuple(each["forms"])) for each in table["facts"]
            ),
            model=table["model"],
            ask=table["ask"],
            reply=table["reply"],
            why=Text(**table["why"]) if "why" in table else None,
        )


@dataclass(frozen=True)
class Question:
    """A threat, and three things to do; the first is right."""

    id: str
    critical: bool
    text: Text
    options: tuple[Text, ...]
    why: Text

    @classmethod
    def read(cls, table: dict[str, Any]) -> Question:
        return cls(
            table["id"],
            table["critical"],
            Text(**table["text"]),
            tuple(Text(**each) for each in table["options"]),
            Text(**table["why"]),
        )

    def shown(self) -> list[tuple[str, Text]]:
        """The options with their letters, in an order that says nothing of which is right."""
        order = sorted(range(len(self.options)), key=lambda at: _rank(self.id, str(at)))
        return [(letter, self.options[at]) for letter, at in zip(LETTERS, order, strict=True)]

    @property
    def right(self) -> str:
        """The letter of the right option."""
        return next(letter for letter, option in self.shown() if option is self.options[0])


@dataclass(frozen=True)
class Turn:
    """What one attempt asks."""

    items: tuple[Item, ...]
    questions: tuple[Question, ...]


@cache
def items() -> dict[str, Item]:
    """Every case by its name."""
    return {each["id"]: Item.read(each) for each in _read("cases.toml")["cases"]}


@cache
def questions() -> dict[str, Question]:
    return {each["id"]: Question.read(each) for each in _read("questions.toml")["questions"]}


def joint() -> Turn:
    """The exercise that is the same for everybody, and counts for no certificate."""
    return Turn(tuple(items()[name] for name in _JOINT), ())


def turn(device: str, number: int) -> Turn:
    """What the *number*-th attempt (from 0) of the device with this verifier key asks."""
    chosen: list[Item] = []
    for sort, share in _SHARES:
        pool = [item for item in items().values() if item.sort == sort]
        chosen += _share(pool, share, device, number)
    asked = _share(list(questions().values()), _QUESTIONS, device, number)
    return Turn(tuple(chosen), tuple(asked))


Each = TypeVar("Each", Item, Question)


def _share(pool: Sequence[Each], size: int, device: str, number: int) -> list[Each]:
    """*size* of *pool*, all of it once before anything comes again."""
    order = sorted(pool, key=lambda each: _rank(device, each.id))
    return [order[(number * size + at) % len(order)] for at in range(size)]


def _rank(*parts: str) -> bytes:
    return sha256("\n".join((VERSION, *parts)).encode()).digest()


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def file_bytes(name: str) -> bytes:
    """A made-up picture that comes with a case."""
    return files(__package__).joinpath("pictures", name).read_bytes()
