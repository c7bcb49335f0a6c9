"""What a form held does not stay in memory.

Without JavaScript the site has the words and the code for one request. Python and the C library
reuse memory without clearing it, and objects that point at each other wait for the collector. So
the site runs on a `malloc` that overwrites what is freed, small objects included
(`app.cli.clearing`), and collects after each form. Both were measured to be needed:
`tests/leaks/test_a_form_leaves_memory.py`.
"""

import gc
from typing import Final

from flask import Flask, Response, request

_FORMS: Final = {"application/x-www-form-urlencoded", "multipart/form-data"}


def register(app: Flask) -> None:
    """Collect when the answer to a form is sent and nothing needs the form any more."""

    @app.after_request
    def forget(response: Response) -> Response:
        if request.mimetype in _FORMS:
            response.call_on_close(gc.collect)
        return response
