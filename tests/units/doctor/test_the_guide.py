"""Operators can look every finding up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.doctor import at_rest, host, outside
from app.doctor.checks import Check

GUIDE = (Path(__file__).parents[3] / "docs" / "operators.md").read_text("utf-8")
CHECKS: tuple[Check[Any], ...] = (
    *outside.CHECKS,
    *at_rest.CHECKS,
    *host.OF_THE_MACHINE,
    *host.OF_THE_SITE,
)


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_every_finding_is_in_the_guide(check: Check[Any]) -> None:
    assert f"`{check.id}`" in GUIDE
    assert check.mend.endswith((".", ")"))
    assert check.mend_ar.endswith(".")


def test_no_two_findings_have_one_name() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)
