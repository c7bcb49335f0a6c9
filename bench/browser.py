"""What cleaning costs on a citizen's own device: a real Chromium, a large photo, a long video."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.photo import take_photo
from tests.conftest import QUIET, chromium_path
from tests.units.server.serving import serving
from tests.world import World

PHOTO_BYTES: Final = 12_000_000
VIDEO_BYTES: Final = 100_000_000
AIM_PHOTO_SECONDS, AIM_VIDEO_MB = 1.0, 256

Row = Callable[[str, str], None]


def measure(folder: Path, row: Row) -> None:
    """Pick each file on the page for writing and wait for the review."""
    world = World(folder)
    with serving(world) as served, _chromium() as browser:
        address = f"http://127.0.0.1:{served.port}/en/write"
        photo, video = folder / "photo.jpg", folder / "video.mp4"
        photo.write_bytes(_photo(browser))
        _film(video)
        bare, _ = _reviewed(browser, address, None)
        seconds, _ = _reviewed(browser, address, photo)
        size = photo.stat().st_size / 1e6
        row(
            f"a photo of {size:.0f} MB, cleaned on the page",
            f"{seconds - bare:.2f} s more than a text alone (aim < {AIM_PHOTO_SECONDS:.0f} s)",
        )
        seconds, megabytes = _reviewed(browser, address, video)
        size = video.stat().st_size / 1e6
        row(
            f"a video of {size:.0f} MB, cleaned on the page",
            f"{seconds - bare:.2f} s, {megabytes:.0f} MB of memory (aim < {AIM_VIDEO_MB} MB)",
        )
    world.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


def _photo(browser: Browser) -> bytes:
    photo = take_photo(browser, 5200, 3900)
    assert len(photo) >= PHOTO_BYTES
    return photo


def _film(path: Path) -> None:
    """A film whose coded pictures are filled up to the size that is wanted."""
    filler = "nal-hrd=cbr:force-cfr=1"
    made = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-t", "20"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-x264-params", filler]
    rate = ["-b:v", "42M", "-minrate", "42M", "-maxrate", "42M", "-bufsize", "42M"]
    command = ["ffmpeg", "-v", "error", "-y", *made, *coded, *rate, "-metadata", "title=MARK"]
    subprocess.run([*command, str(path)], check=True)
    assert path.stat().st_size >= VIDEO_BYTES


def _reviewed(browser: Browser, address: str, file: Path | None) -> tuple[float, float]:
    """Seconds from the press to the review, and megabytes that the page's process grew by."""
    page = browser.new_page()
    page.goto(address)
    page.fill("#problem", "The bus is late every day.")
    if file is not None:
        page.set_input_files("#attachments", str(file))
    with _Watch() as watch:
        began = time.perf_counter()
        page.click("#to-review")
        page.wait_for_selector("#step-review:not([hidden])", timeout=120_000)
        seconds = time.perf_counter() - began
    _require_clean(page, file)
    page.close()
    return seconds, watch.grown / 1e6


def _require_clean(page: Page, file: Path | None) -> None:
    if file is not None:
        assert page.locator("#files .removed").inner_text() != ""


class _Watch:
    """The most by which all of the browser's pages together grew."""

    def __enter__(self) -> _Watch:
        self._before = _resident()
        self.grown = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            self.grown = max(self.grown, _resident() - self._before)


def _resident() -> int:
    total = 0
    for process in psutil.process_iter(["cmdline"]):
        if "--type=renderer" in (process.info["cmdline"] or []):
            try:
                total += process.memory_full_info().uss
            except psutil.Error:
                continue
    return total


def main() -> None:
    """`python -m bench.browser`."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), lambda name, told: print(f"{name:<48} {told}"))


if __name__ == "__main__":
    main()
