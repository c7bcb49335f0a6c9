"""The sentences that scripts, pages without them and programs all say (`app/pages/copy.json`).

One sentence, one place; reading them loads no pages.
"""

import json
from functools import cache
from pathlib import Path
from typing import Final

from app.domain.topics import Lang

_COPY: Final = Path(__file__).parent / "pages" / "copy.json"


@cache
def sentences(code: Lang) -> dict[str, str]:
    """All sentences of one language, by key; `{name}` is where a value goes."""
    table: dict[str, dict[str, str]] = json.loads(_COPY.read_text("utf-8"))
    return {key: spelled[code] for key, spelled in table.items()}
