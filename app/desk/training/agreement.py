"""How far two reviewers agree on the same cases: percent, and Cohen's kappa.

Cohen, "A coefficient of agreement for nominal scales" (1960). Kappa is what is left of the
agreement when that of two people who tick by chance is taken away: 1 is always, 0 is chance.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.desk.training.answers import Answers
from app.desk.training.curriculum import items
from app.desk.training.scoring import labels


@dataclass(frozen=True)
class Agreement:
    """`judgements` both made, of which `same` were the same; `apart` names the cases of others."""

    judgements: int
    same: int
    kappa: float
    apart: tuple[str, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.same / self.judgements)


def compare(one: Answers, other: Answers) -> Agreement | None:
    """How far they agree on the cases that both answered; None where there is no such case."""
    mine, theirs = _labels(one), _labels(other)
    both = sorted(mine.keys() & theirs.keys())
    if not both:
        return None
    pairs = [(mine[name], theirs[name]) for name in both]
    same = sum(a == b for a, b in pairs)
    apart = {name.split()[1] for name in both if mine[name] != theirs[name]}
    return Agreement(len(pairs), same, kappa(pairs), tuple(sorted(apart)))


def kappa(pairs: list[tuple[bool, bool]]) -> float:
    """1 where both always say one and the same thing: chance could not be told from agreement."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = (sum(pair[at] for pair in pairs) / len(pairs) for at in (0, 1))
    by_chance = first * second + (1 - first) * (1 - second)
    return 1.0 if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def _labels(answers: Answers) -> dict[str, bool]:
    known = items()
    return {
        name: said
        for case, answer in answers.cases.items()
        if case in known
        for name, said in labels(known[case], answer).items()
    }
