"""Fixtures of the browser's tests."""

from tests.world import world

__all__ = ["world"]
