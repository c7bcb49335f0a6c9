"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from tests.stack import Stack, running_demo

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# No test is timed: on a loaded machine the first example pays for everything loaded late.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

SLOWEST_FIRST = ("browser", "onion", "chaos", "leaks", "promises", "properties")
"""Folders of tests that take minutes: begun last, they would keep one core busy at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)


def chromium_path() -> str:
    """Where the system's Chromium is."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    assert found, "Chromium is missing; `make test` says how to install it"
    return found


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running demo that the tests of a session share."""
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def photo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 5 MB photo with canaries in its metadata, under a telling file name."""
    from tests.browser.photo import take_photo

    path = tmp_path_factory.mktemp("photo") / "CANARY-name-of-samir.jpg"
    path.write_bytes(take_photo(chromium))
    return path
