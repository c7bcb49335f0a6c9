"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, Playwright, sync_playwright
from werkzeug.routing import Rule

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


class CompiledTemplates(BytecodeCache):
    """What every application of this process has compiled: each test makes applications anew."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def _compile_each_address_once() -> None:
    """Werkzeug compiles two functions for each address of each application it is part of."""
    compile_builder = Rule._compile_builder
    compiled: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = once  # type: ignore[method-assign, assignment]


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
_compile_each_address_once()

SLOWEST_FIRST = ("browser", "onion", "chaos", "leaks", "promises", "properties")
"""Folders of tests that take minutes: begun last, they would keep one core busy at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path))


@cache
def _turn(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)


def chromium_path(names: Sequence[str] = CHROMIUM_NAMES) -> str:
    """Where the first of the system's Chromium programs called *names* is."""
    found = next(filter(None, map(shutil.which, names)), None)
    assert found, "Chromium is missing; `make test` says how to install it"
    return found


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
