"""What a finding says to the reviewer, in both languages: what was missed and why it matters."""

from __future__ import annotations

from typing import Final

from app.desk.training.curriculum import Item, Question, Text, items, questions
from app.desk.training.scoring import Finding
from redaction.words import words

_RUBRIC: Final = {
    "ask": Text("هل فيها طلب واضح؟", "whether it asks for something clear"),
    "evidence": Text("هل فيها دليل أو تجربة؟", "whether it brings evidence"),
    "decider": Text("هل تملك هذه الجهة القرار؟", "whether this body decides it"),
    "alternative": Text("هل فيها حل بديل؟", "whether it proposes something else"),
}
_PLAIN: Final = {
    "echo": Text(
        "الرد يعيد ما يجب حذفه: {shown}. من يرى الشاشة يعرف القصة.",
        "The reply repeats what had to go: {shown}. Whoever sees the screen knows the story.",
    ),
    "asks": Text(
        "الرد يطلب اسما أو رقما أو لقاء، أو يذكر رقما. هذا يعرض صاحب الرسالة للخطر.",
        "The reply asks for a name, a number or a meeting, or has one. That endangers the sender.",
    ),
    "file": Text(
        "في الصورة ما يدل على شخص. تُغطى المناطق أو تبقى الصورة عندنا.",
        "The picture shows what points at somebody. Cover the regions, or keep the picture here.",
    ),
    "empty": Text(
        "بقيت خانة فارغة. يلزم نص وطلب للجهة، ورد لصاحب الرسالة.",
        "Something was left empty. It takes a text, a request, and a reply to the sender.",
    ),
}


def explain(finding: Finding) -> Text:
    """Whole sentences for *finding*."""
    item, question = items().get(finding.place), questions().get(finding.place)
    if question is not None:
        return _of_question(question)
    assert item is not None  # noqa: S101 findings are about cases and questions
    match finding.code:
        case "left":
            return _left(finding)
        case "lost":
            return _lost(item, int(finding.what))
        case "decision":
            return _decision(item)
        case "rubric":
            return _rubric(item, finding.what)
    plain = _PLAIN[finding.code]
    return Text(plain.ar.format(shown=finding.shown), plain.en.format(shown=finding.shown))


def _left(finding: Finding) -> Text:
    kind = Text(words("kinds", finding.what, "ar"), words("kinds", finding.what, "en"))
    return Text(
        f"بقي في النص «{finding.shown}» ({kind.ar}).",
        f"The text still has “{finding.shown}” ({kind.en}).",
    )


def _lost(item: Item, number: int) -> Text:
    name = item.facts[number].name
    return Text(
        f"حُذف ما تحتاجه الجهة: {name.ar}.", f"What the body needs was taken out: {name.en}."
    )


def _decision(item: Item) -> Text:
    if item.why:
        return item.why
    return Text(
        "في الرسالة طلب يصل إلى جهة بعد حذف ما يدل على صاحبها.",
        "It asks for something that can go to a body once what points at its sender is out.",
    )


def _rubric(item: Item, name: str) -> Text:
    asked, there = _RUBRIC[name], item.rubric[name]
    return Text(
        f"في سؤال «{asked.ar}» الجواب الأقرب: {'نعم' if there else 'لا'}.",
        f"On {asked.en} the better answer is {'yes' if there else 'no'}.",
    )


def _of_question(question: Question) -> Text:
    right = question.options[0]
    return Text(
        f"{question.text.ar} الأسلم: {right.ar}. {question.why.ar}",
        f"{question.text.en} Safer: {right.en}. {question.why.en}",
    )
