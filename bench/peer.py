"""mat2, the peer that our cleaner is measured against, in its own environment below .cache."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final, Literal

CACHE: Final = Path(__file__).parent.parent / ".cache"
PYTHON: Final = CACHE / "mat2-venv" / "bin" / "python"
FILES: Final = CACHE / "mat2-files"
"""The files of mat2's own tests; `scripts/mat2-files` fetches them."""
INSTALLED: Final = PYTHON.exists()
WORKER: Final = Path(__file__).with_name("mat2_worker.py")


def ask(task: Literal["clean", "read"], folder: Path) -> list[dict[str, Any]]:
    """Return what mat2 says to each file of *folder*; see `mat2_worker`."""
    command = [str(PYTHON), str(WORKER), task, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
