"""What answers are worth: fixed rules, so that anybody who scores them again gets the same.

Nothing is guessed about style or skill. A form that betrays somebody is in the text or it is not;
a fact that the body needs is there or it is not. Texts are compared as a reader would hear them:
without vowel signs, with one spelling of alef, ya and ta marbuta, and with plain digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.desk import contact
from app.desk.rubric import RUBRIC
from app.desk.training.answers import Answers, CaseAnswer
from app.desk.training.curriculum import Item, Question, Span, Turn, turn
from crypto.training import Score

LEAST_RECALL: Final = 0.8
"""Of the weight of all that had to go; what `must` go has to go in any case."""
LEAST_KEPT: Final = 0.6
"""Of the facts that the bodies need."""
LEAST_RUBRIC: Final = 0.75
WRONG_QUESTIONS: Final = 1
"""So many answers to questions may be wrong, none of them to a critical one."""

_ONE_SPELLING: Final = str.maketrans("أإآٱىة", "اااايه", "ـ\u200c\u200d\u200e\u200f\u061c")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\s\-.()/]+(?=\d)")
_PREFIX: Final = r"(?:[وفبكل]{0,2}(?:ال)?|وال|لل)"


@dataclass(frozen=True)
class Finding:
    """What was missed. `fails` alone ends the turn; others only cost points.

    `code` is one of `left`, `lost`, `echo`, `asks`, `file`, `decision`, `rubric`, `threat`,
    `empty`; `what` names it: a kind, a fact's number, a question of the rubric or nothing.
    """

    place: str
    code: str
    what: str = ""
    shown: str = ""
    fails: bool = False


@dataclass(frozen=True)
class Tally:
    """Points out of so many."""

    got: int
    of: int

    @property
    def share(self) -> float:
        return self.got / self.of if self.of else 1.0

    @property
    def percent(self) -> int:
        return int(self.share * 100)


@dataclass(frozen=True)
class Result:
    """What a turn is worth. `missing` are the cases and questions without an answer."""

    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    recall: Tally
    kept: Tally
    rubric: Tally
    questions: Tally

    @property
    def passed(self) -> bool:
        enough = (
            self.recall.share >= LEAST_RECALL
            and self.kept.share >= LEAST_KEPT
            and self.rubric.share >= LEAST_RUBRIC
            and self.questions.of - self.questions.got <= WRONG_QUESTIONS
        )
        return enough and not self.missing and not any(each.fails for each in self.findings)

    @property
    def score(self) -> Score | None:
        if not self.passed:
            return None
        return "passed" if self.findings else "full"


def score(answers: Answers) -> Result:
    """What *answers* to the turn they name are worth."""
    return score_turn(turn(answers.device, answers.turn), answers)


def score_turn(asked: Turn, answers: Answers) -> Result:
    pairs = [(item, answers.cases.get(item.id)) for item in asked.items]
    answered = [(item, answer) for item, answer in pairs if answer is not None]
    findings = [each for item, answer in answered for each in of_case(item, answer)]
    findings += of_questions(asked.questions, answers.questions)
    unasked = [each.id for each in asked.questions if each.id not in answers.questions]
    wrong = sum(each.code == "threat" for each in findings)
    return Result(
        findings=tuple(findings),
        missing=(*(item.id for item, answer in pairs if answer is None), *unasked),
        recall=_sum(_recall(item, answer) for item, answer in answered),
        kept=_sum(_kept(item, answer) for item, answer in answered),
        rubric=_sum(_rubric(item, answer) for item, answer in answered),
        questions=Tally(len(asked.questions) - len(unasked) - wrong, len(asked.questions)),
    )


def of_case(item: Item, answer: CaseAnswer) -> list[Finding]:
    """Everything that was missed in one case, the gravest first."""
    found = [*_of_reply(item, answer), *_of_decision(item, answer)]
    if answer.decision == "relay" and "relay" in item.decisions:
        found += _of_words(item, answer)
    if item.file and answer.files not in item.right_files:
        found.append(Finding(item.id, "file", answer.files, fails=True))
    found += [
        Finding(item.id, "rubric", name)
        for name in RUBRIC
        if answer.rubric.get(name) is not item.rubric[name]
    ]
    return sorted(found, key=lambda each: not each.fails)


def of_questions(asked: Iterable[Question], given: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(each.id, "threat", given[each.id], fails=each.critical)
        for each in asked
        if each.id in given and given[each.id] != each.right
    ]


def labels(item: Item, answer: CaseAnswer) -> dict[str, bool]:
    """Each small judgement in an answer, for comparing two reviewers."""
    said = f"{answer.words}\n{answer.ask}"
    judged = {f"decision {item.id} {each}": answer.decision == each for each in item.decisions}
    judged |= {f"rubric {item.id} {name}": answer.rubric.get(name, False) for name in RUBRIC}
    if answer.decision == "relay":
        judged |= {
            f"span {item.id} {number}": left(span, said) == ""
            for number, span in enumerate(item.spans)
        }
        judged |= {
            f"fact {item.id} {number}": _has_any(fact.forms, said)
            for number, fact in enumerate(item.facts)
        }
    return judged


def left(span: Span, said: str) -> str:
    """The first form of *span* that stands in *said*, or nothing."""
    folded = _folded(said)
    return next((form for form in span.forms if _has(form, folded)), "")


def _of_words(item: Item, answer: CaseAnswer) -> Iterator[Finding]:
    said = f"{answer.words}\n{answer.ask}"
    if not answer.words.strip() or not answer.ask.strip():
        yield Finding(item.id, "empty", fails=True)
        return
    for span in item.spans:
        if form := left(span, said):
            yield Finding(item.id, "left", span.kind, form, fails=span.must)
    for number, fact in enumerate(item.facts):
        if not _has_any(fact.forms, said):
            yield Finding(item.id, "lost", str(number))


def _of_reply(item: Item, answer: CaseAnswer) -> Iterator[Finding]:
    if not answer.reply.strip():
        yield Finding(item.id, "empty", "reply", fails=True)
    if contact.warnings(answer.reply):
        yield Finding(item.id, "asks", fails=True)
    for span in item.spans:
        if form := left(span, answer.reply):
            yield Finding(item.id, "echo", span.kind, form, fails=True)


def _of_decision(item: Item, answer: CaseAnswer) -> Iterator[Finding]:
    if answer.decision not in item.decisions:
        yield Finding(item.id, "decision", answer.decision, fails=True)


def _recall(item: Item, answer: CaseAnswer) -> Tally:
    if "relay" not in item.decisions:
        return Tally(0, 0)
    said = f"{answer.words}\n{answer.ask}"
    gone = sum(span.weight for span in item.spans if not left(span, said))
    return Tally(gone, sum(span.weight for span in item.spans))


def _kept(item: Item, answer: CaseAnswer) -> Tally:
    said = f"{answer.words}\n{answer.ask}"
    return Tally(sum(_has_any(fact.forms, said) for fact in item.facts), len(item.facts))


def _rubric(item: Item, answer: CaseAnswer) -> Tally:
    right = sum(answer.rubric.get(name) is item.rubric[name] for name in RUBRIC)
    return Tally(right, len(RUBRIC))


def _sum(tallies: Iterable[Tally]) -> Tally:
    every = list(tallies)
    return Tally(sum(each.got for each in every), sum(each.of for each in every))


def _has_any(forms: Iterable[str], said: str) -> bool:
    folded = _folded(said)
    return any(_has(form, folded) for form in forms)


def _has(form: str, folded: str) -> bool:
    """Whether the words stand there, with whatever is written before them without a blank."""
    wanted = re.escape(_folded(form))
    return re.search(rf"(?<!\w){_PREFIX}{wanted}(?!\w)", folded) is not None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    digits = "".join(str(unicodedata.digit(char, char)) for char in letters)
    one = _BETWEEN_DIGITS.sub("", digits.translate(_ONE_SPELLING))
    return re.sub(r"\s+", " ", one)
