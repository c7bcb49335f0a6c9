"""Progress bars on standard error; nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from app.client.progress import Progress, Step, silent

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

LABELS: Final[dict[Step, str]] = {
    "sealing": "Sealing",
    "sending": "Sending",
    "fetching": "Fetching",
    "opening": "Opening",
}


@contextmanager
def bars(*, quiet: bool) -> Iterator[Progress]:
    """Yield a progress callback that draws one bar for each step that reports."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    bar = _Bars()
    try:
        yield bar
    finally:
        bar.end()


class _Bars:
    def __init__(self) -> None:
        self._step: Step | None = None
        self._bar: ProgressBar[int] | None = None

    def __call__(self, step: Step, done: int, total: int) -> None:
        if self._bar is None or step != self._step:
            self.end()
            self._step = step
            self._bar = click.progressbar(length=total, label=LABELS[step], file=sys.stderr)
        self._bar.length = total
        self._bar.update(done - self._bar.pos)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None
