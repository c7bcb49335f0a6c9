"""Everything that can be seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.doctor import bodies, headers, trust
from app.doctor.checks import Check, Finding, examine
from app.doctor.observation import Observation

CHECKS: Final[tuple[Check[Observation], ...]] = (
    *headers.CHECKS,
    *bodies.CHECKS,
    *trust.CHECKS,
)


def examine_outside(observation: Observation) -> Iterator[Finding]:
    return examine(observation, CHECKS)
