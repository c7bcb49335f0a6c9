"""firefox-esr as somebody has it on a tablet: it keeps what browsers keep, and has no network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from tests.onion.firefox import FIND_SECONDS, NO_NETWORK, WAIT_SECONDS, Firefox


class TabletFirefox(Firefox):
    """A fresh profile in *folder*; what is saved goes to *downloads*."""

    def __init__(self, folder: Path, downloads: Path) -> None:
        self._downloads = downloads
        self._start(
            folder,
            {
                **NO_NETWORK,
                "browser.download.folderList": 2,
                "browser.download.dir": str(downloads),
                "browser.sessionstore.interval": 0,
            },
        )

    def saves_its_session(self) -> None:
        """What it writes every few seconds, so that a crash loses little."""
        with self._driver.using_context("chrome"):
            self._driver.execute_async_script(_SAVE)

    def saved(self, pattern: str) -> Path:
        """The file of this name, once it is whole."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            for path in self._downloads.glob(pattern):
                if path.stat().st_size and not list(self._downloads.glob("*.part")):
                    return path
            time.sleep(FIND_SECONDS)
        raise AssertionError(f"{pattern} was not saved")


_SAVE: Final = """
const [done] = arguments;
const { SessionSaver } = ChromeUtils.importESModule(
    "resource:///modules/sessionstore/SessionSaver.sys.mjs");
const { TabStateFlusher } = ChromeUtils.importESModule(
    "resource:///modules/sessionstore/TabStateFlusher.sys.mjs");
const browsers = [...Services.wm.getEnumerator("navigator:browser")];
Promise.all(browsers.map(each => TabStateFlusher.flushWindow(each)))
    .then(() => SessionSaver.run()).then(() => done());
"""
