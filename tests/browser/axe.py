"""axe-core on a page as it stands, in every window that people have."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Page

PROJECT: Final = Path(__file__).parents[2]
WIDTHS: Final = (360, 1280)
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_HEIGHT: Final = 800
_RULES: Final = {
    "runOnly": [
        *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
        "best-practice",
    ],
    "rules": {"target-size": {"enabled": True}},
}
_RUN: Final = "rules => axe.run(document, rules).then(found => found.violations)"
_SURPLUS: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def new_context(browser: Browser, **more: object) -> BrowserContext:
    """Where axe may run in spite of the pages' own policy."""
    return browser.new_context(bypass_csp=True, **more)  # type: ignore[arg-type]


def complaints(page: Page) -> dict[str, list[str]]:
    """What is wrong with *page*, by the window in which it is; nothing where nothing is.

    The page is loaded once: only its window changes, as when somebody turns their phone.
    """
    page.evaluate((PROJECT / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        page.evaluate("scrollTo(0, 0)")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found[f"{width} {scheme}"] = _violations(page) + _sticks_out(page)
    return {window: each for window, each in found.items() if each}


def _violations(page: Page) -> list[str]:
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')}"
        for each in page.evaluate(_RUN, _RULES)
        for node in each["nodes"]
    ]


def _sticks_out(page: Page) -> list[str]:
    wide = page.evaluate(_SURPLUS)
    return [f"{wide} px wider than the window"] if wide > 0 else []
