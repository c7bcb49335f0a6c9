"""What a form held does not stay in memory.

Without JavaScript the site has the words and the code for one request. Python and the C library
reuse memory without clearing it, and objects that point at each other wait for the collector. So
the site runs on a `malloc` that overwrites what is freed, small objects included, and collects
after each form. Both were measured to be needed: `tests/leaks/test_a_form_leaves_memory.py`.
"""

import gc
import os
import sys
from typing import Final

from flask import Flask, Response, request

_CLEARING: Final = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0",
}
_FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}


def restart_clearing() -> None:
    """Begin this very command again with a `malloc` that clears; return if it does already.

    Other C libraries than glibc ignore the second setting, and then freed memory is not cleared.
    """
    wanted = os.environ | _CLEARING
    if wanted != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)  # noqa: S606


def register(app: Flask) -> None:
    """Collect when the answer to a form is sent and nothing needs the form any more."""

    @app.after_request
    def forget(response: Response) -> Response:
        if request.mimetype in _FORMS:
            response.call_on_close(gc.collect)
        return response
