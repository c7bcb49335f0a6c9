"""mat2, the peer that our cleaner is measured against, in its own environment below .cache."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

CACHE: Final = Path(__file__).parent.parent / ".cache"
PYTHON: Final = CACHE / "mat2-venv" / "bin" / "python"
FILES: Final = CACHE / "mat2-files"
"""The files of mat2's own tests; `scripts/mat2-files` fetches them."""
INSTALLED: Final = PYTHON.exists()
WORKER: Final = Path(__file__).with_name("mat2_worker.py")

Ask = Callable[[Path], dict[str, Any]]


@contextmanager
def asking(task: Literal["clean", "read"]) -> Iterator[Ask]:
    """Yield a function that asks mat2 about one file; see `mat2_worker`."""
    command = [str(PYTHON), str(WORKER), task]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        to_mat2, from_mat2 = process.stdin, process.stdout
        assert to_mat2
        assert from_mat2

        def ask(path: Path) -> dict[str, Any]:
            to_mat2.write(f"{path}\n")
            to_mat2.flush()
            answer: dict[str, Any] = json.loads(from_mat2.readline())
            return answer

        yield ask
