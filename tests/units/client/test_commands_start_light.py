"""What a command loads before it does anything is what its user waits for each time."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
from app.cli import main
main.get_command(None, "send")
print(sorted({"httpx", "rich", "pygments", "flask", "sqlalchemy"} & sys.modules.keys()))
"""


def test_a_command_loads_neither_the_site_nor_what_libraries_draw_with() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['httpx']\n"
