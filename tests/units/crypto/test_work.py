"""Work is known by its value, in one spelling."""

import json

import pytest

from crypto.errors import MalformedError
from crypto.vectors.generate import FOLDER
from crypto.work import MAX_BITS, Work, work_on

ANSWERS = json.loads((FOLDER / "work.json").read_text("utf-8"))["answers"]
HARDEST = ANSWERS[-1]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_worth_its_bits(answer: dict[str, str]) -> None:
    assert Work.parse(answer["work"]).is_worth(int(answer["bits"]))


def test_another_number_or_another_challenge_is_worth_nothing() -> None:
    work, bits = Work.parse(HARDEST["work"]), HARDEST["bits"]

    assert not Work(work.challenge, work.number + 1).is_worth(bits)
    assert not Work(bytes(32), work.number).is_worth(bits)


@pytest.mark.parametrize(
    "untrusted",
    [
        "",
        ".",
        HARDEST["work"].upper(),
        HARDEST["work"] + "0",
        HARDEST["work"][:-1],
        HARDEST["work"].replace(".", ""),
        " " + HARDEST["work"],
        HARDEST["work"] + "\n",
        "٠" * 64 + "." + "0" * 16,
    ],
)
def test_work_has_one_spelling(untrusted: str) -> None:
    with pytest.raises(MalformedError):
        Work.parse(untrusted)


def test_nobody_works_for_ever() -> None:
    with pytest.raises(ValueError, match="bits"):
        work_on(bytes(32), MAX_BITS + 1)
