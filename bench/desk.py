"""A desk with very many cases, beside the same desk with one page of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.desk.factory import create_desk
from tests.promises.desk.reviewer import PORT, Reviewer
from tests.units.desk.office import Office
from tests.units.desk.shelf import fill, small_case

CASES: Final = 10_000
ONE_PAGE: Final = 50
AIM_SECONDS: Final = 0.3
_PAGES: Final = {
    "list": "/",
    "search": f"/?q={small_case(0).label}",
    "filter": "/?show=overdue",
}


def measure(folder: Path, row: Callable[[str, str], None], factor: int) -> None:
    """Print how long each page of the inbox takes, and unlocking with all cases."""
    small = _reader(folder / "small", ONE_PAGE)
    started = time.perf_counter()
    large = _reader(folder / "large", CASES // factor)
    row(f"{CASES // factor} cases made and unlocked", f"{time.perf_counter() - started:.1f} s")
    for name, path in _PAGES.items():
        few, many = _seconds(small, path), _seconds(large, path)
        row(
            f"inbox, {name}",
            f"{1000 * many:.0f} ms = {many / few:.1f} × a desk of {ONE_PAGE}"
            f" (aim ≤ {1000 * AIM_SECONDS:.0f} ms)",
        )


def _reader(folder: Path, count: int) -> Reviewer:
    office = Office(folder)
    office.opens_desk("amal")
    office.publishes_keyring()
    office.syncs("amal")
    fill(folder / "desks" / "amal", office.desks["amal"], count)
    app = create_desk(
        folder / "desks" / "amal", PORT, today=lambda: office.today, seconds=lambda: 1.0
    )
    reader = Reviewer(app, office, [1.0])
    reader.unlocks()
    return reader


def _seconds(reader: Reviewer, path: str) -> float:
    taken = []
    for _ in range(9):
        started = time.perf_counter()
        reader.sees(path)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
