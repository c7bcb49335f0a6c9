"""What may stay of OpenDocument files, read from `rules.json`, which both languages share.

Beside a vocabulary (see `rewriter`): `kinds` by their last word, `words` are the fields of
which only the words stay, `named` the definitions whose names others refer to, `settings`
what a program must know to break the lines as before, `meta` what a property tells.
"""

import json
from importlib.resources import files
from typing import Any, Final

from redaction.files.documents.rewriter import Vocabulary

RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
VOCABULARY: Final = Vocabulary(RULES)
KINDS: Final[dict[str, str]] = {media: kind for kind, media in RULES["kinds"].items()}
WORDS: Final = frozenset(RULES["words"].split())
NAMED: Final = frozenset(RULES["named"].split())
SETTINGS: Final = frozenset(RULES["settings"].split())
PICTURES: Final = frozenset(RULES["pictures"].split())
SOUND_AND_FILM: Final = frozenset(RULES["media"].split())
TOLD_BY_PROPERTY: Final = {
    name: category for category, names in RULES["meta"].items() for name in names.split()
}
