"""What a form held does not stay in memory.

Without JavaScript the site has the words and the code for one request. Python and the C library
reuse memory without clearing it, and objects that point at each other wait for the collector. So
the site runs on a `malloc` that overwrites what is freed, small objects included
(`app.cli.clearing`), and collects after each form. Both were measured to be needed:
`tests/leaks/test_a_form_leaves_memory.py`.
"""

import gc
import threading
import time
from typing import Final

from flask import Flask, Response, request

PAUSE_SECONDS: Final = 0.5
"""In a flood of forms one collection serves all of this time: each looks at everything."""

_FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}


def register(app: Flask) -> None:
    """Collect when the answer to a form is sent and nothing needs the form any more."""
    collector = Collector()

    @app.after_request
    def forget(response: Response) -> Response:
        if request.mimetype in _FORMS:
            response.call_on_close(collector.want)
        return response


class Collector:
    """Collects at once, or `PAUSE_SECONDS` after the last time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def want(self) -> None:
        now = time.monotonic()
        with self._lock:
            if self._next > now:
                return  # One is planned that will see this form too.
            wait = max(0.0, self._next + PAUSE_SECONDS - now)
            self._next = now + wait
        if wait:
            timer = threading.Timer(wait, gc.collect)
            timer.daemon = True
            timer.start()
        else:
            gc.collect()
