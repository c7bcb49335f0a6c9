"""Examples of good answers: what the pages show after an exercise, and what the demo hands in."""

from __future__ import annotations

from app.desk.training.answers import Answers, CaseAnswer
from app.desk.training.curriculum import Item, turn


def model_answer(item: Item) -> CaseAnswer:
    files = item.right_files[0] if item.right_files else ""
    return CaseAnswer(item.decisions[0], item.model, item.ask, item.reply, files, item.rubric)


def model_answers(device: str, number: int = 0) -> Answers:
    """Answers to that turn of the device which miss nothing."""
    asked = turn(device, number)
    return Answers(
        device,
        number,
        cases={item.id: model_answer(item) for item in asked.items},
        questions={each.id: each.right for each in asked.questions},
    )
