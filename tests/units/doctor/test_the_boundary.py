"""The doctor is a stranger to the site: it loads none of it, nor a desk."""

from __future__ import annotations

import json
import subprocess
import sys

LOADED = "import json, sys, app.cli.doctor; print(json.dumps(sorted(sys.modules)))"
SITE = ("app.agency", "app.api", "app.citizen", "app.factory", "app.log", "app.services")
OTHERS = ("app.auditor", "app.desk", "app.store", "flask", "sqlalchemy")


def test_the_command_loads_neither_the_site_nor_a_desk() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True)
    loaded = {name for name in json.loads(said.stdout) if name in {*SITE, *OTHERS}}

    assert loaded == set()
