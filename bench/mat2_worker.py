"""Cleans or reads files with mat2's library; runs in mat2's own environment, without ours.

    python bench/mat2_worker.py clean|read

Takes one path a line and answers each with a line of JSON. `clean`: the seconds it took, where the
clean file is or why there is none; imports are not counted. `read`: what mat2 calls its metadata,
null where mat2 cannot read it.
"""

import json
import logging
import signal
import sys
import time
from pathlib import Path

from libmat2 import parser_factory  # type: ignore[import-not-found, unused-ignore]

LIMIT_SECONDS = 60


class SlowError(Exception):
    pass


def clean(path: Path) -> tuple[float, Path | None, str]:
    """Return the seconds, the clean file and the reason why there is none."""
    started = time.perf_counter()
    result, reason = None, ""
    signal.alarm(LIMIT_SECONDS)
    try:
        parser, kind = parser_factory.get_parser(str(path))
        if parser is None:
            reason = f"unsupported: {kind}"
        elif parser.remove_all():
            result = Path(parser.output_filename)
        else:
            reason = "failed"
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    return time.perf_counter() - started, result, reason


def read(path: Path) -> dict[str, object] | None:
    try:
        parser, _ = parser_factory.get_parser(str(path))
        return dict(parser.get_meta()) if parser else None
    except Exception:
        return None


def _too_slow(*_: object) -> None:
    raise SlowError(f"over {LIMIT_SECONDS} s")


def main(task: str) -> None:
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _too_slow)
    for path in map(Path, map(str.strip, sys.stdin)):
        if task == "read":
            told: dict[str, object] = {"read": read(path)}
        else:
            seconds, result, reason = clean(path)
            told = {"seconds": seconds, "reason": reason, "clean": result and str(result)}
        print(json.dumps(told, default=str), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
