"""One stylesheet serves both directions, loads nothing, and stays small."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "app" / "static" / "base.css").read_text("utf-8")

PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:left|right|top|bottom|width|height|(?:margin|padding|border)-(?:left|right|top|bottom)"
    r"|(?:min|max)-(?:width|height))\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
# A media query asks about the screen, and a screen has a width.
MEDIA_QUERY = re.compile(r"@media\([^)]*\)")


def test_no_property_knows_left_or_right() -> None:
    rules = MEDIA_QUERY.sub("", CSS)

    assert PHYSICAL.search("p{margin-left:1px}")
    assert PHYSICAL.search("p{color:red;width:1px}")
    assert PHYSICAL.findall(rules) == []


@pytest.mark.parametrize(
    "forbidden",
    [
        "letter-spacing",
        "font-style:italic",
        "text-transform",
        "justify;",
        "url(",
        "@import",
        "@font-face",
    ],
)
def test_nothing_harms_arabic_or_loads_a_file(forbidden: str) -> None:
    assert forbidden not in CSS


def test_it_is_small() -> None:
    assert len(CSS) <= 10_000
    assert len(gzip.compress(CSS.encode(), 9)) <= 3_500


@pytest.mark.parametrize(
    "theme", ["prefers-color-scheme:dark", "forced-colors", "prefers-contrast"]
)
def test_it_follows_the_devices_wishes(theme: str) -> None:
    assert theme in CSS
