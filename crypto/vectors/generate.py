"""Test vectors that Python and TypeScript both read: what is accepted, and what is refused.

Everything is derived from fixed labels, so the same files come out every time. A refusal
names the error class, which has the same name in both languages.
"""

import json
from pathlib import Path
from typing import Final

from crypto.vectors import (
    handings,
    keyrings,
    keys,
    logs,
    memberships,
    notes,
    padding,
    payloads,
    receipts,
    sealed,
    statements,
    work,
)
from crypto.vectors.cast import Json

FOLDER: Final = Path(__file__).parent


def generate() -> dict[str, Json]:
    """Content by file name."""
    return {
        "receipt.json": receipts.build(),
        "keys.json": keys.build(),
        "padding.json": padding.build(),
        "payload.json": payloads.build(),
        "notes.json": notes.build(),
        "keyring.json": keyrings.build(),
        "membership.json": memberships.build(),
        "commitment.json": statements.build(),
        "tlog.json": logs.build(),
        "work.json": work.build(),
        "field.json": handings.build(),
        "envelope.json": sealed.build(_sealed_before()),
    }


def render(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _sealed_before() -> dict[str, str]:
    """Name to age file, from the vectors as they are on disk; empty where there are none."""
    try:
        return dict(json.loads((FOLDER / "envelope.json").read_text(encoding="utf-8"))["files"])
    except FileNotFoundError:
        return {}
