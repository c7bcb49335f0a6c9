"""The `malloc` under which the site runs: it overwrites what is freed. Why: `app.web.memory`."""

import os
import sys
from typing import Final

_CLEARING: Final = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0",
}


def restart_clearing() -> None:
    """Begin this very command again with a `malloc` that clears; return if it does already.

    Other C libraries than glibc ignore the second setting, and then freed memory is not cleared.
    """
    wanted = os.environ | _CLEARING
    if wanted != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)  # noqa: S606
