"""What a reviewer answered, and the file that carries it with its certificate (SPEC.md §23)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Self

from app.desk.rubric import RUBRIC
from app.desk.training.curriculum import DECISIONS, FILE_CHOICES, LETTERS, VERSION
from app.domain.errors import CorrectError
from crypto.encoding import sha256

FORMAT: Final = "wasl/training-record/v1"
MAX_BYTES: Final = 200_000


class MalformedRecordError(CorrectError):
    """The file is no training record; the message says what is wrong."""


@dataclass(frozen=True)
class CaseAnswer:
    """What was made of one case; `words` and `ask` stay empty where nothing is passed on."""

    decision: str = ""
    words: str = ""
    ask: str = ""
    reply: str = ""
    files: str = ""
    rubric: Mapping[str, bool] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """Raise `MalformedRecordError`."""
        texts = ("decision", "words", "ask", "reply", "files")
        _require(table.keys() == {*texts, "rubric"}, "a case has other answers")
        _require(all(_is_text(table[name]) for name in texts), "a text is something else")
        rubric = table["rubric"]
        _require(isinstance(rubric, dict), "the four questions are something else")
        _require(set(rubric) <= set(RUBRIC), "there is no such question")
        _require(all(isinstance(each, bool) for each in rubric.values()), "yes or no")
        _require(table["decision"] in ("", *DECISIONS), "there is no such decision")
        _require(table["files"] in ("", *FILE_CHOICES), "there is no such choice")
        decision, words, ask, reply, files = (table[name] for name in texts)
        return cls(decision, words, ask, reply, files, rubric)


@dataclass(frozen=True)
class Answers:
    """One turn of one device, as far as it was answered. `turn` is -1 for the joint exercise."""

    device: str
    turn: int
    curriculum: str = VERSION
    cases: Mapping[str, CaseAnswer] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)

    def with_case(self, name: str, answer: CaseAnswer) -> Self:
        return replace(self, cases={**self.cases, name: answer})

    def with_questions(self, given: Mapping[str, str]) -> Self:
        return replace(self, questions={**self.questions, **given})

    def table(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def digest(self) -> bytes:
        """32 bytes: what a certificate is about."""
        return sha256(_canonical(self.table()))

    @classmethod
    def read(cls, table: object) -> Self:
        """Raise `MalformedRecordError`."""
        names = {"device", "turn", "curriculum", "cases", "questions"}
        if not isinstance(table, dict) or table.keys() != names:
            raise MalformedRecordError("not the answers of a turn")
        _require(_is_text(table["device"]), "the device is no key")
        _require(type(table["turn"]) is int and table["turn"] >= -1, "the turn is no number")
        _require(table["curriculum"] == VERSION, f"of other exercises than {VERSION}")
        cases, questions = table["cases"], table["questions"]
        _require(isinstance(cases, dict) and isinstance(questions, dict), "no answers")
        _require(all(isinstance(each, dict) for each in cases.values()), "no answers to a case")
        _require(all(map(_is_text, [*cases, *questions])), "no answers")
        _require(all(each in LETTERS for each in questions.values()), "there is no such option")
        read = {name: CaseAnswer.read(each) for name, each in cases.items()}
        return cls(table["device"], table["turn"], table["curriculum"], read, questions)


@dataclass(frozen=True)
class Record:
    """Answers, and the certificate about them; an empty one for answers not yet signed."""

    answers: Answers
    certificate: str = ""

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedRecordError`."""
        _require(len(untrusted) <= MAX_BYTES, "too long")
        try:
            table = json.loads(untrusted)
        except (ValueError, RecursionError) as exc:
            raise MalformedRecordError("not a training record") from exc
        if not isinstance(table, dict) or table.keys() != {"format", "answers", "certificate"}:
            raise MalformedRecordError("not a training record")
        _require(table["format"] == FORMAT, "of another format")
        _require(isinstance(table["certificate"], str), "the certificate is something else")
        return cls(Answers.read(table["answers"]), table["certificate"])

    def encode(self) -> str:
        table = {
            "format": FORMAT,
            "answers": self.answers.table(),
            "certificate": self.certificate,
        }
        return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def _canonical(table: Mapping[str, Any]) -> bytes:
    return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _is_text(value: object) -> bool:
    """JSON can spell strings that no UTF-8 can."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedRecordError(otherwise)
