"""A town with two weeks of a small log, and an auditor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import Town


@pytest.fixture
def town() -> Town:
    town = Town(a_day=20, cover=3)
    town.days(14)
    return town


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path)
