"""What the scanner finds in the labelled sentences, written down for the tests in TypeScript.

    python -m tests.text.found

`found.json`: for each sentence of every set, in order, the sentence with what is found in it
marked as ⟦kind|words⟧. It says nothing about what should be found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from redaction.text import scan, segments
from tests.text.scoring import load

HERE: Final = Path(__file__).parent
TUNED: Final = ("labelled_1.json", "labelled_2.json", "labelled_3.json", "labelled_4.json")
BLIND: Final = "labelled_blind.json"
"""Its errors were never looked at; README.md tells how often it was scored."""

SETS: Final = (*TUNED, BLIND)
FILE: Final = HERE / "found.json"


def found() -> list[str]:
    """Return every labelled sentence with what `scan` finds in it."""
    return [marked(sentence.text) for name in SETS for sentence in load(HERE / name)]


def marked(text: str) -> str:
    """Return *text* with marks around its findings."""
    return "".join(
        f"⟦{piece.finding.kind}|{piece.text}⟧" if piece.finding else piece.text
        for piece in segments(text, scan(text))
    )


def main() -> None:
    """Write the file, one sentence a line, in ASCII: hidden characters stay visible."""
    lines = ",\n".join(map(json.dumps, found()))
    FILE.write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
