"""The cases that Python and the browser share, as they lie in `redaction/cases`."""

import json
from pathlib import Path
from typing import Any

import redaction.cases

FOLDER = Path(redaction.cases.__file__).parent
Case = dict[str, Any]


def stored(*families: str) -> list[Case]:
    """Return the cases of these families, one after the other."""
    return [
        case
        for family in families
        for case in json.loads((FOLDER / f"files/{family}.json").read_text("utf-8"))
    ]


def name_of(case: Case) -> str:
    """How a case is called in a report of tests."""
    return str(case["name"])
