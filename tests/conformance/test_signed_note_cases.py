"""What Go's `sumdb/note` accepts as a signed note and as a verifier key, we accept; and no more."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from crypto.errors import CryptoError, MalformedKeyError
from crypto.note import VerifierKey, open_note

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("signed_note.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES["notes"], ids=lambda case: case["desc"])
def test_a_note_is_opened_if_go_opens_it(case: dict[str, Any]) -> None:
    note = case.get("note") or base64.b64decode(case["note_base64"])
    known = [VerifierKey.parse(vkey) for vkey in case["vkeys"]]

    if case["accept"]:
        opened = open_note(note, known)
        assert [key.name for key in opened.verified] == case["verified_key_names"]
    else:
        with pytest.raises(CryptoError):
            open_note(note, known)


@pytest.mark.parametrize("case", CASES["vkeys"], ids=lambda case: case["vkey"])
def test_a_verifier_key_is_read_if_go_reads_it(case: dict[str, Any]) -> None:
    if case["accept"]:
        assert VerifierKey.parse(case["vkey"]).encode() == case["vkey"]
    else:
        with pytest.raises(MalformedKeyError):
            VerifierKey.parse(case["vkey"])
