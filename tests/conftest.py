"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from crypto.keys import derive_root
from tests import once
from tests.stack import Stack, running_demo

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
HEADLESS_NAMES = ("chromium-headless-shell", *CHROMIUM_NAMES)
"""The same engine without its windows first: a page in it takes a fifth of the processor's time."""
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
once.everything()

WHOLE_PROGRAMS = ("browser/", "onion/", "chaos/", "leaks/", "units/server/test_serve.py")
"""Tests that take minutes, and wait for programs half of the time: begun first, they keep no core
busy alone at the end."""
LONG = ("promises/", "properties/")
FIRST, BETWEEN = 3, 4
"""So many files of whole programs begin at once; then one comes after so many others, which work
while they wait."""


ALL_IN_ONE_PROCESS = (
    "promises/",
    "units/auditor/",
    "units/citizen/",
    "units/client/",
    "units/desk/",
)
PRINTED = "test_a_printed_slip_opens_its_case.py"
"""Codes on paper are derived in earnest."""
HERE = Path(__file__).parent


def pytest_collection_finish() -> None:
    once.leave_what_was_collected()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turns = {path: turn for turn, path in enumerate(_in_turn({item.path for item in items}))}
    items.sort(key=lambda item: turns[item.path])


def _in_turn(paths: Iterable[Path]) -> list[Path]:
    """Files of tests in the order in which workers take them."""
    ordered = sorted(paths, key=lambda path: (_turn(path), path))
    waiting = [path for path in ordered if _turn(path) < len(WHOLE_PROGRAMS)]
    working = ordered[len(waiting) :]
    mixed, waiting = waiting[:FIRST], waiting[FIRST:]
    for at, path in enumerate(waiting):
        mixed += [*working[at * BETWEEN : (at + 1) * BETWEEN], path]
    return mixed + working[len(waiting) * BETWEEN :]


@cache
def _turn(path: Path) -> int:
    place = path.relative_to(HERE).as_posix()
    kinds = (*WHOLE_PROGRAMS, *LONG)
    return next((turn for turn, kind in enumerate(kinds) if place.startswith(kind)), len(kinds))


def chromium_path(names: Sequence[str] = CHROMIUM_NAMES) -> str:
    """Where the first of the system's Chromium programs called *names* is."""
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, "Chromium is missing; `make test` says how to install it"
    return found


@pytest.fixture(scope="module", autouse=True)
def quick_codes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where a site, its desks and its citizens are all in this process, one round derives a key.

    The 600,000 rounds of the others take most of their time. Real ones are made by the vectors,
    in both languages, and by every program and browser that a test starts.
    """
    with pytest.MonkeyPatch.context() as patch:
        path = request.path.relative_to(HERE).as_posix()
        if path.startswith(ALL_IN_ONE_PROCESS) and not path.endswith(PRINTED):
            patch.setattr(derive_root, "__kwdefaults__", {"iterations": 1})
        yield


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One running demo that the tests of a session share."""
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; a thread has one of it."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium's engine without windows."""
    yield from _launched(playwright, HEADLESS_NAMES)


@pytest.fixture(scope="module")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium that people have, with everything around its engine."""
    yield from _launched(playwright, CHROMIUM_NAMES)


def _launched(playwright: Playwright, names: Sequence[str]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(names), args=[*QUIET])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def photo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 5 MB photo with canaries in its metadata, under a telling file name."""
    from tests.browser.photo import take_photo

    path = tmp_path_factory.mktemp("photo") / "CANARY-name-of-samir.jpg"
    path.write_bytes(take_photo(chromium))
    return path
