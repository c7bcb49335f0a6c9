"""How far a desk's reviewer is with her training; sealed with everything else the desk keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from app.desk.training.answers import Answers
from app.desk.training.curriculum import VERSION, Turn, joint, turn
from app.desk.training.scoring import Result, score_turn

JOINT: Final = -1


@dataclass(frozen=True)
class Progress:
    """The answers of the turn under way and of the joint exercise, and the certificate's record."""

    answers: Answers
    joint: Answers
    record: str = ""

    @classmethod
    def read(cls, kept: Mapping[str, Any], device: str) -> Self:
        """What `table` wrote; a fresh start where there is nothing, or other exercises."""
        fresh = cls(Answers(device, 0), Answers(device, JOINT))
        if not kept or kept["answers"]["curriculum"] != VERSION:
            return fresh
        return cls(Answers.read(kept["answers"]), Answers.read(kept["joint"]), kept["record"])

    def table(self) -> dict[str, Any]:
        return {
            "answers": self.answers.table(),
            "joint": self.joint.table(),
            "record": self.record,
        }

    @property
    def asked(self) -> Turn:
        return turn(self.answers.device, self.answers.turn)

    @property
    def result(self) -> Result:
        return score_turn(self.asked, self.answers)

    @property
    def joint_result(self) -> Result:
        return score_turn(joint(), self.joint)

    def after(self, number: int) -> Self:
        """The turn that follows turn *number*, if that is the one under way."""
        return self.again() if self.answers.turn == number else self

    def again(self) -> Self:
        """The next turn, with other cases."""
        return replace(self, answers=Answers(self.answers.device, self.answers.turn + 1))
