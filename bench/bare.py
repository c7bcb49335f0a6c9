"""`python -m bench.bare FOLDER PORT`: gunicorn as `wasl serve` runs it, saying only 200 OK."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from app.cli.serving import gunicorn_options
from app.settings import Listen, Settings


def ok(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI application that does nothing."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


class Bare(BaseApplication):  # type: ignore[misc]
    """gunicorn with the site's options."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for key, value in gunicorn_options(self._settings).items():
            self.cfg.set(key, value)

    def load(self) -> Callable[..., Any]:
        return ok


if __name__ == "__main__":
    Bare(
        Settings(
            data=Path(sys.argv[1]),
            origin="bare.example",
            site_url="http://bare.example",
            exit_url="http://bare.example",
            listen=Listen(port=int(sys.argv[2])),
        )
    ).run()
