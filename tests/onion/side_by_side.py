"""Tests that run side by side: over a network people wait, and not for one another."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import pytest

Journey = Callable[..., None]

_JOURNEYS: Final[dict[Callable[..., None], Journey]] = {}
"""What each test of this kind does, by the function that pytest calls."""


class UnderWay:
    """Journeys that have begun, each in a thread of its own."""

    def __init__(self, pool: ThreadPoolExecutor, needs: Mapping[Journey, Mapping[str, Any]]):
        self._ends = {each: pool.submit(each, **given) for each, given in needs.items()}

    def await_end(self, journey: Journey) -> None:
        """Return when it has ended well; raise what it raised."""
        self._ends[journey].result()


def side_by_side(journey: Journey) -> Callable[[UnderWay], None]:
    """A test that begins together with all of its kind that were chosen, and fails by itself.

    It may ask for fixtures of the session and no others.
    """

    def test(under_way: UnderWay) -> None:
        under_way.await_end(journey)

    test.__name__, test.__qualname__ = journey.__name__, journey.__qualname__
    test.__module__, test.__doc__ = journey.__module__, journey.__doc__
    _JOURNEYS[test] = journey
    return test


@contextmanager
def begun(request: pytest.FixtureRequest) -> Iterator[UnderWay]:
    """The journeys of the chosen tests."""
    functions = [getattr(item, "function", None) for item in request.session.items]
    journeys = [_JOURNEYS[each] for each in functions if each in _JOURNEYS]
    needs = {each: _fixtures(request, each) for each in journeys}
    with ThreadPoolExecutor(len(journeys)) as pool:
        yield UnderWay(pool, needs)


def _fixtures(request: pytest.FixtureRequest, journey: Journey) -> dict[str, Any]:
    return {name: request.getfixturevalue(name) for name in inspect.signature(journey).parameters}
